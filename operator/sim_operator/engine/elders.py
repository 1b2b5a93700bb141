"""Two accounts that read the same SIMs: the older one works, the other one writes nothing."""

from collections.abc import Iterator, Mapping

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account import AccountLoop
from sim_operator.planning.sketch import iccid_hash


class OlderAccounts:
    """Looks at the accounts that are older than a given one."""

    def __init__(
        self, accounts: Mapping[Key, AccountRecord], loops: Mapping[Key, AccountLoop]
    ) -> None:
        """Both are read live."""
        self._accounts = accounts
        self._loops = loops

    def overlapping(self, account: Key, listed: frozenset[Iccid]) -> Key | None:
        """The oldest one whose sweep shows any of these SIMs."""
        return next((elder for elder in self._older(account) if self._shows(elder, listed)), None)

    def pending(self, account: Key) -> bool:
        """Whether one of them has not ended its first attempt to sweep."""
        loops = (self._loops.get(elder) for elder in self._older(account))
        return any(loop is not None and not loop.state.attempted for loop in loops)

    def _older(self, account: Key) -> Iterator[Key]:
        own = self._accounts.get(account)
        if own is None:
            return
        ranked = sorted(self._accounts.values(), key=_rank)
        yield from (one.meta.key for one in ranked if _rank(one) < _rank(own))

    def _shows(self, elder: Key, listed: frozenset[Iccid]) -> bool:
        loop = self._loops.get(elder)
        if loop is None:
            return False
        if loop.state.listed is not None:
            return not loop.state.listed.isdisjoint(listed)
        # Not swept since the start: what its status remembers is enough to see two of a kind.
        hashes = {iccid_hash(iccid) for iccid in listed}
        pictures = (one.sketch() for one in loop.state.breaker.largest)
        return any(not hashes.isdisjoint(picture.hashes) for picture in pictures)


def _rank(account: AccountRecord) -> tuple[str, Key]:
    return account.meta.created_at, account.meta.key
