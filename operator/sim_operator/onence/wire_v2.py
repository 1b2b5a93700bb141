"""Version 2 of the API: where it differs from version 1.

Its PUT leaves alone what it does not carry, so a write carries only what differs.
"""

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import ImeiLock, Session
from sim_operator.onence import wire

SIMS = "/v2/sims"
READS_BEFORE_WRITE = False


def session(body: object) -> Session | None:
    """The session of a status answer, whose `status` is an object with a description."""
    status = wire.fields(body).get("status")
    return wire.session(wire.fields(status).get("description"))


def update(
    iccid: Iccid,  # noqa: ARG001  # the path names the SIM; version 1 wants it in the body too
    change: SimWrite,
    read: ObservedSim,  # noqa: ARG001
) -> dict[str, object]:
    """The body of a PUT: the `change` alone."""
    body: dict[str, object] = {}
    if change.state is not None:
        body["status"] = change.state.value
    if change.label is not None:
        body["label"] = change.label
    if change.imei_lock is not None:
        body["imei_lock"] = change.imei_lock is ImeiLock.LOCKED
    return body
