"""The QuotaPolicy resource: how much a group of SIMs may use, and what happens then.

1NCE itself limits accounts, never SIMs or groups of them. A policy says only what it would do until
its mode is Enforce.
"""

from itertools import pairwise
from typing import Final, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from sim_operator.api.choices import PeriodKind, PolicyLimitAction, PolicyMode, Resume
from sim_operator.api.meta import LabelSelector, WireModel
from sim_operator.api.policy_status import QuotaPolicyStatus
from sim_operator.api.schema_types import DataLimit, IntOrPercent, Percent, rule, rules

__all__ = ["QuotaPolicySpec", "QuotaPolicyStatus"]

_ONE_AT_LEAST: Final = (
    "set perSIM (what each SIM may use), pool (what all of them may use together) or both"
)
_NO_LIMIT: Final = "a policy needs a limit: set data, sms or both"
_NO_NEXT_PERIOD: Final = "a Lifetime has no next period: remove resume, or set it to Never"
_NO_PERCENTAGE: Final = "a warning comes at a percentage from 1 to 100 of the limit"
_NOT_RISING: Final = "the percentages have to rise, each once: sort them, as in [80, 95]"
_MOST_MESSAGES: Final = 2**53 - 1
"""Readers of JSON may round what is larger."""


class _Limits(WireModel):
    """What SIMs may use in a period."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule("has(self.perSIM) || has(self.pool)", _ONE_AT_LEAST, reason="FieldValueRequired")
        )
    )

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if all(limit is None for _, limit in self):
            raise ValueError(_ONE_AT_LEAST)
        return self


class DataLimits(_Limits):
    """Data that SIMs may use in a period."""

    per_sim: DataLimit | None = Field(
        default=None,
        alias="perSIM",
        description="Data volume that each SIM may use in a period, such as 40Mi. 0: none at all. "
        "Absent: no limit for a single SIM.",
    )
    pool: DataLimit | None = Field(
        default=None,
        description="Data volume that all matched SIMs may use together in a period, such as "
        "10Gi. Absent: no common limit.",
    )


class SmsLimits(_Limits):
    """Short messages that SIMs may use in a period."""

    per_sim: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_MESSAGES,
        alias="perSIM",
        description="Messages that each SIM may use in a period, sent and received. 0: none at "
        "all. Absent: no limit for a single SIM.",
    )
    pool: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_MESSAGES,
        description="Messages that all matched SIMs may use together in a period. Absent: no "
        "common limit.",
    )


class QuotaPolicySpec(WireModel):
    """How much the selected SIMs may use in a period, and what happens then."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "has(self.data) || has(self.sms)",
                _NO_LIMIT,
                reason="FieldValueRequired",
            ),
            rule(
                "!has(self.resume) || self.resume != 'NextPeriod' || self.period != 'Lifetime'",
                _NO_NEXT_PERIOD,
                field_path=".resume",
            ),
        )
    )

    selector: LabelSelector = Field(
        description="Labels of the SIMs, in the namespace of this policy. {} matches all of them."
    )
    mode: PolicyMode = Field(
        default=PolicyMode.AUDIT,
        description="Audit: it only says what it would do. Enforce: it acts. Default: Audit.",
    )
    priority: int = Field(
        default=0,
        ge=-(2**31),
        le=2**31 - 1,
        description="Which policy decides where several select a SIM: the highest, and of equal "
        "ones the first by name. Policies in Enforce and in Audit are ranked apart. Default: 0.",
    )
    period: PeriodKind = Field(
        default=PeriodKind.MONTHLY,
        description="Time for which the limits hold, after which counting begins anew. Daily and "
        "Monthly turn at midnight in timeZone; Lifetime never does. Default: Monthly.",
    )
    time_zone: str = Field(
        default="Etc/UTC",
        max_length=64,
        description="Time zone of the period, by its IANA name, such as Europe/Berlin. 1NCE counts "
        "in days of UTC, so elsewhere the first and last day of a period are cut by readings. A "
        "name that is not known shows as Ready False, InvalidTimeZone. Default: Etc/UTC.",
    )
    data: DataLimits | None = Field(
        default=None, description="Data that SIMs may use. Absent: no limit."
    )
    sms: SmsLimits | None = Field(
        default=None, description="Short messages that SIMs may use. Absent: no limit."
    )
    warn_at_percent: tuple[Percent, ...] = Field(
        default=(80, 95),
        max_length=8,
        description="Percentages of a limit at which a warning is shown, in rising order. "
        "[]: no warning. Default: [80, 95].",
        json_schema_extra={
            "x-kubernetes-list-type": "atomic",
            **rules(
                rule(
                    "self.all(one, one >= 1 && one <= 100)",
                    _NO_PERCENTAGE,
                ),
                rule(
                    "self.size() < 2 || "
                    "[1, 2, 3, 4, 5, 6, 7].all(i, i >= self.size() || self[i - 1] < self[i])",
                    _NOT_RISING,
                ),
            ),
        },
    )
    action: PolicyLimitAction = Field(
        default=PolicyLimitAction.NONE,
        description="What happens with a SIM over the limit. None: it is only shown. Disable: it "
        "is switched off, and comes back as resume says. Default: None.",
    )
    max_disabled: IntOrPercent = Field(
        default="10%",
        description="SIMs that this policy may keep switched off at a time: a number, or a "
        "percentage of the matched ones (rounded up, at least 1). Those beyond it wait, visibly. "
        "0 holds all. Default: 10%.",
    )
    resume: Resume | None = Field(
        default=None,
        description="When a SIM that was switched off comes back. NextPeriod: with the next "
        "period. Never: only when the limit is raised, the policy is deleted, or the SIM carries "
        "the annotation sim-operator.io/release-hold with the value of status.policy.hold.since. "
        "Absent: NextPeriod, and Never for a Lifetime.",
    )

    @field_validator("warn_at_percent")
    @classmethod
    def _steps_rise(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= step <= 100 for step in steps):
            raise ValueError(_NO_PERCENTAGE)
        if any(first >= second for first, second in pairwise(steps)):
            raise ValueError(_NOT_RISING)
        return steps

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if self.data is None and self.sms is None:
            raise ValueError(_NO_LIMIT)
        if self.resume is Resume.NEXT_PERIOD and self.period is PeriodKind.LIFETIME:
            raise ValueError(_NO_NEXT_PERIOD)
        return self

    @property
    def resumes(self) -> Resume:
        """`resume`, or what it means where it is absent."""
        if self.resume is not None:
            return self.resume
        return Resume.NEVER if self.period is PeriodKind.LIFETIME else Resume.NEXT_PERIOD
