"""Accounts that SIMs still need: they are kept from vanishing until these have been disabled."""

from collections.abc import Callable, Coroutine

from sim_operator.api.names import ACCOUNT_KIND, IN_USE_FINALIZER
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services


class AccountsInUse:
    """Puts the finalizer on accounts, and takes it off."""

    def __init__(
        self,
        roster: Roster,
        services: Services,
        background: Callable[[Coroutine[object, object, None]], None],
    ) -> None:
        """Nothing happens before `run`."""
        self._roster = roster
        self._services = services
        self._background = background
        self._finalizing: set[Key] = set()
        self._changed = True

    def look_again(self) -> None:
        """A SIM or an account has changed, or is in this process's hands now."""
        self._changed = True

    def run(self) -> None:
        """Compare, where something changed, the accounts that this process works."""
        if not self._changed:
            return
        self._changed = False
        for key, account in self._services.store.accounts.items():
            if not self._services.hands.holds(key):
                continue
            needed = self._roster.is_needed(key)
            has = IN_USE_FINALIZER in account.meta.finalizers
            if needed == has or (needed and account.meta.deleted_at is not None):
                continue
            if key not in self._finalizing:
                self._finalizing.add(key)
                self._background(self._finalize(account, put_on=needed))

    async def _finalize(self, account: AccountRecord, *, put_on: bool) -> None:
        finalizers = self._services.finalizers
        try:
            if put_on:
                await finalizers.add(ACCOUNT_KIND, account.meta, IN_USE_FINALIZER)
            else:
                await finalizers.remove(ACCOUNT_KIND, account.meta, IN_USE_FINALIZER)
        except Exception:
            self._changed = True
            raise
        finally:
            self._finalizing.discard(account.meta.key)
