"""Operator and console as the chart sets them up, at a real API server, with no more rights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.chart.access import kubeconfig_of
from tests.chart.granted import Right, bound, right_of, rights
from tests.chart.rendering import CHART, Manifest, Rendered, render
from tests.cluster import Cluster, audit_events, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import World
from tests.simulated import SimulatorProcess

PATIENCE = 90.0
PREFIX = "SIM_OPERATOR_"
PROXY: dict[str, Any] = {"networks": ["127.0.0.0/8"], "secretName": "proxy"}
PROXY_SECRET = "known-to-the-proxy-alone"


@dataclass
class Stack:
    """An operator and the console that keeps its history, as two processes."""

    world: World
    console: OperatorProcess
    url: str
    user: str
    rendered: Rendered

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: object = None
    ) -> tuple[int, Any]:
        """Status and JSON of an answer of the console."""
        answer = httpx.request(
            method, f"{self.url}{path}", headers=headers, json=body, timeout=30, trust_env=False
        )
        return answer.status_code, answer.json()


def told(rendered: Rendered, name: str, **instead: str) -> dict[str, str]:
    """The environment of a Deployment, as settings; what a test has elsewhere stands in."""
    (container,) = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"]
    given = {
        one["name"].removeprefix(PREFIX).lower(): one["value"]
        for one in container["env"]
        if "value" in one
    }
    # Both processes share an address here.
    del given["metrics_port"]
    given.pop("hooks_port", None)
    own = {"namespace", "default_account", "allowed_endpoints"}
    assert instead.keys() - own <= given.keys()
    return given | instead


def file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@contextmanager
def installed(
    cluster: Cluster, namespace: str, release: str, folder: Path, **console: Any
) -> Iterator[Stack]:
    """A release; operator and console run."""
    given = {"trustedProxy": PROXY, "session": {"existingSecret": "given"}, **console}
    values = {"console": {"enabled": True, **given}}
    rendered = render(values, release=release, namespace=namespace)
    ours, name = f"{release}-sim-operator", f"{release}-sim-operator-console"
    keeper = kubeconfig_of(cluster, rendered, namespace, name, folder)
    reader = kubeconfig_of(cluster, rendered, namespace, ours, folder)
    port = OperatorProcess(keeper, folder / "none", {}).hooks_port
    token = ("create", "token", ours, "-n", namespace, "--audience=sim-operator-history")
    console_process = OperatorProcess(
        keeper,
        folder / "console.log",
        told(
            rendered,
            name,
            console_port=str(port),
            console_key_file=file(folder, "key", "k" * 64),
            console_proxy_secret_file=file(folder, "proxy", PROXY_SECRET),
            database_url=f"sqlite:///{folder / 'history.db'}",
        ),
        verb="console",
    )
    with SimulatorProcess(sims=3) as simulator, console_process:
        operator = OperatorProcess(
            reader,
            folder / "operator.log",
            told(
                rendered,
                ours,
                namespace=namespace,
                default_account=f"{namespace}/default",
                allowed_endpoints=simulator.url,
                history_url=f"http://127.0.0.1:{port}",
                history_token_file=file(folder, "token", kubectl(cluster.kubeconfig, *token)),
            ),
        )
        world = World(cluster, namespace, simulator, operator, folder)
        world.iccids = [str(one["iccid"]) for one in simulator.sims()]
        with operator:
            user = f"system:serviceaccount:{namespace}:{name}"
            yield Stack(world, console_process, f"http://127.0.0.1:{port}", user, rendered)


@pytest.fixture
def person(cluster: Cluster, namespace: str) -> str:
    """The name of a ServiceAccount that is to sign in."""
    kubectl(cluster.kubeconfig, "create", "serviceaccount", "person", "-n", namespace)
    return "person"


def allowed(stack: Stack, who: str, subject: str) -> None:
    """Let somebody see and change the SIMs of the namespace, by the chart's own roles."""
    ours = stack.user.rpartition(":")[2].removesuffix("-console")
    for role in ("view", "edit"):
        binding = ("create", "rolebinding", f"{who}-{role}", f"--clusterrole={ours}-{role}")
        stack.world.kubectl(*binding, subject)


def bearer(stack: Stack, person: str) -> dict[str, str]:
    """What somebody with a token sends."""
    return {"Authorization": f"Bearer {stack.world.kubectl('create', 'token', person).strip()}"}


def sims(stack: Stack, headers: Mapping[str, str]) -> list[str]:
    status, body = stack.ask("GET", "/api/v1/sims", headers)
    assert status == 200, body
    return [one["name"] for one in body["items"]]


