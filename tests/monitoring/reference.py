"""The pages of the documentation that list the alerts, made from the rule files.

Written by `python -m tests.monitoring.reference`; with `--check` it only says what is not current.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from tests.monitoring.rules import ROOT, AlertRule, alert_rules

ALERTS_PAGE = ROOT / "docs" / "reference" / "alerts.md"
INDEX_PAGE = ROOT / "docs" / "runbooks" / "README.md"

_ALERTS = """\
# Alerts

Generated from the rule files; changes by hand are lost.

[`alerts.yaml`](../../charts/sim-operator/files/rules/alerts.yaml) and
[`recording.yaml`](../../charts/sim-operator/files/rules/recording.yaml) are plain rule files of
Prometheus, 2.42 or later. The chart installs them as a PrometheusRule. Without the chart, name both
under `rule_files`: the alerts ask for what the other file records.

- Each alert leads to its [runbook](../runbooks/README.md) by the annotation `runbook_url`.
- They work with one replica or several, and keep firing while the lead goes over to another.
- They work with and without series per SIM, but for two: `SIMDataRunsOut` and `SIMSilent`.
- A scrape has to keep the labels of our metrics (`honor_labels: true`), and to set `namespace` to
  that of the pods. A label `cluster`, where you set one, keeps clusters apart.
- `critical`: the operator or an account does not work. `warning`: a person should look within a
  day. `info`: good to know.
"""

_INDEX = """\
# Runbooks

Generated from the rule files; changes by hand are lost.

What each alert means, and what to do. When several fire, begin at the top: what is further down
often follows from it. [All alerts with their times](../reference/alerts.md).

In commands `sim-operator` is the namespace and the name of the release, and words in capitals are
labels of the alert: `NAMESPACE/NAME` is what the label `account` says.
"""

_GROUPS = {
    "sim-operator.operator": "The operator",
    "sim-operator.accounts": "Accounts",
    "sim-operator.sims": "SIMs",
    "sim-operator.sims.days": "One SIM",
    "sim-operator.policies": "Quota policies",
}
"""Group of rules -> heading."""


def alerts_page() -> str:
    """`docs/reference/alerts.md`."""
    head = "| alert | severity | after | what it says |\n|---|---|---|---|\n"
    return _ALERTS + _by_heading(lambda rules: head + "".join(map(_row, rules)))


def index_page() -> str:
    """`docs/runbooks/README.md`."""
    return _INDEX + _by_heading(lambda rules: "".join(map(_item, rules)))


def _by_heading(listed: Callable[[list[AlertRule]], str]) -> str:
    return "".join(f"\n## {title}\n\n{listed(_of(group))}" for group, title in _GROUPS.items())


def _of(group: str) -> list[AlertRule]:
    return [rule for rule in alert_rules() if rule.group == group]


def _row(rule: AlertRule) -> str:
    name = f"[`{rule.name}`](../runbooks/{rule.name}.md)"
    return f"| {name} | {rule.severity} | {rule.lasts} | {plain(rule.summary)} |\n"


def _item(rule: AlertRule) -> str:
    return f"- [{rule.name}]({rule.name}.md): {plain(rule.summary)}\n"


def plain(template: str) -> str:
    """A summary as a sentence with words in place of values: `{{ $labels.name }}` is NAME."""
    text = re.sub(r"\{\{ with .*?\}\}.*?\{\{ end \}\}", "", template)
    text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: found[1].upper(), text)
    text = re.sub(r"\{\{ \$value \}\}", "N", text)
    assert "{{" not in text, template
    return text


PAGES = {ALERTS_PAGE: alerts_page, INDEX_PAGE: index_page}


def outdated() -> list[Path]:
    """The pages that are not what the rule files say."""
    return [
        page
        for page, made in PAGES.items()
        if not page.exists() or page.read_text(encoding="utf-8") != made()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are not current."""
    if arguments == ["--check"]:
        names = [str(page.relative_to(ROOT)) for page in outdated()]
        if names:
            sys.stderr.write(f"not current: {', '.join(names)}. Run `make generate`.\n")
        return int(bool(names))
    if arguments:
        sys.stderr.write("usage: python -m tests.monitoring.reference [--check]\n")
        return 2
    for page, made in PAGES.items():
        page.write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
