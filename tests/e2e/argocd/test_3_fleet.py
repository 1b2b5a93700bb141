"""The operator and two hundred SIMs in one Application, from the first sync to its deletion."""

import os
import random
import time

import pytest

from tests.e2e.argocd.applications import Application, Witness, witness
from tests.e2e.argocd.argo import ArgoCD
from tests.e2e.argocd.fleet import (
    DISABLED_WITH_THEIR_RESOURCE,
    SIMS,
    SIMS_NAMESPACE,
    file_of,
    fleet_application,
    name_of,
    sim,
    whole_fleet,
)
from tests.e2e.argocd.repository import Repository
from tests.e2e.fleet import SIMS as SIMS_PATH
from tests.e2e.fleet import key, verdicts
from tests.e2e.ground import Ground
from tests.e2e.hands import Hands
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.telling import step, tell
from tests.simulated import SimulatorProcess

MINUTES = float(os.environ.get("E2E_MINUTES", "10"))
LIFE_SECONDS = 10.0
RENAMED = range(1, 21)
PRUNED = range(1, SIMS // 2 + 1)


@pytest.fixture(scope="module")
def iccids() -> list[str]:
    """The SIMs that a simulator of this size has, the same on every run."""
    with SimulatorProcess(sims=SIMS, oddities=True) as simulator:
        return [str(one["iccid"]) for one in simulator.sims()]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, iccids: list[str]) -> Repository:
    """What the team has in Git at first."""
    made = Repository(tmp_path_factory.mktemp("git") / "sims")
    whole_fleet(made, iccids)
    made.commit("The operator, the account and the SIMs")
    return made


@pytest.fixture(scope="module")
def fleet(ground: Ground, hands: Hands, argocd: ArgoCD, repository: Repository) -> Application:
    """The Application, as the first test of this module leaves it to the next."""
    return Application(argocd, hands, fleet_application(repository, ground))


def _top_up(onence: SimulatorInCluster) -> None:
    """Some SIMs of the simulator begin without data, and would be Degraded for that."""
    for one in onence.sims():
        if one["quota"]["data"]["remaining"] <= 0:
            onence.patch_sim(one["iccid"], remaining_data_mb=500)


def _labels_at_1nce(onence: SimulatorInCluster) -> dict[str, str]:
    return {str(one["iccid"]): str(one["label"]) for one in onence.sims()}


def _disables(onence: SimulatorInCluster, since: int) -> set[str]:
    """SIMs that were switched off because somebody asked the API."""
    return {
        str(one["write"]["iccid"])
        for one in onence.writes_since(since)
        if one["write"]["after"]["status"] == "Disabled"
        and one["write"]["before"]["status"] != "Disabled"
    }


@pytest.mark.timeout(900)
def test_the_first_sync_brings_operator_account_and_sims_to_synced_and_healthy(
    hands: Hands, fleet: Application, onence: SimulatorInCluster, iccids: list[str]
) -> None:
    with step(f"first sync with {SIMS} SIMs"):
        hands.until(onence.sims, "the simulator answers", 180)
        _top_up(onence)
        fleet.until_settled()

    told = {one["kind"]: one.get("health") for one in fleet.resources()}
    assert {"SIM", "SIMAccount", "QuotaPolicy", "Deployment"} <= set(told)
    sims = [one for one in fleet.resources() if one["kind"] == "SIM"]
    assert len(sims) == SIMS
    assert {one["status"] for one in sims} == {"Synced"}
    assert {one["health"]["status"] for one in sims} == {"Healthy"}
    said = verdicts(hands)
    assert {(it.ready, it.reason) for it in said.values()} == {("True", "Reconciled")}
    labels = _labels_at_1nce(onence)
    assert [labels[iccid] for iccid in iccids] == [name_of(one) for one in range(1, SIMS + 1)]


@pytest.mark.timeout(MINUTES * 60 + 300)
def test_nothing_is_ever_out_of_sync_while_the_fleet_lives(
    hands: Hands, fleet: Application, onence: SimulatorInCluster, iccids: list[str]
) -> None:
    seconds, before = MINUTES * 60, onence.last_entry()
    with (
        step(f"{MINUTES:g} minutes of life with self-heal"),
        witness(hands, fleet, seconds) as seen,
    ):
        _live(hands, onence, iccids, seconds)

    drifted = len(onence.writes_since(before))
    tell(f"{len(seen.states)} changes, {seen.comparisons} comparisons, {drifted} corrections")
    assert seen.comparisons >= MINUTES, "Argo CD looked again and again"
    assert drifted > 0, "the operator has corrected what was changed at 1NCE"
    assert {one.sync for one in seen.states} == {"Synced"}
    assert {one.phase for one in seen.states} == {"Succeeded"}, "nothing was synced again"


def _live(hands: Hands, onence: SimulatorInCluster, iccids: list[str], seconds: float) -> None:
    """People change SIMs in the portal and ask for a look; devices use data."""
    chance = random.Random(1)  # noqa: S311 (the same life on every run)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        portal, heavy, asked = chance.sample(range(SIMS), 3)
        onence.patch_sim(iccids[portal], label="changed in the portal", status="Disabled")
        onence.patch_sim(iccids[heavy], use_data_mb=5)
        hands.kubectl(
            *("annotate", "sim", name_of(asked + 1), f"--namespace={SIMS_NAMESPACE}"),
            *("--overwrite", f"sim-operator.io/reconcile-requested-at={time.time()}"),
        )
        time.sleep(min(LIFE_SECONDS, max(0.0, end - time.monotonic())))


