"""The calls that spend money, and the list of what was spent."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .call import account_of, call_of, find_sim, world_of
from .journal import Write
from .money import PRODUCTS, extend, payment_method, place_order, top_up, volumes
from .parameters import body_of, iccids_in, object_of, page_of
from .replies import ApiError, empty_reply, json_reply, page_headers

router = APIRouter()
_SORTABLE = ("order_number", "order_status", "order_date")


@router.post("/v1/sims/topup")
async def bulk_topup(request: Request) -> Response:
    """Top up many SIMs with one order."""
    return _top_up(request, iccids_in(await body_of(request)))


@router.post("/{version}/sims/{iccid}/topup")
async def topup(request: Request, iccid: str) -> Response:
    """Top up one SIM."""
    return _top_up(request, [iccid])


def _top_up(request: Request, iccids: list[str]) -> Response:
    world, call, account = world_of(request), call_of(request), account_of(request)
    method = payment_method(request.query_params.get("payment_method"))
    for iccid in iccids:
        find_sim(request, iccid, change=True)
    sims = [find_sim(request, iccid, change=True) for iccid in iccids]
    before = volumes(sims[0])
    order = top_up(world, account, sims, method, call.now)
    pending = order["order_status"] != "COMPLETED"
    call.write = Write(sims[0].identity.iccid, before, volumes(sims[0]), pending=pending)
    call.paid = True
    host = f"{request.url.scheme}://{request.url.netloc}/management-api"
    location = f"{host}/{call.operation.version}/orders/{order['order_number']}"
    return empty_reply(201, {"Location": location})


@router.post("/v1/sims/extension")
async def extension(request: Request) -> Response:
    """Extend the life of SIMs; the one write that an expired SIM allows."""
    body = await object_of(request)
    call, account = call_of(request), account_of(request)
    payment_method(request.query_params.get("payment_method"))
    if not isinstance(body.get("productId", 1), int):
        raise ApiError(400, "productId must be a whole number")
    places = []
    for iccid in iccids_in(body.get("iccids")):
        find_sim(request, iccid)
        places.append(account.fleet.index_of(iccid))
    sims = [account.fleet.touch(place) for place in places if place is not None]
    before = volumes(sims[0])
    extend(world_of(request), account, sims, call.now)
    call.write = Write(sims[0].identity.iccid, before, volumes(sims[0]))
    call.paid = True
    return empty_reply(201)


@router.get("/v1/orders")
async def list_orders(request: Request) -> Response:
    """A page of orders."""
    page = page_of(request, 10)
    orders = list(account_of(request).orders)
    for field in reversed(list(filter(None, request.query_params.get("sort", "").split(",")))):
        name = field.removeprefix("-")
        if name not in _SORTABLE:
            raise ApiError(400, f"Cannot sort by {field}")
        orders.sort(key=lambda order: order[name], reverse=field.startswith("-"))
    headers = page_headers(page.number, page.size, len(orders))
    return json_reply(list(page.of(orders)), headers=headers)


@router.get("/v1/orders/{number}")
async def get_order(request: Request, number: str) -> Response:
    """One order."""
    for order in account_of(request).orders:
        if str(order["order_number"]) == number:
            return json_reply(order)
    raise ApiError(404, "Order not found.")


@router.post("/v1/orders")
async def create_order(request: Request) -> Response:
    """Order SIMs; they arrive in the fleet at once."""
    body = await object_of(request)
    call, account = call_of(request), account_of(request)
    wanted = body.get("products")
    if not isinstance(wanted, list) or not wanted:
        raise ApiError(400, "products is required")
    lines = [_order_line(line) for line in wanted]
    prices = {p["id"]: p["one_time_charges"][0]["amount_net"] for p in PRODUCTS}
    amount = sum(prices[line["product_id"]] * line["quantity"] for line in lines)
    first = account.fleet.count
    account.fleet.add(sum(line["quantity"] for line in lines))
    iccids = [account.fleet.iccid(i) for i in range(first, account.fleet.count)]
    kind = "ADDITIONAL_ORDER" if account.orders else "FIRST_ORDER"
    order = place_order(
        world_of(request), account, kind, amount, call.now, iccids=iccids, products=lines
    )
    order["shipping_address"] = body.get("delivery_address")
    call.paid = True
    return json_reply(order, 201)


def _order_line(line: Any) -> dict[str, int]:
    if not isinstance(line, dict):
        raise ApiError(400, "a product must be an object")
    number, quantity = line.get("productId"), line.get("quantity")
    if not isinstance(number, int) or number not in {product["id"] for product in PRODUCTS}:
        raise ApiError(400, f"There is no product {number}")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 10_000:
        raise ApiError(400, "quantity must be between 1 and 10000")
    return {"product_id": number, "quantity": quantity}
