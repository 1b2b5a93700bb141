"""Records of the Data Streamer on their way to whoever keeps the history.

They are told once. What is lost here 1NCE does not tell again, so they have a share of the room
that no reading takes from them; more than that is theirs only while it is free.

Held as the JSON that is sent in the end. The text is the record's name, too: one that 1NCE sends
twice while it waits waits once.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NewType

import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import StreamedUse

Part = NewType("Part", bytes)
"""One record: a JSON object."""

_OVERHEAD: Final = 160
"""Bytes that a record takes beside its text, with all that holds it; measured, and rounded up."""
_LARGEST: Final = 2**53 - 1
"""Bytes or messages of one record, as the history takes it."""
_FUTURE: Final = timedelta(days=1)
"""A record that ends so much later than the clock is none to believe."""


@dataclass(frozen=True, slots=True)
class PartBatch:
    """Records of one account that go out together."""

    account: Key
    parts: tuple[Part, ...]


def fits(use: StreamedUse, now: datetime) -> bool:
    """Whether the history can hold a record; it would refuse all that came along with it."""
    return 0 <= use.volume <= _LARGEST and use.end <= now + _FUTURE


def packed_part(iccid: Iccid, namespace: str, use: StreamedUse) -> Part:
    """A record, and the namespace that held the SIM when it came."""
    document = {
        "iccid": iccid,
        "namespace": namespace,
        "id": use.id,
        "service": use.service.value,
        "start": use.start,
        "end": use.end,
        "volume": use.volume,
    }
    # Copied: what orjson gives holds on to a buffer of four kilobytes and more.
    return Part(bytes(memoryview(orjson.dumps(document))))


class PartQueue:
    """Records in the order in which they came; one batch is out at a time."""

    def __init__(self) -> None:
        """Empty."""
        self._waiting: OrderedDict[Part, Key] = OrderedDict()
        self._out: PartBatch | None = None
        self.bytes = 0
        """About what it takes in memory, with what is out."""

    @property
    def number(self) -> int:
        """How many wait or are out."""
        return len(self._waiting) + (len(self._out.parts) if self._out is not None else 0)

    def add(self, account: Key, parts: Iterable[Part]) -> None:
        """Take records; one that waits already is the same one."""
        for one in parts:
            if one not in self._waiting:
                self._waiting[one] = account
                self.bytes += size_of(one)

    def drop_oldest(self) -> bool:
        """Give up the record that waits longest; False: none waits."""
        if not self._waiting:
            return False
        oldest, _ = self._waiting.popitem(last=False)
        self.bytes -= size_of(oldest)
        return True

    def take(self, most: int, most_bytes: int) -> PartBatch | None:
        """The next to be delivered, of one account, at least one; None where nothing waits.

        It is out until it is `delivered` or `given_back`.
        """
        account = next(iter(self._waiting.values()), None)
        if account is None:
            return None
        taken, size = list[Part](), 0
        for part, of in self._waiting.items():
            if of != account:
                continue
            size += len(part) + 1
            if taken and (len(taken) == most or size > most_bytes):
                break
            taken.append(part)
        for part in taken:
            del self._waiting[part]
        self._out = PartBatch(account, tuple(taken))
        return self._out

    def delivered(self) -> None:
        """What was out is kept, or refused for good: it is gone from here."""
        out, self._out = self._out, None
        self.bytes -= sum(map(size_of, out.parts)) if out is not None else 0

    def given_back(self) -> None:
        """What was out was not taken: it waits again, before what came meanwhile."""
        out, self._out = self._out, None
        if out is None:
            return
        for part in reversed(out.parts):
            if part in self._waiting:
                # It came again meanwhile.
                self.bytes -= size_of(part)
            self._waiting.setdefault(part, out.account)
            self._waiting.move_to_end(part, last=False)


def size_of(part: Part) -> int:
    """Bytes, about, that it takes in memory."""
    return _OVERHEAD + len(part)
