"""The witnesses are not blind: each promise is broken here by somebody, and that is found."""

import base64
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.chaos.history import History
from tests.chaos.promises import Leeway, hurried, overwritten, paid, repeated, unjustified
from tests.cluster import Cluster, apply, kubectl
from tests.integration.world import Json
from tests.simulated import SimulatorProcess

SPECS: Final[dict[str, Json]] = {
    "on": {"state": "Enabled"},
    "off": {"state": "Disabled"},
    "reserved": {"state": "Disabled"},
    "locked": {"imeiLock": "Locked"},
    "named": {"label": "named"},
    "suspended": {"state": "Disabled", "suspend": True},
    "observed": {"state": "Disabled", "managementPolicy": "Observe"},
}


@dataclass
class Crime:
    """A namespace with resources and no operator, and a 1NCE that anybody may write to."""

    cluster: Cluster
    kubeconfig: Path
    namespace: str
    simulator: SimulatorProcess
    history: History
    iccids: dict[str, str]

    def put(self, name: str, **change: Any) -> None:
        """Somebody with credentials changes a SIM, in v2, and nothing but this."""
        with self.simulator.client() as client:
            answer = client.put(f"/v2/sims/{self.iccids[name]}", json=change)
            assert answer.is_success, answer.text

    def patch(self, name: str, body: Json, subresource: str = "") -> None:
        """Somebody patches a resource as the operator, with its token."""
        content = json.loads(self.kubeconfig.read_text(encoding="utf-8"))
        server = content["clusters"][0]["cluster"]
        ca = base64.b64decode(server["certificate-authority-data"]).decode()
        headers = {
            "Authorization": f"Bearer {content['users'][0]['user']['token']}",
            "Content-Type": "application/merge-patch+json",
        }
        path = f"/apis/sim-operator.io/v1alpha1/namespaces/{self.namespace}/sims/{name}"
        context = ssl.create_default_context(cadata=ca)
        with httpx.Client(base_url=server["server"], verify=context, trust_env=False) as client:
            answer = client.patch(
                f"{path}{subresource}?fieldManager=sim-operator", json=body, headers=headers
            )
            assert answer.is_success, answer.text

    def found(self) -> dict[str, list[str]]:
        """What is said about the changes of each SIM by now."""
        time.sleep(0.2)
        self.history.catch_up()
        broken = unjustified(self.simulator.journal(), self.history, Leeway(0.0, 0.5))
        names = {iccid: name for name, iccid in self.iccids.items()}
        said: dict[str, list[str]] = {}
        for line in broken:
            name = names[line.split("SIM ")[1].split(",")[0]]
            said.setdefault(name, []).append(line.split(": ")[-1])
        return said


