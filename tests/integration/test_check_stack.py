"""`sim-operator check stack` against a real API server, operator, simulator and Prometheus."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sim_operator.domain.resources import Key
from sim_operator.installing.made_sim import LABEL, LABEL_VALUE, clean_up, manifest, new_key
from sim_operator.installing.patience import Patience
from sim_operator.kube.connection import ApiClient
from tests.cluster import Cluster, apply
from tests.integration.installing import (
    Command,
    granted,
    ran,
    rule,
    service_account,
    until,
)
from tests.integration.tenants import opened
from tests.integration.trials import Ended
from tests.integration.world import Json, World
from tests.monitoring.programs import ensure_programs
from tests.monitoring.server import PrometheusProcess, Scrape

pytestmark = pytest.mark.cluster

NAME = "checker"


class Renaming(Scrape):
    """A scrape that lets its own labels win."""

    def config(self) -> dict[str, Any]:
        job = {**super().config(), "honor_labels": False}
        job["static_configs"][0]["labels"] = {"namespace": "of-the-operator"}
        return job


@dataclass(frozen=True)
class Stack:
    """A world, whoever checks it, and what the check is told."""

    world: World
    kubeconfig: Path
    prometheus: PrometheusProcess

    @property
    def operator(self) -> str:
        return f"http://127.0.0.1:{self.world.operator.port}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """As a chart with the simulator gives them."""
        world = self.world
        return (
            "--service",
            f"operator={self.operator}/readyz",
            "--service",
            f"simulator={world.simulator.url}/_control/time",
            "--account",
            f"{world.namespace}/default",
            *self.making(),
        )

    def making(self, namespace: str = "") -> tuple[str, ...]:
        return (
            "--make-sim",
            namespace or self.world.namespace,
            "--iccid-from",
            self.world.simulator.url,
        )

    def checked(self, *arguments: str, kubeconfig: Path | None = None) -> Ended:
        return ran(kubeconfig or self.kubeconfig, "check", "stack", *arguments)

    def made(self, namespace: str = "") -> list[Json]:
        """The SIM resources that checks made and did not delete."""
        path = f"/apis/sim-operator.io/v1alpha1/namespaces/{namespace or self.world.namespace}/sims"
        found = self.world.reader.get(path, labelSelector=f"{LABEL}={LABEL_VALUE}") or {}
        items: list[Json] = found.get("items") or []
        return items


@pytest.fixture(scope="module")
def stack(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("check")
    programs = ensure_programs(os.environ)
    with ExitStack() as ends:
        world = ends.enter_context(
            opened(cluster, operator_kubeconfig, folder, seed=4712, neighbours=("other",))
        )
        world.account(allowedNamespaces={"from": "All"})
        world.operator.start()
        world.until_reason("default", "Reconciled", kind="simaccount")
        targets = [f"127.0.0.1:{world.operator.port}"]
        scrape = Scrape(job="sim-operator", targets=targets)
        prometheus = ends.enter_context(
            PrometheusProcess(programs, folder / "prometheus", scrapes=[scrape])
        )
        kubeconfig = service_account(cluster, world.namespace, NAME, folder)
        granted(
            cluster,
            world.namespace,
            NAME,
            rule("get", "list", "create", "delete", on=["sims"]),
            rule("get", on=["simaccounts"]),
        )
        yield Stack(world, kubeconfig, prometheus)


@pytest.fixture
def sim(stack: Stack) -> Iterator[Callable[..., str]]:
    """Makes SIM resources that go after the test."""
    made = []

    def make(name: str, iccid: str | int = 0, **spec: Any) -> str:
        made.append(name)
        return stack.world.sim(name, iccid, **spec)

    yield make
    if made:
        stack.world.kubectl("delete", "sims", *made, "--ignore-not-found")


def lines(done: Ended) -> dict[str, str]:
    """The line of each check without its seconds: mark and text by what is checked."""
    found = {}
    for line in done.out.splitlines():
        parts = re.fullmatch(r"([✓✗–]) +(?:[\d.]+ s)? +(.*?): (.*)", line)
        if parts is not None:
            found[parts[2]] = f"{parts[1]} {parts[3]}"
    return found


def test_a_stack_that_works_passes_with_the_rights_of_its_role_and_nothing_is_left(
    stack: Stack,
) -> None:
    world, last = stack.world, stack.world.simulator.last_entry()
    done = stack.checked(
        *stack.arguments,
        *("--prometheus", stack.prometheus.url, "--metrics", f"{stack.operator}/metrics"),
    )
    assert done.code == 0, done.out + done.err
    assert done.err == ""
    found = lines(done)
    account = f"{world.namespace}/default"
    assert found["service operator"] == f"✓ {stack.operator}/readyz answered 200"
    assert found["service simulator"].startswith("✓ ")
    assert found[f"SIMAccount {account}"].startswith("✓ Ready, Reconciled: ")
    assert found[f'metric simaccount_ready{{account="{account}"}} in Prometheus'] == "✓ arrived, 1"

    [own] = [text for text in found if "made for this check" in text]
    key, iccid = re.fullmatch(r"SIM (\S+) \(made for this check, ICCID (\d+)\)", own).groups()  # type: ignore[union-attr]
    assert found[own].startswith("✓ Ready, Observing: ")
    assert iccid == world.iccids[-1], "people claim the first ones first"
    namespace, name = key.split("/")
    series = f'metric sim_ready{{namespace="{namespace}",name="{name}"}}'
    assert found[f"{series} in Prometheus"] == "✓ arrived, 1"
    assert found[f"{series} at {stack.operator}/metrics"] == "✓ arrived, 1"
    assert done.out.splitlines()[-1].startswith("8 checks passed in ")

    assert stack.made() == []
    assert world.simulator.journal(since=last, writes=True) == []


def test_every_failure_is_seen_in_one_run_with_what_to_do(
    stack: Stack, sim: Callable[..., str]
) -> None:
    world = stack.world
    sim("unknown", iccid="8988303000999999999")
    done = stack.checked(
        *("--service", "gone=http://127.0.0.1:1/", "--service", f"wrong={stack.operator}/nothing"),
        *("--account", f"{world.namespace}/none", "--sim", f"{world.namespace}/unknown"),
        *("--service", f"operator={stack.operator}/readyz"),
        *("--prometheus", f"{stack.operator}/metrics", "--timeout", "3"),
    )
    assert done.code == 1
    found = lines(done)
    assert found["service operator"].startswith("✓")
    assert found["service gone"].startswith("✗ no connection to http://127.0.0.1:1 ")
    assert found["service wrong"] == f"✗ {stack.operator}/nothing answered 404"
    assert found[f"SIMAccount {world.namespace}/none"] == "✗ it does not exist"
    assert found[f"SIM {world.namespace}/unknown"].startswith("✗ not Ready, NotFound: ")
    asked = f"{stack.operator}/metrics/api/v1/query"
    assert [text for name, text in found.items() if name.startswith("metric ")] == [
        f"✗ {asked} answered 404"
    ] * 2
    advice = [line.strip() for line in done.out.splitlines() if "Next: " in line]
    assert len(advice) == 6
    assert f"Next: Read its events: kubectl describe sims -n {world.namespace} unknown" in advice
    assert done.out.splitlines()[-1].startswith("6 of 7 checks failed after 3")


def test_a_sim_that_never_becomes_ready_fails_the_check_and_is_deleted_again(
    stack: Stack, cluster: Cluster, namespace: str
) -> None:
    # Nobody watches that namespace.
    done = ran(
        cluster.kubeconfig,
        *(
            "check",
            "stack",
            *stack.making(namespace),
            "--account",
            f"{stack.world.namespace}/default",
        ),
        *("--prometheus", stack.prometheus.url, "--timeout", "4"),
    )
    assert done.code == 1
    [own] = [text for text in lines(done) if "made for this check" in text]
    assert lines(done)[own] == "✗ it has no status yet"
    assert "SIM_OPERATOR_WATCH_NAMESPACES" in done.out
    [metric] = [text for text in lines(done) if text.startswith("metric sim_ready")]
    assert lines(done)[metric] == "– the SIM is not Ready"
    assert stack.made(namespace) == []


def test_sigterm_deletes_the_sim_that_was_made(
    stack: Stack, cluster: Cluster, namespace: str
) -> None:
    with Command(cluster.kubeconfig, "check", "stack", *stack.making(namespace)) as command:
        [made] = until(lambda: stack.made(namespace), "the SIM is made")
        assert made["spec"]["managementPolicy"] == "Observe"
        assert made["metadata"]["name"].startswith("sim-operator-check-")
        command.terminate()
        done = command.ended()
    assert done.code == 143
    assert done.err == "Interrupted by SIGTERM.\n"
    assert stack.made(namespace) == []


def test_an_iccid_that_is_claimed_where_the_check_may_not_look_is_passed_over(
    stack: Stack, sim: Callable[..., str]
) -> None:
    world = stack.world
    far = World(
        world.cluster, f"{world.namespace}-other", world.simulator, world.operator, world.folder
    )
    account = {"name": "default", "namespace": world.namespace}
    far.sim("theirs", world.iccids[-1], accountRef=account, managementPolicy="Observe")
    far.until_reason("theirs", "Observing")
    try:
        done = stack.checked(*stack.arguments)
    finally:
        far.kubectl("delete", "sims", "theirs")
    assert done.code == 0, done.out
    [own] = [text for text in lines(done) if "made for this check" in text]
    assert own.endswith(f"ICCID {world.iccids[-2]})")
    assert stack.made() == []


def test_where_every_iccid_is_claimed_one_of_those_sims_has_to_be_ready(
    stack: Stack, sim: Callable[..., str]
) -> None:
    world = stack.world
    for number in range(len(world.iccids)):
        sim(f"claimed-{number}", number)
    world.until_reason("claimed-9", "Reconciled")
    done = stack.checked(*stack.arguments, "--metrics", f"{stack.operator}/metrics")
    assert done.code == 0, done.out
    found = lines(done)
    claimed = f"one of the SIMs that claim those of {world.simulator.url}"
    assert f"{world.namespace}/claimed-" in found[claimed]
    assert [text for text in found if text.startswith("metric sim_ready")]
    assert stack.made() == []


def test_a_role_that_lacks_a_verb_is_named_by_what_it_lacks(
    stack: Stack, cluster: Cluster, tmp_path: Path
) -> None:
    world = stack.world
    kubeconfig = service_account(cluster, world.namespace, "half", tmp_path)
    granted(cluster, world.namespace, "half", rule("get", "list", "create", on=["sims"]))
    try:
        done = stack.checked(
            *stack.making(),
            *("--account", f"{world.namespace}/default", "--timeout", "60"),
            kubeconfig=kubeconfig,
        )
        assert done.code == 1
        found = lines(done)
        refused = found[f"SIMAccount {world.namespace}/default"]
        assert 'cannot get resource "simaccounts"' in refused
        [left] = stack.made()
        name = left["metadata"]["name"]
        assert 'cannot delete resource "sims"' in found[f"SIM {world.namespace}/{name}"]
        assert f"kubectl delete sims -n {world.namespace} {name}" in done.out
    finally:
        world.kubectl("delete", "sims", "-l", f"{LABEL}={LABEL_VALUE}")


def test_a_prometheus_that_renames_our_labels_is_told_apart_from_one_that_scrapes_nothing(
    stack: Stack, sim: Callable[..., str], tmp_path: Path
) -> None:
    world, programs = stack.world, ensure_programs(os.environ)
    sim("seen", 0)
    world.until_reason("seen", "Reconciled")
    target = f"127.0.0.1:{world.operator.port}"
    wanted = ("--sim", f"{world.namespace}/seen", "--timeout", "5", "--prometheus")
    metric = f'metric sim_ready{{namespace="{world.namespace}",name="seen"}} in Prometheus'
    renaming = Renaming(job="sim-operator", targets=[target])
    with PrometheusProcess(programs, tmp_path / "renaming", scrapes=[renaming]) as prometheus:
        prometheus.until_scraped()
        done = stack.checked(*wanted, prometheus.url)
    assert (done.code, lines(done)[metric]) == (1, "✗ it does not arrive")
    assert "honorLabels: true" in done.out

    with PrometheusProcess(programs, tmp_path / "idle") as prometheus:
        done = stack.checked(*wanted, prometheus.url)
    assert (done.code, lines(done)[metric]) == (1, "✗ it does not arrive")
    assert "It scrapes no operator" in done.out


def test_what_arrived_before_the_check_does_not_count(stack: Stack, tmp_path: Path) -> None:
    world, programs = stack.world, ensure_programs(os.environ)
    targets = [f"127.0.0.1:{world.operator.port}"]
    scrape = Scrape(job="sim-operator", targets=targets, interval="30s")
    account = f"{world.namespace}/default"
    with PrometheusProcess(programs, tmp_path / "prometheus", scrapes=[scrape]) as prometheus:
        query = f'simaccount_ready{{account="{account}"}}'
        prometheus.until(lambda: prometheus.query(query), "the first of many scrapes")
        done = stack.checked("--account", account, "--prometheus", prometheus.url, "--timeout", "4")
    assert done.code == 1
    assert lines(done)[f"metric {query} in Prometheus"] == "✗ it does not arrive"
    assert "It arrived earlier" in done.out
    assert "more than two scrape intervals" in done.out


async def test_what_a_killed_check_left_behind_is_removed_an_hour_later(
    stack: Stack, person_api: ApiClient, namespace: str
) -> None:
    body = manifest(new_key(namespace), stack.world.iccids[0], None)
    apply(stack.world.cluster.kubeconfig, body)
    own = manifest(Key(namespace, "a-persons-own"), stack.world.iccids[1], None)
    apply(stack.world.cluster.kubeconfig, own)
    complaints: list[object] = []

    async def cleaned(now: datetime) -> set[str]:
        await clean_up(
            person_api, namespace, Patience(20), now, lambda *told: complaints.append(told)
        )
        return {one["metadata"]["name"] for one in stack.made(namespace)}

    now = datetime.now(UTC)
    both = {body["metadata"]["name"], "a-persons-own"}
    assert await cleaned(now + timedelta(minutes=50)) == both
    assert await cleaned(now + timedelta(minutes=61)) == {"a-persons-own"}
    assert complaints == []
