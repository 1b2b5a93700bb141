"""What a gate may do to a request that it is asked to pass on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import orjson

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it arrived."""

    number: int
    """By arrival, from 1; requests of one gate never share one."""
    at: float
    """Seconds since the epoch."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """By name in small letters; they carry credentials."""
    body: bytes
    port: int
    """The client's: two connections never share one while both are open."""

    @property
    def is_write(self) -> bool:
        """Whether it asks for a change."""
        return self.method in WRITES

    @property
    def is_watch(self) -> bool:
        """Whether the answer is a stream of events of the API server."""
        return self.query.get("watch") in {"true", "1"}

    def json(self) -> Any:
        """The body, where it is JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that was dealt with, and how it ended."""

    number: int
    at: float
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    """Empty for reads."""
    status: int
    """That of the server, or what the gate answered for it; 0 where nobody answered."""
    port: int
    arrived: bool
    """Whether the server behind the gate got it."""
    answered: bool
    """Whether the client got an answer (a client that is gone by then counts)."""
    user_agent: str = ""

    @property
    def is_write(self) -> bool:
        """Whether it asked for a change."""
        return self.method in WRITES


class Then(Enum):
    """What follows a callback; whatever else it returns means GO_ON."""

    GO_ON = auto()
    DROP = auto()
    """Before: it never arrives. After: it was carried out, and the client never hears of it."""


Callback = Callable[[Asked], object]
"""Runs in the gate's own thread, which passes nothing on meanwhile: it must be quick, and must not
wait for anything that has to come through this gate."""


@dataclass(frozen=True, slots=True)
class Before:
    """Call, then forward, unless the callback returns `Then.DROP`."""

    callback: Callback


@dataclass(frozen=True, slots=True)
class After:
    """Forward, call when the server has answered and before its answer is passed on."""

    callback: Callback


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """Forward, then close the connection without a word."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer in the server's place; nothing is forwarded."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """None: a `Status` of Kubernetes that fits the number."""

    def content(self) -> bytes:
        """The body of the answer."""
        if self.body is not None:
            return self.body
        reasons = {403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Expired"}
        reasons |= {429: "TooManyRequests", 500: "InternalError", 504: "Timeout"}
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": reasons.get(self.status, "Unknown"),
            "message": "refused by the gate",
            "code": self.status,
        }
        return orjson.dumps(status)


@dataclass(frozen=True, slots=True)
class Delay:
    """Forward so many seconds later; also where the client has given up by then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Accept, and never forward nor answer."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Change the body of the answer; not for watches."""

    change: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Lines:
    """Change the lines of a watch, each one event with its line end: None drops it.

    Several lines are given back as one text. It works on streams that are open already, too.
    """

    change: Callable[[bytes], bytes | None]


Act = Before | After | LoseAnswer | Refuse | Delay | Hang | Rewrite | Lines


@dataclass(eq=False)
class Rule:
    """An act for the requests that match; the first rule that does acts alone."""

    matches: Callable[[Asked], bool]
    act: Act
    times: int | None = None
    skip: int = 0
    hits: int = 0
    """How often it acted; for `Lines`: how many lines it changed or dropped."""
    removed: bool = False

    def remove(self) -> None:
        """End it."""
        self.removed = True

    @property
    def is_spent(self) -> bool:
        """Whether it acts no more."""
        return self.removed or (self.times is not None and self.hits >= self.times)

    def takes(self, asked: Asked) -> bool:
        """Whether it acts on this request, which is counted then."""
        if self.is_spent or isinstance(self.act, Lines) or not self.matches(asked):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True
