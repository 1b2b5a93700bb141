"""What the team keeps in Git: the examples of the documentation, with two hundred SIMs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.e2e.argocd.repository import BRANCH, Repository
from tests.e2e.ground import Ground
from tests.e2e.hands import CHART, NAMESPACE, RELEASE
from tests.gitops.examples import EXAMPLES

EXAMPLE: Final = EXAMPLES / "argo-cd"
SIMS_NAMESPACE: Final = "plant-a"
SIMS: Final = 200
DISABLED_WITH_THEIR_RESOURCE: Final = 10
CHART_PATH: Final = "charts/sim-operator"
ENDPOINT: Final = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:8089/management-api"
WAVE: Final = "argocd.argoproj.io/sync-wave"
Values = dict[str, Any]


def name_of(number: int) -> str:
    """Of the resource, and the label at 1NCE."""
    return f"pump-{number:03}"


def file_of(number: int) -> str:
    """Where the SIM stands in the repository."""
    return f"fleet/{SIMS_NAMESPACE}/sims/{name_of(number)}.yaml"


def chart_only(repository: Repository) -> None:
    """The chart, and nothing else."""
    repository.copy(CHART, CHART_PATH)


def whole_fleet(repository: Repository, iccids: Iterable[str]) -> None:
    """The chart; beside it namespace, account, policy and SIMs."""
    chart_only(repository)
    repository.copy(EXAMPLE / "fleet", "fleet")
    repository.remove(f"fleet/{SIMS_NAMESPACE}/pumps.yaml")
    files = {file_of(number): sim(number, iccid) for number, iccid in enumerate(iccids, 1)}
    files["fleet/sim-operator/account.yaml"] = _account()
    files[f"fleet/{SIMS_NAMESPACE}/policy.yaml"] = _policy()
    repository.write(files)


def sim(number: int, iccid: str, label: str = "") -> str:
    """A SIM as YAML; the last ones are switched off when their resource is deleted."""
    spec = {"iccid": iccid, "state": "Enabled", "label": label or name_of(number)}
    if number > SIMS - DISABLED_WITH_THEIR_RESOURCE:
        spec["deletionPolicy"] = "Disable"
    metadata = {
        "name": name_of(number),
        "namespace": SIMS_NAMESPACE,
        "labels": {"fleet": "pumps"},
        "annotations": {WAVE: "2"},
    }
    return _yaml("SIM", metadata, spec)


def _account() -> str:
    text = (EXAMPLE / "fleet" / "sim-operator" / "account.yaml").read_text(encoding="utf-8")
    account = yaml.safe_load(text)
    account["spec"] |= {
        "endpoint": ENDPOINT,
        "managementAPIVersion": "v2",
        "rateLimit": {"requestsPerSecond": 10},
        "sync": {"interval": "5s", "detailInterval": "1m"},
        # A number: a percentage is of the SIMs that are claimed, and falls with them.
        "protection": {"maxDisablesPerHour": 2 * DISABLED_WITH_THEIR_RESOURCE},
    }
    return yaml.safe_dump(account)


def _policy() -> str:
    text = (EXAMPLE / "fleet" / SIMS_NAMESPACE / "pumps.yaml").read_text(encoding="utf-8")
    [policy] = (one for one in yaml.safe_load_all(text) if one["kind"] == "QuotaPolicy")
    return yaml.safe_dump(policy)


def _yaml(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    head = {"apiVersion": "sim-operator.io/v1alpha1", "kind": kind}
    return yaml.safe_dump({**head, "metadata": dict(metadata), "spec": dict(spec)}, sort_keys=False)


def chart_source(repository: Repository, ground: Ground, values: Values) -> Values:
    """The chart from Git, with the values of the demo and an image that the node has."""
    alone = {"prometheus": {"enabled": False}, "grafana": {"enabled": False}}
    helm = {
        "releaseName": RELEASE,
        "valueFiles": ["values-demo.yaml"],
        "valuesObject": {**values, **alone, "image": ground.operator.values()},
    }
    where = {"repoURL": repository.url, "targetRevision": BRANCH, "path": CHART_PATH}
    return {**where, "helm": helm}


def chart_application(repository: Repository, ground: Ground, name: str) -> Values:
    """An Application of the chart alone."""
    application = _example()
    application["metadata"]["name"] = name
    del application["spec"]["sources"]
    application["spec"]["source"] = chart_source(repository, ground, {})
    return application


def fleet_application(repository: Repository, ground: Ground) -> Values:
    """The example of the documentation, with sources and values that can be had here."""
    application = _example()
    chart, fleet = application["spec"]["sources"]
    values = {
        **chart["helm"]["valuesObject"],
        "replicas": 2,
        "account": {"create": False},
        "simulator": {"enabled": True, "sims": SIMS, "speed": 60, "followClock": True},
    }
    fleet |= {"repoURL": repository.url, "targetRevision": BRANCH}
    application["spec"]["sources"] = [chart_source(repository, ground, values), fleet]
    return application


def _example() -> Values:
    application: Values = yaml.safe_load(_read(EXAMPLE / "application.yaml"))
    return application


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
