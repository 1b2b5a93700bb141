"""Tables: some labels, and for each combination of them some figures as they are now."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units

from sim_dashboards.looks import Step, thresholds
from sim_dashboards.panels import at_the_end, framed
from sim_dashboards.queries import Query

MOMENT = "dateTimeFromNow"
DAY = "time:YYYY-MM-DD"
ICCID_WIDTH = 175
_LEAST_WIDTH, _MOMENT_WIDTH = 75, 145


@dataclass(frozen=True, slots=True)
class Label:
    """A column that shows a label."""

    label: str
    title: str
    link: build.DashboardLink | None = None
    width: int | None = None
    mappings: Sequence[model.ValueMapping] = ()
    """Colours of values."""


_CLUSTER = Label("cluster", "Cluster")
"""Not there, and not shown, where the Prometheus knows one cluster only."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A column that shows a value; `steps` colour its background."""

    title: str
    expr: str
    unit: str
    steps: Sequence[Step] = ()
    base: str = "transparent"
    bar: bool = False
    """Drawn as a bar from 0 to 1."""
    mappings: Sequence[model.ValueMapping] = ()
    """Words for values; they bring their colour."""


def listing(
    title: str,
    text: str,
    labels: Sequence[Label],
    figures: Sequence[Figure],
    *,
    sort: str,
    descending: bool = True,
    width: int = 12,
    height: int = 8,
    empty: str = "",
) -> table.Panel:
    """A table; rows of the figures with equal labels become one row."""
    labels = (_CLUSTER, *labels)
    queries = [Query(figure.expr, figure.title) for figure in figures]
    panel = (
        framed(table.Panel(), title, text, "none", (width, height), [])
        .targets([at_the_end(place, query) for place, query in enumerate(queries)])
        .with_transformation(model.DataTransformerConfig("merge", options={}))
        .with_transformation(_columns(labels, figures))
        .sort_by([common.TableSortByFieldState().display_name(sort).desc(descending)])
        .cell_height(options.TableCellHeight.SM)
        .align(options.FieldTextAlignment.AUTO)
        .min_width(_LEAST_WIDTH)
    )
    for label in labels:
        panel.override_by_name(label.title, _label_properties(label))
    for figure in figures:
        panel.override_by_name(figure.title, _figure_properties(figure))
    return panel.no_value(empty) if empty else panel


def facts(
    title: str,
    text: str,
    labels: Sequence[Label],
    expr: str,
    *,
    width: int = 24,
    height: int = 4,
) -> table.Panel:
    """A table of labels alone, of a metric whose value says nothing."""
    panel = (
        framed(table.Panel(), title, text, "none", (width, height), [])
        .targets([at_the_end(0, Query(expr, title))])
        .with_transformation(_columns(labels, hidden=("Value",)))
        .cell_height(options.TableCellHeight.SM)
        .align(options.FieldTextAlignment.AUTO)
        .min_width(_LEAST_WIDTH)
    )
    for label in labels:
        panel.override_by_name(label.title, _label_properties(label))
    return panel


def _columns(
    labels: Sequence[Label], figures: Sequence[Figure] = (), hidden: Sequence[str] = ()
) -> model.DataTransformerConfig:
    names = {label.label: label.title for label in labels}
    if len(figures) == 1:
        # Grafana's name for the values of a table of one query.
        names["Value"] = figures[0].title
    else:
        names |= {f"Value #{ascii_uppercase[at]}": one.title for at, one in enumerate(figures)}
    return model.DataTransformerConfig(
        "organize",
        options={
            "excludeByName": dict.fromkeys(("Time", *hidden), True),
            "indexByName": {name: place for place, name in enumerate(names)},
            "renameByName": names,
        },
    )


def _label_properties(label: Label) -> list[model.DynamicConfigValue]:
    # An ICCID looks like a number, and would lose its last digits as one.
    properties = [model.DynamicConfigValue("unit", units.String)]
    if label.link is not None:
        properties.append(model.DynamicConfigValue("links", [label.link.build()]))
    if label.width is not None:
        properties.append(model.DynamicConfigValue("custom.width", label.width))
    return [*properties, *_words(label.mappings)]


def _words(mappings: Sequence[model.ValueMapping]) -> list[model.DynamicConfigValue]:
    if not mappings:
        return []
    return [
        model.DynamicConfigValue("mappings", list(mappings)),
        model.DynamicConfigValue("custom.cellOptions", options.TableColorTextCellOptions()),
    ]


def _figure_properties(figure: Figure) -> list[model.DynamicConfigValue]:
    properties = [
        model.DynamicConfigValue("unit", figure.unit),
        model.DynamicConfigValue("noValue", "–"),
    ]
    if figure.unit == MOMENT:
        properties.append(model.DynamicConfigValue("custom.width", _MOMENT_WIDTH))
    if figure.steps:
        colours = thresholds(figure.steps, figure.base).build()
        properties.append(model.DynamicConfigValue("thresholds", colours))
    properties += _words(figure.mappings)
    if figure.bar:
        gauge = options.TableBarGaugeCellOptions(
            mode=options.BarGaugeDisplayMode.BASIC,
            value_display_mode=options.BarGaugeValueMode.TEXT,
        )
        properties += [
            model.DynamicConfigValue("custom.cellOptions", gauge),
            model.DynamicConfigValue("min", 0),
            model.DynamicConfigValue("max", 1),
        ]
    elif figure.steps:
        filled = options.TableColoredBackgroundCellOptions(
            mode=options.TableCellBackgroundDisplayMode.BASIC
        )
        properties.append(model.DynamicConfigValue("custom.cellOptions", filled))
    return properties
