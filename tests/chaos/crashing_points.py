"""Points at which an operator may die: each write, before it arrives and after it was carried out.

A write is named by what it is about, so that it can be found again in another play, in which times
and identities are others.
"""

import json
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from tests.chaos.gate import Asked, Passed, Then
from tests.integration.world import Json

_SIM_AT_1NCE: Final = re.compile(r"/sims/(\d{19,20})/?$")
_OURS: Final = re.compile(r"/(sims|simaccounts|quotapolicies)/([^/]+)(/status)?$")


@dataclass(frozen=True)
class Point:
    """The `nth` write of its name, from 1, and on which side of it the operator dies."""

    write: str
    nth: int
    after: bool

    @property
    def is_grave(self) -> bool:
        """Whether it is about SIMs, budget or deletion, not only about what is told."""
        return self.write.startswith(("PUT", "places", "finalizer"))

    @property
    def sort(self) -> str:
        """For the table: what is written there, whatever its name."""
        side = "after" if self.after else "before"
        return f"{side} a {self.write.split(' of ')[0].split(' about ')[0].split(' in ')[0]}"

    def __str__(self) -> str:
        """For a person."""
        side = "after" if self.after else "before"
        return f"{side} {_ordinal(self.nth)} {self.write}"


def _ordinal(number: int) -> str:
    return {1: "the first", 2: "the second", 3: "the third"}.get(number, f"write {number},")


class Names:
    """Names the writes of one play, in their order; not what only tells of a sweep's end."""

    def __init__(self, actors: Callable[[], Sequence[str]]) -> None:
        """`actors`: gives the ICCIDs of those who take part."""
        self._actors = actors
        self._reserved: dict[str, list[str]] = {}
        self._told: dict[str, Json] = {}

    def of(self, one: Asked | Passed) -> str | None:
        """What a request writes; None: nothing, or nothing that matters."""
        if not one.is_write:
            return None
        if one.method == "PUT" and (found := _SIM_AT_1NCE.search(one.path)):
            number = self._actors().index(found[1][:19]) + 1
            return f"PUT of SIM {number} at 1NCE"
        if one.method != "PATCH":
            return self._event(one)
        if (target := _OURS.search(one.path)) is None:
            return None
        kind, name, status = target.groups()
        if not status:
            return f"finalizer of {kind}/{name}"
        return self._account(one, name) if kind == "simaccounts" else f"status of {kind}/{name}"

    def _event(self, one: Asked | Passed) -> str | None:
        if one.method != "POST" or not one.path.endswith("/events"):
            return None
        body = json.loads(one.body)
        about = body.get("involvedObject") or body.get("regarding") or {}
        return f"event {body['reason']} about {about.get('kind')}/{about.get('name')}"

    def _account(self, one: Asked | Passed, name: str) -> str | None:
        """The status of an account moves with each sweep: what else it tells is what counts."""
        status: Json = json.loads(one.body).get("status") or {}
        protection = status.get("protection") or {}
        if "reservations" in protection:
            taken = [str(place["uid"]) for place in protection["reservations"] or ()]
            before, self._reserved[name] = self._reserved.get(name, []), taken
            if set(taken) - set(before):
                return f"places in the budget of {name}"
        conditions = [(cond["type"], cond["reason"]) for cond in status.get("conditions") or ()]
        if conditions and self._told.get(name) != {"conditions": conditions}:
            self._told[name] = {"conditions": conditions}
            return f"conditions of {name}"
        return None


def points_of(passed: Iterable[Passed], actors: Sequence[str]) -> list[Point]:
    """Every point of a play that was not disturbed, in order."""
    names, counts = Names(lambda: actors), Counter[str]()
    found = []
    for one in sorted(passed, key=lambda one: one.at):
        name = names.of(one)
        # What met a conflict comes again, and in another play there may be none.
        if name is not None and one.status < HTTPStatus.BAD_REQUEST:
            counts[name] += 1
            found += [Point(name, counts[name], after) for after in (False, True)]
    return found


class Blow:
    """Ends the operator at a point, once; asked by both gates about each request."""

    def __init__(
        self,
        point: Point,
        actors: Callable[[], Sequence[str]],
        strike: Callable[[], object],
        number: signal.Signals = signal.SIGKILL,
    ) -> None:
        """`actors` as for `Names`; `strike` sends the operator the signal."""
        self.point = point
        self._number = number
        self.fell = threading.Event()
        self._names = Names(actors)
        self._left = point.nth
        self._strike = strike
        self._lock = threading.Lock()

    def matches(self, asked: Asked) -> bool:
        """Whether this is the write."""
        with self._lock:
            if self.fell.is_set() or self._names.of(asked) != self.point.write:
                return False
            self._left -= 1
            return self._left == 0

    def fall(self, _: Asked) -> Then:
        """Now: the write is lost before it arrives, or its answer is lost after it was done.

        One that is asked to end gets its answer.
        """
        self._strike()
        self.fell.set()
        return Then.DROP if self._number is signal.SIGKILL else Then.GO_ON
