"""The status of a QuotaPolicy: counts and sums, however many SIMs it selects."""

from pydantic import Field

from sim_operator.api.meta import CONDITION_LIST, MAX_CONDITIONS, Condition, WireModel
from sim_operator.api.schema_types import Day, Quantity

MOST_TOP = 10

_MESSAGES = "Messages, sent and received."


class DataPool(WireModel):
    """What the pool used of its data volume."""

    used: Quantity | None = Field(
        default=None, description="Data used in this period, rounded. Absent: not known."
    )
    limit: Quantity | None = Field(default=None, description="Data that the pool may use.")


class SmsPool(WireModel):
    """What the pool used of its short messages."""

    used: int | None = Field(
        default=None, ge=0, description="Messages used in this period. Absent: not known."
    )
    limit: int | None = Field(default=None, ge=0, description="Messages that the pool may use.")


class Pool(WireModel):
    """What all matched SIMs used together."""

    data: DataPool | None = Field(
        default=None, description="Data volume. Absent: the policy limits none."
    )
    sms: SmsPool | None = Field(
        default=None, description="Short messages. Absent: the policy limits none."
    )


class TopSim(WireModel):
    """One of the heaviest SIMs."""

    name: str = Field(max_length=253, description="Name of the SIM.")
    data: Quantity | None = Field(
        default=None, description="Data used in this period, rounded. Absent: not known."
    )
    sms: int | None = Field(default=None, ge=0, description=_MESSAGES)
    percent: int | None = Field(
        default=None,
        ge=0,
        description="Use in percent of the limit, the higher one of data and messages.",
    )


class PolicyForecast(WireModel):
    """When a limit will be reached if usage goes on as it does."""

    exhausts_at: Day | None = Field(
        default=None,
        description="Day on which the pool, or without one the first SIM, reaches its limit. "
        "Absent: not within this period, or too little is known to say.",
    )


class QuotaPolicyStatus(WireModel):
    """What a policy sees and does.

    It is written at most once a minute, and only when a count or a figure rounded to 1 % changed.
    """

    observed_generation: int | None = Field(
        default=None,
        ge=0,
        description="metadata.generation that this status was decided for. "
        "Lower than the present one: the operator has not considered the last change yet.",
    )
    matched: int | None = Field(
        default=None, ge=0, description="SIMs that the selector matches, in this namespace."
    )
    warned: int | None = Field(
        default=None, ge=0, description="SIMs over a warning step and under the limit."
    )
    exceeded: int | None = Field(
        default=None,
        ge=0,
        description="SIMs over their limit, also those that are switched off or wait to be.",
    )
    disabled: int | None = Field(
        default=None,
        ge=0,
        description="SIMs that this policy keeps switched off; for Audit: that it would.",
    )
    held: int | None = Field(
        default=None,
        ge=0,
        description="SIMs that are to be switched off and wait for a guard: maxDisabled here, or "
        "maxDisablesPerHour of the account. For Audit: that would wait for maxDisabled.",
    )
    pool: Pool | None = Field(
        default=None, description="What all matched SIMs used together. Absent: no pool is set."
    )
    top: tuple[TopSim, ...] | None = Field(
        default=None,
        max_length=MOST_TOP,
        description="The heaviest SIMs, by percent of the limit, ten at most.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )
    forecast: PolicyForecast | None = Field(
        default=None, description="What is expected within this period."
    )
    max_overshoot: Quantity | None = Field(
        default=None,
        description="How far past its limit a SIM can get before it is off: from how often usage "
        "is read and how fast the fastest SIM uses data. Absent: not known.",
    )
    conditions: tuple[Condition, ...] | None = Field(
        default=None,
        max_length=MAX_CONDITIONS,
        description="Ready: the policy is in force, for Audit as for Enforce. Reconciling and "
        "Stalled are there only while true.",
        json_schema_extra=CONDITION_LIST,
    )
