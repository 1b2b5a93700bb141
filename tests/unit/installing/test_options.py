"""The options of `apply` and `check`."""

import pytest
from typer.testing import CliRunner

from sim_operator.cli import app


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply"], "--filename"),
        (["apply", "-f", "none.yaml", "--timeout", "0"], "--timeout"),
        (["check", "stack", "--per-sim-metrics", "some"], "'auto', 'on', 'off'"),
        (["check", "stack", "--timeout", "3601"], "--timeout"),
        (["check", "everything"], "No such command"),
    ],
)
def test_options_that_cannot_be_used_are_refused(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "stack"], "There is nothing to check"),
        (["check", "stack", "--make-sim", "a"], "--make-sim and --iccid-from belong together"),
        (["check", "stack", "--iccid-from", "http://a"], "belong together"),
        (["check", "stack", "--service", "http://a"], "NAME=URL is wanted"),
        (["check", "stack", "--account", "a"], "--account 'a': namespace/name is wanted"),
        (["apply", "-f", "/nonexistent/a.yaml"], "/nonexistent/a.yaml cannot be read"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_before_anything_is_done(
    arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert said in done.output
