"""The engine as the sharing steers it: what belongs together, and how accounts leave."""

import asyncio
import time
from collections.abc import Collection
from itertools import chain

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND
from sim_operator.domain.resources import Key
from sim_operator.engine.services import Services
from sim_operator.engine.supervisor import Supervisor
from sim_operator.engine.ties import account_groups
from sim_operator.planning.sharding import Group

_LOOK = 0.1
_FLUSH_SECONDS = 3.0
_GROUPS_SECONDS = 5.0


class SharedWork:
    """The work of one process among several."""

    def __init__(self, supervisor: Supervisor, services: Services) -> None:
        """Nothing is worked before `hands_changed`."""
        self._supervisor = supervisor
        self._services = services
        self._grouped: tuple[float, list[Group]] = float("-inf"), []

    async def groups(self) -> list[Group]:
        """Accounts that belong into one hand, as of a few seconds ago."""
        while not self._supervisor.policies.is_loaded:  # noqa: ASYNC110 - a moment after the start
            await asyncio.sleep(_LOOK)
        found_at, found = self._grouped
        accounts = frozenset(self._services.store.accounts)
        if time.monotonic() - found_at > _GROUPS_SECONDS or accounts != {*chain(*found)}:
            found = await account_groups(
                accounts,
                self._services.store.sims,
                self._supervisor.roster,
                self._supervisor.policies.board.matching,
            )
            self._grouped = time.monotonic(), found
        return found

    async def release(self, accounts: Collection[Key]) -> None:
        """Stop working accounts: let what is on the wire end, write what is known."""
        supervisor = self._supervisor
        supervisor.policies.hands_changed()
        await asyncio.gather(
            *(supervisor.stop(key, "the account goes into other hands") for key in accounts)
        )
        await self._services.writer.flush(_FLUSH_SECONDS)

    def hands_changed(self) -> None:
        """Accounts were taken, or lost."""
        self._supervisor.hands_changed()

    def reports(self, kind: str, key: Key) -> bool:
        """Whether this process tells what there is to tell of an object."""
        hands, supervisor = self._services.hands, self._supervisor
        if kind == POLICY_KIND:
            return supervisor.policies.is_told_here(key)
        account = key if kind == ACCOUNT_KIND else supervisor.roster.assignment(key)
        return hands.reports(account) if isinstance(account, Key) else hands.keeps_rest
