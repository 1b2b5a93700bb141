"""The parts of the page Fleet that say what wants a look, and which SIMs stand out."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import table

from sim_dashboards import navigation
from sim_dashboards.looks import (
    BAD,
    ENABLED,
    GOOD,
    NEARLY_USED,
    NO_TROUBLE,
    ODD,
    ONLINE,
    STATUS,
    Step,
    words,
)
from sim_dashboards.navigation import to_page, to_runbooks
from sim_dashboards.panels import NO_SERIES_PER_SIM, curves, figure
from sim_dashboards.queries import (
    ACCOUNT,
    IN_ACCOUNT,
    NAMESPACE,
    ON_SIM,
    SIM,
    Query,
    conditions,
    once,
    or_nothing,
    total,
)
from sim_dashboards.tables import ICCID_WIDTH, MOMENT, Figure, Label, listing

_ROWS = 20
_DAYS_LEFT = (Step(30, ODD), Step(90, "transparent"))
_SIM_LABELS = (
    Label("namespace", "Namespace"),
    Label("name", "SIM", to_page("This SIM", navigation.SIM, namespace="namespace", sim="name")),
    Label("iccid", "ICCID", width=ICCID_WIDTH),
)


def counts(made: build.Dashboard) -> None:
    """The row What wants a look: numbers that should be 0, and the reasons behind them."""
    made.with_row(build.Row("What wants a look"))
    for title, text, expr, steps in _troubles():
        query = Query(or_nothing(expr), title)
        made.with_panel(figure(title, text, query, "locale", width=3, steps=steps, decimals=0))
    made.with_panel(
        curves(
            "SIM resources that are not Ready, by reason",
            "The reasons of the condition Ready where it is not True.",
            [Query(conditions('type="Ready", status!="True"', "reason"), "{{reason}}")],
            "locale",
            width=12,
            stacked=True,
            links=[to_runbooks("What the reasons mean", "reference/sim.md#ready")],
            latest=True,
            empty="Every SIM is Ready",
        )
    ).with_panel(
        listing(
            "Conditions by reason",
            "SIM resources by condition and its reason, those that are not True included.",
            [
                Label("type", "Condition"),
                Label("status", "Status", mappings=STATUS),
                Label("reason", "Reason"),
                Label(
                    "namespace",
                    "Namespace",
                    to_page("Only this namespace", navigation.FLEET, namespace="namespace"),
                ),
            ],
            [
                Figure(
                    "SIMs", conditions('type=~".+"', "type, status, reason, namespace"), "locale"
                ),
            ],
            sort="Status",
            descending=False,
        )
    )


def _troubles() -> list[tuple[str, str, str, tuple[Step, ...]]]:
    """Title, description, expression and steps of each number."""
    levels = ("account", "namespace", "service", "level")
    low = f'{IN_ACCOUNT}, level=~"Low|Exhausted", service='
    return [
        (
            "Not ready",
            "SIM resources whose condition Ready is not True.",
            conditions('type="Ready", status!="True"'),
            NO_TROUBLE,
        ),
        (
            "Not in sync",
            "SIM resources that 1NCE does not show as their spec says.",
            conditions('type="Synced", status!="True"'),
            NO_TROUBLE,
        ),
        (
            "Data low",
            "SIM resources of whose data volume less than 20 % is left, or nothing.",
            total("simaccount_sim_quota_levels", f'{low}"data"', *levels),
            NO_TROUBLE,
        ),
        (
            "SMS low",
            "SIM resources of whose SMS less than 20 % are left, or none.",
            total("simaccount_sim_quota_levels", f'{low}"sms"', *levels),
            NO_TROUBLE,
        ),
        (
            "Expiring",
            "SIM resources whose data volume expires within 90 days.",
            total("simaccount_sims_expiring", IN_ACCOUNT, "account", "namespace"),
            NO_TROUBLE,
        ),
        (
            "Held",
            "SIMs that should be disabled and wait for a place under maxDisablesPerHour.",
            total("simaccount_disables_holding", ACCOUNT, "account"),
            NO_TROUBLE,
        ),
        (
            "Unclaimed",
            "SIMs at 1NCE without a SIM resource. The operator leaves them alone.",
            total("simaccount_sims", f'{ACCOUNT}, state="unclaimed"', "account"),
            (),
        ),
        (
            "Accounts down",
            "SIMAccounts that are not Ready: their SIMs are not looked after.",
            f"count({once('simaccount_ready', ACCOUNT, 'account')} == 0)",
            (Step(1, BAD),),
        ),
    ]


def single_sims(made: build.Dashboard) -> None:
    """The row Single SIMs, which needs series per SIM."""
    made.with_row(build.Row("Single SIMs"))
    for panel in (_most_used(), _most_sent(), _not_ready(), _next_to_expire()):
        made.with_panel(panel)


def _sims(metric: str) -> str:
    """A figure of each SIM of the chosen accounts and namespaces."""
    mine = f"{metric}{{{NAMESPACE}}} and {ON_SIM} sim_info{{{IN_ACCOUNT}}}"
    return f"max by (cluster, {', '.join(SIM)}) ({mine})"


def _most(expr: str) -> str:
    return f"topk({_ROWS}, {expr})"


def _most_used() -> table.Panel:
    used = f"{_sims('sim_data_quota_bytes')} - {_sims('sim_data_quota_remaining_bytes')}"
    period = _sims("sim_data_usage_bytes")
    share = f"({used}) / {_sims('sim_data_quota_bytes')}"
    among = f"and {ON_SIM} {_most(used)}"
    return listing(
        "Top consumers of data",
        "SIMs that have used most of their data volume. In this period: what a QuotaPolicy counts, "
        "or without one the month that is read for the history; else empty.",
        _SIM_LABELS,
        [
            Figure("Used", _most(used), "bytes"),
            Figure("Of the volume", f"{share} {among}", "percentunit", NEARLY_USED, "green", True),
            Figure("In this period", f"{period} {among}", "bytes"),
        ],
        sort="Used",
        empty=NO_SERIES_PER_SIM,
    )


def _most_sent() -> table.Panel:
    sent = f"{_sims('sim_sms_quota')} - {_sims('sim_sms_quota_remaining')}"
    among = f"and {ON_SIM} {_most(sent)}"
    return listing(
        "Top senders of SMS",
        "SIMs that have sent most of their SMS. In this period: what a QuotaPolicy counts, or "
        "without one the month that is read for the history; else empty.",
        _SIM_LABELS,
        [
            Figure("Sent", _most(sent), "locale"),
            Figure("Left", f"{_sims('sim_sms_quota_remaining')} {among}", "locale"),
            Figure("In this period", f"{_sims('sim_sms_usage')} {among}", "locale"),
        ],
        sort="Sent",
        empty=NO_SERIES_PER_SIM,
    )


def _not_ready() -> table.Panel:
    unready = f"topk({_ROWS}, {_sims('sim_ready')} == 0)"
    among = f"and {ON_SIM} ({unready})"
    return listing(
        "SIMs that are not Ready",
        "At most 20 of them. The reason is in the SIM's status: kubectl describe sim.",
        _SIM_LABELS,
        [
            Figure("Ready", unready, "none", mappings=words(("No", BAD), ("Yes", GOOD))),
            Figure("State", f"{_sims('sim_enabled')} {among}", "none", mappings=ENABLED),
            Figure("Session", f"{_sims('sim_session_online')} {among}", "none", mappings=ONLINE),
        ],
        sort="SIM",
        descending=False,
        empty="Every SIM is Ready, or there are no series per SIM.",
    )


def _next_to_expire() -> table.Panel:
    expiry = _sims("sim_quota_expiry_timestamp_seconds")
    soonest = f"bottomk({_ROWS}, {expiry})"
    left = f"{_sims('sim_data_quota_remaining_bytes')} and {ON_SIM} {soonest}"
    return listing(
        "Next to expire",
        "SIMs whose data volume expires first, and what is lost then.",
        _SIM_LABELS,
        [
            Figure("Expires", f"{soonest} * 1000", MOMENT),
            Figure("Days", f"floor(({soonest} - time()) / 86400)", "locale", _DAYS_LEFT, BAD),
            Figure("Data left", left, "bytes"),
        ],
        sort="Days",
        descending=False,
        empty=NO_SERIES_PER_SIM,
    )
