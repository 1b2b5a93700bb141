"""What a QuotaPolicy asks for, in plain figures, and how use is measured against a limit.

A limit is passed when all of it is used, not only when more is: whoever grants 40Mi grants the
40 Mi, and what comes after them is too late to stop. A limit of 0 grants nothing and is passed by
the first byte or message; a SIM that used nothing never passed anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sim_operator.api.choices import PolicyLimitAction, PolicyMode, Resume
from sim_operator.domain.resources import PolicyRecord
from sim_operator.domain.usage import Service
from sim_operator.domain.volume import bytes_of
from sim_operator.planning.quota.period import Track, zone


class Limit(StrEnum):
    """The limits of a policy, by their path in its spec."""

    DATA_PER_SIM = "data.perSIM"
    SMS_PER_SIM = "sms.perSIM"
    DATA_POOL = "data.pool"
    SMS_POOL = "sms.pool"

    @property
    def service(self) -> Service:
        """What it limits."""
        is_data = self in (Limit.DATA_PER_SIM, Limit.DATA_POOL)
        return Service.DATA if is_data else Service.SMS

    @property
    def pooled(self) -> bool:
        """Whether all SIMs together have it."""
        return self in POOLS


PER_SIM = (Limit.DATA_PER_SIM, Limit.SMS_PER_SIM)
POOLS = (Limit.DATA_POOL, Limit.SMS_POOL)


@dataclass(frozen=True, slots=True)
class Terms:
    """A QuotaPolicy as it is decided by; data in bytes, SMS in messages, None: no such limit."""

    name: str
    uid: str
    mode: PolicyMode
    priority: int
    track: Track
    data_per_sim: int | None
    data_pool: int | None
    sms_per_sim: int | None
    sms_pool: int | None
    warn_at: tuple[int, ...]
    """Percentages of a limit, rising."""
    disables: bool
    """Whether a SIM over the limit is to be switched off; otherwise it is only shown."""
    max_disabled: int | str
    """A number of SIMs, or a percentage of the matched ones such as `10%`."""
    resumes: Resume

    def value(self, limit: Limit) -> int | None:
        """What `limit` grants; None: the policy has no such limit."""
        match limit:
            case Limit.DATA_PER_SIM:
                return self.data_per_sim
            case Limit.SMS_PER_SIM:
                return self.sms_per_sim
            case Limit.DATA_POOL:
                return self.data_pool
            case Limit.SMS_POOL:
                return self.sms_pool

    def limits(self, among: Iterable[Limit] = Limit) -> tuple[tuple[Limit, int], ...]:
        """Those of `among` that the policy has, each with what it grants."""
        each = ((limit, self.value(limit)) for limit in among)
        return tuple((limit, value) for limit, value in each if value is not None)

    @property
    def services(self) -> tuple[Service, ...]:
        """What the policy limits at all."""
        limited = {limit.service for limit, _ in self.limits()}
        return tuple(one for one in Service if one in limited)


def terms(record: PolicyRecord) -> Terms:
    """What the spec of a policy means.

    Raises:
        InvalidTimeZoneError: spec.timeZone is no time zone.
    """
    spec = record.spec
    zone(spec.time_zone)
    return Terms(
        name=record.meta.key.name,
        uid=record.meta.uid,
        mode=spec.mode,
        priority=spec.priority,
        track=Track(spec.period, spec.time_zone),
        data_per_sim=_volume(spec.data.per_sim) if spec.data is not None else None,
        data_pool=_volume(spec.data.pool) if spec.data is not None else None,
        sms_per_sim=spec.sms.per_sim if spec.sms is not None else None,
        sms_pool=spec.sms.pool if spec.sms is not None else None,
        warn_at=spec.warn_at_percent,
        disables=spec.action is PolicyLimitAction.DISABLE,
        max_disabled=spec.max_disabled,
        resumes=spec.resumes,
    )


def _volume(limit: int | str | None) -> int | None:
    return bytes_of(limit) if isinstance(limit, str) else limit


def winner(policies: Iterable[Terms]) -> Terms | None:
    """The one of several policies of a namespace that decides about a SIM that all select.

    The highest priority, then the first by name. Enforce and Audit are ranked apart, so `policies`
    are those of one mode.
    """
    return min(policies, key=lambda one: (-one.priority, one.name, one.uid), default=None)


def is_passed(used: int, limit: int) -> bool:
    """Whether `used` is all that `limit` grants; 0 grants nothing, and no use passes it not."""
    return used >= max(limit, 1)


def percent_of(used: int, limit: int) -> int:
    """`used` in percent of `limit`, rounded down: 100 or more exactly where it is passed."""
    if limit == 0:
        return 100 if used > 0 else 0
    return used * 100 // limit


def step_of(percent: int, warn_at: Iterable[int]) -> int | None:
    """The highest warning step that `percent` reaches."""
    reached = [step for step in warn_at if step <= percent]
    return max(reached) if reached else None
