"""Who holds an ICCID when several SIM resources name it.

Only resources that could act on the SIM compete: their account must be allowed and list the ICCID.
The present holder keeps it, so that applying a second manifest never takes a SIM away from the
first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sim_operator.domain.resources import Key


@dataclass(frozen=True, slots=True)
class Claimant:
    """One SIM resource that could hold the ICCID."""

    key: Key
    created_at: str
    deleting: bool = False


def holder(claimants: Iterable[Claimant], present: Key | None) -> Key | None:
    """The resource that holds the ICCID; None where nobody competes.

    A resource that is being deleted gives way to a live one.
    """
    ranked = sorted(claimants, key=lambda one: (one.deleting, one.created_at, one.key))
    if not ranked:
        return None
    incumbent = next((one for one in ranked if one.key == present), None)
    if incumbent is not None and (not incumbent.deleting or ranked[0].deleting):
        return incumbent.key
    return ranked[0].key


def keeper(claimants: Iterable[Claimant], shown: Key | None) -> Key | None:
    """Who holds the ICCID while claimants are in the hands of different processes.

    Only whoever the statuses show as the holder, for these are the same to all; None: everybody
    waits. So nobody begins to hold, and one that is being deleted does not go on beside a live one.
    """
    found = list(claimants)
    present = next((one for one in found if one.key == shown), None)
    if present is None or (present.deleting and not all(one.deleting for one in found)):
        return None
    return present.key
