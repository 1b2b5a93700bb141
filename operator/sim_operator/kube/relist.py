"""The list of its own against which the store is marked and swept.

The watches replace what they hold by each list that they make, and miss nothing unless they, or the
API server's watch cache, have a fault. That is looked for cheaply: the API server is asked how many
objects there are, which it says with a page of one. Where the numbers differ, and once in a long
while anyway, the names of all objects are listed: what is held and not listed goes, what is listed
and does not come by itself is fetched.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

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


class Relist:
    """Keeps the store honest."""

    def __init__(
        self,
        api: ApiClient,
        store: Store,
        namespaces: Sequence[str],
        heartbeat: Callable[[float], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`namespaces`: the watched ones, empty for all.

        `heartbeat(seconds)` is called at each attempt: the next comes within so many seconds.
        """
        self._api = api
        self._store = store
        self._scopes: tuple[str | None, ...] = tuple(namespaces) or (None,)
        self._heartbeat = heartbeat
        self._monotonic = monotonic
        self._lagging: dict[tuple[str, Key], Listed] = {}

    @property
    def lagging(self) -> int:
        """How many objects were listed and are not held as they were listed."""
        self._look()
        return len(self._lagging)

    async def run(self, interval: float = 180.0, whole: float = 3600.0) -> None:
        """Count every `interval` seconds and list every `whole` seconds; until cancelled."""
        await self._store.complete.wait()
        failures = 0
        pause = interval
        due = self._monotonic() + whole
        while True:
            await self._follow_up(self._monotonic() + pause)
            if self._monotonic() >= due:
                succeeded = await self.round()
                due = self._monotonic() + whole
            else:
                succeeded = await self.count()
            failures = 0 if succeeded else failures + 1
            pause = interval if succeeded else min(interval, backoff(failures + 2))

    async def count(self) -> bool:
        """Count every kind, and sweep where the numbers differ; False where that failed."""
        try:
            suspects = await self._differing(KINDS.values())
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

    async def round(self) -> bool:
        """List every kind once and sweep; False where a list could not be had."""
        whole = True
        for kind in KINDS.values():
            try:
                await self._sweep(kind, self._beat)
            except ApiError as error:
                logger.warning("no complete list of %s: %s", kind.plural, error)
                whole = False
        self._look()
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
        for error in await asyncio.gather(*fetches):
            if error is not None:
                raise error

    async def _follow_up(self, until: float) -> None:
        while (left := until - self._monotonic()) > 0:
            pause = min(left, _LOOK) if self._lagging else left
            self._heartbeat(pause + 2 * REQUEST_TIMEOUT)
            await asyncio.sleep(pause)
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


def _silent() -> None:
    """For whoever is not the loop that is watched."""
