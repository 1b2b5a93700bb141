"""What holds of every plan, whatever the SIM, its account and its past."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import assume, given
from hypothesis import strategies as st

from sim_operator.api.names import DISABLE_FINALIZER, ConditionStatus, ReadyReason, SyncedReason
from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimDetails, SimWrite
from sim_operator.domain.states import (
    AccountMode,
    DeletionPolicy,
    ImeiLock,
    ManagementPolicy,
    QuotaLevel,
    SimState,
)
from sim_operator.planning import ledger as book
from sim_operator.planning.drift import FIELDS, wish_of, wishes
from sim_operator.planning.ledger import Accepted, Correction, Ledger
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import SimPlan
from sim_operator.planning.views import Absence, AccountView, Guard, SimView
from sim_operator.status.sim import sim_status
from tests.unit.specimens import ACCOUNT, ICCID, NOW, TICK, sim_record


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Rarely anything else: most plans would write nothing where each obstacle is as likely."""
    return st.sampled_from([usual] * 8 + list(others))


STATES = st.sampled_from(SimState)
LABELS = st.sampled_from(["pump", "valve", "theirs"])
LOCKS = st.sampled_from(ImeiLock)
WRITES = st.builds(SimWrite, st.none() | STATES, st.none() | LABELS, st.none() | LOCKS)
SIGHTINGS = st.builds(
    ObservedSim,
    iccid=st.just(ICCID),
    state=st.none() | STATES,
    label=st.none() | LABELS,
    imei_lock=st.none() | LOCKS,
    data_level=st.none() | st.sampled_from(QuotaLevel),
)
AGES = st.sampled_from([0, 1, 30, 59, 60, 61, 60 * 23, 60 * 24, 60 * 25])
MOMENTS = AGES.map(lambda minutes: NOW - timedelta(minutes=minutes))
CORRECTIONS = st.dictionaries(
    st.sampled_from(FIELDS),
    st.builds(
        Correction,
        wanted=st.sampled_from(["Enabled", "Disabled", "pump", "valve", "Locked", "Unlocked"]),
        at=MOMENTS,
        seen=st.booleans(),
        contested=st.booleans(),
    ),
)
LEDGERS = st.builds(
    Ledger,
    in_flight=mostly(False, True),
    accepted=st.none() | st.builds(Accepted, WRITES, st.just(TICK), st.integers(0, 4)),
    failure=st.none() | st.builds(Failure, st.sampled_from(FailureKind), st.just("1NCE says no.")),
    retry_at=st.sampled_from([0.0, TICK - 1, TICK + 1]),
    expired_since=st.none() | MOMENTS,
    corrections=CORRECTIONS,
)
MEMORIES = st.just(Ledger()) | LEDGERS
WILD_VIEWS = st.builds(
    SimView,
    sighting=st.one_of(*[SIGHTINGS] * 8, st.none()),
    current=mostly(True, False),
    after_deletion=st.booleans(),
    known=mostly(True, False),
    missing_sweeps=mostly(0, 1, 2, 3),
    absence=mostly(Absence.NOT_LOOKED, Absence.GONE),
    holds=mostly(True, False),
    rival_nearby=st.none() | st.just("other"),
    requested=mostly(False, True),
    guard=st.sampled_from(Guard),
    ledger=MEMORIES,
)
EASY_VIEWS = st.builds(
    SimView, sighting=SIGHTINGS, known=st.just(True), guard=mostly(Guard.GRANTED, *Guard)
)
VIEWS = st.one_of(EASY_VIEWS, EASY_VIEWS, WILD_VIEWS)
PRESENT = st.builds(
    SimView,
    sighting=SIGHTINGS,
    known=st.just(True),
    guard=st.sampled_from(Guard),
    ledger=MEMORIES,
)
SPECS = st.fixed_dictionaries(
    {
        "state": st.none() | STATES,
        "label": st.none() | LABELS,
        "imei_lock": st.none() | LOCKS,
        "management": mostly(ManagementPolicy.MANAGE, ManagementPolicy.OBSERVE),
        "deletion": st.sampled_from(DeletionPolicy),
        "suspend": mostly(False, True),
    }
)


def _account(told: tuple[AccountMode, bool, bool, bool, bool, bool]) -> AccountView:
    mode, trouble, gone, swept, stale, waits = told
    not_ready = "The account is not ready." if trouble or mode is AccountMode.PAUSED else None
    return AccountView(
        ACCOUNT,
        mode=mode,
        not_ready=not_ready,
        gone_for_good=gone,
        swept=swept,
        stale=stale,
        writes_wait="the last sweep is not believed" if waits else None,
    )