@pytest.fixture(scope="module")
def crime(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crime]:
    namespace = "scene-of-crimes"
    kubectl(cluster.kubeconfig, "create", "namespace", namespace)
    with SimulatorProcess(10, oddities=False, rate_limit=0) as simulator:
        iccids = [str(one["iccid"]) for one in simulator.sims()]
        named = dict(zip([*SPECS, "nobody's"], iccids, strict=False))
        for iccid in iccids:
            simulator.patch_sim(iccid, status="Enabled", label="", imei_lock=True)
        api = "sim-operator.io/v1alpha1"
        account = {"endpoint": simulator.endpoint, "credentialsSecretRef": {"name": "none"}}
        bodies: list[tuple[str, str, Json]] = [("SIMAccount", "default", account)]
        bodies += [("SIM", name, {"iccid": named[name]} | spec) for name, spec in SPECS.items()]
        for kind, name, spec in bodies:
            metadata = {"name": name, "namespace": namespace}
            body = {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
            apply(cluster.kubeconfig, body)
        with History(cluster, [namespace]) as history:
            yield Crime(cluster, operator_kubeconfig, namespace, simulator, history, named)
    kubectl(cluster.kubeconfig, "delete", "namespace", namespace, "--wait=false")


def test_a_change_that_nobody_asked_for_is_found(crime: Crime) -> None:
    account = ("simaccount", "default", f"--namespace={crime.namespace}")
    uid = next(one.uid for one in crime.history.versions("sims") if one.name == "reserved")
    place = {"uid": uid, "at": "2026-11-29T00:00:00Z"}
    reserved = json.dumps({"status": {"protection": {"reservations": [place]}}})
    options = ("--subresource=status", "--type=merge", "-p", reserved)
    kubectl(crime.cluster.kubeconfig, "patch", *account, *options)

    for name in ("nobody's", "on", "off", "reserved", "suspended", "observed"):
        crime.put(name, status="Disabled")
    crime.put("locked", imei_lock=False)
    crime.put("named", label="named")

    found = crime.found()
    stranger = ["no resource that may act names this SIM"]
    unreserved = "no place in the disable budget was reserved for it"
    assert found["nobody's"] == found["suspended"] == found["observed"] == stranger
    unasked = "nobody asked for it to be switched off, and no hold is on record"
    assert found["on"] == [unasked, unreserved]
    assert found["off"] == [unreserved]
    assert found["locked"] == ["nobody asked for imei_lock False"]
    assert found.keys().isdisjoint({"reserved", "named"}), "these were asked for"


def test_a_hold_that_nothing_has_ended_forbids_to_switch_on(crime: Crime) -> None:
    crime.simulator.patch_sim(crime.iccids["on"], status="Disabled")
    hold = {"policyUID": "x", "period": "2026-11", "since": "2026-11-01T00:00:00Z"}
    policy = {"name": "limit", "mode": "Enforce", "hold": hold | {"stateBefore": "Enabled"}}
    made = {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": "QuotaPolicy",
        "metadata": {"name": "limit", "namespace": crime.namespace},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "data": {"perSIM": "1Mi"}},
    }
    apply(crime.cluster.kubeconfig, made)
    crime.history.catch_up()
    hold["policyUID"] = crime.history.versions("quotapolicies")[0].uid
    hold["period"] = crime.simulator.control("GET", "time")["now"][:7]
    policy["hold"] = hold | {"stateBefore": "Enabled"}
    crime.patch("on", {"status": {"policy": policy}}, "/status")
    crime.history.catch_up()
    time.sleep(0.6)
    first = crime.simulator.last_entry()
    crime.put("on", status="Enabled")
    assert _lines(crime, first) == ["a policy kept it off, and nothing has ended that"]

    crime.simulator.patch_sim(crime.iccids["on"], status="Disabled")
    kubectl(crime.cluster.kubeconfig, "delete", "quotapolicy", "limit", "-n", crime.namespace)
    first = crime.simulator.last_entry()
    crime.put("on", status="Enabled")
    time.sleep(0.6)
    assert _lines(crime, first) == []


def _lines(crime: Crime, since: int) -> list[str]:
    crime.history.catch_up()
    journal = crime.simulator.journal(since=since)
    return [one.split(": ")[-1] for one in unjustified(journal, crime.history, Leeway(0.0, 0.1))]


def test_a_spec_that_the_operator_writes_is_found(crime: Crime) -> None:
    assert not any("locked" in line for line in overwritten(crime.history))
    crime.patch("locked", {"spec": {"label": "mine now"}})
    crime.history.catch_up()
    assert any("locked" in line and "f:spec" in line for line in overwritten(crime.history))


def test_a_status_that_says_nothing_new_is_found(crime: Crime) -> None:
    if crime.cluster.audit_log is None:
        pytest.skip("this cluster has no audit log")
    status = {"status": {"label": "seen"}}
    crime.patch("named", status, "/status")
    assert not any("/named" in line for line in repeated(crime.history))
    crime.patch("named", status, "/status")
    assert crime.history.gaps == []
    assert any("/named: 2 statuses written, 1 were new" in line for line in repeated(crime.history))


def _call(at: float, **more: Any) -> Json:
    call = {"client_id": "a", "token": "t", "method": "GET", "monotonic": at, "paid": False}
    return call | {"seq": 1, "operation": "listSims"} | more


def test_a_crowd_of_calls_is_found() -> None:
    orderly = [_call(number / 10) for number in range(200)]
    assert hurried(orderly, 10, Leeway()) == []
    burst = [_call(100 + number / 100) for number in range(30)]
    assert hurried([*orderly, *burst], 10, Leeway()) != []
    steady = [_call(number / 12) for number in range(200)]
    assert hurried(steady, 10, Leeway(pace=0.0)) != []
    tokens = [_call(100 + number / 100, token=None) for number in range(30)]
    assert hurried(tokens, 10, Leeway()) == []


def test_a_paid_call_is_found() -> None:
    assert paid([_call(1.0)]) == []
    assert paid([_call(1.0, paid=True)]) != []
