"""The object through which the other parts count.

They know these few verbs and no metric's name; the registry is our own, so that nothing of other
libraries in the process appears under `/metrics`.
"""

from dataclasses import dataclass
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from sim_operator.telemetry.metrics import (
    HISTORY_DELIVERED,
    HISTORY_DROPPED,
    RECONCILES,
    REQUEST_DURATION,
    REQUESTS,
    STATUS_FAILURES,
    STATUS_WRITES,
    STREAM_RECORDS,
    STREAM_REQUESTS,
    SWEEP_DURATION,
    THROTTLE_WAIT,
    UNUSABLE_ANSWERS,
    Kind,
    MetricRow,
    Source,
    rows,
)

_STREAM_CODES = (200, 400, 401, 503)
_FAILURES = ("failed", "forbidden", "refused")
"""Outcomes of a status write. A conflict is none: the object is read again, and written."""
_DROPS = ("full", "refused")
"""Why readings are not kept."""


class Meters:
    """Counters and histograms of this process; may be called from any thread."""

    def __init__(self) -> None:
        """Everything at its beginning, in a registry of its own."""
        # A second series for each counter, which tells only when the process began.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own gap
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._counters: dict[MetricRow, Counter] = {}
        self._histograms: dict[MetricRow, Histogram] = {}
        for row in rows(Source.COUNTED):
            common: dict[str, Any] = {"labelnames": row.labels, "registry": self.registry}
            if row.kind is Kind.COUNTER:
                self._counters[row] = Counter(row.name, row.help, **common)
            else:
                self._histograms[row] = Histogram(
                    row.name, row.help, unit=row.unit, buckets=row.buckets, **common
                )
        for outcome in _FAILURES:  # a counter that begins with a failure shows no increase
            self._counters[STATUS_FAILURES].labels(outcome)
        for reason in _DROPS:
            self._counters[HISTORY_DROPPED].labels(reason)

    def request(self, account: str, operation: str, code: int | str, seconds: float) -> None:
        """A request to 1NCE ended; `code`: its HTTP status, `error` without an answer."""
        self._counters[REQUESTS].labels(account, operation, code).inc()
        self._histograms[REQUEST_DURATION].labels(account, operation).observe(seconds)

    def unusable(self, account: str, operation: str) -> None:
        """An answer of 1NCE's looked well and could not be used."""
        self._counters[UNUSABLE_ANSWERS].labels(account, operation).inc()

    def throttle_wait(self, account: str, seconds: float) -> None:
        """A request to 1NCE waited for its turn."""
        self._histograms[THROTTLE_WAIT].labels(account).observe(seconds)

    def sweep(self, account: str, seconds: float) -> None:
        """A list sweep of an account ended."""
        self._histograms[SWEEP_DURATION].labels(account).observe(seconds)

    def stream_request(self, account: str, code: int) -> None:
        """A request of the Data Streamer was answered with this HTTP status."""
        self._counters[STREAM_REQUESTS].labels(account, code).inc()

    def stream_records(self, account: str, outcome: str, number: int) -> None:
        """So many records of the Data Streamer came to this; the table names the outcomes."""
        self._counters[STREAM_RECORDS].labels(account, outcome).inc(number)

    def reconcile(self, outcome: str) -> None:
        """A pass of an account's loop ended."""
        self._counters[RECONCILES].labels(outcome).inc()

    def status_write(self, outcome: str) -> None:
        """A status patch was sent; only some outcomes mean that it is not there."""
        self._counters[STATUS_WRITES].inc()
        if outcome in _FAILURES:
            self._counters[STATUS_FAILURES].labels(outcome).inc()

    def history_delivered(self, number: int) -> None:
        """So many readings or records are in the history."""
        self._counters[HISTORY_DELIVERED].inc(number)

    def history_dropped(self, reason: str, number: int) -> None:
        """So many readings or records were given up; the table names the reasons."""
        self._counters[HISTORY_DROPPED].labels(reason).inc(number)

    def expect(self, account: str) -> None:
        """Begin what the Data Streamer may be answered at zero.

        A counter that begins with its first failures shows a rate no increase: 1NCE may have
        stopped the stream by the next scrape.
        """
        for code in _STREAM_CODES:
            self._counters[STREAM_REQUESTS].labels(account, code)

    def for_account(self, account: str) -> "AccountMeter":
        """What the client of one account counts with; `account` is `namespace/name`."""
        return AccountMeter(self, account)

    def forget(self, account: str) -> None:
        """Drop the series of a deleted account, after its loop has ended."""
        for row, metric in (*self._counters.items(), *self._histograms.items()):
            if "account" in row.labels:
                metric.remove_by_labels({"account": account})


@dataclass(frozen=True, slots=True)
class AccountMeter:
    """Counts for one account."""

    meters: Meters
    account: str

    def request(self, operation: str, code: int | str, seconds: float) -> None:
        """A request to 1NCE ended; `code`: its HTTP status, `error` without an answer."""
        self.meters.request(self.account, operation, code, seconds)

    def unusable(self, operation: str) -> None:
        """An answer of 1NCE's looked well and could not be used."""
        self.meters.unusable(self.account, operation)

    def throttle_wait(self, seconds: float) -> None:
        """A request to 1NCE waited for its turn."""
        self.meters.throttle_wait(self.account, seconds)

    def stream_request(self, code: int) -> None:
        """A request of the Data Streamer was answered with this HTTP status."""
        self.meters.stream_request(self.account, code)

    def stream_records(self, outcome: str, number: int) -> None:
        """So many records of the Data Streamer came to this; the table names the outcomes."""
        self.meters.stream_records(self.account, outcome, number)
