"""The leader is lost in every way: another one acts, and never two at once.

Proven at 1NCE: its journal tells which process wrote what, and when. What is measured stands in the
table and is not judged: a deadline of the tests is far beyond what a quiet machine takes.
"""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.conftest import Effort
from tests.chaos.gate import Delay, LoseAnswer
from tests.chaos.leading import (
    LEASE_SECONDS,
    Pair,
    Portal,
    Replica,
    acts_after,
    is_about_the_lease,
    out_of_office,
    overlapping,
    pair,
    start,
)
from tests.chaos.promises import kept
from tests.chaos.table import Tried
from tests.cluster import Cluster

CHAPTER: Final = "leading"

Fault = Callable[[Pair, Replica], None]


@pytest.fixture
def world(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[Pair]:
    with pair(cluster, operator_kubeconfig, tmp_path) as made:
        yield made
        for one in made.replicas:
            assert "Traceback" not in one.process.text(), one.process.text()


def killed(_: Pair, leader: Replica) -> None:
    leader.process.kill()


def stopped(_: Pair, leader: Replica) -> None:
    leader.signal(signal.SIGSTOP)


def cut_off(_: Pair, leader: Replica) -> None:
    leader.gate.cut()


def swallowed(_: Pair, leader: Replica) -> None:
    leader.gate.cut(hang=True)


def unheard(_: Pair, leader: Replica) -> None:
    """What it asks of the Lease is done, and it never hears of it."""
    leader.gate.on(is_about_the_lease, LoseAnswer())


def slowed(_: Pair, leader: Replica) -> None:
    """Each answer about the Lease comes too late, but what is asked is done."""
    leader.gate.on(is_about_the_lease, Delay(6.0))


def cut_off_with_slow_writes(world: Pair, leader: Replica) -> None:
    """What it has sent to 1NCE is carried out up to three and a half seconds later."""
    world.simulator.fault("latency", match={"operation": "updateSim"}, seconds=3.5)
    leader.gate.cut()


def replaced(world: Pair, leader: Replica) -> Replica:
    return next(one for one in world.replicas if one is not leader)


FAULTS: Final[dict[str, Fault]] = {
    "killed": killed,
    "stopped, and continued later": stopped,
    "cut off from the API server, not from 1NCE": cut_off,
    "its packets to the API server are swallowed": swallowed,
    "answers about the Lease are lost": unheard,
    "answers about the Lease are late": slowed,
    "cut off while 1NCE is slow to write": cut_off_with_slow_writes,
}
SHORT: Final = "cut off from the API server, not from 1NCE"


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one == SHORT else pytest.mark.long) for one in FAULTS]
)
def test_another_one_acts_when_the_leader_is_lost_and_never_two_at_once(
    world: Pair, tried: Tried, name: str
) -> None:
    leader, standby = start(world)
    known = world.tokens()
    first = leader.identity
    with tried(CHAPTER, f"{name}: another one writes, never two at once"):
        with Portal(world.simulator, world.iccids, every=0.25) as portal:
            world.until(lambda: len(world.writes()) > 3, "the leader corrects what is changed")
            assert standby.statuses() == []
            began = time.monotonic()
            FAULTS[name](world, leader)
            world.operator = standby.process
            seconds = acts_after(world, known, began)
            assert not portal.ran_out, "nothing was changed any more when the other one began"
            _is_over(leader)
        _judge(world, known, first, standby)
    tried(CHAPTER, f"{name}: it wrote {seconds:.0f} s later")


def _is_over(leader: Replica) -> None:
    """The old leader, if it still lives, ends by itself, and as one that has failed."""
    if not leader.process.runs:
        return
    leader.signal(signal.SIGCONT)  # harmless to one that runs
    assert leader.process.wait(60) != 0
    assert "Lease" in leader.process.text()


def _judge(world: Pair, known: list[str], first: str, standby: Replica) -> None:
    assert overlapping(world) == []
    assert len(world.tokens()) == 2, "a process has one token"
    identities = dict.fromkeys(known, first) | {
        token: standby.identity for token in world.tokens() if token not in known
    }
    assert out_of_office(world, identities) == []
    assert world.history is not None
    kept(world, world.history)


def test_a_lease_that_a_person_deletes_or_that_is_slow_changes_nothing(
    world: Pair, tried: Tried, effort: Effort
) -> None:
    leader, standby = start(world)
    known = world.tokens()
    with Portal(world.simulator, world.iccids, every=0.25):
        with tried(CHAPTER, "the Lease is deleted by a person: the leader stays"):
            before = world.lease()["metadata"]["uid"]
            world.kubectl("delete", "lease", "sim-operator")
            world.until(
                lambda: (
                    (found := world.get("lease", "sim-operator"))
                    and found["metadata"]["uid"] != before
                ),
                "the Lease is there again",
            )
            assert world.lease()["spec"]["holderIdentity"] == leader.identity
        if effort is Effort.LONG:
            with tried(CHAPTER, "the API server is slow about the Lease: the leader stays"):
                rule = leader.gate.on(is_about_the_lease, Delay(2.5))
                time.sleep(2 * LEASE_SECONDS)
                assert rule.hits > 2
                assert leader.leads
                rule.remove()
    assert not standby.leads
    assert world.tokens() == known
    assert world.history is not None
    kept(world, world.history)


@pytest.mark.long
def test_a_lease_that_a_stranger_takes_ends_the_leader_and_nobody_writes(
    world: Pair, tried: Tried
) -> None:
    leader, standby = start(world)
    known = world.tokens()
    with Portal(world.simulator, world.iccids, every=0.25):
        theft = '{"spec": {"holderIdentity": "a-stranger", "leaseDurationSeconds": 3600}}'
        world.kubectl("patch", "lease", "sim-operator", "--type=merge", "-p", theft)
        assert leader.process.wait(60) != 0
        last = world.simulator.last_entry()
        time.sleep(LEASE_SECONDS + 3)
        assert [one for one in world.writes() if one["seq"] > last] == []
    tried(CHAPTER, "the Lease is taken by a stranger: nobody writes")
    assert not standby.leads
    assert world.tokens() == known
    assert world.lease()["spec"]["holderIdentity"] == "a-stranger"
    world.kubectl("delete", "lease", "sim-operator")


@pytest.mark.long
def test_a_new_leader_whose_view_is_old_opens_no_second_budget(world: Pair, tried: Tried) -> None:
    leader, standby = start(world)
    world.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": 3}})
    world.sweeps(2)
    assert standby.gate.freeze_watches() > 0
    off = {f"sim-{number}": world.iccids[number] for number in range(6)}
    world.many(off, {"state": "Disabled", "label": "ours"})
    world.until(lambda: len(_disabled(world)) == 3, "three are off")
    leader.process.kill()

    with tried(CHAPTER, "killed with the budget used up: the next one opens no other"):
        world.operator = standby.process
        world.until(lambda: standby.leads, "the other one leads", seconds=90)
        held = [name for name, iccid in off.items() if iccid not in _disabled(world)]
        for name in held:
            world.until_acknowledged(name, "DisableHeld")
        world.sweeps(3)
        assert len(_disabled(world)) == 3
        assert world.history is not None
        kept(world, world.history)


def _disabled(world: Pair) -> set[str]:
    return {str(one["iccid"]) for one in world.simulator.sims() if one["status"] == "Disabled"}
