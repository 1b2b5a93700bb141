"""Readings and records to deliver."""

from datetime import UTC, date, datetime, timedelta

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage, Service, StreamedUse, UsageReading
from sim_operator.recording.parts import Part, packed_part
from sim_operator.recording.readings import Reading, Whose, packed

ACCOUNT = Key("sim-operator", "default")
ICCID = Iccid("8988303000123456789")
DAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WHOSE = Whose(Key("plant-a", "pump-17"), {"fleet": "pumps"}, "pumps")


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def reading(
    first: int,
    last: int,
    data: int = 1,
    *,
    iccid: Iccid = ICCID,
    at: datetime = NOW,
    whose: Whose = WHOSE,
) -> Reading:
    """The same use on each of the days with these numbers; 0: none at all."""
    days = {day(n): DayUsage(data, 0) for n in range(first, last + 1)}
    return packed(iccid, whose, UsageReading(at, day(first), day(last), days))


def sims(count: int) -> list[Iccid]:
    return [Iccid(f"89883030001234{number:05}") for number in range(count)]


def use(number: int, volume: int = 1024, *, start: datetime = NOW) -> StreamedUse:
    """A quarter of an hour of data."""
    return StreamedUse(number, Service.DATA, start, start + timedelta(minutes=15), volume)


def records(numbers: range, iccid: Iccid = ICCID) -> list[Part]:
    return [packed_part(iccid, "plant-a", use(number)) for number in numbers]
