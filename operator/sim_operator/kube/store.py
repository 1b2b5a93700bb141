"""What the cluster was last known to want: one small record for each of our objects.

Several hands feed it (the watch, the lists, the answers to our own writes) and their words arrive
in any order; so an older word never replaces a newer one, and a uid that was deleted does not come
back.
In memory only, and for one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import AccountRecord, Key, Meta, PolicyRecord, SimRecord
from sim_operator.kube.kinds import KINDS, Record
from sim_operator.kube.records import UnreadableSpecError, meta, status_bytes

_REMEMBERED_DELETIONS = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One record came, changed or went."""

    kind: str
    key: Key
    old: Record | None
    new: Record | None
    significant: bool
    """False for an echo: nothing changed but the status, or fields that we do not keep."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object whose spec this version does not understand; nothing is done for it."""

    kind: str
    meta: Meta
    message: str
    status: bytes


Held = Record | Unreadable


def is_older(version: str, than: str) -> bool:
    """Whether a resourceVersion is older; not known where one of them is no number."""
    return version.isdecimal() and than.isdecimal() and int(version) < int(than)


class Store:
    """The records, by kind and key."""

    def __init__(self) -> None:
        """Empty, and not complete."""
        self._sims: dict[Key, SimRecord] = {}
        self._accounts: dict[Key, AccountRecord] = {}
        self._policies: dict[Key, PolicyRecord] = {}
        self._unreadable: dict[tuple[str, Key], Unreadable] = {}
        self._tables: dict[str, dict[Key, Any]] = {
            SIM_KIND: self._sims,
            ACCOUNT_KIND: self._accounts,
            POLICY_KIND: self._policies,
        }
        self._watchers: list[Callable[[Change], None]] = []
        self._deleted: set[str] = set()
        self._deletions: deque[str] = deque()
        self.sims: Mapping[Key, SimRecord] = MappingProxyType(self._sims)
        """A live view, as are the others."""
        self.accounts: Mapping[Key, AccountRecord] = MappingProxyType(self._accounts)
        self.policies: Mapping[Key, PolicyRecord] = MappingProxyType(self._policies)
        self.unreadable: Mapping[tuple[str, Key], Unreadable] = MappingProxyType(self._unreadable)
        """By kind and key."""
        self.complete = asyncio.Event()
        """Set when everything that the lists of all kinds named is held."""

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back after each change; returns what ends that."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def count(self, kind: str) -> int:
        """How many objects of a kind are held, the unreadable ones included."""
        return len(self._of(kind)) + sum(one == kind for one, _ in self._unreadable)

    def held(self, kind: str, key: Key) -> Held | None:
        """What is known under a name."""
        return self._of(kind).get(key) or self._unreadable.get((kind, key))

    def all_held(self, kind: str) -> Iterator[Held]:
        """Everything of a kind; the store must not change meanwhile."""
        yield from self._of(kind).values()
        yield from (one for (of, _), one in self._unreadable.items() if of == kind)

    def observe(self, kind: str, body: Mapping[str, Any]) -> Change | None:
        """Put an object as the API server sent it; an unreadable one is kept in `unreadable`.

        Raises:
            UnreadableSpecError: it is no object at all: no name or no uid.
        """
        try:
            return self.put(KINDS[kind].record(body))
        except UnreadableSpecError as error:
            return self._put_unreadable(
                Unreadable(kind, meta(body), str(error), status_bytes(body))
            )

    def put(self, record: Record) -> Change | None:
        """Take a record in; None where it says nothing new, or is older than what is held."""
        kind = _kind(record)
        key = record.meta.key
        held = self.held(kind, key)
        if record.meta.uid in self._deleted or _outdated(record.meta, held):
            return None
        self._unreadable.pop((kind, key), None)
        old = self._of(kind).get(key)
        if old is not None and old.meta.uid != record.meta.uid:
            self._remember(old.meta.uid)
            self._tell(self._removed(kind, key, old))
            old = None
        if old == record:
            # The object that is held stays: what was made from it is known by it.
            return None
        self._of(kind)[key] = record
        return self._tell(Change(kind, key, old, record, _is_significant(old, record)))

    def drop(self, kind: str, key: Key, uid: str, *, remember: bool = True) -> Change | None:
        """The object with this uid is gone; another one under the same name is left alone.

        `remember`: later words about this uid are late echoes, because it is known to be deleted
        and was not only missing in a list.
        """
        if remember:
            self._remember(uid)
        unreadable = self._unreadable.get((kind, key))
        if unreadable is not None and unreadable.meta.uid == uid:
            del self._unreadable[kind, key]
        record = self._of(kind).get(key)
        if record is None or record.meta.uid != uid:
            return None
        return self._tell(self._removed(kind, key, record))

    def acknowledge(
        self, kind: str, key: Key, uid: str, resource_version: str, status: bytes
    ) -> None:
        """Our own write of the status was answered; what is newer already stays."""
        held = self.held(kind, key)
        if held is None or held.meta.uid != uid:
            return
        if is_older(resource_version, held.meta.resource_version):
            return
        if (held.meta.resource_version, held.status) == (resource_version, status):
            return  # the watch was faster
        new = replace(
            held, meta=replace(held.meta, resource_version=resource_version), status=status
        )
        if isinstance(new, Unreadable):
            self._unreadable[kind, key] = new
        else:
            self.put(new)

    def _put_unreadable(self, found: Unreadable) -> Change | None:
        kind, key = found.kind, found.meta.key
        if found.meta.uid in self._deleted or _outdated(found.meta, self.held(kind, key)):
            return None
        self._unreadable[kind, key] = found
        old = self._of(kind).get(key)
        return None if old is None else self._tell(self._removed(kind, key, old))

    def _removed(self, kind: str, key: Key, old: Record) -> Change:
        del self._of(kind)[key]
        return Change(kind, key, old, None, significant=True)

    def _tell(self, change: Change) -> Change:
        for watcher in tuple(self._watchers):
            watcher(change)
        return change

    def _remember(self, uid: str) -> None:
        if uid in self._deleted:
            return
        self._deleted.add(uid)
        self._deletions.append(uid)
        if len(self._deletions) > _REMEMBERED_DELETIONS:
            self._deleted.discard(self._deletions.popleft())

    def _of(self, kind: str) -> dict[Key, Any]:
        return self._tables[kind]


def _kind(record: Record) -> str:
    match record:
        case SimRecord():
            return SIM_KIND
        case AccountRecord():
            return ACCOUNT_KIND
        case PolicyRecord():
            return POLICY_KIND


def _outdated(meta_: Meta, held: Held | None) -> bool:
    if held is None or not is_older(meta_.resource_version, held.meta.resource_version):
        return False
    # Of two objects that had the same name, the one that was created later is the living one.
    return meta_.uid == held.meta.uid or meta_.created_at <= held.meta.created_at


def _is_significant(old: Record | None, new: Record) -> bool:
    if old is None:
        return True
    before, after = old.meta, new.meta
    return (
        before.generation != after.generation
        or before.labels != after.labels
        or before.deleted_at != after.deleted_at
        or before.finalizers != after.finalizers
        or before.annotations != after.annotations
    )


class UnreadableAccounts:
    """The SIMAccounts that exist and are not understood, as a container of keys."""

    def __init__(self, store: Store) -> None:
        """Look into `store`, live."""
        self._store = store

    def __contains__(self, key: object) -> bool:
        """Whether the account of this key is one of them."""
        return (ACCOUNT_KIND, key) in self._store.unreadable
