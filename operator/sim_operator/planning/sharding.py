"""Which replica should have which account.

Accounts that have to be decided about together make a group, and a group belongs into one hand.
Where accounts are already counts first: nothing moves that need not, and since every replica sees
the same holders, every one comes to the same answer. It is an answer about balance only. Who may
act is decided by the Leases, never by this.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b

from sim_operator.domain.resources import Key

Group = tuple[Key, ...]
"""Accounts for one hand, by name."""


def groups(accounts: Iterable[Key], ties: Iterable[Iterable[Key]]) -> list[Group]:
    """Accounts that are tied together, directly or through others; `ties` may name strangers."""
    leaders = {account: account for account in accounts}

    def leader(account: Key) -> Key:
        while leaders[account] != account:
            leaders[account] = account = leaders[leaders[account]]
        return account

    for tie in ties:
        known = [leader(account) for account in tie if account in leaders]
        for account in known:
            leaders[leader(account)] = leader(known[0])
    together: defaultdict[Key, list[Key]] = defaultdict(list)
    for account in sorted(leaders):
        together[leader(account)].append(account)
    return sorted(tuple(found) for found in together.values())


def distribute(
    members: Collection[str], parts: Sequence[Group], held: Mapping[Key, str]
) -> dict[Key, str]:
    """The member that each account should be with; `held`: with whom accounts are.

    Without members the answer is empty. A group stays where most of it is, a free one goes to who
    has least, and groups move on from who has most while that makes the difference smaller.
    """
    if not members:
        return {}
    shares = _Shares(members)
    free = []
    for group in parts:
        home = _home(group, held, members)
        if home is None:
            free.append(group)
        else:
            shares.give(home, group)
    for group in sorted(free, key=lambda one: (-len(one), one)):
        shares.give(shares.lightest(group), group)
    shares.level()
    return shares.by_account()


def _home(group: Group, held: Mapping[Key, str], members: Collection[str]) -> str | None:
    found = Counter(held[account] for account in group if held.get(account) in members)
    if not found:
        return None
    return max(found, key=lambda member: (found[member], _liking(member, group)))


def _liking(member: str, group: Group) -> bytes:
    """Rendezvous hashing: among equals every replica prefers the same one."""
    return blake2b(f"{member} {group[0]}".encode(), digest_size=8).digest()


class _Shares:
    def __init__(self, members: Collection[str]) -> None:
        self._loads = dict.fromkeys(sorted(members), 0)
        self._groups: dict[str, defaultdict[int, list[Group]]] = {
            member: defaultdict(list) for member in self._loads
        }

    def give(self, member: str, group: Group) -> None:
        self._groups[member][len(group)].append(group)
        self._loads[member] += len(group)

    def lightest(self, group: Group) -> str:
        return min(self._loads, key=lambda one: (self._loads[one], _liking(one, group)))

    def level(self) -> None:
        """Move groups while the heaviest member stays heavier than the lightest would become."""
        while True:
            heavy = max(self._loads, key=lambda one: (self._loads[one], one))
            light = min(self._loads, key=lambda one: (self._loads[one], one))
            apart = self._loads[heavy] - self._loads[light]
            sizes = [size for size, of in self._groups[heavy].items() if of and size < apart]
            if not sizes:
                return
            size = min(sizes, key=lambda one: (abs(2 * one - apart), one))
            group = self._groups[heavy][size].pop()
            self._loads[heavy] -= size
            self.give(light, group)

    def by_account(self) -> dict[Key, str]:
        return {
            account: member
            for member, sizes in self._groups.items()
            for of in sizes.values()
            for group in of
            for account in group
        }
