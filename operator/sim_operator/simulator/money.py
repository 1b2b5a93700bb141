"""Orders, top-ups and extensions: everything that costs the customer money."""

from collections.abc import Sequence
from typing import Any

from .clock import DAY, YEAR, rfc3339
from .journal import Entry
from .metering import add_volume, level, refresh_spans, settle
from .replies import ApiError
from .state import DATA_VOLUME_MB, LIFETIME, SMS_VOLUME, RecordedEvent, SimState
from .traffic import MIB
from .world import Account, World

PAYMENT_DELAY = {
    "banktransfer": 2 * DAY,
    "creditcard": 0.0,
    "monthlyinvoice": 0.0,
    "boleto": DAY,
}
_TOPUP_PRICE, _EXTENSION_PRICE = 10.00, 14.00
PRODUCTS: tuple[dict[str, Any], ...] = tuple(
    {
        "id": number,
        "product": name,
        "material": f"1001{number:02d}",
        "package_size": 1,
        "minQuantity": 1,
        "maxQuantity": 10_000,
        "maxQuantityPerCustomer": 100_000,
        "min_contract_duration": 120,
        "one_time_charges": [{"name": name, "amount_net": price, "currency": "EUR"}],
        "recurring_charges": [],
    }
    for number, name, price in (
        (1, "1NCE FlexSIM Business", 15.00),
        (2, "1NCE FlexSIM Industrial", 16.00),
        (3, "1NCE eSIM Chip", 16.50),
    )
)


def payment_method(text: str | None) -> str:
    """The payment method; an empty one is a bank transfer.

    Raises:
        ApiError: 400, a method that 1NCE does not know.
    """
    method = text or "banktransfer"
    if method not in PAYMENT_DELAY:
        raise ApiError(400, "Payment method used is not valid.")
    return method


def place_order(
    world: World,
    account: Account,
    kind: str,
    amount: float,
    now: float,
    *,
    iccids: Sequence[str] = (),
    products: Sequence[dict[str, int]] = (),
    completed: bool = True,
) -> dict[str, Any]:
    """A new order in the customer's list; ``amount`` is what the invoice says."""
    number = world.next_order_number()
    order = {
        "order_number": number,
        "order_type": kind,
        "order_date": rfc3339(now),
        "order_status": "COMPLETED" if completed else "IN_PROGRESS",
        "invoice_number": f"INV{number}",
        "invoice_amount": f"{amount:.2f}",
        "currency": "EUR",
        "shipping_address": None,
        "sims": [{"iccid": i, "_links": [{"rel": "sim", "href": f"/v1/sims/{i}"}]} for i in iccids],
        "products": [dict(product) for product in products],
    }
    account.orders.append(order)
    return order


def volumes(sim: SimState) -> dict[str, object]:
    """What a top-up changes, as the journal shows it."""
    return {
        "data_total_mb": round(sim.data.accumulated / MIB, 6),
        "sms_total": sim.sms.accumulated,
        "expiry": rfc3339(sim.expiry),
    }


def top_up(
    world: World, account: Account, sims: Sequence[SimState], method: str, now: float
) -> dict[str, Any]:
    """Order volume for SIMs; it is added when the payment arrives."""
    delay = PAYMENT_DELAY[method]
    order = place_order(
        world,
        account,
        "TOPUP" if len(sims) == 1 else "BULK_TOPUP",
        _TOPUP_PRICE * len(sims),
        now,
        iccids=[sim.identity.iccid for sim in sims],
        completed=delay == 0,
    )
    if delay == 0:
        for sim in sims:
            add_quota(sim, account, now)
        return order

    def paid(moment: float) -> None:
        order["order_status"] = "COMPLETED"
        for sim in sims:
            before = volumes(sim)
            add_quota(sim, account, moment)
            world.record_applied("topup", sim, before, moment, volumes(sim))

    world.deferred.add(paid, now, delay, real=False)
    return order


def add_quota(sim: SimState, account: Account, now: float) -> None:
    """One top-up: 500 MB and 250 SMS on what is left."""
    limits = account.metered()
    settle(sim, now, limits)
    add_volume(sim, "data", DATA_VOLUME_MB * MIB, now, limits["data"])
    add_volume(sim, "sms", SMS_VOLUME, now, limits["sms"])
    sim.events.append(RecordedEvent(now, 56, "Data quota assigned", "API"))
    sim.events.append(RecordedEvent(now, 58, "SMS quota assigned", "API"))
    refresh_spans(sim, now, limits)


def extend(world: World, account: Account, sims: Sequence[SimState], now: float) -> dict[str, Any]:
    """Ten more years and a renewed quota for each SIM.

    Raises:
        ApiError: 400, too early (three months before the end) or too late (18 months after it).
    """
    for sim in sims:
        if not -1.5 * YEAR <= sim.expiry - now <= YEAR / 4:
            raise ApiError(400, f"SIM {sim.identity.iccid} cannot be extended now")
    for sim in sims:
        settle(sim, now, account.metered())
        sim.expiry = max(sim.expiry, now) + LIFETIME
        add_quota(sim, account, now)
    iccids = [sim.identity.iccid for sim in sims]
    amount = _EXTENSION_PRICE * len(sims)
    return place_order(world, account, "TARIFF_CHANGE", amount, now, iccids=iccids)


def run_auto_topup(world: World, now: float) -> None:
    """One round of automatic top-ups, by credit card, for SIMs that asked for it and run low."""
    for account in world.accounts():
        limits = account.metered()
        for sim in list(account.fleet.touched()):
            low = max(level(sim, s, now, limits[s]) for s in limits) if sim.auto_topup else 0
            if low and not sim.expired(now):
                order = top_up(world, account, [sim], "creditcard", now)
                world.journal.add(_automatic(sim, order["order_number"], now))


def _automatic(sim: SimState, order: int, now: float) -> Entry:
    return Entry(
        at=now,
        method="APPLY",
        path=f"/sims/{sim.identity.iccid}/topup",
        query=f"order={order}",
        operation="autoTopup",
        version="",
        status=0,
        duration_ms=0.0,
        client_id=None,
        token=None,
        peer_port=None,
        write=None,
        paid=True,
        faults=(),
    )
