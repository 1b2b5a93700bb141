"""What happens to a SIM whose resource is being deleted.

`deletionPolicy: Disable` holds the resource until the SIM is seen disabled. Where that can never
come true, or is no longer wished, the resource is let go without a write and says so; where it only
has to wait, it waits and says for what. A SIM that is being deleted is never enabled.
"""

from datetime import datetime

from sim_operator.api.names import DISABLE_FINALIZER, ReadyReason, SyncedReason
from sim_operator.domain.iccid import InvalidIccidError, canonical
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import AccountMode, DeletionPolicy, ManagementPolicy, SimState
from sim_operator.planning.correcting import plan_correction
from sim_operator.planning.drift import drifts
from sim_operator.planning.presence import plan_absent
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import Cause, Ready, SimPlan, Synced, Warned
from sim_operator.planning.views import Absence, AccountView, SimView

_DISABLED = SimWrite(state=SimState.DISABLED)
_WAITING = Synced(SyncedReason.PENDING, "The SIM is to be disabled before this resource goes.")


def plan_deletion(
    sim: SimRecord, account: AccountView | Refusal, view: SimView, *, now: datetime, tick: float
) -> SimPlan:
    """Decide about a SIM with a deletionTimestamp."""
    if DISABLE_FINALIZER not in sim.meta.finalizers:
        return SimPlan(
            Synced(SyncedReason.NOT_OBSERVED, "The resource is being deleted."),
            Ready(
                ReadyReason.PROGRESSING, "The resource is being deleted; the SIM stays as it is."
            ),
        )
    let_go = _let_go(sim, account, view)
    if let_go is not None:
        reason, why = let_go
        return SimPlan(
            Synced(SyncedReason.NOT_OBSERVED, "The resource is being deleted."),
            Ready(ReadyReason.PROGRESSING, f"Let go without disabling the SIM: {why}."),
            release_finalizer=True,
            warning=Warned(
                reason,
                f"deletionPolicy Disable was not carried out: {why}. The SIM was left "
                "as it is at 1NCE.",
            ),
        )
    waits = account.message.rstrip(".") if isinstance(account, Refusal) else _waits(account)
    if isinstance(account, Refusal) or waits is not None:
        return SimPlan(
            _WAITING, Ready(ReadyReason.ACCOUNT_NOT_READY, f"Cannot be disabled yet: {waits}.")
        )
    absent = plan_absent(view, account)
    if absent is not None:
        return absent
    assert view.sighting is not None  # noqa: S101 - plan_absent answers for None
    differences = drifts(view.sighting, _DISABLED)
    if not differences and view.current and not view.ledger.in_flight:
        return SimPlan(
            _WAITING,
            Ready(ReadyReason.PROGRESSING, "Making sure that the SIM is disabled."),
            look=not view.after_deletion,
            release_finalizer=view.after_deletion,
        )
    return plan_correction(differences, account, view, now=now, tick=tick, cause=Cause.DELETION)


def _let_go(
    sim: SimRecord, account: AccountView | Refusal, view: SimView
) -> tuple[ReadyReason, str] | None:
    """Why the resource goes without a write; None where the SIM is to be disabled."""
    try:
        canonical(sim.spec.iccid)
    except InvalidIccidError:
        return ReadyReason.INVALID_ICCID, "spec.iccid is not valid"
    if isinstance(account, Refusal):
        return None if account.temporary else (account.reason, account.message.rstrip("."))
    spec = sim.spec
    cases = (
        (
            spec.deletion is DeletionPolicy.RETAIN,
            ReadyReason.RECONCILED,
            "deletionPolicy is Retain by now",
        ),
        (
            spec.management is ManagementPolicy.OBSERVE,
            ReadyReason.OBSERVING,
            "managementPolicy is Observe",
        ),
        (spec.suspend, ReadyReason.SUSPENDED, "the SIM is suspended"),
        (not view.holds, ReadyReason.CONFLICT, "another SIM resource claims the ICCID"),
        (
            view.ledger.expired_since is not None,
            ReadyReason.EXPIRED,
            "the SIM's time at 1NCE is over",
        ),
        (
            view.absence is Absence.GONE,
            ReadyReason.NOT_FOUND,
            "1NCE does not have this SIM in the account",
        ),
        (
            account.gone_for_good,
            ReadyReason.ACCOUNT_NOT_FOUND,
            "the account is being deleted and its credentials are gone",
        ),
    )
    return next(((reason, why) for holds, reason, why in cases if holds), None)


def _waits(account: AccountView) -> str | None:
    if account.mode is AccountMode.OBSERVE:
        return "the account is in Observe"
    if account.not_ready is not None:
        return account.not_ready.rstrip(".")
    if not account.swept:
        return "no full sweep of the account was believed yet"
    return account.writes_wait
