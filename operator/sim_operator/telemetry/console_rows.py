"""What the console tells of itself, as rows of the table of all metrics."""

from sim_operator.telemetry.rows import Kind, MetricRow, Source

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONSOLE_REQUESTS = MetricRow(
    "sim_operator_console_requests_total",
    Kind.COUNTER,
    ("route", "code"),
    "Requests that the console answered, by route and HTTP status; the route is other where there "
    "is none.",
    Source.CONSOLE,
)
CONSOLE_DURATION = MetricRow(
    "sim_operator_console_request_duration_seconds",
    Kind.HISTOGRAM,
    ("route",),
    "Time from a request to the console to the beginning of its answer.",
    Source.CONSOLE,
    "seconds",
    buckets=_BUCKETS,
)
CONSOLE_SESSIONS = MetricRow(
    "sim_operator_console_sessions",
    Kind.GAUGE,
    (),
    "People who are signed in by a token, by browser.",
    Source.CONSOLE,
)
CONSOLE_OBJECTS = MetricRow(
    "sim_operator_console_objects",
    Kind.GAUGE,
    ("kind",),
    "Resources in the watch cache of the console.",
    Source.CONSOLE,
)
CONSOLE_LAST_EVENT = MetricRow(
    "sim_operator_console_last_event_timestamp_seconds",
    Kind.GAUGE,
    (),
    "When the watch that has been silent for longest last brought anything.",
    Source.CONSOLE,
    "seconds",
)
HISTORY_OPEN = MetricRow(
    "sim_operator_console_history_open",
    Kind.GAUGE,
    (),
    "Whether the history can be used; no sample where none is kept.",
    Source.CONSOLE,
)
HISTORY_SIZE = MetricRow(
    "sim_operator_console_history_size_bytes",
    Kind.GAUGE,
    (),
    "Size of the database of the history.",
    Source.CONSOLE,
    "bytes",
)
HISTORY_LAST_READING = MetricRow(
    "sim_operator_console_history_last_reading_timestamp_seconds",
    Kind.GAUGE,
    (),
    "When the newest reading in the history was made.",
    Source.CONSOLE,
    "seconds",
)

CONSOLE_ROWS: tuple[MetricRow, ...] = (
    CONSOLE_REQUESTS,
    CONSOLE_DURATION,
    CONSOLE_SESSIONS,
    CONSOLE_OBJECTS,
    CONSOLE_LAST_EVENT,
    HISTORY_OPEN,
    HISTORY_SIZE,
    HISTORY_LAST_READING,
)
