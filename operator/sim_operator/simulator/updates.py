"""What a write does to a SIM, and when: at once, later, or (by a fault) never."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from .call import Call
from .config import Omitted
from .journal import Write
from .metering import refresh_spans, settle
from .replies import ApiError
from .state import RecordedEvent, SimState, Status
from .world import Account, World

LATE_SECONDS = 5.0
_FIELDS = {"iccid", "status", "label", "imei_lock"}


@dataclass(frozen=True, slots=True)
class SimUpdate:
    """The update of one SIM; None: not sent."""

    status: Status | None
    label: str | None
    imei_lock: bool | None
    omitted: Omitted = "keep"

    def apply(self, sim: SimState, account: Account, now: float) -> None:
        """Make it so."""
        settle(sim, now, account.metered())
        reset = self.omitted == "reset"
        if self.status is not None and self.status != sim.status:
            set_status(sim, self.status, now)
        if self.label is not None or reset:
            sim.label = self.label or ""
        if self.imei_lock is not None or reset:
            sim.imei_lock = bool(self.imei_lock)
        written = {"label"} if self.label is not None or reset else set()
        sim.hidden_fields -= written
        sim.null_fields -= written
        refresh_spans(sim, now, account.metered())


def set_status(
    sim: SimState, status: Status, now: float, source: Literal["API", "Policy Control"] = "API"
) -> None:
    """Enable or disable, with the event that 1NCE shows for it."""
    sim.status = status
    names = ("Suspended", "Activated") if status == "Enabled" else ("Activated", "Suspended")
    text = f"Status of SIM changed from '{names[0]}' to '{names[1]}'"
    sim.events.append(RecordedEvent(now, 8 if status == "Enabled" else 9, text, source))


def parse_update(
    body: Any, *, required: tuple[str, ...], iccid: str | None, omitted: Omitted
) -> SimUpdate:
    """An update out of a JSON object; ``iccid``: what the path says.

    Raises:
        ApiError: 400, with the field that is wrong.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "Request body must be an object")
    for name in required:
        if name not in body:
            raise ApiError(400, f"Request body validation error: Missing attributes '{name}'")
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise ApiError(400, f"Request body validation error: Unknown attributes {unknown}")
    if "iccid" in body and iccid is not None and body["iccid"] != iccid:
        raise ApiError(400, "iccid of path and body differ")
    if body.get("status", "Enabled") not in ("Enabled", "Disabled"):
        raise ApiError(400, "status must be Enabled or Disabled")
    if not isinstance(body.get("label", ""), str):
        raise ApiError(400, "label must be a string")
    if not isinstance(body.get("imei_lock", False), bool):
        raise ApiError(400, "imei_lock must be a boolean")
    status = cast("Status | None", body.get("status"))
    return SimUpdate(status, body.get("label"), body.get("imei_lock"), omitted)


def write_now(world: World, call: Call, account: Account, sim: SimState, update: SimUpdate) -> None:
    """Apply an update as a PUT does, unless a fault on this call says otherwise."""
    before, iccid = sim.writable(), sim.identity.iccid
    late = call.fault("apply-late")
    if call.fault("ignore-write") is not None:
        call.write = Write(iccid, before, before, ignored=True)
    elif late is not None:
        seconds = LATE_SECONDS if late.spec.seconds is None else late.spec.seconds
        write_later(world, call, account, sim, update, seconds)
        call.write = Write(iccid, before, before, pending=True)
    else:
        update.apply(sim, account, call.now)
        call.write = Write(iccid, before, sim.writable())
        again = call.fault("apply-twice")
        if again is not None:
            seconds = LATE_SECONDS if again.spec.seconds is None else again.spec.seconds
            write_later(world, call, account, sim, update, seconds)


def write_later(
    world: World, call: Call, account: Account, sim: SimState, update: SimUpdate, seconds: float
) -> None:
    """Queue an update; the journal shows it when it becomes real."""
    operation = call.operation.name

    def apply(now: float) -> None:
        before = sim.writable()
        update.apply(sim, account, now)
        world.record_applied(operation, sim, before, now)

    world.deferred.add(apply, call.now, seconds)


def reset_later(world: World, call: Call, account: Account, sim: SimState) -> None:
    """Queue a connectivity reset: the device is thrown off and attaches again."""

    def apply(now: float) -> None:
        before: dict[str, object] = {"resets": sim.resets}
        settle(sim, now, account.metered())
        sim.resets += 1
        sim.reset_at = now
        sim.events.append(RecordedEvent(now, 15, "Purge location", "API"))
        world.record_applied("resetSim", sim, before, now, {"resets": sim.resets})

    world.deferred.add(apply, call.now, world.quirks.queue_delay_seconds)
    resets: dict[str, object] = {"resets": sim.resets}
    call.write = Write(sim.identity.iccid, resets, resets, pending=True)
