"""Metrics as the operator itself tells them, where there is no Prometheus to ask.

Of several replicas only the leader tells of accounts and SIMs. Each request is a new connection,
which a Service gives to another pod, so that one of the next reaches it.
"""

from collections.abc import Iterator

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from sim_operator.installing import web
from sim_operator.installing.arrivals import LEADING, SIM_READY, Series


class MetricsPage:
    """`/metrics` of the operator."""

    def __init__(self, http: httpx.AsyncClient, url: httpx.URL) -> None:
        """`http` keeps no connection open."""
        self._http = http
        self._url = url
        self._leader_seen = False
        self._seen = False

    @property
    def name(self) -> str:
        """As it stands in a line."""
        return f"at {web.shown(self._url)}"

    async def value(self, series: Series) -> float | None:
        """What the replica that answers says.

        Raises:
            NoAnswerError: none answers.
        """
        text = (await web.get(self._http, self._url, "text/plain;version=0.0.4")).text
        self._seen = self._seen or next(_samples(text, LEADING), None) is not None
        self._leader_seen = self._leader_seen or any(
            one.value == 1 for one in _samples(text, LEADING)
        )
        return max((one.value for one in _samples(text, series)), default=None)

    async def explain(self, series: Series) -> str:
        """What to do, by what was seen."""
        if not self._seen:
            return "That is not the operator's page of metrics: correct --metrics."
        if not self._leader_seen:
            return "None of the replicas that answered leads: read the logs of the operator's pods."
        hint = ", or give --per-sim-metrics off" if series.metric == SIM_READY else ""
        return f"The leader does not tell of it: see whether it watches this namespace{hint}."


def _samples(text: str, series: Series) -> Iterator[Sample]:
    """The samples of a page that belong to a series; only their lines are parsed."""
    begins = (f"{series.metric}{{", f"{series.metric} ")
    lines = "".join(f"{line}\n" for line in text.splitlines() if line.startswith(begins))
    for family in text_string_to_metric_families(lines):
        for sample in family.samples:
            if series.labels.items() <= sample.labels.items():
                yield sample
