"""The fleet by namespace and account: a few series that are there however many SIMs there are.

Made of the samples of the SIMs, which are frozen, so that it can be done in a thread.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sim_operator.domain.states import QuotaLevel, Session
from sim_operator.telemetry.fleet import Condition, SimSample

EXPIRING_SECONDS = 90 * 86_400.0
UNKNOWN_SESSION = "Unknown"


@dataclass(frozen=True, slots=True)
class NamespaceSample:
    """The SIM resources that one account has in one namespace.

    Data in bytes, SMS in messages, times in Unix seconds. A None is a figure that is known of none
    of them.
    """

    account: str
    """`namespace/name`; empty: the account of these SIMs is not known."""
    namespace: str
    conditions: Mapping[Condition, int]
    oldest: Mapping[Condition, float]
    """Since when the first of them has had this status of the condition."""
    sessions: Mapping[str, int]
    quota_levels: Mapping[tuple[str, str], int]
    """By service (data, sms) and level; none of a service of which no level is known."""
    expiring: int | None
    data_quota_bytes: float | None
    data_quota_remaining_bytes: float | None
    data_usage_bytes: float | None
    sms_quota: float | None
    sms_quota_remaining: float | None
    sms_usage: float | None


def by_namespace(sims: Iterable[SimSample], now: float) -> tuple[NamespaceSample, ...]:
    """One sample for each pair of account and namespace that has a SIM; `now` in Unix seconds."""
    sums: dict[tuple[str, str], _Sums] = {}
    for sim in sims:
        where = (sim.account, sim.namespace)
        found = sums.get(where)
        if found is None:
            found = sums[where] = _Sums()
        found.add(sim, now)
    return tuple(found.sample(*where) for where, found in sorted(sums.items()))


@dataclass(slots=True)
class _Total:
    """A sum that is None until something is known."""

    value: float | None = None

    def add(self, more: float | None) -> None:
        if more is not None:
            self.value = more if self.value is None else self.value + more


@dataclass(slots=True)
class _Volume:
    """What was bought, what is left of it, and what was used of a service."""

    bought: _Total = field(default_factory=_Total)
    left: _Total = field(default_factory=_Total)
    used: _Total = field(default_factory=_Total)

    def add(self, bought: float | None, left: float | None, used: float | None) -> None:
        # Only of SIMs of which both are known: their difference is what was used.
        if bought is not None and left is not None:
            self.bought.add(bought)
            self.left.add(left)
        self.used.add(used)


@dataclass(slots=True)
class _Sums:
    """What was seen of one account in one namespace so far."""

    conditions: Counter[Condition] = field(default_factory=Counter)
    oldest: dict[Condition, float] = field(default_factory=dict)
    sessions: Counter[str] = field(default_factory=Counter)
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    expiring: _Total = field(default_factory=_Total)
    data: _Volume = field(default_factory=_Volume)
    sms: _Volume = field(default_factory=_Volume)

    def add(self, sim: SimSample, now: float) -> None:
        for condition, since in sim.conditions:
            self.conditions[condition] += 1
            if since is not None and since < self.oldest.get(condition, float("inf")):
                self.oldest[condition] = since
        self.sessions[sim.session or UNKNOWN_SESSION] += 1
        if sim.data_level is not None:
            self.levels["data", sim.data_level] += 1
        if sim.sms_level is not None:
            self.levels["sms", sim.sms_level] += 1
        if sim.quota_expiry is not None:
            self.expiring.add(int(sim.quota_expiry - now <= EXPIRING_SECONDS))
        self.data.add(sim.data_quota_bytes, sim.data_quota_remaining_bytes, sim.data_usage_bytes)
        self.sms.add(sim.sms_quota, sim.sms_quota_remaining, sim.sms_usage)

    def sample(self, account: str, namespace: str) -> NamespaceSample:
        known = {service for service, _ in self.levels}
        return NamespaceSample(
            account=account,
            namespace=namespace,
            conditions=dict(self.conditions),
            oldest=dict(self.oldest),
            # All that there are, also those of which there is none: a count that ends is a zero.
            sessions={one: self.sessions[one] for one in (*Session, UNKNOWN_SESSION)},
            quota_levels={
                (service, level): self.levels[service, level]
                for service in sorted(known)
                for level in QuotaLevel
            },
            expiring=None if self.expiring.value is None else int(self.expiring.value),
            data_quota_bytes=self.data.bought.value,
            data_quota_remaining_bytes=self.data.left.value,
            data_usage_bytes=self.data.used.value,
            sms_quota=self.sms.bought.value,
            sms_quota_remaining=self.sms.left.value,
            sms_usage=self.sms.used.value,
        )
