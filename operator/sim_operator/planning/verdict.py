"""What a plan says about one SIM: two conditions' worth of truth, and what is to be done.

Every verdict carries its sentence, because "no" is a decision too and a person will ask why.
"""

from dataclasses import dataclass
from enum import StrEnum

from sim_operator.api.names import ConditionStatus, ReadyReason, SyncedReason
from sim_operator.domain.sim import SimWrite

_SYNCED_STATUS = {
    SyncedReason.IN_SYNC: ConditionStatus.TRUE,
    SyncedReason.PENDING: ConditionStatus.UNKNOWN,
    SyncedReason.NOT_OBSERVED: ConditionStatus.UNKNOWN,
    SyncedReason.DRIFTED: ConditionStatus.FALSE,
    SyncedReason.DISABLE_HELD: ConditionStatus.FALSE,
    SyncedReason.WRITE_FAILED: ConditionStatus.FALSE,
    SyncedReason.CONTESTED: ConditionStatus.FALSE,
}
_READY_TRUE = {
    ReadyReason.RECONCILED,
    ReadyReason.OBSERVING,
    ReadyReason.SUSPENDED,
    ReadyReason.DISABLED_BY_POLICY,
}
_RECONCILING = {
    ReadyReason.PROGRESSING,
    ReadyReason.ACCOUNT_NOT_READY,
    ReadyReason.DISABLE_HELD,
    ReadyReason.FAILED,
}


@dataclass(frozen=True, slots=True)
class Synced:
    """Whether 1NCE is as the resource says."""

    reason: SyncedReason
    message: str

    @property
    def status(self) -> ConditionStatus:
        """The truth value that belongs to the reason."""
        return _SYNCED_STATUS[self.reason]


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether the resource as a whole is as it should be."""

    reason: ReadyReason
    message: str

    @property
    def status(self) -> ConditionStatus:
        """The truth value that belongs to the reason."""
        if self.reason in _READY_TRUE:
            return ConditionStatus.TRUE
        return (
            ConditionStatus.UNKNOWN if self.reason is ReadyReason.STALE else ConditionStatus.FALSE
        )

    @property
    def reconciling(self) -> bool:
        """Whether the operator expects to get there by itself."""
        return self.reason in _RECONCILING

    @property
    def stalled(self) -> bool:
        """Whether a person has to act."""
        return self.status is ConditionStatus.FALSE and not self.reconciling


_NO_WRITE = SimWrite()


class Cause(StrEnum):
    """For whom a write is made; the order in which waiting disables are let through."""

    SPEC = "spec"
    DELETION = "deletion"
    POLICY = "policy"


class HoldStep(StrEnum):
    """What becomes of the mark that a policy keeps the SIM off."""

    KEEP = "keep"
    BEGIN = "begin"
    """Write it down; the disable follows once that is acknowledged."""
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Warned:
    """The text of a Warning event, and the condition reason that it goes under."""

    reason: ReadyReason
    text: str


@dataclass(frozen=True, slots=True)
class SimPlan:
    """One SIM's part of a plan.

    `write` is what may be sent now; `disable_wanted` says that a disable belongs to the plan and
    has to pass the account's guard first (it is in `write` only once it has).
    """

    synced: Synced
    ready: Ready
    write: SimWrite = _NO_WRITE
    look: bool = False
    """A read of this one SIM is needed before more can be said."""
    disable_wanted: Cause | None = None
    release_finalizer: bool = False
    """The deletion is settled: take `sim-operator.io/disable` off."""
    warning: Warned | None = None
    """Why a deletion was let go without a write."""
    hold: HoldStep = HoldStep.KEEP
    shows_observed: bool = True
    """Whether the status may show what 1NCE says of this SIM."""
    handles_request: bool = True
    """Whether the reconcile request on the object counts as handled (or refused) by this plan."""
