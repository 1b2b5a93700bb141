"""What this process holds where several share the accounts."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from sim_operator.domain.resources import Key
from sim_operator.engine.services import WRITE_SECONDS
from sim_operator.kube.account_leases import AccountLease, Look
from sim_operator.planning.vigil import Vigil

FENCE_MARGIN = 0.5
_FRESH = 10.0
"""Seconds: whoever could not look at the Leases for longer does not know what it holds."""


class SharedHands:
    """The accounts that were taken, and those that are being given up."""

    is_shared = True

    def __init__(
        self,
        identity: str,
        accounts: Mapping[Key, object],
        *,
        outlives: Callable[[float], bool],
        leads: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`accounts`: those that exist, live.

        `outlives(seconds)`: whether the Lease of this process will still be its own then;
        `leads`: whether it has what belongs to no account.
        """
        self.identity = identity
        self.vigil = Vigil(identity)
        self._existing = accounts
        self._outlives = outlives
        self._leads = leads
        self._monotonic = monotonic
        self._held: dict[Key, AccountLease] = {}
        self._leaving: dict[Key, AccountLease] = {}
        self._looked_at = float("-inf")
        self.last: Look | None = None
        """The last look at all Leases."""
        self.version = 0
        """Another one with each account that comes or goes."""

    # What is asked

    @property
    def held(self) -> Collection[Key]:
        """The accounts that this process works."""
        return self._held.keys()

    @property
    def keeps_rest(self) -> bool:
        """Whether it decides about what belongs to no account."""
        return self._leads()

    def holds(self, account: Key) -> bool:
        """Whether it works an account."""
        return account in self._held

    def is_elsewhere(self, account: Key) -> bool:
        """Whether another process may be acting for an account; where in doubt, it may."""
        if account in self._held:
            return False
        if self.last is None or account in self._existing:
            return True
        lease = self.last.accounts.get(account)
        return lease is not None and not self.vigil.is_free(
            account, lease.holder, self._monotonic()
        )

    def holder_of(self, account: Key) -> str:
        """Which process works an account; empty: none, or it is not known."""
        if account in self._held:
            return self.identity
        lease = self.last.accounts.get(account) if self.last is not None else None
        if lease is None or not self.vigil.is_member(lease.holder, self._monotonic()):
            return ""
        return "" if lease.holder == self.identity else lease.holder

    def reports(self, account: Key) -> bool:
        """Whether it writes statuses: also for what it is about to give up."""
        return (account in self._held or account in self._leaving) and self._outlives(0.0)

    def may_call(self, account: Key) -> bool:
        """Whether a call may start: also for what is on the wire when an account is given up."""
        return self.reports(account)

    def may_write(self, account: Key) -> bool:
        """Whether it holds an account for at least as long as one write may take."""
        fresh = self._monotonic() - self._looked_at < _FRESH
        return fresh and account in self._held and self._outlives(WRITE_SECONDS + FENCE_MARGIN)

    def address_of(self, account: Key) -> str | None:
        """Where the process that works an account takes batches; None where it is not known."""
        holder = self.holder_of(account)
        if self.last is None or holder in ("", self.identity):
            return None
        return self.last.members[holder].address

    # What happens

    def looked(self, look: Look, tick: float) -> list[Key]:
        """All Leases were read; `tick`: after that. The accounts that are no longer ours."""
        self.last, self._looked_at = look, tick
        self.vigil.note(look.pulses, look.holders, tick)
        lost = [
            account
            for account, lease in self._held.items()
            if (now := look.accounts.get(account)) is None
            or (now.uid, now.holder) != (lease.uid, self.identity)
        ]
        for account in lost:
            del self._held[account]
        if lost:
            self.version += 1
        for account in self._held:
            self._held[account] = look.accounts[account]
        return lost

    def took(self, taken: Mapping[Key, AccountLease], tick: float) -> None:
        """These accounts, whose Leases were taken before `tick`, are worked from now on.

        Unless a later look has shown that somebody took them away again.
        """
        seen = self.last.accounts if self.last is not None and self._looked_at > tick else taken
        for account, lease in taken.items():
            now = seen.get(account)
            if now is not None and (now.uid, now.holder) == (lease.uid, self.identity):
                self._held[account] = now
        self.version += 1

    def leave(self, accounts: Iterable[Key]) -> None:
        """Begin nothing new for these accounts."""
        for account in accounts:
            self._leaving[account] = self._held.pop(account)
        self.version += 1

    def left(self, account: Key) -> AccountLease:
        """Nothing is done for an account any more: its Lease, as far as is known."""
        return self._leaving.pop(account)
