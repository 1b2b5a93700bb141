"""What waits to be delivered: of each SIM the newest figures of each day, bounded in bytes.

Readings overlap: the last days are read again and again. What a newer one tells takes the place of
what an older one told, so that a keeper which is away for a day costs no more than one that is away
for an hour. Records of the Data Streamer wait beside them within the same bound.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.parts import Part, PartBatch, PartQueue
from sim_operator.recording.readings import Reading

_Place = tuple[Key, Iccid]

_ROOM = 0.5
"""Of the bound, up to which more is read for the history's sake."""
_SHARE_OF_PARTS = 0.25
"""Of the bound, from which on records make room for readings, and not the other way round."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings of one account that go out together."""

    account: Key
    readings: tuple[Reading, ...]


class Outbox:
    """Readings in the order of the SIMs' arrival, and records; one batch is out at a time."""

    def __init__(self, most_bytes: int) -> None:
        """Empty; what lies beyond `most_bytes` is dropped, whoever waits longest first."""
        self._most = most_bytes
        self._waiting: dict[_Place, tuple[Reading, ...]] = {}
        self._out: Batch | None = None
        self._places_out: frozenset[_Place] = frozenset()
        self._parts = PartQueue()
        self._bytes = 0
        self.readings = 0
        """How many wait or are out."""

    @property
    def bytes(self) -> int:
        """About what it takes in memory, with what is out."""
        return self._bytes + self._parts.bytes

    @property
    def number(self) -> int:
        """Readings and records that wait or are out."""
        return self.readings + self._parts.number

    @property
    def has_room(self) -> bool:
        """Whether there is room for readings that nobody but the history wants."""
        return self.bytes < self._most * _ROOM

    def waits(self, account: Key, iccid: Iccid) -> bool:
        """Whether something of a SIM is not delivered yet."""
        place = account, iccid
        return place in self._waiting or place in self._places_out

    def add(self, account: Key, reading: Reading) -> int:
        """Take a reading in place of what it tells anew; how many were dropped for it."""
        place = account, reading.iccid
        older = self._waiting.get(place, ())
        self._put(place, (*_cut(older, [reading]), reading))
        return self._shrink()

    def add_parts(self, account: Key, parts: Iterable[Part]) -> int:
        """Take records; how many readings or records were dropped for them."""
        self._parts.add(account, parts)
        return self._shrink()

    def take(self, most: int, most_bytes: int) -> Batch | None:
        """The next to be delivered, at least one; None where nothing waits.

        It is out until it is `delivered` or `given_back`.
        """
        first = next(iter(self._waiting), None)
        if first is None:
            return None
        account, taken, size = first[0], list[Reading](), 0
        for place, readings in self._waiting.items():
            if place[0] != account:
                continue
            size += sum(one.size for one in readings)
            if taken and (len(taken) + len(readings) > most or size > most_bytes):
                break
            taken += readings
        for reading in taken:
            self._waiting.pop((account, reading.iccid), None)
        self._out = Batch(account, tuple(taken))
        self._places_out = frozenset((account, reading.iccid) for reading in taken)
        return self._out

    def take_parts(self, most: int, most_bytes: int) -> PartBatch | None:
        """The same of records."""
        return self._parts.take(most, most_bytes)

    def delivered(self) -> None:
        """What was out is kept, or refused for good: it is gone from here."""
        self._end()
        self._parts.delivered()

    def given_back(self) -> int:
        """What was out was not taken: it waits again, behind what came meanwhile of its days.

        How many were dropped for it.
        """
        self._parts.given_back()
        out = self._end()
        if out is None:
            return self._shrink()
        newer, self._waiting = self._waiting, {}
        for reading in out.readings:
            place = out.account, reading.iccid
            # Two parts of one reading tell of different days.
            self._waiting[place] = (*self._waiting.get(place, ()), reading)
        for place, readings in self._waiting.items():
            self._waiting[place] = tuple(_cut(readings, newer.get(place, ())))
            self._count(self._waiting[place], 1)
        for place, readings in newer.items():
            self._waiting[place] = self._waiting.get(place, ()) + readings
        self._waiting = {place: of for place, of in self._waiting.items() if of}
        return self._shrink()

    def _end(self) -> Batch | None:
        out, self._out, self._places_out = self._out, None, frozenset()
        self._count(out.readings if out is not None else (), -1)
        return out

    def _put(self, place: _Place, readings: tuple[Reading, ...]) -> None:
        self._count(self._waiting.get(place, ()), -1)
        self._waiting[place] = readings
        self._count(readings, 1)

    def _count(self, readings: Iterable[Reading], sign: int) -> None:
        for one in readings:
            self._bytes += sign * one.size
            self.readings += sign

    def _shrink(self) -> int:
        dropped = 0
        while self.bytes > self._most:
            if self._parts.bytes > self._most * _SHARE_OF_PARTS:
                gone = self._drop_part() or self._drop_readings()
            else:
                gone = self._drop_readings() or self._drop_part()
            if not gone:
                break
            dropped += gone
        return dropped

    def _drop_part(self) -> int:
        return int(self._parts.drop_oldest())

    def _drop_readings(self) -> int:
        if not self._waiting:
            return 0
        oldest = self._waiting.pop(next(iter(self._waiting)))
        self._count(oldest, -1)
        return len(oldest)


def _cut(older: Iterable[Reading], newer: Iterable[Reading]) -> Iterable[Reading]:
    """What older readings tell of days that no newer one tells of."""
    left = list(older)
    for one in newer:
        left = [part for old in left for part in old.without(one.first, one.last)]
    return left
