"""The page Operator: how the process, its loop and its calls to 1NCE are."""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards import calls, deliveries, navigation
from sim_dashboards.looks import BAD, GOOD, ODD, Step, words
from sim_dashboards.navigation import to_page
from sim_dashboards.panels import curves, figure
from sim_dashboards.queries import CALLS, JOB, ON_PROCESS, Query, once, or_nothing, quantile, rate
from sim_dashboards.tables import MOMENT, Figure, Label, facts, listing

_TITLE = "SIM operator / Operator"
_TEXT = "The operator itself: who leads, sweeps, calls to 1NCE, writes to Kubernetes, resources."
_LAST_SWEEP = "simaccount_sweep_last_success_timestamp_seconds"
_INTERVAL = "simaccount_sweep_interval_seconds"
_LATE = (Step(2, ODD), Step(3, BAD))
"""Sweep intervals since the last believed sweep."""


def dashboard() -> build.Dashboard:
    """The whole page."""
    made = navigation.page(navigation.OPERATOR, _TITLE, _TEXT)
    made.with_variable(navigation.cluster()).with_variable(navigation.job()).with_variable(
        navigation.account()
    )
    _now(made)
    _sweeps(made)
    calls.to_1nce(made)
    _loop(made)
    calls.of_the_streamer(made)
    deliveries.to_the_history(made)
    _process(made)
    return made


def _of_account(metric: str) -> str:
    return once(metric, CALLS, "account")


def _of_process(metric: str) -> str:
    """A metric that every program has, of the operator's processes alone."""
    return f"{metric}{{{JOB}}} and {ON_PROCESS} sim_operator_leader{{{JOB}}}"


def _lateness() -> str:
    return f"(time() - {_of_account(_LAST_SWEEP)}) / {_of_account(_INTERVAL)}"


def _now(made: build.Dashboard) -> None:
    leads = f"sim_operator_leader{{{JOB}}}"
    for panel in (
        figure(
            "Leader",
            "The replica that holds the Lease and works; the others stand by.",
            Query(f"{leads} == 1", "{{instance}}"),
            "none",
            width=6,
            named=True,
            empty="Nobody leads",
        ),
        figure(
            "Leaders",
            "1 of each installation. 0: nobody works. More than 1 for longer than a "
            "scrape: they do not share a Lease.",
            Query(f"sum({leads})", "leaders"),
            "none",
            width=3,
            steps=(Step(1, GOOD), Step(2, ODD)),
            base=BAD,
            decimals=0,
        ),
        figure(
            "Replicas",
            "Processes that answer scrapes.",
            Query(f"count({leads})", "replicas"),
            "none",
            width=3,
            decimals=0,
        ),
        figure(
            "Sweep lateness",
            "Sweep intervals since the last believed sweep, of the "
            "account that is worst off. About 1 at most while all is well.",
            Query(f"max({_lateness()})", "intervals"),
            "suffix:×",
            width=3,
            steps=_LATE,
            decimals=1,
        ),
        figure(
            "Accounts down",
            "SIMAccounts whose condition Ready is not True.",
            Query(or_nothing(f"count({_of_account('simaccount_ready')} == 0)"), "accounts"),
            "none",
            width=3,
            steps=(Step(1, BAD),),
            decimals=0,
        ),
        figure(
            "Failed calls",
            "Of the calls to 1NCE, those that were not answered with 2xx.",
            Query(calls.failed_share(), "failed"),
            "percentunit",
            width=3,
            steps=(Step(0.01, ODD), Step(0.1, BAD)),
            decimals=1,
        ),
        figure(
            "Watch silent for",
            "Since the API server was last heard: by the watch of SIMs "
            "about once a minute, by lists of the other kinds every three.",
            Query(f"time() - max(sim_operator_last_event_timestamp_seconds{{{JOB}}})", "silent"),
            "s",
            width=3,
            decimals=0,
        ),
    ):
        made.with_panel(panel)


