"""What holds of every plan, whatever the SIM, its account and its past."""

import re
from dataclasses import replace
from datetime import timedelta

import orjson
from hypothesis import assume, given

from sim_operator.api.names import DISABLE_FINALIZER, ConditionStatus, SyncedReason
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimDetails, SimWrite
from sim_operator.domain.states import (
    AccountMode,
    DeletionPolicy,
    ManagementPolicy,
    SimState,
)
from sim_operator.planning import ledger as book
from sim_operator.planning.drift import FIELDS, wish_of
from sim_operator.planning.holding import wanted
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import Cause, HoldStep, SimPlan
from sim_operator.planning.views import AccountView, Guard, PolicyView, SimView
from sim_operator.status.sim import sim_status
from tests.unit.planning.anything import (
    ACCOUNTS,
    ANY_ACCOUNT,
    DETAILS,
    DYING,
    LIVE,
    POLICY_VIEWS,
    PRESENT,
    RECORDS,
    SIGHTINGS,
    VIEWS,
)
from tests.unit.specimens import ACCOUNT, NOW, TICK


def plan(sim: SimRecord, account: AccountView | Refusal, view: SimView) -> SimPlan:
    return plan_sim(sim, account, view, now=NOW, tick=TICK)


def applied(write: SimWrite, to: ObservedSim) -> ObservedSim:
    return replace(
        to,
        state=to.state if write.state is None else write.state,
        label=to.label if write.label is None else write.label,
        imei_lock=to.imei_lock if write.imei_lock is None else write.imei_lock,
    )


def acknowledged(policy: PolicyView, step: HoldStep) -> PolicyView:
    """What policies say once the API server has taken the status of a plan."""
    if step is HoldStep.CLEAR:
        return replace(policy, hold=None)
    if step is HoldStep.BEGIN:
        assert policy.holder is not None
        before = policy.hold.state_before if policy.hold is not None else SimState.ENABLED
        hold = Hold(policy.holder, "2026-11", "2026-11-15T12:00:00Z", before)
        return replace(policy, hold=hold, renews=False)
    return policy


def managed(sim: SimRecord, account: AccountView | Refusal) -> bool:
    return (
        isinstance(account, AccountView)
        and account.mode is AccountMode.ACTIVE
        and sim.spec.management is ManagementPolicy.MANAGE
        and not sim.spec.suspend
    )


@given(LIVE, SIGHTINGS, POLICY_VIEWS)
def test_planning_again_on_the_promised_state_yields_nothing(
    sim: SimRecord, sighting: ObservedSim, policy: PolicyView
) -> None:
    account = AccountView(ACCOUNT)
    assume(managed(sim, account))
    view = SimView(sighting, known=True, guard=Guard.GRANTED, policy=policy)
    for _ in range(3):  # the hold, the write, the hold's end
        told = plan(sim, account, view)
        assert view.sighting is not None
        view = replace(
            view,
            sighting=applied(told.write, view.sighting),
            policy=acknowledged(view.policy, told.hold),
        )
    again = plan(sim, account, view)
    assert not again.write
    assert again.disable_wanted is None
    assert again.hold is HoldStep.KEEP
    waits = policy.waits is not None
    assert again.synced.reason is (SyncedReason.DISABLE_HELD if waits else SyncedReason.IN_SYNC)


