"""The plan for one SIM: what is true of it, what may be sent, and why.

Questions are asked in a fixed order, from "may we speak of this SIM at all" to "which field
differs", and the first that ends the matter gives the verdict.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.domain.iccid import InvalidIccidError, canonical
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.states import AccountMode, ManagementPolicy, QuotaLevel, SimState
from sim_operator.planning import holding
from sim_operator.planning.correcting import plan_correction
from sim_operator.planning.deletion import plan_deletion
from sim_operator.planning.drift import drifts, wishes
from sim_operator.planning.ledger import contradicted
from sim_operator.planning.presence import plan_absent
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import Ready, SimPlan, Synced
from sim_operator.planning.views import AccountView, SimView

_IN_SYNC = Synced(SyncedReason.IN_SYNC, "Every managed field is at 1NCE as the resource says.")
_NOTHING_MANAGED = Synced(SyncedReason.IN_SYNC, "The resource manages no field.")
_RECONCILED = Ready(ReadyReason.RECONCILED, "1NCE is as the resource says.")
_USED_UP = Ready(
    ReadyReason.QUOTA_EXHAUSTED,
    "The data volume of this SIM is used up: it has no data service until it is "
    "topped up in the 1NCE portal.",
)
_NOT_OBSERVED = Synced(SyncedReason.NOT_OBSERVED, "1NCE was not asked about this SIM yet.")
_OVERTAKEN = Synced(
    SyncedReason.PENDING,
    "1NCE took an earlier, contrary change and has not shown it yet: it may still come.",
)
_AWAITED = Ready(ReadyReason.PROGRESSING, "Waiting until the earlier change has shown at 1NCE.")
_STALE = Ready(
    ReadyReason.STALE,
    "The last believed sweep of the account is older than three intervals: what is "
    "shown may be outdated.",
)
_OUTDATED_BY_AN_OUTAGE = {
    ReadyReason.RECONCILED,
    ReadyReason.OBSERVING,
    ReadyReason.DISABLED_BY_POLICY,
    ReadyReason.PROGRESSING,
    ReadyReason.QUOTA_EXHAUSTED,
}


def plan_sim(
    sim: SimRecord, account: AccountView | Refusal, view: SimView, *, now: datetime, tick: float
) -> SimPlan:
    """Decide about one SIM; `now` is wall time, `tick` seconds on the monotonic clock."""
    if sim.meta.deleted_at is not None:
        return plan_deletion(sim, account, view, now=now, tick=tick)
    refused = _refused(sim, account, view)
    if refused is not None:
        return refused
    assert isinstance(account, AccountView)  # noqa: S101 - _refused answers for the other
    plan = _admitted(sim, account, view, now, tick)
    if account.stale and plan.ready.reason in _OUTDATED_BY_AN_OUTAGE:
        return replace(plan, ready=_STALE)
    return plan


def _refused(sim: SimRecord, account: AccountView | Refusal, view: SimView) -> SimPlan | None:
    """The verdicts under which the SIM is not ours to speak of."""
    try:
        canonical(sim.spec.iccid)
    except InvalidIccidError as error:
        return _unseen(
            Ready(
                ReadyReason.INVALID_ICCID,
                f"spec.iccid is not valid: {error}. Delete this SIM and create it with "
                "the right number.",
            )
        )
    if isinstance(account, Refusal):
        # What is refused for the moment only keeps what it shows: emptying and filling the status
        # of a fleet would also make it forget which resource held which SIM.
        return _unseen(Ready(account.reason, account.message), shows_observed=account.temporary)
    if not view.holds:
        by = (
            f"SIM {view.rival_nearby} in this namespace"
            if view.rival_nearby
            else "another SIM resource"
        )
        return _unseen(
            Ready(
                ReadyReason.CONFLICT,
                f"The ICCID is already claimed by {by}; this resource does nothing "
                "until that one goes.",
            )
        )
    return None


def _unseen(ready: Ready, *, shows_observed: bool = False) -> SimPlan:
    return SimPlan(
        Synced(SyncedReason.NOT_OBSERVED, "Nothing is compared while the SIM is not Ready."),
        ready,
        shows_observed=shows_observed,
    )


def _admitted(
    sim: SimRecord, account: AccountView, view: SimView, now: datetime, tick: float
) -> SimPlan:
    if sim.spec.suspend:
        ready = Ready(ReadyReason.SUSPENDED, "spec.suspend is true: no call is made for this SIM.")
        return SimPlan(_compared(sim, view, "the SIM is suspended"), ready)
    if account.not_ready is not None:
        return SimPlan(
            _compared(sim, view, _untouched(sim, account)),
            Ready(ReadyReason.ACCOUNT_NOT_READY, account.not_ready),
        )
    if not account.swept:
        waiting = Ready(ReadyReason.PROGRESSING, "Waiting for a full sweep of the account.")
        return SimPlan(_NOT_OBSERVED, waiting, handles_request=not view.requested)
    absent = plan_absent(view, account)
    if absent is not None:
        return absent
    plan = holding.freed(_present(sim, account, view, now, tick), sim.spec, view)
    if view.requested:
        return replace(plan, look=True, handles_request=False)
    return plan


def _present(
    sim: SimRecord, account: AccountView, view: SimView, now: datetime, tick: float
) -> SimPlan:
    """The SIM is there and may be spoken of: compare, and correct where that is allowed."""
    assert view.sighting is not None  # noqa: S101 - plan_absent answers for the other
    observe = _untouched(sim, account)
    if observe is not None:
        return SimPlan(_compared(sim, view, observe), _observed_ready(view, observe))
    wished = holding.wanted(sim.spec, view.policy)
    differences = drifts(view.sighting, wished)
    if view.current and not differences and not view.ledger.in_flight:
        if contradicted(view.ledger, wished):
            return SimPlan(_OVERTAKEN, _AWAITED)
        return holding.settled(_plain(_in_sync(sim), _settled(view)), sim.spec, view)
    cause = holding.cause_of(sim.spec, view.policy)
    plan = plan_correction(differences, account, view, now=now, tick=tick, cause=cause)
    return holding.marked_first(plan, sim.spec, view)


@cache
def _plain(synced: Synced, ready: Ready) -> SimPlan:
    """One plan for the whole of a fleet that is at rest; both are constants of this module."""
    return SimPlan(synced, ready)


def _untouched(sim: SimRecord, account: AccountView) -> str | None:
    """Why a difference is shown and not corrected; None where it may be corrected."""
    if sim.spec.management is ManagementPolicy.OBSERVE:
        return "spec.managementPolicy is Observe"
    if account.mode is AccountMode.OBSERVE:
        return "the account is in Observe"
    if account.mode is AccountMode.PAUSED:
        return "the account is paused"
    return None


def _observed_ready(view: SimView, why: str) -> Ready:
    exhausted = _exhausted(view)
    if exhausted is not None:
        return exhausted
    return Ready(ReadyReason.OBSERVING, f"Nothing is written to 1NCE: {why}.")


def _settled(view: SimView) -> Ready:
    return _exhausted(view) or _RECONCILED


def _exhausted(view: SimView) -> Ready | None:
    sim = view.sighting
    if sim is None or sim.data_level is not QuotaLevel.EXHAUSTED or sim.state is SimState.DISABLED:
        return None
    return _USED_UP


def _in_sync(sim: SimRecord) -> Synced:
    return _IN_SYNC if wishes(sim.spec) else _NOTHING_MANAGED


def _compared(sim: SimRecord, view: SimView, untouched: str | None) -> Synced:
    """Compare without any wish to write; `untouched` says why nothing is corrected."""
    if view.sighting is None:
        return _NOT_OBSERVED
    # Nothing is sent here, so there is no answer of a policy to wait for.
    policy = replace(view.policy, pends=False)
    differences = drifts(view.sighting, holding.wanted(sim.spec, policy))
    if not differences:
        return _in_sync(sim)
    listed = "; ".join(str(one) for one in differences)
    if untouched is None:
        return Synced(SyncedReason.PENDING, f"{listed}: waits for the account.")
    return Synced(SyncedReason.DRIFTED, f"{listed}: not corrected, because {untouched}.")
