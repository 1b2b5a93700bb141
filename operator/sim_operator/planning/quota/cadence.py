"""How often the use of a SIM is to be read, and whose turn it is.

The rate limit does not carry every SIM every minute, and it need not: a SIM that is far from
anything that would change its state can be read rarely. Readings go where they decide something.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Due = tuple[str, float, str]
"""Namespace, urgency (the higher the sooner), ICCID."""

SHARE_OF_TIME_LEFT = 0.25
"""Four readings before the threshold: one may fail, one be late, and it is seen in time."""
AUDIT_FACTOR = 2.0
"""A trial run may be late: nothing waits for its answer."""
IDLE_INTERVAL = 6 * 3600.0
HOT_SHARE = 0.5
"""Of the budget, for the hottest: with all of it they would keep the others from being read."""
LEAST_BUDGET = 1 / 3600.0


def wanted_interval(
    *,
    used: int | None,
    limit: int | None,
    rate: float | None,
    enforced: bool,
    detail_interval: float,
    fastest: float,
    slowest: float,
) -> float:
    """Seconds until the use of a SIM is to be read again, in ``fastest``..``slowest``.

    A quarter of the time to the next threshold at the present rate. Unknown use: at once, for it
    may be past any limit. Unknown rate: half-way, by magnitude. Nothing ahead, or what is ahead is
    passed and acted on: rarely, but as often as details are read and every 6 h, which is how the
    next period and a raised limit are met with a recent figure.

    Args:
        used: Bytes (messages) in the period; None: not known.
        limit: The next limit or warning step ahead; None: none is.
        rate: Bytes (messages) a second that are expected; None: not known.
        enforced: Whether an Enforce policy waits for it; Audit gets half as many readings.
        detail_interval: Seconds in which details are read anyway; 0: they are not.
        fastest: The shortest interval, in seconds.
        slowest: The longest one.
    """
    patience = 1.0 if enforced else AUDIT_FACTOR
    if used is None:
        return min(fastest * patience, slowest)
    if limit is None or used >= limit:
        return max(fastest, min(IDLE_INTERVAL, detail_interval or IDLE_INTERVAL))
    if rate is None:
        wanted = math.sqrt(fastest * slowest)
    elif rate <= 0:
        wanted = slowest
    else:
        wanted = SHARE_OF_TIME_LEFT * (limit - used) / rate
    return max(fastest, min(slowest, wanted * patience))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What makes the wanted intervals fit the budget: the short ones stay, the others grow."""

    keep: float
    """Intervals up to this many seconds stay as they are."""
    factor: float
    """What longer ones are multiplied by; at least 1."""

    def of(self, interval: float) -> float:
        """The interval that can be had; never shorter, and the order of intervals stays."""
        return interval if interval <= self.keep else interval * self.factor


def stretched(intervals: Sequence[float], budget: float) -> Stretch:
    """How much the less hot SIMs have to wait, so that all readings fit into the budget.

    The hottest keep their interval as long as they want no more than half of the budget; the rest
    shares what is left. Where the hottest alone want more than that half, they grow alike and no
    others are starved for them: nothing keeps its interval.

    Args:
        intervals: Seconds between two readings of each SIM, as wanted; all positive.
        budget: Readings a second that the rate limit leaves.
    """
    budget = max(budget, LEAST_BUDGET)
    total = math.fsum(1 / interval for interval in intervals)
    if total <= budget:
        return Stretch(math.inf, 1.0)
    hot, keep = 0.0, 0.0
    for interval, count in _grouped(intervals):
        if hot + count / interval > budget * HOT_SHARE:
            break
        hot, keep = hot + count / interval, interval
    return Stretch(keep, max(1.0, (total - hot) / (budget - hot)))


def _grouped(intervals: Sequence[float]) -> list[tuple[float, int]]:
    """Equal intervals go one way: half of a crowd of equals is not hotter than the other half."""
    counts: dict[float, int] = defaultdict(int)
    for interval in intervals:
        counts[interval] += 1
    return sorted(counts.items())


def fair_order(due: Iterable[Due], count: int, after: str = "") -> list[Due]:
    """The next ``count`` to be read: one of each namespace in turn, its most urgent first.

    However many SIMs of one namespace are due, another one's most urgent waits for no more than one
    of each namespace. Where fewer are taken than there are namespaces, the next call goes on behind
    ``after``, the namespace of the last one that was taken: no name comes first forever.

    Args:
        due: What could be read now.
        count: How many can be.
        after: The namespace that was served last.
    """
    waiting: dict[str, list[Due]] = defaultdict(list)
    for entry in due:
        waiting[entry[0]].append(entry)
    names = sorted(waiting, key=lambda name: (name <= after, name))
    lines = [heapq.nsmallest(count, waiting[name], key=_most_urgent_first) for name in names]
    order: list[Due] = []
    for turn in range(max(map(len, lines), default=0)):
        order.extend(line[turn] for line in lines if turn < len(line))
        if len(order) >= count:
            break
    return order[: max(0, count)]


def _most_urgent_first(entry: Due) -> tuple[float, str]:
    return -entry[1], entry[2]
