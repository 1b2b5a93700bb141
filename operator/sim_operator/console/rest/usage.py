"""Who used what: for a bill that is passed on, and for a curve."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from sim_operator.console.person import month_of, today
from sim_operator.console.problems import invalid
from sim_operator.console.rest.answers import problems, tagged, tagged_bytes
from sim_operator.console.rest.callers import Caller
from sim_operator.console.rest.models import Shown
from sim_operator.history import By
from sim_operator.history.report.text import csv_text

router = APIRouter(prefix="/api/v1", tags=["usage"])


class UsageOf(Shown):
    """The use of one group."""

    group: str = Field(
        description="The value of what it is added up by; empty: SIMs without such a label or "
        "policy."
    )
    namespace: str | None = Field(description="By sim: the namespace that holds it.")
    name: str | None = Field(description="By sim: the name of its resource.")
    data: int = Field(description="Bytes.")
    sms: int = Field(description="Short messages.")
    sims: int
    known_days: int = Field(description="Days of SIMs that are in the sums.")
    missing_days: int = Field(
        description="Days of SIMs that are not known, so that the sums may be too small."
    )


class Usage(Shown):
    """Who used what, from the first to the last day in UTC."""

    by: str
    first: date
    last: date
    items: list[UsageOf]


@router.get(
    "/usage",
    summary="Who used what",
    response_model=Usage,
    responses=problems(400, 404)
    | {200: {"content": {"text/csv": {}}, "description": "JSON, or CSV where that is asked for."}},
)
async def usage(
    request: Request,
    person: Caller,
    by: Annotated[
        str,
        Query(
            max_length=330,
            description="namespace, policy, account, sim, day, month or label=KEY.",
            examples=["namespace", "label=fleet"],
        ),
    ] = "namespace",
    month: Annotated[
        str | None,
        Query(
            pattern="^[0-9]{4}-(0[1-9]|1[0-2])$",
            description="A month in UTC; default: this one.",
            examples=["2026-11"],
        ),
    ] = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json",  # noqa: A002 - its name outside
) -> Response:
    """Of what you may see: a day counts for the namespace that held the SIM on it."""
    try:
        dimension = By.parse(by)
        first, last = month_of(
            today(person.now()) if month is None else date.fromisoformat(f"{month}-01")
        )
    except (ValueError, OverflowError) as error:
        raise invalid(str(error)) from None
    rows = await person.usage(first, last, dimension)
    if format == "csv":
        name = f"usage-{first:%Y-%m}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return tagged_bytes(
            request, csv_text(rows, dimension).encode(), "text/csv; charset=utf-8", headers
        )
    items = [UsageOf.model_validate(row) for row in rows]
    return tagged(request, Usage(by=by, first=first, last=last, items=items))
