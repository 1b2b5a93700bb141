"""The fleet as the watch cache has it, as rows that are made when an object changes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.console.fleet.attention import Misunderstood
from sim_operator.console.fleet.reading import account_row, policy_row, sim_row
from sim_operator.console.fleet.rows import AccountRow, PolicyRow, SimRow
from sim_operator.domain.resources import AccountRecord, Key, PolicyRecord, SimRecord
from sim_operator.kube.kinds import Record
from sim_operator.kube.store import Change, Store


class Fleet:
    """Live; for one event loop. What a person may see of it is decided by whoever shows it."""

    def __init__(self, store: Store) -> None:
        """Follow `store`, which is empty yet."""
        self._store = store
        self._sims: dict[Key, SimRow] = {}
        self._policies: dict[Key, PolicyRow] = {}
        self._accounts: dict[Key, AccountRow] = {}
        self.sims: Mapping[Key, SimRow] = MappingProxyType(self._sims)
        """A live view, as are the others."""
        self.policies: Mapping[Key, PolicyRow] = MappingProxyType(self._policies)
        self.accounts: Mapping[Key, AccountRow] = MappingProxyType(self._accounts)
        self._versions: Counter[str] = Counter()
        store.subscribe(self._changed)

    @property
    def complete(self) -> bool:
        """Whether everything that is in the cluster is known."""
        return self._store.complete.is_set()

    def misunderstood(self) -> Iterator[Misunderstood]:
        """Objects whose spec this version does not understand."""
        for (kind, key), one in self._store.unreadable.items():
            yield Misunderstood(kind, key, one.meta.created_at, one.message)

    def version(self, namespaces: frozenset[str] | None) -> int:
        """A number that moves when anything in these namespaces does; None: in any.

        What others do elsewhere does not show in it.
        """
        if namespaces is None:
            return self._versions.total()
        return sum(self._versions[one] for one in namespaces)

    def namespaces(self, kind: str) -> frozenset[str]:
        """The namespaces that hold objects of a kind."""
        tables: dict[str, Mapping[Key, Any]] = {
            SIM_KIND: self._sims,
            POLICY_KIND: self._policies,
            ACCOUNT_KIND: self._accounts,
        }
        odd = (key for of, key in self._store.unreadable if of == kind)
        return frozenset(key.namespace for key in (*tables[kind], *odd))

    def _changed(self, change: Change) -> None:
        key, new = change.key, change.new
        self._versions[key.namespace] += 1
        if new is None:
            self._forget(change.kind, key)
        else:
            self._take(key, new)

    def _take(self, key: Key, record: Record) -> None:
        match record:
            case SimRecord():
                self._sims[key] = sim_row(record)
            case PolicyRecord():
                self._policies[key] = policy_row(record)
            case AccountRecord():
                self._accounts[key] = account_row(record)

    def _forget(self, kind: str, key: Key) -> None:
        match kind:
            case one if one == SIM_KIND:
                self._sims.pop(key, None)
            case one if one == POLICY_KIND:
                self._policies.pop(key, None)
            case _:
                self._accounts.pop(key, None)
