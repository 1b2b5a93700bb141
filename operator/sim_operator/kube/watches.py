"""The watches of this process: of each kind, in each watched namespace or once for all."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from sim_operator.kube.connection import ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.kinds import KINDS, Kind
from sim_operator.kube.watching import Timing, Watch


class Watches:
    """Keeps the store as the cluster is."""

    def __init__(
        self,
        api: ApiClient,
        feed: Feed,
        namespaces: Sequence[str],
        heartbeat: Callable[[str, float], None],
        *,
        kinds: Iterable[str],
        complete: Callable[[], None],
        timing: Timing = Timing(),  # noqa: B008 - it cannot change
    ) -> None:
        """`namespaces`: the watched ones, empty for all.

        `heartbeat(name, seconds)`: a watch moves, and will again within so many seconds.
        `kinds`: by name. `complete()`: everything that all first lists named is held.
        """
        self._complete = complete
        scopes: tuple[str | None, ...] = tuple(dict.fromkeys(namespaces)) or (None,)
        self._unlisted: set[tuple[str, str | None]] = set()
        self._watches = [
            self._watch(api, feed, KINDS[kind], scope, heartbeat, timing)
            for kind in kinds
            for scope in scopes
        ]

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            ExceptionGroup: a watch that cannot go on; the process has to start anew.
        """
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(watch.run(), name=watch.name)

    def _watch(
        self,
        api: ApiClient,
        feed: Feed,
        kind: Kind,
        scope: str | None,
        heartbeat: Callable[[str, float], None],
        timing: Timing,
    ) -> Watch:
        self._unlisted.add((kind.name, scope))
        watch = Watch(
            api,
            feed,
            kind,
            scope,
            heartbeat=lambda seconds: heartbeat(watch.name, seconds),
            listed=lambda: self._listed(kind, scope),
            timing=timing,
        )
        return watch

    def _listed(self, kind: Kind, scope: str | None) -> None:
        self._unlisted.discard((kind.name, scope))
        if not self._unlisted:
            self._complete()
