"""Where a QuotaPolicy is decided about, if several processes share the accounts.

By the process that has every account of its SIMs, for pools and places are shared among them. While
these are in several hands the last decision stands: nobody is switched off or released by it.
"""

import time
from collections.abc import Callable, Iterable

from sim_operator.domain.resources import Key
from sim_operator.engine.hands import Hands
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster

PATIENCE = 30.0
"""Seconds for which a policy has to be nobody's before that is told: hand-overs take fewer."""


class PolicyPlaces:
    """Looks at the accounts of each policy."""

    def __init__(
        self,
        matching: Matching,
        roster: Roster,
        loops: Loops,
        hands: Hands,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Everything is read live."""
        self._matching = matching
        self._roster = roster
        self._loops = loops
        self._hands = hands
        self._monotonic = monotonic
        self._elsewhere: dict[Key, float] = {}
        """When it was last asked about those."""
        self._scattered: dict[Key, float] = {}
        self._worked: frozenset[Key] = frozenset()

    def accounts(self, policy: Key) -> frozenset[Key]:
        """The accounts of the SIMs that a policy selects."""
        found = (self._roster.assignment(sim) for sim in self._matching.selected(policy))
        return frozenset(one for one in found if isinstance(one, Key))

    def is_early(self, policy: Key) -> bool:
        """Whether an account of its SIMs is still at its first attempt to sweep.

        Without it nothing would be true of them, and telling that would be a change.
        """
        starting = {key for key, loop in self._loops.items() if not loop.state.attempted}
        return bool(starting) and any(
            self._roster.assignment(sim) in starting for sim in self._matching.selected(policy)
        )

    def is_here(self, policy: Key) -> bool:
        """Whether this process decides about the policy."""
        if not self._hands.is_shared:
            return True  # spares looking at every SIM
        if not self._matching.exists(policy):
            # It is gone: everybody forgets it.
            self._elsewhere.pop(policy, None)
            self._scattered.pop(policy, None)
            return True
        accounts = self.accounts(policy)
        here = all(map(self._hands.holds, accounts)) if accounts else self._hands.keeps_rest
        if here:
            self._elsewhere.pop(policy, None)
        else:
            self._elsewhere[policy] = self._monotonic()
        return here

    def was_here(self, policy: Key) -> bool:
        """The answer to the last question, which costs nothing."""
        return policy not in self._elsewhere

    def seems_here(self, policy: Key) -> bool:
        """The same; True as well where it is time to ask again."""
        asked = self._elsewhere.get(policy, float("-inf"))
        return self._monotonic() - asked >= PATIENCE

    def moved_accounts(self, accounts: Iterable[Key]) -> frozenset[Key]:
        """The accounts that came into this process's hands or left them since last asked."""
        before, self._worked = self._worked, frozenset(filter(self._hands.holds, accounts))
        return before ^ self._worked

    def unsure(self, policies: Iterable[Key]) -> frozenset[Key]:
        """Those that select no SIM with an account: where they are hangs on what has none."""
        return frozenset(policy for policy in policies if not self.accounts(policy))

    def is_scattered(self, policy: Key) -> bool:
        """Whether its accounts have been in several hands for a while; told by one process."""
        accounts = self.accounts(policy) if self._hands.is_shared else frozenset()
        apart = len(set(map(self._hands.holder_of, accounts))) > 1
        if not apart or not self._hands.keeps_rest:
            self._scattered.pop(policy, None)
            return False
        now = self._monotonic()
        return now - self._scattered.setdefault(policy, now) >= PATIENCE
