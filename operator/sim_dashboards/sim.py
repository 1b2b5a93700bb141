"""The page SIM: the life of one card."""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards import navigation
from sim_dashboards.looks import (
    BAD,
    ENABLED,
    GOOD,
    LITTLE_LEFT,
    ODD,
    ONLINE,
    READY,
    Step,
    words,
)
from sim_dashboards.navigation import to_chosen, to_page
from sim_dashboards.panels import curves, figure, phases
from sim_dashboards.queries import ONE_SIM, Query, card
from sim_dashboards.tables import Label, facts

_TITLE = "SIM operator / SIM"
_TEXT = "The life of one SIM: state, session, what is left, what it uses. Needs series per SIM."
_SUSPENDED = words(("Managed", GOOD), ("Suspended", ODD))
_BOUGHT, _LEFT = "sim_data_quota_bytes", "sim_data_quota_remaining_bytes"
_NOT_READ = "Not read"
_NO_POLICY = "No policy counts it, no history asks"


def dashboard() -> build.Dashboard:
    """The whole page."""
    made = navigation.page(navigation.SIM, _TITLE, _TEXT)
    for variable in (
        navigation.cluster(),
        navigation.one_namespace(),
        navigation.one_sim(),
    ):
        made.with_variable(variable)
    _now(made)
    _life(made)
    _data(made)
    _sms(made)
    return made


def _now(made: build.Dashboard) -> None:
    left = Query(f"{card(_LEFT)} / {card(_BOUGHT)}", "left")
    days = Query(f"({card('sim_quota_expiry_timestamp_seconds')} - time()) / 86400", "days")
    for panel in (
        figure(
            "State",
            "What 1NCE says of the SIM.",
            Query(card("sim_enabled"), "state"),
            "none",
            width=3,
            mappings=ENABLED,
            empty=_NOT_READ,
        ),
        figure(
            "Session",
            "Whether it has a data session.",
            Query(card("sim_session_online"), "session"),
            "none",
            width=3,
            mappings=ONLINE,
            empty=_NOT_READ,
        ),
        figure(
            "Ready",
            "The condition Ready of the resource. Its reason and message: kubectl describe sim.",
            Query(card("sim_ready"), "ready"),
            "none",
            width=3,
            mappings=READY,
            empty="No series",
        ),
        figure(
            "Data left",
            "Of the data volume that was bought.",
            Query(card(_LEFT), "left"),
            "bytes",
            width=3,
            decimals=1,
            empty=_NOT_READ,
        ),
        figure(
            "Share left",
            "Of the data volume that was bought. 1NCE calls less than 20 % low.",
            left,
            "percentunit",
            width=3,
            steps=LITTLE_LEFT,
            base=BAD,
            decimals=0,
            empty=_NOT_READ,
        ),
        figure(
            "SMS left",
            "Of the SMS that were bought.",
            Query(card("sim_sms_quota_remaining"), "left"),
            "locale",
            width=3,
            decimals=0,
            empty=_NOT_READ,
        ),
        figure(
            "Expires in",
            "Days until the data volume expires; what is left is lost then.",
            days,
            "suffix:days",
            width=3,
            steps=(Step(30, ODD), Step(90, GOOD)),
            base=BAD,
            decimals=0,
            empty=_NOT_READ,
        ),
        figure(
            "Used in period",
            "What a QuotaPolicy counts for this SIM in its period; without one, its month where it "
            "is read for the history.",
            Query(card("sim_data_usage_bytes"), "used"),
            "bytes",
            width=3,
            decimals=1,
            empty=_NO_POLICY,
            links=[to_chosen("Policies of its namespace", navigation.QUOTAS, "namespace")],
        ),
    ):
        made.with_panel(panel)
    made.with_panel(
        facts(
            "What it is",
            "The SIM as the resource claims it and as 1NCE describes it.",
            [
                Label("name", "SIM"),
                Label("iccid", "ICCID"),
                Label(
                    "account",
                    "Account",
                    to_page("All SIMs of this account", navigation.FLEET, account="account"),
                ),
                Label("label", "Label"),
                Label("imei", "IMEI"),
                Label("ip", "IP address"),
            ],
            "max by (name, iccid, account, label, imei, ip) (sim_info{" + ONE_SIM + "})",
        )
    )


def _life(made: build.Dashboard) -> None:
    suspended = f"{card('sim_suspended')} or 0 * {card('sim_ready')}"
    made.with_row(build.Row("Life"))
    made.with_panel(
        phases(
            "State, session and condition",
            "Bands in time. A gap: nothing was known, or another replica took over.",
            [
                Query(card("sim_enabled"), "State at 1NCE"),
                Query(card("sim_session_online"), "Session"),
                Query(card("sim_ready"), "Ready"),
                Query(suspended, "spec.suspend"),
            ],
            [ENABLED, ONLINE, READY, _SUSPENDED],
        )
    )


def _data(made: build.Dashboard) -> None:
    pace = f"clamp_min(-delta({_LEFT}{{{ONE_SIM}}}[1h]), 0)"
    made.with_row(build.Row("Data"))
    made.with_panel(
        curves(
            "Data volume",
            "What was bought and what is left. Rises when the volume is renewed.",
            [
                Query(card(_LEFT), "Left"),
                Query(card(_BOUGHT), "Bought", limit=True),
            ],
            "bytes",
        )
    ).with_panel(
        curves(
            "Data an hour",
            "How fast the volume went in the hour before. A new volume counts as nothing used.",
            [Query(f"max({pace})", "Used in an hour")],
            "bytes",
        )
    ).with_panel(
        curves(
            "Data used in this period",
            "What a QuotaPolicy counts, or the month that is read for the history. Begins anew "
            "with each period.",
            [Query(card("sim_data_usage_bytes"), "Used")],
            "bytes",
            links=[to_chosen("Policies of its namespace", navigation.QUOTAS, "namespace")],
            empty=_NO_POLICY,
        )
    )


def _sms(made: build.Dashboard) -> None:
    made.with_row(build.Row("SMS"))
    made.with_panel(
        curves(
            "SMS volume",
            "What was bought and what is left. Rises when the volume is renewed.",
            [
                Query(card("sim_sms_quota_remaining"), "Left"),
                Query(card("sim_sms_quota"), "Bought", limit=True),
            ],
            "locale",
            width=12,
        )
    ).with_panel(
        curves(
            "SMS sent in this period",
            "What a QuotaPolicy counts, or the month that is read for the history. Begins anew "
            "with each period.",
            [Query(card("sim_sms_usage"), "Sent")],
            "locale",
            width=12,
            empty=_NO_POLICY,
        )
    )