def listed() -> set[Right]:
    text = (CHART / "files/console-clusterrole.yaml").read_text(encoding="utf-8")
    return rights(yaml.safe_load(text)["rules"])


def known_days(stack: Stack, headers: Mapping[str, str]) -> list[Manifest]:
    """The days of the SIM that the console has been told of by the operator."""
    path = f"/api/v1/sims/{stack.world.namespace}/lamp/usage"
    status, body = stack.ask("GET", path, headers)
    assert status == 200, body
    return [one for one in body["days"] if one["data"] is not None]


def test_its_rights_are_enough_none_is_there_in_vain_and_the_operator_delivers(
    cluster: Cluster,
    crds: tuple[Path, ...],
    namespace: str,
    release: str,
    person: str,
    tmp_path: Path,
) -> None:
    if cluster.audit_log is None:
        pytest.skip("this cluster gives no audit log")
    with installed(cluster, namespace, release, tmp_path) as stack:
        world = stack.world
        allowed(stack, "person", f"--serviceaccount={namespace}:{person}")
        allowed(stack, "alice", "--user=oidc:alice")
        world.account(managementAPIVersion="v1")  # which has daily figures
        world.sim("lamp", 0, state="Enabled")
        world.until_reason("lamp", "Reconciled")
        by_token = bearer(stack, person)
        by_proxy = {
            "X-Forwarded-User": "alice",
            "X-Forwarded-Groups": "iot",
            "X-Sim-Operator-Proxy-Secret": PROXY_SECRET,
        }
        for headers in (by_token, by_proxy):
            world.until(partial(_sees, stack, headers), "the SIM is shown", PATIENCE)
        path = f"/api/v1/sims/{namespace}/lamp"
        assert stack.ask("POST", f"{path}/disable", by_token, {})[0] == 200
        world.until(lambda: world.at_1nce(world.iccids[0])["status"] == "Disabled", "it is off")
        status, body = stack.ask("GET", path, by_proxy)
        assert status == 200, body
        world.until(lambda: known_days(stack, by_token), "the operator has delivered", PATIENCE)
        assert stack.console.stop() == 0  # a watch is in the log when it has ended
        asked = audit_events(cluster.audit_log, stack.user)
        roles = bound(stack.rendered, stack.user.rpartition(":")[2], namespace)
    own = [one for one in asked if not one.impersonated]
    assert {right_of(one) for one in own if one.code == 403} == set()
    with_resource = [one for one in own if one.resource]
    without = {
        right_of(one) for one in with_resource if not any(role.allows(one) for role in roles)
    }
    assert without == set(), "allowed by somebody else's rules"
    by_itself = {right for right in listed() if right.verb != "impersonate"}
    assert {right_of(one) for one in with_resource} == by_itself
    # By both ways to sign in it acts as somebody: users, ServiceAccounts, and groups each time.
    as_others = {one.impersonated for one in asked if one.impersonated}
    assert as_others == {"oidc:alice", f"system:serviceaccount:{namespace}:{person}"}
    changed = [one for one in asked if one.is_write and one.resource == "sims"]
    assert [(one.impersonated.rpartition(":")[2], one.code) for one in changed] == [(person, 200)]


def _sees(stack: Stack, headers: Mapping[str, str]) -> bool:
    return sims(stack, headers) == ["lamp"]


def test_where_whom_it_may_act_as_is_bound_nothing_is_changed_as_somebody_else(
    cluster: Cluster,
    crds: tuple[Path, ...],
    namespace: str,
    release: str,
    person: str,
    tmp_path: Path,
) -> None:
    bounds = {"serviceAccounts": ["somebody-else"], "groups": ["iot"], "users": ["oidc:bob"]}
    with installed(cluster, namespace, release, tmp_path, impersonation=bounds) as stack:
        world = stack.world
        allowed(stack, "person", f"--serviceaccount={namespace}:{person}")
        world.account(managementAPIVersion="v1")  # which has daily figures
        world.sim("lamp", 0, state="Enabled")
        world.until_reason("lamp", "Reconciled")
        headers = bearer(stack, person)
        world.until(partial(_sees, stack, headers), "the SIM is shown", PATIENCE)
        path = f"/api/v1/sims/{namespace}/lamp"
        status, body = stack.ask("POST", f"{path}/disable", headers, {})
        assert status == 403, body
        found = world.get("sim", "lamp")
        assert found is not None
        assert found["spec"]["state"] == "Enabled"
