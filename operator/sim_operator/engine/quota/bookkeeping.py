"""Whose use is counted, and by which periods: what the policies of each SIM ask for."""

from collections.abc import Mapping

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.holds import Holds
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster


class Bookkeeping:
    """Opens and closes books as resources come, change and go."""

    def __init__(
        self,
        sims: Mapping[Key, SimRecord],
        roster: Roster,
        matching: Matching,
        holds: Holds,
        books: UsageBooks,
    ) -> None:
        """Everything is read live."""
        self._sims = sims
        self._roster = roster
        self._matching = matching
        self._holds = holds
        self._books = books
        self._booked: dict[Key, Iccid] = {}

    def want(self, sim: Key) -> None:
        """Keep the book that the policies of a SIM ask for."""
        iccid, record = self._roster.iccid(sim), self._sims.get(sim)
        booked = self._booked.pop(sim, None)
        if booked is not None and booked != iccid:
            self._pass_on(booked, sim)
        if not self._roster.is_ours(sim):
            if booked is not None and booked == iccid:
                self._books.close(booked)
            return
        if iccid is None or record is None or self._roster.holder(iccid) not in (sim, None):
            return
        tracks = {terms.track for terms in self._matching.selecting(sim)}
        hold = self._holds.on_record(record)
        holder = self._matching.by_uid(hold.policy_uid) if hold is not None else None
        if holder is not None:
            tracks.add(holder.track)
        keeps = not tracks and hold is not None and self._books.book(iccid) is not None
        if not keeps:  # else its policy may be applied again, and what was used is used
            self._books.want(iccid, record, tracks)
        if self._books.book(iccid) is not None:
            self._booked[sim] = iccid

    def _pass_on(self, iccid: Iccid, sim: Key) -> None:
        """A resource has no more business with a SIM: what the SIM used counts for the next one."""
        heir = self._roster.holder(iccid)
        if heir is None or heir == sim or not self._roster.is_ours(heir):
            self._books.close(iccid)
        else:
            self.want(heir)
