"""Policies at work: what is stopped in time, what a start leaves alone, what is told once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from sim_operator.api.choices import PolicyMode
from sim_operator.api.names import ConditionType
from sim_operator.domain.states import SimState
from sim_operator.planning.quota.evaluation import Standing
from sim_operator.status.conditions import condition
from tests.policy_lab.driving import drive
from tests.policy_lab.lab import MEBIBYTE, Lab, laboratory

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
LIMIT = {"data": {"perSIM": "40Mi"}}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with laboratory(NOW) as made:
        made.sim("a")
        yield made


def used(lab: Lab, volume: int, *, minutes: int = 30) -> None:
    lab.use("a", volume * MEBIBYTE)
    lab.go_to(lab.clock.now() + timedelta(minutes=minutes))
    lab.look()


def status(lab: Lab, policy: str) -> dict[str, object]:
    told: dict[str, object] = orjson.loads(lab.process.store.policies[lab.key(policy)].status)
    return told


def about_to_be_disabled(lab: Lab) -> None:
    """The hold stands, and the disable waits for its turn at 1NCE."""
    lab.policy("pumps", LIMIT)
    lab.look()
    lab.process.carries = False
    used(lab, 41)
    assert lab.hold("a") is not None
    assert lab.card("a").state is SimState.ENABLED


def test_a_disable_that_waits_is_not_sent_once_its_policy_is_deleted(lab: Lab) -> None:
    about_to_be_disabled(lab)
    lab.delete_policy("pumps")
    lab.process.carries = True
    lab.settle()
    assert lab.card("a").writes == []
    lab.go_to(lab.clock.now() + timedelta(minutes=10))
    lab.look()
    lab.look()
    assert lab.card("a").writes == []
    assert lab.hold("a") is None


@pytest.mark.parametrize("change", [{"action": "None"}, {"mode": "Audit"}, {"timeZone": "Nowhere"}])
def test_a_disable_that_waits_is_not_sent_once_its_policy_asks_for_none(
    lab: Lab, change: dict[str, object]
) -> None:
    about_to_be_disabled(lab)
    lab.policy("pumps", change)
    lab.process.carries = True
    for _ in range(5):
        lab.turn(passes_first=True)
    assert lab.card("a").writes == []


def test_what_a_policy_said_before_it_changed_begins_no_hold(lab: Lab) -> None:
    lab.policy("pumps", LIMIT)
    lab.look()
    lab.process.writer.flows = False
    lab.use("a", 41 * MEBIBYTE)
    lab.go_to(lab.clock.now() + timedelta(minutes=30))
    lab.process.sweep()
    lab.poll()
    lab.turn()
    record = lab.process.store.sims[lab.key("a")]
    assert lab.process.supervisor.policies.view(record).off
    lab.policy("pumps", {"data": {"perSIM": "400Mi"}})
    drive(lab.process.supervisor._turn())
    assert not lab.process.supervisor.policies.view(record).off
    lab.process.writer.flows = True
    lab.settle()
    assert lab.hold("a") is None
    assert lab.card("a").writes == []


def test_a_start_tells_nothing_anew_before_the_first_sweep_nor_after_it(lab: Lab) -> None:
    lab.policy("trial", {**LIMIT, "mode": "Audit"})
    lab.look()
    used(lab, 35)
    before, told = status(lab, "trial"), list(lab.events.told)
    assert before["warned"] == 1
    lab.restart()
    lab.settle()
    assert status(lab, "trial") == before
    lab.look()
    lab.look()
    assert status(lab, "trial") == before
    assert lab.events.told == told


def test_a_sim_whose_account_was_not_read_yet_keeps_its_place(lab: Lab) -> None:
    lab.policy("pumps", LIMIT)
    lab.look()
    used(lab, 41)
    assert lab.hold("a") is not None
    lab.restart()
    lab.settle()
    board, key = lab.process.supervisor.policies.board, lab.key("pumps")
    terms = board.matching.terms(key)
    assert terms is not None
    (member,) = board._evaluator._members.of(key, terms, lab.clock.now())
    assert member.standing is Standing.UNSEEN
    assert member.held


def test_a_policy_that_was_made_wrong_while_nobody_worked_is_told_of(lab: Lab) -> None:
    lab.policy("pumps", {**LIMIT, "timeZone": "Nowhere"})
    lab.restart()
    lab.settle()
    lab.look()
    ready = condition(status(lab, "pumps"), ConditionType.READY)
    assert ready is not None
    assert ready["reason"] == "InvalidTimeZone"


def test_where_the_first_policy_cannot_be_read_the_next_one_decides_nothing(lab: Lab) -> None:
    lab.policy("first", {"data": {"perSIM": "400Mi"}, "action": "None", "priority": 1})
    lab.policy("next", LIMIT)
    lab.look()
    used(lab, 41)
    lab.policy("first", {"timeZone": "Nowhere"})
    lab.look()
    assert lab.hold("a") is None
    assert lab.card("a").writes == []


def test_a_hold_stands_while_a_policy_that_comes_before_its_own_cannot_be_read(lab: Lab) -> None:
    lab.policy("next", LIMIT)
    lab.look()
    used(lab, 41)
    assert lab.hold("a") is not None
    wrong = {"data": {"perSIM": "400Mi"}, "priority": 1, "timeZone": "Nowhere"}
    lab.policy("first", wrong)
    lab.look()
    lab.look()
    assert [state for _, state in lab.card("a").writes] == [SimState.DISABLED]
    assert lab.hold("a") is not None


def test_a_sim_that_its_owner_has_back_over_the_limit_is_not_switched_on_first() -> None:
    with laboratory(NOW) as lab:
        lab.sim("a", {"state": "Enabled"})
        lab.policy("pumps", LIMIT)
        lab.look()
        used(lab, 41)
        lab.edit_sim("a", {"state": "Disabled"})
        lab.settle()
        assert lab.hold("a") is None
        lab.edit_sim("a", {"state": "Enabled"})
        for _ in range(5):
            lab.turn(passes_first=True)
        assert [state for _, state in lab.card("a").writes] == [SimState.DISABLED]
        assert lab.hold("a") is not None


def test_a_sim_that_is_off_under_its_limit_is_switched_on_for_its_owner() -> None:
    with laboratory(NOW) as lab:
        lab.sim("a", {"state": "Enabled"}, state=SimState.DISABLED)
        lab.policy("pumps", LIMIT)
        lab.look()
        assert [state for _, state in lab.card("a").writes] == [SimState.ENABLED]


def test_the_period_of_a_policy_that_may_come_to_decide_is_carried_over_a_restart(
    lab: Lab,
) -> None:
    lab.policy("month", {"data": {"perSIM": "400Mi"}})
    lab.policy("day", {"data": {"perSIM": "400Mi"}, "period": "Daily", "priority": 1})
    lab.look()
    used(lab, 40)
    base = lab.sims()["a"]["status"]["usage"]["base"]
    assert base["shown"].startswith("Daily")
    assert base["other"].startswith("Monthly")


def test_a_pool_that_passes_a_step_is_told_once_also_over_a_restart(lab: Lab) -> None:
    lab.policy("pool", {"action": "None", "data": {"pool": "100Mi"}})
    lab.look()
    used(lab, 10)
    used(lab, 75)
    told = [one for one in lab.events.told if one[0] == "pool"]
    assert [one[1] for one in told] == ["Warned"]
    lab.restart()
    lab.look()
    lab.look()
    assert [one for one in lab.events.told if one[0] == "pool"] == told
    used(lab, 20)
    assert [one[1] for one in lab.events.told if one[0] == "pool"] == ["Warned", "PoolExceeded"]


@pytest.mark.parametrize(
    ("before", "day"),
    [
        (date(2026, 11, 27), date(2026, 11, 15)),
        (date(2026, 11, 12), date(2026, 11, 12)),
        (date(2026, 10, 30), date(2026, 11, 15)),
    ],
)
def test_a_limit_that_is_reached_was_reached_on_a_day_of_this_period(
    lab: Lab, before: date, day: date
) -> None:
    lab.policy("trial", {**LIMIT, "mode": "Audit"})
    lab.look()
    used(lab, 41)
    desk = lab.process.supervisor.policies
    terms = desk.board.matching.winner(lab.key("a"), PolicyMode.AUDIT)
    assert terms is not None
    found = desk._forecasts.exhausts_at(lab.card("a").iccid, terms, lab.clock.now(), before)
    assert found == day


def test_a_suspended_sim_does_not_make_the_figures_of_its_policy_look_old(lab: Lab) -> None:
    lab.sim("b")
    lab.policy("pumps", LIMIT)
    lab.look()
    used(lab, 1)
    outlook = lab.process.supervisor.policies._outlook
    drive(outlook._look(lab.key("pumps")))
    suspended_at = outlook.of(lab.key("pumps")).oldest
    lab.edit_sim("b", {"suspend": True})
    used(lab, 2, minutes=600)
    drive(outlook._look(lab.key("pumps")))
    oldest = outlook.of(lab.key("pumps")).oldest
    assert suspended_at is not None
    assert oldest is not None
    assert oldest > suspended_at


@pytest.mark.parametrize("why", ["suspended", "silent"])
def test_a_sim_that_nobody_reads_in_its_new_period_has_a_status_that_rests(
    lab: Lab, why: str
) -> None:
    lab.policy("day", {**LIMIT, "period": "Daily"})
    lab.look()
    lab.edit_sim("a", {"suspend": why == "suspended"})
    lab.card("a").silent = why == "silent"
    lab.go_to(NOW + timedelta(days=3))
    lab.look()
    told = lab.sims()["a"]
    assert told["status"]["usage"]["period"] == "2026-11-18"
    for _ in range(3):
        lab.go_to(lab.clock.now() + timedelta(minutes=5))
        lab.look()
    assert lab.sims()["a"] == told