_MODES = mostly(AccountMode.ACTIVE, AccountMode.OBSERVE, AccountMode.PAUSED)
_RARE = mostly(False, True)
_WILD = st.tuples(_MODES, _RARE, _RARE, mostly(True, False), _RARE, _RARE).map(_account)
_READY = st.just(AccountView(ACCOUNT))
ACCOUNTS = st.one_of(_READY, _READY, _WILD)
REFUSALS = st.builds(
    Refusal,
    st.sampled_from([ReadyReason.ACCOUNT_NOT_FOUND, ReadyReason.ACCOUNT_NOT_ALLOWED]),
    st.just("The account says no."),
) | st.just(Refusal(ReadyReason.ACCOUNT_NOT_READY, "Not known yet.", ACCOUNT, temporary=True))
DELETED = "2026-11-23T11:59:00Z"


def _record(spec: dict[str, Any], deleted: bool, finalizer: bool, request: bool) -> SimRecord:
    return sim_record(
        spec=spec,
        deleted_at=DELETED if deleted else None,
        finalizers=(DISABLE_FINALIZER,) if finalizer else (),
        request="now" if request else None,
    )


RECORDS = st.builds(_record, SPECS, mostly(False, True, True, True), st.booleans(), _RARE)
LIVE = st.builds(_record, SPECS, st.just(False), st.booleans(), st.booleans())
DYING = st.builds(_record, SPECS, st.just(True), st.booleans(), st.booleans())
ANY_ACCOUNT = st.one_of(*[ACCOUNTS] * 8, REFUSALS)


def plan(sim: SimRecord, account: AccountView | Refusal, view: SimView) -> SimPlan:
    return plan_sim(sim, account, view, now=NOW, tick=TICK)


def applied(write: SimWrite, to: ObservedSim) -> ObservedSim:
    return replace(
        to,
        state=to.state if write.state is None else write.state,
        label=to.label if write.label is None else write.label,
        imei_lock=to.imei_lock if write.imei_lock is None else write.imei_lock,
    )


def managed(sim: SimRecord, account: AccountView | Refusal) -> bool:
    return (
        isinstance(account, AccountView)
        and account.mode is AccountMode.ACTIVE
        and sim.spec.management is ManagementPolicy.MANAGE
        and not sim.spec.suspend
    )


@given(LIVE, SIGHTINGS)
def test_planning_again_on_the_promised_state_yields_nothing(
    sim: SimRecord, sighting: ObservedSim
) -> None:
    account = AccountView(ACCOUNT)
    assume(managed(sim, account))
    view = SimView(sighting, known=True, guard=Guard.GRANTED)
    after = replace(view, sighting=applied(plan(sim, account, view).write, sighting))
    again = plan(sim, account, after)
    assert not again.write
    assert again.disable_wanted is None
    assert again.synced.reason is SyncedReason.IN_SYNC


@given(RECORDS, ACCOUNTS, VIEWS)
def test_a_write_that_was_taken_and_seen_is_not_sent_again(
    sim: SimRecord, account: AccountView, view: SimView
) -> None:
    first = plan(sim, account, view)
    assume(first.write and view.sighting is not None)
    assert view.sighting is not None
    wanted = SimWrite(SimState.DISABLED) if sim.meta.deleted_at else wishes(sim.spec)
    sighting = applied(first.write, view.sighting)
    memory = book.accepted(book.sending(view.ledger), first.write, TICK, NOW)
    memory = book.seen(memory, sighting, wanted, NOW)
    after = replace(view, sighting=sighting, missing_sweeps=0, current=True, ledger=memory)
    assert not plan(sim, account, after).write


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_nothing_is_written_unless_the_sim_is_managed(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    assert managed(sim, account) or not plan(sim, account, view).write


@given(RECORDS, ANY_ACCOUNT, VIEWS)
def test_no_plan_turns_a_sim_off_that_no_resource_wants_off(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> None:
    told = plan(sim, account, view)
    if told.write.state is SimState.DISABLED or told.disable_wanted is not None:
        wanted = (
            sim.spec.deletion is DeletionPolicy.DISABLE and DISABLE_FINALIZER in sim.meta.finalizers
            if sim.meta.deleted_at
            else sim.spec.state is SimState.DISABLED
        )
        assert wanted


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
        assert wish_of(write, name) in (None, wish_of(wishes(sim.spec), name))


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
        assert book.shows(view.sighting, wishes(sim.spec))


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


_FIGURES = st.builds(QuotaReading, st.integers(-5, 10**10), st.integers(0, 10**10), st.none())
DETAILS = st.none() | st.builds(SimDetails, data=st.none() | _FIGURES, sms=st.none() | _FIGURES)


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
