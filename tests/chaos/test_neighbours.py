"""What others do to the cluster under the operator, which watches all of its namespaces.

A control plane of its own: CRDs go and come, rights are taken away and given back.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.gated import GatedWorld, gated
from tests.chaos.history import History
from tests.chaos.stage import Stage
from tests.chaos.table import Tried
from tests.cluster import ControlPlane, apply, kubectl
from tests.conftest import CRDS

MINUTES = timedelta(minutes=15)
ODD_ZONE = "America/St_Johns"


@pytest.fixture(scope="module")
def town(
    plane: ControlPlane, plane_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """An operator for all namespaces, in a time zone that is half an hour off."""
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", ODD_ZONE)
        with (
            gated(
                plane,
                plane_kubeconfig,
                folder,
                sims=60,
                api=False,
                account={"allowedNamespaces": {"from": "All"}},
                operator={"watch_namespaces": ""},
            ) as world,
            History(plane, [world.namespace, world.elsewhere]) as history,
        ):
            yield Stage(world, history, "neighbours")


def in_elsewhere(world: GatedWorld, name: str, **spec: object) -> str:
    """A SIM in the second namespace, of the account of the first."""
    iccid = world.fresh()
    reference = {"name": "default", "namespace": world.namespace}
    body = world.manifest("SIM", name, {"iccid": iccid, "accountRef": reference, **spec})
    body["metadata"]["namespace"] = world.elsewhere
    world.apply(body)
    return iccid


def test_a_namespace_is_deleted_with_sims_that_must_be_disabled(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "namespace deleted with SIMs, some with finalizers") as world:
        off = [
            in_elsewhere(world, f"off-{number}", state="Enabled", deletionPolicy="Disable")
            for number in range(3)
        ]
        kept_on = in_elsewhere(world, "kept", state="Enabled", label="kept")
        beside = world.new("beside", state="Enabled", label="beside")
        world.becomes(kept_on, label="kept")
        world.until(
            lambda: all(
                "sim-operator.io/disable" in (one["metadata"].get("finalizers") or ())
                for one in sims_of(world, world.elsewhere)
                if one["metadata"]["name"].startswith("off")
            ),
            "the finalizers are there",
        )
        kubectl(world.cluster.kubeconfig, "delete", "namespace", world.elsewhere, "--wait=false")
        for iccid in off:
            world.becomes(iccid, status="Disabled")
        world.until(
            lambda: world.reader.get(f"/api/v1/namespaces/{world.elsewhere}") is None,
            "the namespace is gone",
            90,
        )
        assert world.at_1nce(kept_on)["status"] == "Enabled"
        assert world.at_1nce(beside)["label"] == "beside"
        kubectl(world.cluster.kubeconfig, "create", "namespace", world.elsewhere)


def sims_of(world: GatedWorld, namespace: str) -> list[dict[str, Any]]:
    """The SIM resources of a namespace."""
    path = f"/apis/sim-operator.io/v1alpha1/namespaces/{namespace}/sims"
    found = world.reader.get(path) or {}
    items: list[dict[str, Any]] = found.get("items") or []
    return items


@pytest.mark.parametrize("plural", ["sims", "simaccounts"])
def test_a_crd_is_deleted_and_created_again(town: Stage, tried: Tried, plural: str) -> None:
    with town.trial(tried, f"CRD {plural} deleted and created again") as world:
        iccid = world.new(f"of-{plural}", state="Enabled", label="mine")
        kubectl(world.cluster.kubeconfig, "delete", "crd", f"{plural}.sim-operator.io", timeout=120)
        world.until(
            lambda: (
                world.operator.metric(
                    "sim_operator_store_objects", kind={"sims": "SIM"}.get(plural, "SIMAccount")
                )
                == 0
            ),
            "nothing of it is held",
            90,
        )
        since = world.simulator.last_entry()
        world.simulator.patch_sim(iccid, status="Disabled", label="theirs")
        time.sleep(3.0)  # three times as long as sweeps are apart
        assert not world.puts(iccid, since)
        apply(world.cluster.kubeconfig, CRDS / f"{plural}.yaml")
        kubectl(
            world.cluster.kubeconfig,
            *("wait", "--for=condition=Established", "--timeout=30s"),
            f"crd/{plural}.sim-operator.io",
        )
        if plural == "sims":
            world.sim(f"of-{plural}", iccid, state="Enabled", label="mine")
        else:
            spec = {"requestsPerSecond": 10}
            protection = {"maxDisablesPerHour": 1_000}
            everyone = {"from": "All"}
            world.account(rateLimit=spec, protection=protection, allowedNamespaces=everyone)
        world.until(
            lambda: world.at_1nce(iccid)["status"] == "Enabled", "it is put right again", 90
        )
        world.until_acknowledged(f"of-{plural}", "Reconciled")


def test_a_secret_goes_and_comes_back(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "Secret deleted, wrong, and back") as world:
        iccid = world.new("secret", state="Enabled", label="mine")
        world.delete("default-credentials", "secret")
        world.until_reason("default", "SecretNotFound", kind="simaccount")
        since = world.simulator.last_entry()
        world.simulator.patch_sim(iccid, label="theirs")
        world.secret("default-credentials", client_secret="wrong")
        world.until_reason("default", "InvalidCredentials", kind="simaccount")
        assert not world.puts(iccid, since)
        world.secret("default-credentials")
        world.until_reason("default", "Reconciled", kind="simaccount")
        world.becomes(iccid, label="mine")


def test_nothing_of_the_odd_time_zone_reaches_a_resource(town: Stage, tried: Tried) -> None:
    with town.trial(tried, "process in a time zone that is half an hour off") as world:
        world.new("zone", state="Enabled")
        account = world.status("default", "simaccount")
        sim = world.get("sim", "zone") or {}
        made = datetime.fromisoformat(sim["metadata"]["creationTimestamp"])
        moments = [one["lastTransitionTime"] for one in sim["status"]["conditions"]]
        moments.append(account["lastSweep"]["finishedAt"])
        assert all(one.endswith("Z") for one in moments)
        assert all(abs(datetime.fromisoformat(one) - made) < MINUTES for one in moments)
