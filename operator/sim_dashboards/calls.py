"""The parts of the page Operator about 1NCE: what is asked of it, and what it sends."""

from grafana_foundation_sdk.builders import dashboard as build

from sim_dashboards.looks import BAD, ODD, Step
from sim_dashboards.panels import curves
from sim_dashboards.queries import CALLS, Query, once, or_nothing, quantile, rate

_REQUESTS = "onence_requests_total"
_UNUSABLE = "onence_unusable_answers_total"
_FAILED = f'{CALLS}, code!~"2.."'
_DURATION = "onence_request_duration_seconds"
_WAIT = "onence_throttle_wait_seconds"
_BUSY = (Step(0.8, ODD), Step(0.95, BAD))
_REFUSED_BATCHES = 'code!~"2.."'


def failed_share() -> str:
    """Calls that were not answered with 2xx, of all; nothing while there are no calls."""
    window = "[$__rate_interval]"
    failed = or_nothing(f"sum(rate({_REQUESTS}{{{_FAILED}}}{window}))")
    return f"({failed}) / sum(rate({_REQUESTS}{{{CALLS}}}{window}))"


def to_1nce(made: build.Dashboard) -> None:
    """The row Calls to 1NCE."""
    limit = once("simaccount_requests_per_second_limit", CALLS, "account")
    made.with_row(build.Row("Calls to 1NCE"))
    made.with_panel(
        curves(
            "Calls by operation",
            "Calls a second of all chosen accounts.",
            [Query(rate(_REQUESTS, CALLS, "operation"), "{{operation}}")],
            "reqps",
            stacked=True,
        )
    ).with_panel(
        curves(
            "Failed calls by code",
            "Calls a second that were not answered with 2xx. error: no answer at all. 429: over "
            "the limit of 1NCE. unusable: 2xx with a body that cannot be used.",
            [
                Query(rate(_REQUESTS, _FAILED, "operation, code"), "{{code}} {{operation}}"),
                Query(rate(_UNUSABLE, CALLS, "operation"), "unusable {{operation}}"),
            ],
            "reqps",
            stacked=True,
            empty="No call has failed",
        )
    ).with_panel(
        curves(
            "Rate budget used",
            "Calls a second as a share of spec.rateLimit of the account.",
            [Query(f"{rate(_REQUESTS, CALLS, 'account')} / {limit}", "{{account}}")],
            "percentunit",
            steps=_BUSY,
        )
    ).with_panel(
        curves(
            "Latency, p50",
            "From sending a request to its whole answer: half of all take no longer.",
            [Query(quantile(0.5, _DURATION, CALLS, "operation"), "{{operation}}")],
            "s",
        )
    ).with_panel(
        curves(
            "Latency, p99",
            "From sending a request to its whole answer: all but one in a hundred take no longer.",
            [Query(quantile(0.99, _DURATION, CALLS, "operation"), "{{operation}}")],
            "s",
        )
    ).with_panel(
        curves(
            "Wait for the rate limit",
            "How long requests waited for their turn, p50 and p99. Long waits: the account needs "
            "a higher limit at 1NCE, or longer intervals.",
            [
                Query(quantile(0.5, _WAIT, CALLS, "account"), "p50 {{account}}"),
                Query(quantile(0.99, _WAIT, CALLS, "account"), "p99 {{account}}"),
            ],
            "s",
        )
    )


def of_the_streamer(made: build.Dashboard) -> None:
    """The row Data Streamer."""
    made.with_row(build.Row("Data Streamer"))
    made.with_panel(
        curves(
            "Records by outcome",
            "Records a second. counted: usage that was new. duplicate: known already. "
            "unknown_sim: no policy counts that SIM. event: no usage.",
            [Query(rate("onence_stream_records_total", CALLS, "outcome"), "{{outcome}}")],
            "cps",
            width=12,
            stacked=True,
            empty="No account has a Data Streamer, or it sends nothing",
        )
    ).with_panel(
        curves(
            "Batches by answer",
            "Requests a second by the HTTP status that the operator answered. 401: wrong password. "
            "1NCE repeats what is not answered with 200.",
            [Query(rate("onence_stream_requests_total", CALLS, "code"), "{{code}}")],
            "reqps",
            width=12,
            stacked=True,
            empty="No account has a Data Streamer, or it sends nothing",
        )
    )
