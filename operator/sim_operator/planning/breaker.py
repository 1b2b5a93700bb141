"""The circuit breaker: whether a sweep may be believed.

A wrong answer from 1NCE (an empty list, another customer's SIMs, half of the pages) must not make a
fleet look gone. A sweep is held against the last believed one and against the largest believed one
of the past day; what falls short changes nothing until it matches again or a person accepts it.
"""

import hashlib
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim_operator.domain.iccid import Iccid
from sim_operator.planning.sketch import Sketch, sketch

MEMORY = timedelta(hours=24)
_GRAIN = timedelta(hours=1)
TOLERATED_MISSING = 2
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Believed:
    """One believed picture; sets for what this process saw, a sketch for what it was told."""

    at: datetime
    picture: Set[Iccid] | Sketch

    @property
    def count(self) -> int:
        """How many SIMs it showed."""
        return self.picture.count if isinstance(self.picture, Sketch) else len(self.picture)

    def missing_from(self, iccids: Set[Iccid]) -> int:
        """How many of its SIMs are not in `iccids`."""
        if isinstance(self.picture, Sketch):
            return self.picture.missing_from(iccids)
        return len(self.picture - iccids)

    def sketch(self) -> Sketch:
        """Its sketch, for the status."""
        return self.picture if isinstance(self.picture, Sketch) else sketch(self.picture)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the breaker remembers of an account."""

    last: Believed | None = None
    largest: tuple[Believed, ...] = ()
    """Of the past day, counts falling: each is the largest since the one before it."""
    rejected: str | None = None
    """The fingerprint of the sweep that is being refused."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a sweep is believed; `message` says why not, in whole SIMs."""

    believed: bool
    memory: Memory
    message: str = ""


def restored(count: int, remembered: Sketch | None, rejected: str | None, now: datetime) -> Memory:
    """The memory that a status carries over a restart.

    Its day begins again, which errs on the safe side.
    """
    if not count and remembered is None:
        return Memory(rejected=rejected)
    told = Believed(now, remembered or Sketch(count, ()))
    return Memory(last=told, largest=(told,), rejected=rejected)


def judge(
    swept: frozenset[Iccid],
    memory: Memory,
    max_missing: int | str,
    accepted: str | None,
    now: datetime,
) -> Judgement:
    """Believe a complete sweep, or say why not.

    `accepted` is the fingerprint that a person accepted by annotation; it opens only the very sweep
    it names, once.
    """
    reason = _objection(swept, memory, max_missing, now)
    if reason is None:
        return Judgement(True, _remember(swept, memory, now))
    content = _content(swept)
    rejected = memory.rejected
    if rejected is None or not rejected.startswith(content):
        rejected = _fingerprint(content, memory, now)
    elif accepted == rejected:
        taken = Believed(now, swept)
        return Judgement(True, Memory(last=taken, largest=(taken,)))
    return Judgement(False, Memory(memory.last, memory.largest, rejected), reason)


def _objection(
    swept: frozenset[Iccid], memory: Memory, max_missing: int | str, now: datetime
) -> str | None:
    last = memory.last
    if last is None or not last.count:
        return None
    if not swept:
        return f"the sweep was empty, the last believed one had {last.count} SIMs"
    missing = last.missing_from(swept)
    if last.count - missing < _HALF * last.count:
        return f"it shows fewer than half of the {last.count} SIMs of the last believed sweep"
    largest = next((one for one in memory.largest if now - one.at < MEMORY), last)
    missing = largest.missing_from(swept)
    tolerated = max(TOLERATED_MISSING, _tolerated(max_missing, largest.count))
    if missing > tolerated:
        return (
            f"{missing} of {largest.count} SIMs are missing; "
            f"spec.protection.maxMissing ({max_missing}) tolerates {tolerated}"
        )
    return None


def _tolerated(max_missing: int | str, count: int) -> int:
    # Rounded down, unlike a budget: a guard against loss errs towards asking.
    if isinstance(max_missing, int):
        return max_missing
    return count * int(max_missing.removesuffix("%")) // 100


def _remember(swept: frozenset[Iccid], memory: Memory, now: datetime) -> Memory:
    taken = Believed(now, swept)
    fresh = [one for one in memory.largest if now - one.at < MEMORY and one.count > len(swept)]
    if fresh and now - fresh[-1].at < _GRAIN and len(fresh) > 1:
        # One picture an hour is enough, and bounds what is kept; the larger one stays.
        return Memory(last=taken, largest=tuple(fresh))
    return Memory(last=taken, largest=(*fresh, taken))


def _content(swept: Iterable[Iccid]) -> str:
    return hashlib.blake2b(",".join(sorted(swept)).encode(), digest_size=6).hexdigest()


def _fingerprint(content: str, memory: Memory, now: datetime) -> str:
    # The moment is part of it: an acceptance that stays in Git must not open a later rejection of a
    # sweep with the same content (the empty one, say).
    moment = f"{now.isoformat()}/{memory.last.count if memory.last else 0}"
    return f"{content}-{hashlib.blake2b(moment.encode(), digest_size=4).hexdigest()}"
