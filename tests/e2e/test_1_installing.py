"""Chapter 1: an empty cluster, the chart, SIMs."""

from pathlib import Path

from tests.e2e.fleet import ACCOUNT, POLICIES, account_reason, settled, verdicts
from tests.e2e.ground import Ground
from tests.e2e.hands import CHART, NAMESPACE, RELEASE, Hands, condition
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.release import complaints, install, make_namespace, values
from tests.e2e.telling import step, tell

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
EXAMPLE_SIMS = 59
DEMO_SIMS = 60


def test_a_fresh_node_takes_crds_simulator_and_account_in_one_install(
    ground: Ground, hands: Hands
) -> None:
    assert hands.items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions") == []
    make_namespace(hands)
    with step("helm install, with CRDs, simulator, Prometheus and account at once"):
        said = install(hands, values(ground, ground.operator))
    assert complaints(said) == []
    assert "helm test" in said
    with step("the account is ready"):
        hands.until(lambda: account_reason(hands) == "Reconciled", "the account is ready")
    account = hands.get(ACCOUNT)
    assert account is not None
    assert account["status"]["sims"]["total"] == DEMO_SIMS


def test_every_pod_runs_where_pod_security_is_restricted(hands: Hands) -> None:
    namespace = hands.get(f"/api/v1/namespaces/{NAMESPACE}")
    assert namespace is not None
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for component, count in {"operator": 2, "console": 1, "simulator": 1, "prometheus": 1}.items():
        pods = hands.pods(component)
        assert len(pods) == count, component
        for pod in pods:
            assert condition(pod["status"])["status"] == "True", pod["metadata"]["name"]
            restarts = [one["restartCount"] for one in pod["status"]["containerStatuses"]]
            assert restarts == [0], f"{pod['metadata']['name']} was restarted"


def test_samples_are_applied_and_every_sim_comes_to_its_verdict(hands: Hands) -> None:
    for name in ("sims.yaml", "quotapolicies.yaml"):
        hands.kubectl("apply", f"--filename={EXAMPLES / name}")
    count = EXAMPLE_SIMS
    with step(f"{count} SIMs come to their verdict"):
        hands.until(lambda: settled(hands, count), "every SIM has its verdict")
    reasons = sorted(one.reason for one in verdicts(hands).values())
    tell(", ".join(f"{reasons.count(reason)} {reason}" for reason in sorted(set(reasons))))
    with step("the policies are ready"):
        hands.until(lambda: _policies(hands) == {"Reconciled"}, "the policies are ready")


def test_a_second_claim_is_refused(hands: Hands) -> None:
    hands.kubectl("apply", f"--filename={EXAMPLES / 'conflict.yaml'}")
    hands.until(
        lambda: verdicts(hands)["fleet-b/twin"].reason == "Conflict", "the second claim is refused"
    )
    hands.kubectl("delete", f"--filename={EXAMPLES / 'conflict.yaml'}", "--timeout=30s")


def test_what_a_person_changes_at_1nce_is_put_right(
    hands: Hands, onence: SimulatorInCluster
) -> None:
    iccid = "8988303004496466699"
    assert onence.sim(iccid)["label"] == "pump-01"
    onence.patch_sim(iccid, status="Disabled")
    with step("somebody disabled pump-01 in the portal, and it is enabled again"):
        hands.until(lambda: onence.sim(iccid)["status"] == "Enabled", "pump-01 is enabled again")
    assert onence.summary()["paid"] == 0


def test_helm_test_passes(hands: Hands) -> None:
    with step("helm test"):
        said = hands.helm("test", RELEASE, "--logs", "--timeout=3m")
    assert "Phase:          Succeeded" in said
    for line in said.rpartition("POD LOGS:")[2].splitlines():
        tell(f"    {line}")


def test_nothing_differs_from_what_was_applied(hands: Hands) -> None:
    """`kubectl diff` ends with an error where something differs."""
    samples = [f"--filename={EXAMPLES / name}" for name in ("sims.yaml", "quotapolicies.yaml")]
    with step("kubectl diff of samples and release"):
        assert hands.kubectl("diff", *samples) == ""
        manifest = hands.helm("get", "manifest", RELEASE)
        assert hands.kubectl("diff", "--filename=-", stdin=manifest) == ""
        hands.kubectl("apply", "--server-side", "--force-conflicts", *samples)
        assert hands.kubectl("diff", "--server-side", "--force-conflicts", *samples) == ""


def _policies(hands: Hands) -> set[str]:
    return {condition(one.get("status") or {}).get("reason", "") for one in hands.items(POLICIES)}


def test_the_chart_is_the_one_of_this_checkout(hands: Hands) -> None:
    chart = (CHART / "Chart.yaml").read_text(encoding="utf-8")
    listed = hands.helm("list", "--output=yaml")
    version = next(line.split()[1] for line in chart.splitlines() if line.startswith("version:"))
    assert f"chart: {RELEASE}-{version}" in listed
