"""Every query asks for metrics and labels that exist, in a way that holds with two replicas."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import promql_parser
import pytest
import yaml

from sim_operator.telemetry.metrics import TABLE, Kind, MetricRow, Source
from tests.dashboards.reading import (
    FOLDER,
    Asked,
    filled_in,
    label_values,
    pages,
    panels,
    queries,
    selectors,
    variables,
)

RULES = FOLDER.parent / "files/rules/recording.yaml"
_OF_A_SCRAPE = {"job", "instance", "cluster"}
_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
QUERIES = pytest.mark.parametrize("asked", queries(), ids=str)


def _samples(row: MetricRow) -> dict[str, set[str]]:
    """The series of a metric: labels by name."""
    labels = {*row.labels, *_OF_A_SCRAPE}
    if row.kind is Kind.HISTOGRAM:
        whole = {f"{row.name}_{part}": labels for part in ("sum", "count")}
        return whole | {f"{row.name}_bucket": labels | {"le"}}
    return {row.name: labels}


def _recorded(file: Path) -> set[str]:
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"] if file.exists() else []
    return {rule["record"] for group in groups for rule in group["rules"]}


SERIES = {name: labels for row in TABLE for name, labels in _samples(row).items()}
SERIES |= {name: {*_OF_A_SCRAPE} for name in _PROCESS}
COUNTERS = {name for name in SERIES if re.search(r"_(?:total|bucket|sum|count)$", name)}
PER_SIM = {row.name for row in TABLE if row.source is Source.SIMS}
PER_PROCESS = {row.name for row in TABLE if row.source is Source.PROCESS} | _PROCESS


def _nodes(expr: str) -> Iterator[promql_parser.Expr]:
    found: list[promql_parser.Expr] = []
    promql_parser.walk(promql_parser.parse(filled_in(expr)), found.append)
    return iter(found)


@QUERIES
def test_its_metrics_exist(asked: Asked) -> None:
    names = {str(one.name) for one in selectors(asked.expr)}
    assert names - SERIES.keys() - _recorded(RULES) == set()


@QUERIES
def test_its_labels_exist(asked: Asked) -> None:
    unknown = {
        (one.name, matcher.name)
        for one in selectors(asked.expr)
        for matcher in one.matchers.matchers
        if matcher.name not in SERIES.get(str(one.name), {matcher.name})
    }
    assert unknown == set()


@QUERIES
def test_its_groups_are_by_labels_of_its_metrics(asked: Asked) -> None:
    known = {label for one in selectors(asked.expr) for label in SERIES.get(str(one.name), ())}
    grouped = {
        label
        for node in _nodes(asked.expr)
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None
        for label in node.modifier.labels
    }
    assert grouped - known == set()


@QUERIES
def test_its_legend_shows_labels_that_it_gives(asked: Asked) -> None:
    shown = set(re.findall(r"\{\{(\w+)\}\}", asked.legend))
    known = {label for one in selectors(asked.expr) for label in SERIES.get(str(one.name), ())}
    assert shown - known == set()


@QUERIES
def test_it_counts_nothing_twice_while_a_replica_takes_over(asked: Asked) -> None:
    """A gauge of the fleet is taken as the largest of its copies before anything is summed."""
    safe = set()
    for node in _nodes(asked.expr):
        if isinstance(node, promql_parser.AggregateExpr) and str(node.op) == "max":
            safe |= {str(one.name) for one in selectors(str(node))}
    gauges = {str(one.name) for one in selectors(asked.expr)} - COUNTERS - PER_PROCESS
    assert gauges - safe == set()


@QUERIES
def test_it_takes_the_rate_of_what_counts(asked: Asked) -> None:
    ranged = {
        str(node.vector_selector.name)
        for node in _nodes(asked.expr)
        if isinstance(node, promql_parser.MatrixSelector)
    }
    counted = {str(one.name) for one in selectors(asked.expr)} & COUNTERS
    assert counted - ranged == set()
    if counted:
        assert "[$__rate_interval]" in asked.expr


def test_the_fleet_needs_no_series_per_sim_but_in_its_last_row() -> None:
    page = pages()["fleet.json"]
    before = takewhile(lambda panel: panel["title"] != "Single SIMs", page["panels"])
    titles = {panel["title"] for panel in before}
    needing = {
        asked.panel
        for asked in queries()
        if asked.page == "fleet" and {str(one.name) for one in selectors(asked.expr)} & PER_SIM
    }
    assert needing
    assert needing & titles == set()


def test_a_panel_that_needs_series_per_sim_says_so_where_there_are_none() -> None:
    silent = [
        (name, panel["title"])
        for name in ("fleet.json", "quotas.json")
        for panel in panels(pages()[name])
        if any(
            str(one.name) in PER_SIM
            for target in panel["targets"]
            for one in selectors(target["expr"])
        )
        and "series per SIM" not in panel["fieldConfig"]["defaults"].get("noValue", "")
    ]
    assert silent == []


@pytest.mark.parametrize("name", sorted(pages()))
def test_each_variable_lists_a_label_of_a_metric(name: str) -> None:
    for variable in variables(pages()[name]).values():
        if variable["type"] != "query":
            continue
        series, label = label_values(variable)
        (selector,) = selectors(series)
        assert label in SERIES[str(selector.name)]
        matched = {matcher.name for matcher in selector.matchers.matchers}
        assert matched <= SERIES[str(selector.name)]
