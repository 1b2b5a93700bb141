"""Metrics as a Prometheus has scraped them, by its HTTP API."""

import httpx
from pydantic import BaseModel, ValidationError

from sim_operator.installing import web
from sim_operator.installing.arrivals import LEADING, SIM_READY, Series
from sim_operator.installing.checks import Verdict

_QUERY = "/api/v1/query"


class _Sample(BaseModel):
    value: tuple[float, float]
    """When, in Unix seconds, and what."""


class _Data(BaseModel):
    result: list[_Sample]


class _Answer(BaseModel):
    data: _Data


class Prometheus:
    """A Prometheus, or whatever answers its queries."""

    def __init__(self, http: httpx.AsyncClient, url: httpx.URL) -> None:
        """`url`: where its API begins, path prefix included."""
        self._http = http
        self._url = url
        self._since: float | None = None

    @property
    def name(self) -> str:
        """As it stands in a line."""
        return "in Prometheus"

    async def value(self, series: Series) -> float | None:
        """The value of a scrape that was made since this was first asked.

        Raises:
            NoAnswerError: it did not tell.
        """
        if self._since is None:
            # By its own clock: that of another node may be ahead of it or behind.
            self._since = await self._largest("vector(time())")
        fresh = f"{series} and (timestamp({series}) >= {self._since!r})"
        return await self._largest(fresh)

    async def explain(self, series: Series) -> str:
        """What to do, by what has arrived.

        Raises:
            NoAnswerError: it did not tell.
        """
        targets = web.shown(web.below(self._url, "/targets"))
        if await self._largest(str(series)) is not None:
            return (
                "It arrived earlier, and no scrape has succeeded since: look at the target in "
                f"{targets}, and give --timeout more than two scrape intervals."
            )
        renamed = _renamed(series)
        if renamed is not None and await self._largest(str(renamed)) is not None:
            return (
                "The scrape renames the label namespace to exported_namespace: set honorLabels: "
                "true (honor_labels in a scrape_config), for dashboards and alerts rely on it."
            )
        leaders = await self._largest(f"sum({LEADING})")
        if leaders is None:
            return (
                f"It scrapes no operator: look for one in {targets}, and see whether it selects "
                "the ServiceMonitor or the annotations, and whether a NetworkPolicy keeps it out."
            )
        if leaders == 0:
            return "The operator is scraped, but no replica leads: read the logs of its pods."
        hint = ", or give --per-sim-metrics off" if series.metric == SIM_READY else ""
        return (
            "The operator is scraped and does not tell of it: see whether it watches this "
            f"namespace{hint}."
        )

    async def _largest(self, query: str) -> float | None:
        target = web.below(self._url, _QUERY)
        answer = await web.get(self._http, target, "application/json", query=query)
        try:
            samples = _Answer.model_validate_json(answer.content).data.result
        except ValidationError:
            raise web.NoAnswerError(
                Verdict(
                    False,
                    f"{web.shown(target)} did not answer as Prometheus does",
                    "Give --prometheus the base URL of its API, path prefix included.",
                )
            ) from None
        return max((one.value[1] for one in samples), default=None)


def _renamed(series: Series) -> Series | None:
    """The series under the names of a scrape that does not honour its labels."""
    if "namespace" not in series.labels:
        return None
    renamed = {
        "exported_namespace" if name == "namespace" else name: value
        for name, value in series.labels.items()
    }
    return Series(series.metric, renamed)
