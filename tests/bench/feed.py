"""How SIMs come into the store: kopf's event handlers beside the list and watch of our own.

`python -m tests.bench.feed 10000 50000` writes so many SIMs with a full status straight into the
etcd of a control plane of its own, and lets both ways fill a store from its API server, each in a
process of its own, one after the other: the list, then a change of some SIMs, then silence.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import kopf
import uvloop

from sim_operator.api.names import GROUP, SIM_KIND, SIM_PLURAL, VERSION
from sim_operator.domain.resources import Key
from sim_operator.kube.connection import connect
from sim_operator.kube.feed import Feed
from sim_operator.kube.garbage import collect_seldom
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.listing import METADATA_LIST, pages
from sim_operator.kube.store import Store
from sim_operator.kube.watches import Watches
from tests.bench.stored_sims import NAMESPACE, write
from tests.cluster import apply, kubectl, start
from tests.cluster.progress import say
from tests.conftest import CRDS
from tests.tether import tethered

CHANGED: Final = 2_000
QUIET_SECONDS: Final = 20.0
_PATIENCE: Final = 600.0
_UNTOUCHED, _TOUCHED = "untouched", "touched"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way took; seconds and bytes, memory above that of the process before it began."""

    list_seconds: float
    list_cpu: float
    change_cpu: float
    """For all that were changed."""
    quiet_cpu: float
    peak: int
    resident: int
    longest_pause: float
    """Of the event loop."""


async def prepare(socket: Path, count: int) -> None:
    """Write them and wait until the API server, which follows etcd by a watch, has seen them."""
    await write(socket, 0, count, _UNTOUCHED)
    # A list that shows this one's revision shows all before it; a batch is many of one revision.
    await write(socket, count - 1, count, _UNTOUCHED)
    path = KINDS[SIM_KIND].collection(None)
    async with connect(user_agent="sim-operator-bench") as api:
        async for page in pages(api, path, accept=METADATA_LIST, limit=count, attempts=100):
            assert len(page.items) == count


# --- one way, in a process of its own ---


@asynccontextmanager
async def by_kopf(store: Store) -> AsyncIterator[None]:
    """Kopf's low-level handlers with every setting that pays."""
    registry, settings = kopf.OperatorRegistry(), kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.watching.chunk_size = 500
    settings.queueing.idle_timeout = settings.queueing.exit_timeout = 0.5
    settings.persistence.diffbase_storage = NoDiffBase()
    feed = Feed(store)

    async def sim_(event: kopf.RawEvent, **_: Any) -> None:
        feed.take(SIM_KIND, event["type"], event["object"])

    async def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_kubeconfig(**kwargs)

    kopf.on.event(GROUP, VERSION, SIM_PLURAL, registry=registry)(sim_)
    kopf.on.login(registry=registry)(login)
    ended = asyncio.Event()
    operator = kopf.operator(
        registry=registry, settings=settings, clusterwide=True, standalone=True, stop_flag=ended
    )
    task, measuring = asyncio.create_task(operator), asyncio.current_task()
    assert measuring is not None
    # It takes the signals, and ends by itself where it fails.
    task.add_done_callback(lambda _: measuring.cancel() if not ended.is_set() else None)
    try:
        yield
    finally:
        ended.set()
        await asyncio.wait([task], timeout=20)


class NoDiffBase(kopf.DiffBaseStorage):
    """Copies no object."""

    def build(self, *, body: kopf.Body, extra_fields: Any = None) -> kopf.BodyEssence:
        return kopf.BodyEssence({})

    def fetch(self, *, body: kopf.Body) -> None:
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        return None


