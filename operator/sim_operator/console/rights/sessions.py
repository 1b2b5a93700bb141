"""Who is signed in, kept here and not in the browser.

The token that somebody signed in with stays in this memory, so that it can be reviewed again: a
session ends with the token, with the account behind it, after an hour without use, and in the end.
A cookie holds the number of a session and nothing else; kept is only the digest of that number.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

IDLE_SECONDS: Final = 3600.0
_MOST: Final = 2_000
_MOST_OF_ONE: Final = 10


@dataclass(slots=True)
class Session:
    """One browser of one person."""

    name: str
    """The user, as signed in."""
    token: str
    begun: float
    used: float

    def __repr__(self) -> str:
        """Without the token."""
        return f"Session({self.name!r})"


class SignedIn:
    """The sessions; bounded, so that signing in cannot fill the memory."""

    def __init__(
        self,
        *,
        seconds: float,
        idle_seconds: float = IDLE_SECONDS,
        most: int = _MOST,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: how long one lasts at most; `idle_seconds`: without use."""
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._most = most
        self._monotonic = monotonic
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def __len__(self) -> int:
        """How many there are, ended ones that nobody asked for included."""
        return len(self._sessions)

    def begin(self, name: str, token: str) -> str:
        """A new session; its number. The oldest ones make room."""
        now = self._monotonic()
        own = [key for key, one in self._sessions.items() if one.name == name]
        for key in own[: max(0, len(own) - _MOST_OF_ONE + 1)]:
            del self._sessions[key]
        if len(self._sessions) >= self._most:
            self._sessions.popitem(last=False)
        number = secrets.token_urlsafe(32)
        self._sessions[_digest(number)] = Session(name, token, now, now)
        return number

    def find(self, number: str) -> Session | None:
        """The session, which counts as used now; None where there is none any more."""
        key = _digest(number)
        session = self._sessions.get(key)
        if session is None:
            return None
        now = self._monotonic()
        if now - session.begun >= self._seconds or now - session.used >= self._idle_seconds:
            del self._sessions[key]
            return None
        session.used = now
        self._sessions.move_to_end(key)
        return session

    def end(self, number: str) -> None:
        """The person signs out, or the token is worth nothing any more."""
        self._sessions.pop(_digest(number), None)


def _digest(number: str) -> bytes:
    return hashlib.sha256(number.encode()).digest()
