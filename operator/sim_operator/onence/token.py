"""The bearer token of an account: fetched once for all calls, renewed before it ends.

A renewal that fails while the old token still holds is no failure of the call: 1NCE keeps older
tokens valid until their own end. A refusal is not asked again at once: every caller gets the same
answer until a pause, growing to a minute, is over; other credentials come with another client.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence.faults import OnenceError

LONGEST_MARGIN_SECONDS = 60.0
MARGIN_SHARE = 0.2
LONGEST_BACK_OFF_SECONDS = 60.0
BACK_OFF_SECONDS = 0.5
REFUSED_BACK_OFF_SECONDS = 5.0
"""Refusals start slower: identity services lock users who try wrong passwords quickly."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What 1NCE granted: a token, and for how many seconds."""

    value: str = field(repr=False)
    lifetime: float


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A token and, on the monotonic clock, when to renew it and when it ends."""

    value: str = field(repr=False)
    renew_at: float
    ends_at: float


class TokenSource:
    """Holds the current token; belongs to one event loop and one pair of credentials."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Grant]],
        *,
        now: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`fetch` asks 1NCE once and raises `OnenceError`; `jitter` gives 0 to 1."""
        self._fetch = fetch
        self._now = now
        self._jitter = jitter
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token] | None = None
        self._failures = 0
        self._failure: Failure | None = None
        self._not_before = float("-inf")

    async def get(self) -> Token:
        """A token that holds, fetched where needed; callers at the same time share one fetch.

        Raises:
            OnenceError: there is none to be had, or the last attempt failed a moment ago.
        """
        now = self._now()
        held = self.held()
        if held is not None and now < held.renew_at:
            return held
        if self._failure is not None and now < self._not_before:
            return self._fallen_back(self._failure)
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._renew())
            self._fetching.add_done_callback(_looked_at)
        try:
            return await asyncio.shield(self._fetching)
        except OnenceError as error:
            return self._fallen_back(error.failure)

    def held(self) -> Token | None:
        """The current token, also shortly before its end; None where a fetch is needed."""
        return (
            self._token if self._token is not None and self._now() < self._token.ends_at else None
        )

    def invalidate(self, token: Token) -> None:
        """1NCE answered 401 to `token`; nothing happens where another has taken its place."""
        if self._token is token:
            self._token = None

    def reject(self, token: Token, failure: Failure) -> None:
        """1NCE answered 401 to a `token` that was new: ask for no other until a pause is over."""
        if self._token is token:
            self._token = None
            self._back_off(failure)

    def confirm(self, token: Token) -> None:
        """1NCE took `token`: what failed before is over."""
        if self._token is token:
            self._failures = 0

    async def aclose(self) -> None:
        """Give up a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})

    async def _renew(self) -> Token:
        asked = self._now()
        try:
            granted = await self._fetch()
        except OnenceError as error:
            self._back_off(error.failure)
            raise
        finally:
            self._fetching = None
        margin = min(LONGEST_MARGIN_SECONDS, MARGIN_SHARE * granted.lifetime)
        ends_at = asked + granted.lifetime
        self._token = Token(granted.value, renew_at=ends_at - margin, ends_at=ends_at)
        self._failure = None
        return self._token

    def _fallen_back(self, failure: Failure) -> Token:
        """The old token where it still holds and the new one only could not be had now."""
        held = self.held()
        if held is not None and failure.kind is not FailureKind.BAD_CREDENTIALS:
            return held
        raise OnenceError(failure)

    def _back_off(self, failure: Failure) -> None:
        refused = failure.kind in (FailureKind.BAD_CREDENTIALS, FailureKind.REFUSED)
        first = REFUSED_BACK_OFF_SECONDS if refused else BACK_OFF_SECONDS
        longest = min(first * 2.0 ** min(self._failures, 10), LONGEST_BACK_OFF_SECONDS)
        pause = max(longest * (0.5 + self._jitter() / 2), failure.retry_after or 0.0)
        self._failures += 1
        self._failure = failure
        self._not_before = self._now() + pause


def _looked_at(task: asyncio.Task[Token]) -> None:
    """Every caller may have been cancelled; asyncio must not complain that nobody looked."""
    if not task.cancelled():
        task.exception()
