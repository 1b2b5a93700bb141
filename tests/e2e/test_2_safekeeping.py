"""Chapter 2, last: the history on a volume, a backup by the CronJob, and the way back to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.ground import Ground
from tests.e2e.hands import NAMESPACE, RELEASE, Hands
from tests.e2e.release import upgrade, values
from tests.e2e.telling import step, tell

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "history" / "restore.yaml"
CONSOLE = f"deployment/{RELEASE}-console"
FOLDER = "/var/tmp/sim-operator-e2e"  # noqa: S108 - on a node that goes with the tests
CLASS = "by-hand"
CLAIMS = (f"{RELEASE}-history", f"{RELEASE}-backups")
WHERE = f"--namespace={NAMESPACE}"


@pytest.fixture(scope="module")
def kept(ground: Ground, hands: Hands) -> Iterator[None]:
    """The release with a history on a volume and backups in another; without them afterwards."""
    for claim in CLAIMS:
        hands.on_node("mkdir", "--parents", "--mode=0777", f"{FOLDER}/{claim}")
    hands.apply(*(_volume(claim) for claim in CLAIMS))
    storage = {"enabled": True, "size": "1Gi", "storageClassName": CLASS}
    into = {"size": "1Gi", "storageClassName": CLASS}
    history = {"storage": storage, "backup": {"enabled": True, "storage": into}}
    with step("helm upgrade, with a volume for the history and one for backups"):
        upgrade(hands, values(ground, ground.operator, history=history))
    yield
    with step("helm upgrade, without them"):
        upgrade(hands, values(ground, ground.operator))
    hands.kubectl("delete", "jobs", "backup-now", "restore-history", WHERE, "--ignore-not-found")
    hands.kubectl("delete", "pvc", *CLAIMS, WHERE, "--timeout=60s")
    hands.kubectl("delete", "pv", *CLAIMS, "--timeout=60s")
    hands.on_node("rm", "--recursive", "--force", FOLDER)


def _volume(claim: str) -> dict[str, Any]:
    """A volume of the node, for this claim and no other: nothing here makes volumes by itself."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": claim},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "claimRef": {"name": claim, "namespace": NAMESPACE},
            "hostPath": {"path": f"{FOLDER}/{claim}"},
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": CLASS,
        },
    }


def scaled(hands: Hands, replicas: int) -> None:
    """Stop the console or start it, as the documentation says, and wait for it."""
    hands.kubectl("scale", CONSOLE, WHERE, f"--replicas={replicas}")
    if replicas:
        hands.kubectl("rollout", "status", CONSOLE, WHERE, "--timeout=120s")
    else:
        pods = "--selector=app.kubernetes.io/component=console"
        hands.kubectl("wait", "pod", pods, WHERE, "--for=delete", "--timeout=90s")


def test_a_backup_is_made_beside_the_running_console_and_put_back(
    ground: Ground, hands: Hands, kept: None
) -> None:
    with step("a backup, made by the CronJob's Job"):
        hands.kubectl("create", "job", "backup-now", f"--from=cronjob/{RELEASE}-backup", WHERE)
        hands.kubectl("wait", "job/backup-now", WHERE, "--for=condition=Complete", "--timeout=120s")
    said = hands.kubectl("logs", "job/backup-now", WHERE).strip()
    tell(f"    {said}")
    backup = said.split()[0]
    assert backup.startswith("/backups/history-")
    with step("the console is stopped, and its history is lost"):
        scaled(hands, 0)
        hands.on_node("sh", "-c", f"rm {FOLDER}/{CLAIMS[0]}/*")
    restore = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    (container,) = restore["spec"]["template"]["spec"]["containers"]
    image = ground.operator
    container["image"], container["imagePullPolicy"] = f"{image.repository}:{image.tag}", "Never"
    container["args"][-1] = backup
    with step("the backup is put back, and the console starts"):
        hands.apply(restore)
        where = ("job/restore-history", WHERE)
        hands.kubectl("wait", *where, "--for=condition=Complete", "--timeout=120s")
        said = hands.kubectl("logs", *where).strip()
        tell(f"    {said}")
        assert said.startswith(f"/data/history.db is {backup.rpartition('/')[2]} again.")
        scaled(hands, 1)
    hands.until(lambda: "the history is open" in _log(hands), "the console opens it")


def _log(hands: Hands) -> str:
    return hands.kubectl("logs", CONSOLE, WHERE)
