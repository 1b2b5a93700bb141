"""What a Data Stream has to tell: usage or events of one customer since it last looked."""

import asyncio
from collections.abc import Iterator
from typing import Any, Literal

from .clock import DAY
from .events import events_of
from .recording import UsageRecorder
from .shapes_stream import Shape, event_record, usage_record
from .state import SimState
from .world import Account

Kind = Literal["usage", "event"]

_SIMS_AT_A_TIME = 100
_LOOK_BACK = 3600.0
"""A quota event is dated to a moment before the one at which it could be noticed."""
_WINDOW = 6 * DAY


class Source:
    """Makes the records of one stream."""

    def __init__(
        self, kind: Kind, shape: Shape, account: Account, start: float, ids: Iterator[int]
    ) -> None:
        """``start``: what happened before is not told. ``ids``: unique, rising."""
        self._kind = kind
        self._shape: Shape = shape
        self._account = account
        self._start = start
        self._ids = ids
        self._recorder = UsageRecorder(start, account)
        self._sent: dict[int, float] = {}
        self.until = start
        """Simulated time up to which records were made."""

    async def look(self, until: float, *, ended: bool) -> list[dict[str, Any]]:
        """New records; ``ended``: as if all sessions had ended now."""
        records: list[dict[str, Any]] = []
        fleet = self._account.fleet
        for count, index in enumerate(list(fleet.indices())):
            if count % _SIMS_AT_A_TIME == _SIMS_AT_A_TIME - 1:
                await asyncio.sleep(0)
            sim = fleet.peek(index)
            if self._kind == "usage":
                records += self._usage(sim, until, ended=ended)
            else:
                records += self._events(sim, until)
        self._sent = {one: at for one, at in self._sent.items() if at >= self.until - _LOOK_BACK}
        self.until = until
        return records

    def _usage(self, sim: SimState, until: float, *, ended: bool) -> list[dict[str, Any]]:
        parts = self._recorder.records(sim, until, self._account.metered(), ended=ended)
        return [
            usage_record(part, next(self._ids), sim, self._account, self._shape) for part in parts
        ]

    def _events(self, sim: SimState, until: float) -> list[dict[str, Any]]:
        """The same event is found again while it is recent; its id tells."""
        records = []
        low = max(self._start, self.until - _LOOK_BACK)
        while True:
            high = min(until, low + _WINDOW)
            found = events_of(sim, self._account, high, low)
            for event in sorted(found, key=lambda event: (event.at, event.type_id)):
                record = event_record(event, sim, self._account, self._shape)
                if record["id"] not in self._sent:
                    self._sent[record["id"]] = event.at
                    records.append(record)
            if high >= until:
                return records
            low = high
