"""What happened: events, and who changed a resource."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from sim_operator.console.rest.answers import problems, tagged
from sim_operator.console.rest.callers import Caller
from sim_operator.console.rest.models import Shown
from sim_operator.history import Happening

router = APIRouter(prefix="/api/v1", tags=["events"])


class Event(Shown):
    """Something that happened."""

    at: datetime = Field(description="When it first happened, RFC 3339 in UTC.")
    kind: str = Field(description="SIM, QuotaPolicy or SIMAccount.")
    namespace: str
    name: str
    type: str = Field(description="Normal or Warning: an event. Change: of a resource.")
    reason: str
    message: str
    actor: str | None = Field(
        description="Who did it: a person, or the program that signed the change. null: not known."
    )
    count: int = Field(description="How often.")


class Events(Shown):
    """What happened, the newest first."""

    items: list[Event]


@router.get("/events", summary="What happened", response_model=Events, responses=problems())
async def events(
    request: Request,
    person: Caller,
    namespace: Annotated[str | None, Query(max_length=63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[
        datetime | None, Query(description="Only what happened before; for the next page.")
    ] = None,
) -> Response:
    """In the namespaces of which you may list events."""
    told = await person.events(namespace or None, limit, before)
    return tagged(request, Events(items=[event(one) for one in told]))


def event(one: Happening) -> Event:
    """As it is shown."""
    return Event.model_validate(one)
