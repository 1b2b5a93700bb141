"""Every metric, in one table.

What is counted, what is read at a scrape and what the reference documents all follow from these
rows, so that no metric can exist in one of them alone.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The OpenMetrics types in use."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


class Source(StrEnum):
    """Where the values come from."""

    COUNTED = "counted"
    """Counted while it happens, since the process began."""
    PROCESS = "process"
    """Read from this process at each scrape."""
    ACCOUNTS = "accounts"
    """Read from each account at each scrape; `field` names the field of the AccountSample."""
    SIMS = "sims"
    """Read from each SIM resource at each scrape; `field` names the field of the SimSample."""
    POLICIES = "policies"
    """Read from each QuotaPolicy at each scrape; `field` names the field of the PolicySample."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric, under the name that its samples carry (histograms: without suffix)."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    source: Source
    unit: str = ""
    """`seconds` or `bytes`; empty: a number of things, or a truth value."""
    field: str = ""
    buckets: tuple[float, ...] = ()

    @property
    def family(self) -> str:
        """The name of the OpenMetrics family: without the suffix that the type adds."""
        suffix = {Kind.COUNTER: "_total", Kind.INFO: "_info"}.get(self.kind, "")
        return self.name.removesuffix(suffix)


_SIM = ("namespace", "name", "iccid")
_POLICY = ("namespace", "name")
_REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAIT_BUCKETS = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_SWEEP_BUCKETS = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


def _sim(name: str, field: str, text: str, unit: str = "") -> MetricRow:
    return MetricRow(name, Kind.GAUGE, _SIM, text, Source.SIMS, unit, field)


def _account(
    name: str, field: str, text: str, unit: str = "", labels: tuple[str, ...] = ("account",)
) -> MetricRow:
    return MetricRow(name, Kind.GAUGE, labels, text, Source.ACCOUNTS, unit, field)


def _policy(
    name: str, field: str, text: str, unit: str = "", labels: tuple[str, ...] = _POLICY
) -> MetricRow:
    return MetricRow(name, Kind.GAUGE, labels, text, Source.POLICIES, unit, field)


def _process(
    name: str, text: str, labels: tuple[str, ...] = (), unit: str = "", kind: Kind = Kind.GAUGE
) -> MetricRow:
    return MetricRow(name, kind, labels, text, Source.PROCESS, unit)


def _counter(name: str, labels: tuple[str, ...], text: str) -> MetricRow:
    return MetricRow(name, Kind.COUNTER, labels, text, Source.COUNTED)


def _histogram(
    name: str, labels: tuple[str, ...], text: str, buckets: tuple[float, ...]
) -> MetricRow:
    return MetricRow(name, Kind.HISTOGRAM, labels, text, Source.COUNTED, "seconds", "", buckets)


REQUESTS = _counter(
    "onence_requests_total",
    ("account", "operation", "code"),
    "Requests sent to 1NCE, by HTTP status; the code is error where there was no answer.",
)
REQUEST_DURATION = _histogram(
    "onence_request_duration_seconds",
    ("account", "operation"),
    "Time from sending a request to 1NCE to its whole answer.",
    _REQUEST_BUCKETS,
)
THROTTLE_WAIT = _histogram(
    "onence_throttle_wait_seconds",
    ("account",),
    "Time that requests to 1NCE waited for their turn under the rate limit.",
    _WAIT_BUCKETS,
)
STREAM_REQUESTS = _counter(
    "onence_stream_requests_total",
    ("account", "code"),
    "Requests of the Data Streamer that were answered, by HTTP status.",
)
STREAM_RECORDS = _counter(
    "onence_stream_records_total",
    ("account", "outcome"),
    "Records that the Data Streamer sent, by outcome: counted (usage that was new), duplicate "
    "(known already), unknown_sim (no policy counts a SIM of this account with that ICCID), "
    "unreadable, event (no usage).",
)
SWEEP_DURATION = _histogram(
    "simaccount_sweep_duration_seconds",
    ("account",),
    "Time that a list sweep of the whole account took.",
    _SWEEP_BUCKETS,
)
RECONCILES = _counter(
    "sim_operator_reconcile_total", ("outcome",), "Passes of an account's loop, by outcome."
)
STATUS_WRITES = _counter(
    "sim_operator_status_writes_total", (), "Status patches sent to the Kubernetes API."
)
BUILD_INFO = _process(
    "sim_operator_build_info",
    "The versions of the operator, of Python and of kopf.",
    ("version", "python", "kopf"),
    kind=Kind.INFO,
)
LEADER = _process(
    "sim_operator_leader", "1 while this process holds the Lease, or needs none; 0 on a standby."
)
LAST_EVENT = _process(
    "sim_operator_last_event_timestamp_seconds",
    "When a watch last delivered anything.",
    unit="seconds",
)
STORE_OBJECTS = _process("sim_operator_store_objects", "Objects in the store, by kind.", ("kind",))
SIM_INFO = MetricRow(
    "sim_info",
    Kind.INFO,
    (*_SIM, "account", "label", "imei", "ip"),
    "What is known of the SIM that a resource claims; always 1.",
    Source.SIMS,
)

