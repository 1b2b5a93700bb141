"""How fast a SIM uses what, and how much it used on a day, as this process saw it.

Kept in few bytes: a handful of marks, each of the use seen up to a moment, and for a SIM whose
daily figures never come the days between the midnights that were watched.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sim_operator.planning.quota.days import KEPT, UNKNOWN, day_of, midnight

_MARK: Final = struct.Struct("<dq")
_MARKS: Final = 9
_APART: Final = 45 * 60.0
_WINDOW: Final = 6 * 3600.0
"""Nine marks that are three quarters of an hour apart or more reach over six hours."""
_LEAST_SPAN: Final = 60.0
_STALE: Final = 86400.0
_LATE: Final = 3600.0
"""A record that is this late is one of the last hour; a clock that is this late was set back."""
_WATCHED: Final = timedelta(days=1)
"""A longer gap between facts says nothing about the days in it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Marks of the use seen, and the days that were watched from midnight to midnight."""

    marks: bytes = b""
    day: int = 0
    """The UTC day of the last mark."""
    opening: int | None = None
    """The use seen up to the start of that day; None: it was not watched from its start."""
    past: bytes = b""
    """The use of the days before it, eight bytes each; `UNKNOWN` where a day was not watched."""


NO_PACE: Final = Pace()


def noted(pace: Pace, at: datetime, seen: int, *, days: bool) -> Pace:
    """The pace after a fact: `seen` was used up to `at` since the process began to look.

    Args:
        pace: Before.
        at: When it was read, or when the record ended.
        seen: Bytes (messages).
        days: Whether days are watched: only where 1NCE tells none.
    """
    moment = at.timestamp()
    marks = list(_MARK.iter_unpack(pace.marks))
    if marks:
        last, amount = marks[-1]
        if moment < last - _LATE:
            return Pace(_MARK.pack(moment, seen), day_of(at), None, b"")
        moment = max(moment, last)
        pace = _over_midnight(pace, last, amount, moment, seen)
        if len(marks) > 1 and last - marks[-2][0] < _APART:
            marks.pop()
        marks.append((moment, seen))
    else:
        pace = Pace(day=day_of(at))
        marks = [(moment, seen)]
    packed = b"".join(_MARK.pack(*mark) for mark in marks[-_MARKS:])
    return Pace(packed, pace.day, pace.opening if days else None, pace.past if days else b"")


class Recent(NamedTuple):
    """Use over the time that was watched of late."""

    rate: float
    """Bytes (messages) a second."""
    span: float
    """Seconds that it is of."""


def recent(pace: Pace, now: datetime) -> Recent | None:
    """Use over about the last six hours that were watched.

    None where nothing was seen for a day, or only at one moment: nothing is better than nonsense.
    """
    marks = list(_MARK.iter_unpack(pace.marks))
    if len(marks) < 2:
        return None
    end, amount = marks[-1]
    if now.timestamp() - end > _STALE:
        return None
    before = marks[:-1]
    begin, base = next((mark for mark in reversed(before) if end - mark[0] >= _WINDOW), before[0])
    if end - begin < _LEAST_SPAN:
        return None
    return Recent(float((amount - base) / (end - begin)), end - begin)


def watched(pace: Pace) -> tuple[int, Sequence[int]]:
    """The last day before the present one, and the use of the days up to it, oldest first."""
    return pace.day - 1, struct.unpack(f"<{len(pace.past) // 8}q", pace.past)


def _over_midnight(pace: Pace, last: float, amount: int, moment: float, seen: int) -> Pace:
    """Where a midnight lies between two facts, the use between them is split by time."""
    ended = int(moment // 86400) - int(last // 86400)
    if ended <= 0:
        return pace
    today = pace.day + ended
    turn = midnight(today).timestamp()
    days = [UNKNOWN] * min(ended, KEPT)
    opening = None
    if ended == 1 and moment - last <= _WATCHED.total_seconds():
        opening = amount + int((seen - amount) * (turn - last) / (moment - last))
        if pace.opening is not None:
            days = [opening - pace.opening]
    past = (pace.past + struct.pack(f"<{len(days)}q", *days))[-8 * KEPT :]
    if pace.past == b"" and days == [UNKNOWN] * len(days):
        past = b""
    return Pace(pace.marks, today, opening, past)
