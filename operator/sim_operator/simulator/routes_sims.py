"""The calls on SIMs that both versions offer, and the few that differ only in shape."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from . import shapes_v1, shapes_v2
from .call import account_of, call_of, find_sim, world_of
from .parameters import Page, day_of, filters_of, object_of, page_of
from .replies import ApiError, empty_reply, json_reply, page_headers
from .shapes_network import status_v1, status_v2
from .traffic import Service
from .updates import parse_update, reset_later, write_now

router = APIRouter()


@router.get("/{version}/sims")
async def list_sims(request: Request) -> Response:
    """A page of SIMs: a bare array, its place told in headers."""
    call, account = call_of(request), account_of(request)
    page = page_of(request, 100)
    try:
        places = account.fleet.ordered(request.query_params.get("sort", ""))
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    places = account.fleet.matching(filters_of(request), places)
    if call.fault("empty-list") is not None:
        places = []
    shown = page
    if call.fault("duplicate-page") is not None:
        shown = Page(max(1, page.number - 1), page.size)
    shifting = call.fault("shifting-list")
    if shifting is not None and places:
        # One further with each call, as if SIMs left at the front while the list is read.
        moved = shifting.hits % len(places)
        places = [*places[moved:], *places[:moved]]
    indices = shown.of(places)
    if call.fault("truncated-page") is not None:
        indices = indices[: len(indices) // 2]
    shapes = [shapes_v1.sim_shape(account.fleet.peek(i), account, call.now) for i in indices]
    return json_reply(shapes, headers=page_headers(page.number, page.size, len(places)))


@router.get("/{version}/sims/{iccid}")
async def get_sim(request: Request, iccid: str) -> Response:
    """One SIM."""
    sim = find_sim(request, iccid)
    return json_reply(shapes_v1.sim_shape(sim, account_of(request), call_of(request).now))


@router.put("/v1/sims/{iccid}")
async def update_sim_v1(request: Request, iccid: str) -> Response:
    """Update in v1: ICCID and status are required; the rest is kept or reset, as configured."""
    omitted = world_of(request).quirks.omitted
    return await _update(request, iccid, required=("iccid", "status"), reset=omitted == "reset")


@router.put("/v2/sims/{iccid}")
async def update_sim_v2(request: Request, iccid: str) -> Response:
    """Update in v2: nothing is required, what is not sent is kept."""
    return await _update(request, iccid, required=(), reset=False)


async def _update(
    request: Request, iccid: str, *, required: tuple[str, ...], reset: bool
) -> Response:
    sim = find_sim(request, iccid, change=True)
    update = parse_update(
        await object_of(request),
        required=required,
        iccid=sim.identity.iccid,
        omitted="reset" if reset else "keep",
    )
    write_now(world_of(request), call_of(request), account_of(request), sim, update)
    return empty_reply(200)


@router.post("/{version}/sims/{iccid}/reset")
async def reset_sim(request: Request, iccid: str) -> Response:
    """Connectivity reset: queued."""
    sim = find_sim(request, iccid, change=True)
    reset_later(world_of(request), call_of(request), account_of(request), sim)
    return empty_reply(201)


@router.get("/{version}/sims/{iccid}/status")
async def get_status(request: Request, iccid: str) -> Response:
    """Connectivity, in the version's shape."""
    sim, call = find_sim(request, iccid), call_of(request)
    shape = status_v2 if call.operation.version == "v2" else status_v1
    return json_reply(shape(sim, account_of(request), call.now))


@router.get("/{version}/sims/{iccid}/quota/data")
async def get_data_quota(request: Request, iccid: str) -> Response:
    """Data quota."""
    return _quota(request, iccid, "data")


@router.get("/{version}/sims/{iccid}/quota/sms")
async def get_sms_quota(request: Request, iccid: str) -> Response:
    """SMS quota."""
    return _quota(request, iccid, "sms")


def _quota(request: Request, iccid: str, service: Service) -> Response:
    sim, call = find_sim(request, iccid), call_of(request)
    shapes = shapes_v2 if call.operation.version == "v2" else shapes_v1
    return json_reply(shapes.quota_shape(sim, service, account_of(request), call.now))


@router.get("/{version}/sims/{iccid}/usage")
async def get_usage(request: Request, iccid: str) -> Response:
    """Daily usage; in v2 only where the account has it."""
    call = call_of(request)
    if call.operation.version == "v2" and not world_of(request).quirks.v2_usage:
        raise ApiError(404, "Element not found")
    sim = find_sim(request, iccid)
    start, end = day_of(request, "start_dt"), day_of(request, "end_dt")
    if start is not None and end is not None and start > end:
        raise ApiError(400, "start_dt must not be after end_dt")
    return json_reply(shapes_v1.usage_shape(sim, account_of(request), call.now, start, end))
