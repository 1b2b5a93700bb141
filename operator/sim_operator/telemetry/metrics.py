"""Every metric, in one table.

What is counted, what is read at a scrape and what the reference documents all follow from these
rows, so that no metric can exist in one of them alone.
"""

from sim_operator.telemetry.console_rows import CONSOLE_ROWS
from sim_operator.telemetry.fleet_rows import NAMESPACE_ROWS, POLICY_ROWS, SIM_INFO, SIM_ROWS
from sim_operator.telemetry.rows import (
    Kind,
    MetricRow,
    Source,
    account_row,
    counter_row,
    histogram_row,
    history_row,
    process_row,
    standard_row,
)

__all__ = ["SIM_INFO", "TABLE", "Kind", "MetricRow", "Source", "reference", "rows"]

_REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAIT_BUCKETS = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_SWEEP_BUCKETS = (1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)

REQUESTS = counter_row(
    "onence_requests_total",
    ("account", "operation", "code"),
    "Requests sent to 1NCE, by HTTP status; the code is error where there was no answer.",
)
UNUSABLE_ANSWERS = counter_row(
    "onence_unusable_answers_total",
    ("account", "operation"),
    "Answers of 1NCE with a good status and a body that cannot be used: torn, of the wrong type, "
    "of the wrong shape, or too long.",
)
REQUEST_DURATION = histogram_row(
    "onence_request_duration_seconds",
    ("account", "operation"),
    "Time from sending a request to 1NCE to its whole answer.",
    _REQUEST_BUCKETS,
)
THROTTLE_WAIT = histogram_row(
    "onence_throttle_wait_seconds",
    ("account",),
    "Time that requests to 1NCE waited for their turn under the rate limit.",
    _WAIT_BUCKETS,
)
STREAM_REQUESTS = counter_row(
    "onence_stream_requests_total",
    ("account", "code"),
    "Requests of the Data Streamer that were answered, by HTTP status.",
)
STREAM_RECORDS = counter_row(
    "onence_stream_records_total",
    ("account", "outcome"),
    "Records that the Data Streamer sent, by outcome: counted (usage that was new), duplicate "
    "(known already), unknown_sim (no policy counts a SIM of this account with that ICCID), "
    "unreadable, event (no usage).",
)
SWEEP_DURATION = histogram_row(
    "simaccount_sweep_duration_seconds",
    ("account",),
    "Time that a list sweep of the whole account took.",
    _SWEEP_BUCKETS,
)
RECONCILES = counter_row(
    "sim_operator_reconcile_total", ("outcome",), "Passes of an account's loop, by outcome."
)
STATUS_WRITES = counter_row(
    "sim_operator_status_writes_total", (), "Status patches sent to the Kubernetes API."
)
STATUS_FAILURES = counter_row(
    "sim_operator_status_write_failures_total",
    ("outcome",),
    "Those among them that did not come to be written: forbidden (a right is missing), refused "
    "(the API server does not take this status), failed (no answer, or an error of the server).",
)
HISTORY_DELIVERED = counter_row(
    "sim_operator_history_readings_delivered_total",
    (),
    "Readings of a SIM's use, and records of its Data Streamer, that the history keeps now.",
)
HISTORY_DROPPED = counter_row(
    "sim_operator_history_readings_dropped_total",
    ("reason",),
    "Readings that were given up, until the history asks for them again, and records of the Data "
    "Streamer, for which it cannot ask: full (they waited, and there was no room for more), "
    "refused (the history does not take them, and the log says why).",
)
BUILD_INFO = process_row(
    "sim_operator_build_info",
    "The versions of the operator, of Python and of kopf.",
    ("version", "python", "kopf"),
    kind=Kind.INFO,
)
LEADER = process_row(
    "sim_operator_leader",
    "1 while this process holds the Lease, or needs none; 0 on a standby. Where replicas share the "
    "accounts: 1 on the one that decides about what belongs to no account.",
)
ACCOUNTS_HELD = process_row("sim_operator_accounts_held", "SIMAccounts that this process works.")
ACCOUNTS_UNHELD = process_row(
    "sim_operator_accounts_unheld",
    "SIMAccounts that no process works, where replicas share them; told by the one that leads.",
)
LAST_EVENT = process_row(
    "sim_operator_last_event_timestamp_seconds",
    "When the API server was last heard, by the watch of SIMs (an event, or a bookmark about once "
    "a minute) or by the lists of the other kinds (every three minutes): the older of the two.",
    unit="seconds",
)
STORE_OBJECTS = process_row(
    "sim_operator_store_objects", "Objects in the store, by kind.", ("kind",)
)
UNREADABLE_OBJECTS = process_row(
    "sim_operator_unreadable_objects",
    "Objects whose spec this version does not understand, by kind: nothing is done for them, and "
    "the log says why.",
    ("kind",),
)

