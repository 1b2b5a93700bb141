"""The chart's rights are enough, and none is there in vain: by the audit log of the API server."""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chaos.gate import Asked, Gate, Refuse, Rule
from tests.chaos.gated import api_gate, through
from tests.chart.access import kubeconfig_of
from tests.chart.granted import Bound, Right, bound, right_of, rights
from tests.chart.rendering import CHART, render
from tests.cluster import AuditEvent, Cluster, audit_events, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import World, remove_namespace
from tests.simulated import SimulatorProcess

PATIENCE = 90.0
KINDS = ("sims", "simaccounts", "quotapolicies")
GIVEN = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
WAYS = {
    "everywhere": frozenset[str](),
    "in some namespaces": frozenset({"some"}),
    # Replicas that share the accounts ask for more Leases.
    "shared": frozenset({"shared"}),
}
"""How an operator may be set up, as to what it asks of the API server."""


@dataclass
class Story:
    """An operator with the chart's rights; the API server can be made to refuse it once."""

    world: World
    far: World
    gate: Gate
    roles: tuple[Bound, ...]
    user: str
    shared: bool

    def asked(self) -> list[AuditEvent]:
        """What the operator asked of the API server, and has got an answer to."""
        log = self.world.cluster.audit_log
        assert log is not None
        # Another test's namespace is on its way out: an event about it is refused for that.
        ours = ("", self.world.namespace, self.far.namespace)
        return [one for one in audit_events(log, self.user) if one.namespace in ours]


def listed() -> set[Right]:
    """The one list of the operator's rights."""
    return rights(yaml.safe_load((CHART / "files/clusterrole.yaml").read_text())["rules"])


@contextmanager
def installed(
    cluster: Cluster, namespace: str, release: str, folder: Path, way: Set[str]
) -> Iterator[Story]:
    """A release of the chart, as to its rights; its operator is not started."""
    home, far = f"{namespace}-home", f"{namespace}-far"
    values: dict[str, Any] = {"watchNamespaces": [home, far]} if "some" in way else {}
    if "shared" in way:
        values["settings"] = {"sharding": True}
    rendered = render(values, release=release, namespace=home)
    account = f"{release}-sim-operator"
    with SimulatorProcess(sims=10, seed=4711 + len(release)) as simulator:
        for name in (home, far):
            kubectl(cluster.kubeconfig, "create", "namespace", name)
        kubeconfig = kubeconfig_of(cluster, rendered, home, account, folder)
        settings = {
            "namespace": home,
            "watch_namespaces": f"{home},{far}" if "some" in way else "",
            "default_account": f"{home}/default",
            "allowed_endpoints": simulator.url,
            **({"sharding": "true"} if "shared" in way else {}),
        }
        try:
            with api_gate(kubeconfig) as gate:
                gated = through(gate, kubeconfig, folder / "gated.kubeconfig")
                operator = OperatorProcess(gated, folder / "operator.log", settings)
                world = World(cluster, home, simulator, operator, folder)
                world.iccids = [str(one["iccid"]) for one in simulator.sims()]
                user = f"system:serviceaccount:{home}:{account}"
                roles = bound(rendered, account, home)
                try:
                    there = replace(world, namespace=far)
                    yield Story(world, there, gate, roles, user, "shared" in way)
                finally:
                    operator.kill()
        finally:
            for name in (home, far):
                remove_namespace(cluster, name)
            label = f"--selector=app.kubernetes.io/instance={release}"
            kubectl(cluster.kubeconfig, "delete", "clusterroles,clusterrolebindings", label)


def live(story: Story) -> None:
    """Everything that the operator ever does to the API server."""
    world, far = story.world, story.far
    kubectl(world.cluster.kubeconfig, "label", "namespace", far.namespace, "zone=far")
    world.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "corporate-ca", "namespace": world.namespace},
            "data": {"ca.crt": "not a certificate"},
        }
    )
    world.account(
        allowedNamespaces={"from": "Selector", "selector": {"matchLabels": {"zone": "far"}}},
        caBundleConfigMapRef={"name": "corporate-ca"},
    )
    conflicts = [conflict(story.gate, kind) for kind in KINDS]
    iccid = far.sim("lamp", state="Enabled", deletionPolicy="Disable")
    far.apply(far.manifest("QuotaPolicy", "limit", {"selector": {}, "data": {"perSIM": "400Mi"}}))
    world.operator.start()
    unusable = world.until_reason("default", "Unreachable", kind="simaccount")
    assert "certificate" in unusable["message"]
    patch = '[{"op": "remove", "path": "/spec/caBundleConfigMapRef"}]'
    world.kubectl("patch", "simaccount", "default", "--type=json", "-p", patch)
    far.until_reason("lamp", "Reconciled")
    for count in (1, 2):
        world.simulator.patch_sim(iccid, status="Disabled")
        far.until(partial(told, far, count), "the correction is told", PATIENCE)
    far.until_reason("lamp", "Reconciled")
    far.until_reason("limit", "Reconciled", kind="quotapolicy")
    for one in conflicts:
        far.until(partial(met, one), "a status met a conflict", PATIENCE)
    account = world.get("simaccount", "default")
    assert account is not None
    assert account["metadata"]["finalizers"] == ["sim-operator.io/in-use"]
    far.kubectl("delete", "sim", "lamp", "--timeout=60s")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    world.kubectl("delete", "simaccount", "default", "--timeout=60s")
    if story.shared:
        gone = ("coordination.k8s.io", "leases", "delete")
        world.until(lambda: gone in asked_for(story), "the account's Lease is gone", PATIENCE)
    assert world.operator.stop() == 0  # a watch is in the log when it has ended


def asked_for(story: Story) -> set[Right]:
    return {right_of(one) for one in story.asked() if one.resource}


def conflict(gate: Gate, kind: str) -> Rule:
    """One status of a kind meets a newer version of its object."""

    def match(asked: Asked) -> bool:
        return asked.method == "PATCH" and f"/{kind}/" in asked.path and "status" in asked.path

    return gate.on(match, Refuse(409), times=1)


def met(rule: Rule) -> bool:
    return rule.hits > 0


def told(world: World, times: int) -> bool:
    events = world.events("lamp", "Reconciled")
    return sum(int(one.get("count") or 1) for one in events) >= times


def test_every_right_is_used_and_none_is_missing(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, tmp_path: Path
) -> None:
    if cluster.audit_log is None:
        pytest.skip("this cluster gives no audit log")
    found: set[Right] = set()
    for number, (name, way) in enumerate(WAYS.items()):
        if "shared" in way and "sharding" not in GIVEN["settings"]:
            continue
        folder = tmp_path / name
        folder.mkdir()
        place, release = f"{namespace}-{number}", f"r{'x' * number}-{namespace}"
        with installed(cluster, place, release, folder, way) as story:
            try:
                live(story)
            finally:
                # First, since whatever else went wrong came of it.
                asked = story.asked()
                refused = {right_of(one) for one in asked if one.code == 403}
                assert refused == set(), "missing in clusterrole.yaml"
            # What no rule of ours allows is what every ServiceAccount may do.
            without = {
                right_of(one)
                for one in asked
                if one.resource and not any(role.allows(one) for role in story.roles)
            }
            assert without == set(), "allowed by somebody else's rules"
            found |= asked_for(story)
    assert found - listed() == set(), "not from clusterrole.yaml"
    assert listed() - found == set(), "in clusterrole.yaml for nothing"
