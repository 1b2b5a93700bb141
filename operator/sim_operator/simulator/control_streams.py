"""``/_control/streams``: Data Streams, which a customer sets up in the portal only."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .call import world_of
from .config import DEFAULT_CUSTOMER
from .replies import ApiError, json_reply
from .shapes_stream import Shape
from .streaming import Kind
from .streams import Stream, Streams, StreamSpec

router = APIRouter()


class StreamOrder(BaseModel):
    """A stream to open.

    ``interval_seconds``: simulated, how often the stream looks for something new (a data session
    that goes on makes a record every 15 minutes at most, whatever this is). ``history_days``: what
    of the past comes first. After ``max_failures`` answers in a row that are not 200 the stream
    stops; ``longest_pause_seconds`` between them are real.
    """

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
    username: str
    password: str
    kind: Kind = "usage"
    shape: Shape = "classic"
    interval_seconds: Annotated[float, Field(ge=1)] = 900.0
    customer: str = DEFAULT_CUSTOMER
    history_days: Annotated[float, Field(ge=0, le=7)] = 0.0
    max_failures: Annotated[int, Field(ge=1)] = 10
    longest_pause_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0


class Flush(BaseModel):
    """How many real seconds to wait for the delivery."""

    model_config = ConfigDict(extra="forbid")

    wait_seconds: Annotated[float, Field(ge=0, le=60)] = 10.0


class Batches(BaseModel):
    """How many batches."""

    model_config = ConfigDict(extra="forbid")

    batches: Annotated[int, Field(ge=1, le=1000)] = 1


def _streams(request: Request) -> Streams:
    streams = request.app.state.streams
    assert isinstance(streams, Streams)  # noqa: S101 - set when the application is built
    return streams


def _known(request: Request, number: int) -> Stream:
    stream = _streams(request).get(number)
    if stream is None:
        raise ApiError(404, f"There is no stream {number}")
    return stream


@router.post("/streams")
async def open_stream(request: Request, order: StreamOrder) -> Response:
    """Open a stream; it begins to send at once."""
    world = world_of(request)
    accounts = {account.fleet.customer: account for account in world.accounts()}
    if order.customer not in accounts:
        raise ApiError(404, f"There is no customer {order.customer}")
    spec = StreamSpec(
        url=order.url,
        username=order.username,
        password=order.password,
        kind=order.kind,
        shape=order.shape,
        interval=order.interval_seconds,
        customer=order.customer,
        history_days=order.history_days,
        most_failures=order.max_failures,
        longest_pause=order.longest_pause_seconds,
    )
    try:
        stream = _streams(request).open(spec, accounts[order.customer], world.clock)
    except ValueError as error:
        raise ApiError(400, str(error)) from error
    return json_reply(stream.shown(), 201)


@router.get("/streams")
async def list_streams(request: Request) -> Response:
    """All streams with their counters."""
    return json_reply([stream.shown() for stream in _streams(request).all()])


@router.get("/streams/{number}")
async def get_stream(request: Request, number: int) -> Response:
    """One stream."""
    return json_reply(_known(request, number).shown())


@router.delete("/streams/{number}")
async def close_stream(request: Request, number: int) -> Response:
    """End a stream; what it has not delivered is gone."""
    if not await _streams(request).close(number):
        raise ApiError(404, f"There is no stream {number}")
    return Response(status_code=204)


@router.post("/streams/{number}/flush")
async def flush_stream(request: Request, number: int, flush: Flush | None = None) -> Response:
    """Tell everything up to now, as if all sessions had ended, and wait for its delivery."""
    stream = _known(request, number)
    await stream.flush((flush or Flush()).wait_seconds)
    return json_reply(stream.shown())


@router.post("/streams/{number}/restart")
async def restart_stream(request: Request, number: int) -> Response:
    """Go on after a stop."""
    stream = _known(request, number)
    stream.delivery.restart()
    stream.wake()
    return json_reply(stream.shown())


@router.post("/streams/{number}/repeat")
async def repeat_batches(request: Request, number: int, batches: Batches | None = None) -> Response:
    """Send the last batches again although they were acknowledged, at most five of them."""
    stream = _known(request, number)
    records = stream.delivery.repeat((batches or Batches()).batches)
    stream.wake()
    return json_reply({"records": records})


@router.post("/streams/{number}/lose")
async def lose_batches(request: Request, number: int, batches: Batches | None = None) -> Response:
    """Drop the next batches instead of sending them."""
    stream = _known(request, number)
    stream.delivery.lose((batches or Batches()).batches)
    return json_reply(stream.shown())
