"""One SIM: read now, as the person who asks."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from sim_operator.console.person import Person, today
from sim_operator.console.problems import invalid
from sim_operator.console.rest.answers import problems, tagged
from sim_operator.console.rest.callers import Caller
from sim_operator.console.rest.events import Event, event
from sim_operator.console.rest.models import Shown, Sim
from sim_operator.console.sim_file import SimFile
from sim_operator.console.writing.verbs import held_by_policy
from sim_operator.domain.resources import Key

router = APIRouter(prefix="/api/v1", tags=["sims"])

Namespace = Annotated[
    str, Path(max_length=63, pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["plant-a"])
]
Name = Annotated[
    str,
    Path(max_length=253, pattern="^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$", examples=["pump-17"]),
]
_MOST_EVENTS: Final = 100
_MOST_DAYS: Final = 400


class Owner(Shown):
    """The object of Argo CD or Flux that applies the SIM."""

    tool: str = Field(description="Argo CD or Flux.")
    kind: str = Field(description="Application, Kustomization or HelmRelease.")
    namespace: str | None
    name: str | None


class Source(Shown):
    """Where a manifest lies; null: not known, or you may not read it."""

    repository: str | None
    path: str | None
    revision: str | None


class SimDetail(Shown):
    """Everything about one SIM."""

    sim: Sim
    manifest: str = Field(description="YAML that could be committed.")
    owner: Owner | None = Field(description="null: it is not managed from Git.")
    sources: list[Source]
    may_change: bool = Field(description="Whether your rights allow a change of the resource.")
    held: str | None = Field(
        description="Why enabling has no effect: a policy keeps the SIM off. null: none does."
    )
    timeline: list[Event] = Field(description="Events and changes, the newest first.")


class UsageDay(Shown):
    """What is known of one day in UTC."""

    day: date
    data: int | None = Field(description="Bytes; null: 1NCE did not say.")
    sms: int | None = Field(description="Short messages; null: 1NCE did not say.")
    read_at: datetime
    final: bool = Field(description="Whether 1NCE books no more into it.")


class UsageHour(Shown):
    """What the Data Streamer told of one hour."""

    start: datetime = Field(description="When the hour begins.", examples=["2026-11-23T10:00:00Z"])
    data: int = Field(description="Bytes of the records that begin in it.", examples=[1048576])
    sms: int = Field(description="Short messages of the records that begin in it.", examples=[0])


class SimUsage(Shown):
    """The use of one SIM. A day that is missing was not read: it is not zero."""

    iccid: str
    first: date
    last: date
    days: list[UsageDay]
    hours: list[UsageHour] | None = Field(
        description="Hours of which the Data Streamer told something, in order, where they were "
        "asked for; they overlap with the days, and are not to be added to them. null: they were "
        "not asked for."
    )


@router.get(
    "/sims/{namespace}/{name}",
    summary="One SIM",
    response_model=SimDetail,
    responses=problems(403, 404) | {304: {"description": "As the ETag that was sent."}},
)
async def sim(request: Request, person: Caller, namespace: Namespace, name: Name) -> Response:
    """Read now with your own rights: state, conditions, timeline, and the manifest to commit."""
    found = await person.sim(Key(namespace, name))
    return tagged(request, await _detail(person, found))


@router.get(
    "/sims/{namespace}/{name}/usage",
    summary="The use of one SIM by day and hour",
    response_model=SimUsage,
    responses=problems(400, 403, 404),
)
async def sim_usage(
    request: Request,
    person: Caller,
    namespace: Namespace,
    name: Name,
    first: Annotated[
        date | None,
        Query(alias="from", description="The first day in UTC; default: of this month."),
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", description="The last day in UTC; default: today.")
    ] = None,
    hours: Annotated[
        bool,
        Query(description="Whether hours are told, too, where the Data Streamer told of some."),
    ] = False,
) -> Response:
    """Day by day, from the history; finer where the Data Streamer told of it."""
    now = person.now()
    end = last or today(now)
    begin = first or end.replace(day=1)
    if not timedelta(0) <= end - begin <= timedelta(days=_MOST_DAYS):
        raise invalid(f"'from' has to be before 'to', and at most {_MOST_DAYS} days.")
    found = await person.sim(Key(namespace, name))
    days = await person.usage_of(found.row, begin, end)
    shown = SimUsage(
        iccid=found.row.iccid,
        first=begin,
        last=end,
        days=[UsageDay.model_validate(one) for one in days],
        hours=None
        if not hours
        else [
            UsageHour.model_validate(one) for one in await person.hours_of(found.row, begin, end)
        ],
    )
    return tagged(request, shown)


async def _detail(person: Person, found: SimFile) -> SimDetail:
    owner = found.owner
    policy = found.row.policy
    told = await person.timeline(found, _MOST_EVENTS)
    return SimDetail(
        sim=Sim.model_validate(found.row),
        manifest=found.manifest,
        owner=None
        if owner is None
        else Owner(
            tool=owner.kind.tool, kind=owner.kind, namespace=owner.namespace, name=owner.name
        ),
        sources=[Source.model_validate(one) for one in found.sources],
        may_change=found.may_change,
        held=held_by_policy(found.row) if policy is not None and policy.hold is not None else None,
        timeline=[event(one) for one in told],
    )
