"""The page of the documentation that lists the metrics, made from the table that exports them.

Written by `python -m sim_operator.telemetry.reference > docs/reference/metrics.md`: a list that is
kept by hand is wrong after the first release.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim_operator.domain.states import QuotaLevel, Session
from sim_operator.telemetry.fleet import AUTO_LIMIT
from sim_operator.telemetry.metrics import (
    REQUEST_DURATION,
    SWEEP_DURATION,
    THROTTLE_WAIT,
    Kind,
    MetricRow,
    Source,
    reference,
    rows,
)

_FLEET, _NAMESPACES, _REASONS = 10_000, 20, 6
"""The fleet whose series are counted, and the reasons that its SIMs have in a namespace."""
_SESSIONS, _LEVELS = len(Session) + 1, 2 * len(QuotaLevel)
_ACCOUNT_STATES, _POLICY_STATES, _REASON, _KINDS = 5, 5, 1, 3
_OPERATIONS = 7

_INTRODUCTION = """\
# Metrics

Generated from the table of the operator; changes by hand are lost.

`/metrics` answers in OpenMetrics, or in the older Prometheus text format, as the request's `Accept`
header asks. Units are base units: bytes, seconds, Unix seconds. A figure that is not known has no
sample, since a zero would be a lie. The label `account` is always `namespace/name`.

Several metrics have a label `namespace` of their own: that of the resource. A scrape has to keep it
(`honor_labels: true`, in a ServiceMonitor `honorLabels: true`), or Prometheus calls it
`exported_namespace` and no dashboard or alert finds it.

What to watch, with alerts that are ready to use: [Alerts](alerts.md).
"""


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the page."""

    heading: str
    text: str
    """What holds for all of its metrics."""
    takes: Callable[[MetricRow], bool]


_SECTIONS = (
    _Section(
        "SIMs",
        "One series for each SIM resource, while this process leads and "
        f"`SIM_OPERATOR_PER_SIM_METRICS` allows it (`auto`: up to {AUTO_LIMIT:,} SIMs).",
        lambda row: row.source is Source.SIMS,
    ),
    _Section(
        "SIMs, summed up",
        "For each namespace with SIM resources of an account, while this process leads; there "
        "whatever the number of SIMs, and whatever `SIM_OPERATOR_PER_SIM_METRICS` says. The "
        "label `account` is missing where it is not known which account the SIMs have.",
        lambda row: row.source is Source.NAMESPACES,
    ),
    _Section(
        "Quota policies",
        "For each QuotaPolicy, while this process leads.",
        lambda row: row.source is Source.POLICIES,
    ),
    _Section(
        "Accounts",
        "For each SIMAccount, while this process leads.",
        lambda row: row.name.startswith("simaccount_"),
    ),
    _Section(
        "Data Streamer",
        "What 1NCE sent, counted for each account since the process began.",
        lambda row: row.name.startswith("onence_stream_"),
    ),
    _Section(
        "Calls to 1NCE",
        "Counted for each account since the process began.",
        lambda row: row.name.startswith("onence_"),
    ),
    _Section(
        "Console",
        "About the process of the console, at its own port of metrics.",
        lambda row: row.source is Source.CONSOLE,
    ),
    _Section(
        "History",
        "What was read of use, delivered to [the history](operator.md#history). The gauges are "
        "there where `SIM_OPERATOR_HISTORY_URL` is set, while this process works.",
        lambda row: row.name.startswith("sim_operator_history_"),
    ),
    _Section(
        "Operator",
        "About the process itself.",
        lambda row: row.name.startswith("sim_operator_"),
    ),
    _Section(
        "Process",
        "What client libraries of Prometheus tell of any process; on Linux only.",
        lambda row: row.source is Source.STANDARD,
    ),
)
"""A metric is in the first section that takes it."""


def metrics_page() -> str:
    """The whole page, in Markdown."""
    parts = [_INTRODUCTION]
    for section in _SECTIONS:
        found = [row for row in reference() if _section_of(row) is section]
        parts.append(f"## {section.heading}\n\n{section.text}\n\n{_table(found)}")
    parts.append(_numbers())
    return "\n".join(parts)


def _section_of(row: MetricRow) -> _Section:
    return next(section for section in _SECTIONS if section.takes(row))


def _table(found: Sequence[MetricRow]) -> str:
    head = "| metric | type | labels | what it says |\n|---|---|---|---|\n"
    return head + "".join(f"{_line(row)}\n" for row in found)


def _line(row: MetricRow) -> str:
    labels = ", ".join(f"`{label}`" for label in row.labels) or "none"
    text = row.help
    if row.kind is Kind.HISTOGRAM:
        bounds = ", ".join(f"{bound:g}" for bound in row.buckets)
        text += f" Samples: `_bucket`, `_sum`, `_count`; bounds in {row.unit}: {bounds}."
    return f"| `{row.name}` | {row.kind} | {labels} | {text} |"


def _numbers() -> str:
    """How many series there are, and of what."""
    sim, policy = _plain(Source.SIMS), _plain(Source.POLICIES) + _POLICY_STATES
    sums = _plain(Source.NAMESPACES) + _SESSIONS + _LEVELS
    histograms = _series(SWEEP_DURATION) + _series(THROTTLE_WAIT)
    account = _plain(Source.ACCOUNTS) + _ACCOUNT_STATES + _REASON + histograms
    operation = _series(REQUEST_DURATION)
    lines = (
        ("SIM resource", f"{sim} at most", "one of each metric of a SIM"),
        (
            "account and namespace",
            f"{sums}, and 2 for each reason in use",
            f"sessions {_SESSIONS}, levels {_LEVELS}; reasons are seldom more than a dozen",
        ),
        ("policy", f"{policy}", f"states {_POLICY_STATES}"),
        ("account", f"{account}", f"histograms {histograms}"),
        (
            "account and operation of 1NCE",
            f"{operation}, and 1 for each code",
            f"histogram {operation}; the operator uses {_OPERATIONS} operations",
        ),
        (
            "process",
            f"{_plain(Source.PROCESS) + _KINDS - 1 + _plain(Source.STANDARD)}, and "
            f"{_plain(Source.HISTORY)} with a history",
            f"objects {_KINDS}",
        ),
    )
    table = "".join(f"| {each} | {series} | {which} |\n" for each, series, which in lines)
    fleet = _NAMESPACES * (sums + 2 * _REASONS)
    calls = account + _OPERATIONS * (operation + 1)
    return f"""\
## How many series

| for each | series | of which |
|---|---|---|
{table}
{_FLEET:,} SIMs of one account in {_NAMESPACES} namespaces make up to {sim * _FLEET:,} series for
the SIMs, about {fleet} sums and {calls} for the account. With `SIM_OPERATOR_PER_SIM_METRICS=off`
only the SIMs' own series go. A changed label, IMEI or IP address makes a new series of `sim_info`;
nothing else about a SIM makes a new one. A standby exports only what is about its process.
"""


def _plain(source: Source) -> int:
    """The metrics of a source that have one series for each of its things."""
    return sum(not row.by for row in rows(source))


def _series(row: MetricRow) -> int:
    """The series of one histogram: its bounds, one without a bound, a sum and a count."""
    return len(row.buckets) + 3


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
