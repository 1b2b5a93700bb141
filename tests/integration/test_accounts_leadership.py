"""Two replicas, one Lease: one of them works, the other one is ready to."""

import json
import os
import re
import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.tenants import Tenant, Tenants, opened
from tests.integration.world import Json

CANARY = "canary-9f8e7d6c5b4a"
LEASE_SECONDS = 15.0


class Replicas:
    """Both replicas and the one account that they work for."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.one = tenant.operator
        self.two = tenant.operator.replica(tenant.folder / "replica.log")
        self.leader, self.standby = self.one, self.two

    def restore(self) -> None:
        """Both run, one leads, the other one is ready."""
        for process in (self.one, self.two):
            if not process.runs:
                process.start()
        self.tenant.until(self._is_settled, "one of them leads")

    def _is_settled(self) -> bool:
        leading = [one for one in (self.one, self.two) if leads(one)]
        if len(leading) != 1:
            return False
        self.leader = leading[0]
        self.standby = self.two if self.leader is self.one else self.one
        self.tenant.operator = self.leader
        return True


def leads(process: OperatorProcess) -> bool:
    return process.metric("sim_operator_leader") == 1


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("leadership")
    with opened(
        cluster,
        operator_kubeconfig,
        folder,
        leader_election="true",
        log_level="DEBUG",
        log_format="json",
    ) as world:
        tenants = Tenants(world)
        tenant = tenants.new()
        tenants.allow(tenant.client_id, CANARY, tenant.name)
        tenant.client_secret = CANARY
        tenant.account()
        replicas = Replicas(tenant)
        try:
            yield replicas
        finally:
            replicas.two.kill()


@pytest.fixture
def replicas(made: Replicas) -> Replicas:
    made.restore()
    return made


def test_a_standby_is_ready_and_watches_and_calls_nobody(replicas: Replicas) -> None:
    tenant, leader, standby = replicas.tenant, replicas.leader, replicas.standby
    tenant.sim("lamp", state="Enabled")
    tenant.until_reason("lamp", "Reconciled")

    for process, role in ((leader, "leading"), (standby, "standing by")):
        status, body = process.get("/readyz")
        assert (status, json.loads(body)["reason"]) == (200, role)
        status, body = process.get("/healthz")
        assert (status, json.loads(body)["stuck"]) == (200, [])
    assert "sim_info{" in leader.get("/metrics")[1]
    shown = standby.get("/metrics")[1]
    assert not re.search(r"^sim_(?!operator_)\w+\{", shown, re.MULTILINE)
    assert not re.search(r"^(onence|simaccount)_\w+\{", shown, re.MULTILINE)
    assert standby.metric("sim_operator_store_objects", kind="SIM") == 1
    assert standby.metric("sim_operator_status_writes_total") == 0


def test_a_leader_that_is_gone_is_replaced_and_writes_nothing_when_it_comes_back(
    replicas: Replicas,
) -> None:
    tenant, old, new = replicas.tenant, replicas.leader, replicas.standby
    tenant.sim("mast", 1, state="Enabled")
    tenant.until_reason("mast", "Reconciled")
    of_old = {one["token"] for one in tenant.calls() if one["operation"] == "listSims"}
    asked = tenant.simulator.last_entry()

    os.kill(old.pid, signal.SIGSTOP)  # to everybody else it is dead, and it does not know
    tenant.patch("sim", "mast", {"label": "written by one of the two"})

    tenant.operator = new
    tenant.until(lambda: leads(new), "the standby leads", seconds=2 * LEASE_SECONDS)
    label = "written by one of the two"
    tenant.until(lambda: tenant.at_1nce(tenant.iccids[1])["label"] == label, "it acts")
    os.kill(old.pid, signal.SIGCONT)
    assert old.wait(20) != 0
    [write] = [one for one in tenant.writes() if one["seq"] > asked]
    assert write["token"] not in of_old
    assert "Lease" in old.text()


def test_a_leader_that_is_told_to_end_hands_over_at_once(replicas: Replicas) -> None:
    tenant, old, new = replicas.tenant, replicas.leader, replicas.standby

    assert old.stop() == 0

    # Sooner than the Lease would have run out.
    tenant.until(lambda: leads(new), "the standby leads", seconds=LEASE_SECONDS - 5)
    tenant.operator = new
    tenant.sweeps(1)


def test_a_leader_whose_lease_was_taken_ends_with_an_error(replicas: Replicas) -> None:
    tenant, leader = replicas.tenant, replicas.leader
    assert replicas.standby.stop() == 0

    tenant.kubectl("patch", "lease", "sim-operator", "--type=merge", "-p", thief())

    assert leader.wait(LEASE_SECONDS) != 0
    asked = tenant.simulator.last_entry()
    lease = json.loads(tenant.kubectl("get", "lease", "sim-operator", "-o", "json"))
    assert lease["spec"]["holderIdentity"] == "a-thief"
    assert tenant.calls(since=asked) == []
    tenant.kubectl("delete", "lease", "sim-operator")


def test_no_secret_and_no_token_is_ever_shown(replicas: Replicas) -> None:
    tenant = replicas.tenant
    tenant.secret(f"{tenant.name}-credentials", client_secret=f"wrong-{CANARY}")
    tenant.simulator.revoke_tokens()
    tenant.account_becomes("InvalidCredentials")
    tenant.secret(f"{tenant.name}-credentials")
    tenant.is_ready()

    shown = [tenant.kubectl("get", "sims,simaccounts,events,leases", "-o", "yaml")]
    for process in (replicas.one, replicas.two):
        shown += [process.text(), *(process.get(f"/{one}")[1] for one in PAGES)]

    basic = b64encode(f"{tenant.client_id}:{CANARY}".encode()).decode()
    for text in shown:
        assert text
        for secret in (CANARY, b64encode(CANARY.encode()).decode(), basic, "Bearer ey"):
            assert secret not in text
        # A token has thousands of characters; the sketch of the SIMs is shorter.
        assert not re.search(r"(?<![\w-])[\w-]{1000,}", text)


PAGES = ("metrics", "healthz", "readyz")


def thief() -> str:
    spec: Json = {"holderIdentity": "a-thief", "leaseDurationSeconds": 3600}
    return json.dumps({"spec": spec})
