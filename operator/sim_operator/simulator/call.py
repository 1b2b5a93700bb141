"""What is known about a call while it is answered, and how routes find it."""

from dataclasses import dataclass, field

from starlette.requests import Request

from .faults import Fault, FaultKind
from .identity import luhn_digit
from .journal import Write
from .operations import Operation
from .replies import ApiError
from .state import SimState
from .world import Account, World


@dataclass(slots=True)
class Call:
    """One call; routes fill ``write`` and ``paid``, the journal reads them."""

    method: str
    path: str
    operation: Operation
    now: float
    client_id: str | None = None
    customer: str = ""
    token: str | None = None
    faults: list[Fault] = field(default_factory=list)
    write: Write | None = None
    paid: bool = False

    def fault(self, kind: FaultKind) -> Fault | None:
        """The fault of a kind that hits this call."""
        return next((fault for fault in self.faults if fault.spec.kind == kind), None)


def call_of(request: Request) -> Call:
    """The call behind a request that passed the gateway."""
    call = request.scope["simulator.call"]
    assert isinstance(call, Call)  # noqa: S101 - narrows what the gateway put there
    return call


def world_of(request: Request) -> World:
    """The world that the application serves."""
    world = request.app.state.world
    assert isinstance(world, World)  # noqa: S101 - narrows what build_app put there
    return world


def account_of(request: Request) -> Account:
    """The account of the caller."""
    return world_of(request).account(call_of(request).customer)


def find_sim(request: Request, iccid: str, *, change: bool = False) -> SimState:
    """The caller's SIM of this ICCID.

    Raises:
        ApiError: 404 unknown, 403 somebody else's, 422 expired (where it is to be changed).
    """
    world, call = world_of(request), call_of(request)
    version = call.operation.version
    owner = world.owner_of(_without_check_digit(iccid) if world.quirks.luhn_paths else iccid)
    if owner is None:
        raise ApiError(404, "Element not found" if version == "v2" else "SIM not found.")
    account, index = owner
    answer = account.fleet.departed(index)
    if answer is None and account.fleet.customer != call.customer:
        answer = 403
    if answer is not None:
        raise ApiError(
            answer, "SIM not found." if answer == 404 else "SIM does not belong to user."
        )
    sim = account.fleet.peek(index)
    if change and sim.expired(call.now):
        raise ApiError(422, EXPIRED)
    return account.fleet.touch(index) if change else sim


def _without_check_digit(iccid: str) -> str:
    """The first 19 of 20 digits, where the last is right."""
    known = len(iccid) == 20 and iccid.isascii() and iccid.isdigit()
    return iccid[:19] if known and luhn_digit(iccid[:19]) == iccid[19] else iccid


EXPIRED = (
    "The following SIMs are expired and cannot be modified via API. Only extensions are permitted"
)
