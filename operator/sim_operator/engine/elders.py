"""Two accounts that read the same SIMs: the older one works, the other one writes nothing."""

from collections.abc import Iterator, Mapping

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account import AccountLoop
from sim_operator.engine.account_state import shown_sketch
from sim_operator.engine.hands import Hands
from sim_operator.planning.sketch import Sketch, iccid_hash


class OlderAccounts:
    """Looks at the accounts that are older than a given one."""

    def __init__(
        self,
        accounts: Mapping[Key, AccountRecord],
        loops: Mapping[Key, AccountLoop],
        hands: Hands,
    ) -> None:
        """All are read live."""
        self._accounts = accounts
        self._loops = loops
        self._hands = hands
        self._pictures: dict[Key, tuple[bytes, Sketch | None]] = {}

    def overlapping(self, account: Key, listed: frozenset[Iccid]) -> Key | None:
        """The oldest one whose sweep shows any of these SIMs."""
        return next((elder for elder in self._older(account) if self._shows(elder, listed)), None)

    def pending(self, account: Key) -> bool:
        """Whether one of them has not ended its first attempt to sweep."""
        return any(map(self._is_first_attempt, self._older(account)))

    def _is_first_attempt(self, elder: Key) -> bool:
        loop = self._loops.get(elder)
        if loop is not None:
            return not loop.state.attempted
        # In another hand: its status begins with the end of the first attempt.
        return (
            self._hands.is_elsewhere(elder) and b'"conditions"' not in self._accounts[elder].status
        )

    def _older(self, account: Key) -> Iterator[Key]:
        own = self._accounts.get(account)
        if own is None:
            return
        ranked = sorted(self._accounts.values(), key=_rank)
        yield from (one.meta.key for one in ranked if _rank(one) < _rank(own))

    def _shows(self, elder: Key, listed: frozenset[Iccid]) -> bool:
        loop = self._loops.get(elder)
        if loop is None:
            return self._hands.is_elsewhere(elder) and self._remembers(elder, listed)
        if loop.state.listed is not None:
            return not loop.state.listed.isdisjoint(listed)
        # Not swept since the start: what its status remembers is enough to see two of a kind.
        hashes = {iccid_hash(iccid) for iccid in listed}
        pictures = (one.sketch() for one in loop.state.breaker.largest)
        return any(not hashes.isdisjoint(picture.hashes) for picture in pictures)

    def _remembers(self, elder: Key, listed: frozenset[Iccid]) -> bool:
        """Whether the picture in its status has any of these: another process keeps it up."""
        status = self._accounts[elder].status
        known = self._pictures.get(elder)
        if known is None or known[0] is not status:
            known = self._pictures[elder] = status, shown_sketch(status)
        picture = known[1]
        return picture is not None and not {*map(iccid_hash, listed)}.isdisjoint(picture.hashes)


def _rank(account: AccountRecord) -> tuple[str, Key]:
    return account.meta.created_at, account.meta.key
