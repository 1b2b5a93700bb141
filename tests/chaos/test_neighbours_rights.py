"""Rights are taken away and given back: what is not seen is not taken for what is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chaos.gated import GatedWorld, gated
from tests.chaos.history import History
from tests.chaos.stage import Stage
from tests.chaos.table import Tried
from tests.cluster import ControlPlane, KubectlError, apply, kubectl
from tests.integration.conftest import CLUSTER_ROLE, OPERATOR_NAMESPACE

USER = f"system:serviceaccount:{OPERATOR_NAMESPACE}:sim-operator"
OURS = "sim-operator.io"
LONG = pytest.mark.long


@pytest.fixture(scope="module")
def town(
    plane: ControlPlane, plane_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("rights")
    with (
        gated(plane, plane_kubeconfig, folder, sims=60) as world,
        History(plane, [world.namespace, world.elsewhere]) as history,
    ):
        yield Stage(world, history, "neighbours")


def may(world: GatedWorld, verb: str, resource: str) -> bool:
    """Whether the API server lets the operator do this now."""
    kind, _, subresource = resource.partition("/")
    question = ["auth", "can-i", verb, kind, f"--as={USER}", f"--namespace={world.namespace}"]
    if subresource:
        question.append(f"--subresource={subresource}")
    try:
        return kubectl(world.cluster.kubeconfig, *question).strip() == "yes"
    except KubectlError as error:
        if error.output.strip().startswith("no"):
            return False
        raise


@contextmanager
def without(world: GatedWorld, group: str, resource: str, *verbs: str) -> Iterator[None]:
    """Take verbs away for a resource, and see that it has taken effect; then give them back."""
    [role] = yaml.safe_load_all(CLUSTER_ROLE.read_text(encoding="utf-8"))
    full = f"{resource}.{group}" if group and "/" not in resource else resource
    full = full if "/" not in resource else resource.replace("/", f".{group}/", 1)
    less = {**role, "rules": list(_less(role["rules"], group, resource, verbs))}
    apply(world.cluster.kubeconfig, less)
    try:
        world.until(lambda: not any(may(world, verb, full) for verb in verbs), "it is taken away")
        yield
    finally:
        apply(world.cluster.kubeconfig, role)
        world.until(lambda: all(may(world, verb, full) for verb in verbs), "it is given back")


def _less(
    rules: list[dict[str, Any]], group: str, resource: str, verbs: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    for rule in rules:
        if group not in rule["apiGroups"] or resource not in rule["resources"]:
            yield rule
            continue
        others = [one for one in rule["resources"] if one != resource]
        kept = [verb for verb in rule["verbs"] if verb not in verbs]
        if others:
            yield {**rule, "resources": others}
        if kept:
            yield {**rule, "resources": [resource], "verbs": kept}


def test_no_status_may_be_written(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "patch of sims/status forbidden, and given back") as world:
        iccid = world.new("silent", state="Enabled", label="one")
        with without(world, OURS, "sims/status", "patch"):
            written = world.simulator.last_entry()
            world.patch("sim", "silent", {"label": "two"})
            world.becomes(iccid, label="two")
            world.sweeps(2)
            assert len(world.puts(iccid, written)) == 1
            shown = world.status("silent")
            assert shown["observedGeneration"] == 1
            assert "cannot be written for now" in world.operator.text()
            failures = "sim_operator_status_write_failures_total"
            assert world.operator.metric(failures, outcome="forbidden") > 0
        world.until_acknowledged("silent", "Reconciled")


@LONG
def test_no_account_status_may_be_written(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "patch of simaccounts/status forbidden: no disable goes out") as world:
        iccid = world.new("unguarded", state="Enabled")
        with without(world, OURS, "simaccounts/status", "patch"):
            since = world.simulator.last_entry()
            world.patch("sim", "unguarded", {"state": "Disabled"})
            world.sweeps(3)
            assert not world.puts(iccid, since)
        world.until(lambda: world.at_1nce(iccid)["status"] == "Disabled", "it goes out", 90)


@pytest.mark.parametrize(
    "verb", ["list", pytest.param("watch", marks=LONG), pytest.param("get", marks=LONG)]
)
def test_sims_may_not_be_seen(town: Stage, tried: Tried, verb: str) -> None:
    with town.trial(tried, f"{verb} of sims forbidden while watches end", before=60) as world:
        iccid = world.new(f"unseen-{verb}", state="Enabled", label="one")
        with without(world, OURS, "sims", verb):
            world.api_gate.end_watches()
            since = world.simulator.last_entry()
            world.patch("sim", f"unseen-{verb}", {"label": "two"})
            world.simulator.patch_sim(iccid, status="Disabled")
            world.becomes(iccid, status="Enabled")
            world.sweeps(2)
            writes = [one["write"] for one in world.puts(iccid, since)]
            for one in writes:
                # A label that was seen just before may go out while the SIM is off by the portal.
                assert one["after"]["status"] in ("Enabled", one["before"]["status"])
        world.until(lambda: world.at_1nce(iccid)["label"] == "two", "it is seen again", 120)
        world.until_acknowledged(f"unseen-{verb}", "Reconciled")


def test_a_start_without_sight_decides_nothing(town: Stage, tried: Tried) -> None:
    what = "operator started while list of sims is forbidden"
    with town.trial(tried, what, before=60, restarts=True) as world:
        iccid = world.new("unlisted", state="Enabled", label="mine", deletionPolicy="Disable")
        world.has_finalizer("unlisted")
        world.operator.stop()
        with without(world, OURS, "sims", "list"):
            since = world.simulator.last_entry()
            world.simulator.patch_sim(iccid, label="theirs")
            world.operator.start(ready=False)
            world.until(
                lambda: world.operator.get("/readyz")[0] == 503, "it says that it is not ready"
            )
            world.until(
                lambda: any(
                    one.status == 403 and one.path.endswith("/sims")
                    for one in world.api_gate.passed
                ),
                "the list is refused",
            )
            assert world.operator.runs
            assert world.operator.get("/readyz")[0] == 503
            assert not world.simulator.journal(since=since, writes=True)
            assert "403" in world.operator.text() or "forbidden" in world.operator.text()
        world.until(lambda: world.operator.get("/readyz")[0] == 200, "it is ready", 90)
        world.becomes(iccid, label="mine")


@LONG
@pytest.mark.parametrize(
    ("group", "resource", "verb"),
    [
        ("", "events", "create"),
        ("", "secrets", "get"),
        (OURS, "sims", "patch"),
        (OURS, "simaccounts", "watch"),
        (OURS, "quotapolicies", "list"),
        ("", "namespaces", "get"),
    ],
)
def test_it_works_on_without(
    town: Stage, tried: Tried, group: str, resource: str, verb: str
) -> None:
    what = f"{verb} of {resource} forbidden and given back"
    with town.trial(tried, what, before=30) as world:
        name = f"without-{resource}-{verb}"
        iccid = world.new(name, state="Enabled", label="one")
        with without(world, group, resource, verb):
            world.api_gate.end_watches()
            world.patch("sim", name, {"label": "two"})
            world.becomes(iccid, label="two")
            world.simulator.patch_sim(iccid, status="Disabled")
            world.becomes(iccid, status="Enabled")
        world.until_acknowledged(name, "Reconciled")


@LONG
def test_a_finalizer_may_not_be_taken_off(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "patch of sims forbidden while one waits for its finalizer") as world:
        iccid = world.new("bound", state="Enabled", deletionPolicy="Disable")
        world.has_finalizer("bound")
        with without(world, OURS, "sims", "patch"):
            world.delete("bound")
            world.becomes(iccid, status="Disabled")
            since = world.simulator.last_entry()
            world.sweeps(2)
            assert world.finalizers("bound")
            assert not world.puts(iccid, since)
        world.until(lambda: world.get("sim", "bound") is None, "it is let go", 90)
