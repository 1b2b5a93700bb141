"""The files are what the code says, and what Grafana understands."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from sim_dashboards.__main__ import PAGES, stale
from sim_dashboards.reference import dashboards_page
from tests.dashboards.reading import FOLDER, Json, pages, text_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
_LARGEST_PICTURE = 300_000
_LARGEST = 512 * 1024
"""A ConfigMap holds 1 MiB, and a Helm release all of them, compressed, in one Secret of 1 MiB."""


def _read_and_written(page: Json) -> Json:
    """A page as Grafana's library gives it back; it keeps the keys that it knows, and no other."""
    register_default_plugins()
    read = Dashboard.from_json(copy.deepcopy(page))
    written: Json = json.loads(json.dumps(read, cls=JSONEncoder))
    return written


def test_the_committed_files_are_current() -> None:
    assert stale(FOLDER) == [], "run `make generate` and commit what it writes"


def test_a_file_that_differs_or_that_nobody_makes_is_told(tmp_path: Path) -> None:
    for name in PAGES:
        (tmp_path / name).write_text(text_of(name), encoding="utf-8")
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    (tmp_path / "sim.json").write_text("{}", encoding="utf-8")
    (tmp_path / "fleet.json").unlink()
    checked = subprocess.run(
        [sys.executable, "-m", "sim_dashboards", "--check", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1
    assert [name for name in ("fleet.json", "old.json", "sim.json") if name in checked.stderr] == [
        "fleet.json",
        "old.json",
        "sim.json",
    ]
    assert "quotas.json" not in checked.stderr


def test_what_is_written_passes_the_check(tmp_path: Path) -> None:
    for what in ("--write", "--check"):
        command = [sys.executable, "-m", "sim_dashboards", what, str(tmp_path / "dashboards")]
        subprocess.run(command, check=True)


def test_the_page_of_the_documentation_is_current() -> None:
    assert (DOCS / "reference/dashboards.md").read_text(encoding="utf-8") == dashboards_page(), (
        "docs/reference/dashboards.md is not current. Run `make generate` and commit what it writes"
    )


def test_every_dashboard_has_a_small_picture_in_the_documentation() -> None:
    for name in PAGES:
        picture = DOCS / f"images/dashboard-{name.removesuffix('.json')}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < _LARGEST_PICTURE


@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_key_is_one_that_grafana_does_not_know(name: str) -> None:
    assert _read_and_written(json.loads(text_of(name))) == json.loads(text_of(name))


def test_a_key_with_a_slip_in_it_would_be_noticed() -> None:
    page = pages()["sim.json"]
    page["panels"][0]["fieldConfig"]["defaults"]["decimal"] = 1
    assert _read_and_written(page) != page


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_file_fits_into_a_config_map(name: str) -> None:
    assert len(text_of(name).encode()) < _LARGEST
