"""Whether what the operator tells of itself arrives where it is watched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from sim_operator.domain.resources import Key
from sim_operator.installing import web
from sim_operator.installing.checks import Verdict
from sim_operator.telemetry.fleet import AUTO_LIMIT
from sim_operator.telemetry.metrics import LEADER, STORE_OBJECTS

PerSim = Literal["auto", "on", "off"]

ACCOUNT_READY: Final = "simaccount_ready"
SIM_READY: Final = "sim_ready"


@dataclass(frozen=True, slots=True)
class Series:
    """A metric with some of its labels, none of which needs quoting."""

    metric: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As PromQL writes it."""
        told = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"{self.metric}{{{told}}}" if told else self.metric


def of_account(key: Key) -> Series:
    """What tells whether an account is Ready."""
    return Series(ACCOUNT_READY, {"account": str(key)})


def of_sim(key: Key) -> Series:
    """What tells whether a SIM is Ready, where SIMs have series of their own."""
    return Series(SIM_READY, {"namespace": key.namespace, "name": key.name})


SIM_COUNT: Final = Series(STORE_OBJECTS.name, {"kind": "SIM"})
LEADING: Final = Series(LEADER.name)


class Source(Protocol):
    """Where metrics arrive."""

    @property
    def name(self) -> str:
        """As in `in Prometheus`."""
        ...

    async def value(self, series: Series) -> float | None:
        """The largest value that arrived since the check began; None: nothing did.

        Raises:
            NoAnswerError: it was not told.
        """
        ...

    async def explain(self, series: Series) -> str:
        """Why nothing arrives, and what to do.

        Raises:
            NoAnswerError: it was not told.
        """
        ...


@dataclass(frozen=True, slots=True)
class ArrivalCheck:
    """A series that has to arrive."""

    source: Source
    series: Series
    per_sim: PerSim = "on"
    """`auto`: a fleet may be so large that its SIMs have no series of their own."""

    @property
    def name(self) -> str:
        """`metric sim_ready{…} in Prometheus`."""
        return f"metric {self.series} {self.source.name}"

    async def look(self) -> Verdict:
        """Ask once."""
        try:
            value = await self.source.value(self.series)
            if value is not None:
                return Verdict(True, f"arrived, {value:g}")
            count = await self.source.value(SIM_COUNT) if self.per_sim == "auto" else None
        except web.NoAnswerError as error:
            return error.verdict
        if count is not None and count > AUTO_LIMIT:
            return Verdict(True, f"not looked for: of {count:.0f} SIMs none has series of its own")
        return Verdict(False, "it does not arrive")

    async def explain(self) -> str:
        """What is to be done, by what else arrives."""
        try:
            return await self.source.explain(self.series)
        except web.NoAnswerError:
            return ""  # then the last look said so, too
