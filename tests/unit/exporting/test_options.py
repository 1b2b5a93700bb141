"""What `sim-operator export` refuses before it asks anybody."""

import pytest
from typer.testing import CliRunner

from sim_operator.cli import app


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--all", "-n", "plant-a"], "exclude each other"),
        (["--all", "--account", "a/b"], "exclude each other"),
        (["--to", "somewhere", "-o", "yaml"], "exclude each other"),
        (["--force"], "name it by --to"),
        (["--account", "default"], "'default' was given; allowed: namespace/name"),
        (["--account", "a/b/c"], "allowed: namespace/name"),
        (["--default-account", "default"], "--default-account"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: list[str], said: str) -> None:
    ended = CliRunner().invoke(app, ["export", *arguments])
    assert ended.exit_code == 2
    assert said in ended.output


def test_without_a_cluster_it_ends_with_one_and_says_so(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path_factory.mktemp("none") / "kubeconfig"))
    ended = CliRunner().invoke(app, ["export", "--all"])
    assert ended.exit_code == 1
    assert "kubeconfig" in ended.output
