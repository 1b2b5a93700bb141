"""``/_control/sims``: the truth about SIMs, and what a person in the portal may do to them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .call import world_of
from .clock import YEAR, rfc3339
from .config import DEFAULT_CUSTOMER
from .metering import refresh_spans, remaining, set_remaining, settle, use
from .replies import ApiError, json_reply
from .sessions import session_of
from .shapes_v1 import volume
from .state import Session, SimState, Status
from .traffic import MIB, Profile
from .updates import set_status
from .world import Account, World

router = APIRouter()


class SimChange(BaseModel):
    """What a person or the network changes; only fields that are sent are changed.

    ``label`` and ``imei`` null: the field is missing; ``session`` null: computed again;
    ``use_*``: consumed now, on top of what the profile consumes; volumes are MB and messages.
    ``attached`` false: the device was never seen. ``present`` true: the SIM is back.
    """

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    label: str | None = None
    imei_lock: bool | None = None
    imei: str | None = None
    ip_address: str | None = None
    expired: bool | None = None
    remaining_data_mb: float | None = None
    remaining_sms: float | None = None
    use_data_mb: Annotated[float, Field(ge=0)] | None = None
    use_sms: Annotated[int, Field(ge=0)] | None = None
    profile: Profile | None = None
    attached: bool | None = None
    session: Session | None = None
    hidden_fields: list[str] | None = None
    null_fields: list[str] | None = None
    present: bool | None = None


class Arrival(BaseModel):
    """SIMs that were bought."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=1, le=1_000_000)]
    customer: str = DEFAULT_CUSTOMER


@router.get("/sims")
async def list_truth(
    request: Request,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    customer: str = DEFAULT_CUSTOMER,
) -> Response:
    """Present SIMs in order, with what no call of 1NCE tells."""
    world = world_of(request)
    account = _known_account(world, customer)
    indices = account.fleet.indices()[offset : offset + limit]
    now = world.clock.now()
    return json_reply(
        {
            "total": len(account.fleet),
            "sims": [_truth(account.fleet.peek(i), account, now) for i in indices],
        }
    )


def _known_account(world: World, customer: str) -> Account:
    for account in world.accounts():
        if account.fleet.customer == customer:
            return account
    raise ApiError(404, f"There is no customer {customer}")


@router.post("/sims")
async def add_sims(request: Request, arrival: Arrival) -> Response:
    """More SIMs, behind the present ones."""
    fleet = _known_account(world_of(request), arrival.customer).fleet
    first = fleet.count
    fleet.add(arrival.count)
    return json_reply({"iccids": [fleet.iccid(i) for i in range(first, fleet.count)]}, 201)


@router.get("/sims/{iccid}")
async def get_truth(request: Request, iccid: str) -> Response:
    """One SIM, present or gone."""
    world = world_of(request)
    account, index = _find(world, iccid)
    return json_reply(_truth(account.fleet.peek(index), account, world.clock.now()))


@router.delete("/sims/{iccid}")
async def remove_sim(
    request: Request, iccid: str, answer: Literal["403", "404"] = "404"
) -> Response:
    """The SIM leaves the account and answers 403 or 404 from now on."""
    account, index = _find(world_of(request), iccid)
    account.fleet.depart(index, int(answer))
    return Response(status_code=204)


@router.patch("/sims/{iccid}")
async def change_sim(request: Request, iccid: str, change: SimChange) -> Response:
    """Change a SIM past the API."""
    world = world_of(request)
    account, index = _find(world, iccid)
    now, sim = world.clock.now(), account.fleet.touch(index)
    wanted = change.model_dump(exclude_unset=True)
    settle(sim, now, account.metered())
    _change_fields(sim, wanted, now)
    _change_volumes(sim, account, change, now)
    if wanted.get("attached") is not None:
        _attach(sim, change.attached is True, now)
    if change.present is True:
        account.fleet.come_back(index)
    refresh_spans(sim, now, account.metered())
    return json_reply(_truth(sim, account, now))


def _change_fields(sim: SimState, wanted: dict[str, Any], now: float) -> None:
    if wanted.get("status") not in (None, sim.status):
        set_status(sim, wanted["status"], now, "Policy Control")
    for name in ("label", "imei", "session"):
        if name in wanted:
            setattr(sim, name, wanted[name])
            visible = {name} if wanted[name] is not None else set()
            sim.hidden_fields -= visible
            sim.null_fields -= visible
    for name in ("imei_lock", "ip_address", "profile"):
        if wanted.get(name) is not None:
            setattr(sim, name, wanted[name])
    for name in ("hidden_fields", "null_fields"):
        if wanted.get(name) is not None:
            setattr(sim, name, frozenset(wanted[name]))
    expired = wanted.get("expired")
    if expired is not None and expired != sim.expired(now):
        sim.expiry = now - 1 if expired else now + YEAR


def _change_volumes(sim: SimState, account: Account, change: SimChange, now: float) -> None:
    limits = account.metered()
    if change.remaining_data_mb is not None:
        set_remaining(sim.data, change.remaining_data_mb * MIB, now)
    if change.remaining_sms is not None:
        set_remaining(sim.sms, change.remaining_sms, now)
    if change.use_data_mb:
        use(sim, "data", change.use_data_mb * MIB, now, limits["data"])
    if change.use_sms:
        use(sim, "sms", change.use_sms, now, limits["sms"])


def _attach(sim: SimState, attached: bool, now: float) -> None:
    fields = frozenset({"imei", "activation_date"})
    sim.attached = attached
    if attached:
        sim.imei = sim.imei or sim.identity.imei
        sim.activated = sim.activated or now
        sim.hidden_fields -= fields
        sim.null_fields -= fields
    else:
        sim.imei, sim.activated = None, None


def _find(world: World, iccid: str) -> tuple[Account, int]:
    owner = world.owner_of(iccid)
    if owner is None:
        raise ApiError(404, f"There never was a SIM {iccid}")
    return owner


def _truth(sim: SimState, account: Account, now: float) -> dict[str, Any]:
    limits, identity = account.metered(), sim.identity
    return {
        "index": identity.index,
        "customer": account.fleet.customer,
        "iccid": identity.iccid,
        "iccid_with_luhn": identity.iccid_with_luhn,
        "present": account.fleet.departed(identity.index) is None,
        "status": sim.status,
        "label": sim.label,
        "imei_lock": sim.imei_lock,
        "imei": sim.imei,
        "ip_address": sim.ip_address,
        "profile": sim.profile,
        "attached": sim.attached,
        "activated": None if sim.activated is None else rfc3339(sim.activated),
        "session": session_of(sim, now, limits["data"]),
        "expired": sim.expired(now),
        "expiry": rfc3339(sim.expiry),
        "quota": {
            service: {
                "total": volume(service, sim.meter(service).total),
                "remaining": volume(service, remaining(sim, service, now, limits[service])),
            }
            for service in limits
        },
        "auto_topup": sim.auto_topup,
        "resets": sim.resets,
        "hidden_fields": sorted(sim.hidden_fields),
        "null_fields": sorted(sim.null_fields),
    }
