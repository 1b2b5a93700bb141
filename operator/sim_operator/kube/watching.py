"""List and watch of one kind, in one namespace or in all.

A list takes the place of what is held; the watch goes on from the moment that the list shows, and
after each end of a connection from the last event or bookmark. Only where the API server has
forgotten that moment (410) a new list is made.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from sim_operator.kube.answers import ApiError, SilentError
from sim_operator.kube.breath import Breath
from sim_operator.kube.connection import REQUEST_TIMEOUT, ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.installed import is_installed
from sim_operator.kube.kinds import Kind
from sim_operator.kube.listing import pages
from sim_operator.kube.pace import backoff
from sim_operator.kube.replacing import Replacement
from sim_operator.kube.store import is_older
from sim_operator.kube.stream import BOOKMARK, Lines, event

logger = logging.getLogger(__name__)

_PAGE_ATTEMPTS = 8
_FAILURES_BEFORE_A_LIST = 3
_LISTS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds."""

    silence: float = 90.0
    """A living watch says something: a bookmark comes about once a minute."""
    shortest: float = 300.0
    """After so long, or up to twice as long, the API server is asked to end a watch."""
    absent: float = 3.0
    """Between two looks for a kind that is not installed."""
    too_short: float = 5.0
    """A watch that ends sooner and says nothing counts as failed."""
    older: float = 300.0
    """For so long an API server may lag behind what it showed before."""


class OlderStateError(Exception):
    """The cluster has gone back in time, as after a restored backup: what is held is worthless."""


class Watch:
    """Feeds the store with one kind; `run` has to be running."""

    def __init__(
        self,
        api: ApiClient,
        feed: Feed,
        kind: Kind,
        scope: str | None,
        *,
        heartbeat: Callable[[float], None],
        listed: Callable[[], None],
        timing: Timing,
    ) -> None:
        """`scope`: a namespace, None for all.

        `heartbeat(seconds)`: it moves, and will again within so many seconds. `listed()`: all that
        there was at one moment is held.
        """
        self._api = api
        self._feed = feed
        self._kind = kind
        self._scope = scope
        self.name = f"watch of {kind.plural}" + (f" in {scope}" if scope else "")
        self._heartbeat = heartbeat
        self._listed = listed
        self._timing = timing
        self._version: str | None = None
        """From where to watch on; None: a list has to come first."""
        self._newest = ""
        self._older_since: float | None = None
        self._absent = False
        self._failures = 0
        self._lists_in_vain = 0

    async def run(self) -> None:
        """List and watch until cancelled.

        Raises:
            OlderStateError: the process has to start anew.
        """
        self._feed.heard(self.name)
        while True:
            self._beat(2 * REQUEST_TIMEOUT)
            try:
                pause = await self._turn()
            except ApiError as error:
                pause = self._after(error)
            if pause > 0:
                self._beat(pause + 2 * REQUEST_TIMEOUT)
                await asyncio.sleep(pause)

    async def _turn(self) -> float:
        """One list or one watch to its end; seconds to wait before the next."""
        if self._version is None:
            return await self._list()
        began = time.monotonic()
        heard = await self._follow(self._version)
        if heard or time.monotonic() - began >= self._timing.too_short:
            return 0.0
        self._failures += 1
        return backoff(self._failures)

    async def _list(self) -> float:
        try:
            moment = await self._replace()
        except ApiError as error:
            if not error.not_found or (
                not self._absent and await is_installed(self._api, self._kind)
            ):
                raise
            self._is_absent()
            return self._timing.absent * (0.75 + random.random() / 2)  # noqa: S311 - spreads load
        if self._absent:
            logger.info("%s are installed now", self._kind.plural)
        self._absent = False
        self._version = self._newest = moment
        self._listed()
        return 0.0

    async def _replace(self) -> str:
        replacement = Replacement(self._feed, self._kind.name, self._scope)
        path = self._kind.collection(self._scope)
        moment = ""
        breath = Breath()
        async for page in pages(
            self._api,
            path,
            attempts=_PAGE_ATTEMPTS,
            each=lambda: self._beat(2 * REQUEST_TIMEOUT),
        ):
            self._feed.heard(self.name)
            moment = page.resource_version
            self._check(moment)
            for body in page.items:
                replacement.take(body)
                await breath.take()
        replacement.finish(moment)
        return moment

    def _check(self, moment: str) -> None:
        """Nothing may be taken from a list that is older than what was shown before."""
        if not is_older(moment, self._newest):
            self._older_since = None
            return
        now = time.monotonic()
        if self._older_since is None:
            self._older_since = now
        if now - self._older_since > self._timing.older:
            raise OlderStateError(
                f"lists of {self._kind.plural} have been older than what was shown before for "
                f"{now - self._older_since:.0f} s; has etcd been restored from a backup?"
            )
        raise ApiError(
            f"the list is of {moment}, older than {self._newest}, which was shown before",
            status=504,
        )

    def _is_absent(self) -> None:
        if not self._absent:
            logger.info("%s are not installed", self._kind.plural)
        self._absent = True
        Replacement(self._feed, self._kind.name, self._scope).finish(None)
        self._newest = ""
        self._failures = 0
        self._feed.heard(self.name)
        self._listed()

    async def _follow(self, version: str) -> bool:
        """Watch until the connection ends; whether anything was said."""
        lines = Lines()
        breath = Breath()
        heard = False
        seconds = self._timing.shortest * (1 + random.random())  # noqa: S311 - spreads load
        query: dict[str, str | int] = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": max(1, round(seconds)),
        }
        path = self._kind.collection(self._scope)
        async with self._api.stream(path, query=query, silence=self._timing.silence) as stream:
            self._beat(self._timing.silence + 2 * REQUEST_TIMEOUT)
            while piece := await stream.read():
                self._beat(self._timing.silence + 2 * REQUEST_TIMEOUT)
                self._feed.heard(self.name)
                for line in lines.add(piece):
                    self._take(line)
                    heard = True
                    await breath.take()
        return heard

    def _take(self, line: bytes) -> None:
        told = event(line)
        if told is None:
            return
        if told.type != BOOKMARK:
            self._feed.take(self._kind.name, told.type, told.body)
        # Not by a list alone: where no watch succeeds, lists must not follow each other for ever.
        self._failures = self._lists_in_vain = 0
        self._version = told.resource_version
        if not is_older(told.resource_version, self._newest):
            self._newest = told.resource_version

    def _after(self, error: ApiError) -> float:
        """What a failure means; seconds to wait."""
        if isinstance(error, SilentError):
            logger.info("%s: %s; it begins anew", self.name, error)
            return 0.0
        if error.gone or error.not_found:
            return self._list_anew(error)
        self._failures += 1
        if _may_be_cured_by_a_list(error) and self._failures % _FAILURES_BEFORE_A_LIST == 0:
            self._version = None
        logger.warning("%s: %s", self.name, error)
        return backoff(self._failures) if error.retry_after is None else error.retry_after

    def _list_anew(self, error: ApiError) -> float:
        logger.info("%s: %s; everything is listed anew", self.name, error)
        self._version = None
        self._lists_in_vain += 1
        if self._lists_in_vain <= _LISTS_AT_ONCE:
            return 0.0
        return backoff(self._lists_in_vain - _LISTS_AT_ONCE)

    def _beat(self, seconds: float) -> None:
        self._heartbeat(seconds)


def _may_be_cured_by_a_list(error: ApiError) -> bool:
    """Whether the API server answered, and may be at odds with where the watch goes on from."""
    return error.status is not None and error.status not in (401, 403, 429)