TABLE: tuple[MetricRow, ...] = (
    SIM_INFO,
    _sim("sim_enabled", "enabled", "1 while the SIM is enabled at 1NCE, 0 while it is disabled."),
    _sim("sim_session_online", "online", "1 while the SIM has a data session."),
    _sim("sim_ready", "ready", "1 while the SIM resource is Ready."),
    _sim("sim_suspended", "suspended", "1 for a SIM that spec.suspend leaves alone; others: none."),
    _sim("sim_data_quota_bytes", "data_quota_bytes", "Data volume bought.", "bytes"),
    _sim(
        "sim_data_quota_remaining_bytes",
        "data_quota_remaining_bytes",
        "Data volume left; below 0 where 1NCE booked late.",
        "bytes",
    ),
    _sim("sim_data_usage_bytes", "data_usage_bytes", "Data used in this period.", "bytes"),
    _sim("sim_sms_quota", "sms_quota", "SMS bought."),
    _sim("sim_sms_quota_remaining", "sms_quota_remaining", "SMS left."),
    _sim("sim_sms_usage", "sms_usage", "SMS used in this period."),
    _sim(
        "sim_quota_expiry_timestamp_seconds",
        "quota_expiry",
        "When the data volume expires.",
        "seconds",
    ),
    _policy(
        "quotapolicy_sims",
        "sims",
        "SIMs of the policy, by state, which overlap: matched, warned, exceeded, disabled, held.",
        labels=(*_POLICY, "state"),
    ),
    _policy(
        "quotapolicy_pool_data_used_bytes",
        "pool_data_used_bytes",
        "Data used by the pool in this period.",
        "bytes",
    ),
    _policy(
        "quotapolicy_pool_data_limit_bytes",
        "pool_data_limit_bytes",
        "Data that the pool may use in a period.",
        "bytes",
    ),
    _policy(
        "quotapolicy_max_overshoot_bytes",
        "max_overshoot_bytes",
        "How far past its limit a SIM can get before it is off.",
        "bytes",
    ),
    _policy(
        "quotapolicy_exhaustion_timestamp_seconds",
        "exhaustion",
        "Day on which the pool, or without one the first SIM, is expected to reach its limit.",
        "seconds",
    ),
    _policy(
        "quotapolicy_usage_oldest_timestamp_seconds",
        "oldest_usage",
        "When the oldest usage figure behind this policy was read.",
        "seconds",
    ),
    _account(
        "simaccount_sims",
        "sims",
        "SIMs of the account, by state, which overlap: "
        "total, enabled, disabled, claimed, unclaimed.",
        labels=("account", "state"),
    ),
    _account("simaccount_ready", "ready", "1 while the SIMAccount is Ready."),
    SWEEP_DURATION,
    _account(
        "simaccount_sweep_last_success_timestamp_seconds",
        "sweep_last_success",
        "When a list sweep was last complete and believed.",
        "seconds",
    ),
    REQUESTS,
    REQUEST_DURATION,
    THROTTLE_WAIT,
    _account(
        "onence_rate_limit_remaining",
        "rate_limit_remaining",
        "Requests to 1NCE that could start at once.",
    ),
    STREAM_REQUESTS,
    STREAM_RECORDS,
    RECONCILES,
    STATUS_WRITES,
    STORE_OBJECTS,
    LEADER,
    LAST_EVENT,
    BUILD_INFO,
)


def rows(source: Source) -> tuple[MetricRow, ...]:
    """The rows of one source, in the order of the table."""
    return tuple(row for row in TABLE if row.source is source)


def reference() -> list[MetricRow]:
    """What the documentation lists: every metric that this version can export."""
    return list(TABLE)
