"""1NCE accounts, read once: who is there, and in what state."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.looking import AccountUnreadableError, look
from sim_operator.kube.secrets import SecretReader
from sim_operator.onence.client import OnenceClient
from sim_operator.trial.complaints import UnreachableError


class Glance:
    """An account as one sweep showed it, in the place of the operator's loop."""

    def __init__(self, record: AccountRecord, client: OnenceClient, state: AccountState) -> None:
        """`client` is one that can only read."""
        self.record = record
        self.client = client
        self._state = state

    @property
    def state(self) -> AccountState:
        """What the sweep showed."""
        return self._state

    def look_again(self, sim: Key) -> None:
        """Nothing goes on here that could be told."""

    def soon(self, iccid: Iccid) -> None:
        """Nothing is read by itself."""

    def waits(self, sim: Key) -> bool:  # noqa: ARG002
        """No disable was ever asked for."""
        return False

    def is_undecided(self, sim: Key) -> bool:  # noqa: ARG002
        """Everything is decided at once."""
        return False

    def reading_interval(self, iccid: Iccid) -> float | None:  # noqa: ARG002
        """Each SIM is read once."""
        return None


async def glances(
    accounts: Iterable[AccountRecord],
    secrets: SecretReader,
    allows_endpoint: Callable[[str], bool],
    stack: AsyncExitStack,
) -> dict[Key, Glance]:
    """Sweep each account; the clients stay open until `stack` is closed.

    Raises:
        UnreachableError: an account may not be called, or did not answer.
    """
    found: dict[Key, Glance] = {}
    for account in accounts:
        try:
            seen = await look(account, secrets, allows_endpoint, stack)
        except AccountUnreadableError as error:
            raise UnreachableError(str(error)) from error
        state = AccountState(
            sightings=seen.sightings, listed=frozenset(seen.sightings), trusted=True
        )
        found[account.meta.key] = Glance(account, seen.client, state)
    return found
