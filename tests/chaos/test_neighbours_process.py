"""What may happen to the process itself: its output, its descriptors, a twin, a crowd of claims."""

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.conftest import Effort
from tests.chaos.gated import GatedWorld, gated
from tests.chaos.history import History
from tests.chaos.promises import Leeway, Told, kept
from tests.chaos.stage import Stage
from tests.chaos.table import Tried
from tests.chaos.truth import settle
from tests.cluster import Cluster, KubectlError, kubectl
from tests.integration.operator_process import OperatorProcess

FULL = Path("/dev/full")
ENDED = {0, 120}
"""120: how Python ends well and cannot flush its last words."""


@pytest.fixture(scope="module")
def town(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("process")
    with (
        gated(cluster, operator_kubeconfig, folder, sims=60, api=False) as world,
        History(cluster, [world.namespace, world.elsewhere]) as history,
    ):
        yield Stage(world, history, "neighbours")


class Mute(OperatorProcess):
    """One whose output cannot be read."""

    def text(self) -> str:
        return "(its output is lost)"


def muted(world: GatedWorld, log: Path) -> Mute:
    """The operator with another place for its output."""
    kubeconfig, environment = world.operator._settings
    return Mute(kubeconfig, log, {**environment, "log_level": "DEBUG"})


def works(world: GatedWorld, name: str) -> None:
    """A SIM is taken in, kept, changed and shown."""
    iccid = world.new(name, state="Enabled", label="one")
    world.becomes(iccid, status="Enabled", label="one")
    world.simulator.patch_sim(iccid, label="theirs")
    world.becomes(iccid, label="one")
    world.patch("sim", name, {"label": "two"})
    world.becomes(iccid, label="two")
    world.until_acknowledged(name, "Reconciled")


def test_the_disk_of_the_log_is_full(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "standard output on a full disk", restarts=True) as world:
        world.operator.stop()
        mute = muted(world, FULL)
        try:
            mute.start()
            works(world, "full-disk")
            assert mute.stop() in ENDED
        finally:
            mute.kill()
            world.operator.start()


def test_nobody_reads_the_log_any_more(town: Stage, tried: Tried, tmp_path: Path) -> None:
    with town.trial(tried, "reader of standard output gone (EPIPE)", restarts=True) as world:
        world.operator.stop()
        pipe = tmp_path / "log"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        mute = muted(world, pipe)
        try:
            mute.start()
            os.close(reader)
            works(world, "broken-pipe")
            assert mute.stop() in ENDED
        finally:
            mute.kill()
            world.operator.start()


def test_descriptors_run_out(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "no file descriptor left for some seconds", before=20.0) as world:
        iccid = world.new("descriptors", state="Enabled", label="one")
        pid = world.operator.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, hard))
        try:
            world.patch("sim", "descriptors", {"label": "two"})
            world.simulator.patch_sim(iccid, status="Disabled")
            time.sleep(5.0)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        world.until(lambda: world.at_1nce(iccid)["label"] == "two", "it works again", 90)
        world.until_acknowledged("descriptors", "Reconciled")


def test_two_operators_work_at_once_without_a_lease(town: Stage, tried: Tried) -> None:
    """What must not happen even then; that there are two shows as SIMOperatorSeveralLeaders."""
    world = town.world
    with tried("neighbours", "two operators at once, leader election off by mistake"):
        since = world.simulator.last_entry()
        twin = world.operator.replica(world.folder / "twin.log")
        try:
            twin.start()
            leaders = [one.metric("sim_operator_leader") for one in (world.operator, twin)]
            assert leaders == [1.0, 1.0], "the alert has something to see"
            names = [f"twin-{number}" for number in range(5)]
            iccids = [
                world.new(name, None, state="Disabled", label=name, deletionPolicy="Disable")
                for name in names
            ]
            for name, iccid in zip(names, iccids, strict=True):
                world.becomes(iccid, status="Disabled", label=name)
                world.simulator.patch_sim(iccid, label="theirs")
                world.becomes(iccid, label=name)
            world.delete(names[0])
            world.is_gone(names[0])
            settle(world)
            assert "Traceback" not in twin.text()
        finally:
            twin.kill()
        # Each has its own bucket and its own backlog: twice the rate is what two of them take.
        kept(world, town.history, Told(Leeway(), requests_per_second=20, since=since))


@pytest.mark.timeout(1_800)  # 10,000 resources come and go
def test_a_crowd_claims_the_same_sims(town: Stage, tried: Tried, effort: Effort) -> None:
    crowd, few = (10_000, 5) if effort is Effort.LONG else (300, 5)
    what = f"{crowd:,} SIM resources claim {few} ICCIDs"
    waits = max(90.0, crowd / 10)
    with town.trial(tried, what, fine=("Conflict",), seconds=waits) as world:
        wanted = [world.fresh() for _ in range(few)]
        bodies = [
            world.manifest(
                "SIM",
                f"crowd-{number:05d}",
                {"iccid": wanted[number % few], "state": "Enabled", "label": f"l{number % few}"},
            )
            for number in range(crowd)
        ]
        for begin in range(0, crowd, 500):
            world.apply(*bodies[begin : begin + 500])
        world.until(lambda: settled(world, crowd), "each has its answer", waits)
        spent = cpu_seconds(world.operator.pid)
        holders = Counter(
            one["spec"]["iccid"] for one in crowd_of(world) if reason_of(one) == "Reconciled"
        )
        assert holders == dict.fromkeys(wanted, 1)
        since = world.simulator.last_entry()
        first = next(one for one in crowd_of(world) if reason_of(one) == "Reconciled")
        world.delete(first["metadata"]["name"])
        iccid = first["spec"]["iccid"]
        world.until(
            lambda: (
                sum(
                    one["spec"]["iccid"] == iccid and reason_of(one) == "Reconciled"
                    for one in crowd_of(world)
                )
                == 1
            ),
            "the next one takes over",
            waits,
        )
        assert not world.puts(iccid, since)
        print(f"{crowd} claims: the operator has spent {spent:.1f} s of CPU")
        world.until(lambda: emptied(world), "the crowd is gone", waits)


def emptied(world: GatedWorld) -> bool:
    """Ask for all at once, again where the API server needs longer than one request may take.

    `kubectl delete --all` asks for each one, so many a second at most.
    """
    path = f"/apis/sim-operator.io/v1alpha1/namespaces/{world.namespace}/sims"
    with suppress(KubectlError):
        kubectl(world.cluster.kubeconfig, "delete", f"--raw={path}", timeout=90)
    return not world.listed("sim")


def crowd_of(world: GatedWorld) -> list[dict[str, dict[str, str]]]:
    return [one for one in world.listed("sim") if one["metadata"]["name"].startswith("crowd")]


def reason_of(sim: dict[str, dict[str, str]]) -> str:
    conditions: list[dict[str, str]] = sim.get("status", {}).get("conditions", [])  # type: ignore[assignment]
    return next((one["reason"] for one in conditions if one["type"] == "Ready"), "")


def settled(world: GatedWorld, crowd: int) -> bool:
    reasons = Counter(reason_of(one) for one in crowd_of(world))
    return reasons["Reconciled"] + reasons["Conflict"] == crowd


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
