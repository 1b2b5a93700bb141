"""What is sent for a SIM that differs, and what is said while it is not as wished.

A disable needs a place in the account's budget; a field that somebody keeps changing back is left
alone for an hour; a SIM whose time at 1NCE is over is tried once a day; a write that was taken but
not seen is waited for, not repeated.
"""

from collections.abc import Sequence
from datetime import datetime

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.domain.failure import FailureKind
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.planning.drift import Drift, correction, wish_of
from sim_operator.planning.ledger import EXPIRED_RETRY, Ledger, awaited, contested_until
from sim_operator.planning.verdict import Cause, Ready, SimPlan, Synced
from sim_operator.planning.views import AccountView, Guard, SimView

_PROGRESSING = Ready(ReadyReason.PROGRESSING, "1NCE is being brought to what the resource says.")
_HELD = Ready(
    ReadyReason.DISABLE_HELD,
    "The account has disabled as many SIMs as spec.protection.maxDisablesPerHour allows in one "
    "hour; raise that number to let this one through sooner.",
)


def plan_correction(
    differences: Sequence[Drift],
    account: AccountView,
    view: SimView,
    *,
    now: datetime,
    tick: float,
    cause: Cause = Cause.SPEC,
) -> SimPlan:
    """Plan the write for `differences`, or say what it waits for."""
    ledger = view.ledger
    listed = "; ".join(str(one) for one in differences)
    if ledger.in_flight:
        return SimPlan(
            Synced(SyncedReason.PENDING, _text(listed, "is being sent")),
            _PROGRESSING,
            # Its place is still needed: the write is held against it right before it is sent.
            disable_wanted=cause if any(map(_needs_place, differences)) else None,
        )
    if not view.current:
        return SimPlan(_unseen(ledger), _failed(ledger) or _PROGRESSING)
    if _is_expired(ledger, now):
        return SimPlan(
            Synced(
                SyncedReason.WRITE_FAILED, _text(listed, "1NCE refuses to change an expired SIM")
            ),
            Ready(
                ReadyReason.EXPIRED,
                "The SIM's time at 1NCE is over: it can only be extended in the 1NCE "
                "portal. Tried again once a day.",
            ),
        )
    if _is_awaited(differences, ledger):
        return SimPlan(
            Synced(
                SyncedReason.PENDING, _text(listed, "1NCE took the change and does not show it yet")
            ),
            _PROGRESSING,
        )
    if account.writes_wait is not None:
        # What was true before stays said: a rejected sweep changes nothing about a SIM.
        contested = _contested(differences, ledger, now)
        return SimPlan(
            _synced(differences, contested, ledger, f"waits, because {account.writes_wait}"),
            _ready(contested, ledger),
        )
    return _to_send(differences, view, now, tick, cause)


def _to_send(
    differences: Sequence[Drift], view: SimView, now: datetime, tick: float, cause: Cause
) -> SimPlan:
    contested = _contested(differences, view.ledger, now)
    held = [
        one
        for one in differences
        if one not in contested and _needs_place(one) and view.guard is not Guard.GRANTED
    ]
    sendable = [one for one in differences if one not in contested and one not in held]
    waiting = view.ledger.retry_at > tick
    needs_place = any(map(_needs_place, (*held, *sendable)))
    synced = _synced(differences, contested, view.ledger, "is about to be sent")
    ready = _ready(contested, view.ledger)
    if held and view.guard is Guard.HELD:
        synced, ready = _held_back(differences), _HELD
    return SimPlan(
        synced,
        ready,
        write=SimWrite() if waiting else correction(sendable),
        disable_wanted=cause if needs_place and not waiting else None,
    )


def _held_back(differences: Sequence[Drift]) -> Synced:
    listed = "; ".join(str(one) for one in differences)
    return Synced(
        SyncedReason.DISABLE_HELD,
        _text(
            listed,
            "the account's spec.protection.maxDisablesPerHour is used up; it waits its turn",
        ),
    )


def _contested(differences: Sequence[Drift], ledger: Ledger, now: datetime) -> list[Drift]:
    return [
        one
        for one in differences
        if (until := contested_until(ledger, one.field, one.wanted)) and now < until
    ]


def _synced(
    differences: Sequence[Drift], contested: Sequence[Drift], ledger: Ledger, coming: str
) -> Synced:
    listed = "; ".join(str(one) for one in differences)
    failure = ledger.failure
    if failure is not None:
        return Synced(SyncedReason.WRITE_FAILED, _text(listed, failure.message.rstrip(".")))
    if contested:
        fields = ", ".join(one.field for one in contested)
        return Synced(
            SyncedReason.CONTESTED,
            f"Somebody else keeps changing {fields} back: corrected once an hour until that ends.",
        )
    return Synced(SyncedReason.PENDING, _text(listed, coming))


def _ready(contested: Sequence[Drift], ledger: Ledger) -> Ready:
    failed = _failed(ledger)
    if failed is not None:
        return failed
    if contested:
        return Ready(
            ReadyReason.PROGRESSING,
            "A field is contested: find out who else changes this SIM, or stop managing the field.",
        )
    return _PROGRESSING


def _failed(ledger: Ledger) -> Ready | None:
    if ledger.failure is None:
        return None
    why = ledger.failure.message.rstrip(".")
    return Ready(ReadyReason.FAILED, f"The last write failed: {why}. It is tried again.")


def _unseen(ledger: Ledger) -> Synced:
    if ledger.failure is not None and ledger.failure.kind is not FailureKind.AMBIGUOUS:
        return Synced(SyncedReason.WRITE_FAILED, ledger.failure.message)
    return Synced(SyncedReason.PENDING, "A change was sent and has not been seen at 1NCE yet.")


def _is_expired(ledger: Ledger, now: datetime) -> bool:
    return ledger.expired_since is not None and now - ledger.expired_since < EXPIRED_RETRY


def _is_awaited(differences: Sequence[Drift], ledger: Ledger) -> bool:
    """Whether all that differs was taken by 1NCE a short while ago."""
    taken = awaited(ledger)
    return taken is not None and all(wish_of(taken, one.field) == one.wanted for one in differences)


def _needs_place(drift: Drift) -> bool:
    return drift.field == "state" and drift.wanted == SimState.DISABLED


def _text(listed: str, rest: str) -> str:
    return f"{listed}: {rest}." if listed else f"{rest[:1].upper()}{rest[1:]}."
