"""The long form: no test may be forgotten, and a run must tell what came out of it."""

from pathlib import Path

from tests.chaos.chapters import HERE, Result, Run, chapter_of, taken
from tests.chaos.table import Outcome, Row

FAILING = """
from tests.chaos.table import Tried


def test_that_holds(tried: Tried) -> None:
    with tried("views", "a thing that holds"):
        pass


def test_that_breaks(tried: Tried) -> None:
    tried("views", "a thing that breaks")
    raise AssertionError
"""


def test_every_file_belongs_to_a_chapter() -> None:
    lost = [path.name for path in HERE.glob("test_*.py") if chapter_of(path) is None]
    assert not lost, f"chapters.py has no chapter for {lost}"


def test_a_run_tells_what_held_and_what_broke(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.chaos.conftest import tried\n"
        "from tests.conftest import pytest_configure\n"
        "__all__ = ['pytest_configure', 'tried']\n"
    )
    file = tmp_path / "test_views_of_a_run.py"
    file.write_text(FAILING)
    result = Result()
    with Run([file], tmp_path, seed=7, until=None) as run:
        for line in run.lines(30):
            if line is not None and line["event"] == "ended":
                taken(result, line, "views")
        result.code = run.wait()
    assert result.rows == [
        Row("views", "a thing that holds", Outcome.HELD),
        Row("views", "a thing that breaks", Outcome.BROKE),
    ], run.log.read_text()
    assert [one.rpartition("::")[2] for one in result.failed] == ["test_that_breaks"]
    assert result.code == 1
    assert result.broke
