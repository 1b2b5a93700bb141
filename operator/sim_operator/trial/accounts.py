"""1NCE accounts, read once: who is there, and in what state."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from typing import cast

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.connecting import Connection
from sim_operator.engine.sweeping import read_all
from sim_operator.kube.secrets import SecretReader
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Throttle
from sim_operator.trial.complaints import UnreachableError


class Reads:
    """The reads of a client, and nothing else: what is not here cannot be called by mistake."""

    def __init__(self, client: OnenceClient) -> None:
        """`client` makes the calls."""
        self.read_page = client.read_page
        self.read_sim = client.read_sim
        self.read_quota = client.read_quota
        self.read_usage = client.read_usage
        self.read_session = client.read_session


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


class Silence:
    """Counts nothing: a trial has no metrics."""

    def request(self, operation: str, code: str, seconds: float) -> None:
        """One request ended."""

    def throttle_wait(self, seconds: float) -> None:
        """A call waited for its turn."""


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
        throttle = Throttle(account.spec.rate_limit.requests_per_second)
        connection = Connection(secrets, allows_endpoint, throttle, Silence())
        stack.push_async_callback(connection.close)
        obstacle = await connection.renew(account)
        client = connection.client
        if obstacle is not None or client is None:
            why = obstacle.message if obstacle is not None else "there is no client"
            raise UnreachableError(f"SIMAccount {account.meta.key}: {why}")
        # The operator's own readers take a client, and call these methods of it only.
        reads = cast("OnenceClient", Reads(client))
        try:
            sweep = await read_all(reads, {})
        except OnenceError as error:
            raise UnreachableError(f"SIMAccount {account.meta.key}: {error}") from error
        state = AccountState(
            sightings=sweep.sightings, listed=frozenset(sweep.sightings), trusted=True
        )
        found[account.meta.key] = Glance(account, reads, state)
    return found
