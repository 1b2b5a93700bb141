"""Where an account's credentials may go: to allowed servers that prove who they are."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.authority import Authority
from tests.cluster.kubeconfig import current_cluster
from tests.integration.conftest import MakeWorld
from tests.integration.front import Arrived, Front, Told
from tests.integration.world import World

PATIENCE = 90.0


@dataclass
class Listener:
    """A server that nobody may call; what reached it."""

    url: str
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Listener(f"http://127.0.0.1:{server.getsockname()[1]}")
        server.settimeout(0.2)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(2)
                        made.heard.append(b"")
                        with contextlib.suppress(OSError):
                            made.heard[-1] = connection.recv(4096)

        thread = threading.Thread(target=listen)
        thread.start()
        yield made
        ended.set()
        thread.join()


def account(world: World, name: str, endpoint: str, **spec: Any) -> None:
    world.account(name, endpoint=endpoint, **spec)


def ready(world: World, name: str, reason: str) -> str:
    """Wait for the reason of an account; its message."""
    found = world.until(
        lambda: (one := world.condition(name, kind="simaccount")).get("reason") == reason and one,
        f"simaccount {name} {reason}",
        PATIENCE,
    )
    return str(found["message"])


def test_an_endpoint_that_the_operator_does_not_allow_is_sent_no_byte(
    make_world: MakeWorld, listener: Listener
) -> None:
    world = make_world(sims=3)
    server = current_cluster(world.cluster.kubeconfig)["server"]
    elsewhere = {
        "listener": f"{listener.url}/management-api",
        "simulator-s-control": f"{listener.url}/_control",
        "api-server": server,
        "metadata": "http://169.254.169.254/latest/meta-data",
        "service": "https://kubernetes.default.svc/api/v1/namespaces/kube-system/secrets",
    }
    for name, endpoint in elsewhere.items():
        account(world, name, endpoint)
        world.sim(f"of-{name}", 0, accountRef={"name": name}, state="Disabled")
    account(world, "default", world.simulator.endpoint)
    ready(world, "default", "Reconciled")
    for name, endpoint in elsewhere.items():
        message = ready(world, name, "EndpointNotAllowed")
        assert endpoint in message
    world.sweeps(2)

    # One that was allowed and is changed takes nothing along.
    world.patch("simaccount", "default", {"endpoint": elsewhere["listener"]})
    ready(world, "default", "EndpointNotAllowed")
    assert listener.heard == []
    assert world.writes() == []
    assert (
        world.operator.metric("onence_requests_total", account=f"{world.namespace}/metadata") == 0
    )


def test_a_redirect_takes_neither_credentials_nor_token_along(
    make_world: MakeWorld, listener: Listener
) -> None:
    world = make_world(sims=3, start=False)
    headers = (("Location", f"{listener.url}/management-api/oauth/token"),)
    with Front(world.simulator.url) as front:
        world.operator.set("allowed_endpoints", f"{front.url},{listener.url}")
        world.operator.start()

        def token_is_elsewhere(asked: Arrived) -> Told | None:
            return Told(307, b"", headers) if asked.path.endswith("/oauth/token") else None

        def all_else_is_elsewhere(asked: Arrived) -> Told | None:
            return None if asked.path.endswith("/oauth/token") else Told(308, b"", headers)

        front.instead = token_is_elsewhere
        account(world, "default", front.endpoint)
        assert "redirect" in ready(world, "default", "Unreachable")
        front.instead = all_else_is_elsewhere
        world.until(lambda: front.tokens, "a token was used", PATIENCE)
        assert "redirect" in ready(world, "default", "Unreachable")
        world.operator.stop()
    assert listener.heard == []


def test_a_server_that_does_not_prove_itself_is_shown_nothing(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    """A corporate proxy that ends TLS, as it should be and in every way in which it should not."""
    world = make_world(sims=3, start=False)
    own, another = Authority(tmp_path), Authority(tmp_path, "another CA")
    served = {
        "correct": own.server(),
        "expired": own.server(expired=True),
        "misnamed": own.server("api.1nce.com"),
        "foreign": another.server(),
    }
    with contextlib.ExitStack() as stack:
        fronts = {
            name: stack.enter_context(Front(world.simulator.url, tls))
            for name, tls in served.items()
        }
        urls = ",".join(front.url for front in fronts.values())
        world.operator.set("allowed_endpoints", urls)
        world.operator.start()
        bundle = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "corporate-ca", "namespace": world.namespace},
            "data": {"ca.crt": own.bundle},
        }
        world.apply(bundle)
        trusting = {"caBundleConfigMapRef": {"name": "corporate-ca"}}
        account(world, "correct", fronts["correct"].endpoint, **trusting)
        ready(world, "correct", "Reconciled")
        asked = len(fronts["correct"].arrived)
        assert asked > 1

        # The trust of one account is not that of another, though both call the same server.
        world.patch("simaccount", "correct", {"mode": "Paused"})
        ready(world, "correct", "Paused")
        asked = len(fronts["correct"].arrived)
        account(world, "without", fronts["correct"].endpoint)
        for name in ("expired", "misnamed", "foreign"):
            account(world, name, fronts[name].endpoint, **trusting)
        reasons = {
            "without": "certificate verify failed",
            "expired": "certificate has expired",
            "misnamed": "IP address mismatch",
            "foreign": "certificate verify failed",
        }
        for name, why in reasons.items():
            assert why in ready(world, name, "Unreachable")
        assert len(fronts["correct"].arrived) == asked
        for name in ("expired", "misnamed", "foreign"):
            assert fronts[name].connections > 0
            assert fronts[name].arrived == []

        # A bundle that is corrected takes effect without a restart.
        world.apply({**bundle, "data": {"ca.crt": f"{own.bundle}{another.bundle}"}})
        # It was read, and found to show the same SIMs as the older one.
        ready(world, "foreign", "DuplicateAccount")
        patch = json.dumps([{"op": "remove", "path": "/data/ca.crt"}])
        world.kubectl("patch", "configmap", "corporate-ca", "--type=json", "-p", patch)
        assert "ca.crt" in ready(world, "foreign", "Unreachable")
        world.operator.stop()
