"""What an account costs while nothing happens, and what it shows of itself."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from tests.cluster import AuditEvent, Cluster, audit_events
from tests.integration.conftest import OPERATOR_NAMESPACE
from tests.integration.tenants import opened
from tests.integration.world import Json, World

CLAIMED = 5
PAGES = 3
RATE = 8
SIM = {"namespace", "name", "iccid"}
SHOWN_PER_SIM = {
    "sim_info": SIM | {"account", "label", "imei", "ip"},
    "sim_enabled": SIM,
    "sim_session_online": SIM,
    "sim_ready": SIM,
    "sim_data_quota_bytes": SIM,
    "sim_data_quota_remaining_bytes": SIM,
    "sim_sms_quota": SIM,
    "sim_sms_quota_remaining": SIM,
    "sim_quota_expiry_timestamp_seconds": SIM,
}
SHOWN = {
    **SHOWN_PER_SIM,
    "simaccount_sims": {"account", "state"},
    "simaccount_ready": {"account"},
    "simaccount_sweep_duration_seconds_bucket": {"account", "le"},
    "simaccount_sweep_last_success_timestamp_seconds": {"account"},
    "onence_requests_total": {"account", "operation", "code"},
    "onence_request_duration_seconds_bucket": {"account", "operation", "le"},
    "onence_throttle_wait_seconds_bucket": {"account", "le"},
    "onence_rate_limit_remaining": {"account"},
    "sim_operator_reconcile_total": {"outcome"},
    "sim_operator_status_writes_total": set(),
    "sim_operator_store_objects": {"kind"},
    "sim_operator_leader": set(),
    "sim_operator_last_event_timestamp_seconds": set(),
    "sim_operator_build_info": {"version", "python", "kopf"},
}


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Of 250 SIMs five are claimed and in sync."""
    folder = tmp_path_factory.mktemp("steady")
    with opened(cluster, operator_kubeconfig, folder, sims=250, leader_election="true") as made:
        made.account(rateLimit={"requestsPerSecond": RATE})
        for number in range(CLAIMED):
            state = made.at_1nce(made.iccids[number])["status"]
            made.sim(f"sim-{number}", number, state=state)
        made.operator.start()
        for number in range(CLAIMED):
            made.until_reason(f"sim-{number}", "Reconciled")
        yield made


def writes_to_kubernetes(world: World) -> list[AuditEvent]:
    log = world.cluster.audit_log
    if log is None:
        pytest.skip("this cluster gives no audit log")
    user = f"system:serviceaccount:{OPERATOR_NAMESPACE}:sim-operator"
    found = audit_events(log, user)
    return [one for one in found if one.is_write and one.namespace == world.namespace]


def test_a_quiet_fleet_costs_its_list_calls_and_one_status_a_sweep(world: World) -> None:
    world.sweeps(1)
    asked, written = world.simulator.last_entry(), len(writes_to_kubernetes(world))

    world.sweeps(4)

    calls = world.simulator.journal(since=asked)
    assert {one["operation"] for one in calls} == {"listSims"}
    sweeps = whole_sweeps(calls)
    assert len(sweeps) >= 3
    assert all(pages == list(range(1, PAGES + 1)) for pages in sweeps)
    writes = writes_to_kubernetes(world)[written:]
    assert {(one.resource, one.subresource, one.name) for one in writes} == {
        ("simaccounts", "status", "default"),
        ("leases", "", "sim-operator"),
    }
    statuses = [one for one in writes if one.subresource == "status"]
    assert len(statuses) <= len(sweeps) + 2


def whole_sweeps(calls: list[Json]) -> list[list[int]]:
    """Page numbers, sweep by sweep, without those that were cut off at either end."""
    sweeps: list[list[int]] = []
    for call in calls:
        found = re.search(r"(?:^|&)page=(\d+)", call["query"])
        assert found is not None, call
        if found[1] == "1":
            sweeps.append([])
        if sweeps:
            sweeps[-1].append(int(found[1]))
    return [sorted(one) for one in sweeps[:-1]]


def test_details_fill_in_for_every_claimed_sim_at_the_pace_that_is_allowed(world: World) -> None:
    asked = world.simulator.last_entry()

    world.patch("simaccount", "default", {"sync": {"detailInterval": "1s"}})

    for number in range(CLAIMED):
        name = f"sim-{number}"
        world.until(partial(_has_details, world, name), f"the details of {name}")
    world.sweeps(3)
    status = world.status("default", "simaccount")
    # Five SIMs at three reads each, in half of eight a second, take four seconds; the list takes
    # its share as well.
    assert status["effectiveIntervals"] == {"sweep": "1s", "detail": "4s"}
    message = world.condition("default", kind="simaccount")["message"]
    assert "stretches" in message
    starts = sorted(
        float(one["monotonic"])
        for one in world.simulator.journal(since=asked)
        if one["operation"] != "token"
    )
    # A fifth of the second is left for the way from one process to the other.
    crowded = [
        late - early
        for early, late in zip(starts, islice(starts, RATE, None), strict=False)
        if late - early < 0.8
    ]
    assert crowded == []
    assert {one["status"] for one in world.simulator.journal(since=asked)} == {200}
    world.patch("simaccount", "default", {"sync": {"detailInterval": "0s"}})


def _has_details(world: World, name: str) -> bool:
    status = world.status(name)
    return "remaining" in status.get("quota", {}).get("data", {}) and "session" in status


def test_metrics_carry_the_names_and_labels_that_dashboards_rely_on(world: World) -> None:
    world.until(lambda: world.operator.metric("sim_data_quota_bytes") > 0, "details were read once")
    shown: dict[str, set[str]] = {}
    for line in world.operator.get("/metrics")[1].splitlines():
        found = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line)
        if found is not None:
            shown[found[1]] = set(re.findall(r'(\w+)="', found[2] or ""))

    for name, labels in SHOWN.items():
        assert shown.get(name) == labels, name

    account = f"{world.namespace}/default"
    states = {"total": 250, "claimed": CLAIMED, "unclaimed": 250 - CLAIMED}
    for state, number in states.items():
        assert world.operator.metric("simaccount_sims", account=account, state=state) == number
    assert world.operator.metric("simaccount_ready", account=account) == 1
    assert world.operator.metric("sim_ready") == CLAIMED
    truth = [world.at_1nce(iccid)["status"] for iccid in world.iccids[:CLAIMED]]
    assert world.operator.metric("sim_enabled") == truth.count("Enabled")
    counts = world.status("default", "simaccount")["sims"]
    assert counts["enabled"] + counts["disabled"] == counts["total"] == 250
