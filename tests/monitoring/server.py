"""A real Prometheus for a test: free port, own storage, and questions to it."""

import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import yaml

from tests.cluster.processes import LeashedProcess
from tests.monitoring.programs import Programs

READY_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.2
_STARTS = 3

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Scrape:
    """One job: who is scraped under which labels. `targets` are `host:port`."""

    job: str
    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    path: str = "/metrics"
    interval: str = "1s"

    def config(self) -> dict[str, Any]:
        """As it stands in the file; labels of the metrics are honoured, as ours need it."""
        return {
            "job_name": self.job,
            "honor_labels": True,
            "metrics_path": self.path,
            "scrape_interval": self.interval,
            "scrape_timeout": self.interval,
            "static_configs": [{"targets": list(self.targets), "labels": dict(self.labels)}],
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one moment."""

    labels: Mapping[str, str]
    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is pending or fires."""

    name: str
    state: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def fires(self) -> bool:
        return self.state == "firing"


class QueryError(Exception):
    """Prometheus refused a query; its own words."""


class PrometheusProcess:
    """One Prometheus; a context manager that leaves no process behind."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        *,
        rules: Iterable[Path] = (),
        scrapes: Iterable[Scrape] = (),
        evaluation: str = "1s",
    ) -> None:
        """`folder`: for its configuration, storage and log. `rules`: plain rule files.

        `evaluation`: the interval of rule groups that name none.
        """
        self._programs = programs
        self._folder = folder
        self._rules = list(rules)
        self._scrapes = list(scrapes)
        self._evaluation = evaluation
        self._process: LeashedProcess | None = None
        self.url = ""
        self._http = httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._http.close()

    # Its life

    @property
    def storage(self) -> Path:
        """Its time series database; what is put there before the start is its past."""
        return self._folder / "data"

    def start(self) -> None:
        """Start, and wait until it answers; also again after `stop`, with the same storage."""
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()), encoding="utf-8")
        for attempt in range(1, _STARTS + 1):
            port = _free_port()
            self.url = f"http://127.0.0.1:{port}"
            self._process = LeashedProcess(
                [
                    self._programs.prometheus,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={self.storage}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ],
                self._folder / "prometheus.log",
            )
            if self._ready(self._process):
                return
            # Somebody else may have taken the port that was free a moment ago.
            assert attempt < _STARTS, f"Prometheus does not start:\n{self._process.tail()}"
            self.stop()

    def _ready(self, process: LeashedProcess) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while process.code is None and time.monotonic() < deadline:
            try:
                if self._http.get(f"{self.url}/-/ready").status_code == 200:
                    return True
            except httpx.TransportError:
                pass
            time.sleep(_POLL_SECONDS)
        return False

    def stop(self) -> None:
        """End it and wait for its end."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _config(self) -> dict[str, Any]:
        return {
            "global": {"evaluation_interval": self._evaluation},
            "rule_files": [str(rule) for rule in self._rules],
            "scrape_configs": [scrape.config() for scrape in self._scrapes],
        }

    # What it is asked

    def _get(self, path: str, **parameters: str | float) -> Any:
        answer = self._http.get(f"{self.url}/api/v1/{path}", params=parameters)
        body = answer.json()
        if body["status"] != "success":
            raise QueryError(f"{body['errorType']}: {body['error']} {parameters}")
        return body["data"]

    def query(self, expression: str, at: float | None = None) -> list[Sample]:
        """An instant query; a scalar is one sample without labels.

        Raises:
            QueryError: the expression is not understood, or cannot be evaluated.
        """
        moment = {} if at is None else {"time": at}
        data = self._get("query", query=expression, **moment)
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]), float(data["result"][0]))]
        return [
            Sample(one["metric"], float(one["value"][1]), float(one["value"][0]))
            for one in data["result"]
        ]

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[list[Sample]]:
        """A range query: the samples of each series, oldest first.

        Raises:
            QueryError: as `query`.
        """
        data = self._get("query_range", query=expression, start=start, end=end, step=step)
        return [
            [Sample(series["metric"], float(value), float(at)) for at, value in series["values"]]
            for series in data["result"]
        ]

    def alerts(self, name: str | None = None) -> list[Alert]:
        """Every alert that is pending or fires, or those of one rule."""
        found = (
            Alert(
                name=one["labels"]["alertname"],
                state=one["state"],
                labels=one["labels"],
                annotations=one["annotations"],
            )
            for one in self._get("alerts")["alerts"]
        )
        return [one for one in found if name is None or one.name == name]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule as the API shows it; `health` is ok once it was evaluated without error."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def targets(self) -> list[dict[str, Any]]:
        """The active targets as the API shows them."""
        found: list[dict[str, Any]] = self._get("targets")["activeTargets"]
        return found

    def until(
        self,
        found: Callable[[], Found],
        what: str,
        seconds: float = PATIENCE_SECONDS,
        *,
        instead: Callable[[], object] = lambda: "",
    ) -> Found:
        """Wait until something is true; what it gave. `instead`: what is shown where it is not."""
        deadline = time.monotonic() + seconds
        while not (result := found()):
            late = time.monotonic() > deadline
            assert not late, f"not within {seconds:g} s: {what}\n{instead()}"
            time.sleep(_POLL_SECONDS)
        return result

    def until_scraped(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every target was scraped."""
        self.until(
            lambda: (found := self.targets()) and all(one["health"] == "up" for one in found),
            "every target is up",
            seconds,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
