"""The figures in a SIM's status: quota, usage, and what a QuotaPolicy makes of them."""

from typing import Annotated

from pydantic import Field

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason, QuotaLevel, SimState
from sim_operator.api.meta import WireModel
from sim_operator.api.schema_types import Day, Period, Quantity, Timestamp, Uid

_LEVEL = (
    "Sufficient: more than 20 % is left. Low: 20 % or less. Exhausted: nothing. Absent: not known."
)
_EXPIRES = "When what is left expires. Absent: not known."


class DataQuota(WireModel):
    """Data volume bought and left."""

    level: QuotaLevel | None = Field(default=None, description=_LEVEL)
    total: Quantity | None = Field(
        default=None, description="Volume bought, such as 500Mi. Absent: not known."
    )
    remaining: Quantity | None = Field(
        default=None,
        description="Volume left, such as 412Mi, rounded to 1Mi or 1 % of the total. Absent: not "
        "known.",
    )
    expires_at: Timestamp | None = Field(default=None, description=_EXPIRES)


class SmsQuota(WireModel):
    """Short messages bought and left."""

    level: QuotaLevel | None = Field(default=None, description=_LEVEL)
    total: int | None = Field(
        default=None, description="Number of messages bought. Absent: not known."
    )
    remaining: int | None = Field(
        default=None, description="Number of messages left. Absent: not known."
    )
    expires_at: Timestamp | None = Field(default=None, description=_EXPIRES)


class SimQuota(WireModel):
    """What was bought for the card and what is left of it."""

    data: DataQuota | None = Field(
        default=None, description="Data volume. Absent: not read yet, or not known at 1NCE."
    )
    sms: SmsQuota | None = Field(
        default=None, description="Short messages. Absent: not read yet, or not known at 1NCE."
    )


class SimUsage(WireModel):
    """What the card used in one period. It never falls within a period."""

    period: Period | None = Field(
        default=None,
        description="Period counted: a month (2026-11), a day (2026-11-23) or Lifetime.",
    )
    since: Timestamp | None = Field(default=None, description="When counting began.")
    data: Quantity | None = Field(
        default=None, description="Data volume used, such as 88Mi, rounded. Absent: not known."
    )
    sms: int | None = Field(
        default=None, ge=0, description="Number of short messages used. Absent: not known."
    )
    as_of: Timestamp | None = Field(
        default=None, description="When the figures behind this were read."
    )
    base: dict[str, Annotated[str, Field(max_length=64, description="One figure.")]] | None = Field(
        default=None,
        max_length=16,
        description="Figures that usage was computed from, kept so that a restart does not lose "
        "count. Written and read by the operator alone. Absent: nothing is carried, as where no "
        "QuotaPolicy counts.",
    )


class SimHold(WireModel):
    """The mark that a QuotaPolicy keeps the card switched off, written before it is."""

    policy_uid: Uid = Field(
        alias="policyUID", description="metadata.uid of the QuotaPolicy that holds the card."
    )
    period: Period = Field(description="Period whose limit was passed.")
    since: Timestamp = Field(
        description="When the hold began. The annotation sim-operator.io/release-hold with this "
        "value ends it."
    )
    state_before: SimState = Field(
        description="State of the card before. A card that was Disabled is not enabled when the "
        "hold ends."
    )


class SimPolicy(WireModel):
    """The QuotaPolicy that decides about this SIM, and its decision."""

    name: str = Field(max_length=253, description="Name of the QuotaPolicy, in the same namespace.")
    mode: PolicyMode | None = Field(
        default=None, description="Audit: it only says what it would do. Enforce: it acts."
    )
    action: PolicyAction | None = Field(
        default=None,
        description="What is done. None: nothing. Warn: a warning is shown. Disable: the card is "
        "switched off. Hold: it is to be switched off and waits for a guard.",
    )
    would_do: PolicyAction | None = Field(
        default=None, description="What a policy in Audit would do, in the words of action."
    )
    reason: PolicyReason | None = Field(
        default=None,
        description="Why. With UsageUnknown the last decision stands until usage is known again.",
    )
    exhausts_at: Day | None = Field(
        default=None,
        description="Day on which the limit will be reached if usage goes on as it does. "
        "Absent: not within the period, or not known.",
    )
    hold: SimHold | None = Field(
        default=None, description="Present only while this policy keeps the card switched off."
    )
