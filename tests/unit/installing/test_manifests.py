"""What `apply` is given."""

from io import StringIO
from pathlib import Path

import pytest

from sim_operator.domain.resources import Key
from sim_operator.installing.complaints import BadInputError
from sim_operator.installing.manifests import read

SIM = """
apiVersion: sim-operator.io/v1alpha1
kind: SIM
metadata:
  name: pump
  labels: {fleet: pumps}
spec:
  iccid: "8988303000123456789"
"""
ACCOUNT = SIM.replace("kind: SIM", "kind: SIMAccount")


def test_documents_keep_their_order_over_files_and_get_the_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text(f"---\n---{SIM}---{ACCOUNT}  \n---\n", encoding="utf-8")
    second.write_text(SIM.replace("name: pump", "name: pump\n  namespace: plant-b"), "utf-8")
    monkeypatch.setattr("sys.stdin", StringIO(SIM.replace("pump", "gate", 1)))
    found = read([str(first), str(second), "-"], "plant-a")
    assert [(one.kind.name, one.key) for one in found] == [
        ("SIM", Key("plant-a", "pump")),
        ("SIMAccount", Key("plant-a", "pump")),
        ("SIM", Key("plant-b", "pump")),
        ("SIM", Key("plant-a", "gate")),
    ]
    assert found[0].body["metadata"] == {
        "name": "pump",
        "namespace": "plant-a",
        "labels": {"fleet": "pumps"},
    }
    assert found[0].body["spec"] == {"iccid": "8988303000123456789"}
    assert found[1].shown == "simaccount.sim-operator.io/pump"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no resource"),
        ("---\n---\n", "holds no resource"),
        ("{", "is no YAML"),
        ("- a", "document 1 is no Kubernetes object"),
        (f"{SIM}---\n7", "document 2 is no Kubernetes object"),
        (SIM.replace("kind: SIM", "kind: Secret"), "is of kind Secret (sim-operator.io/v1alpha1)"),
        (SIM.replace("v1alpha1", "v2"), "is of kind SIM (sim-operator.io/v2)"),
        (SIM.replace("kind: SIM", "kind: [SIM]"), "only SIM, SIMAccount, QuotaPolicy of"),
        (SIM.replace("name: pump", "generateName: pump-"), "has no metadata.name"),
        (SIM.replace("name: pump", "name: pump\n  namespace: 7"), "is not the name of a namespace"),
        (f"{SIM}---{SIM}", "SIM plant-a/pump is there twice"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_its_place(
    text: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "resources.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        read([str(file)], "plant-a")
    assert said in str(refused.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read([str(tmp_path / "none.yaml")], "plant-a")
    file = tmp_path / "resources.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInputError, match="cannot be read"):
        read([str(file)], "plant-a")
