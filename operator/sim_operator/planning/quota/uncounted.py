"""The use of a SIM that no policy counts: of the calendar month, by 1NCE's daily figures alone.

Read for the history, and shown because it is there. Nobody decides by it, so neither meter nor
records are asked: the sum of the month's days is a lower bound, and late by as much as they are.
"""

from datetime import date
from typing import Final

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import Service, UsageReading
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.period import Period, Track, period_at

MONTH: Final = Track(PeriodKind.MONTHLY, "Etc/UTC")
"""1NCE's days are in UTC, so a month of them is the exact sum of its days."""


def first_of_month(day: date) -> date:
    """The first day to be read, so that one answer tells the whole month."""
    return day.replace(day=1)


def used(reading: UsageReading, before: Usage | None) -> Usage | None:
    """What an answer tells of the month in which it was asked for.

    Args:
        reading: The answer; a day that was asked for and that it lacks had no use.
        before: What was told last. Within a month a figure never falls: an answer that is lower
            was late, or corrected.

    Returns:
        None where the question did not reach back to the beginning of the month. A figure is None
        where 1NCE said nothing of it on any of the days, and nothing was told before.
    """
    period = period_at(MONTH, reading.at)
    if reading.first > period.start.date():
        return None
    told = before if before is not None and before.period == period else None
    data, sms = (
        _higher(_sum(reading, service, period), told.of(service) if told is not None else None)
        for service in Service
    )
    return Usage(period, period.start, data, sms, reading.at)


def _sum(reading: UsageReading, service: Service, period: Period) -> int | None:
    first = period.start.date()
    asked = (reading.last - first).days + 1
    days = [use for day, use in reading.days.items() if first <= day <= reading.last]
    figures = [use.data if service is Service.DATA else use.sms for use in days]
    known = [max(0, figure) for figure in figures if figure is not None]
    return sum(known) if known or len(days) < asked else None


def _higher(figure: int | None, before: int | None) -> int | None:
    known = [one for one in (figure, before) if one is not None]
    return max(known, default=None)
