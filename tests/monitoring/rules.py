"""The rule files of the chart, as values."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "charts" / "sim-operator" / "files" / "rules"
RECORDING, ALERTS = FOLDER / "recording.yaml", FOLDER / "alerts.yaml"
RUNBOOKS = ROOT / "docs" / "runbooks"
RUNBOOK_BASE = "https://github.com/sim-operator/sim-operator/blob/main/docs/runbooks"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert; durations as Prometheus writes them, empty where there is none."""

    group: str
    name: str
    expr: str
    lasts: str
    """How long the expression has to hold before it fires (`for`)."""
    severity: str
    summary: str
    description: str
    runbook_url: str


@cache
def groups(file: Path) -> list[dict[str, Any]]:
    """The groups of a rule file, read once; not to be changed."""
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    return found


def _rules(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in groups(file):
        for rule in group["rules"]:
            yield group["name"], rule


def alert_rules() -> list[AlertRule]:
    """Every alert, in the order of the file; what a rule lacks is empty."""
    return [
        AlertRule(
            group=group,
            name=rule["alert"],
            expr=str(rule["expr"]),
            lasts=rule.get("for", ""),
            severity=(rule.get("labels") or {}).get("severity", ""),
            summary=(rule.get("annotations") or {}).get("summary", ""),
            description=(rule.get("annotations") or {}).get("description", ""),
            runbook_url=(rule.get("annotations") or {}).get("runbook_url", ""),
        )
        for group, rule in _rules(ALERTS)
    ]


def recorded() -> dict[str, str]:
    """Every recording rule: its name and its expression."""
    return {rule["record"]: str(rule["expr"]) for _, rule in _rules(RECORDING)}
