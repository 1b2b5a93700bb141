"""What the policies need of the accounts' loops."""

from collections.abc import Mapping
from typing import Protocol

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.account_state import AccountState


class Loop(Protocol):
    """One account's loop, as policies see it."""

    @property
    def state(self) -> AccountState:
        """What the loop has seen."""
        ...

    def look_again(self, sim: Key) -> None:
        """Decide about a SIM anew, though nothing but its use may have changed."""
        ...

    def waits(self, sim: Key) -> bool:
        """Whether the account's guard holds a disable of this SIM back."""
        ...

    def is_undecided(self, sim: Key) -> bool:
        """Whether a SIM waits to be decided about."""
        ...

    def reading_interval(self, iccid: Iccid) -> float | None:
        """Seconds between the last two readings of a SIM's use; None before the second."""
        ...

    def soon(self, iccid: Iccid) -> None:
        """Something was heard of this SIM: read it before others."""
        ...


Loops = Mapping[Key, Loop]
