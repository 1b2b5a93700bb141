"""A fleet to look at: pumps, meters and trackers of two plants, with two months of history.

The operator and the simulated 1NCE are real, and so is what they say. The history is written as
the operator would have delivered it, so that a test knows what a chart has to show.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sim_operator.history import Part, Reading, open_history
from tests.cluster import Cluster, kubectl
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, Person, console_kubeconfig, person
from tests.integration.policy_worlds import policy_world
from tests.integration.sim_worlds import SimWorld

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
FIRST = TODAY - timedelta(days=59)
GAP = date(2026, 10, 20)
"""A day that nobody read."""
MIB = 1024 * 1024
STREAMED = "pump-03"
"""The SIM of which the Data Streamer told, too."""
LIMIT = "pump-limit"
"""The policy of the pumps."""
T = TypeVar("T")
_KINDS = ("pump", "meter", "tracker")


@dataclass
class Scene:
    """What there is to look at, and who looks."""

    cluster: Cluster
    kubeconfig: Path
    """The console's own."""
    world: SimWorld
    console: ConsoleProcess
    owner: Person
    """May read and change the SIMs of the plant."""
    stranger: Person
    """May read and change those of the other plant, and nothing here."""
    reader: Person
    """May read the plant, and change nothing."""
    iccids: dict[str, str]
    """Of the SIMs of the plant, by name."""
    used: dict[str, dict[date, int | None]]
    """Bytes by SIM of the plant and day, as the history knows them."""

    @property
    def plant(self) -> str:
        """The namespace of the plant."""
        return self.world.namespace

    def spec(self, name: str) -> dict[str, Any]:
        """The spec of a SIM of the plant."""
        found = self.world.get("sim", name)
        assert found is not None, f"there is no SIM {name}"
        spec: dict[str, Any] = found["spec"]
        return spec

    def total(self, day: date) -> int:
        """What all SIMs of the plant used on a day."""
        return sum(days.get(day) or 0 for days in self.used.values())


@contextmanager
def scene(cluster: Cluster, operator_kubeconfig: Path, folder: Path) -> Iterator[Scene]:
    """Everything of it, taken down in reverse."""
    with ExitStack() as stack:
        fleets = stack.enter_context(
            policy_world(cluster, operator_kubeconfig, folder, sims=40, account={"mode": "Active"})
        )
        world = fleets.world
        plant, other = world.namespace, world.elsewhere
        names = {f"{_KINDS[n % 3]}-{n:02d}": world.fresh() for n in range(24)}
        for name, iccid in names.items():
            world.simulator.patch_sim(iccid, profile="silent")
            world.sim(name, iccid, state="Enabled", label=name, labels=_labels(name))
        foreign = world.manifest("SIM", "secret-probe", {"iccid": world.fresh()})
        foreign["metadata"] |= {"namespace": other, "labels": {"fleet": "probes"}}
        world.apply(foreign)
        policy = world.manifest(
            "QuotaPolicy",
            LIMIT,
            {
                "selector": {"matchLabels": {"fleet": "pumps"}},
                "mode": "Enforce",
                "action": "Disable",
                "maxDisabled": "50%",
                "data": {"perSIM": "40Mi"},
            },
        )
        world.apply(policy)
        world.until_reason(LIMIT, "Reconciled", kind="quotapolicy")
        world.simulator.patch_sim(names["pump-03"], use_data_mb=41.0)
        world.until_reason("pump-03", "DisabledByPolicy")
        database = folder / f"history-{secrets.token_hex(4)}.db"
        used = apart(_remembered(f"sqlite:///{database}", world, names))
        kubeconfig = console_kubeconfig(cluster, folder)
        console = stack.enter_context(
            ConsoleProcess(
                kubeconfig,
                folder / "console.log",
                {"database_url": f"sqlite:///{database}", "clock_url": world.simulator.url},
            )
        )
        owner = person(cluster, plant, *READS, "create", "patch", "update", name="operations")
        reader = person(cluster, plant, *READS, name="visitor")
        stranger = person(cluster, other, *READS, "patch", name="neighbour")
        yield Scene(cluster, kubeconfig, world, console, owner, stranger, reader, names, used)


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a loop of its own: that of the browser holds this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _labels(name: str) -> dict[str, str]:
    kind, number = name.split("-")
    return {"fleet": f"{kind}s", "site": ("north", "south")[int(number) % 2]}


async def _remembered(
    url: str, world: SimWorld, names: dict[str, str]
) -> dict[str, dict[date, int | None]]:
    """Two months in the history; what of them is known of each SIM."""
    used: dict[str, dict[date, int | None]] = {}
    readings = []
    for number, (name, iccid) in enumerate(names.items()):
        days: dict[date, int | None] = {}
        for place in range((TODAY - FIRST).days + 1):
            day = FIRST + timedelta(days=place)
            if day != GAP:
                weekday = 1.0 if day.weekday() < 5 else 0.45
                days[day] = int((0.3 + number % 5 * 0.22 + place * 0.012) * weekday * MIB)
        used[name] = days
        for first, last in ((FIRST, GAP - timedelta(days=1)), (GAP + timedelta(days=1), TODAY)):
            told: dict[date, tuple[int | None, int | None]] = {
                day: (value, number % 3) for day, value in days.items() if first <= day <= last
            }
            readings.append(_reading(world, name, iccid, first, last, told))
    parts = [
        Part(names[STREAMED][:19], number, "data", hour, hour, value, world.namespace)
        for number, (hour, value) in enumerate(streamed().items())
    ]
    async with open_history(url) as history:
        await history.record(f"{world.namespace}/default", readings)
        await history.record_parts(f"{world.namespace}/default", parts)
    return used


def streamed() -> dict[datetime, int]:
    """Bytes of an hour of the last days, of `STREAMED`; there is nothing of the other hours."""
    noon = NOW - timedelta(days=2)
    hours = (noon + timedelta(hours=3 * place) for place in range(17))
    return {hour: (place * 7 % 5 + 1) * MIB // 3 for place, hour in enumerate(hours)}


def _reading(world: SimWorld, name: str, iccid: str, first: date, last: date, days: Any) -> Reading:
    labels = _labels(name)
    policy = LIMIT if labels["fleet"] == "pumps" else None
    return Reading(
        iccid=iccid[:19],
        namespace=world.namespace,
        name=name,
        labels=labels,
        policy=policy,
        read_at=NOW,
        first=first,
        last=last,
        days=days,
    )


def annotate(world: SimWorld, name: str, **annotations: str) -> None:
    """Write annotations of a SIM, as the tools of GitOps do."""
    told = [f"{key}={value}" for key, value in annotations.items()]
    kubectl(world.cluster.kubeconfig, "annotate", "sim", name, "-n", world.namespace, *told)
