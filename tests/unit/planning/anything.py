"""Any SIM, any account, any past: what plans are made from, for property tests."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from sim_operator.api.names import DISABLE_FINALIZER, ReadyReason
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
from sim_operator.planning.drift import FIELDS
from sim_operator.planning.ledger import Accepted, Correction, Ledger
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.views import (
    NO_POLICY,
    Absence,
    AccountView,
    Guard,
    PolicyView,
    SimView,
)
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
HOLDERS = st.sampled_from(["uid-of-pumps", "uid-of-valves"])
HOLDS = st.builds(
    Hold, HOLDERS, st.just("2026-11"), st.just("2026-11-15T12:00:00Z"), state_before=STATES
)
WHY = "QuotaPolicy pumps keeps this SIM disabled."
OFF_VIEWS = st.builds(
    PolicyView,
    off=st.just(True),
    holder=HOLDERS,
    hold=st.none() | HOLDS,
    renews=mostly(False, True),
    why=st.just(WHY),
    watched=st.just(True),
)
ON_VIEWS = st.builds(
    PolicyView,
    hold=st.none() | HOLDS,
    waits=st.none() | st.just("QuotaPolicy pumps would disable this SIM."),
    why=st.just("The period is over."),
    watched=st.booleans(),
)
POLICY_VIEWS = st.one_of(st.just(NO_POLICY), OFF_VIEWS, ON_VIEWS)
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
    policy=POLICY_VIEWS,
)
EASY_VIEWS = st.builds(
    SimView,
    sighting=SIGHTINGS,
    known=st.just(True),
    guard=mostly(Guard.GRANTED, *Guard),
    policy=POLICY_VIEWS,
)
VIEWS = st.one_of(EASY_VIEWS, EASY_VIEWS, WILD_VIEWS)
PRESENT = st.builds(
    SimView,
    sighting=SIGHTINGS,
    known=st.just(True),
    guard=st.sampled_from(Guard),
    ledger=MEMORIES,
    policy=POLICY_VIEWS,
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


_FIGURES = st.builds(QuotaReading, st.integers(-5, 10**10), st.integers(0, 10**10), st.none())
DETAILS = st.none() | st.builds(SimDetails, data=st.none() | _FIGURES, sms=st.none() | _FIGURES)
