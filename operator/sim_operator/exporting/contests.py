"""ICCIDs that several exported resources name.

Which of them holds the SIM is remembered in its status, and that is not exported. After a restore
the oldest wins, and of equally old ones the first by namespace and name: it may be another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from sim_operator.api.names import SIM_KIND
from sim_operator.domain.iccid import Iccid, InvalidIccidError, canonical
from sim_operator.domain.resources import Key
from sim_operator.exporting.manifest import Manifest

_SHOWN: Final = 5


def contests(manifests: Iterable[Manifest]) -> Iterator[str]:
    """A sentence for each of the first of them, and one for the rest."""
    claimants: defaultdict[Iccid, list[Key]] = defaultdict(list)
    for one in manifests:
        iccid = _iccid(one) if one.kind == SIM_KIND else None
        if iccid is not None:
            claimants[iccid].append(one.key)
    found = [(iccid, sorted(keys)) for iccid, keys in sorted(claimants.items()) if len(keys) > 1]
    for iccid, keys in found[:_SHOWN]:
        yield (
            f"ICCID {iccid} is named by {', '.join(map(str, keys))}: after a restore another one "
            "of them may hold it. Delete all but one, or restore with status."
        )
    if len(found) > _SHOWN:
        yield f"So are {len(found) - _SHOWN} more ICCIDs."


def _iccid(one: Manifest) -> Iccid | None:
    try:
        return canonical(str(one.spec.get("iccid")))
    except InvalidIccidError:
        return None  # no card has that number, so nobody can hold it
