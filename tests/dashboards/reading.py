"""The committed dashboards as a reader of their JSON sees them, and what Grafana makes of them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser

Json = dict[str, Any]

FOLDER = Path(__file__).resolve().parents[2] / "charts/sim-operator/dashboards"
EVERYTHING: Mapping[str, str] = {
    "cluster": ".*",
    "account": ".*",
    "namespace": ".*",
    "policy": ".*",
    "job": ".*",
    "sim": "some-sim",
}
"""What the variables stand for while All is chosen; the page SIM knows no All."""
BUILT_IN: Mapping[str, str] = {"__rate_interval": "1m", "__interval": "15s", "__range": "6h"}
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a panel."""

    page: str
    panel: str
    kind: str
    expr: str
    legend: str
    instant: bool

    def __str__(self) -> str:
        return f"{self.page} / {self.panel} / {self.legend}"


@cache
def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def pages() -> dict[str, Json]:
    """Every dashboard by the name of its file."""
    return {file.name: json.loads(text_of(file.name)) for file in sorted(FOLDER.glob("*.json"))}


def panels(page: Json) -> Iterator[Json]:
    """What shows data: all but the headings of rows."""
    return (panel for panel in page["panels"] if panel["type"] != "row")


def all_panels() -> list[tuple[str, Json]]:
    """Every panel with the name of its page's file."""
    return [(name, panel) for name, page in pages().items() for panel in panels(page)]


def queries() -> list[Asked]:
    """Every query of every panel."""
    return [
        Asked(
            name.removesuffix(".json"),
            panel["title"],
            panel["type"],
            target["expr"],
            target["legendFormat"],
            target.get("instant", False),
        )
        for name, panel in all_panels()
        for target in panel["targets"]
    ]


def variables(page: Json) -> dict[str, Json]:
    """The variables of a page by name."""
    return {variable["name"]: variable for variable in page["templating"]["list"]}


def variables_in(text: str) -> set[str]:
    """The names of the variables that a text uses, without Grafana's own."""
    found = {first or second for first, second in _VARIABLE.findall(text)}
    return {name for name in found if not name.startswith("__")}


def filled_in(text: str, values: Mapping[str, str] = EVERYTHING) -> str:
    """A query as Grafana sends it."""
    known = {**BUILT_IN, **values}
    return _VARIABLE.sub(lambda found: known[found[1] or found[2]], text)


def selectors(expr: str) -> list[promql_parser.VectorSelector]:
    """Every selector of an expression.

    Raises:
        ValueError: it is no PromQL.
    """
    found: list[promql_parser.VectorSelector] = []

    def keep(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)

    promql_parser.walk(promql_parser.parse(filled_in(expr)), keep)
    return found


def parts(expr: str) -> list[str]:
    """A filled in query, and whatever stands before an `or` in it: a zero behind it hides much."""
    found = [expr]

    def keep(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.BinaryExpr) and str(node.op) == "or":
            found.append(str(node.lhs))

    promql_parser.walk(promql_parser.parse(expr), keep)
    return found


def label_values(variable: Json) -> tuple[str, str]:
    """Series and label of a variable that is `label_values(series, label)`."""
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
    assert found is not None, variable["query"]["query"]
    return found[1], found[2]
