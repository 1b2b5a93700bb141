"""What the console tells Prometheus of itself; nothing about a SIM, a person or a token.

It is served without a sign-in, at the port of metrics and probes that no Ingress leads to, and to
whoever is signed in at `/api/v1/metrics`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.console.archive import Archive
from sim_operator.console.fleet import Fleet
from sim_operator.console.rights.callers import Rights
from sim_operator.kube.feed import Feed
from sim_operator.telemetry.console_rows import (
    CONSOLE_DURATION,
    CONSOLE_LAST_EVENT,
    CONSOLE_OBJECTS,
    CONSOLE_REQUESTS,
    CONSOLE_SESSIONS,
    HISTORY_LAST_READING,
    HISTORY_OPEN,
    HISTORY_SIZE,
)
from sim_operator.telemetry.rows import MetricRow

_OTHER = "other"


class Measures:
    """The registry of one console."""

    def __init__(self, fleet: Fleet, feed: Feed, rights: Rights, archive: Archive) -> None:
        """Nothing is counted yet."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own gap
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            CONSOLE_REQUESTS.name,
            CONSOLE_REQUESTS.help,
            CONSOLE_REQUESTS.labels,
            registry=self.registry,
        )
        self._durations = Histogram(
            CONSOLE_DURATION.name,
            CONSOLE_DURATION.help,
            CONSOLE_DURATION.labels,
            buckets=CONSOLE_DURATION.buckets,
            registry=self.registry,
        )
        self.registry.register(_Moment(fleet, feed, rights, archive))

    def request(self, route: str, code: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(route, code).inc()
        self._durations.labels(route).observe(seconds)

    async def answer(self, accept: str, *, packed: bool) -> Response:  # noqa: ARG002 - it is small
        """One scrape."""
        encode, content_type = choose_encoder(accept)
        return Response(encode(self.registry), headers={"Content-Type": content_type})


@dataclass(frozen=True, slots=True)
class _Moment(Collector):
    """What is read at each scrape."""

    fleet: Fleet
    feed: Feed
    rights: Rights
    archive: Archive

    def collect(self) -> Iterator[Metric]:
        yield _gauge(CONSOLE_SESSIONS, float(len(self.rights.sessions)))
        objects = GaugeMetricFamily(
            CONSOLE_OBJECTS.name, CONSOLE_OBJECTS.help, labels=CONSOLE_OBJECTS.labels
        )
        for kind, table in (
            (SIM_KIND, self.fleet.sims),
            (POLICY_KIND, self.fleet.policies),
            (ACCOUNT_KIND, self.fleet.accounts),
        ):
            objects.add_metric([kind], len(table))
        yield objects
        yield _gauge(CONSOLE_LAST_EVENT, self.feed.last_event)
        if not self.archive.configured:
            return
        yield _gauge(HISTORY_OPEN, float(self.archive.history is not None))
        health = self.archive.health
        if health is not None:
            yield _gauge(HISTORY_SIZE, float(health.size))
            yield _gauge(HISTORY_LAST_READING, _unix(health.last_reading))


class Measured:
    """An application whose answers are counted, by the pattern of their route."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        """Around `app`."""
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", _OTHER)
                self._measures.request(route, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)


def _gauge(row: MetricRow, value: float | None) -> GaugeMetricFamily:
    family = GaugeMetricFamily(row.name, row.help)
    if value is not None:
        family.add_metric([], value)
    return family


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
