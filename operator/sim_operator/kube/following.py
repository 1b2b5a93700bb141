"""How the store comes to hold what the cluster has, and goes on doing so.

SIMs come by the watches of our own; SIMAccounts and QuotaPolicies by kopf's, beside which a list of
our own stands, because kopf does not tell of a deletion that fell into a gap.
"""

from collections.abc import Callable, Sequence

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.kube.completeness import Completeness
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.relist import Relist
from sim_operator.kube.store import Store
from sim_operator.kube.watches import Watches


class Following:
    """The parts that fill a store."""

    def __init__(
        self,
        api: ApiClient,
        store: Store,
        namespaces: Sequence[str],
        beat: Callable[[str, float], None],
    ) -> None:
        """`namespaces`: the watched ones, empty for all.

        `beat(name, seconds)`: a loop moves, and will again within so many seconds.
        """
        self.feed = Feed(store)
        complete = Completeness(store, ("watches", "relist"))
        self.watches = Watches(
            api,
            self.feed,
            namespaces,
            beat,
            kinds=(SIM_KIND,),
            complete=lambda: complete.add("watches"),
        )
        self.relist = Relist(
            api,
            store,
            namespaces,
            lambda seconds: beat("relist", seconds),
            swept=(ACCOUNT_KIND, POLICY_KIND),
            complete=lambda: complete.add("relist"),
            heard=lambda: self.feed.heard("relist"),
        )
