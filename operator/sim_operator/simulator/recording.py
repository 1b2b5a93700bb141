"""Usage records of the Data Streamer, made from what devices consumed.

What was told of a SIM is kept as a sum and compared with what it consumed since the stream began.
So the records always add up to what the daily usage and the quota say, however rarely somebody
looks, and a record is never made for what was told already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from .clock import DAY
from .metering import Limits, consumed, used
from .sessions import talked
from .state import SimState
from .traffic import MIB, Service
from .world import Account

RECORD_SECONDS = 900.0
"""Between two records of a session that goes on."""
LEAST_BYTES = 100_000.0
"""Below it, a session that goes on makes no record."""
_COARSER = (1, 2, 4, 8, 16, 32, 96)
_STEPS = 96
_INSTANT = 1e-6
_MICRO = MIB / 1e6
"""Volumes are told in millionths of a MB, so what is less waits for the next record."""


@dataclass(frozen=True, slots=True)
class UsedPart:
    """What one record tells: bytes or messages, and from when to when."""

    service: Service
    start: float
    end: float
    amount: float


@dataclass(slots=True)
class _Told:
    """Of one SIM, what was told and until when; ``since``: what has not been told began then."""

    since: float
    until: float
    messages_until: float
    data: float = 0.0
    messages: int = 0
    total: float = 0.0
    talking: bool = False


class UsageRecorder:
    """The records of one stream, from a moment on."""

    def __init__(self, start: float, account: Account) -> None:
        """What was consumed until ``start`` is not told."""
        self._start = start
        self._told: dict[int, _Told] = {}
        limits = account.metered()
        for sim in account.fleet.touched():
            # Where time stands still, what was used at this very instant is known already.
            told = self._of(sim)
            told.data = told.total = _used_at(sim, "data", start, limits)
            told.messages = round(_used_at(sim, "sms", start, limits))

    def records(
        self, sim: SimState, until: float, limits: dict[Service, Limits], *, ended: bool
    ) -> list[UsedPart]:
        """What is to be told of a SIM now; ``ended``: as if its session had ended."""
        for service, changes in limits.items():
            used(sim, service, until, changes)
        parts = list(self._messages(sim, until, limits["sms"]))
        parts += self._data(sim, until, limits["data"], ended=ended)
        return parts

    def _of(self, sim: SimState) -> _Told:
        start = self._start
        return self._told.setdefault(sim.identity.index, _Told(start, start, start))

    def _data(
        self, sim: SimState, until: float, limits: Limits, *, ended: bool
    ) -> Iterator[UsedPart]:
        low, index = self._start - _INSTANT, sim.identity.index
        whole = consumed(sim, "data", low, until, limits)
        if whole <= 0 and index not in self._told:
            return
        told = self._of(sim)
        for moment in _steps(told.until, until):
            # What is used at the very border of two records belongs to the later one.
            total = consumed(sim, "data", low, moment - _INSTANT, limits)
            talking = talked(sim, moment)
            over = not talking and (told.talking or total <= told.total)
            told.total, told.talking, told.until = total, talking, moment
            if over or total - told.data > LEAST_BYTES:
                yield from self._tell(told, total, moment)
            elif total - told.data < _MICRO:
                told.since = moment
        if ended:
            told.total, told.until = whole, until
            yield from self._tell(told, whole, until)

    @staticmethod
    def _tell(told: _Told, total: float, moment: float) -> Iterator[UsedPart]:
        amount = int((total - told.data) / _MICRO + 1e-6) * _MICRO
        if amount > 0:
            yield UsedPart("data", told.since, moment, amount)
            told.data += amount
            told.since = moment

    def _messages(self, sim: SimState, until: float, limits: Limits) -> Iterator[UsedPart]:
        low, index = self._start - _INSTANT, sim.identity.index
        whole = round(consumed(sim, "sms", low, until, limits))
        if whole <= 0 and index not in self._told:
            return
        told = self._of(sim)
        while told.messages < whole:
            moment = _when(sim, limits, low, told.messages + 1, told.messages_until, until)
            reached = round(consumed(sim, "sms", low, moment, limits))
            for _ in range(max(1, min(reached, whole) - told.messages)):
                told.messages += 1
                yield UsedPart("sms", moment, moment, 1.0)
            told.messages_until = moment
        told.messages_until = until


def _used_at(
    sim: SimState, service: Service, moment: float, limits: dict[Service, Limits]
) -> float:
    return consumed(sim, service, moment - _INSTANT, moment, limits[service])


def _when(
    sim: SimState, limits: Limits, start: float, count: int, low: float, high: float
) -> float:
    """When so many messages had been used since ``start``."""
    for _ in range(50):
        middle = (low + high) / 2
        if consumed(sim, "sms", start, middle, limits) >= count - 0.5:
            high = middle
        else:
            low = middle
    return high


def _steps(start: float, end: float) -> Iterator[float]:
    """Borders of records: every 15 minutes; coarser after a jump of more than a day.

    Midnights are always among them, until a step is longer than a day.
    """
    span = end - start
    coarser = (RECORD_SECONDS * times for times in _COARSER)
    days = DAY * ceil(span / (_STEPS * DAY)) if span > 0 else DAY
    step = next((one for one in coarser if span <= one * _STEPS), days)
    moment = start - start % step + step
    while moment <= end:
        yield moment
        moment += step
