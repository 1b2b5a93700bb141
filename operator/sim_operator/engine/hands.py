"""Whose turn it is: what this process acts for, and what another one does.

One process acts for everything, or several share the accounts. What is asked here is the same in
both cases, so that nothing else has to know.
"""

from collections.abc import Callable
from typing import Protocol

from sim_operator.domain.resources import Key


class Hands(Protocol):
    """What this process acts for, at this moment."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may act for other accounts meanwhile."""
        ...

    @property
    def keeps_rest(self) -> bool:
        """Whether it decides about what belongs to no account."""
        ...

    def holds(self, account: Key) -> bool:
        """Whether it works an account."""
        ...

    def is_elsewhere(self, account: Key) -> bool:
        """Whether another process may be acting for an account."""
        ...

    def holder_of(self, account: Key) -> str:
        """Which process works an account; empty: none, or it is not known."""
        ...

    def reports(self, account: Key) -> bool:
        """Whether it writes what there is to tell of an account and its SIMs.

        So it does a little longer than it works the account.
        """
        ...

    def may_call(self, account: Key) -> bool:
        """Whether a call to 1NCE may start for an account at this moment."""
        ...

    def may_write(self, account: Key) -> bool:
        """Whether it holds an account for at least as long as one write may take."""
        ...


class AllHands:
    """Of a process that acts for everything while it leads."""

    is_shared = False
    keeps_rest = True

    def __init__(self, may_write: Callable[[], bool] = lambda: True) -> None:
        """`may_write`: whether it leads for at least as long as one write may take."""
        self._may_write = may_write

    def holds(self, account: Key) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def is_elsewhere(self, account: Key) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def holder_of(self, account: Key) -> str:  # noqa: ARG002
        """This one, whatever its name."""
        return "all"

    def reports(self, account: Key) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def may_call(self, account: Key) -> bool:  # noqa: ARG002
        """Always; writes are asked for by themselves."""
        return True

    def may_write(self, account: Key) -> bool:  # noqa: ARG002
        """While it leads."""
        return self._may_write()
