"""Who goes next: the shares of an account's rate limit, as pure functions.

A share is a promise to a lane that waits, kept by looking back over the last few starts: a sweep
goes when none of the last three was one (so one in four), a hot read when none of the last eight
was one (so one in ten, even where a sweep is due at the same time). What no promise claims goes by
rank. Nothing accrues while a lane is idle, so a sweep that begins does not take a run of slots from
the writes.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

SWEEP_LOOK_BACK = 3
HOT_LOOK_BACK = 8
"""Not nine: a sweep that is due at the same time goes first and must not break the tenth."""
LOOK_BACK = max(SWEEP_LOOK_BACK, HOT_LOOK_BACK)


class Lane(StrEnum):
    """What a call is for; in order of rank."""

    WRITE = "write"
    """A change, and the read that belongs to it."""
    SWEEP = "sweep"
    """A page of the list."""
    HOT = "hot"
    """A read of one SIM that somebody waits for."""
    DETAIL = "detail"
    """A read of one SIM that keeps figures fresh."""


def next_lane(
    waiting: Collection[Lane], recent: Sequence[Lane], *, detail_allowed: bool
) -> Lane | None:
    """The lane whose first waiter goes next; None when nobody may.

    `recent` holds the lanes of the last starts, oldest first; `detail_allowed` says whether the
    lane DETAIL is below its half of the rate.
    """
    if Lane.SWEEP in waiting and Lane.SWEEP not in recent[-SWEEP_LOOK_BACK:]:
        return Lane.SWEEP
    if Lane.HOT in waiting and Lane.HOT not in recent[-HOT_LOOK_BACK:]:
        return Lane.HOT
    for lane in (Lane.WRITE, Lane.SWEEP, Lane.HOT):
        if lane in waiting:
            return lane
    return Lane.DETAIL if detail_allowed and Lane.DETAIL in waiting else None


def opens_at(starts: Iterable[float], limit: int, window: float) -> float:
    """The first moment at which fewer than `limit` of `starts` lie in the `window` before it."""
    ordered = sorted(starts)
    return ordered[-limit] + window if len(ordered) >= limit else float("-inf")


def detail_opens_at(starts: Iterable[float], rate: int, window: float) -> float:
    """The first moment at which the lane DETAIL, with these `starts`, is below half of `rate`.

    Half of an odd rate is kept over two windows; within one it leaves room for a write.
    """
    ordered = sorted(starts)
    return max(
        opens_at(ordered, max(1, rate // 2), window),
        opens_at(ordered, rate, 2 * window),
    )
