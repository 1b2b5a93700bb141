"""An account's list of SIMs, read once beside the operator, by commands that write nothing."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import cast

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord
from sim_operator.engine.account_state import Sighting
from sim_operator.engine.connecting import Connection
from sim_operator.engine.sweeping import read_all
from sim_operator.kube.secrets import SecretReader
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Throttle


class AccountUnreadableError(Exception):
    """An account that may not be called, or did not answer; the message names it and says why."""


class Reads:
    """The reads of a client, and nothing else: what is not here cannot be called by mistake."""

    def __init__(self, client: OnenceClient) -> None:
        """`client` makes the calls."""
        self.read_page = client.read_page
        self.read_sim = client.read_sim
        self.read_quota = client.read_quota
        self.read_usage = client.read_usage
        self.read_session = client.read_session


class Silence:
    """Counts nothing: a command has no metrics."""

    def request(self, operation: str, code: str, seconds: float) -> None:
        """One request ended."""

    def unusable(self, operation: str) -> None:
        """An answer could not be used."""

    def throttle_wait(self, seconds: float) -> None:
        """A call waited for its turn."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one sweep of an account showed."""

    client: OnenceClient
    """It can only read."""
    sightings: dict[Iccid, Sighting]


async def look(
    account: AccountRecord,
    secrets: SecretReader,
    allows_endpoint: Callable[[str], bool],
    stack: AsyncExitStack,
    page_read: Callable[[], None] = lambda: None,
) -> Look:
    """Sweep the account; the client stays open until `stack` is closed.

    `page_read` is called after each page.

    Raises:
        AccountUnreadableError: the account may not be called, or did not answer.
    """
    throttle = Throttle(account.spec.rate_limit.requests_per_second)
    connection = Connection(secrets, allows_endpoint, throttle, Silence())
    stack.push_async_callback(connection.close)
    obstacle = await connection.renew(account)
    client = connection.client
    if obstacle is not None or client is None:
        why = obstacle.message if obstacle is not None else "there is no client"
        raise AccountUnreadableError(f"SIMAccount {account.meta.key}: {why}")
    # The operator's own readers take a client, and call these methods of it only.
    reads = cast("OnenceClient", Reads(client))
    try:
        sweep = await read_all(reads, {}, page_read)
    except OnenceError as error:
        raise AccountUnreadableError(f"SIMAccount {account.meta.key}: {error}") from error
    return Look(reads, sweep.sightings)
