"""What a change is, and who owns an object."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from sim_operator.console.fleet.reading import sim_row
from sim_operator.console.writing.manifest import manifest_of
from sim_operator.console.writing.ownership import Owner, OwnerKind, owner_of
from sim_operator.console.writing.verbs import Verb, effects, is_so_already, patch_of
from sim_operator.kube.records import sim_record
from tests.unit.console.fleets import body

NOW = datetime(2026, 11, 20, 12, 0, 0, 5, tzinfo=UTC)
ARGO = "argocd.argoproj.io/tracking-id"
OWN = "sim-operator.io/SIM:plant-1/pump-00001"


def wrote(manager: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "time": "2026-11-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({}, None),
        ({"annotations": {ARGO: f"plants:{OWN}"}}, Owner(OwnerKind.APPLICATION, None, "plants")),
        (
            {"annotations": {ARGO: f"team_plants:{OWN}"}},
            Owner(OwnerKind.APPLICATION, "team", "plants"),
        ),
        ({"annotations": {ARGO: "plants:sim-operator.io/SIM:plant-1/copied"}}, None),
        ({"annotations": {ARGO: "nonsense"}}, None),
        (
            {"labels": {"argocd.argoproj.io/instance": "plants"}},
            Owner(OwnerKind.APPLICATION, None, "plants"),
        ),
        ({"labels": {"app.kubernetes.io/instance": "a-helm-release"}}, None),
        (
            {
                "labels": {"app.kubernetes.io/instance": "plants"},
                "managedFields": [wrote("argocd-controller")],
            },
            Owner(OwnerKind.APPLICATION, None, "plants"),
        ),
        (
            {
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "sims",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                }
            },
            Owner(OwnerKind.KUSTOMIZATION, "flux-system", "sims"),
        ),
        (
            {
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "sims",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                },
                "annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"},
                "managedFields": [wrote("kustomize-controller")],
            },
            None,
        ),
        (
            {
                "labels": {
                    "helm.toolkit.fluxcd.io/name": "fleet",
                    "helm.toolkit.fluxcd.io/namespace": "plants",
                }
            },
            Owner(OwnerKind.HELM_RELEASE, "plants", "fleet"),
        ),
        ({"managedFields": [wrote("helm-controller")]}, Owner(OwnerKind.HELM_RELEASE, None, None)),
        ({"managedFields": [wrote("kubectl"), wrote("sim-operator-console")]}, None),
    ],
    ids=str,
)
def test_the_owner_is_told_by_the_marks_of_its_tool(
    metadata: dict[str, Any], owner: Owner | None
) -> None:
    assert owner_of(body(1, **metadata)) == owner


def test_each_verb_changes_one_field() -> None:
    patches = {verb: patch_of(verb, "north", NOW) for verb in Verb}
    assert patches[Verb.ENABLE] == {"spec": {"state": "Enabled"}}
    assert patches[Verb.DISABLE] == {"spec": {"state": "Disabled"}}
    assert patches[Verb.LABEL] == {"spec": {"label": "north"}}
    assert patches[Verb.SUSPEND] == {"spec": {"suspend": True}}
    assert patches[Verb.RESUME] == {"spec": {"suspend": False}}
    annotations = {"sim-operator.io/reconcile-requested-at": "2026-11-20T12:00:00.000005Z"}
    assert patches[Verb.RECONCILE] == {"metadata": {"annotations": annotations}}
    assert [verb for verb in Verb if not verb.writes_spec] == [Verb.RECONCILE]


def test_what_is_so_already_is_not_written_but_a_request_to_look_again_is() -> None:
    told = body(1)
    assert is_so_already(told, patch_of(Verb.ENABLE, None, NOW))
    assert not is_so_already(told, patch_of(Verb.DISABLE, None, NOW))
    assert is_so_already(told, patch_of(Verb.RESUME, None, NOW))
    assert not is_so_already(told, patch_of(Verb.RECONCILE, None, NOW))


@pytest.mark.parametrize(
    ("spec", "reason", "verb", "told"),
    [
        ({}, "Reconciled", Verb.DISABLE, ()),
        ({"suspend": True}, "Suspended", Verb.DISABLE, ("suspended",)),
        ({"suspend": True}, "Suspended", Verb.RESUME, ()),
        ({"managementPolicy": "Observe"}, "Observing", Verb.ENABLE, ("in Observe",)),
        ({}, "Observing", Verb.ENABLE, ("account is in Observe",)),
        ({}, "DisabledByPolicy", Verb.ENABLE, ("keeps the SIM off",)),
        ({}, "DisabledByPolicy", Verb.DISABLE, ()),
        ({}, "AccountNotReady", Verb.ENABLE, ("account is not ready",)),
    ],
)
def test_what_stands_in_the_way_is_said_before(
    spec: dict[str, Any], reason: str, verb: Verb, told: tuple[str, ...]
) -> None:
    made = body(1)
    made["spec"] |= spec
    made["status"]["conditions"][0]["reason"] = reason
    found = effects(sim_row(sim_record(made)), verb)
    assert len(found) == len(told)
    assert all(part in one for part, one in zip(told, found, strict=True))


def test_the_manifest_has_what_somebody_wished_and_nothing_that_was_added() -> None:
    made = body(
        1,
        annotations={
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "sim-operator.io/reconcile-requested-at": "now",
            "example.com/owner": "ann",
        },
        managedFields=[wrote("kubectl")],
    )
    manifest = yaml.safe_load(manifest_of(made))
    assert manifest["metadata"] == {
        "name": "pump-00001",
        "namespace": "plant-1",
        "labels": {"fleet": "fleet-1", "site": "site-1"},
        "annotations": {"example.com/owner": "ann"},
    }
    assert manifest["spec"] == made["spec"]
    assert "status" not in manifest
