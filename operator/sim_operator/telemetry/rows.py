"""What one metric is: the shape of a row of the table in `metrics`."""

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
    STANDARD = "standard"
    """Read from the kernel about this process by the client library; Linux only."""
    ACCOUNTS = "accounts"
    """Read from each account at each scrape; `field` names the field of the AccountSample."""
    NAMESPACES = "namespaces"
    """Summed up over SIM resources at each scrape; `field` is that of the NamespaceSample."""
    SIMS = "sims"
    """Read from each SIM resource at each scrape; `field` names the field of the SimSample."""
    HISTORY = "history"
    """Read from what waits to be delivered, where there is a history; `field` names the field of
    the HistorySample."""
    POLICIES = "policies"
    """Read from each QuotaPolicy at each scrape; `field` names the field of the PolicySample."""
    CONSOLE = "console"
    """Told by the console, which is another process."""


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
    by: tuple[str, ...] = ()
    """The last of the labels, where the field is a mapping: its keys are their values, a text for
    one label and a tuple for several."""

    @property
    def family(self) -> str:
        """The name of the OpenMetrics family: without the suffix that the type adds."""
        suffix = {Kind.COUNTER: "_total", Kind.INFO: "_info"}.get(self.kind, "")
        return self.name.removesuffix(suffix)


SIM = ("namespace", "name", "iccid")
POLICY = ("namespace", "name")
ACCOUNT = ("account",)
NAMESPACE = ("account", "namespace")


def sim_row(name: str, field: str, text: str, unit: str = "") -> MetricRow:
    """A gauge of each SIM resource."""
    return MetricRow(name, Kind.GAUGE, SIM, text, Source.SIMS, unit, field)


def namespace_row(
    name: str, field: str, text: str, unit: str = "", by: tuple[str, ...] = ()
) -> MetricRow:
    """A gauge of the SIM resources that one account has in one namespace."""
    labels = (*NAMESPACE, *by)
    return MetricRow(name, Kind.GAUGE, labels, text, Source.NAMESPACES, unit, field, by=by)


def account_row(
    name: str, field: str, text: str, unit: str = "", by: tuple[str, ...] = ()
) -> MetricRow:
    """A gauge of each SIMAccount."""
    return MetricRow(name, Kind.GAUGE, (*ACCOUNT, *by), text, Source.ACCOUNTS, unit, field, by=by)


def policy_row(
    name: str, field: str, text: str, unit: str = "", by: tuple[str, ...] = ()
) -> MetricRow:
    """A gauge of each QuotaPolicy."""
    return MetricRow(name, Kind.GAUGE, (*POLICY, *by), text, Source.POLICIES, unit, field, by=by)


def process_row(
    name: str, text: str, labels: tuple[str, ...] = (), unit: str = "", kind: Kind = Kind.GAUGE
) -> MetricRow:
    """Something about this process that the operator tells."""
    return MetricRow(name, kind, labels, text, Source.PROCESS, unit)


def history_row(name: str, field: str, text: str, unit: str = "") -> MetricRow:
    """A gauge of how it stands with the history."""
    return MetricRow(name, Kind.GAUGE, (), text, Source.HISTORY, unit, field)


def standard_row(name: str, text: str, unit: str = "", kind: Kind = Kind.GAUGE) -> MetricRow:
    """Something about this process that the client library tells."""
    return MetricRow(name, kind, (), text, Source.STANDARD, unit)


def counter_row(name: str, labels: tuple[str, ...], text: str) -> MetricRow:
    """Something that is counted while it happens."""
    return MetricRow(name, Kind.COUNTER, labels, text, Source.COUNTED)


def histogram_row(
    name: str, labels: tuple[str, ...], text: str, buckets: tuple[float, ...]
) -> MetricRow:
    """How long something took, in seconds."""
    return MetricRow(name, Kind.HISTOGRAM, labels, text, Source.COUNTED, "seconds", "", buckets)
