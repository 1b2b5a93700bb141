"""Chapter 5: SIMs are deleted, the chart goes and comes back, and in the end everything goes."""

import pytest

from tests.e2e.fleet import ACCOUNT, GROUP, account_reason, key, settled, swept
from tests.e2e.ground import Ground
from tests.e2e.hands import NAMESPACE, PATIENCE_SECONDS, RELEASE, Hands
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.release import install, upgrade, values
from tests.e2e.telling import step, tell

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
UNINSTALL = ("uninstall", RELEASE, "--wait", "--timeout=2m")
FINALIZER = "sim-operator.io/disable"
HELD = "meter-03"
KINDS_OF_A_RELEASE = (
    "configmaps,deployments,jobs,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,pods,"
    "replicasets,rolebindings,roles,secrets,serviceaccounts,services,"
    "clusterroles,clusterrolebindings"
)


@pytest.mark.parametrize(
    ("name", "policy", "state"),
    [("meter-01", "Disable", "Disabled"), ("meter-02", "Retain", "Enabled")],
)
def test_a_deleted_sim_is_left_at_1nce_as_its_deletion_policy_says(
    hands: Hands, onence: SimulatorInCluster, name: str, policy: str, state: str
) -> None:
    sim = _sim(hands, name)
    iccid = sim["spec"]["iccid"]
    _set_deletion_policy(hands, name, policy)
    entry = onence.last_entry()
    with step(f"{name} with deletionPolicy {policy} is deleted"):
        hands.kubectl("delete", "sim", name, "--namespace=plant-a", "--timeout=60s")
    assert onence.sim(iccid)["status"] == state
    written = [one["write"]["iccid"] for one in onence.writes_since(entry)]
    assert written == ([iccid] if state == "Disabled" else [])


def test_an_uninstall_leaves_sims_crds_and_account_and_does_not_wait_for_them(
    hands: Hands,
) -> None:
    _set_deletion_policy(hands, HELD, "Disable")
    before = {key(sim): sim["metadata"]["uid"] for sim in hands.items(f"{GROUP}/sims")}
    with step("helm uninstall"):
        said = hands.helm(*UNINSTALL)
    tell(f"    {said.strip().splitlines()[-1]}")
    after = {key(sim): sim["metadata"]["uid"] for sim in hands.items(f"{GROUP}/sims")}
    assert after == before
    assert len(_crds(hands)) == 3
    assert hands.get(ACCOUNT) is not None
    _until_gone(hands)


def test_an_install_over_what_was_left_picks_it_up(
    ground: Ground, hands: Hands, onence: SimulatorInCluster
) -> None:
    before = {key(sim): sim["metadata"]["uid"] for sim in hands.items(f"{GROUP}/sims")}
    swept_before = swept(hands)
    with step("helm install, over the SIMs of before"):
        install(hands, values(ground, ground.operator))
    with step("the account is ready, and every SIM has its verdict"):
        hands.until(lambda: swept(hands) > swept_before, "the account is read again")
        hands.until(lambda: account_reason(hands) == "Reconciled", "the account is ready")
        hands.until(lambda: settled(hands, len(before)), "every SIM has its verdict")
    # The new simulator knows nothing of labels that the old one was given.
    pump = _sim(hands, "pump-01")["spec"]
    with step("what 1NCE has forgotten is written again"):
        hands.until(
            lambda: onence.sim(pump["iccid"])["label"] == pump["label"], "the label is back"
        )
    assert {key(sim): sim["metadata"]["uid"] for sim in hands.items(f"{GROUP}/sims")} == before


def test_an_uninstall_that_takes_the_crds_is_refused_while_a_sim_waits_for_the_operator(
    ground: Ground, hands: Hands, onence: SimulatorInCluster
) -> None:
    with step("helm upgrade with crds.keep=false"):
        upgrade(hands, values(ground, ground.operator, crds={"keep": False}))
    iccid = _sim(hands, HELD)["spec"]["iccid"]
    with step("helm uninstall is refused"):
        said = hands.helm_fails(*UNINSTALL)
    assert f"plant-a/{HELD}" in said, said
    assert len(_crds(hands)) == 3
    assert "deletionTimestamp" not in _sim(hands, HELD)["metadata"]
    assert onence.sim(iccid)["status"] == "Enabled"
    assert len(hands.pods("operator")) == 2


def test_an_uninstall_takes_the_crds_once_no_sim_waits(hands: Hands) -> None:
    _set_deletion_policy(hands, HELD, "Retain")
    with step("helm uninstall"):
        hands.helm(*UNINSTALL)
    with step("CRDs and SIMs are gone"):
        hands.until(lambda: _crds(hands) == [], "the CRDs are gone")
    _until_gone(hands)


def test_the_namespaces_go(hands: Hands) -> None:
    namespaces = (NAMESPACE, "plant-a", "fleet-b")
    with step(f"kubectl delete namespace {' '.join(namespaces)}"):
        hands.kubectl("delete", "namespace", *namespaces, "--timeout=120s")


def _sim(hands: Hands, name: str) -> dict[str, dict[str, str]]:
    found = hands.get(f"{GROUP}/namespaces/plant-a/sims/{name}")
    assert found is not None, f"there is no SIM {name}"
    return found


def _set_deletion_policy(hands: Hands, name: str, policy: str) -> None:
    """Change it, and wait until the operator has taken note."""
    patch = f'{{"spec": {{"deletionPolicy": "{policy}"}}}}'
    hands.kubectl("patch", "sim", name, "--namespace=plant-a", "--type=merge", f"--patch={patch}")
    hands.until(
        lambda: (
            (FINALIZER in _sim(hands, name)["metadata"].get("finalizers", ()))
            == (policy == "Disable")
        ),
        f"the finalizer of {name} fits deletionPolicy {policy}",
    )


def _crds(hands: Hands) -> list[str]:
    names = [one["metadata"]["name"] for one in hands.items(CRDS)]
    return [name for name in names if name.endswith(".sim-operator.io")]


def _until_gone(hands: Hands) -> None:
    """Wait until nothing has the label of the release, anywhere."""
    listing = ("get", KINDS_OF_A_RELEASE, "--all-namespaces", "--ignore-not-found")
    # The pod of a test stays so that its log can be read; Helm never takes it away.
    label = f"--selector=app.kubernetes.io/instance={RELEASE},app.kubernetes.io/component!=test"
    hands.until(
        lambda: hands.kubectl(*listing, label, "--output=name") == "",
        "nothing of the release is left",
        PATIENCE_SECONDS,
    )
