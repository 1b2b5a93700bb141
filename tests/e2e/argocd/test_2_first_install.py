"""The chart's first install by Argo CD: CRDs, demo values and the account in one go."""

from pathlib import Path

from tests.e2e.argocd.applications import Application
from tests.e2e.argocd.argo import ArgoCD
from tests.e2e.argocd.fleet import chart_application, chart_only
from tests.e2e.argocd.repository import Repository
from tests.e2e.fleet import ACCOUNT, account_reason
from tests.e2e.ground import Ground
from tests.e2e.hands import NAMESPACE, Hands
from tests.e2e.telling import step

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def test_crds_operator_and_account_come_in_one_sync_and_leave_without_a_trace(
    ground: Ground, hands: Hands, argocd: ArgoCD, tmp_path: Path
) -> None:
    repository = Repository(tmp_path / "repository")
    chart_only(repository)
    revision = repository.commit("The chart")

    with step("first sync of the chart"):
        demo = Application(argocd, hands, chart_application(repository, ground, "demo"))
        demo.until_settled(revision)

    hands.until(lambda: account_reason(hands) == "Reconciled", "the account is read")
    kinds = {one["kind"] for one in demo.resources()}
    assert {"Deployment", "CustomResourceDefinition", "ConfigMap"} <= kinds
    assert "SIMAccount" not in kinds, "a hook has made it, so that no prune takes it away"
    with step("deletion of the Application"):
        demo.delete()
        demo.until_gone()
    assert hands.pods("operator") == []
    ours = [one for one in hands.items(CRDS) if one["spec"]["group"] == "sim-operator.io"]
    assert len(ours) == 3, "crds.keep leaves them"
    assert hands.get(ACCOUNT), "and with them the account"
    hands.kubectl("delete", "simaccount", "default", f"--namespace={NAMESPACE}", "--timeout=30s")
