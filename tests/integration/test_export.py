"""`sim-operator export`: what is chosen, who may do it, and SIMs without a resource."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster import kubectl
from tests.integration.conftest import Alone
from tests.integration.exports import applied, contents, export, exported
from tests.integration.installing import granted, rule, service_account
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.trials import SECONDS, command, environment, versions
from tests.integration.world import Json
from tests.tether import tethered

pytestmark = pytest.mark.cluster

DOCS = Path(__file__).parents[2] / "docs"
KINDS = ["sims", "simaccounts", "quotapolicies"]


@pytest.fixture(scope="module")
def world(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimWorld]:
    """Two SIMs of an account with eight, a policy that selects one of them, and one elsewhere."""
    with opened(
        alone.cluster,
        alone.operator_kubeconfig,
        tmp_path_factory.mktemp("export"),
        sims=8,
        account={"allowedNamespaces": {"from": "All"}},
    ) as made:
        made.new("pump", state="Enabled", labels={"fleet": "pumps"})
        made.new("gate")
        limit = {"data": {"perSIM": "40Mi"}}
        policies = [
            made.manifest("QuotaPolicy", name, {"selector": {"matchLabels": labels}, **limit})
            for name, labels in (("pumps", {"fleet": "pumps"}), ("nobody", {"fleet": "none"}))
        ]
        other = made.manifest("SIM", "far", {"iccid": made.fresh()})
        other["metadata"]["namespace"] = made.elsewhere
        made.apply(*policies, other)
        yield made


def _documents(text: str) -> list[Json]:
    return list(yaml.safe_load_all(text))


def _names(text: str) -> set[str]:
    return {f"{one['kind']}/{one['metadata']['name']}" for one in _documents(text)}


def test_a_namespace_is_exported_as_one_stream(world: SimWorld) -> None:
    made = exported(world, "-n", world.namespace, "-o", "yaml")
    assert [one["kind"] for one in _documents(made.out)] == [
        "QuotaPolicy",
        "QuotaPolicy",
        "SIM",
        "SIM",
        "SIMAccount",
    ]
    assert "Exported: 2 SIMs, 1 SIMAccount, 2 QuotaPolicies." in made.err
    assert made.out == exported(world, "-n", world.namespace).out


def test_an_account_comes_with_what_belongs_to_it_in_every_namespace(world: SimWorld) -> None:
    made = exported(world, "--account", f"{world.namespace}/default")
    assert _names(made.out) == {
        "QuotaPolicy/pumps",
        "SIM/pump",
        "SIM/gate",
        "SIM/far",
        "SIMAccount/default",
    }
    no_default = exported(
        world, "--account", f"{world.namespace}/default", SIM_OPERATOR_DEFAULT_ACCOUNT=""
    )
    assert _names(no_default.out) == {"SIMAccount/default"}


def test_all_is_all(world: SimWorld) -> None:
    made = exported(world, "--all")
    places = {one["metadata"]["namespace"] for one in _documents(made.out)}
    assert {world.namespace, world.elsewhere} <= places


def test_what_is_not_there_is_said_and_leaves_an_earlier_export_alone(
    world: SimWorld, tmp_path: Path
) -> None:
    exported(world, "-n", world.namespace, "--to", str(tmp_path))
    before = contents(tmp_path)
    for scope, said in (
        (("-n", "no-such-place"), "nothing to export in namespace no-such-place"),
        (("--account", "no-such/place"), "SIMAccount no-such/place does not exist"),
    ):
        made = export(world, *scope, "--to", str(tmp_path), "--force")
        assert (made.code, made.out) == (1, "")
        assert said in made.err
    assert contents(tmp_path) == before


def test_an_object_that_is_going_is_left_out_with_a_word(world: SimWorld) -> None:
    world.new("going", deletionPolicy="Disable")
    world.has_finalizer("going")
    world.simulator.fault("status", status=503, match={"operation": "updateSim"})
    world.delete("going")
    try:
        made = exported(world, "-n", world.namespace)
    finally:
        world.simulator.clear_faults()
    assert "SIM/going" not in _names(made.out)
    assert "being deleted: 1 of kind SIM" in made.err
    world.is_gone("going")


# Rights


def test_who_may_not_list_is_told_which_right_is_needed(world: SimWorld, tmp_path: Path) -> None:
    person = service_account(world.cluster, world.namespace, "exporter", tmp_path)
    refused = export(world, "-n", world.namespace, kubeconfig=person)
    assert (refused.code, refused.out) == (1, "")
    assert "sims.sim-operator.io is forbidden" in refused.err
    assert f"create role sim-operator-export -n {world.namespace} --verb=list" in refused.err

    granted(world.cluster, world.namespace, "exporter", rule("list", on=KINDS))
    world.until(
        lambda: export(world, "-n", world.namespace, kubeconfig=person).code == 0,
        "the right to list is all that is needed",
    )
    everything = export(world, "--all", kubeconfig=person)
    assert everything.code == 1
    assert "in all namespaces: kubectl create clusterrole" in everything.err
    unclaimed = export(world, "-n", world.namespace, "--unclaimed", kubeconfig=person)
    assert unclaimed.code == 1
    assert "in all namespaces: kubectl create clusterrole" in unclaimed.err


def test_secrets_are_named_and_never_shown(world: SimWorld, tmp_path: Path) -> None:
    made = exported(world, "-n", world.namespace, "--to", str(tmp_path / "export"), "--unclaimed")
    text = b"\n".join(contents(tmp_path / "export").values()).decode() + made.out + made.err
    assert f"Secret {world.namespace}/default-credentials" in text
    assert "demo-client" not in text
    assert "demo-secret" not in text


def test_the_overlay_of_the_documentation_is_what_observe_does(
    world: SimWorld, tmp_path: Path
) -> None:
    page = (DOCS / "how-to" / "back-up-and-restore.md").read_text(encoding="utf-8")
    overlay = next(
        block
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        if "kind: Kustomization" in block
    )
    exported(world, "-n", world.namespace, "--to", str(tmp_path / "fleet"))
    (tmp_path / "observe").mkdir()
    (tmp_path / "observe" / "kustomization.yaml").write_text(overlay, encoding="utf-8")
    built = kubectl(world.cluster.kubeconfig, "kustomize", str(tmp_path / "observe"))
    wanted = exported(world, "-n", world.namespace, "--observe").out
    assert _documents(built) == _documents(wanted)


# SIMs without a resource


def test_sims_that_nobody_claims_become_resources_that_only_look(
    world: SimWorld, tmp_path: Path
) -> None:
    one, two, three, four, five = world.iccids[3:8]
    for iccid, label in ((one, "Boiler 7"), (two, "twin"), (three, "Twin"), (four, "pump")):
        world.simulator.patch_sim(iccid, label=label)
    world.simulator.patch_sim(five, label="Kühlhaus")
    since = world.simulator.last_entry()
    world.operator.stop()
    before = versions(world)
    made = exported(world, "-n", world.namespace, "--unclaimed")
    assert versions(world) == before
    world.operator.start()
    found = {
        one["metadata"]["name"]: one["spec"] for one in _documents(made.out) if one["kind"] == "SIM"
    }
    assert found.keys() - {"pump", "gate"} == {
        "boiler-7",
        f"sim-{two}",
        f"sim-{three}",
        f"sim-{four}",
        f"sim-{five}",
    }
    assert found["boiler-7"] == {
        "iccid": one,
        "accountRef": {"name": "default"},
        "managementPolicy": "Observe",
    }

    exported(world, "-n", world.namespace, "--unclaimed", "--to", str(tmp_path))
    applied(world, tmp_path)
    for name in ("boiler-7", f"sim-{five}"):
        world.until_reason(name, "Observing")
    again = exported(world, "-n", world.namespace, "--unclaimed")
    assert again.out == made.out
    assert world.simulator.journal(since=since, writes=True) == []
    world.kubectl("delete", "sims", *(found.keys() - {"pump", "gate"}))


def test_an_account_that_cannot_be_read_ends_it(world: SimWorld) -> None:
    refused = export(
        world, "-n", world.namespace, "--unclaimed", SIM_OPERATOR_ALLOWED_ENDPOINTS="https://a.b"
    )
    assert (refused.code, refused.out) == (1, "")
    assert "SIM_OPERATOR_ALLOWED_ENDPOINTS" in refused.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_and_leaves_no_folder_behind(
    world: SimWorld, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    world.operator.stop()
    world.simulator.fault("latency", seconds=30, match={"operation": "listSims"})
    last = world.simulator.last_entry()
    to = str(tmp_path / "export")
    process = subprocess.Popen(
        tethered(command("export", "-n", world.namespace, "--unclaimed", "--to", to)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(world),
    )
    try:
        world.until(lambda: world.simulator.journal(since=last), "it reads")
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        world.simulator.clear_faults()
        world.operator.start()
    assert (process.returncode, out) == (code, "")
    assert err == "Interrupted; nothing was written.\n"
    assert list(tmp_path.iterdir()) == []
