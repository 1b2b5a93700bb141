"""What every account's loop works with, made once by the application."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.announcing import Announcer
from sim_operator.engine.hands import Hands
from sim_operator.engine.history import NoRecording, Recording
from sim_operator.kube.finalizers import Finalizers
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.status_writer import StatusWriter
from sim_operator.kube.store import Store
from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.meter import Meters

WRITE_SECONDS = 4.0
"""The longest that one write to 1NCE may take; the Lease has to outlive it."""


class Streamed:
    """When each account's Data Streamer was last heard of."""

    LIVELY_SECONDS = 3600.0
    """1NCE sends at least every quarter of an hour while a SIM uses data."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._heard: dict[Key, float] = {}

    def heard(self, account: Key) -> None:
        """A batch of records of use was taken in."""
        self._heard[account] = time.monotonic()

    def is_lively(self, account: Key) -> bool:
        """Whether it was within the last hour."""
        return time.monotonic() - self._heard.get(account, float("-inf")) < self.LIVELY_SECONDS


@dataclass(frozen=True, slots=True)
class Services:
    """The edges and the shared memory of all loops."""

    store: Store
    writer: StatusWriter
    announcer: Announcer
    finalizers: Finalizers
    secrets: SecretReader
    clock: WallClock
    meters: Meters
    heartbeats: Heartbeats
    streamed: Streamed
    allows_endpoint: Callable[[str], bool]
    hands: Hands
    """What this process acts for."""
    recording: Recording = field(default_factory=NoRecording)
    """Where what was read of use goes to."""


class Elders(Protocol):
    """The older accounts, as an account's loop asks for them."""

    def overlapping(self, account: Key, listed: frozenset[Iccid]) -> Key | None:
        """One whose sweep shows SIMs of this one's, if there is any."""
        ...

    def pending(self, account: Key) -> bool:
        """Whether one of them has not ended its first attempt to sweep."""
        ...
