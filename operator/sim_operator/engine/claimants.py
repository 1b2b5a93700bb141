"""Which SIM resources name which ICCID.

Nearly every ICCID is named by one resource alone, and a set for each of them would be the largest
part of what a SIM costs here: sets are kept for the contested ones only.
"""

from collections.abc import Collection

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key


class Claimants:
    """The resources by the ICCID that they name."""

    def __init__(self) -> None:
        """Nobody names any."""
        self._sole: dict[Iccid, Key] = {}
        self._rivals: dict[Iccid, set[Key]] = {}

    def of(self, iccid: Iccid) -> Collection[Key]:
        """Every resource that names the ICCID; it may change with the next `add`."""
        rivals = self._rivals.get(iccid)
        if rivals is not None:
            return rivals
        sole = self._sole.get(iccid)
        return () if sole is None else (sole,)

    def add(self, iccid: Iccid, sim: Key) -> None:
        """A resource names the ICCID."""
        rivals = self._rivals.get(iccid)
        sole = self._sole.get(iccid)
        if rivals is not None:
            rivals.add(sim)
        elif sole is None:
            self._sole[iccid] = sim
        elif sole != sim:
            del self._sole[iccid]
            self._rivals[iccid] = {sole, sim}

    def discard(self, iccid: Iccid, sim: Key) -> None:
        """A resource names it no more."""
        rivals = self._rivals.get(iccid)
        if rivals is None:
            if self._sole.get(iccid) == sim:
                del self._sole[iccid]
            return
        rivals.discard(sim)
        if len(rivals) == 1:
            del self._rivals[iccid]
            self._sole[iccid] = rivals.pop()
