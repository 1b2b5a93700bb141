"""What a trial is given, and what it can reach."""

from io import StringIO
from pathlib import Path

import pytest

from sim_operator.domain.resources import Key
from sim_operator.kube.context import context_namespace
from sim_operator.trial.complaints import BadInputError
from sim_operator.trial.documents import read

POLICY = """
apiVersion: sim-operator.io/v1alpha1
kind: QuotaPolicy
metadata:
  name: pumps
"""


def test_every_policy_of_a_file_is_read_and_empty_documents_are_none(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    other = POLICY.replace("pumps", "gates") + "  namespace: plant-b\n"
    file.write_text(f"---\n---{POLICY}---{other}---\n", encoding="utf-8")
    found = read(str(file), "plant-a")
    assert [one.key for one in found] == [Key("plant-a", "pumps"), Key("plant-b", "gates")]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(POLICY))
    assert [one.key for one in read("-", "plant-a")] == [Key("plant-a", "pumps")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no QuotaPolicy"),
        ("{", "is no YAML"),
        ("a string", "document 1 is no Kubernetes object"),
        (POLICY.replace("QuotaPolicy", "SIM"), "is of kind SIM (sim-operator.io/v1alpha1)"),
        (POLICY.replace("v1alpha1", "v2"), "is of kind QuotaPolicy (sim-operator.io/v2)"),
        (POLICY.replace("name: pumps", "labels: {}"), "has no metadata.name"),
        (POLICY + "  namespace: 7\n", "metadata.namespace is not the name of a namespace"),
        (POLICY + "---" + POLICY, "has two QuotaPolicies with the name plant-a/pumps"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        read(str(file), "plant-a")
    assert str(file) in str(refused.value)
    assert said in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInputError, match="cannot be read"):
        read(str(file), "plant-a")


def test_the_namespace_is_that_of_the_current_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text(
        "current-context: b\ncontexts: [{name: a, context: {namespace: of-a}}]\n", encoding="utf-8"
    )
    other.write_text(
        "current-context: a\ncontexts: [{name: b, context: {namespace: of-b}}]\n", encoding="utf-8"
    )
    monkeypatch.setenv("KUBECONFIG", f"{one}:{other}:{tmp_path / 'none'}")
    assert context_namespace() == "of-b"
    monkeypatch.setenv("KUBECONFIG", str(other))
    assert context_namespace() == "default"
    other.write_text("current-context: b\ncontexts: [{name: b, context: {}}]\n", encoding="utf-8")
    assert context_namespace() == "default"
