"""What a scrape reads of the fleet, as frozen values.

A scrape takes its picture in the event loop, some SIMs at a time, so that a large fleet holds
nothing up, and renders it in a thread. Hence values and not live objects. A None is a figure that
nobody knows: it has no sample, since a zero would be a lie.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sim_operator.settings import PerSimMetrics

AUTO_LIMIT = 20_000
"""SIMs up to which `auto` exports series per SIM."""
_AT_A_TIME = 500
"""SIMs between two turns of the event loop."""

Condition = tuple[str, str, str]
"""Type, status and reason of a condition."""
Standing = tuple[Condition, float | None]
"""A condition, and since when it has had that status, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class SimSample:
    """One SIM resource; data in bytes, SMS in messages, times in Unix seconds."""

    namespace: str
    name: str
    iccid: str
    account: str
    """`namespace/name`; empty where it is not known."""
    label: str
    imei: str
    ip: str
    enabled: bool | None
    online: bool | None
    ready: bool
    data_quota_bytes: float | None = None
    data_quota_remaining_bytes: float | None = None
    data_usage_bytes: float | None = None
    sms_quota: float | None = None
    sms_quota_remaining: float | None = None
    sms_usage: float | None = None
    quota_expiry: float | None = None
    suspended: bool | None = None
    conditions: tuple[Standing, ...] = ()
    """Ready and Synced."""
    session: str | None = None
    data_level: str | None = None
    sms_level: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSample:
    """One SIMAccount; `account` is `namespace/name`."""

    account: str
    ready: bool
    sims: Mapping[str, int] = field(default_factory=dict)
    """SIMs by state: total, enabled, disabled, claimed, unclaimed; what is not known is absent."""
    sweep_last_success: float | None = None
    """Unix seconds."""
    rate_limit_remaining: float | None = None
    """Calls that may start at once."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """1 for the present reason of Ready."""
    sweep_interval: float | None = None
    """The effective seconds from one sweep to the next."""
    detail_interval: float | None = None
    """The effective seconds in which the details of every SIM are read; 0: they are not."""
    disables_in_window: int | None = None
    disables_limit: int | None = None
    disables_holding: int | None = None
    requests_per_second_limit: int | None = None


@dataclass(frozen=True, slots=True)
class HistorySample:
    """How it stands with what is delivered to the history."""

    is_well: bool | None
    """Whether the history did the last time as it was asked; None: it was not asked yet."""
    waiting: int
    """Readings that are not delivered yet."""
    waiting_bytes: int
    last_delivery: float | None
    """Unix seconds."""
    incomplete: int
    """SIMs of which it lacks days."""


@dataclass(frozen=True, slots=True)
class PolicySample:
    """One QuotaPolicy; data in bytes, times in Unix seconds."""

    namespace: str
    name: str
    sims: Mapping[str, int] = field(default_factory=dict)
    """SIMs by state: matched, warned, exceeded, disabled, held; what is not known is absent."""
    pool_data_used_bytes: float | None = None
    pool_data_limit_bytes: float | None = None
    max_overshoot_bytes: float | None = None
    exhaustion: float | None = None
    """Beginning of the day on which the limit is expected to be reached."""
    oldest_usage: float | None = None
    """When the oldest usage figure of a matched SIM was read."""


class FleetView(Protocol):
    """The live state behind a scrape; called in the event loop that changes that state."""

    def sims(self) -> Iterable[SimSample]:
        """Every SIM resource that this process decides about, read lazily.

        Asked only while it works.
        """
        ...

    def accounts(self) -> Iterable[AccountSample]:
        """Every SIMAccount that this process works."""
        ...

    def policies(self) -> Iterable[PolicySample]:
        """Every QuotaPolicy that this process decides about; asked only while it works."""
        ...

    def history(self) -> HistorySample | None:
        """How it stands with the history; None where there is none; asked only while it works."""
        ...

    def store_objects(self) -> Mapping[str, int]:
        """Objects in the store by kind."""
        ...

    def unreadable_objects(self) -> Mapping[str, int]:
        """Objects by kind whose spec this version does not understand."""
        ...

    def works(self) -> bool:
        """Whether this process decides about anything: it leads, or has its share."""
        ...

    def leading(self) -> bool:
        """Whether this process holds the Lease, or needs none."""
        ...

    def accounts_unheld(self) -> float | None:
        """SIMAccounts that no process works; None where another process tells, or each has all."""
        ...

    def last_event(self) -> float | None:
        """When a watch last delivered anything, in Unix seconds."""
        ...

    def now(self) -> float:
        """The time that the operator goes by, in Unix seconds."""
        ...


@dataclass(frozen=True, slots=True)
class FleetPicture:
    """The fleet as it was at one moment, but for the SIMs, which may be moments apart."""

    sims: tuple[SimSample, ...]
    accounts: tuple[AccountSample, ...]
    policies: tuple[PolicySample, ...]
    store_objects: Mapping[str, int]
    unreadable_objects: Mapping[str, int]
    leading: bool
    last_event: float | None
    now: float
    accounts_unheld: float | None = None
    history: HistorySample | None = None
    per_sim: bool = True
    """Whether there are series per SIM; without them the SIMs are only summed up."""
    too_many_sims: bool = False
    """There are series per SIM only for small fleets, and this one is not."""

    @classmethod
    async def of(cls, view: FleetView, mode: PerSimMetrics) -> "FleetPicture":
        """Take the picture."""
        sims = await _read(view.sims()) if view.works() else ()
        # Asked again: reading many SIMs takes a while, and a process may lose the Lease meanwhile.
        works = view.works()
        too_many = mode == "auto" and len(sims) > AUTO_LIMIT
        return cls(
            sims=sims if works else (),
            accounts=tuple(view.accounts()),
            policies=tuple(view.policies()) if works else (),
            store_objects=dict(view.store_objects()),
            unreadable_objects=dict(view.unreadable_objects()),
            leading=view.leading(),
            accounts_unheld=view.accounts_unheld(),
            history=view.history() if works else None,
            last_event=view.last_event(),
            now=view.now(),
            per_sim=mode != "off" and not too_many,
            too_many_sims=too_many,
        )


async def _read(sims: Iterable[SimSample]) -> tuple[SimSample, ...]:
    read: list[SimSample] = []
    for sim in sims:
        read.append(sim)
        if len(read) % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return tuple(read)
