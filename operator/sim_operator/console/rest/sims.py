"""SIMs: found, put in order and paged in memory."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from sim_operator.console.fleet import (
    MOST_ROWS,
    Column,
    Order,
    SelectorError,
    SimFilter,
    found,
    ordered,
    paged,
    parsed,
)
from sim_operator.console.fleet.labels import LONGEST
from sim_operator.console.fleet.query import LONGEST_TEXT
from sim_operator.console.problems import invalid
from sim_operator.console.rest.answers import problems, tagged
from sim_operator.console.rest.callers import Caller
from sim_operator.console.rest.models import Shown, Sim

router = APIRouter(prefix="/api/v1", tags=["sims"])

_Name = Annotated[str | None, Query(max_length=317)]


class SimPage(Shown):
    """One page of the SIMs that were found."""

    items: list[Sim]
    total: int = Field(description="Found in all.")
    page: int
    pages: int
    size: int


def wanted(
    namespace: Annotated[str | None, Query(max_length=63, description="Of this namespace.")] = None,
    labels: Annotated[
        str | None,
        Query(
            max_length=LONGEST,
            description="A label selector, as kubectl takes it.",
            examples=["fleet=pumps,site in (a, b)"],
        ),
    ] = None,
    policy: Annotated[
        str | None,
        Query(max_length=253, description="Decided about by this QuotaPolicy; empty: by none."),
    ] = None,
    account: Annotated[
        str | None, Query(max_length=317, description="Of this SIMAccount, namespace/name.")
    ] = None,
    state: Annotated[
        Literal["Enabled", "Disabled", "Unknown"] | None, Query(description="As 1NCE shows it.")
    ] = None,
    session: Annotated[
        Literal["Online", "Attached", "Offline", "Blocked", "Unknown"] | None,
        Query(description="As 1NCE shows it."),
    ] = None,
    ready: Annotated[
        Literal["True", "False", "Unknown"] | None, Query(description="The status of Ready.")
    ] = None,
    reason: Annotated[
        str | None, Query(max_length=128, description="The reason of any condition.")
    ] = None,
    text: Annotated[
        str | None,
        Query(
            max_length=LONGEST_TEXT,
            description="Words that all stand in name, namespace, ICCID, label, labels, IMEI, IP, "
            "IMSI or MSISDN.",
        ),
    ] = None,
) -> SimFilter:
    """What SIMs have to be, from a query.

    Raises:
        Problem: the label selector is none.
    """
    try:
        selector = parsed(labels) if labels else None
    except SelectorError as error:
        raise invalid(str(error)) from None
    return SimFilter(
        namespace=namespace or None,
        selector=selector,
        policy=policy,
        account=account or None,
        state=state,
        session=session,
        reason=reason or None,
        ready=ready,
        text=text or None,
    )


def order(
    sort: Annotated[Column, Query(description="The column to put in order by.")] = Column.NAME,
    direction: Annotated[Literal["asc", "desc"], Query()] = "asc",
) -> Order:
    """The order, from a query."""
    return Order(sort, descending=direction == "desc")


Wanted = Annotated[SimFilter, Depends(wanted)]
InOrder = Annotated[Order, Depends(order)]


@router.get(
    "/sims",
    summary="Find SIMs",
    response_model=SimPage,
    responses=problems(400) | {304: {"description": "As the ETag that was sent."}},
)
async def sims(
    request: Request,
    person: Caller,
    wanted: Wanted,
    order: InOrder,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=MOST_ROWS, description="SIMs of a page.")] = 50,
) -> Response:
    """The SIMs that you may see, filtered, in order, in pages; with an ETag."""
    rows = ordered(found(await person.sims(), wanted), order)
    part = paged(rows, page, size)
    shown = SimPage(
        items=[Sim.model_validate(row) for row in part.rows],
        total=part.total,
        page=part.page,
        pages=part.pages,
        size=part.size,
    )
    return tagged(request, shown)
