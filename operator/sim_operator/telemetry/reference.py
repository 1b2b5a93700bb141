"""The page of the documentation that lists the metrics, made from the table that exports them.

Written by `python -m sim_operator.telemetry.reference > docs/reference/metrics.md`: a list that is
kept by hand is wrong after the first release.
"""

import sys
from collections.abc import Sequence

from sim_operator.telemetry.metrics import Kind, MetricRow, reference

_INTRODUCTION = """\
# Metrics

Generated from the table of the operator; changes by hand are lost.

`/metrics` answers in OpenMetrics, or in the older Prometheus text format, as the request's `Accept`
header asks. Units are base units: bytes, seconds, Unix seconds. A figure that is not known has no
sample, since a zero would be a lie. The label `account` is always `namespace/name`.
"""

_SECTIONS = (
    (
        "sim_",
        "SIMs",
        "One series for each SIM resource, while this process leads and "
        "`SIM_OPERATOR_PER_SIM_METRICS` allows it (`auto`: up to 20,000 SIMs).",
    ),
    (
        "quotapolicy_",
        "Quota policies",
        "For each QuotaPolicy, while this process leads.",
    ),
    ("simaccount_", "Accounts", "There whatever the number of SIMs."),
    ("onence_", "Calls to 1NCE", "Counted for each account since the process began."),
    (
        "onence_stream_",
        "Data Streamer",
        "What 1NCE sent, counted for each account since the process began.",
    ),
    ("sim_operator_", "Operator", "About the process itself."),
)
"""Prefix of the names, heading, and what holds for all of them."""


def metrics_page() -> str:
    """The whole page, in Markdown."""
    parts = [_INTRODUCTION]
    for prefix, heading, text in _SECTIONS:
        found = [row for row in reference() if _prefix(row.name) == prefix]
        if found:
            parts.append(f"## {heading}\n\n{text}\n\n{_table(found)}")
    return "\n".join(parts)


def _prefix(name: str) -> str:
    """The longest prefix that the name has: `sim_operator_leader` is no metric of a SIM."""
    return max((one for one, _, _ in _SECTIONS if name.startswith(one)), key=len)


def _table(rows: Sequence[MetricRow]) -> str:
    head = "| metric | type | labels | what it says |\n|---|---|---|---|\n"
    return head + "".join(f"{_line(row)}\n" for row in rows)


def _line(row: MetricRow) -> str:
    labels = ", ".join(f"`{label}`" for label in row.labels) or "none"
    text = row.help
    if row.kind is Kind.HISTOGRAM:
        bounds = ", ".join(f"{bound:g}" for bound in row.buckets)
        text += f" Samples: `_bucket`, `_sum`, `_count`; bounds in {row.unit}: {bounds}."
    return f"| `{row.name}` | {row.kind} | {labels} | {text} |"


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
