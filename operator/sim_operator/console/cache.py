"""The watch cache: what the cluster holds of our kinds, read once with the console's own rights.

A view of the fleet is made of it and not of 10,000 requests. It is never shown as it is: `rights`
decides how much of it a person sees.
"""

from collections.abc import Callable, Sequence

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.console.fleet import Fleet
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.store import Store
from sim_operator.kube.watches import Watches
from sim_operator.kube.watching import Timing

KINDS = (ACCOUNT_KIND, POLICY_KIND, SIM_KIND)


class WatchCache:
    """The store, what fills it, and the rows that are made of it; `run` has to be running."""

    def __init__(
        self,
        api: ApiClient,
        namespaces: Sequence[str],
        heartbeat: Callable[[str, float], None],
        *,
        feed: Callable[[Store], Feed] = Feed,
        timing: Timing = Timing(),  # noqa: B008 - it cannot change
    ) -> None:
        """`namespaces`: the watched ones, empty for all.

        `heartbeat(name, seconds)`: a watch moves, and will again within so many seconds.
        `feed`: what takes objects in, where more than the store wants to hear of them.
        """
        self.store = Store()
        self.fleet = Fleet(self.store)
        self.feed = feed(self.store)
        self._watches = Watches(
            api,
            self.feed,
            namespaces,
            heartbeat,
            kinds=KINDS,
            complete=self.store.complete.set,
            timing=timing,
        )

    async def run(self) -> None:
        """Follow the cluster until cancelled.

        Raises:
            ExceptionGroup: a watch that cannot go on; the process has to start anew.
        """
        await self._watches.run()
