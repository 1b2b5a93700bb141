"""When 1NCE is bad: what the operator is about at that time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.chaos.bad_onence_cells import Cell, Role
from tests.chaos.bad_onence_faults import Hits
from tests.integration.world import Json

Bodies = list[Json]
_HITS: Final = {
    "listSims": Hits.LIST,
    "getSim": Hits.SIM,
    "updateSim": Hits.WRITE,
    "token": Hits.TOKEN,
}


def _nothing(_: Cell) -> Bodies:
    return []


@dataclass(frozen=True)
class Phase:
    """`match`: which calls are bad; `trigger`: what then happens, and the resources it changes."""

    name: str
    match: Mapping[str, Any] = field(default_factory=dict)
    trigger: Callable[[Cell], Bodies] = _nothing
    first: bool = False
    """1NCE is bad before the operator has seen anything of the account."""
    limited: bool = False
    """A policy limits one of the SIMs."""
    held: bool = False
    """That policy keeps it off already."""
    details: bool = False

    @property
    def hits(self) -> Hits:
        """The kinds of calls that are bad."""
        if "path" in self.match:
            return Hits.DETAILS
        return _HITS.get(self.match.get("operation", ""), Hits.ALL)


def _drift(cell: Cell) -> Bodies:
    """Somebody changes SIMs in the portal."""
    cell.in_portal(Role.MANAGED, status="Disabled", label="by hand")
    cell.in_portal(Role.OFF, status="Enabled")
    return []


def _change(cell: Cell) -> Bodies:
    """The owner wants something else."""
    return [
        cell.changed(Role.MANAGED, label="another label", state="Disabled"),
        cell.changed(Role.OFF, state="Enabled", imeiLock="Locked"),
    ]


def _details(cell: Cell) -> Bodies:
    """A device uses most of its volume."""
    cell.in_portal(Role.MANAGED, profile="silent", remaining_data_mb=52, remaining_sms=10)
    cell.left = "50Mi"
    return []


def _token(cell: Cell) -> Bodies:
    """The token is no good any more, and a SIM is changed in the portal."""
    cell.tenant.fault("token-revoked", {"operation": "listSims"}, count=1)
    cell.in_portal(Role.MANAGED, label="by hand")
    return []


def _deletion(cell: Cell) -> Bodies:
    cell.leave()
    return []


def _use(cell: Cell) -> Bodies:
    cell.use(41)
    return []


def _raise_limit(cell: Cell) -> Bodies:
    return [cell.limit("400Mi")]


PHASES: Final = (
    Phase("the start", first=True),
    Phase("the first sweep", {"operation": "listSims"}, first=True),
    Phase("a quiet sweep", {"operation": "listSims"}),
    Phase("a sweep with drift", trigger=_drift),
    Phase("a write", {"operation": "updateSim"}, _change),
    Phase("the read that settles a write", {"operation": "getSim"}, _change),
    Phase("details", {"path": "/(quota|status|usage)"}, _details, details=True),
    Phase("a token", {"operation": "token"}, _token),
    Phase("a deletion with Disable", trigger=_deletion),
    Phase("the beginning of a hold", trigger=_use, limited=True),
    Phase("the end of a hold", trigger=_raise_limit, limited=True, held=True),
)
