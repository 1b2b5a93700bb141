"""What a scrape reads of the fleet, as frozen values.

A scrape takes one picture in the event loop, where nothing moves meanwhile, and renders it in a
thread. Hence values and not live objects. A None is a figure that nobody knows: it has no sample,
since a zero would be a lie.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from sim_operator.settings import PerSimMetrics

AUTO_LIMIT = 20_000
"""SIMs up to which `auto` exports series per SIM."""


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
        """Every SIM resource; read lazily, and not at all where series per SIM are off."""
        ...

    def accounts(self) -> Iterable[AccountSample]:
        """Every SIMAccount that this process works."""
        ...

    def policies(self) -> Iterable[PolicySample]:
        """Every QuotaPolicy; asked only while this process leads."""
        ...

    def store_objects(self) -> Mapping[str, int]:
        """Objects in the store by kind."""
        ...

    def leading(self) -> bool:
        """Whether this process holds the Lease, or needs none."""
        ...

    def last_event(self) -> float | None:
        """When a watch last delivered anything, in Unix seconds."""
        ...


@dataclass(frozen=True, slots=True)
class FleetPicture:
    """The fleet as it was at one moment."""

    sims: tuple[SimSample, ...]
    accounts: tuple[AccountSample, ...]
    policies: tuple[PolicySample, ...]
    store_objects: Mapping[str, int]
    leading: bool
    last_event: float | None
    too_many_sims: bool = False
    """There are series per SIM only for small fleets, and this one is not."""

    @classmethod
    def of(cls, view: FleetView, mode: PerSimMetrics) -> "FleetPicture":
        """Take the picture; never longer than `AUTO_LIMIT` SIMs in mode `auto`."""
        leading = view.leading()
        sims: tuple[SimSample, ...] = ()
        too_many = False
        if leading and mode == "on":
            sims = tuple(view.sims())
        elif leading and mode == "auto":
            sims = tuple(islice(view.sims(), AUTO_LIMIT + 1))
            too_many = len(sims) > AUTO_LIMIT
        return cls(
            sims=() if too_many else sims,
            accounts=tuple(view.accounts()),
            policies=tuple(view.policies()) if leading else (),
            store_objects=dict(view.store_objects()),
            leading=leading,
            last_event=view.last_event(),
            too_many_sims=too_many,
        )
