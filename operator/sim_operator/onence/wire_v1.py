"""Version 1 of the API, which retires at the end of 2026: where it differs from version 2.

What its PUT does with a field that is left out is documented nowhere, and the specification gives
`imei_lock` a default of false. So a write carries all four fields, and is not made where one of
them is not known: a default would take a lock away that nobody asked to take.
"""

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import ImeiLock, Session
from sim_operator.onence import wire
from sim_operator.onence.faults import OnenceError

SIMS = "/v1/sims"
READS_BEFORE_WRITE = True


def session(body: object) -> Session | None:
    """The session of a status answer, whose `status` is a word."""
    return wire.session(wire.fields(body).get("status"))


def update(iccid: Iccid, change: SimWrite, read: ObservedSim) -> dict[str, object]:
    """The body of a PUT: the `change`, and what was `read` for all else.

    Raises:
        OnenceError: `MISSING_FIELD`, for a field that neither of them has.
    """
    state = change.state or read.state
    label = read.label if change.label is None else change.label
    lock = change.imei_lock or read.imei_lock
    if state is None:
        raise _missing("status", "state")
    if label is None:
        raise _missing("label", "label")
    if lock is None:
        raise _missing("imei_lock", "imeiLock")
    return {
        "iccid": iccid,
        "status": state.value,
        "label": label,
        "imei_lock": lock is ImeiLock.LOCKED,
    }


def _missing(field: str, spec_field: str) -> OnenceError:
    return OnenceError(
        Failure(
            FailureKind.MISSING_FIELD,
            f"not sent: 1NCE's answer shows no usable {field} for this SIM, and a write must "
            f"carry it; set spec.{spec_field} to say what it should be",
        )
    )
