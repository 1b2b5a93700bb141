"""What `/metrics` answers: counters, gauges of the moment, and the series per SIM.

The series per SIM are written here by hand: of 110,000 samples they are all but a few hundred,
and the library, which makes a dictionary of each sample and sorts it, takes several times as
long. Everything else goes through the library.
"""

import math
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from sim_operator.telemetry.aggregates import NamespaceSample, by_namespace
from sim_operator.telemetry.fleet import (
    AccountSample,
    FleetPicture,
    HistorySample,
    PolicySample,
    SimSample,
)
from sim_operator.telemetry.metrics import (
    ACCOUNTS_HELD,
    ACCOUNTS_UNHELD,
    BUILD_INFO,
    LAST_EVENT,
    LEADER,
    SIM_INFO,
    STORE_OBJECTS,
    UNREADABLE_OBJECTS,
    Kind,
    MetricRow,
    Source,
    rows,
)

_END = b"# EOF\n"

_Sample = AccountSample | HistorySample | NamespaceSample | PolicySample
_Point = tuple[tuple[str, ...], float | None]
"""The values of a row's labels, and that of one sample."""


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Which versions run."""

    version: str
    python: str
    kopf: str

    @classmethod
    def installed(cls) -> "BuildInfo":
        """The versions of this process; `unknown` for sources that are not installed."""
        return cls(_installed("sim-operator"), platform.python_version(), _installed("kopf"))


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def render(
    registry: CollectorRegistry, picture: FleetPicture, build: BuildInfo, accept: str
) -> tuple[bytes, str]:
    """The body and content type that answer an Accept header.

    Touches nothing but frozen values and the registry, which has its own locks: safe in a thread.
    """
    encoder: Callable[[Collector], bytes]
    encoder, content_type = choose_encoder(accept)
    openmetrics = content_type.startswith("application/openmetrics-text")
    head = encoder(_Moment(registry, picture, build))
    if openmetrics:
        head = head.removesuffix(_END)
    sims = picture.sims if picture.per_sim else ()
    body = "".join(per_sim_lines(sims, openmetrics=openmetrics))
    # A label that 1NCE sent may hold half a surrogate pair; it must not cost the whole scrape.
    return head + body.encode(errors="replace") + (_END if openmetrics else b""), content_type


class _Moment(Collector):
    """The counters as they are, and the gauges of one picture."""

    def __init__(
        self, registry: CollectorRegistry, picture: FleetPicture, build: BuildInfo
    ) -> None:
        self._registry = registry
        self._picture = picture
        self._build = build

    def collect(self) -> Iterator[Metric]:
        yield from self._registry.collect()
        yield from self._process()
        picture = self._picture
        yield from _sampled(Source.ACCOUNTS, picture.accounts)
        yield from _sampled(Source.NAMESPACES, by_namespace(picture.sims, picture.now))
        yield from _sampled(Source.POLICIES, picture.policies)
        if picture.history is not None:
            yield from _sampled(Source.HISTORY, [picture.history])

    def _process(self) -> Iterator[Metric]:
        picture = self._picture
        build = InfoMetricFamily(BUILD_INFO.family, BUILD_INFO.help)
        build.add_metric(
            (),
            {
                "version": self._build.version,
                "python": self._build.python,
                "kopf": self._build.kopf,
            },
        )
        yield build
        yield from _gauge(LEADER, [((), float(picture.leading))])
        yield from _gauge(ACCOUNTS_HELD, [((), float(len(picture.accounts)))])
        yield from _gauge(ACCOUNTS_UNHELD, [((), picture.accounts_unheld)])
        yield from _gauge(LAST_EVENT, [((), picture.last_event)])
        yield from _gauge(
            STORE_OBJECTS, [((kind,), count) for kind, count in picture.store_objects.items()]
        )
        unreadable = picture.unreadable_objects.items()
        yield from _gauge(UNREADABLE_OBJECTS, [((kind,), count) for kind, count in unreadable])


def _sampled(source: Source, samples: Sequence[_Sample]) -> Iterator[Metric]:
    """The rows of one source: every label is a field of the sample, or a key of its value."""
    for row in rows(source):
        own = row.labels[: len(row.labels) - len(row.by)]
        points: list[_Point] = []
        for sample in samples:
            whose = tuple(getattr(sample, label) for label in own)
            value = getattr(sample, row.field)
            if row.by:
                points += [((*whose, *_keys(key)), count) for key, count in value.items()]
            else:
                points.append((whose, value))
        yield from _gauge(row, points)


def _keys(key: str | tuple[str, ...]) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


def _gauge(row: MetricRow, points: Iterable[_Point]) -> Iterator[Metric]:
    """One family; none at all while nothing is known."""
    family = GaugeMetricFamily(row.family, row.help, labels=row.labels, unit=row.unit)
    for labels, value in points:
        if value is not None:
            family.add_metric(labels, float(value))
    if family.samples:
        yield family


def per_sim_lines(sims: Iterable[SimSample], *, openmetrics: bool) -> Iterator[str]:
    """The families per SIM in either format, in pieces; a value that is None has no sample."""
    labelled = [
        (
            f'{{namespace="{_escaped(sim.namespace)}",name="{_escaped(sim.name)}"'
            f',iccid="{_escaped(sim.iccid)}"',
            sim,
        )
        for sim in sims
    ]
    if not labelled:
        return
    for row in rows(Source.SIMS):
        lines = _info_lines(labelled) if row is SIM_INFO else _gauge_lines(row, labelled)
        if lines:
            yield _header(row, openmetrics=openmetrics)
            yield "".join(lines)


def _info_lines(labelled: list[tuple[str, SimSample]]) -> list[str]:
    return [
        f'{SIM_INFO.name}{labels},account="{_escaped(sim.account)}",label="{_escaped(sim.label)}"'
        f',imei="{_escaped(sim.imei)}",ip="{_escaped(sim.ip)}"}} 1\n'
        for labels, sim in labelled
    ]


def _gauge_lines(row: MetricRow, labelled: list[tuple[str, SimSample]]) -> list[str]:
    name, field = row.name, row.field
    return [
        f"{name}{labels}}} {_number(value)}\n"
        for labels, sim in labelled
        if (value := getattr(sim, field)) is not None
    ]


def _header(row: MetricRow, *, openmetrics: bool) -> str:
    if not openmetrics:
        # The text format knows no info metrics: they are gauges under their full name.
        kind = Kind.GAUGE if row.kind is Kind.INFO else row.kind
        return f"# HELP {row.name} {row.help}\n# TYPE {row.name} {kind}\n"
    unit = f"# UNIT {row.family} {row.unit}\n" if row.unit else ""
    return f"# HELP {row.family} {row.help}\n# TYPE {row.family} {row.kind}\n{unit}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(int(value))
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return "NaN"
    return "+Inf" if value > 0 else "-Inf"
