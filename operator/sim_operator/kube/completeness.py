"""When everything that there is has been heard of, whoever brought it."""

from collections.abc import Hashable, Iterable

from sim_operator.kube.store import Store


class Completeness:
    """Sets `store.complete` when each part has brought all of its own once."""

    def __init__(self, store: Store, parts: Iterable[Hashable]) -> None:
        """`parts`: whose lists have to be complete."""
        self._store = store
        self._missing = set(parts)

    def add(self, part: Hashable) -> None:
        """All that this part is to bring is held; telling it again does nothing."""
        self._missing.discard(part)
        if not self._missing:
            self._store.complete.set()