@given(RECORDS, ACCOUNTS, VIEWS)
def test_a_write_that_was_taken_and_seen_is_not_sent_again(
    sim: SimRecord, account: AccountView, view: SimView
) -> None:
    first = plan(sim, account, view)
    assume(first.write and view.sighting is not None)
    assert view.sighting is not None
    gone = sim.meta.deleted_at is not None
    wish = SimWrite(SimState.DISABLED) if gone else wanted(sim.spec, view.policy)
    sighting = applied(first.write, view.sighting)
    memory = book.accepted(book.sending(view.ledger), first.write, TICK, NOW)
    memory = book.seen(memory, sighting, wish, NOW)
    after = replace(view, sighting=sighting, missing_sweeps=0, current=True, ledger=memory)
    assert not plan(sim, account, after).write


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_nothing_is_written_unless_the_sim_is_managed(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    assert managed(sim, account) or not plan(sim, account, view).write


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_plan_turns_a_sim_off_that_neither_resource_nor_policy_wants_off(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.write.state is SimState.DISABLED or told.disable_wanted is not None:
        asked = (
            sim.spec.deletion is DeletionPolicy.DISABLE and DISABLE_FINALIZER in sim.meta.finalizers
            if sim.meta.deleted_at
            else sim.spec.state is SimState.DISABLED or view.policy.off
        )
        assert asked


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_policy_turns_a_sim_off_before_its_hold_stands(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.write.state is SimState.DISABLED and told.disable_wanted is Cause.POLICY:
        assert view.policy.marked
    if told.hold is HoldStep.BEGIN:
        assert view.policy.off
        assert not view.policy.marked
        assert told.write.state is None


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_hold_is_cleared_before_the_sim_is_seen_as_it_is_to_be(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    hold = view.policy.hold
    if told.hold is HoldStep.CLEAR:
        assert told.write.state is not SimState.ENABLED
        assert told.write.state is None or sim.spec.state is SimState.DISABLED
        assert not view.policy.off
        assert view.current
        assert hold is not None
        assert view.sighting is not None
        before = hold.state_before is SimState.ENABLED
        if sim.spec.state is SimState.ENABLED or (sim.spec.state is None and before):
            assert view.sighting.state is SimState.ENABLED


@given(LIVE, ANY_ACCOUNT, VIEWS)
def test_no_plan_enables_a_sim_that_its_owner_or_a_policy_wants_off(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    if sim.spec.state is SimState.DISABLED or view.policy.off:
        assert plan(sim, account, view).write.state is not SimState.ENABLED


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_sim_is_turned_off_without_a_place_in_the_budget(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.write.state is SimState.DISABLED:
        assert view.guard is Guard.GRANTED
        assert told.disable_wanted is not None


@given(DYING, ANY_ACCOUNT, VIEWS)
def test_no_plan_enables_or_changes_else_a_sim_that_is_being_deleted(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    write = plan(sim, account, view).write
    assert write.state is not SimState.ENABLED
    assert write.label is None
    assert write.imei_lock is None


@given(LIVE, ANY_ACCOUNT, VIEWS)
def test_no_plan_writes_a_field_that_is_not_managed(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    write = plan(sim, account, view).write
    for name in FIELDS:
        assert wish_of(write, name) in (None, wish_of(wanted(sim.spec, view.policy), name))


@given(LIVE, ANY_ACCOUNT, VIEWS)
def test_no_plan_writes_what_1nce_has_already(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.write:
        assert view.sighting is not None
        assert applied(told.write, view.sighting) != view.sighting


@given(RECORDS, ACCOUNTS, VIEWS)
def test_nothing_is_written_while_the_account_may_not_write(
    sim: SimRecord, account: AccountView, view: SimView
) -> None:
    told = plan(sim, account, view)
    if account.writes_wait is not None or not account.swept or account.not_ready is not None:
        assert not told.write
    if account.writes_wait is not None:
        assert told.disable_wanted is None or view.ledger.in_flight


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_a_resource_without_a_claim_does_nothing(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if isinstance(account, Refusal) or not view.holds:
        assert not told.write
        assert not told.look
        assert told.disable_wanted is None
        if not (isinstance(account, Refusal) and account.temporary):
            assert not told.shows_observed or sim.meta.deleted_at is not None


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_call_is_planned_for_a_suspended_sim_or_a_paused_account(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    paused = isinstance(account, AccountView) and account.mode is AccountMode.PAUSED
    if sim.spec.suspend or paused:
        assert not told.look
        assert not told.write


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_ready_is_never_true_while_a_managed_sim_is_not_known_to_be_in_sync(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    unknown = {SyncedReason.PENDING, SyncedReason.NOT_OBSERVED, SyncedReason.WRITE_FAILED}
    if managed(sim, account) and told.synced.reason in unknown:
        assert told.ready.status is not ConditionStatus.TRUE


@given(LIVE, ACCOUNTS, PRESENT)
def test_in_sync_is_said_only_where_every_managed_field_is_seen_as_wished(
    sim: SimRecord, account: AccountView, view: SimView
) -> None:
    told = plan(sim, account, view)
    assert view.sighting is not None
    if told.synced.reason is SyncedReason.IN_SYNC:
        assert book.shows(view.sighting, wanted(sim.spec, view.policy))


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_every_plan_says_why_without_a_figure_that_moves(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    texts = [told.synced.message, told.ready.message]
    if told.warning is not None:
        texts.append(told.warning.text)
    for text in texts:
        assert text.endswith(".")
        assert not re.search(r"\d", text.replace("1NCE", ""))


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_reconciling_and_stalled_never_stand_together_nor_beside_ready(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    ready = plan(sim, account, view).ready
    assert not (ready.reconciling and ready.stalled)
    assert (ready.reconciling or ready.stalled) == (ready.status is ConditionStatus.FALSE)


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_a_finalizer_is_released_once_the_sim_is_off_or_with_a_warning(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.release_finalizer:
        assert sim.meta.deleted_at is not None
        assert not told.write
        if told.warning is None:
            assert view.sighting is not None
            assert view.sighting.state is SimState.DISABLED
            assert view.after_deletion
    else:
        assert told.warning is None


@given(RECORDS, ANY_ACCOUNT, VIEWS, DETAILS)
def test_a_status_is_rewritten_only_when_something_changed(
    sim: SimRecord, account: AccountView | Refusal, view: SimView, details: SimDetails | None
) -> None:
    told = plan(sim, account, view)
    key = ACCOUNT if isinstance(account, AccountView) else None
    first = sim_status(sim, key, told, view.sighting, details, NOW)
    assert sim_status(sim, key, told, view.sighting, details, NOW) == first
    assert orjson.dumps(orjson.loads(first), option=orjson.OPT_SORT_KEYS) == first
    later = NOW + timedelta(hours=7)
    known = replace(sim, status=first)
    assert sim_status(known, key, told, view.sighting, details, later) == first
    assert plan_sim(known, account, view, now=NOW, tick=TICK) == told


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_a_start_without_details_keeps_what_a_status_shows(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    assume(view.sighting is not None)
    told = plan(sim, account, view)
    details = SimDetails(data=QuotaReading(10**8, 10**9, None))
    first = sim_status(sim, ACCOUNT, told, view.sighting, details, NOW)
    again = sim_status(replace(sim, status=first), ACCOUNT, told, view.sighting, None, NOW)
    assert again == first
