"""What the history wants to have read of a SIM: which days, and how often.

The history decides nothing, so it takes what others leave: a share of what details have, the
slowest pace at which no day is lost, and no day twice but those that may still change.
"""

from datetime import date, timedelta

from sim_operator.planning import pace

SLOWEST_WANTED = 6 * 3600.0
"""Seconds between two readings of a SIM, where the rate limit carries it."""
_SHARE = 0.25
"""Of what details have: a large fleet's history must not keep them from being read."""
_SHORTEST = 2.0
"""Real seconds, however fast a simulated clock runs."""
_REACH = timedelta(days=180)
"""A little less than 1NCE's six months: a day that it forgot looks like one without use."""
_LATE = timedelta(days=4)
"""A day is final when it is read three days after its end: on the fourth day after it began."""


def interval(claimed: int, requests_per_second: int, speed: float = 1.0) -> float:
    """Seconds in which every claimed SIM is read once for the history.

    `speed`: how fast the wall clock runs.
    """
    wanted = max(_SHORTEST, SLOWEST_WANTED / max(1.0, speed))
    return max(wanted, claimed / (requests_per_second * pace.DETAIL_SHARE * _SHARE))


def reads_per_second(claimed: int, interval_seconds: float) -> float:
    """Calls that the history takes from what details have; 0 where it asks for nothing."""
    return claimed / interval_seconds if interval_seconds > 0 else 0.0


def reach(today: date) -> tuple[date, date]:
    """The first and the last UTC day that can be missing: today is not over."""
    return today - _REACH, today - timedelta(days=1)


def reaches_back(missing: date | None, today: date) -> bool:
    """Whether days are missing that a reading of the days that may change would not bring."""
    return missing is not None and missing < today - _LATE


def first_day(missing: date | None, today: date) -> date:
    """The first day to be read: the oldest that is missing, else the oldest that may change."""
    recent = today - _LATE
    oldest, _ = reach(today)
    return recent if missing is None else max(oldest, min(recent, missing))
