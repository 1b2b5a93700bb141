"""Which account acts for which SIM, and which SIM resource holds which ICCID.

Both answers span accounts and namespaces, so they are kept here, once, and not in any account's
loop.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping

import orjson

from sim_operator.api.names import DISABLE_FINALIZER
from sim_operator.domain.iccid import Iccid, InvalidIccidError, canonical
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.states import DeletionPolicy
from sim_operator.engine.claimants import Claimants
from sim_operator.engine.hands import AllHands, Hands
from sim_operator.planning.claims import Claimant, holder, keeper
from sim_operator.planning.tenancy import NamespaceLabels, Refusal, assign

Lists = Callable[[Key, Iccid], bool | None]
"""Whether an account lists an ICCID; None while no sweep of it was believed."""


def iccid_of(sim: SimRecord) -> Iccid | None:
    """The canonical ICCID that a SIM resource names; None where it is not valid."""
    try:
        return canonical(sim.spec.iccid)
    except InvalidIccidError:
        return None


def is_adopted(sim: SimRecord) -> bool:
    """Whether the resource's own status shows that it held and saw its SIM."""
    # Searched before it is read: ten thousand new resources have no such word in theirs.
    return b'"iccid"' in sim.status and "iccid" in orjson.loads(sim.status)


def _needs_account(sim: SimRecord) -> bool:
    if DISABLE_FINALIZER in sim.meta.finalizers:
        return True
    return sim.spec.deletion is DeletionPolicy.DISABLE and sim.meta.deleted_at is None


