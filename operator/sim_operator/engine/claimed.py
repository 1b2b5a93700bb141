"""The SIMs of an account that a resource holds and a sweep has shown, counted at each look.

Counting them anew would go through the fleet at each scrape, each report and each pause between two
reads of details.
"""

from collections.abc import Collection, Iterable

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.roster import Roster


class Claimed:
    """The claimed SIMs of one account, as of the last look at each of them."""

    def __init__(self, account: Key, roster: Roster) -> None:
        """None was looked at."""
        self._account = account
        self._roster = roster
        self._uids: dict[Key, str] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._uids)

    def note(self, sim: SimRecord, *, claimed: bool) -> None:
        """A SIM was looked at."""
        if claimed:
            self._uids[sim.meta.key] = sim.meta.uid
        else:
            self._uids.pop(sim.meta.key, None)

    def forget(self, sim: Key) -> None:
        """A SIM resource left this account."""
        self._uids.pop(sim, None)

    def appeared(self, iccids: Iterable[Iccid]) -> None:
        """A sweep shows these for the first time: they count before a pass looks at them."""
        for iccid in iccids:
            for sim in self._roster.claimants(iccid):
                record = self._roster.record(sim)
                is_ours = self._roster.assignment(sim) == self._account
                if record is not None and is_ours and self._roster.holds(sim):
                    self._uids[sim] = record.meta.uid

    def without(self, uids: Collection[str]) -> int:
        """How many of these uids are of no claimed SIM."""
        return len(set(uids) - set(self._uids.values())) if uids else 0
