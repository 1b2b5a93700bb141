"""Nothing that the operator does shows as a difference from what was applied."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import Cluster, KubectlError
from tests.gitops.examples import EXAMPLES, Manifest
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.world import Json

FILES = ("account.yaml", "sims.yaml", "quotapolicies.yaml", "conflict.yaml")
MANAGER = "--field-manager=a-person"
PEOPLE = ("kubectl", "a-person")
WAYS = {"client-side": ("apply",), "server-side": ("apply", "--server-side", MANAGER)}
DIFFS = {"client-side": ("diff",), "server-side": ("diff", "--server-side", MANAGER)}
KINDS = ("sim", "simaccount", "quotapolicy")
MOST_OF_A_KIND = 4
START = "2026-11-15T12:00:00Z"


@dataclass(frozen=True)
class Applied:
    """A world to which a file was applied, and how."""

    way: str
    file: Path
    world: SimWorld

    def diff(self, file: Path) -> str:
        """What `kubectl diff` prints; nothing where it finds nothing."""
        try:
            return self.world.kubectl(*DIFFS[self.way], "-f", str(file))
        except KubectlError as error:
            if not error.output:
                raise
            return error.output

    def objects(self) -> list[Json]:
        """Every object of ours."""
        return [one for kind in KINDS for one in self.world.listed(kind)]


def examples(world: SimWorld) -> Iterator[Manifest]:
    """The examples of the documentation, in the one namespace and at the simulator of a world."""
    for name in FILES:
        for manifest in yaml.safe_load_all((EXAMPLES / name).read_text(encoding="utf-8")):
            if manifest["kind"] == "Namespace" or _one_of_many(manifest):
                continue
            manifest["metadata"]["namespace"] = world.namespace
            spec: dict[str, Any] = manifest.get("spec", {})
            if manifest["kind"] == "SIMAccount":
                spec["endpoint"] = world.simulator.endpoint
                spec["sync"] = {"interval": "1s", "detailInterval": "2s"}
            yield manifest


def _one_of_many(manifest: Manifest) -> bool:
    """A SIM that is like others: writing for all of them takes the rate limit a minute."""
    number = re.fullmatch(r"\w+-(\d+)", manifest["metadata"]["name"])
    return number is not None and int(number[1]) > MOST_OF_A_KIND and number[1] != "10"


@pytest.fixture(scope="module", params=WAYS)
def applied(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    operator_kubeconfig: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Applied]:
    """The examples, applied and reconciled; then some life has passed."""
    folder = tmp_path_factory.mktemp(request.param)
    timing: dict[str, Any] = {"start_time": START, "speed": 0.0, "oddities": True}
    with opened(cluster, operator_kubeconfig, folder, sims=60, start=False, **timing) as world:
        world.operator.set("clock_url", world.simulator.url)
        file = folder / "examples.yaml"
        file.write_text(yaml.safe_dump_all(examples(world)), encoding="utf-8")
        world.operator.start()
        world.kubectl(*WAYS[request.param], "-f", str(file))
        made = Applied(request.param, file, world)
        _live(made)
        yield made


def _live(applied: Applied) -> None:
    world = applied.world
    world.until(lambda: all(_considered(one) for one in applied.objects()), "all is reconciled")
    world.until_reason("twin", "Conflict")
    world.until_reason("pumps", "Reconciled", kind="quotapolicy")
    pump, meter = (world.status(name)["iccid"] for name in ("pump-01", "meter-01"))
    world.simulator.patch_sim(pump, use_data_mb=41)
    world.simulator.patch_sim(meter, status="Disabled")
    world.until_reason("pump-01", "DisabledByPolicy")
    world.until_told("meter-01")
    world.annotate("sim", "meter-01", "reconcile-requested-at", "by-hand")
    world.patch("sim", "meter-02", {"deletionPolicy": "Disable"})
    world.has_finalizer("meter-02")
    world.patch("sim", "meter-02", {"deletionPolicy": "Retain"})
    world.sweeps(2)


def _considered(obj: Json) -> bool:
    found = (obj.get("status") or {}).get("observedGeneration") == obj["metadata"]["generation"]
    return bool(found)


def test_kubectl_diff_finds_nothing_after_reconciling(applied: Applied) -> None:
    assert {one["kind"] for one in applied.objects()} == {"SIM", "SIMAccount", "QuotaPolicy"}
    assert len(applied.objects()) > 15
    assert applied.diff(applied.file) == ""


def test_kubectl_diff_would_find_a_difference(applied: Applied, tmp_path: Path) -> None:
    text = applied.file.read_text(encoding="utf-8")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("label: pump-02\n", "label: renamed\n"), encoding="utf-8")
    found = applied.diff(changed)
    assert re.findall(r"^[-+] .*label: .*$", found, re.MULTILINE) == [
        "-  label: pump-02",
        "+  label: renamed",
    ]


def test_the_operator_owns_status_and_finalizers_and_nothing_else(applied: Applied) -> None:
    shown = applied.world.kubectl("get", ",".join(KINDS), "-o", "json", "--show-managed-fields")
    for obj in json.loads(shown)["items"]:
        for entry in obj["metadata"]["managedFields"]:
            if entry.get("subresource") == "status" or entry["manager"].startswith(PEOPLE):
                continue
            name, owned = obj["metadata"]["name"], entry["fieldsV1"]
            assert set(owned) == {"f:metadata"}, (name, entry)
            assert set(owned["f:metadata"]) == {"f:finalizers"}, (name, entry)
