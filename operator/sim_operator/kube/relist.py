"""The list of its own against which the store is marked and swept.

Kopf's watches do not tell of a deletion that fell into one of their gaps, and a silent one tells of
nothing. So the names of what they bring are listed every few minutes: what is held and not listed
goes, what is listed and does not come by itself is fetched.

Our own watches replace what they hold by each list, and miss nothing unless they, or the API
server's watch cache, have a fault. That is looked for cheaply: the API server says with a page of
one how many objects there are. All names are listed where the numbers differ, and once an hour.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import REQUEST_TIMEOUT, ApiClient
from sim_operator.kube.kinds import KINDS, Kind
from sim_operator.kube.listing import METADATA_LIST, Listed, Listing, list_metadata, pages
from sim_operator.kube.pace import backoff
from sim_operator.kube.store import Store, is_older

logger = logging.getLogger(__name__)

_LOOK = 2.0
_FETCHES = 8
_FETCHED_AT_ONCE = 500
"""Fewer than this that lag are fetched even while the watch makes progress."""
_MOST_FETCHED = 2_000


def _silent() -> None:
    """For whoever need not be told."""


class Relist:
    """Keeps the store honest."""

    def __init__(
        self,
        api: ApiClient,
        store: Store,
        namespaces: Sequence[str],
        heartbeat: Callable[[float], None],
        *,
        swept: Collection[str] = frozenset(KINDS),
        complete: Callable[[], None] = _silent,
        heard: Callable[[], None] = _silent,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`namespaces`: the watched ones, empty for all.

        `heartbeat(seconds)` is called at each attempt: the next comes within so many seconds.
        `swept`: the kinds that are listed each time, the others are counted. `complete()`: what was
        listed of these is held. `heard()`: each time that all of these could be listed.
        """
        self._api = api
        self._store = store
        self._scopes: tuple[str | None, ...] = tuple(namespaces) or (None,)
        self._heartbeat = heartbeat
        self._monotonic = monotonic
        self._swept = tuple(kind for name, kind in KINDS.items() if name in swept)
        self._counted = tuple(kind for name, kind in KINDS.items() if name not in swept)
        self._complete = complete
        self._heard = heard
        self._listed: set[str] = set()
        self._lagging: dict[tuple[str, Key], Listed] = {}

    @property
    def lagging(self) -> int:
        """How many objects were listed and are not held as they were listed."""
        self._look()
        return len(self._lagging)

    async def run(
        self, interval: float = 180.0, whole: float = 3600.0, *, kick: asyncio.Event
    ) -> None:
        """Compare every `interval` seconds, and soon after `kick` is set; until cancelled.

        Every `whole` seconds nothing is only counted.
        """
        failures = 0
        due = self._monotonic() + whole
        while True:
            kick.clear()
            if self._monotonic() >= due:
                due = self._monotonic() + whole
                succeeded = await self.round(KINDS.values())
            else:
                succeeded = await self.round() and await self.count()
            failures = 0 if succeeded else failures + 1
            pause = interval if succeeded else min(interval, backoff(failures + 2))
            await self._follow_up(self._monotonic() + pause, kick)

    async def count(self) -> bool:
        """Count what is not swept, and sweep where the numbers differ; False where that failed."""
        if not self._store.complete.is_set():
            return True
        try:
            suspects = await self._differing(self._counted)
            if suspects:
                # What has just come or gone may still be on its way.
                self._beat()
                await asyncio.sleep(_LOOK)
                suspects = await self._differing(suspects)
            for kind in suspects:
                logger.warning("not as many %s are held as there are: all are listed", kind.plural)
                await self._sweep(kind, self._beat)
        except ApiError as error:
            logger.warning("what is held could not be compared: %s", error)
            return False
        return True

    async def round(self, kinds: Iterable[Kind] = ()) -> bool:
        """List kinds once and sweep, all that are always swept if none is named.

        False where a list could not be had.
        """
        whole = True
        for kind in kinds or self._swept:
            try:
                await self._sweep(kind, self._beat)
            except ApiError as error:
                logger.warning("no complete list of %s: %s", kind.plural, error)
                whole = False
        self._look()
        if whole:
            self._heard()
        return whole

    async def catch_up(self) -> None:
        """Fetch what was listed, has not come, and does not seem to be on its way."""
        before = len(self._lagging)
        self._look()
        lagging = len(self._lagging)
        if lagging == 0 or (lagging < before and lagging > _FETCHED_AT_ONCE):
            return
        slots = asyncio.Semaphore(_FETCHES)
        some = tuple(self._lagging.items())[:_MOST_FETCHED]
        logger.info("%d objects did not come by the watch: fetching %d", lagging, len(some))
        fetches = [
            self._fetch(kind, key, listed, slots, self._beat) for (kind, key), listed in some
        ]
        failures = [error for error in await asyncio.gather(*fetches) if error is not None]
        if failures:
            logger.warning("%d could not be fetched, the first: %s", len(failures), failures[0])
        self._look()

    async def renew(self, kind: str) -> None:
        """Hold every object of a kind as it is by now, however far the watch lags behind.

        Raises:
            ApiError: no complete list, or an object that could not be read.
        """
        # `run` may sleep meanwhile, and what it has promised of its next attempt stands.
        await self._sweep(KINDS[kind], _silent)
        slots = asyncio.Semaphore(_FETCHES)
        lagging = [(key, listed) for (of, key), listed in self._lagging.items() if of == kind]
        fetches = [self._fetch(kind, key, listed, slots, _silent) for key, listed in lagging]
        errors = await asyncio.gather(*fetches)
        # What was fetched here may be all that was waited for.
        self._look()
        for error in errors:
            if error is not None:
                raise error

    async def _follow_up(self, until: float, kick: asyncio.Event) -> None:
        while (left := until - self._monotonic()) > 0:
            pause = min(left, _LOOK) if self._lagging else left
            self._heartbeat(pause + 2 * REQUEST_TIMEOUT)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await kick.wait()
                return
            if self._lagging:
                await self.catch_up()

    async def _differing(self, kinds: Collection[Kind]) -> list[Kind]:
        return [kind for kind in kinds if await self._differs(kind)]

    async def _differs(self, kind: Kind) -> bool:
        for scope in self._scopes:
            self._beat()
            there = await self._number(kind, scope)
            if there != self._held(kind, scope):
                return True
        return False

    async def _number(self, kind: Kind, scope: str | None) -> int:
        try:
            async for page in pages(
                self._api, kind.collection(scope), accept=METADATA_LIST, limit=1
            ):
                return len(page.items) + page.remaining
        except ApiError as error:
            if not error.not_found:
                raise
        return 0

    def _held(self, kind: Kind, scope: str | None) -> int:
        if scope is None:
            return self._store.count(kind.name)
        return Counter(held.meta.key.namespace for held in self._store.all_held(kind.name))[scope]

    async def _sweep(self, kind: Kind, beat: Callable[[], None]) -> None:
        for scope in self._scopes:
            before = {
                held.meta.key: held.meta.uid
                for held in self._store.all_held(kind.name)
                if scope is None or held.meta.key.namespace == scope
            }
            beat()
            listing = await list_metadata(self._api, kind.collection(scope), beat)
            self._drop_ghosts(kind.name, before, listing)
            self._mark(kind.name, listing)
        self._listed.add(kind.name)

    def _drop_ghosts(self, kind: str, before: dict[Key, str], listing: Listing) -> None:
        for key, uid in before.items():
            listed = listing.objects.get(key)
            held = self._store.held(kind, key)
            if held is None or held.meta.uid != uid or (listed is not None and listed.uid == uid):
                continue
            moment = listing.resource_version
            if moment is not None and is_older(moment, held.meta.resource_version):
                continue
            logger.info("%s %s was deleted without the watch saying so", kind, key)
            self._store.drop(kind, key, uid, remember=False)

    def _mark(self, kind: str, listing: Listing) -> None:
        for key, listed in listing.objects.items():
            if not self._has(kind, key, listed):
                self._lagging[kind, key] = listed

    def _look(self) -> None:
        """Forget what has come meanwhile."""
        for (kind, key), listed in tuple(self._lagging.items()):
            if self._has(kind, key, listed):
                del self._lagging[kind, key]
        swept = {kind.name for kind in self._swept}
        if swept <= self._listed and not any(kind in swept for kind, _ in self._lagging):
            self._complete()

    def _has(self, kind: str, key: Key, listed: Listed) -> bool:
        held = self._store.held(kind, key)
        return held is not None and not is_older(
            held.meta.resource_version, listed.resource_version
        )

    async def _fetch(
        self,
        kind: str,
        key: Key,
        listed: Listed,
        slots: asyncio.Semaphore,
        beat: Callable[[], None],
    ) -> ApiError | None:
        async with slots:
            beat()
            try:
                answer = await self._api.request("GET", KINDS[kind].item(key))
            except ApiError as error:
                if not error.not_found:
                    return error
                self._store.drop(kind, key, listed.uid, remember=False)
            else:
                self._store.observe(kind, answer.body)
            self._lagging.pop((kind, key), None)
            return None

    def _beat(self) -> None:
        self._heartbeat(2 * REQUEST_TIMEOUT)
