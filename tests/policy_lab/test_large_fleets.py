"""A pass over a large fleet, and what happens while it goes on."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from sim_operator.domain.resources import Key
from sim_operator.domain.states import SimState
from tests.policy_lab.driving import drive
from tests.policy_lab.lab import ACCOUNT, Lab, laboratory

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SIMS = 450
EARLY, LATE = "pump-003", "pump-447"


def settled_fleet(lab: Lab) -> None:
    for number in range(SIMS):
        lab.sim(f"pump-{number:03}", {"state": "Enabled"})
    lab.process.sweep()
    lab.settle()


def pass_over_all(lab: Lab, in_between: list[tuple[str, dict[str, Any]]]) -> list[set[str]]:
    """A pass in which one SIM changes at each turn of the event loop; who had an action by then."""
    loop = lab.process.loops[ACCOUNT]
    acting: list[set[str]] = []

    def changed() -> Iterable[Key]:
        acting.append({action.sim.name for action in loop._carrier._queue._queue})  # type: ignore[attr-defined]
        if not in_between:
            return []
        name, change = in_between.pop(0)
        lab.edit_sim(name, change)
        drive(lab.process.supervisor._turn())
        return loop._sims.take_changed(10)

    loop.touch_all()
    drive(loop._passes.run(sorted(loop._due()), lambda: None, changed))
    loop._sims.ended()
    return acting


@pytest.mark.parametrize("name", [EARLY, LATE])
def test_a_sim_that_changes_during_a_pass_does_not_wait_for_its_end(name: str) -> None:
    with laboratory(NOW) as lab:
        settled_fleet(lab)
        acting = pass_over_all(lab, [(name, {"label": "moved"})])
        assert acting == [set(), {name}]
        lab.settle()
        assert lab.card(name).label == "moved"
        assert lab.sims()[name]["status"]["label"] == "moved"


def test_what_a_pass_found_before_a_change_is_not_told_after_it() -> None:
    with laboratory(NOW) as lab:
        settled_fleet(lab)
        lab.card(EARLY).label = "by somebody else"
        lab.process.sweep()
        pass_over_all(lab, [(EARLY, {"managementPolicy": "Observe"})])
        lab.process.writer.flush()
        status = lab.sims()[EARLY]["status"]
        assert status["observedGeneration"] == 2
        assert {one["type"]: one["reason"] for one in status["conditions"]} == {
            "Ready": "Observing",
            "Synced": "InSync",
        }


def test_a_disable_that_is_asked_for_during_a_pass_still_passes_the_budget() -> None:
    with laboratory(NOW, {"protection": {"maxDisablesPerHour": 1}}) as lab:
        settled_fleet(lab)
        acting = pass_over_all(lab, [(EARLY, {"state": "Disabled"}), (LATE, {"state": "Disabled"})])
        assert acting == [set(), set()], "nothing is offered before the budget has answered"
        lab.settle()
        off = [name for name in lab.sims() if lab.card(name).state is SimState.DISABLED]
        assert len(off) == 1
        assert lab.process.loops[ACCOUNT].state.holding == 1


def test_a_sim_that_left_the_account_gives_its_place_in_the_line_up() -> None:
    with laboratory(NOW, {"protection": {"maxDisablesPerHour": 0}}) as lab:
        lab.sim("pump", {"state": "Disabled"})
        lab.process.sweep()
        lab.settle()
        loop = lab.process.loops[ACCOUNT]
        assert loop._decider.disables_wait == {lab.key("pump")}
        lab.delete_sim("pump")
        loop.touch_all()
        lab.settle()
        assert loop._decider.disables_wait == frozenset()
