"""`python -m sim_dashboards --write DIR`, or `--check DIR`: the dashboards as JSON files."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from sim_dashboards import fleet, operator, quotas, sim

PAGES: Mapping[str, Callable[[], Dashboard]] = {
    "fleet.json": fleet.dashboard,
    "operator.json": operator.dashboard,
    "quotas.json": quotas.dashboard,
    "sim.json": sim.dashboard,
}


def rendered(page: Callable[[], Dashboard]) -> str:
    """The text of a dashboard's file; panels are numbered in the order in which they stand."""
    dashboard = page().build()
    for number, panel in enumerate(dashboard.panels or (), start=1):
        panel.id_val = number
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"


def stale(folder: Path) -> list[str]:
    """The files of a folder that differ from what the code says, or should not be there."""
    differing = [name for name, page in PAGES.items() if _text(folder / name) != rendered(page)]
    unknown = {file.name for file in folder.glob("*.json")} - PAGES.keys()
    return sorted([*differing, *unknown])


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def main() -> int:
    """Write or check; 1 where a file is not current."""
    parser = argparse.ArgumentParser(prog="python -m sim_dashboards", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", metavar="DIR", type=Path, help="write the files into DIR")
    what.add_argument("--check", metavar="DIR", type=Path, help="fail where one is not current")
    told = parser.parse_args()
    if told.write is not None:
        told.write.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            (told.write / name).write_text(rendered(page), encoding="utf-8")
        return 0
    found = stale(told.check)
    if found:
        names = ", ".join(str(told.check / name) for name in found)
        sys.stderr.write(f"not current: {names}. Run `make generate` and commit what it writes.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
