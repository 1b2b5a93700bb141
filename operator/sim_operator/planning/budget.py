"""The disable budget: how many SIMs of an account may be switched off in one sliding hour.

A place is reserved in the account's status before the disable is sent and is kept for the hour
whatever comes of it, so a restart, a failover or a crash in between never opens a second budget. A
place belongs to a SIM (by the uid of its resource): sending the same disable again costs nothing.

Nobody can tell from a place whether its disable was sent. So where a number is lowered below the
places that are taken, who has one waits as well, until no more are taken than it allows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim_operator.domain.resources import Key
from sim_operator.planning.verdict import Cause

WINDOW = timedelta(hours=1)
MOST_RESERVATIONS = 5000
"""What the status of one account has room for."""

_RANK = {Cause.SPEC: 0, Cause.DELETION: 1, Cause.POLICY: 2}


@dataclass(frozen=True, slots=True)
class DisableRequest:
    """One SIM that a plan wants to switch off."""

    uid: str
    key: Key
    cause: Cause


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer of the guard: who may go now, and the reservations to write down first."""

    granted: frozenset[str]
    """Uids that hold a place."""
    held: int
    reservations: Mapping[str, datetime]
    changed: bool
    """Whether the reservations have to be written before anything is sent."""


def live(reservations: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """The reservations that still count.

    One from the future (a clock that stepped back) counts from now.
    """
    return {uid: min(at, now) for uid, at in reservations.items() if now - at < WINDOW}


def grant(
    requests: Iterable[DisableRequest],
    reservations: Mapping[str, datetime],
    limit: int,
    now: datetime,
) -> Grant:
    """Let waiting disables through, owners' first, as far as the hour allows."""
    kept = live(reservations, now)
    places = min(limit, MOST_RESERVATIONS)
    overdrawn = len(kept) > places
    granted: set[str] = set()
    held = 0
    changed = False
    for request in sorted(requests, key=lambda one: (_RANK[one.cause], one.key)):
        if overdrawn:
            held += 1
            continue
        if request.uid in kept:
            # The hour counts from the latest disable of this SIM, so that one that comes back and
            # goes again late in the hour is still seen by the hour that follows.
            if now - kept[request.uid] > timedelta(minutes=1):
                kept[request.uid] = now
                changed = True
        elif len(kept) < places:
            kept[request.uid] = now
            changed = True
        else:
            held += 1
            continue
        granted.add(request.uid)
    return Grant(frozenset(granted), held, kept, changed)
