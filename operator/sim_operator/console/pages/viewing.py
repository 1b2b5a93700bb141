"""The routes of the pages that only show: from the person's view of the fleet to a template."""

from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from sim_operator.api.names import SIM_KIND
from sim_operator.console.fleet import PolicyRow, SimRow
from sim_operator.console.pages import (
    accounts,
    asking,
    day_figures,
    fleet,
    hours,
    past,
    quotas,
    seen,
    sim,
    sim_file,
    sims,
    usage,
)
from sim_operator.console.pages.charts import DayFigure
from sim_operator.console.pages.route import Looking
from sim_operator.console.parts import Parts
from sim_operator.console.person import Person, today
from sim_operator.console.problems import Problem, not_found
from sim_operator.console.rights.access import Scope
from sim_operator.domain.resources import Key
from sim_operator.history import By, Dimension, Hour

router: Final = APIRouter(include_in_schema=False)

_BY_SIM: Final = By(Dimension.SIM)


@router.get("/")
async def the_fleet(request: Request, person: Looking, console: Parts) -> Response:
    """The fleet at a glance."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    now = console.clock.now()
    last = today(now)
    first = last - timedelta(days=fleet.DAYS - 1)
    days: list[DayFigure] = []
    missing, no_history = 0, ""
    try:
        rows = await person.days(first, last)
        known = day_figures.of_fleet(rows, now)
        days = day_figures.filled(known, max(first, min(known, default=first)), last)
        missing = sum(row.missing_days for row in rows if row.known_days)
    except Problem as problem:
        no_history = problem.detail
    rows_of_sims = await person.sims()
    context = fleet.context(
        await person.summary(),
        {row.key: row for row in rows_of_sims},
        _where(await person.scope(SIM_KIND)),
        days,
        missing,
        no_history,
        now,
    )
    return seen.shown(request, person, "fleet.html", "Fleet", context)


@router.get("/sims")
async def the_sims(request: Request, person: Looking) -> Response:
    """The list of SIMs."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    asked = asking.read(request.query_params)
    context = sims.context(await person.sims(), asked)
    return seen.shown(request, person, "sims.html", "SIMs", context)


@router.get("/sims/{namespace}/{name}")
async def one_sim(
    request: Request, namespace: str, name: str, person: Looking, console: Parts
) -> Response:
    """One SIM, as it is now."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    key = Key(namespace, name)
    file = await person.sim(key)
    now = console.clock.now()
    days, no_history = await _days(person, file.row, today(now))
    told = await _hours(person, file.row, today(now))
    policy = next((row for row in await person.policies() if _decides(file.row, row)), None)
    context = {
        **sim.context(file.row, policy, days, told, now),
        **sim_file.context(file, await person.timeline(file)),
        "no_history": no_history,
        "told": sim_file.told(request.query_params.get("done", ""), file.row),
    }
    return seen.shown(request, person, "sim.html", "SIMs", context)


@router.get("/usage")
async def the_usage(request: Request, person: Looking, console: Parts) -> Response:
    """A month of the history."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    now = console.clock.now()
    keys = usage.label_keys(row.labels for row in await person.sims())
    asked = usage.read(request.query_params, keys, now)
    last = min(asked.last, today(now))
    known: usage.Known | str
    try:
        known = usage.Known(
            await person.days(asked.first, last),
            await person.usage(asked.first, last, asked.by),
        )
    except Problem as problem:
        known = problem.detail
    context = usage.context(asked, keys, known, now)
    return seen.shown(request, person, "usage.html", "Usage", context)


@router.get("/quotas")
async def the_quotas(request: Request, person: Looking, console: Parts) -> Response:
    """Policies."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    context = quotas.context(await person.policies(), await person.sims(), console.clock.now())
    return seen.shown(request, person, "quotas.html", "Quotas", context)


@router.get("/quotas/{namespace}/{name}")
async def past_months(
    request: Request, namespace: str, name: str, person: Looking, console: Parts
) -> Response:
    """What the limits of a policy would have meant."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    key = Key(namespace, name)
    policy = next((row for row in await person.policies() if row.key == key), None)
    if policy is None:
        raise not_found(f"QuotaPolicy {name} in {namespace}")
    chosen = past.members(policy, await person.sims())
    known: list[past.Month] | str = []
    if past.is_told_of(policy):
        try:
            known = [
                past.month(policy, first, await person.usage(first, last, _BY_SIM), chosen)
                for first, last in past.months(console.clock.now())
            ]
        except Problem as problem:
            known = problem.detail
    context = past.context(policy, chosen, known)
    return seen.shown(request, person, "past.html", "Quotas", context)


@router.get("/accounts")
async def the_accounts(request: Request, person: Looking) -> Response:
    """Accounts."""
    if (same := await seen.unchanged(request, person)) is not None:
        return same
    context = accounts.context(await person.accounts())
    return seen.shown(request, person, "accounts.html", "Accounts", context)


async def _days(person: Person, row: SimRow, last: date) -> tuple[dict[date, DayFigure], str]:
    """The days of a SIM, and why there are none where that is so."""
    try:
        rows = await person.usage_of(row, last - timedelta(days=sim.DAYS - 1), last)
    except Problem as problem:
        return {}, problem.detail
    known = day_figures.of_sim(rows)
    return known, "" if known else "No day of it is known yet. SIMs are read one after another."


async def _hours(person: Person, row: SimRow, last: date) -> list[Hour]:
    """Those of which the Data Streamer told; none where the days say why there is no history."""
    try:
        return await person.hours_of(row, hours.first_day(last), last)
    except Problem:
        return []


def _decides(row: SimRow, policy: PolicyRow) -> bool:
    return row.policy is not None and policy.key == Key(row.namespace, row.policy.name)


def _where(scope: Scope) -> str:
    """What part of the fleet is seen, in words; empty where it is all of it."""
    if scope.namespaces is None:
        return ""
    if not scope.namespaces:
        return "You may not list SIMs in any namespace."
    return f"Namespaces that you may see: {', '.join(sorted(scope.namespaces))}"
