"""The page Quotas: what the QuotaPolicies see, foresee and do."""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards import navigation
from sim_dashboards.looks import BAD, CALM, GOOD, NEARLY_USED, NO_TROUBLE, ODD, Step, words
from sim_dashboards.navigation import to_page, to_page_of_series
from sim_dashboards.panels import NO_SERIES_PER_SIM, Links, bars, curves, figure
from sim_dashboards.queries import (
    ACCOUNT,
    NAMESPACE,
    ON_SIM,
    POLICY,
    SIM,
    Query,
    once,
    policies,
    policy,
)
from sim_dashboards.tables import DAY, ICCID_WIDTH, Figure, Label, listing

_TITLE = "SIM operator / Quotas"
_TEXT = "QuotaPolicies: who is over a limit, what is kept off, when a limit will be reached."
_USED, _LIMIT = "quotapolicy_pool_data_used_bytes", "quotapolicy_pool_data_limit_bytes"
_EXHAUSTS = "quotapolicy_exhaustion_timestamp_seconds"
_OVERSHOOT = "quotapolicy_max_overshoot_bytes"
_OLDEST = "quotapolicy_usage_oldest_timestamp_seconds"
_NAME = "{{namespace}}/{{name}}"
_ROWS = 20
_SOON = (Step(3, ODD), Step(7, "transparent"))
_OLD = (Step(3600, ODD), Step(6 * 3600, BAD))


def dashboard() -> build.Dashboard:
    """The whole page."""
    made = navigation.page(navigation.QUOTAS, _TITLE, _TEXT)
    for variable in (
        navigation.cluster(),
        navigation.account(),
        navigation.policy_namespace(),
        navigation.policy(),
    ):
        made.with_variable(variable)
    _counts(made)
    _overview(made)
    _pools(made)
    _enforcement(made)
    _quality(made)
    return made


def _to_policy() -> Links:
    title = "Only ${__field.labels.name}"
    return [to_page_of_series(title, navigation.QUOTAS, namespace="namespace", policy="name")]


def _counts(made: build.Dashboard) -> None:
    number = f"count({once('quotapolicy_sims', _state('matched'), 'namespace', 'name')})"
    for title, text, expr, steps in (
        ("Policies", "The chosen QuotaPolicies.", number, ()),
        ("Matched", "SIMs that a policy selects; once for each policy.", policies("matched"), ()),
        (
            "Warned",
            "SIMs over a warning step, under the limit and not off.",
            policies("warned"),
            NO_TROUBLE,
        ),
        (
            "Exceeded",
            "SIMs over a limit, also those that are off or held.",
            policies("exceeded"),
            (Step(1, BAD),),
        ),
        (
            "Disabled",
            "SIMs that policies keep off. In mode Audit: that they would keep off.",
            policies("disabled"),
            (Step(1, CALM),),
        ),
        (
            "Held",
            "SIMs that would be off, were there a place under maxDisabled or maxDisablesPerHour.",
            policies("held"),
            NO_TROUBLE,
        ),
    ):
        made.with_panel(figure(title, text, Query(expr, title), "locale", steps=steps, decimals=0))


def _state(state: str) -> str:
    return f'{POLICY}, state="{state}"'


def _overview(made: build.Dashboard) -> None:
    by_name = "namespace, name"
    states = [
        Figure(state.capitalize(), policies(state, by_name), "locale", steps)
        for state, steps in (
            ("matched", ()),
            ("warned", NO_TROUBLE),
            ("exceeded", (Step(1, BAD),)),
            ("disabled", (Step(1, CALM),)),
            ("held", NO_TROUBLE),
        )
    ]
    made.with_panel(
        listing(
            "Each policy",
            "Everything about each policy. Exhausts: the day on which its pool, or without one its "
            "first SIM, is expected to reach the limit; empty where none is in sight. Overshoot: "
            "how far past its limit a SIM can get before it is off.",
            [
                Label(
                    "namespace",
                    "Namespace",
                    to_page("SIMs of this namespace", navigation.FLEET, namespace="namespace"),
                ),
                Label(
                    "name",
                    "Policy",
                    to_page(
                        "Only this policy", navigation.QUOTAS, namespace="namespace", policy="name"
                    ),
                ),
            ],
            [
                *states,
                Figure("Pool used", policy(_USED), "bytes"),
                Figure("Pool limit", policy(_LIMIT), "bytes"),
                Figure(
                    "Of the pool",
                    f"{policy(_USED)} / {policy(_LIMIT)}",
                    "percentunit",
                    NEARLY_USED,
                    "green",
                    bar=True,
                ),
                Figure("Exhausts", _exhausts(), DAY),
                Figure("Overshoot", policy(_OVERSHOOT), "bytes"),
            ],
            sort="Exceeded",
            width=24,
        )
    )