class Roster:
    """The assignment of SIMs to accounts and of ICCIDs to SIM resources."""

    def __init__(
        self,
        sims: Mapping[Key, SimRecord],
        accounts: Mapping[Key, AccountRecord],
        *,
        default_account: Key | None,
        unreadable: Container[Key] = (),
        labels_of: NamespaceLabels,
        lists: Lists,
        hands: Hands | None = None,
    ) -> None:
        """Read `sims`, `accounts` and `unreadable` (accounts) live: they are the store's own.

        `hands`: which accounts this process acts for; absent: for all.
        """
        self._sims = sims
        self._accounts = accounts
        self._default = default_account
        self._unreadable = unreadable
        self._labels_of = labels_of
        self._lists = lists
        self._hands = hands or AllHands()
        self._assigned: dict[Key, Key | Refusal] = {}
        self._iccids: dict[Key, Iccid] = {}
        self._uids: dict[Key, str] = {}
        self._claimants = Claimants()
        self._holders: dict[Iccid, Key] = {}
        self._needing: defaultdict[Key, set[Key]] = defaultdict(set)
        self.members: defaultdict[Key, set[Key]] = defaultdict(set)
        """SIM resources by the account that acts for them."""

    def assignment(self, sim: Key) -> Key | Refusal | None:
        """The account of a SIM resource, or why it has none; None for one that is not known."""
        return self._assigned.get(sim)

    def record(self, sim: Key) -> SimRecord | None:
        """A SIM resource as the store has it."""
        return self._sims.get(sim)

    def iccid(self, sim: Key) -> Iccid | None:
        """The canonical ICCID of a SIM resource."""
        return self._iccids.get(sim)

    def claimants(self, iccid: Iccid) -> Iterable[Key]:
        """Every SIM resource that names the ICCID."""
        return self._claimants.of(iccid)

    def is_needed(self, account: Key) -> bool:
        """Whether a SIM resource of the account is, or may come to be, disabled before it goes."""
        return bool(self._needing.get(account))

    def refresh(self, sim: Key) -> set[Key]:
        """Look at a SIM resource again, also one that is gone.

        The SIMs that must be decided anew.
        """
        touched = {sim}
        iccid = self._iccids.get(sim)
        record = self._sims.get(sim)
        now_iccid = iccid_of(record) if record is not None else None
        if iccid is not None and (iccid != now_iccid or self._is_namesake(sim, record)):
            touched.update(self._drop_claim(sim, iccid))
        self._assign(sim, record)
        if now_iccid is not None:
            self._iccids[sim] = now_iccid
            self._claimants.add(now_iccid, sim)
            present = self._holders.get(now_iccid)
            shared = self._hands.is_shared
            if shared or present is None or not self._keeps(now_iccid, present):
                touched.update(self._claimants.of(now_iccid))
        return touched

    def _is_namesake(self, sim: Key, record: SimRecord | None) -> bool:
        """Whether another resource has the name of one that held an ICCID: it inherits nothing.

        Both may happen between two looks, which then see one name all along.
        """
        return record is not None and self._uids.get(sim) != record.meta.uid

    def _assign(self, sim: Key, record: SimRecord | None) -> None:
        if record is None:
            self._uids.pop(sim, None)
        else:
            self._uids[sim] = record.meta.uid
        before = self._assigned.pop(sim, None)
        if isinstance(before, Key):
            self.members[before].discard(sim)
            self._needing[before].discard(sim)
        if record is None:
            return
        assigned = assign(record, self._default, self._accounts, self._labels_of, self._unreadable)
        self._assigned[sim] = assigned
        if isinstance(assigned, Key):
            self.members[assigned].add(sim)
            if _needs_account(record):
                self._needing[assigned].add(sim)

    def _drop_claim(self, sim: Key, iccid: Iccid) -> Collection[Key]:
        """The SIMs to which that makes a difference: none where another one holds the ICCID."""
        del self._iccids[sim]
        self._claimants.discard(iccid, sim)
        present = self._holders.get(iccid)
        if present == sim:
            del self._holders[iccid]
        elif present is not None and self._keeps(iccid, present):
            return ()
        return self._claimants.of(iccid)

    def _keeps(self, iccid: Iccid, present: Key) -> bool:
        """Whether the holder keeps the ICCID, whoever else names it."""
        account, record = self._assigned.get(present), self._sims.get(present)
        if record is None or record.meta.deleted_at is not None or not isinstance(account, Key):
            return False
        return self._lists(account, iccid) is not False

    def holder(self, iccid: Iccid) -> Key | None:
        """The SIM resource that holds an ICCID; None where nobody could act on it."""
        present = self._holders.get(iccid)
        claimants = self._claimants.of(iccid)
        if self._are_apart(claimants):
            return self._shown_keeper(claimants)
        if present is not None and self._keeps(iccid, present):
            # Asked many times for each SIM; only a holder that goes opens the contest again.
            return present
        if not claimants:
            return None
        present = present or self._shown_holder(claimants)
        chosen = holder(self._candidates(iccid, claimants, present), present)
        if chosen is None:
            self._holders.pop(iccid, None)
        else:
            self._holders[iccid] = chosen
        return chosen

    def holds(self, sim: Key) -> bool:
        """Whether a SIM resource holds its ICCID.

        True as well where nobody can, so that it is looked for.
        """
        iccid = self._iccids.get(sim)
        if iccid is None:
            return True
        chosen = self.holder(iccid)
        return chosen is None or chosen == sim

    # Where several processes share the accounts

    def is_disputed(self, sim: Key) -> bool:
        """Whether another process may be acting on the same SIM at 1NCE.

        Nothing is done for it then, and nothing told, until one process has all of its accounts.
        """
        if not self._hands.is_shared:
            return False
        iccid = self._iccids.get(sim)
        claimants = self._claimants.of(iccid) if iccid is not None else (sim,)
        for one in claimants:
            former = self._former(one)
            if former is not None and self._hands.is_elsewhere(former):
                return True
        return self._are_apart(claimants) and iccid is not None and self.holder(iccid) is None

    def is_ours(self, sim: Key) -> bool:
        """Whether this process decides about a SIM resource."""
        account = self._assigned.get(sim)
        return self._hands.holds(account) if isinstance(account, Key) else self._hands.keeps_rest

    def sims_of(self, accounts: Iterable[Key]) -> set[Key]:
        """The SIM resources of these accounts."""
        return {sim for account in accounts for sim in self.members.get(account, ())}

    def is_overwritten(self, sim: Key) -> bool:
        """Whether whoever decided about one of our SIMs before may have written its status last."""
        alone = not isinstance(self._assigned.get(sim), Key)
        return (
            self._hands.is_shared and self.is_ours(sim) and (alone or self._former(sim) is not None)
        )

    def rivals(self, sim: Key) -> frozenset[Key]:
        """The accounts that may act on the SIM at 1NCE that a resource names."""
        iccid = self._iccids.get(sim)
        claimants = self._claimants.of(iccid) if iccid is not None else (sim,)
        found = [self._assigned.get(one) for one in claimants]
        found += [self._former(one) for one in claimants]
        return frozenset(one for one in found if isinstance(one, Key))

    def _are_apart(self, claimants: Collection[Key]) -> bool:
        """Whether accounts of rivals are not all worked here."""
        if not self._hands.is_shared or len(claimants) < 2:
            return False
        accounts = (self._assigned.get(one) for one in claimants)
        return any(isinstance(one, Key) and not self._hands.holds(one) for one in accounts)

    def _former(self, sim: Key) -> Key | None:
        """Another account than its own, if the status of a SIM names one: who acted last."""
        record, account = self._sims.get(sim), self._assigned.get(sim)
        if record is None or not isinstance(account, Key) or b'"account"' not in record.status:
            return None
        if b'"account":"%s"' % str(account).encode() in record.status:
            return None
        namespace, _, name = str(orjson.loads(record.status).get("account") or "").partition("/")
        return Key(namespace, name) if name and (namespace, name) != account else None

    def _shown_keeper(self, claimants: Iterable[Key]) -> Key | None:
        """Who holds the ICCID in the eyes of every process."""
        served = [one for one in claimants if isinstance(self._assigned.get(one), Key)]
        return keeper(map(self._claimant, served), self._shown_holder(served))

    def _claimant(self, sim: Key) -> Claimant:
        record = self._sims.get(sim)
        if record is None:
            return Claimant(sim, "", deleting=True)
        return Claimant(sim, record.meta.created_at, record.meta.deleted_at is not None)

    def _shown_holder(self, claimants: Iterable[Key]) -> Key | None:
        adopted = [
            (record.meta.created_at, key)
            for key in claimants
            if (record := self._sims.get(key)) is not None and is_adopted(record)
        ]
        return min(adopted)[1] if adopted else None

    def _candidates(
        self, iccid: Iccid, claimants: Iterable[Key], present: Key | None
    ) -> Iterable[Claimant]:
        for key in claimants:
            account = self._assigned.get(key)
            record = self._sims.get(key)
            if record is None or not isinstance(account, Key):
                continue
            listed = self._lists(account, iccid)
            if listed or (listed is None and key == present):
                yield Claimant(key, record.meta.created_at, record.meta.deleted_at is not None)
