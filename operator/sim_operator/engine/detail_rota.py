"""Whose details are read, and whether a person sees any of them yet."""

from collections.abc import Iterable

import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.roster import Roster
from sim_operator.kube.store import Store


class DetailRota:
    """The SIMs of one account whose details are worth a call."""

    def __init__(self, account: Key, state: AccountState, roster: Roster, store: Store) -> None:
        """Everything is read live."""
        self._account = account
        self._state = state
        self._roster = roster
        self._store = store

    def readable(self) -> Iterable[Iccid]:
        """Claimed SIMs that a sweep has shown; no call is made for a suspended one."""
        for sim in list(self._roster.members.get(self._account, ())):
            iccid = self._roster.iccid(sim)
            if iccid is not None and self._roster.holds(sim) and self._is_readable(sim, iccid):
                yield iccid

    def may_read(self, iccid: Iccid) -> bool:
        """Whether that still holds, right before a call."""
        holder = self._roster.holder(iccid)
        return holder is not None and self._is_readable(holder, iccid)

    def _is_readable(self, sim: Key, iccid: Iccid) -> bool:
        record = self._store.sims.get(sim)
        return record is not None and not record.spec.suspend and iccid in self._state.sightings

    def is_shown(self, iccid: Iccid) -> bool:
        """Whether the status of the SIM's resource shows a figure already."""
        holder = self._roster.holder(iccid)
        record = self._store.sims.get(holder) if holder is not None else None
        if record is None:
            return False
        quota = orjson.loads(record.status).get("quota") or {}
        return "remaining" in (quota.get("data") or {})
