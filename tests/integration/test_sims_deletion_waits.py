"""A deletion that has to wait stays visible, and ends when what it waits for does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened

IN_USE = "sim-operator.io/in-use"


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("waits")) as made:
        yield made


def _mode(mode: str) -> Callable[[SimWorld], None]:
    def change(world: SimWorld) -> None:
        world.patch("simaccount", "default", {"mode": mode})

    return change


def _unreachable(world: SimWorld) -> None:
    world.simulator.fault("status", status=503)
    world.until_reason("default", "Unreachable", kind="simaccount")


def _reachable(world: SimWorld) -> None:
    world.simulator.clear_faults()


def _guard(limit: int | str) -> Callable[[SimWorld], None]:
    def change(world: SimWorld) -> None:
        world.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": limit}})

    return change


def test_a_sim_that_is_known_to_be_gone_waits_for_no_account(world: SimWorld) -> None:
    iccid = world.new("left", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("left")
    world.simulator.transfer_away(iccid)
    world.until_reason("left", "NotFound")
    world.patch("simaccount", "default", {"mode": "Paused"})
    world.until_reason("default", "Paused", kind="simaccount")
    try:
        world.kubectl("delete", "sim", "left", "--wait=false")
        world.is_gone("left")
    finally:
        world.patch("simaccount", "default", {"mode": "Active"})


@pytest.mark.parametrize(
    ("name", "stop", "resume", "reason", "text"),
    [
        ("guarded", _guard(0), _guard(1_000), "DisableHeld", "maxDisablesPerHour"),
        ("paused", _mode("Paused"), _mode("Active"), "AccountNotReady", "paused"),
        ("observed", _mode("Observe"), _mode("Active"), "AccountNotReady", "Observe"),
        ("unreachable", _unreachable, _reachable, "Failed", "503"),
    ],
)
def test_it_waits_visibly_and_ends_with_the_cause(
    world: SimWorld,
    name: str,
    stop: Callable[[SimWorld], None],
    resume: Callable[[SimWorld], None],
    reason: str,
    text: str,
) -> None:
    iccid = world.new(name, state="Enabled", deletionPolicy="Disable")
    world.has_finalizer(name)
    stop(world)

    world.delete(name)

    # At the generation of the deletion: a paused account is a reason before that, too.
    waiting = world.until_acknowledged(name, reason)
    assert text in waiting["message"]
    assert world.condition(name, "Reconciling")["status"] == "True"
    assert world.condition(name, "Synced")["reason"] != "InSync"
    assert world.at_1nce(iccid)["status"] == "Enabled"
    resume(world)
    world.is_gone(name)
    assert world.at_1nce(iccid)["status"] == "Disabled"


def test_an_account_stays_while_sims_that_are_to_be_disabled_need_it(world: SimWorld) -> None:
    iccid = world.new("needy", state="Enabled", deletionPolicy="Disable")
    world.until(lambda: IN_USE in world.finalizers("default", "simaccount"), "it is in use")

    # Together with its Secret: what was read before has to be enough.
    world.kubectl("delete", "simaccount", "default", "--wait=false")
    world.kubectl("delete", "secret", "default-credentials")
    world.sweeps(2)

    assert world.finalizers("default", "simaccount") == [IN_USE]
    assert world.condition("needy")["reason"] == "Reconciled"
    world.simulator.patch_sim(iccid, label="changed meanwhile")
    world.until(lambda: world.status("needy")["label"] == "changed meanwhile", "it is still read")
    world.delete("needy")
    world.is_gone("needy")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    world.is_gone("default", "simaccount")


def test_an_account_that_is_gone_for_good_lets_its_sims_go(world: SimWorld) -> None:
    world.account(protection={"maxDisablesPerHour": 1_000})
    iccid = world.new("stranded", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("stranded")
    world.until(lambda: IN_USE in world.finalizers("default", "simaccount"), "it is in use")
    # While nobody looks: the credentials are unknown to the operator that comes next.
    world.operator.stop()
    world.kubectl("delete", "simaccount", "default", "--wait=false")
    world.kubectl("delete", "secret", "default-credentials")
    world.delete("stranded")
    assert world.get("sim", "stranded") is not None

    world.operator.start()

    world.is_gone("stranded")
    world.is_gone("default", "simaccount")
    assert world.at_1nce(iccid)["status"] == "Enabled"
    warned = world.until(
        lambda: [one for one in world.events("stranded") if one["type"] == "Warning"], "it is told"
    )
    assert "AccountNotFound" in {one["reason"] for one in warned}
