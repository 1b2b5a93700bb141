"""A policy keeps a SIM off: the hold comes first, and goes last."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import AccountMode, ManagementPolicy, SimState
from sim_operator.planning.ledger import UNSEEN_SWEEPS, Accepted, Ledger
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.verdict import Cause, HoldStep, SimPlan
from sim_operator.planning.views import AccountView, Guard, PolicyView, SimView
from tests.unit.specimens import ACCOUNT, observed, sim_record

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
OTHER, MINE = "other-uid", "policy-uid"
WHY = "QuotaPolicy pumps keeps this SIM disabled: data.perSIM of 40Mi is used up in 2026-11."


def hold(before: SimState = SimState.ENABLED, uid: str = MINE) -> Hold:
    return Hold(uid, "2026-11", "2026-11-15T12:00:00Z", before)


def off(marked: Hold | None = None) -> PolicyView:
    return PolicyView(off=True, holder=MINE, hold=marked, why=WHY, watched=True)


def planned(
    sim: SimRecord, state: SimState, policy: PolicyView, guard: Guard = Guard.NOT_ASKED
) -> SimPlan:
    seen = SimView(sighting=observed(state=state), known=True, policy=policy, guard=guard)
    return plan_sim(sim, AccountView(ACCOUNT), seen, now=NOW, tick=100.0)


def wanting(
    state: SimState | None, management: ManagementPolicy = ManagementPolicy.MANAGE
) -> SimRecord:
    return sim_record(spec={"state": state, "management": management})


@pytest.mark.parametrize("state", [SimState.ENABLED, None])
def test_a_sim_over_its_limit_first_asks_the_account_for_a_place(state: SimState | None) -> None:
    plan = planned(wanting(state), SimState.ENABLED, off())
    assert plan.disable_wanted is Cause.POLICY
    assert plan.hold is HoldStep.KEEP
    assert plan.write.state is None


def test_with_a_place_the_hold_is_written_before_anything_is_sent() -> None:
    plan = planned(wanting(None), SimState.ENABLED, off(), guard=Guard.GRANTED)
    assert plan.hold is HoldStep.BEGIN
    assert plan.write.state is None
    assert plan.disable_wanted is Cause.POLICY
    assert plan.synced.reason is SyncedReason.PENDING


def test_a_hold_that_stands_lets_the_disable_go() -> None:
    plan = planned(wanting(None), SimState.ENABLED, off(hold()), guard=Guard.GRANTED)
    assert plan.hold is HoldStep.KEEP
    assert plan.write.state is SimState.DISABLED


def test_the_account_s_guard_holds_a_disable_back_without_a_hold() -> None:
    plan = planned(wanting(None), SimState.ENABLED, off(), guard=Guard.HELD)
    assert plan.ready.reason is ReadyReason.DISABLE_HELD
    assert plan.synced.reason is SyncedReason.DISABLE_HELD
    assert plan.hold is HoldStep.KEEP
    assert not plan.write


def test_a_sim_that_is_off_by_a_policy_is_ready_and_says_why() -> None:
    plan = planned(wanting(SimState.ENABLED), SimState.DISABLED, off(hold()))
    assert plan.ready.reason is ReadyReason.DISABLED_BY_POLICY
    assert plan.ready.message == WHY
    assert plan.synced.reason is SyncedReason.IN_SYNC
    assert not plan.write


@pytest.mark.parametrize("state", [SimState.ENABLED, None])
def test_while_nobody_decides_nothing_is_switched_off_and_nothing_on(
    state: SimState | None,
) -> None:
    pending = replace(off(hold()), pends=True)
    on = planned(wanting(state), SimState.ENABLED, pending, guard=Guard.GRANTED)
    assert not on.write
    assert on.disable_wanted is None
    assert on.hold is HoldStep.KEEP
    assert on.ready.reason is ReadyReason.PROGRESSING
    dark = planned(wanting(state), SimState.DISABLED, pending, guard=Guard.GRANTED)
    assert not dark.write
    assert dark.hold is HoldStep.KEEP
    assert dark.ready.reason is ReadyReason.DISABLED_BY_POLICY


def test_another_policy_that_takes_over_writes_its_own_hold_and_enables_nothing() -> None:
    plan = planned(wanting(SimState.ENABLED), SimState.DISABLED, off(hold(uid=OTHER)))
    assert plan.hold is HoldStep.BEGIN
    assert not plan.write


@pytest.mark.parametrize("state", [SimState.ENABLED, None])
def test_a_hold_that_ended_brings_the_sim_back_and_goes_only_then(state: SimState | None) -> None:
    over = PolicyView(hold=hold(), why="2026-11 is over.", watched=True)
    back = planned(wanting(state), SimState.DISABLED, over)
    assert back.write.state is SimState.ENABLED
    assert back.hold is HoldStep.KEEP
    seen = planned(wanting(state), SimState.ENABLED, over)
    assert seen.hold is HoldStep.CLEAR
    assert not seen.write


def test_what_was_off_before_its_policy_stays_off_after_it() -> None:
    over = PolicyView(hold=hold(SimState.DISABLED), why="2026-11 is over.", watched=True)
    plan = planned(wanting(None), SimState.DISABLED, over)
    assert plan.hold is HoldStep.CLEAR
    assert not plan.write


@pytest.mark.parametrize("marked", [None, hold()])
def test_a_sim_whose_owner_wants_it_off_is_never_enabled(marked: Hold | None) -> None:
    policy = PolicyView(hold=marked, watched=True)
    plan = planned(wanting(SimState.DISABLED), SimState.DISABLED, policy)
    assert not plan.write
    assert plan.hold is (HoldStep.KEEP if marked is None else HoldStep.CLEAR)


def test_a_disabled_sim_without_a_hold_says_how_it_comes_back() -> None:
    plan = planned(wanting(None), SimState.DISABLED, PolicyView(watched=True))
    assert not plan.write
    assert "spec.state to Enabled" in plan.synced.message


def test_a_policy_s_own_guard_is_told_on_the_sim() -> None:
    policy = PolicyView(waits="QuotaPolicy pumps would disable this SIM.", watched=True)
    plan = planned(wanting(None), SimState.ENABLED, policy)
    assert plan.ready.reason is ReadyReason.DISABLE_HELD
    assert plan.synced.reason is SyncedReason.DISABLE_HELD
    assert not plan.write


def test_nothing_is_written_in_observe_and_a_hold_goes_once_the_sim_is_seen_on() -> None:
    sim = wanting(SimState.ENABLED, management=ManagementPolicy.OBSERVE)
    assert not planned(sim, SimState.ENABLED, off(hold())).write
    over = PolicyView(hold=hold(), watched=True)
    assert planned(sim, SimState.DISABLED, over).hold is HoldStep.KEEP
    assert planned(sim, SimState.ENABLED, over).hold is HoldStep.CLEAR


@pytest.mark.parametrize("guard", [Guard.NOT_ASKED, Guard.HELD, Guard.GRANTED])
def test_a_hold_goes_once_the_owner_wants_the_sim_off_though_it_is_on_yet(guard: Guard) -> None:
    plan = planned(wanting(SimState.DISABLED), SimState.ENABLED, PolicyView(hold=hold()), guard)
    assert plan.hold is HoldStep.CLEAR
    assert plan.disable_wanted is Cause.SPEC


def test_a_hold_goes_once_the_sim_is_seen_on_though_another_field_differs() -> None:
    sim = sim_record(spec={"state": None, "label": "pump-17"})
    over = PolicyView(hold=hold(), watched=True)
    back = planned(sim, SimState.DISABLED, over)
    assert back.write.state is SimState.ENABLED
    assert back.hold is HoldStep.KEEP
    seen = planned(sim, SimState.ENABLED, over)
    assert seen.write.label == "pump-17"
    assert seen.hold is HoldStep.CLEAR


@pytest.mark.parametrize(
    ("memory", "current"),
    [
        (Ledger(in_flight=True), True),
        (Ledger(accepted=Accepted(SimWrite(state=SimState.DISABLED), 99.0)), True),
        (Ledger(), False),
    ],
)
@pytest.mark.parametrize("management", ManagementPolicy)
def test_a_hold_stays_while_what_was_sent_may_yet_show(
    memory: Ledger, current: bool, management: ManagementPolicy
) -> None:
    seen = SimView(
        sighting=observed(state=SimState.ENABLED),
        current=current,
        known=True,
        ledger=memory,
        policy=PolicyView(hold=hold(), watched=True),
    )
    plan = plan_sim(wanting(None, management), AccountView(ACCOUNT), seen, now=NOW, tick=100.0)
    assert plan.hold is HoldStep.KEEP


def test_a_write_that_never_showed_keeps_no_hold() -> None:
    lost = Accepted(SimWrite(state=SimState.DISABLED), 99.0, sweeps=UNSEEN_SWEEPS)
    seen = SimView(
        sighting=observed(state=SimState.ENABLED),
        known=True,
        ledger=Ledger(accepted=lost),
        policy=PolicyView(hold=hold(), watched=True),
    )
    plan = plan_sim(wanting(None), AccountView(ACCOUNT), seen, now=NOW, tick=100.0)
    assert plan.hold is HoldStep.CLEAR


def test_an_account_in_observe_has_nothing_disabled() -> None:
    seen = SimView(sighting=observed(state=SimState.ENABLED), known=True, policy=off())
    account = AccountView(ACCOUNT, mode=AccountMode.OBSERVE)
    plan = plan_sim(wanting(None), account, seen, now=NOW, tick=100.0)
    assert not plan.write
    assert plan.disable_wanted is None
