"""`/internal/v1/*`: readings and records come in, by the operator's own token and nobody else's.

The token is a projected one, made for this audience alone: whoever steals it here can do nothing
with it anywhere else, and the operator's token for the API server opens nothing here.
"""

import asyncio
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from sim_operator.console.archive import asking
from sim_operator.console.delivery.shapes import (
    DELIVERY,
    PARTS,
    QUESTION,
    Missing,
    ends_ahead,
    is_ahead,
)
from sim_operator.console.parts import Console, Parts
from sim_operator.console.problems import Problem
from sim_operator.history import History

router = APIRouter(prefix="/internal/v1", include_in_schema=False)

AUDIENCE: Final = "sim-operator-history"
_BEARER: Final = "bearer "
_SHOWN_FAULTS: Final = 5

Body = TypeVar("Body")


@router.post("/readings", status_code=204)
async def readings(request: Request, console: Parts) -> Response:
    """Keep readings: 204 when they are safe."""
    history, delivery = await _received(request, console, DELIVERY)
    if is_ahead(delivery, console.clock.now()):
        raise _ahead("A readAt is in the future")
    async with console.deliveries, asking():
        await history.record(delivery.account, [one.reading() for one in delivery.readings])
    return Response(status_code=204)


@router.post("/parts", status_code=204)
async def parts(request: Request, console: Parts) -> Response:
    """Keep records of the Data Streamer: 204 when they are safe, again or for the first time."""
    history, delivery = await _received(request, console, PARTS)
    if ends_ahead(delivery, console.clock.now()):
        raise _ahead("A record ends more than a day in the future")
    async with console.deliveries, asking():
        await history.record_parts(delivery.account, [one.part() for one in delivery.parts])
    return Response(status_code=204)


@router.post("/missing")
async def missing(request: Request, console: Parts) -> Missing:
    """What is to be read again."""
    history, asked = await _received(request, console, QUESTION)
    async with console.deliveries, asking():
        found = await history.missing(
            asked.account, asked.first, asked.last, asked.iccids, console.clock.now()
        )
    return Missing(missing=found)


async def _received(
    request: Request, console: Console, shape: TypeAdapter[Body]
) -> tuple[History, Body]:
    """The open history, and what the operator says; nothing is read of anybody else."""
    await _admit(request, console)
    return console.archive.opened(), await _read(request, shape)


async def _admit(request: Request, console: Console) -> None:
    authorization = request.headers.get("authorization", "")
    if authorization[: len(_BEARER)].lower() != _BEARER:
        raise _unknown()
    identity = await console.recorders.identity(authorization[len(_BEARER) :].strip())
    if identity is None:
        raise _unknown()
    if console.recorder is None or identity.name != console.recorder:
        raise Problem(
            403,
            "not-the-recorder",
            "Not the operator that delivers",
            f"{identity.name} is not the user that SIM_OPERATOR_RECORDER of the console names.",
        )


def _unknown() -> Problem:
    return Problem(
        401,
        "unauthenticated",
        "Who are you?",
        f"Send a token of the operator's ServiceAccount with the audience {AUDIENCE}.",
        headers={"WWW-Authenticate": 'Bearer realm="sim-operator-history"'},
    )


def _ahead(what: str) -> Problem:
    told = f"{what}: compare the clocks of operator and console."
    return Problem(422, "invalid-delivery", "The delivery does not fit", told)


async def _read(request: Request, shape: TypeAdapter[Body]) -> Body:
    body = await request.body()
    try:
        # Some ten thousand figures: in the event loop they would hold everybody up.
        return await asyncio.to_thread(shape.validate_json, body)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'][:200]}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        status = 400 if error.errors()[0]["type"] == "json_invalid" else 422
        told = "; ".join(faults[:_SHOWN_FAULTS])
        raise Problem(status, "invalid-delivery", "The delivery does not fit", told) from None
