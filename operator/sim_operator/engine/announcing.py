"""Events: one for each change, that says what changed, from what to what, and why.

Adopting a fleet is no change and makes no events; neither does an account's trouble at each of its
SIMs: the account itself tells of it.
"""

from typing import Any

import orjson

from sim_operator.api.names import (
    ACCOUNT_KIND,
    POLICY_KIND,
    SIM_KIND,
    AccountReason,
    ConditionType,
    QuotaPolicyReason,
    ReadyReason,
    SyncedReason,
)
from sim_operator.domain.resources import AccountRecord, Key, Meta, PolicyRecord, SimRecord
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.kube.events import EventRecorder, EventType
from sim_operator.planning.drift import FIELDS, shown, value_of, wish_of
from sim_operator.planning.verdict import Cause, SimPlan, Warned
from sim_operator.status.conditions import condition

_TROUBLES = {
    ReadyReason.CONFLICT,
    ReadyReason.INVALID_ICCID,
    ReadyReason.ACCOUNT_NOT_FOUND,
    ReadyReason.ACCOUNT_NOT_ALLOWED,
    ReadyReason.NOT_FOUND,
    ReadyReason.EXPIRED,
    ReadyReason.QUOTA_EXHAUSTED,
    ReadyReason.DISABLE_HELD,
    ReadyReason.FAILED,
}
_POLICY_TROUBLES = {
    QuotaPolicyReason.INVALID_TIME_ZONE,
    QuotaPolicyReason.ACCOUNT_NOT_READY,
    QuotaPolicyReason.USAGE_UNKNOWN,
    QuotaPolicyReason.FAILED,
}
_DIFFERENCES = {SyncedReason.DRIFTED, SyncedReason.CONTESTED}
_WHY = {
    Cause.DELETION: "the resource is being deleted and its deletionPolicy is Disable",
    Cause.POLICY: "a QuotaPolicy asks for it",
}


class Announcer:
    """Tells of the changes of SIMs and accounts, each once."""

    def __init__(self, events: EventRecorder) -> None:
        """`events` takes what is to be told."""
        self._events = events
        self._told: dict[Key, tuple[str, str]] = {}
        self._told_accounts: dict[str, str] = {}
        self._told_policies: dict[str, str] = {}

    def forget(self, sim: Key) -> None:
        """The resource is gone."""
        self._told.pop(sim, None)

    def account(self, record: AccountRecord, reason: AccountReason, message: str) -> None:
        """Tell of an account's new reason; that a new account is read is no news."""
        uid = record.meta.uid
        ready = condition(orjson.loads(record.status), ConditionType.READY) or {}
        before = self._told_accounts.get(uid, ready.get("reason"))
        self._told_accounts[uid] = reason
        if before == reason:
            return
        if reason is AccountReason.RECONCILED and before in (None, AccountReason.PROGRESSING):
            return
        calm = reason in (AccountReason.RECONCILED, AccountReason.PAUSED)
        kind = EventType.NORMAL if calm else EventType.WARNING
        self._events.emit(ACCOUNT_KIND, record.meta, kind, str(reason), message)

    def forget_account(self, uid: str) -> None:
        """The SIMAccount is gone."""
        self._told_accounts.pop(uid, None)

    def verdict(self, record: SimRecord, plan: SimPlan) -> None:
        """Tell of a condition's new reason, where a person would want to know."""
        key = record.meta.key
        ready, synced = plan.ready, plan.synced
        before = self._told.get(key) or _reasons(record)
        after = (ready.reason.value, synced.reason.value)
        self._told[key] = after
        if ready.reason.value != before[0]:
            if ready.reason in _TROUBLES:
                self._emit(record, EventType.WARNING, ready.reason, ready.message)
                return
            if ready.reason is ReadyReason.SUSPENDED:
                self._emit(record, EventType.NORMAL, ready.reason, ready.message)
        if synced.reason.value != before[1] and synced.reason in _DIFFERENCES:
            self._emit(record, EventType.WARNING, synced.reason, synced.message)

    def corrected(self, record: SimRecord, text: str, by_policy: bool = False) -> None:
        """Tell of a change that was made at 1NCE and seen there."""
        if by_policy:
            self._emit(record, EventType.WARNING, ReadyReason.DISABLED_BY_POLICY, text)
        else:
            self._emit(record, EventType.NORMAL, ReadyReason.RECONCILED, text)

    def policy(self, record: PolicyRecord, reason: QuotaPolicyReason, message: str) -> None:
        """Tell of a policy that cannot do its work; that one works is no news."""
        ready = condition(orjson.loads(record.status), ConditionType.READY) or {}
        uid = record.meta.uid
        before = self._told_policies.get(uid, ready.get("reason"))
        self._told_policies[uid] = reason
        if before != reason and reason in _POLICY_TROUBLES:
            self.warn(POLICY_KIND, record.meta, str(reason), message)

    def forget_policy(self, uid: str) -> None:
        """The QuotaPolicy is gone."""
        self._told_policies.pop(uid, None)

    def warn(self, kind: str, meta: Meta, reason: str, message: str) -> None:
        """Tell of something that a person would want to know."""
        self._events.emit(kind, meta, EventType.WARNING, reason, message)

    def let_go(self, record: SimRecord, warning: Warned) -> None:
        """Tell of a deletion that left the SIM as it is."""
        self._emit(record, EventType.WARNING, warning.reason, warning.text)

    def _emit(self, record: SimRecord, type_: EventType, reason: str, message: str) -> None:
        self._events.emit(SIM_KIND, record.meta, type_, str(reason), message)


def _reasons(record: SimRecord) -> tuple[str, str]:
    status: dict[str, Any] = orjson.loads(record.status)
    ready = condition(status, ConditionType.READY) or {}
    synced = condition(status, ConditionType.SYNCED) or {}
    return str(ready.get("reason", "")), str(synced.get("reason", ""))


def was_in_sync(record: SimRecord) -> bool:
    """Whether this generation of the resource was in sync before: a difference is then drift."""
    synced = condition(orjson.loads(record.status), ConditionType.SYNCED)
    return (
        synced is not None
        and synced.get("reason") == SyncedReason.IN_SYNC
        and synced.get("observedGeneration") == record.meta.generation
    )


def _within(sentence: str) -> str:
    """A sentence as the second half of another one."""
    text = sentence.rstrip(".")
    return f"t{text[1:]}" if text.startswith("The ") else text


def correction_text(
    before: ObservedSim | None, sent: SimWrite, cause: Cause | None, *, drifted: bool, why: str = ""
) -> str:
    """What a write changed, from what to what, and why: as given, or as the cause tells."""
    changes = []
    for name in FIELDS:
        wanted = wish_of(sent, name)
        if wanted is None:
            continue
        found = value_of(before, name) if before is not None else None
        origin = "an unknown value" if found is None else shown(found)
        changes.append(f"{name} from {origin} to {shown(wanted)}")
    told = _within(why) or (_WHY.get(cause) if cause is not None else None)
    if not told:
        told = "somebody had changed it at 1NCE" if drifted else "the resource asks for it"
    return f"Changed {', '.join(changes)} at 1NCE: {told}."
