"""What one account's loop knows: sightings, details, ledgers, the breaker's memory, reservations.

Plain data with the few invariants that every part relies on; it outlives a failed sweep and a
changed Secret, and is thrown away with the account.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.names import AccountReason
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord
from sim_operator.domain.sim import ObservedSim, SimDetails
from sim_operator.domain.states import SimState
from sim_operator.planning import breaker, sketch
from sim_operator.planning.breaker import Memory
from sim_operator.planning.ledger import Ledger
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.sketch import Sketch
from sim_operator.status.account import SweepReport

NO_LEDGER = Ledger()
_MISSING_DROPPED = 3
"""Sweeps without a SIM after which one that nobody claims is forgotten."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A SIM as 1NCE showed it to a read that began at `at` (monotonic seconds)."""

    sim: ObservedSim
    at: float


@dataclass(slots=True)
class AccountState:
    """The memory of one account's loop; `last_believed` is on the monotonic clock."""

    sightings: dict[Iccid, Sighting] = field(default_factory=dict)
    missing: dict[Iccid, int] = field(default_factory=dict)
    gone: set[Iccid] = field(default_factory=set)
    details: dict[Iccid, SimDetails] = field(default_factory=dict)
    used: dict[Iccid, Usage] = field(default_factory=dict)
    """Of SIMs that no policy counts, the use of the month that the last reading was made in."""
    ledgers: dict[Iccid, Ledger] = field(default_factory=dict)
    listed: frozenset[Iccid] | None = None
    """The last believed sweep; None before the first of this process."""
    breaker: Memory = field(default_factory=Memory)
    reservations: dict[str, datetime] = field(default_factory=dict)
    holding: int = 0
    reason: AccountReason = AccountReason.PROGRESSING
    message: str = "The first sweep has not ended yet."
    attempted: bool = False
    """A first attempt to sweep has ended, well or not."""
    ever_ready: bool = False
    trusted: bool = False
    """A full sweep through the present endpoint and client id was believed."""
    duplicate: bool = False
    """The last believed sweep showed SIMs of an older account."""
    last_believed: float | None = None
    last_sweep: SweepReport | None = None
    swept_before: datetime | None = None
    """When the last believed sweep of an earlier process ended, as the status tells."""

    def ledger(self, iccid: Iccid) -> Ledger:
        """The memory of a SIM's writes."""
        return self.ledgers.get(iccid, NO_LEDGER)

    def remember(self, iccid: Iccid, ledger: Ledger) -> None:
        """Keep a ledger while it says anything."""
        if ledger == NO_LEDGER:
            self.ledgers.pop(iccid, None)
        else:
            self.ledgers[iccid] = ledger

    def sight(self, sighting: Sighting) -> bool:
        """Take a sighting in unless a later read is known; whether it was taken."""
        iccid = sighting.sim.iccid
        before = self.sightings.get(iccid)
        if before is not None and before.at > sighting.at:
            return False
        if before is not None and before.sim == sighting.sim:
            # The same values again: keep the old object, so that comparing stays cheap.
            sighting = Sighting(before.sim, sighting.at)
        self.sightings[iccid] = sighting
        self.missing.pop(iccid, None)
        self.gone.discard(iccid)
        return True

    def forget_missing(self, claimed: Container[Iccid | None]) -> None:
        """Drop the SIMs that several sweeps did not show and that nobody claims."""
        for iccid, count in list(self.missing.items()):
            if count >= _MISSING_DROPPED and iccid not in claimed:
                del self.missing[iccid]
                self.sightings.pop(iccid, None)
                self.details.pop(iccid, None)
                self.used.pop(iccid, None)

    def counts(self, claimed: int) -> dict[str, int]:
        """The figures of `status.sims`."""
        listed = self.listed or frozenset()
        states = [self.sightings[iccid].sim.state for iccid in listed if iccid in self.sightings]
        return {
            "total": len(listed),
            "enabled": states.count(SimState.ENABLED),
            "disabled": states.count(SimState.DISABLED),
            "claimed": claimed,
            "unclaimed": max(0, len(listed) - claimed),
        }


def restored(record: AccountRecord, now: datetime, tick: float) -> AccountState:
    """The state that an account's status carries over a restart."""
    status: dict[str, Any] = orjson.loads(record.status)
    protection = status.get("protection") or {}
    count = int(protection.get("believedCount") or 0)
    picture = shown_sketch(record.status)
    state = AccountState(
        breaker=breaker.restored(count, picture, protection.get("rejectedFingerprint"), now)
    )
    for one in protection.get("reservations") or ():
        state.reservations[str(one["uid"])] = _moment(str(one["at"]))
    swept = (status.get("lastSweep") or {}).get("finishedAt")
    if swept:
        state.ever_ready = "believedCount" in protection
        if state.ever_ready:
            # Not in the future, where the clock was set back meanwhile.
            state.swept_before = min(now, _moment(str(swept)))
            state.last_believed = tick - (now - state.swept_before).total_seconds()
    return state


def shown_sketch(status: bytes) -> Sketch | None:
    """The picture of the SIMs that an account's status carries."""
    protection = orjson.loads(status).get("protection") or {}
    count = int(protection.get("believedCount") or 0)
    picture = sketch.decode(count, str(protection.get("believedSketch") or ""))
    return picture if count else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
