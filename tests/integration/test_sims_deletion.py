"""Deleting a SIM resource: what is left as it is, what is disabled first, and what is let go."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("deletion")
    account = {"protection": {"maxMissing": "60%"}}
    with opened(cluster, operator_kubeconfig, folder, sims=30, account=account) as made:
        yield made


def test_retain_has_no_finalizer_and_leaves_the_sim(world: SimWorld) -> None:
    iccid = world.new("retained", state="Enabled")
    assert world.finalizers("retained") == []

    world.kubectl("delete", "sim", "retained")

    assert world.get("sim", "retained") is None
    world.sweeps(1)
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert world.calls(iccid) == []


def test_disable_holds_the_resource_until_the_sim_is_seen_disabled(world: SimWorld) -> None:
    iccid = world.new("disabling", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("disabling")

    world.delete("disabling")

    world.is_gone("disabling")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    calls = [one["operation"] for one in world.calls(iccid)]
    assert calls.count("updateSim") == 1
    assert "getSim" in calls[calls.index("updateSim") :]
    [event] = world.until(lambda: world.events("disabling", "Reconciled"), "it is told")
    assert "state from Enabled to Disabled" in event["message"]
    assert "deletionPolicy is Disable" in event["message"]


def test_a_sim_that_is_disabled_already_is_let_go_after_a_look(world: SimWorld) -> None:
    iccid = world.new("off-already", state="Disabled", deletionPolicy="Disable")
    world.has_finalizer("off-already")
    written = len(world.puts(iccid))

    world.delete("off-already")

    world.is_gone("off-already")
    assert len(world.puts(iccid)) == written
    assert world.events("off-already", "Disabled") == []


def test_a_resource_that_is_being_deleted_never_enables(world: SimWorld) -> None:
    iccid = world.new("leaving", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("leaving")
    world.kubectl("patch", "sim", "leaving", "--type=json", "-p", _ANOTHER_FINALIZER)
    world.delete("leaving")
    world.becomes(iccid, status="Disabled")
    world.until(lambda: world.finalizers("leaving") == ["example.org/held"], "it is let go")
    written = len(world.puts(iccid))

    world.patch("sim", "leaving", {"state": "Enabled", "label": "never"})
    world.sweeps(2)

    assert world.at_1nce(iccid)["status"] == "Disabled"
    assert len(world.puts(iccid)) == written
    world.kubectl("patch", "sim", "leaving", "--type=merge", "-p", _NO_FINALIZERS)
    world.is_gone("leaving")


_ANOTHER_FINALIZER = (
    '[{"op": "add", "path": "/metadata/finalizers/-", "value": "example.org/held"}]'
)
_NO_FINALIZERS = '{"metadata": {"finalizers": null}}'


def _suspend(world: SimWorld, name: str, _: str) -> None:
    world.patch("sim", name, {"suspend": True})
    world.until_reason(name, "Suspended")


def _observe(world: SimWorld, name: str, _: str) -> None:
    world.patch("sim", name, {"managementPolicy": "Observe"})
    world.until_reason(name, "Observing")


def _expire(world: SimWorld, name: str, iccid: str) -> None:
    world.simulator.patch_sim(iccid, expired=True)


def _leave(world: SimWorld, name: str, iccid: str) -> None:
    world.simulator.transfer_away(iccid)
    world.until_reason(name, "NotFound")


def _compete(world: SimWorld, name: str, iccid: str) -> None:
    world.sim(f"{name}-rival", iccid, state="Enabled")
    world.until_reason(f"{name}-rival", "Conflict")


@pytest.mark.parametrize(
    ("reason", "happens", "text"),
    [
        ("Observing", _observe, "managementPolicy is Observe"),
        ("Suspended", _suspend, "the SIM is suspended"),
        ("Expired", _expire, "the SIM's time at 1NCE is over"),
        ("NotFound", _leave, "1NCE does not have this SIM"),
        ("Conflict", _compete, "another SIM resource claims the ICCID"),
    ],
)
def test_what_cannot_be_disabled_is_let_go_with_a_warning(
    world: SimWorld, reason: str, happens: Callable[[SimWorld, str, str], None], text: str
) -> None:
    name = f"letgo-{reason.lower()}"
    iccid = world.new(name, state="Enabled", deletionPolicy="Disable")
    world.has_finalizer(name)
    happens(world, name, iccid)

    world.delete(name)

    world.is_gone(name)
    warned = world.until(
        lambda: [one for one in world.events(name) if "was not carried out" in one["message"]],
        "it is told",
    )
    assert [(one["type"], one["reason"]) for one in warned] == [("Warning", reason)]
    assert text in warned[0]["message"]
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert [one for one in world.puts(iccid) if one["status"] == 200] == []


def test_going_over_to_retain_takes_the_finalizer_off(world: SimWorld) -> None:
    iccid = world.new("reprieved", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("reprieved")

    world.patch("sim", "reprieved", {"deletionPolicy": "Retain"})

    world.until(lambda: world.finalizers("reprieved") == [], "the finalizer is off")
    world.kubectl("delete", "sim", "reprieved")
    world.sweeps(1)
    assert world.puts(iccid) == []


def test_a_conflicting_resource_is_let_go_and_the_holder_stays(world: SimWorld) -> None:
    iccid = world.new("keeper", state="Enabled")
    world.sim("loser", iccid, deletionPolicy="Disable")
    world.until_reason("loser", "Conflict")

    world.kubectl("delete", "sim", "loser")

    world.sweeps(1)
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert world.condition("keeper")["reason"] == "Reconciled"


def test_changed_to_retain_while_it_waits_it_is_let_go(world: SimWorld) -> None:
    iccid = world.new("waiting", state="Enabled", deletionPolicy="Disable")
    world.has_finalizer("waiting")
    world.fault("status", iccid, "updateSim", status=500)
    world.delete("waiting")
    world.until_reason("waiting", "Failed")

    world.patch("sim", "waiting", {"deletionPolicy": "Retain"})

    world.is_gone("waiting")
    world.simulator.clear_faults()
    assert world.at_1nce(iccid)["status"] == "Enabled"
    [event] = [one for one in world.events("waiting") if "not carried out" in one["message"]]
    assert (event["type"], event["reason"]) == ("Warning", "Reconciled")
    assert "deletionPolicy is Retain by now" in event["message"]


def test_an_account_that_does_not_allow_the_sim_any_more_lets_it_go(world: SimWorld) -> None:
    world.patch("simaccount", "default", {"allowedNamespaces": {"from": "All"}})
    there = SimWorld(
        world.cluster, world.elsewhere, world.simulator, world.operator, world.folder, world.iccids
    )
    iccid = world.fresh()
    there.sim("guest", iccid, state="Enabled", deletionPolicy="Disable")
    there.has_finalizer("guest")
    world.patch("simaccount", "default", {"allowedNamespaces": {"from": "Same"}})
    there.until_reason("guest", "AccountNotAllowed")

    there.delete("guest")

    there.is_gone("guest")
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert world.puts(iccid) == []
