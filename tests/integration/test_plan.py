"""`sim-operator plan` says what the operator will do, and writes nothing anywhere."""

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.policy_worlds import Device, Fleet, Fleets, policy_world
from tests.integration.trials import (
    SECONDS,
    command,
    environment,
    planned,
    policy_text,
    tried,
    versions,
)
from tests.tether import tethered

OVER, FURTHER, NEAR, LIGHT, OFF = "01234"


@dataclass(frozen=True)
class Pumps:
    """Five SIMs: two over 40 MiB, one near, one far from it, and one that its owner wants off."""

    fleet: Fleet
    devices: list[Device]

    def __getitem__(self, number: str) -> Device:
        return self.devices[int(number)]


@pytest.fixture(scope="module")
def fleets(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    with policy_world(
        cluster, operator_kubeconfig, tmp_path_factory.mktemp("plan"), sims=80
    ) as made:
        yield made


@pytest.fixture
def pumps(fleets: Fleets) -> Iterator[Pumps]:
    fleet = fleets.new()
    made = Pumps(fleet, [*fleet.sims(4), *fleet.sims(1, state="Disabled")])
    for number, megabytes in ((OVER, 41), (FURTHER, 60), (NEAR, 34)):
        fleet.use(made[number], megabytes)
    fleet.world.until(lambda: not fleet.is_on(made[OFF]), "the owner's disable")
    yield made
    if not fleet.world.operator.runs:
        fleet.world.operator.start()
    fleet.end()


def test_a_plan_says_who_would_go_and_neither_side_sees_a_write(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    world.operator.stop()
    before, last = versions(world), world.simulator.last_entry()
    made = planned(world, policy_text(fleet, maxDisabled=1))

    assert made.would() == {
        OVER: "Hold",
        FURTHER: "Disable",
        NEAR: "Warn",
        LIGHT: "None",
        OFF: "None",
    }
    plan = made.json
    assert (made.code, plan["policy"], plan["namespace"]) == (0, fleet.limit, world.namespace)
    assert (plan["mode"], plan["period"]) == ("Enforce", "2026-11")
    assert plan["asOf"] == "2026-11-15T12:00:00Z"
    assert plan["limits"] == {"data.perSIM": 40 * 2**20}
    summary = {
        "matched": 5,
        "warned": 1,
        "exceeded": 2,
        "disabled": 1,
        "alreadyOff": 0,
        "held": 1,
        "released": 0,
        "changed": 3,
        "usageUnknown": 0,
        "notRead": 0,
        "maxDisabled": 1,
    }
    assert plan["summary"] == summary
    account = f"{world.namespace}/default"
    (guard,) = plan["guards"]
    assert guard == {
        "account": account,
        "maxDisablesPerHour": 1000,
        "wanted": 1,
        "atOnce": 1,
        "hours": 0,
    }
    sims = made.sims()
    further = sims[FURTHER]
    assert 60 * 2**20 <= further["used"]["data"] < 66 * 2**20
    assert 150 <= further["percent"] < 165
    assert (further["limit"], further["state"]) == ("data.perSIM", "Enabled")
    assert further["iccid"] == pumps[FURTHER].iccid
    assert further["account"] == account
    assert further["now"] is None
    assert "It comes back on 2026-12-01 (Etc/UTC)." in further["why"]
    assert further["exhaustsAt"] == "2026-11-15"
    assert "maxDisabled (1) is reached" in sims[OVER]["why"]
    assert sims[OFF]["reason"] == "OwnerDisabled"

    assert versions(world) == before
    assert world.get("quotapolicy", fleet.limit) is None
    calls = world.simulator.journal(since=last)
    assert {one["operation"] for one in calls} >= {"listSims", "getUsage", "getDataQuota"}
    assert {one["method"] for one in calls if "oauth" not in one["path"]} == {"GET"}


def test_the_operator_then_does_what_the_plan_said(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    text = policy_text(fleet, maxDisabled=1)
    # The use of all is known before a place is given away: the plan knows it, too.
    fleet.policy(mode="Audit", action="None")
    fleet.in_force()
    would = planned(world, text).would()
    fleet.policy(maxDisabled=1)
    for number, action in would.items():
        fleet.until_told(pumps[number], action=action)
    fleet.until_policy(matched=5, exceeded=2, disabled=1, held=1, warned=1)
    fleet.until_off(pumps[FURTHER])

    again = planned(world, text)
    assert again.would() == would
    assert again.json["summary"]["alreadyOff"] == 1
    assert again.json["summary"]["changed"] == 0
    assert again.json["guards"] == []
    assert again.sims()[FURTHER]["now"]["action"] == "Disable"
    assert planned(world, text, "--only-changes").json["sims"] == []


def test_a_plan_tells_whom_a_change_releases(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    fleet.policy()
    fleet.until_off(pumps[OVER])
    fleet.until_off(pumps[FURTHER])

    higher = planned(world, policy_text(fleet, data={"perSIM": "50Mi"}), "--exit-code")
    assert higher.code == 3
    sims = higher.sims()
    assert sims[OVER]["released"]
    assert "raised data.perSIM above what is used. It comes back." in sims[OVER]["why"]
    assert sims[OVER]["would"] == "Warn"
    assert not sims[FURTHER]["released"]
    assert higher.json["summary"]["released"] == 1
    assert higher.json["summary"]["alreadyOff"] == 1

    audit = planned(world, policy_text(fleet, mode="Audit", data={"perSIM": "1Gi"}), "--exit-code")
    assert audit.code == 0
    assert {name for name, one in audit.sims().items() if one["released"]} == {OVER, FURTHER}

    other = planned(world, policy_text(fleet, selector={"matchLabels": {"fleet": "none"}}))
    assert {name for name, one in other.sims().items() if one["released"]} == {OVER, FURTHER}
    assert other.json["summary"]["matched"] == 0
    assert not fleet.is_on(pumps[OVER])


def test_a_policy_of_higher_rank_in_the_cluster_decides(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    first = fleet.policy(f"{fleet.name}-first", priority=5, action="None")
    made = planned(world, policy_text(fleet))
    assert made.would()[FURTHER] == "None"
    assert f"QuotaPolicy {first} comes before this one" in made.sims()[FURTHER]["why"]
    above = planned(world, policy_text(fleet, priority=6))
    assert above.would()[FURTHER] == "Disable"


def test_a_table_names_every_sim_and_what_it_comes_to(pumps: Pumps, tmp_path: Path) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    file = tmp_path / "policy.yaml"
    pool = policy_text(fleet, "pool", data={"pool": "100Mi"}, mode="Audit", maxDisabled="20%")
    file.write_text(policy_text(fleet) + "---\n" + pool, encoding="utf-8")
    made = tried(world, "plan", "-f", str(file), "--only-changes")
    assert made.code == 0, made.err
    lines = made.out.splitlines()
    assert lines[0] == f"QuotaPolicy {world.namespace}/{fleet.limit}, 2026-11, Enforce"
    head = "SIM STATE USED % OF LIMIT NOW WOULD WHY EXHAUSTS"
    assert lines[1].split() == head.split()
    row = next(line for line in lines if line.startswith(pumps[FURTHER].name)).split()
    assert row[1] == "Enabled"
    assert row[2].endswith("Mi")
    assert row[4:8] == ["%", "-", "Disable", "data.perSIM"]
    assert not any(line.startswith(pumps[LIGHT].name) for line in lines)
    assert "5 matched: 1 warned, 2 exceeded, 2 disabled (0 of them off already)" in made.out
    assert "pool, 2026-11, Audit: it only says what it would do" in made.out
    assert "of 100Mi used." in made.out


def test_without_the_right_to_create_policies_a_policy_is_checked_here(
    pumps: Pumps, operator_kubeconfig: Path
) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    made = planned(world, policy_text(fleet), kubeconfig=operator_kubeconfig)
    assert made.would()[FURTHER] == "Disable"
    assert any("checked here instead" in note for note in made.json["notes"])
    for text, said in (
        (policy_text(fleet, data=None), "a policy needs a limit"),
        (policy_text(fleet, warnAtPercent=[95, 80]), "the percentages have to rise"),
        (policy_text(fleet, dta={"perSIM": "1Mi"}), "there is no field spec.dta"),
    ):
        refused = planned(world, text, kubeconfig=operator_kubeconfig)
        assert refused.code == 2
        assert said in refused.err


def test_what_cannot_be_tried_is_refused_in_a_sentence(fleets: Fleets) -> None:
    fleet, world = fleets.new(), fleets.world
    lifetime = {"period": "Lifetime", "resume": "NextPeriod"}
    for text, said in (
        ("", "standard input holds no QuotaPolicy"),
        ("a: [", "standard input is no YAML"),
        ("- 1", "document 1 is no Kubernetes object"),
        ("apiVersion: v1\nkind: Secret\n", "is of kind Secret (v1): only QuotaPolicy"),
        (policy_text(fleet) + "---\n" + policy_text(fleet), "has two QuotaPolicies"),
        (policy_text(fleet, period="Hourly"), "Unsupported value"),
        (policy_text(fleet, **lifetime), "a Lifetime has no next period"),
        (policy_text(fleet, dta=1), 'unknown field "spec.dta"'),
        (policy_text(fleet, timeZone="Mars/Base"), "spec.timeZone: 'Mars/Base' is not a time zone"),
    ):
        made = planned(world, text)
        assert (made.code, made.out) == (2, ""), made.err
        assert said in made.err
    missing = tried(world, "plan", "-f", "/nowhere/policy.yaml")
    assert missing.code == 2
    assert "/nowhere/policy.yaml cannot be read" in missing.err
    elsewhere = planned(world, policy_text(fleet).replace(world.namespace, "no-such-namespace"))
    assert elsewhere.code == 2
    assert "namespace does not exist" in elsewhere.err
    assert world.get("quotapolicy", fleet.limit) is None


def test_what_cannot_be_reached_is_said(pumps: Pumps, tmp_path: Path) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    text = policy_text(fleet)
    nowhere = planned(world, text, kubeconfig=tmp_path / "kubeconfig")
    assert nowhere.code == 1
    assert "kubeconfig" in nowhere.err
    refused = planned(world, text, SIM_OPERATOR_ALLOWED_ENDPOINTS="https://api.1nce.com")
    assert refused.code == 1
    assert "SIM_OPERATOR_ALLOWED_ENDPOINTS" in refused.err
    world.simulator.fault("status", status=503, match={"operation": "getUsage"})
    down = planned(world, text)
    assert (down.code, down.out) == (1, "")
    assert "the use of SIM" in down.err


def test_with_a_bound_the_heaviest_are_read_and_the_others_are_counted(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    fleet.policy(mode="Audit")
    for number in (OVER, FURTHER):
        fleet.until_told(pumps[number], wouldDo="Disable")
    made = planned(world, policy_text(fleet), "--max-sims", "2")
    assert {name for name, one in made.sims().items() if one["wasRead"]} == {OVER, FURTHER}
    assert made.json["summary"]["notRead"] == 3
    assert made.would()[FURTHER] == "Disable"


def test_an_interrupted_plan_ends_without_a_trace(pumps: Pumps) -> None:
    fleet, world = pumps.fleet, pumps.fleet.world
    world.operator.stop()
    world.simulator.fault("latency", seconds=30, match={"operation": "getUsage"})
    last = world.simulator.last_entry()
    process = subprocess.Popen(
        tethered(command("plan", "-f", "-")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(world),
    )
    assert process.stdin is not None
    process.stdin.write(policy_text(fleet))
    process.stdin.close()
    process.stdin = None
    world.until(lambda: world.simulator.journal(since=last), "the plan reads")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (130, "")
    assert err == "Interrupted; nothing was written.\n"
