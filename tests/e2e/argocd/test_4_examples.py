"""The examples of the documentation against the real schemas of Argo CD, Flux, External Secrets."""

import copy
from pathlib import Path

import pytest
import yaml

from tests.e2e.argocd.argo import ArgoCD
from tests.e2e.argocd.programs import module_folder
from tests.e2e.hands import CommandError, Hands
from tests.gitops.examples import Example, examples

ROOT = Path(__file__).parents[3]
# The CRDs come with the modules, which need not be built for that.
SCHEMAS = {
    "github.com/fluxcd/kustomize-controller": ("v1.9.6", "config/crd/bases"),
    "github.com/fluxcd/helm-controller": ("v1.6.0", "config/crd/bases"),
    "github.com/fluxcd/source-controller": ("v1.9.6", "config/crd/bases"),
    "github.com/external-secrets/external-secrets": ("v1.3.2", "config/crds/bases"),
}
USED = (
    "kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    "helm.toolkit.fluxcd.io_helmreleases.yaml",
    "source.toolkit.fluxcd.io_gitrepositories.yaml",
    "source.toolkit.fluxcd.io_ocirepositories.yaml",
    "external-secrets.io_externalsecrets.yaml",
    "external-secrets.io_secretstores.yaml",
)
EXAMPLES = list(examples())
STRICT = ("--server-side", "--dry-run=server", "--validate=strict", "--field-manager=examples")


@pytest.fixture(scope="module")
def schemas(argocd: ArgoCD, hands: Hands) -> Hands:
    """A cluster that knows the kinds of every tool, and the namespaces of the examples."""
    files = [
        module_folder(module, version) / folder / name
        for module, (version, folder) in SCHEMAS.items()
        for name in USED
    ]
    there = [str(file) for file in files if file.is_file()]
    assert len(there) == len(USED), there
    applying = ("apply", "--server-side", "--force-conflicts")
    for file in [*there, str(ROOT / "crds")]:
        hands.kubectl(*applying, f"--filename={file}")
    spaces = {one.manifest["metadata"].get("namespace", "default") for one in EXAMPLES}
    for name in sorted(spaces):
        hands.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return hands


def accepted(hands: Hands, *manifests: object) -> str:
    return hands.kubectl("apply", *STRICT, "--filename=-", stdin=yaml.safe_dump_all(manifests))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.title)
def test_the_api_server_accepts_every_example_without_an_unknown_field(
    schemas: Hands, example: Example
) -> None:
    said = schemas.until(lambda: _when_served(schemas, example), f"{example.title} is accepted")
    assert "serverside-applied" in said


def _when_served(hands: Hands, example: Example) -> str:
    """A kind is served a moment after its CRD is there; every other complaint counts."""
    try:
        return accepted(hands, example.manifest)
    except CommandError as error:
        if "no matches for kind" in str(error):
            return ""
        raise


@pytest.mark.parametrize("kind", ["Application", "ApplicationSet", "Kustomization", "HelmRelease"])
def test_a_misspelt_field_of_another_tool_would_be_seen(schemas: Hands, kind: str) -> None:
    example = next(one for one in EXAMPLES if one.manifest["kind"] == kind)
    wrong = copy.deepcopy(example.manifest)
    wrong["spec"]["misspelt"] = True
    schemas.until(lambda: _when_served(schemas, example), f"{kind} is served")
    with pytest.raises(CommandError, match="misspelt"):
        accepted(schemas, wrong)
