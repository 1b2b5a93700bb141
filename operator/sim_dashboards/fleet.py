"""The page Fleet: every SIM at a glance, and those that want a look.

All but the last row is made of aggregates, which are there whatever the number of SIMs.
"""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards import attention, navigation
from sim_dashboards.looks import NEARLY_USED, NO_TROUBLE
from sim_dashboards.navigation import to_page, to_page_of_series
from sim_dashboards.panels import curves, figure
from sim_dashboards.queries import (
    ACCOUNT,
    IN_ACCOUNT,
    Query,
    conditions,
    of_sims,
    or_nothing,
    policies,
    total,
    used,
)
from sim_dashboards.tables import Figure, Label, listing

_TITLE = "SIM operator / Fleet"
_TEXT = "All SIMs: how many, in which state, what they use, and which of them want a look."
_TO_NAMESPACE = {"namespace": "namespace"}


def dashboard() -> build.Dashboard:
    """The whole page."""
    made = navigation.page(navigation.FLEET, _TITLE, _TEXT)
    for variable in (
        navigation.cluster(),
        navigation.account(),
        navigation.namespace(),
        navigation.policy(),
    ):
        made.with_variable(variable)
    _four_numbers(made)
    _states(made)
    attention.counts(made)
    _use(made)
    _by_namespace_and_policy(made)
    attention.single_sims(made)
    return made


def _of_accounts(state: str) -> str:
    return total("simaccount_sims", f'{ACCOUNT}, state="{state}"', "account")


def _four_numbers(made: build.Dashboard) -> None:
    whole = "Whole accounts, whichever namespaces are chosen."
    made.with_panel(
        figure(
            "Total SIMs",
            f"SIMs that 1NCE lists, with and without a SIM resource. {whole}",
            Query(_of_accounts("total"), "SIMs"),
            "locale",
            width=6,
            decimals=0,
        )
    ).with_panel(
        figure(
            "Active SIMs",
            f"SIMs that are enabled at 1NCE, with and without a SIM resource. {whole}",
            Query(_of_accounts("enabled"), "active"),
            "locale",
            width=6,
            decimals=0,
        )
    ).with_panel(
        figure(
            "Data used",
            "Of the data volume that was bought for the SIM resources, what is gone. "
            "Falls when a volume is renewed.",
            Query(used("data"), "used"),
            "bytes",
            width=6,
            decimals=1,
        )
    ).with_panel(
        figure(
            "SMS sent",
            "Of the SMS that were bought for the SIM resources, those that are gone. "
            "Falls when a volume is renewed.",
            Query(used("sms"), "sent"),
            "locale",
            width=6,
            decimals=0,
        )
    )


def _states(made: build.Dashboard) -> None:
    sessions = total(
        "simaccount_sim_sessions", IN_ACCOUNT, "account", "namespace", "session", by="session"
    )
    made.with_row(build.Row("States"))
    made.with_panel(
        curves(
            "SIMs by state at 1NCE",
            "Enabled and disabled SIMs of the whole accounts, and how many of all have a SIM "
            "resource.",
            [
                Query(_of_accounts("enabled"), "Enabled"),
                Query(_of_accounts("disabled"), "Disabled"),
                Query(_of_accounts("claimed"), "With a resource", limit=True),
            ],
            "locale",
            stacked=True,
            coloured=("Enabled", "Disabled"),
        )
    ).with_panel(
        curves(
            "SIM resources by session",
            "Online: a data session. Attached: in a network, without one. Blocked: 1NCE lets it "
            "into no network. Unknown: not read yet; with detailInterval 0s all are.",
            [Query(sessions, "{{session}}")],
            "locale",
            stacked=True,
            coloured=("Online", "Attached", "Offline", "Blocked", "Unknown"),
        )
    ).with_panel(
        curves(
            "SIM resources by Ready",
            "The condition Ready of the SIM resources. The reasons are in the next row.",
            [
                Query(conditions('type="Ready", status="True"'), "Ready"),
                Query(or_nothing(conditions('type="Ready", status="False"')), "Not ready"),
                Query(or_nothing(conditions('type="Ready", status="Unknown"')), "Unknown"),
            ],
            "locale",
            stacked=True,
            coloured=("Ready", "Not ready", "Unknown"),
        )
    )


def _use(made: build.Dashboard) -> None:
    link = [
        to_page_of_series("Only ${__field.labels.namespace}", navigation.FLEET, **_TO_NAMESPACE)
    ]
    made.with_row(build.Row("Use"))
    made.with_panel(
        curves(
            "Data used, by namespace",
            "Of the data volume that was bought, what is gone.",
            [Query(used("data", "namespace"), "{{namespace}}")],
            "bytes",
            links=link,
            latest=True,
        )
    ).with_panel(
        curves(
            "SMS sent, by namespace",
            "Of the SMS that were bought, those that are gone.",
            [Query(used("sms", "namespace"), "{{namespace}}")],
            "locale",
            links=link,
            latest=True,
        )
    ).with_panel(
        curves(
            "Data used in this period, by namespace",
            "What SIMs of a QuotaPolicy have used in its period, and other SIMs in this month, "
            "where they are read for the history.",
            [Query(of_sims("simaccount_data_usage_bytes", "namespace"), "{{namespace}}")],
            "bytes",
            links=link,
            latest=True,
        )
    )


def _by_namespace_and_policy(made: build.Dashboard) -> None:
    bought = of_sims("simaccount_data_quota_bytes", "namespace")
    expiring = total("simaccount_sims_expiring", IN_ACCOUNT, "account", "namespace", by="namespace")
    online = total(
        "simaccount_sim_sessions",
        f'{IN_ACCOUNT}, session="Online"',
        "account",
        "namespace",
        by="namespace",
    )
    ready = conditions('type="Ready", status="True"', "namespace")
    made.with_panel(
        listing(
            "By namespace",
            "The SIM resources of each namespace. Used: the share of the bought data volume "
            "that is gone.",
            [
                Label(
                    "namespace",
                    "Namespace",
                    to_page("Only this namespace", navigation.FLEET, **_TO_NAMESPACE),
                ),
            ],
            [
                Figure("SIMs", conditions('type="Ready"', "namespace"), "locale"),
                Figure("Ready", ready, "locale"),
                Figure("Online", online, "locale"),
                Figure(
                    "Data left",
                    of_sims("simaccount_data_quota_remaining_bytes", "namespace"),
                    "bytes",
                ),
                Figure(
                    "Used",
                    f"({used('data', 'namespace')}) / {bought}",
                    "percentunit",
                    NEARLY_USED,
                    "green",
                    bar=True,
                ),
                Figure(
                    "SMS left", of_sims("simaccount_sms_quota_remaining", "namespace"), "locale"
                ),
                Figure("Expiring", expiring, "locale", NO_TROUBLE),
            ],
            sort="SIMs",
        )
    ).with_panel(
        listing(
            "By policy",
            "SIMs of each QuotaPolicy, by state; the states overlap.",
            [
                Label("namespace", "Namespace"),
                Label(
                    "name",
                    "Policy",
                    to_page("This policy", navigation.QUOTAS, namespace="namespace", policy="name"),
                ),
            ],
            [
                Figure(state.capitalize(), policies(state, "namespace, name"), "locale", steps)
                for state, steps in (
                    ("matched", ()),
                    ("warned", NO_TROUBLE),
                    ("exceeded", NO_TROUBLE),
                    ("disabled", NO_TROUBLE),
                    ("held", NO_TROUBLE),
                )
            ],
            sort="Exceeded",
        )
    )