_ACCOUNT_ROWS: tuple[MetricRow, ...] = (
    account_row(
        "simaccount_sims",
        "sims",
        "SIMs of the account, by state, which overlap: "
        "total, enabled, disabled, claimed, unclaimed.",
        by=("state",),
    ),
    account_row("simaccount_ready", "ready", "1 while the SIMAccount is Ready."),
    account_row(
        "simaccount_reason",
        "reasons",
        "1 for the present reason of the SIMAccount's Ready condition; others: none.",
        by=("reason",),
    ),
    SWEEP_DURATION,
    account_row(
        "simaccount_sweep_last_success_timestamp_seconds",
        "sweep_last_success",
        "When a list sweep was last complete and believed.",
        "seconds",
    ),
    account_row(
        "simaccount_sweep_interval_seconds",
        "sweep_interval",
        "Time from one list sweep to the next, as far as the rate limit carries it.",
        "seconds",
    ),
    account_row(
        "simaccount_detail_interval_seconds",
        "detail_interval",
        "Time in which quota and session of every claimed SIM are read, as far as the rate limit "
        "carries it; 0: they are not.",
        "seconds",
    ),
    account_row(
        "simaccount_disables_in_window",
        "disables_in_window",
        "SIMs that hold a place in the disable budget: disabled within the last hour, or about to "
        "be.",
    ),
    account_row(
        "simaccount_disables_limit",
        "disables_limit",
        "Places that the disable budget has, spec.protection.maxDisablesPerHour as a number.",
    ),
    account_row(
        "simaccount_disables_holding",
        "disables_holding",
        "SIMs that are to be disabled and wait for a place in the disable budget.",
    ),
    account_row(
        "simaccount_requests_per_second_limit",
        "requests_per_second_limit",
        "Requests to 1NCE that may start in a second, spec.rateLimit.requestsPerSecond.",
    ),
)

_HISTORY_ROWS: tuple[MetricRow, ...] = (
    history_row(
        "sim_operator_history_up",
        "is_well",
        "1 while the history does as it is asked, 0 since it last did not.",
    ),
    HISTORY_DELIVERED,
    HISTORY_DROPPED,
    history_row(
        "sim_operator_history_readings_waiting",
        "waiting",
        "Readings, and records of the Data Streamer, that wait to be delivered.",
    ),
    history_row(
        "sim_operator_history_waiting_bytes",
        "waiting_bytes",
        "Memory, about, that these take.",
        "bytes",
    ),
    history_row(
        "sim_operator_history_last_delivery_timestamp_seconds",
        "last_delivery",
        "When readings or records were last delivered.",
        "seconds",
    ),
    history_row(
        "sim_operator_history_sims_incomplete",
        "incomplete",
        "SIMs of which the history lacks days that 1NCE still knows, as far as it was asked.",
    ),
)

_CALL_ROWS: tuple[MetricRow, ...] = (
    REQUESTS,
    UNUSABLE_ANSWERS,
    REQUEST_DURATION,
    THROTTLE_WAIT,
    account_row(
        "onence_rate_limit_remaining",
        "rate_limit_remaining",
        "Requests to 1NCE that could start at once.",
    ),
    STREAM_REQUESTS,
    STREAM_RECORDS,
)

_OPERATOR_ROWS: tuple[MetricRow, ...] = (
    RECONCILES,
    STATUS_WRITES,
    STATUS_FAILURES,
    STORE_OBJECTS,
    UNREADABLE_OBJECTS,
    LEADER,
    ACCOUNTS_HELD,
    ACCOUNTS_UNHELD,
    LAST_EVENT,
    BUILD_INFO,
    standard_row(
        "process_cpu_seconds_total", "Processor time, of user and system.", kind=Kind.COUNTER
    ),
    standard_row("process_resident_memory_bytes", "Memory in use.", "bytes"),
    standard_row("process_virtual_memory_bytes", "Address space in use.", "bytes"),
    standard_row("process_start_time_seconds", "When the process began.", "seconds"),
    standard_row("process_open_fds", "Open file descriptors."),
    standard_row("process_max_fds", "File descriptors that it may open."),
)

TABLE: tuple[MetricRow, ...] = (
    *SIM_ROWS,
    *POLICY_ROWS,
    *_ACCOUNT_ROWS,
    *NAMESPACE_ROWS,
    *_CALL_ROWS,
    *_HISTORY_ROWS,
    *_OPERATOR_ROWS,
    *CONSOLE_ROWS,
)


def rows(source: Source) -> tuple[MetricRow, ...]:
    """The rows of one source, in the order of the table."""
    return tuple(row for row in TABLE if row.source is source)


def reference() -> list[MetricRow]:
    """What the documentation lists: every metric that this version can export."""
    return list(TABLE)