@asynccontextmanager
async def by_ourselves(store: Store) -> AsyncIterator[None]:
    """The operator's own list and watch."""
    async with connect(user_agent="sim-operator-bench") as api:
        watches = Watches(
            api, Feed(store), (), lambda *_: None, kinds=[SIM_KIND], complete=store.complete.set
        )
        task = asyncio.create_task(watches.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


WAYS: Final = {"kopf": by_kopf, "own": by_ourselves}


async def measure(way: str, count: int, changed: Callable[[], Awaitable[None]]) -> Cost:
    """Fill a store, have some SIMs changed, and be quiet for a while."""
    store = Store()
    touched: set[Key] = set()
    store.subscribe(
        lambda change: (
            touched.add(change.key)
            if change.new is not None and change.new.meta.labels.get("touch") == _TOUCHED
            else None
        )
    )
    before, pauses = memory("VmRSS"), [0.0]
    watchdog = asyncio.create_task(note_pauses(pauses))
    began, cpu = time.perf_counter(), time.process_time()
    async with WAYS[way](store):
        await until(lambda: len(store.sims) == count)
        listed = time.perf_counter() - began, time.process_time() - cpu
        await asyncio.sleep(2)
        cpu = time.process_time()
        await changed()
        await until(lambda: len(touched) == min(CHANGED, count))
        change_cpu = time.process_time() - cpu
        await asyncio.sleep(2)
        cpu = time.process_time()
        await asyncio.sleep(QUIET_SECONDS)
        quiet_cpu, settled = time.process_time() - cpu, memory("VmRSS")
        watchdog.cancel()
    peak = memory("VmHWM")
    return Cost(*listed, change_cpu, quiet_cpu, peak - before, settled - before, pauses[0])


async def until(holds: Callable[[], bool]) -> None:
    """Look every tenth of a second."""
    while not holds():  # noqa: ASYNC110 - both ways are looked at alike
        await asyncio.sleep(0.1)


async def note_pauses(longest: list[float]) -> None:
    """How late the event loop comes to something that is due."""
    while True:
        due = time.perf_counter() + 0.01
        await asyncio.sleep(0.01)
        longest[0] = max(longest[0], time.perf_counter() - due)


def memory(field: str) -> int:
    """Bytes; not getrusage's peak, which is inherited from the parent."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise ValueError(field)


def child(way: str, count: int, socket: Path) -> None:
    """One way, told as JSON."""

    async def changed() -> None:
        # Another process does the writing, so that its CPU is not counted here.
        command = [sys.executable, "-m", "tests.bench.feed", "--touch", str(socket), str(count)]
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0

    collect_seldom()

    async def measured() -> Cost:
        async with asyncio.timeout(_PATIENCE):
            return await measure(way, count, changed)

    print(json.dumps(asdict(uvloop.run(measured()))))


# --- both ways, one after the other ---


def compare(count: int, socket: Path) -> dict[str, Cost]:
    """Both ways on the same SIMs."""
    found = {}
    for way in WAYS:
        uvloop.run(prepare(socket, count))
        say(f"{count} SIMs: {way}")
        command = [
            sys.executable,
            "-m",
            "tests.bench.feed",
            "--child",
            way,
            str(count),
            str(socket),
        ]
        told = subprocess.run(tethered(command), stdout=subprocess.PIPE, check=True)
        found[way] = Cost(**json.loads(told.stdout))
    return found


def table(count: int, found: dict[str, Cost]) -> str:
    """The figures side by side, and how many times more the first way takes."""
    figures: tuple[tuple[str, Callable[[Cost], float], float], ...] = (
        ("list: seconds", lambda cost: cost.list_seconds, 1.0),
        ("list: CPU seconds", lambda cost: cost.list_cpu, 1.0),
        ("a change: CPU ms", lambda cost: cost.change_cpu / min(CHANGED, count), 1e-3),
        ("peak MB", lambda cost: cost.peak, 1e6),
        ("settled kB a SIM", lambda cost: cost.resident / count, 1e3),
        ("longest pause of the loop s", lambda cost: cost.longest_pause, 1.0),
        (f"quiet for {QUIET_SECONDS:.0f} s: CPU seconds", lambda cost: cost.quiet_cpu, 1.0),
    )
    rows = [f"\n{count:,} SIMs{'':<21}{'kopf':>10}{'own':>10}{'ratio':>9}"]
    for title, read, unit in figures:
        one, other = (read(found[way]) / unit for way in ("kopf", "own"))
        ratio = f"{one / other:8.1f}x" if other else ""
        rows.append(f"{title:<32}{one:>10.3f}{other:>10.3f}{ratio:>9}")
    return "\n".join(rows)


def main(arguments: list[str]) -> None:
    """Measure with so many SIMs."""
    match arguments:
        case ["--child", way, count, socket]:
            child(way, int(count), Path(socket))
        case ["--touch", socket, count]:
            uvloop.run(write(Path(socket), 0, min(CHANGED, int(count)), _TOUCHED))
        case _:
            cluster = start()
            try:
                apply(cluster.kubeconfig, CRDS / "sims.yaml")
                kubectl(cluster.kubeconfig, "create", "namespace", NAMESPACE)
                os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
                etcd = cluster.kubeconfig.parent / "etcd.sock"
                for number in map(int, arguments or ["10000", "50000"]):
                    print(table(number, compare(number, etcd)), flush=True)
            finally:
                cluster.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