def _sweeps(made: build.Dashboard) -> None:
    made.with_row(build.Row("Sweeps"))
    duration = "simaccount_sweep_duration_seconds"
    made.with_panel(
        curves(
            "Age of the last believed sweep",
            "What is known of the SIMs is so old. Dashed: the interval of the account.",
            [
                Query(f"time() - {_of_account(_LAST_SWEEP)}", "{{account}}"),
                Query(_of_account(_INTERVAL), "interval of {{account}}", limit=True),
            ],
            "s",
            width=7,
        )
    ).with_panel(
        curves(
            "Duration of a sweep",
            "From the first to the last page of the list, p50 and p99.",
            [
                Query(quantile(0.5, duration, CALLS, "account"), "p50 {{account}}"),
                Query(quantile(0.99, duration, CALLS, "account"), "p99 {{account}}"),
            ],
            "s",
            width=7,
        )
    ).with_panel(
        listing(
            "Accounts",
            "Each SIMAccount with the reason of its condition Ready.",
            [
                Label(
                    "account",
                    "Account",
                    to_page("SIMs of this account", navigation.FLEET, account="account"),
                ),
                Label("reason", "Reason"),
            ],
            [
                Figure(
                    "Ready",
                    f"{_of_account('simaccount_ready')} * {_reason()}",
                    "none",
                    mappings=words(("No", BAD), ("Yes", GOOD)),
                ),
                Figure(
                    "SIMs", once("simaccount_sims", f'{CALLS}, state="total"', "account"), "locale"
                ),
                Figure("Swept", f"{_of_account(_LAST_SWEEP)} * 1000", MOMENT),
            ],
            sort="Account",
            descending=False,
            width=10,
        )
    )


def _reason() -> str:
    """A factor of 1 that brings the label `reason` along."""
    reasons = once("simaccount_reason", CALLS, "account", "reason")
    return f"on (cluster, account) group_left (reason) {reasons}"


def _loop(made: build.Dashboard) -> None:
    made.with_row(build.Row("Loop"))
    made.with_panel(
        curves(
            "Passes by outcome",
            "Passes of the accounts' loops. An idle loop passes once in a while; each sweep and "
            "each change wakes it.",
            [Query(rate("sim_operator_reconcile_total", JOB, "outcome"), "{{outcome}}")],
            "ops",
            width=6,
            stacked=True,
        )
    ).with_panel(
        curves(
            "Status writes",
            "Patches sent to the Kubernetes API, and those that it did not take. While nothing "
            "changes: one for each sweep.",
            [
                Query(rate("sim_operator_status_writes_total", JOB, "instance"), "{{instance}}"),
                Query(
                    rate("sim_operator_status_write_failures_total", JOB, "outcome"), "{{outcome}}"
                ),
            ],
            "wps",
            width=6,
        )
    ).with_panel(
        curves(
            "Objects in the store",
            "What the watches have delivered, in the replica that knows most. unreadable: this "
            "version does not understand the spec, and does nothing.",
            [
                Query(once("sim_operator_store_objects", JOB, "kind"), "{{kind}}"),
                Query(once("sim_operator_unreadable_objects", JOB, "kind"), "unreadable {{kind}}"),
            ],
            "locale",
            width=6,
        )
    ).with_panel(
        curves(
            "Leadership",
            "1 while a replica leads. Each change is a hand-over.",
            [Query(f"sim_operator_leader{{{JOB}}}", "{{instance}}")],
            "none",
            width=6,
            maximum=1.0,
        )
    )


def _process(made: build.Dashboard) -> None:
    made.with_row(build.Row("Process"))
    made.with_panel(
        curves(
            "Memory",
            "Resident memory of each replica.",
            [Query(_of_process("process_resident_memory_bytes"), "{{instance}}")],
            "bytes",
        )
    ).with_panel(
        curves(
            "Processor",
            "Cores in use by each replica. Each has one event loop: 1 is the most.",
            [
                Query(
                    f"rate(process_cpu_seconds_total{{{JOB}}}[$__rate_interval]) and "
                    f"{ON_PROCESS} sim_operator_leader{{{JOB}}}",
                    "{{instance}}",
                )
            ],
            "suffix:cores",
        )
    ).with_panel(
        facts(
            "Versions",
            "Of the operator, of Python and of kopf, in each replica.",
            [
                Label("instance", "Replica"),
                Label("version", "Operator"),
                Label("python", "Python"),
                Label("kopf", "kopf"),
            ],
            f"max by (instance, version, python, kopf) (sim_operator_build_info{{{JOB}}})",
            width=8,
            height=8,
        )
    )
