"""What was exported comes back as it was, and 1NCE is asked for no change."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.conftest import Alone
from tests.integration.exports import (
    contents,
    emptied,
    exported,
    specs,
    statuses,
    truths,
)
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.trials import tried

pytestmark = pytest.mark.cluster

Apply = Callable[[SimWorld, Path], None]


def _by_kustomize(world: SimWorld, folder: Path) -> None:
    told = kubectl(world.cluster.kubeconfig, "apply", "-k", str(folder))
    order = list(dict.fromkeys(line.partition(".")[0] for line in told.splitlines()))
    assert order == ["quotapolicy", "sim", "simaccount"]


def _server_side(world: SimWorld, folder: Path) -> None:
    kubectl(world.cluster.kubeconfig, "apply", "--server-side", "-k", str(folder))


def _as_one_stream(world: SimWorld, folder: Path) -> None:
    """As `-o yaml` prints it: the folder holds the same."""
    printed = kubectl(world.cluster.kubeconfig, "kustomize", str(folder))
    done = tried(world, "apply", "-f", "-", stdin=printed)
    assert done.code == 0, done.err


@pytest.fixture(scope="module")
def world(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimWorld]:
    """A fleet in which every wish, guard and exception is there, and at rest."""
    with opened(
        alone.cluster,
        alone.operator_kubeconfig,
        tmp_path_factory.mktemp("export"),
        account={"allowedNamespaces": {"from": "All"}, "sync": {"detailInterval": "2s"}},
        truth={"profile": "silent"},
    ) as made:
        _populate(made)
        yield made


def _populate(world: SimWorld) -> None:
    world.sim("plain", world.fresh(), labels={"fleet": "pumps"})
    world.sim("on", world.fresh(), state="Enabled", label="on: 1e3")
    # Texts that YAML readers may take for a number and a truth.
    world.kubectl("label", "sim", "on", "size=1e3", "rack=y")
    world.sim("off", world.fresh(), state="Disabled", imeiLock="Unlocked")
    world.sim("leaves", world.fresh(), deletionPolicy="Disable", annotations={"note": "ask first"})
    world.sim("seen", world.fresh(), managementPolicy="Observe", label="never written")
    world.sim("rests", world.fresh(), suspend=True, state="Disabled")
    body = world.manifest("SIM", "other", {"iccid": world.fresh(), "state": "Enabled"})
    body["metadata"]["namespace"] = world.elsewhere
    body["spec"]["accountRef"] = {"name": "default", "namespace": world.namespace}
    policy = {"selector": {"matchLabels": {"fleet": "pumps"}}, "sms": {"perSIM": 3}}
    world.apply(body, world.manifest("QuotaPolicy", "pumps", policy))
    for name in ("plain", "on", "off", "leaves"):
        world.until_reason(name, "Reconciled")
    world.until_reason("seen", "Drifted", "Synced")
    world.until_reason("rests", "Suspended")
    world.until_reason("pumps", "Reconciled", kind="quotapolicy")
    read = {"plain", "on", "off", "leaves", "seen", "other"}
    world.until(lambda: read <= _detailed(world), "all details are read")
    world.has_finalizer("leaves")


def _detailed(world: SimWorld) -> set[str]:
    """The SIMs whose status tells what was bought: it comes with the details alone."""
    return {
        name
        for (kind, _, name), status in statuses(world).items()
        if kind == "sim" and ((status.get("quota") or {}).get("data") or {}).get("total")
    }


@pytest.mark.parametrize(
    ("apply", "live"), [(_by_kustomize, False), (_server_side, True), (_as_one_stream, True)]
)
def test_all_comes_back_and_no_sim_is_touched(
    world: SimWorld, tmp_path: Path, apply: Apply, live: bool
) -> None:
    scope = ("--account", f"{world.namespace}/default")
    first, second = tmp_path / "first", tmp_path / "second"
    exported(world, *scope, "--to", str(first))
    wanted, told, truth = specs(world), statuses(world), truths(world)
    since = world.simulator.last_entry()

    emptied(world)
    if live:
        world.operator.start()
    apply(world, first)
    if not live:
        world.operator.start()

    world.until(lambda: statuses(world) == told, "every status comes back")
    world.sweeps(3)
    assert specs(world) == wanted
    assert statuses(world) == told
    assert world.simulator.journal(since=since, writes=True) == []
    assert truths(world) == truth

    exported(world, *scope, "--to", str(second))
    assert contents(second) == contents(first)
    again = exported(world, *scope, "--to", str(first), "--force")
    assert "0 files written" in again.err


def test_a_thousand_sims_come_back_without_a_write(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path
) -> None:
    with opened(cluster, operator_kubeconfig, tmp_path, sims=1_000) as world:
        names = {f"pump-{number:04}": iccid for number, iccid in enumerate(world.iccids)}
        world.many(names, {"state": "Enabled"})
        _are_in_sync(world)
        folder, truth = tmp_path / "export", truths(world)
        exported(world, "-n", world.namespace, "--to", str(folder))
        assert len(list((folder / world.namespace / "sims").iterdir())) == 1_000
        since = world.simulator.last_entry()

        emptied(world)
        _server_side(world, folder)
        world.operator.start()
        _are_in_sync(world)
        world.sweeps(2)
        assert world.simulator.journal(since=since, writes=True) == []
        assert truths(world) == truth
        exported(world, "-n", world.namespace, "--to", str(tmp_path / "again"))
        assert contents(tmp_path / "again") == contents(folder)


def _are_in_sync(world: SimWorld) -> None:
    def reasons() -> Counter[str]:
        found = (one.get("status", {}).get("conditions") or () for one in world.listed("sim"))
        every = (condition for conditions in found for condition in conditions)
        return Counter(one["reason"] for one in every if one["type"] == "Synced")

    world.until(lambda: reasons() == {"InSync": 1_000}, "all are in sync", seconds=90)
