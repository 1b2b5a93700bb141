"""A reading on its way to whoever keeps the history: one SIM, some days, and whose they were.

Held as the JSON that is sent in the end: half a year of days takes five kilobytes so, and as
objects five times as much, for each of ten thousand SIMs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import UsageReading

_OVERHEAD = 600
"""Bytes that a reading takes beside its days, with all that holds it; measured, and rounded up."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Which resource a SIM had when it was read."""

    sim: Key
    labels: Mapping[str, str]
    policy: str | None
    """The QuotaPolicy in force; None: none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The use of one SIM on the UTC days from `first` to `last`."""

    iccid: Iccid
    whose: Whose
    at: datetime
    """When 1NCE was asked."""
    first: date
    last: date
    days: bytes
    """A JSON object from day to `[bytes, messages]`; a day that it lacks had no use."""

    @property
    def size(self) -> int:
        """Bytes, about, that it takes in memory."""
        return _OVERHEAD + len(self.days)

    def without(self, first: date, last: date) -> Iterator["Reading"]:
        """What it tells of the days outside of these: nothing, one part, or one on each side."""
        if last < self.first or self.last < first:
            yield self
            return
        day = timedelta(days=1)
        if self.first < first:
            yield self._part(self.first, first - day)
        if last < self.last:
            yield self._part(last + day, self.last)

    def _part(self, first: date, last: date) -> "Reading":
        low, high = first.isoformat(), last.isoformat()
        days = {day: use for day, use in orjson.loads(self.days).items() if low <= day <= high}
        return replace(self, first=first, last=last, days=_held(days))

    def document(self) -> dict[str, Any]:
        """As it is sent; to be written by orjson, which takes the days as they are."""
        return {
            "iccid": self.iccid,
            "namespace": self.whose.sim.namespace,
            "name": self.whose.sim.name,
            "labels": dict(self.whose.labels),
            "policy": self.whose.policy,
            "readAt": self.at.isoformat(),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "days": orjson.Fragment(self.days),
        }


def packed(iccid: Iccid, whose: Whose, reading: UsageReading) -> Reading:
    """What 1NCE answered about a SIM; a day on which nothing was used is left out."""
    days = {
        day.isoformat(): (use.data, use.sms)
        for day, use in reading.days.items()
        if (use.data, use.sms) != (0, 0)
    }
    return Reading(iccid, whose, reading.at, reading.first, reading.last, _held(days))


def _held(days: Mapping[str, Any]) -> bytes:
    """Copied: what orjson gives holds on to a buffer of four kilobytes and more."""
    return bytes(memoryview(orjson.dumps(days)))
