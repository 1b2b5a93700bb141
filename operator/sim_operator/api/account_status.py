"""What the operator reports on a 1NCE account, and what it must not forget when it restarts."""

from pydantic import Field

from sim_operator.api.meta import CONDITION_LIST, MAX_CONDITIONS, Condition, WireModel
from sim_operator.api.schema_types import ObservedDuration, Timestamp, Uid

MAX_RESERVATIONS = 5000
MAX_SKETCH = 4096
MAX_FINGERPRINT = 128


class AccountSims(WireModel):
    """How many SIMs the account has, by the last believed sweep."""

    total: int | None = Field(default=None, ge=0, description="SIMs in the account.")
    enabled: int | None = Field(default=None, ge=0, description="SIMs that are switched on.")
    disabled: int | None = Field(default=None, ge=0, description="SIMs that are switched off.")
    claimed: int | None = Field(
        default=None, ge=0, description="SIMs of the account that a SIM resource claims."
    )
    unclaimed: int | None = Field(
        default=None, ge=0, description="SIMs of the account without a SIM resource."
    )


class LastSweep(WireModel):
    """The last sweep that came to its end."""

    finished_at: Timestamp | None = Field(default=None, description="When it ended.")
    duration_seconds: int | None = Field(
        default=None, ge=0, description="How long it took, in whole seconds."
    )
    requests: int | None = Field(
        default=None, ge=0, description="Calls to 1NCE that it took, retries included."
    )
    sims: int | None = Field(default=None, ge=0, description="SIMs that it listed.")


class EffectiveIntervals(WireModel):
    """Intervals in use; longer than those of the spec where the rate limit cannot carry them."""

    sweep: ObservedDuration | None = Field(
        default=None, description="Time between sweeps, as a duration such as 5m."
    )
    detail: ObservedDuration | None = Field(
        default=None,
        description="Time in which quota and session of every claimed SIM are read once, as a "
        "duration. 0s: they are read only where a QuotaPolicy needs them.",
    )


class DisableReservation(WireModel):
    """A place in the hourly budget, taken before the disable is sent."""

    uid: Uid = Field(description="metadata.uid of the SIM resource that took the place.")
    at: Timestamp = Field(description="When it was taken. It counts for one hour.")


class ProtectionStatus(WireModel):
    """The guards' memory. It survives a restart here, so that no restart opens a new budget."""

    disables_in_window: int | None = Field(
        default=None, ge=0, description="SIMs switched off within the last hour."
    )
    holding: int | None = Field(
        default=None,
        ge=0,
        description="SIMs that are to be switched off and wait for "
        "spec.protection.maxDisablesPerHour.",
    )
    rejected_fingerprint: str | None = Field(
        default=None,
        max_length=MAX_FINGERPRINT,
        description="Fingerprint of the sweep that was not believed. To accept what it showed, "
        "set the annotation sim-operator.io/accept-sweep to this value. Absent: the last sweep "
        "was believed.",
    )
    believed_count: int | None = Field(
        default=None, ge=0, description="SIMs in the picture that a sweep is compared with."
    )
    believed_sketch: str | None = Field(
        default=None,
        max_length=MAX_SKETCH,
        description="Compact sketch of the ICCIDs in that picture, from which overlap is told "
        "after a restart. Written and read by the operator alone.",
    )
    reservations: tuple[DisableReservation, ...] | None = Field(
        default=None,
        max_length=MAX_RESERVATIONS,
        description="Places taken in the budget of the last hour, one a SIM.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
        },
    )


class SIMAccountStatus(WireModel):
    """What is known of the account. lastSweep is the one part that moves with each sweep."""

    observed_generation: int | None = Field(
        default=None,
        ge=0,
        description="metadata.generation that this status was decided for. "
        "Lower than the present one: the operator has not considered the last change yet.",
    )
    conditions: tuple[Condition, ...] | None = Field(
        default=None,
        max_length=MAX_CONDITIONS,
        description="Ready: the account can be read, and written as far as its mode allows. "
        "Synced: the last sweep was complete and believed.",
        json_schema_extra=CONDITION_LIST,
    )
    sims: AccountSims | None = Field(
        default=None,
        description="How many SIMs the account has. Absent: no sweep was believed yet.",
    )
    last_sweep: LastSweep | None = Field(
        default=None, description="The last complete sweep. Absent: there was none yet."
    )
    effective_intervals: EffectiveIntervals | None = Field(
        default=None, description="Intervals in use. Absent: the first sweep has not begun."
    )
    protection: ProtectionStatus | None = Field(
        default=None,
        description="State of the guards: what was switched off, what waits, and which picture is "
        "believed.",
    )