def test_server_side_apply_and_diff_find_nothing_either(hands: Hands, fleet: Application) -> None:
    options = ("CreateNamespace=true", "ServerSideApply=true")
    patch = {
        "metadata": {"annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}},
        "spec": {"syncPolicy": {"syncOptions": list(options)}},
    }
    with witness(hands, fleet, 45) as seen:
        fleet.patch(patch)
        fleet.sync(*options)

    assert seen.comparisons > 1
    resources = fleet.get()["status"]["operationState"]["syncResult"]["resources"]
    told = {one["message"].split()[-1] for one in resources if one["kind"] == "SIM"}
    assert told == {"serverside-applied"}
    assert {one.sync for one in seen.states} == {"Synced"}


def test_a_change_in_the_cluster_is_seen_and_put_back(
    hands: Hands, fleet: Application, onence: SimulatorInCluster, iccids: list[str]
) -> None:
    """Also proof that the test before would have seen something."""
    number = SIMS // 2
    with witness(hands, fleet, 120, whole=False) as seen:
        hands.kubectl(
            *("patch", "sim", name_of(number), f"--namespace={SIMS_NAMESPACE}", "--type=merge"),
            '--patch={"spec":{"label":"edited by hand"}}',
        )
        hands.until(lambda: seen.said("OutOfSync"), "it is OutOfSync", 60)
        hands.until(lambda: _healed(seen), "it is Synced again", 60)

    fleet.until_settled()
    label = name_of(number)
    hands.until(lambda: _labels_at_1nce(onence)[iccids[number - 1]] == label, "the label is back")


def _healed(seen: Witness) -> bool:
    words = [one.sync for one in seen.states]
    return "OutOfSync" in words and words[-1] == "Synced"


def test_a_commit_that_changes_labels_arrives_at_1nce(
    hands: Hands,
    fleet: Application,
    repository: Repository,
    onence: SimulatorInCluster,
    iccids: list[str],
) -> None:
    before = onence.last_entry()
    repository.write(
        {file_of(one): sim(one, iccids[one - 1], f"renamed-{one:03}") for one in RENAMED}
    )
    revision = repository.commit("Rename twenty pumps")

    with step("a commit with twenty labels"):
        fleet.refresh()
        fleet.until_settled(revision)
        hands.until(
            lambda: all(
                _labels_at_1nce(onence)[iccids[one - 1]] == f"renamed-{one:03}" for one in RENAMED
            ),
            "the labels are at 1NCE",
        )

    written = {
        str(one["write"]["iccid"]): one["write"]["after"]["label"]
        for one in onence.writes_since(before)
    }
    assert {iccids[one - 1]: f"renamed-{one:03}" for one in RENAMED}.items() <= written.items()
    assert _disables(onence, before) == set()


def test_a_prune_of_half_the_sims_disables_nothing(
    hands: Hands,
    fleet: Application,
    repository: Repository,
    onence: SimulatorInCluster,
    iccids: list[str],
) -> None:
    before = onence.last_entry()
    repository.remove(*(file_of(one) for one in PRUNED))
    revision = repository.commit("Let half of the pumps go")

    with step(f"a prune of {len(PRUNED)} SIMs"):
        fleet.refresh()
        fleet.until_settled(revision)

    left = {key(one) for one in hands.items(SIMS_PATH)}
    assert left == {f"{SIMS_NAMESPACE}/{name_of(one)}" for one in range(PRUNED.stop, SIMS + 1)}
    hands.until(lambda: _swept_since(hands, before, onence), "two more sweeps")
    assert onence.writes_since(before) == []
    states = {str(one["iccid"]): one["status"] for one in onence.sims()}
    assert {states[iccids[one - 1]] for one in PRUNED} == {"Enabled"}


def _swept_since(hands: Hands, before: int, onence: SimulatorInCluster) -> bool:
    lists = [one for one in onence.journal(since=before) if one["operation"] == "listSims"]
    return len(lists) >= 2 * -(-SIMS // 100)


def test_operator_and_sims_go_together_without_hanging(
    hands: Hands, fleet: Application, onence: SimulatorInCluster, iccids: list[str]
) -> None:
    before = onence.last_entry()
    disabled: set[str] = set()
    wanted = {iccids[one - 1] for one in range(SIMS - DISABLED_WITH_THEIR_RESOURCE + 1, SIMS + 1)}

    def sims_are_gone() -> bool:
        disabled.update(_disables(onence, before))
        return not hands.items(SIMS_PATH)

    with step("deletion of the Application"):
        fleet.delete()
        hands.until(sims_are_gone, "every SIM is gone", 180)
        fleet.until_gone()

    assert disabled == wanted, "those that asked for it, and nobody else"
    assert hands.pods("operator") == hands.pods("simulator") == []
    assert hands.get(f"/api/v1/namespaces/{SIMS_NAMESPACE}") is None
