"""The calls of v1 that concern many SIMs or the account, and cost nothing."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .call import account_of, call_of, find_sim, world_of
from .clock import rfc3339
from .journal import Write
from .metering import LimitChange
from .money import PRODUCTS
from .parameters import body_of, flag, iccids_in, object_of, page_of
from .replies import ApiError, empty_reply, json_reply, page_headers
from .shapes_network import connectivity_info
from .traffic import MIB
from .updates import parse_update, write_later

router = APIRouter()
# The steps that may be chosen; id 0 lifts a limit.
STEPS: dict[str, dict[int, int]] = {
    "data": {1: 16, 2: 32, 3: 64, 4: 128, 5: 256, 6: 512},
    "smsMt": {1: 10, 2: 25, 3: 50, 4: 100},
    "smsMo": {1: 10, 2: 25, 3: 50, 4: 100},
}
_SERVICES = {"data": "data", "smsMT": "smsMt", "smsMO": "smsMo"}
_LIMIT_FIELDS = {"dataLimitId": "data", "smsMtLimitId": "smsMt", "smsMoLimitId": "smsMo"}


@router.post("/v1/sims")
async def bulk_update(request: Request) -> Response:
    """Queue the updates of many SIMs; none is queued where one is refused."""
    body = await body_of(request)
    world, call, account = world_of(request), call_of(request), account_of(request)
    if not isinstance(body, list) or not body:
        raise ApiError(400, "Request body must be an array of SIMs")
    updates = []
    for item in body:
        update = parse_update(
            item, required=("iccid", "status"), iccid=None, omitted=world.quirks.omitted
        )
        updates.append((find_sim(request, str(item["iccid"]), change=True), update))
    if call.fault("ignore-write") is None:
        for sim, update in updates:
            seconds = world.quirks.queue_delay_seconds
            write_later(world, call, account, sim, update, seconds)
    before = updates[0][0].writable()
    call.write = Write(updates[0][0].identity.iccid, before, before, pending=True)
    return empty_reply(201)


@router.get("/v1/sims/{iccid}/connectivity_info")
async def get_connectivity_info(request: Request, iccid: str) -> Response:
    """What the visited network knows."""
    sim, call = find_sim(request, iccid), call_of(request)
    subscriber, ussd = flag(request, "subscriber", True), flag(request, "ussd", False)
    account = account_of(request)
    return json_reply(connectivity_info(sim, account, call.now, subscriber=subscriber, ussd=ussd))


@router.get("/v1/sims/limits")
async def get_limits(request: Request) -> Response:
    """The account's monthly limits that are set."""
    chosen = account_of(request).limit_ids
    return json_reply({kind: _step(kind, number) for kind, number in chosen.items() if number})


@router.post("/v1/sims/limits")
async def set_limits(request: Request) -> Response:
    """Choose limits by id; what is not sent stays."""
    body = await object_of(request)
    account, now = account_of(request), call_of(request).now
    chosen = {}
    for name, number in body.items():
        kind = _LIMIT_FIELDS.get(name)
        if kind is None:
            raise ApiError(400, f"Request body validation error: Unknown attributes '{name}'")
        known = isinstance(number, int) and not isinstance(number, bool)
        if not known or (number != 0 and number not in STEPS[kind]):
            raise ApiError(400, f"{name} is not a selectable limit")
        chosen[kind] = number
    for kind, number in chosen.items():
        account.limit_ids[kind] = number
        amount = STEPS[kind].get(number)
        size = None if amount is None else float(amount * MIB if kind == "data" else amount)
        account.limits[kind].append(LimitChange(now, size))
    return empty_reply(201)


@router.get("/v1/sims/{service}/limits")
async def list_limits(service: str) -> Response:
    """The limits that can be chosen."""
    kind = _SERVICES.get(service)
    if kind is None:
        raise ApiError(404, "Element not found")
    return json_reply([_step(kind, number) for number in STEPS[kind]])


def _step(kind: str, number: int) -> dict[str, object]:
    unit = "MB" if kind == "data" else "SMS"
    return {"id": number, "limit": str(STEPS[kind][number]), "unit": unit}


@router.post("/v1/sims/autoTopup")
async def set_auto_topup(request: Request) -> Response:
    """Switch automatic top-ups; no call tells whether they are on."""
    body = await object_of(request)
    enabled = body.get("enabled")
    if not isinstance(enabled, bool):
        raise ApiError(400, "enabled must be a boolean")
    iccids = iccids_in(body.get("iccids"))
    sims = [find_sim(request, iccid, change=True) for iccid in iccids]
    before: dict[str, object] = {"auto_topup": sims[0].auto_topup}
    for sim in sims:
        sim.auto_topup = enabled
    call_of(request).write = Write(sims[0].identity.iccid, before, {"auto_topup": enabled})
    return empty_reply(201)


@router.post("/v1/sims/simTransfer")
async def transfer_sims(request: Request) -> Response:
    """Give SIMs to another organisation: from then on they are somebody else's."""
    body = await object_of(request)
    if not isinstance(body.get("target_organisation"), int):
        raise ApiError(400, "target_organisation is required")
    account, iccids = account_of(request), body.get("iccids") or []
    ranges = body.get("iccid_ranges") or []
    if not isinstance(iccids, list) or not isinstance(ranges, list):
        raise ApiError(400, "iccids and iccid_ranges must be arrays")
    iccids = list(iccids)
    for bounds in ranges:
        iccids += _range(request, bounds)
    wanted = iccids_in(iccids)
    for iccid in wanted:
        find_sim(request, iccid, change=True)
    for iccid in wanted:
        index = account.fleet.index_of(iccid)
        if index is not None:
            account.fleet.depart(index, 403)
    present: dict[str, object] = {"present": True}
    call_of(request).write = Write(wanted[0], present, {"present": False})
    return empty_reply(201)


def _range(request: Request, bounds: object) -> list[str]:
    fleet = account_of(request).fleet
    ends = bounds if isinstance(bounds, dict) else {}
    first, last = fleet.index_of(str(ends.get("from"))), fleet.index_of(str(ends.get("to")))
    if first is None or last is None:
        raise ApiError(404, "SIM not found.")
    return [fleet.iccid(index) for index in range(first, last + 1)]


@router.get("/v1/products")
async def list_products() -> Response:
    """What can be ordered."""
    return json_reply(PRODUCTS)


@router.get("/v1/support")
async def list_support(request: Request) -> Response:
    """A page of support cases."""
    page, cases = page_of(request, 100, default=1), account_of(request).support
    headers = page_headers(page.number, page.size, len(cases))
    return json_reply(list(page.of(cases)), headers=headers)


@router.post("/v1/support")
async def create_support(request: Request) -> Response:
    """Ask for help."""
    body = await object_of(request)
    for name in ("replyToMail", "senderName", "subject", "text"):
        if not isinstance(body.get(name), str):
            raise ApiError(400, f"Request body validation error: Missing attributes '{name}'")
    account, now = account_of(request), rfc3339(call_of(request).now)
    message = {
        "id": f"M{len(account.support) + 1}",
        "communicationDate": now,
        "direction": "IN",
        "originator": body["replyToMail"],
        "subject": body["subject"],
        "text": body["text"],
        "type": "PORTAL",
    }
    case = {
        "caseId": f"C{len(account.support) + 1:06d}",
        "status": "OPEN",
        "communications": [message],
        "createDate": now,
        "solvedDate": None,
        "subject": body["subject"],
        "text": body["text"],
    }
    account.support.append(case)
    return json_reply(case, 201)
