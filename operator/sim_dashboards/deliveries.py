"""The row History of the page Operator: what was read of use, on its way to who keeps it."""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards.panels import curves
from sim_dashboards.queries import JOB, Query, once, rate

_METRIC = "sim_operator_history"
_NONE = "No history is kept: SIM_OPERATOR_HISTORY_URL is not set"
_BY = "instance"
"""Replicas that share the accounts deliver each its own; one that stands by delivers nothing."""


def to_the_history(made: build.Dashboard) -> None:
    """The row History."""
    made.with_row(build.Row("History"))
    made.with_panel(
        curves(
            "History well",
            "1 while the history does as it is asked, 0 since it last did not. The fleet goes on.",
            [Query(_of_process("up"), "{{instance}}")],
            "none",
            maximum=1.0,
            empty=_NONE,
        )
    ).with_panel(
        curves(
            "Readings delivered",
            "Readings a second that the history keeps, and those that were given up. full: no room "
            "for more that waits. refused: it does not take them. 1NCE is asked for these again.",
            [
                Query(rate(f"{_METRIC}_readings_delivered_total", JOB, _BY), "{{instance}}"),
                Query(rate(f"{_METRIC}_readings_dropped_total", JOB, "reason"), "{{reason}}"),
            ],
            "cps",
            empty=_NONE,
        )
    ).with_panel(
        curves(
            "Since the last delivery",
            "Hours without one are nothing to worry about while none waits.",
            [Query(f"time() - {_of_process('last_delivery_timestamp_seconds')}", "{{instance}}")],
            "s",
            empty=_NONE,
        )
    ).with_panel(
        curves(
            "Readings that wait",
            "Not delivered yet. They wait for seconds, and while the history is down: of each day "
            "only the newest figures.",
            [Query(_of_process("readings_waiting"), "{{instance}}")],
            "locale",
            empty=_NONE,
        )
    ).with_panel(
        curves(
            "Memory of what waits",
            "At most 8 MiB, about. From half of that on nothing is read for the history alone.",
            [Query(_of_process("waiting_bytes"), "{{instance}}")],
            "bytes",
            empty=_NONE,
        )
    ).with_panel(
        curves(
            "SIMs with gaps",
            "SIMs of which the history lacks days that 1NCE still knows. They are read again as "
            "soon as there is room.",
            [Query(_of_process("sims_incomplete"), "{{instance}}")],
            "locale",
            empty=_NONE,
        )
    )


def _of_process(what: str) -> str:
    return once(f"{_METRIC}_{what}", JOB, _BY)