def _exhausts() -> str:
    """Noon of the day: at midnight UTC it is the day before, for whoever looks from America."""
    return f"({policy(_EXHAUSTS)} + 43200) * 1000"


def _pools(made: build.Dashboard) -> None:
    days = f"ceil(clamp_min({policy(_EXHAUSTS)} - time(), 0) / 86400)"
    made.with_row(build.Row("Pools and forecast"))
    made.with_panel(
        bars(
            "Pools used",
            "Data used in this period, as a share of what the pool may use.",
            Query(f"{policy(_USED)} / {policy(_LIMIT)}", _NAME),
            "percentunit",
            steps=NEARLY_USED,
            maximum=1.0,
            links=_to_policy(),
            empty="No chosen policy has a pool",
        )
    ).with_panel(
        curves(
            "Data used by pools",
            "Data used in this period, and the limit (dashed). Begins anew with each period.",
            [
                Query(policy(_USED), _NAME),
                Query(policy(_LIMIT), f"limit of {_NAME}", limit=True),
            ],
            "bytes",
            links=_to_policy(),
            empty="No chosen policy has a pool",
        )
    ).with_panel(
        listing(
            "Expected to reach a limit",
            "The forecast of each policy: its pool, or without one its first SIM. Days are UTC. "
            "Empty where no limit is expected to be reached within the period.",
            [Label("namespace", "Namespace"), Label("name", "Policy")],
            [
                Figure("Day", _exhausts(), DAY),
                Figure("In", days, "suffix:days", _SOON, BAD),
            ],
            sort="Day",
            descending=False,
            width=8,
            empty="No limit is expected to be reached within its period",
        )
    )


def _enforcement(made: build.Dashboard) -> None:
    guard = (
        ("simaccount_disables_in_window", "Disabled within the hour by {{account}}", False),
        ("simaccount_disables_limit", "Limit of {{account}}", True),
        ("simaccount_disables_holding", "Waiting in {{account}}", False),
    )
    top = f"topk({_ROWS}, {once('sim_data_usage_bytes', NAMESPACE, *SIM)})"
    among = f"and {ON_SIM} {top}"
    made.with_row(build.Row("Enforcement"))
    for title, state, text in (
        (
            "SIMs over a limit",
            "exceeded",
            "Of policies in every mode, also SIMs that are off or held.",
        ),
        (
            "SIMs kept off",
            "disabled",
            "By policies, until their hold ends. In mode Audit: that would be off.",
        ),
        (
            "SIMs held",
            "held",
            "They are to be disabled, wait for a place under maxDisabled or "
            "maxDisablesPerHour, and go on using. In mode Audit: that would wait.",
        ),
    ):
        made.with_panel(
            curves(
                title,
                text,
                [Query(once("quotapolicy_sims", _state(state), "namespace", "name"), _NAME)],
                "locale",
                links=_to_policy(),
                latest=True,
            )
        )
    made.with_panel(
        curves(
            "Places of maxDisablesPerHour",
            "SIMs that the operator has disabled within the last hour, whatever the cause, the "
            "most that may be (dashed), and SIMs that wait for a place.",
            [
                Query(once(metric, ACCOUNT, "account"), legend, limit=limit)
                for metric, legend, limit in guard
            ],
            "locale",
            width=12,
            latest=True,
        )
    ).with_panel(
        listing(
            "Top consumers in their period",
            "SIMs of the chosen namespaces that used most in their policy's period, or this month.",
            [
                Label("namespace", "Namespace"),
                Label(
                    "name",
                    "SIM",
                    to_page("This SIM", navigation.SIM, namespace="namespace", sim="name"),
                ),
                Label("iccid", "ICCID", width=ICCID_WIDTH),
            ],
            [
                Figure("Data", top, "bytes"),
                Figure("SMS", f"{once('sim_sms_usage', NAMESPACE, *SIM)} {among}", "locale"),
                Figure(
                    "Enabled",
                    f"{once('sim_enabled', NAMESPACE, *SIM)} {among}",
                    "none",
                    mappings=words(("No", "purple"), ("Yes", GOOD)),
                ),
            ],
            sort="Data",
            empty=NO_SERIES_PER_SIM,
        )
    )


def _quality(made: build.Dashboard) -> None:
    made.with_row(build.Row("How good the figures are"))
    made.with_panel(
        curves(
            "Age of the oldest figure",
            "Since the oldest usage figure behind each policy was read. The policy judges by "
            "figures that may be so old.",
            [Query(f"time() - {policy(_OLDEST)}", _NAME)],
            "s",
            width=12,
            steps=_OLD,
            links=_to_policy(),
            latest=True,
        )
    ).with_panel(
        curves(
            "Overshoot",
            "How far past its limit a SIM can get before it is off: 1NCE books late, and readings "
            "take turns.",
            [Query(policy(_OVERSHOOT), _NAME)],
            "bytes",
            width=12,
            links=_to_policy(),
            latest=True,
        )
    )
