"""An account's sweeps one after the other: when the next one begins, and what cuts one short."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.account_sweeps import AccountSweeps


class SweepRounds:
    """Sweeps until it is cancelled or the account is gone."""

    def __init__(
        self,
        key: Key,
        state: AccountState,
        sweeps: AccountSweeps,
        accounts: Mapping[Key, AccountRecord],
        swept: Callable[[], Awaitable[None]],
    ) -> None:
        """`swept` is awaited after each sweep that was believed; `accounts` is read live."""
        self._key = key
        self._state = state
        self._sweeps = sweeps
        self._accounts = accounts
        self._swept = swept
        self._wake = asyncio.Event()
        self._going_on: asyncio.Timeout | None = None

    def soon(self) -> None:
        """Begin the next one without a pause."""
        self._wake.set()

    def restart(self) -> None:
        """The account changed: what goes on is cut short, and the next one begins at once.

        A pause means no call at all, and another endpoint none at the old one any more.
        """
        if self._going_on is not None and not self._going_on.expired():
            self._going_on.reschedule(asyncio.get_running_loop().time())
        self._wake.set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        await self._sweeps.let_elders_look_first()
        while True:
            self._wake.clear()
            account = self._accounts.get(self._key)
            if account is None:
                return
            before = self._state.listed
            wait = await self._once(account)
            if self._state.listed is not before:
                await self._swept()
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _once(self, account: AccountRecord) -> float:
        try:
            async with asyncio.timeout(None) as self._going_on:
                return await self._sweeps.once(account)
        except TimeoutError:
            if self._going_on is None or not self._going_on.expired():
                raise
            return 0.0
        finally:
            self._going_on = None
