"""Chapter 3: pods die and versions change; SIMs do not notice."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.fleet import ACCOUNT, settled, sweep, verdicts, witness
from tests.e2e.ground import Ground, ImageName
from tests.e2e.hands import NAMESPACE, PATIENCE_SECONDS, RELEASE, Hands
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.release import OPERATOR, SIMULATOR, WAIT, complaints, upgrade, values
from tests.e2e.telling import step

LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{RELEASE}"
INTERVAL = "30s"
NEXT_TAG = "next"
CHANGED = {
    "settings": {"logLevel": "DEBUG"},
    "account": {"spec": {"sync": {"interval": INTERVAL}}},
}


@pytest.fixture(scope="module", autouse=True)
def at_rest(hands: Hands, onence: SimulatorInCluster) -> None:
    """Begin when nothing is left to do, or what is done could not be told from what was left."""
    count = len(verdicts(hands))
    hands.until(lambda: settled(hands, count), "every SIM has its verdict")
    sweep(hands)


@contextmanager
def nothing_lost(hands: Hands, onence: SimulatorInCluster) -> Iterator[None]:
    """Let nothing be written at 1NCE, and nothing else be said of any SIM, until the block ends.

    The new leader has swept once more by then.
    """
    entry = onence.last_entry()
    with witness(hands) as seen:
        yield
        with step("one more sweep"):
            sweep(hands)
    assert seen.regressions() == []
    assert onence.writes_since(entry) == []


def test_the_standby_takes_over_from_a_leader_that_is_killed(
    hands: Hands, onence: SimulatorInCluster
) -> None:
    leader = _leader(hands)
    with nothing_lost(hands, onence):
        with step(f"{leader} is killed, and the other one leads"):
            where = (f"--namespace={NAMESPACE}", "--grace-period=0", "--force")
            hands.kubectl("delete", "pod", leader, *where)
            hands.until(lambda: _leader(hands) not in {"", leader}, "another one leads")
        hands.kubectl("rollout", "status", OPERATOR, f"--namespace={NAMESPACE}", "--timeout=120s")


def test_a_leader_that_loses_the_api_server_lets_go(
    ground: Ground, hands: Hands, onence: SimulatorInCluster
) -> None:
    leader = _leader(hands)
    pod = hands.get(f"/api/v1/namespaces/{NAMESPACE}/pods/{leader}")
    assert pod is not None
    service = hands.get("/api/v1/namespaces/default/services/kubernetes")
    assert service is not None
    between = ("--source", pod["status"]["podIP"], "--destination", service["spec"]["clusterIP"])
    rule = ("PREROUTING", "--table", "raw", *between, "--jump", "DROP")
    with nothing_lost(hands, onence):
        hands.on_node("iptables", "--insert", *rule)
        try:
            with step(f"{leader} is cut off from the API server, and the other one leads"):
                hands.until(lambda: _leader(hands) not in {"", leader}, "another one leads")
        finally:
            hands.on_node("iptables", "--delete", *rule)
        with step("the one that was cut off stands by again"):
            hands.until(lambda: _all_ready(hands), "both are ready", 2 * PATIENCE_SECONDS)


def test_an_upgrade_that_changes_values_loses_nothing(
    ground: Ground, hands: Hands, onence: SimulatorInCluster
) -> None:
    before = {pod["metadata"]["name"] for pod in hands.pods("operator")}
    world = [pod["metadata"]["uid"] for pod in hands.pods("simulator")]
    with nothing_lost(hands, onence):
        with step("helm upgrade, with other settings and another sync interval"):
            said = upgrade(hands, values(ground, ground.operator, **CHANGED))
        assert complaints(said) == []
    assert not before & {pod["metadata"]["name"] for pod in hands.pods("operator")}
    assert [pod["metadata"]["uid"] for pod in hands.pods("simulator")] == world
    account = hands.get(ACCOUNT)
    assert account is not None
    assert account["spec"]["sync"]["interval"] == INTERVAL


def test_an_upgrade_to_another_image_loses_nothing(
    ground: Ground, hands: Hands, onence: SimulatorInCluster
) -> None:
    # The simulator's world is in its memory: a 1NCE that forgets is no part of an upgrade.
    hands.kubectl("rollout", "pause", SIMULATOR, f"--namespace={NAMESPACE}")
    image = ground.tag_operator(NEXT_TAG)
    with nothing_lost(hands, onence), step(f"helm upgrade to {image.repository}:{image.tag}"):
        upgrade(hands, values(ground, image, **CHANGED))
    assert _images(hands) == {f"{image.repository}:{image.tag}"}


def test_a_rollback_loses_nothing(ground: Ground, hands: Hands, onence: SimulatorInCluster) -> None:
    with nothing_lost(hands, onence), step("helm rollback"):
        hands.helm("rollback", RELEASE, *WAIT)
    assert _images(hands) == {_name(ground.operator)}
    hands.kubectl("rollout", "resume", SIMULATOR, f"--namespace={NAMESPACE}")


def _name(image: ImageName) -> str:
    return f"{image.repository}:{image.tag}"


def _images(hands: Hands) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in hands.pods("operator")}


def _leader(hands: Hands) -> str:
    """Name of the pod that holds the Lease, empty where nobody does."""
    lease = hands.get(LEASE) or {"spec": {}}
    return str(lease["spec"].get("holderIdentity") or "").partition("_")[0]


def _all_ready(hands: Hands) -> bool:
    statuses = [pod["status"]["containerStatuses"][0] for pod in hands.pods("operator")]
    return len(statuses) == 2 and all(one["ready"] for one in statuses)
