"""What of metadata is exported: what people wrote."""

from typing import Any

import pytest

from sim_operator.exporting.metadata import of_people
from tests.unit.exporting.objects import sim


def _kept(**metadata: Any) -> dict[str, Any]:
    body = sim()
    body["metadata"] |= metadata
    return of_people(body["metadata"])


def test_only_name_and_namespace_are_left_of_what_the_server_fills_in() -> None:
    assert _kept() == {"name": "pump-01", "namespace": "plant-a"}


def test_labels_and_annotations_of_people_are_kept_in_their_order() -> None:
    kept = _kept(
        labels={"site": "north", "fleet": "pumps"},
        annotations={
            "argocd.argoproj.io/sync-wave": "2",
            "kustomize.toolkit.fluxcd.io/prune": "disabled",
            "note": "ask first",
        },
    )
    assert list(kept["labels"]) == ["fleet", "site"]
    assert list(kept["annotations"]) == [
        "argocd.argoproj.io/sync-wave",
        "kustomize.toolkit.fluxcd.io/prune",
        "note",
    ]


@pytest.mark.parametrize(
    "mark",
    [
        "argocd.argoproj.io/tracking-id",
        "argocd.argoproj.io/instance",
        "kustomize.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "meta.helm.sh/release-name",
        "objectset.rio.cattle.io/applied",
        "velero.io/restore-name",
        "kubectl.kubernetes.io/last-applied-configuration",
        "kopf.zalando.org/last-handled-configuration",
        "sim-operator.io/reconcile-requested-at",
        "sim-operator.io/accept-sweep",
    ],
)
def test_marks_of_programs_and_requests_that_were_answered_are_left_out(mark: str) -> None:
    assert _kept(labels={mark: "x"}, annotations={mark: "x"}) == _kept()


def test_a_release_of_a_hold_is_kept_because_it_holds_for_the_whole_period() -> None:
    """Without it the policy would switch the SIM off again."""
    release = {"sim-operator.io/release-hold": "2026-11-15T12:00:00Z"}
    assert _kept(annotations=release)["annotations"] == release


def test_who_manages_it_is_left_out_where_helm_says_so() -> None:
    name = "app.kubernetes.io/managed-by"
    assert _kept(labels={name: "Helm"}) == _kept()
    assert _kept(labels={name: "team-iot"})["labels"] == {name: "team-iot"}


@pytest.mark.parametrize(("manager", "kept"), [("argocd-controller", False), ("kubectl", True)])
def test_the_instance_label_goes_where_argo_cd_wrote_it(manager: str, kept: bool) -> None:
    label = "app.kubernetes.io/instance"
    fields: dict[str, Any] = {"f:metadata": {"f:labels": {f"f:{label}": {}}}}
    found = _kept(labels={label: "pumps"}, managedFields=[{"manager": manager, "fieldsV1": fields}])
    assert (label in found.get("labels", {})) is kept
