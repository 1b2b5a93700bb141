"""What comes out of the chart for monitoring, taken apart."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.chart.rendering import CHART, RELEASE, Manifest, Rendered
from tests.monitoring.programs import ensure_programs

RULES: Final = CHART / "files/rules"
DASHBOARDS: Final = CHART / "dashboards"
PROMETHEUS: Final = f"{RELEASE}-prometheus"
GRAFANA: Final = f"{RELEASE}-grafana"
BUNDLED: Final[dict[str, Any]] = {"prometheus": {"enabled": True}, "grafana": {"enabled": True}}
ALERTS: Final[dict[str, Any]] = {"alerts": {"enabled": True}}


def source_groups() -> list[dict[str, Any]]:
    """The groups of the rule files as they are in the checkout."""
    files = (file.read_text(encoding="utf-8") for file in sorted(RULES.glob("*.yaml")))
    return [group for text in files for group in yaml.safe_load(text)["groups"]]


def alerts_of(groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The alerts of some groups by name."""
    rules = (rule for group in groups for rule in group["rules"])
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def rule_groups(rendered: Rendered) -> list[dict[str, Any]]:
    """The groups of the rendered PrometheusRule."""
    (rule,) = rendered.of("PrometheusRule")
    groups: list[dict[str, Any]] = rule["spec"]["groups"]
    return groups


def pod_spec(rendered: Rendered, name: str) -> Manifest:
    """The pod of a Deployment."""
    spec: Manifest = rendered.one("Deployment", name)["spec"]["template"]["spec"]
    return spec


def environment(rendered: Rendered, name: str) -> dict[str, Any]:
    """The environment of the only container of a Deployment."""
    (container,) = pod_spec(rendered, name)["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


@cache
def promtool_program() -> Path:
    """The promtool of the machine, or Debian's."""
    return ensure_programs(os.environ).promtool


def promtool(*arguments: str | Path) -> str:
    """What promtool says, after it agreed."""
    done = subprocess.run(
        [promtool_program(), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
