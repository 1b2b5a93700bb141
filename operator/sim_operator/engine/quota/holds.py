"""The holds that stand in statuses, and which of them have ended.

A hold is believed only as the API server has acknowledged it. The policy that made it counts as
gone only once a sweep that began after its end was believed, so that deleting a policy and applying
it again switches nothing on in between.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.names import POLICY_KIND, RELEASE_HOLD_ANNOTATION
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster
from sim_operator.kube.store import Unreadable
from sim_operator.planning.quota.holds import HeldFor, Hold, ended
from sim_operator.planning.quota.terms import Terms
from sim_operator.status.sim_policy import HELD_FOR


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold and whether it goes on."""

    hold: Hold
    over: str | None
    """Why it ended; None while it stands."""


@dataclass(frozen=True, slots=True)
class _Recalled:
    status: bytes
    hold: Hold | None
    held_for: HeldFor | None


_NOTHING_RECALLED = _Recalled(b"{}", None, None)


class Holds:
    """Reads holds from the statuses as the store has them."""

    def __init__(
        self,
        matching: Matching,
        books: UsageBooks,
        roster: Roster,
        loops: Loops,
        unreadable: Mapping[tuple[str, Key], Unreadable],
        pool_used: Callable[[str, HeldFor], int | None],
    ) -> None:
        """Everything is read live; `pool_used` is asked for the uid of a policy."""
        self._matching = matching
        self._books = books
        self._roster = roster
        self._loops = loops
        self._unreadable = unreadable
        self._pool_used = pool_used
        self._recalled: dict[Key, _Recalled] = {}
        self._taken_in: dict[Key, Hold] = {}
        self._kept: defaultdict[str, set[Key]] = defaultdict(set)
        """The SIMs with a hold of each policy, by its uid."""
        self._gone_since: dict[str, float] = {}
        self.loaded = False
        """Before the policies are known nothing counts as gone."""

    def take_in(self, sim: Key, record: SimRecord | None) -> frozenset[str]:
        """The status of a SIM may be new; None: the resource is gone.

        Gives the uids of the policies whose hold on it came, changed or went.
        """
        before = self._taken_in.pop(sim, None)
        after = self.on_record(record) if record is not None else None
        if before is not None:
            self._kept[before.policy_uid].discard(sim)
        if after is not None:
            self._taken_in[sim] = after
            self._kept[after.policy_uid].add(sim)
        if record is None:
            self._recalled.pop(sim, None)
        if before == after:
            return frozenset()
        return frozenset(hold.policy_uid for hold in (before, after) if hold is not None)

    def kept_by(self, uid: str) -> AbstractSet[Key]:
        """The SIMs whose status has a hold of this policy, be it over or not."""
        return self._kept.get(uid, frozenset())

    def on_record(self, record: SimRecord) -> Hold | None:
        """The hold in the status of a SIM."""
        return self._recall(record).hold

    def held_for(self, record: SimRecord) -> HeldFor | None:
        """Which limit it was made for, where that is still known."""
        return self._recall(record).held_for

    def standing(self, record: SimRecord, now: datetime) -> Standing | None:
        """The hold in the status of a SIM, and whether it goes on; None where there is none."""
        recalled = self._recall(record)
        hold = recalled.hold
        if hold is None:
            return None
        if not self.loaded:
            return Standing(hold, None)
        key, uid = record.meta.key, hold.policy_uid
        terms = self._matching.by_uid(uid)
        if terms is None and self._exists(uid):
            return Standing(hold, None)  # its terms cannot be read now: nothing changes
        iccid = self._roster.iccid(key)
        usage = (
            self._books.usage(iccid, terms.track, now)
            if terms is not None and iccid is not None
            else None
        )
        pool = (
            self._pool_used(uid, recalled.held_for)
            if terms is not None and recalled.held_for is not None
            else None
        )
        over = ended(
            hold,
            recalled.held_for,
            terms,
            selects=any(one.uid == uid for one in self._matching.selecting(key)),
            wins=self._wins(key, terms),
            usage=usage,
            pool_used=pool,
            release=record.meta.annotations.get(RELEASE_HOLD_ANNOTATION),
            now=now,
            deleted_certainly=terms is None and self._is_gone(key, uid),
        )
        return Standing(hold, over)

    def _exists(self, uid: str) -> bool:
        """Whether a policy is there, be it one that this version cannot read."""
        unreadable = self._unreadable.items()
        return self._matching.is_known(uid) or any(
            kind == POLICY_KIND and one.meta.uid == uid for (kind, _), one in unreadable
        )

    def _wins(self, sim: Key, terms: Terms | None) -> bool:
        if terms is None:
            return False
        if self._matching.is_after_unusable(sim, terms):
            return True  # not known, and nothing ends on a guess
        first = self._matching.winner(sim, terms.mode)
        return first is not None and first.uid == terms.uid

    def _is_gone(self, sim: Key, uid: str) -> bool:
        """Whether a sweep that began after the policy went was believed for this SIM's account."""
        since = self._gone_since.setdefault(uid, time.monotonic())
        account = self._roster.assignment(sim)
        loop = self._loops.get(account) if isinstance(account, Key) else None
        if loop is None or loop.state.last_believed is None or loop.state.last_sweep is None:
            return False
        return loop.state.last_believed - loop.state.last_sweep.seconds > since

    def policy_returned(self, uid: str) -> None:
        """A policy is there (again)."""
        self._gone_since.pop(uid, None)

    def _recall(self, record: SimRecord) -> _Recalled:
        key = record.meta.key
        if b'"hold"' not in record.status:
            # Nearly all of a fleet: nothing is kept of them.
            self._recalled.pop(key, None)
            return _NOTHING_RECALLED
        known = self._recalled.get(key)
        if known is None or known.status is not record.status:
            known = _read(record.status)
            self._recalled[key] = known
        return known


def _read(status: bytes) -> _Recalled:
    told: Mapping[str, Any] = orjson.loads(status)
    hold = (told.get("policy") or {}).get("hold")
    held_for = ((told.get("usage") or {}).get("base") or {}).get(HELD_FOR)
    return _Recalled(
        status,
        Hold.from_status(hold) if hold else None,
        HeldFor.decode(held_for),
    )
