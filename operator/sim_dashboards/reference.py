"""The page of the documentation that tells what each panel shows, made from the panels.

Written by `python -m sim_dashboards.reference > docs/reference/dashboards.md`.
"""

import sys
from collections.abc import Iterator

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import Panel, RowPanel

from sim_dashboards import fleet, navigation, operator, quotas, sim

_INTRODUCTION = """\
# Dashboards

Generated from the code of the dashboards; changes by hand are lost.

Four Grafana dashboards come with the chart. [Get them into a Grafana](../how-to/monitoring.md).

| dashboard | uid | what it is for |
|---|---|---|
"""
_HOW_THEY_WORK = """
They ask the [metrics](metrics.md) themselves and need no recording rules. Every figure of the fleet
is counted once, also while one replica takes over from another, or where two scrape jobs reach the
same operator. A gap in a curve is a time in which nobody led.

- **Variables.** Cluster, Account, Namespace and Policy take several values, or all. Cluster has
  values only where your scrapes set a label `cluster`. The page SIM shows one SIM.
- **Links.** On top of each page to the others, with what is chosen. In tables and curves: a SIM
  leads to its page, a namespace to its SIMs, a policy to Quotas.
- **Series per SIM.** The page SIM, the last row of Fleet and one table of Quotas need them. With
  `SIM_OPERATOR_PER_SIM_METRICS=off`, or `auto` and more than 20,000 SIMs, there are none; all other
  panels work without.

The pictures show a simulated fleet of 32 SIMs for a quarter of an hour, drawn with Grafana's own
components. In it a second account could not be read for some minutes, and one replica took over
from the other.
"""
_PAGES = (
    (
        "Fleet",
        navigation.FLEET,
        fleet.dashboard,
        "All SIMs at a glance, and those that want a look.",
    ),
    ("SIM", navigation.SIM, sim.dashboard, "The life of one card."),
    ("Quotas", navigation.QUOTAS, quotas.dashboard, "What policies see, foresee and do."),
    ("Operator", navigation.OPERATOR, operator.dashboard, "The operator and its calls to 1NCE."),
)
_FIRST_ROW = "On top"


def dashboards_page() -> str:
    """The whole page, in Markdown."""
    parts = [_INTRODUCTION]
    parts += [
        f"| [{name}](#{name.lower()}) | `{uid}` | {text} |\n" for name, uid, _, text in _PAGES
    ]
    parts.append(_HOW_THEY_WORK)
    for name, uid, made, _ in _PAGES:
        picture = f"../images/dashboard-{uid.removeprefix('sim-operator-')}.png"
        parts.append(f"\n## {name}\n\n![The dashboard {name}]({picture})\n\n")
        parts.append("| row | panel | what it shows |\n|---|---|---|\n")
        parts += _rows(made())
    return "".join(parts)


def _rows(page: Dashboard) -> Iterator[str]:
    row = _FIRST_ROW
    for panel in page.build().panels or ():
        if isinstance(panel, RowPanel):
            row = panel.title or ""
        elif isinstance(panel, Panel):
            yield f"| {row} | {panel.title} | {panel.description} |\n"
            row = ""


if __name__ == "__main__":
    sys.stdout.write(dashboards_page())
