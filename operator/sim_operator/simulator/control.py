"""``/_control``: time, faults, credentials, quirks, journal. JSON, without authorization."""

from collections import Counter
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from .call import world_of
from .clock import rfc3339
from .config import DEFAULT_CUSTOMER, Credential, Omitted
from .faults import FaultSpec
from .replies import ApiError, json_reply
from .world import World

router = APIRouter()


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TimeChange(_Body):
    """A move of simulated time; in this order: move, then speed."""

    advance_seconds: Annotated[float, Field(ge=0)] | None = None
    now: AwareDatetime | None = None
    speed: Annotated[float, Field(ge=0)] | None = None


class Pair(_Body):
    """Credentials and whose they are."""

    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[str, Field(min_length=1)]
    customer: str = DEFAULT_CUSTOMER


class Credentials(_Body):
    """The pairs that are accepted from now on; ``customers``: SIMs of a new customer."""

    pairs: list[Pair]
    customers: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]] = {}


class QuirkChange(_Body):
    """Quirks to change; what is absent stays. ``rate_limit``: calls a second, 0 lifts it."""

    omitted: Omitted | None = None
    v2_usage: bool | None = None
    luhn_paths: bool | None = None
    queue_delay_seconds: Annotated[float, Field(ge=0)] | None = None
    token_lifetime: Annotated[float, Field(gt=0)] | None = None
    rate_limit: Annotated[int, Field(ge=0)] | None = None


class Revocation(_Body):
    """Which token: its fingerprint in the journal; absent: all."""

    fingerprint: str | None = None


@router.post("/reset")
async def reset(request: Request) -> Response:
    """Begin anew as configured: no fault, journal, token, change or stream remains."""
    await request.app.state.streams.clear()
    request.app.state.world = World(world_of(request).config)
    return Response(status_code=204)


@router.get("/time")
async def get_time(request: Request) -> Response:
    """Simulated time."""
    return _time(world_of(request))


@router.post("/time")
async def move_time(request: Request, change: TimeChange) -> Response:
    """Move simulated time forward, or change its speed; what falls due is applied."""
    clock = world_of(request).clock
    try:
        if change.now is not None:
            clock.move_to(change.now.timestamp())
        if change.advance_seconds is not None:
            clock.move_to(clock.now() + change.advance_seconds)
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    if change.speed is not None:
        clock.set_speed(change.speed)
    world_of(request).deferred.run_due(clock.now())
    return _time(world_of(request))


def _time(world: World) -> Response:
    return json_reply({"now": rfc3339(world.clock.now()), "speed": world.clock.speed})


@router.post("/faults")
async def add_fault(request: Request, spec: FaultSpec) -> Response:
    """Put a fault into force."""
    try:
        fault = world_of(request).faults.add(spec)
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    return json_reply({"id": fault.id}, 201)


@router.get("/faults")
async def list_faults(request: Request) -> Response:
    """The faults in force, with what they hit."""
    return json_reply([fault.shown() for fault in world_of(request).faults.all()])


@router.delete("/faults")
async def clear_faults(request: Request) -> Response:
    """End all faults."""
    world_of(request).faults.clear()
    return Response(status_code=204)


@router.delete("/faults/{fault_id}")
async def remove_fault(request: Request, fault_id: int) -> Response:
    """End one fault."""
    if not world_of(request).faults.remove(fault_id):
        raise ApiError(404, f"There is no fault {fault_id}")
    return Response(status_code=204)


@router.post("/tokens/revoke")
async def revoke_tokens(request: Request, revocation: Revocation | None = None) -> Response:
    """Make one token or all worthless."""
    fingerprint = None if revocation is None else revocation.fingerprint
    return json_reply({"revoked": world_of(request).tokens.revoke(fingerprint)})


@router.put("/credentials")
async def rotate_credentials(request: Request, wanted: Credentials) -> Response:
    """Replace the accepted pairs; tokens in use stay valid until revoked."""
    world = world_of(request)
    try:
        for customer, sims in wanted.customers.items():
            world.open_account(customer, sims)
        world.rotate(
            tuple(Credential(p.client_id, p.client_secret, p.customer) for p in wanted.pairs)
        )
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    shown = [{"client_id": p.client_id, "customer": p.customer} for p in wanted.pairs]
    return json_reply({"pairs": shown})


@router.get("/journal")
async def read_journal(
    request: Request,
    since: int = 0,
    kind: Literal["calls", "writes"] = "calls",
    limit: Annotated[int, Query(ge=1, le=1_000_000)] = 1_000_000,
) -> Response:
    """Entries after number ``since``, oldest first; ``last`` is the newest number of all."""
    journal = world_of(request).journal
    chosen = islice(journal.entries(since, kind == "writes"), limit)
    entries = [entry.shown() for entry in chosen]
    return json_reply({"last": journal.last, "dropped": journal.dropped, "entries": entries})


@router.delete("/journal")
async def clear_journal(request: Request) -> Response:
    """Forget all entries and sums."""
    world_of(request).journal.clear()
    world_of(request).refused_by_rate = 0
    return Response(status_code=204)


@router.get("/summary")
async def summary(request: Request) -> Response:
    """SIMs by status, calls by operation and answer, writes, paid calls, refusals."""
    world = world_of(request)
    journal = world.journal
    customers: dict[str, dict[str, int]] = {}
    for account in world.accounts():
        fleet = account.fleet
        statuses = Counter[str](fleet.status(index) for index in fleet.indices())
        customers[fleet.customer] = {"sims": len(fleet), **statuses}
    return json_reply(
        {
            "now": rfc3339(world.clock.now()),
            "customers": customers,
            "requests": dict(journal.by_operation),
            "answers": {str(status): count for status, count in journal.by_status.items()},
            "writes": journal.writes,
            "paid": journal.paid,
            "refused_by_rate": world.refused_by_rate,
            "waiting": len(world.deferred),
        }
    )


@router.get("/quirks")
async def get_quirks(request: Request) -> Response:
    """The quirks in force."""
    return json_reply(_quirks(world_of(request)))


@router.post("/quirks")
async def change_quirks(request: Request, change: QuirkChange) -> Response:
    """Change quirks."""
    world = world_of(request)
    for name in ("omitted", "v2_usage", "luhn_paths", "queue_delay_seconds"):
        value = getattr(change, name)
        if value is not None:
            setattr(world.quirks, name, value)
    if change.token_lifetime is not None:
        world.tokens.lifetime = change.token_lifetime
    if change.rate_limit is not None:
        world.rates.sims.limit = change.rate_limit
    return json_reply(_quirks(world))


def _quirks(world: World) -> dict[str, Any]:
    return {
        "omitted": world.quirks.omitted,
        "v2_usage": world.quirks.v2_usage,
        "luhn_paths": world.quirks.luhn_paths,
        "queue_delay_seconds": world.quirks.queue_delay_seconds,
        "token_lifetime": world.tokens.lifetime,
        "rate_limit": world.rates.sims.limit,
    }
