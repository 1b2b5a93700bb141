"""A plan as a table and a few sentences."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.planning.quota.terms import POOLS, Limit
from sim_operator.trial import figures
from sim_operator.trial.outcomes import AccountGuard, Now, PlanOutcome, SimOutcome

_STYLES = {
    PolicyAction.WARN: "yellow",
    PolicyAction.HOLD: "magenta",
    PolicyAction.DISABLE: "red",
}
_COLUMNS = ("SIM", "STATE", "USED", "% OF LIMIT", "NOW", "WOULD", "WHY", "EXHAUSTS")
NOTHING = "-"


def plain_table(columns: Iterable[str]) -> Table:
    """As kubectl prints: no lines, and nothing cut off but by the edge of the screen."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column != "WHY")
    return table


def print_plan(plan: PlanOutcome, shown: Iterable[SimOutcome], console: Console) -> None:
    """The rows of `shown`, then what they come to."""
    rows = list(shown)
    console.print(Text(_title(plan), style="bold"))
    if rows:
        table = plain_table(_COLUMNS)
        for one in rows:
            table.add_row(*_row(plan, one))
        console.print(table)
    else:
        console.print("No SIM to show.")
    for sentence in sentences(plan):
        console.print(Text(sentence))


def _title(plan: PlanOutcome) -> str:
    mode = plan.terms.mode.value
    says = "" if plan.is_enforced else ": it only says what it would do"
    return f"QuotaPolicy {plan.namespace}/{plan.terms.name}, {plan.period.name}, {mode}{says}"


def _row(plan: PlanOutcome, one: SimOutcome) -> tuple[Text, ...]:
    percent = one.decision.percent if one.decision is not None else None
    would = "Release" if one.released and one.would is PolicyAction.NONE else one.would.value
    cells = (
        one.key.name,
        one.state or figures.UNKNOWN,
        figures.used(one.usage, plan.terms.services),
        f"{percent} %" if percent is not None else figures.UNKNOWN,
        _now(one.now, plan.terms.name),
        would,
        one.why,
        one.exhausts_at.isoformat() if one.exhausts_at is not None else NOTHING,
    )
    style = _STYLES.get(one.would, "green" if one.released else "")
    return tuple(
        Text(cell, style=style if column == "WOULD" else "")
        for column, cell in zip(_COLUMNS, cells, strict=True)
    )


def _now(now: Now | None, policy: str) -> str:
    if now is None:
        return NOTHING
    says = f"would {now.would_do}" if now.mode == PolicyMode.AUDIT.value else now.action
    return says if now.policy == policy else f"{says} ({now.policy})"


def sentences(plan: PlanOutcome) -> list[str]:
    """What the plan comes to."""
    found, count = plan.evaluation, plan.count
    off = sum(one.is_off for one in plan.sims)
    released = [one.key.name for one in plan.sims if one.released]
    told = [
        f"{found.matched} matched: {count(PolicyAction.WARN)} warned, {found.exceeded} exceeded, "
        f"{count(PolicyAction.DISABLE)} disabled ({off} of them off already), "
        f"{count(PolicyAction.HOLD)} held by maxDisabled ({plan.terms.max_disabled}: "
        f"{plan.places})."
    ]
    if found.matched == 0:
        told = [f"No SIM in namespace {plan.namespace} matches spec.selector: it would do nothing."]
    told += [_pool(plan, limit, value) for limit, value in plan.terms.limits(POOLS)]
    told += [_guard(one) for one in plan.guards]
    if released:
        told.append(f"Released: {_listed(released)}.")
    if found.unknown:
        told.append(
            f"The use of {figures.plural(found.unknown, 'SIM')} is not known: "
            f"{_listed(_unknown(plan))}."
        )
    return told + list(plan.notes)


def _pool(plan: PlanOutcome, limit: Limit, value: int) -> str:
    found = plan.evaluation
    used = found.pool_data if limit is Limit.DATA_POOL else found.pool_sms
    shown = figures.amount(limit.service, used)
    return f"{limit.value}: {shown} of {figures.granted(limit, value)} used."


def _guard(guard: AccountGuard) -> str:
    start = (
        f"SIMAccount {guard.account} lets {guard.limit} disables through in an hour "
        f"(maxDisablesPerHour): of {guard.wanted} new ones, {guard.at_once} go at once"
    )
    if guard.hours is None:
        return f"{start}, and the others never."
    if guard.hours == 0:
        return f"{start}."
    return f"{start}, the last one after {figures.plural(guard.hours, 'hour')}."


def _unknown(plan: PlanOutcome) -> list[str]:
    services = plan.terms.services
    return [
        one.key.name
        for one in plan.sims
        if one.decision is not None
        and (one.usage is None or all(one.usage.of(service) is None for service in services))
    ]


def _listed(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
