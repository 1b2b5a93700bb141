"""Messages and events: the histories of a SIM, whose shapes differ most between the versions."""

import re
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .call import account_of, call_of, find_sim
from .clock import DAY, month_start, parse_rfc3339, rfc3339
from .events import RETENTION, event_v1, event_v2, events_of
from .journal import Write
from .metering import limit_at, remaining, use
from .parameters import object_of, page_of
from .replies import ApiError, empty_reply, json_reply, page_headers
from .sessions import session_of
from .state import SimState

router = APIRouter()
_STATUS = {2: "PENDING", 4: "DELIVERED", 5: "FAILED", 6: "EXPIRED"}
_ADDRESS_TYPES = {145: "International", 161: "National", 208: "Alphanumeric"}
_EVENT_SORTS = ("timestamp", "id")
_KEPT = ("payload", "source_address", "udh", "dcs", "source_address_type")


@router.get("/{version}/sims/{iccid}/events")
async def get_events(request: Request, iccid: str) -> Response:
    """Events: an object with a list in v1, the bare list in v2."""
    sim, call, account = find_sim(request, iccid), call_of(request), account_of(request)
    page = page_of(request, 1000)
    events = events_of(sim, account, call.now)
    v2 = call.operation.version == "v2"
    sort = [] if v2 else list(filter(None, request.query_params.get("sort", "").split(",")))
    if any(field.removeprefix("-") not in _EVENT_SORTS for field in sort):
        raise ApiError(400, "events can be sorted by timestamp and id")
    if "timestamp" in sort:
        events.reverse()
    headers = page_headers(page.number, page.size, len(events))
    shown = page.of(events)
    if v2:
        return json_reply([event_v2(event, sim, account) for event in shown], headers=headers)
    body = {
        "events": [event_v1(event, sim) for event in shown],
        "totalEvents": len(events),
        "totalPages": -(-len(events) // page.size),
    }
    return json_reply(body, headers=headers)


@router.post("/{version}/sims/{iccid}/sms")
async def send_sms(request: Request, iccid: str) -> Response:
    """Send a message to a device; it is kept until the device can be reached."""
    sim, call = find_sim(request, iccid, change=True), call_of(request)
    body = await object_of(request)
    _check_message(body)
    _check_limit(request, sim)
    expiry = _expiry_of(body, call.now)
    # Never counted from the list: a cancelled message leaves it, and numbers must not return.
    sim.messages_sent += 1
    number = sim.identity.index * 1000 + sim.messages_sent
    before: dict[str, object] = {"messages": len(sim.messages)}
    sim.messages.append(
        {name: body[name] for name in _KEPT if name in body}
        | {"id": number, "submitted": call.now, "expiry": expiry, "status": 2}
    )
    _settle_messages(request, sim)
    call.write = Write(sim.identity.iccid, before, {"messages": len(sim.messages)})
    path = f"/management-api/{call.operation.version}/sims/{iccid}/sms/{number}"
    headers = {"Location": f"{request.url.scheme}://{request.url.netloc}{path}"}
    if call.operation.version == "v2":
        return json_reply({"id": str(number)}, 201, headers)
    return empty_reply(201, headers)


def _expiry_of(body: dict[str, Any], now: float) -> float:
    if "expiry_date" not in body:
        return now + DAY
    try:
        return parse_rfc3339(body["expiry_date"])
    except (TypeError, ValueError) as error:
        raise ApiError(400, "expiry_date is no ISO 8601 time") from error


def _check_message(body: dict[str, Any]) -> None:
    if not isinstance(body.get("payload"), str):
        raise ApiError(400, "Request body validation error: Missing attributes 'payload'")
    udh = body.get("udh", "")
    if not isinstance(udh, str) or not re.fullmatch("[0-9a-fA-F]*", udh):
        raise ApiError(400, "udh must be a hex string")
    if body.get("dcs", 0) not in (0, 4, 8):
        raise ApiError(400, "dcs must be 0, 4 or 8")
    kind = body.get("source_address_type", {"id": 161})
    if not isinstance(kind, dict) or kind.get("id") not in list(_ADDRESS_TYPES):
        raise ApiError(400, "source_address_type.id must be 145, 161 or 208")


def _check_limit(request: Request, sim: SimState) -> None:
    now = call_of(request).now
    limit = limit_at(account_of(request).limits["smsMt"], now)
    sent = sum(message["submitted"] >= month_start(now) for message in sim.messages)
    if limit is not None and sent >= limit:
        raise ApiError(400, f"Traffic limit of {int(limit)} SMS per month exceeded")


def _settle_messages(request: Request, sim: SimState) -> None:
    """Deliver what waits, if the device can be reached and quota is left; let old ones expire."""
    account, now = account_of(request), call_of(request).now
    limits = account.metered()
    reachable = session_of(sim, now, limits["data"]) in ("ONLINE", "ATTACHED")
    for message in sim.messages:
        if message["status"] != 2:
            continue
        if now >= message["expiry"]:
            message.update(status=6, final=message["expiry"])
        elif reachable and remaining(sim, "sms", now, limits["sms"]) >= 1:
            use(sim, "sms", 1.0, now, limits["sms"])
            message.update(status=4, final=now)
        elif reachable:
            message.update(status=5, final=now)


def _messages(request: Request, iccid: str) -> tuple[SimState, list[dict[str, Any]]]:
    sim, now = find_sim(request, iccid), call_of(request).now
    _settle_messages(request, sim)
    return sim, [m for m in sim.messages if m["submitted"] >= now - RETENTION]


@router.get("/{version}/sims/{iccid}/sms")
async def list_sms(request: Request, iccid: str) -> Response:
    """The messages of the last seven days; v2 calls its page size ``per_page``."""
    v2 = call_of(request).operation.version == "v2"
    page = page_of(request, 1000, 20, "per_page") if v2 else page_of(request, 100)
    sim, messages = _messages(request, iccid)
    shapes = [_shape(message, sim, v2=v2) for message in page.of(messages)]
    return json_reply(shapes, headers=page_headers(page.number, page.size, len(messages)))


@router.get("/{version}/sims/{iccid}/sms/{number}")
async def get_sms(request: Request, iccid: str, number: str) -> Response:
    """One message."""
    sim, messages = _messages(request, iccid)
    message = _pick(messages, number)
    return json_reply(_shape(message, sim, v2=call_of(request).operation.version == "v2"))


@router.delete("/{version}/sims/{iccid}/sms/{number}")
async def cancel_sms(request: Request, iccid: str, number: str) -> Response:
    """Take back a message that was not delivered yet."""
    sim, messages = _messages(request, iccid)
    message, call = _pick(messages, number), call_of(request)
    if message["status"] != 2:
        raise ApiError(409 if call.operation.version == "v2" else 404, "SMS was sent already")
    before: dict[str, object] = {"messages": len(sim.messages)}
    sim.messages.remove(message)
    call.write = Write(sim.identity.iccid, before, {"messages": len(sim.messages)})
    if call.operation.version == "v2":
        return json_reply({"id": number})
    return empty_reply(204)


def _pick(messages: list[dict[str, Any]], number: str) -> dict[str, Any]:
    for message in messages:
        if str(message["id"]) == number:
            return message
    raise ApiError(404, "Element not found")


def _shape(message: dict[str, Any], sim: SimState, *, v2: bool) -> dict[str, Any]:
    submitted, final = rfc3339(message["submitted"]), message.get("final")
    kind = message.get("source_address_type", {"id": 161})["id"]
    shape: dict[str, Any] = {
        "id": message["id"],
        "submit_date": submitted,
        "expiry_date": rfc3339(message["expiry"]),
        "last_delivery_attempt": submitted,
        "retry_count": 0 if v2 else "0",
        "source_address": message.get("source_address", ""),
        "iccid": sim.identity.iccid,
        "msisdn": sim.identity.msisdn,
        "imsi": sim.identity.imsi,
        "msc": 491600190000 if v2 else "491600190000",
        "dcs": message.get("dcs", 0),
        "udh": message.get("udh", ""),
        "payload": message["payload"],
        "status": {"id": message["status"], "description": _STATUS[message["status"]]},
        "sms_type": {"id": 1, "description": "MT"},
        "source_address_type": {"id": kind},
    }
    if final is not None:
        shape["final_date"] = rfc3339(final)
    if message["status"] == 4:
        shape["delivery_date"] = shape["final_date"]
    if v2:
        numbers = sim.identity.numbers
        shape |= {
            "retry_date": None,
            "gsm_map_error": None,
            "pid": 0,
            "sim_id": numbers,
            "endpoint": {"id": numbers, "name": sim.identity.iccid},
            "source_address_type": {"id": kind, "description": _ADDRESS_TYPES[kind]},
        }
    return shape
