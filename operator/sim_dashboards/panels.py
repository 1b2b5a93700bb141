"""The kinds of panels, each as one function: what is shown, in which unit, how it is read."""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders import (
    dashboard as build,
)
from grafana_foundation_sdk.models import (
    common as options,
)
from grafana_foundation_sdk.models import (
    dashboard as model,
)
from grafana_foundation_sdk.models import (
    prometheus as query_model,
)

from sim_dashboards.looks import COLOURS, GOOD, PLAIN, Step, fixed, thresholds
from sim_dashboards.navigation import SOURCE
from sim_dashboards.queries import Query

Panel = TypeVar(
    "Panel", stat.Panel, timeseries.Panel, table.Panel, bargauge.Panel, statetimeline.Panel
)
Links = Sequence[build.DashboardLink]
_FIGURE_SIZE, _NAME_SIZE = 34.0, 16.0
_WIDE = 12
NO_SERIES_PER_SIM = (
    "No series per SIM: there are none with SIM_OPERATOR_PER_SIM_METRICS=off, "
    "nor with auto above 20,000 SIMs."
)


def framed(
    panel: Panel, title: str, text: str, unit: str, size: tuple[int, int], queries: Sequence[Query]
) -> Panel:
    """What every panel has; `size`: width in columns of 24, height in rows of the grid."""
    width, height = size
    return (
        panel.title(title)
        .description(text)
        .datasource(SOURCE)
        .unit(unit)
        .span(width)
        .height(height)
        .targets([_range(place, query) for place, query in enumerate(queries)])
    )


def _asked(place: int, query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend)
        .ref_id(ascii_uppercase[place])
        .datasource(SOURCE)
        .editor_mode(query_model.QueryEditorMode.CODE)
    )


def _range(place: int, query: Query) -> prometheus.Dataquery:
    return _asked(place, query).range()


def at_the_end(place: int, query: Query) -> prometheus.Dataquery:
    """A query for the end of the time range alone, with labels as columns."""
    asked = _asked(place, query)
    return asked.instant().format(query_model.PromQueryFormat.TABLE)


def figure(
    title: str,
    text: str,
    query: Query,
    unit: str,
    *,
    width: int = 4,
    steps: Sequence[Step] = (),
    base: str = "",
    mappings: Sequence[model.ValueMapping] = (),
    named: bool = False,
    links: Links = (),
    decimals: int | None = None,
    empty: str = "",
) -> stat.Panel:
    """One number, as it is now; `named`: its legend instead of it."""
    panel = (
        framed(stat.Panel(), title, text, unit, (width, 4), [])
        # Of the series that are there now, not of those that were in the time range.
        .targets([_asked(0, query).instant()])
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(options.BigValueColorMode.VALUE)
        .graph_mode(options.BigValueGraphMode.NONE)
        .text_mode(options.BigValueTextMode.NAME if named else options.BigValueTextMode.VALUE)
        .text(common.VizTextDisplayOptions().value_size(_NAME_SIZE if named else _FIGURE_SIZE))
        .wide_layout(False)
        .thresholds(thresholds(steps, base or (GOOD if steps else PLAIN)))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .mappings(list(mappings))
        .data_links(list(links))
    )
    if decimals is not None:
        panel.decimals(decimals)
    return panel.no_value(empty) if empty else panel


def curves(
    title: str,
    text: str,
    queries: Sequence[Query],
    unit: str,
    *,
    width: int = 8,
    stacked: bool = False,
    coloured: Sequence[str] = (),
    steps: Sequence[Step] = (),
    maximum: float | None = None,
    links: Links = (),
    empty: str = "",
    latest: bool = False,
) -> timeseries.Panel:
    """Series over time; `coloured`: of a fixed colour; `latest`: last values in the legend."""
    panel = (
        framed(timeseries.Panel(), title, text, unit, (width, 8), queries)
        .draw_style(options.GraphDrawStyle.LINE)
        .line_width(1)
        .fill_opacity(40 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .min(0)
        .legend(_legend(latest=latest, beside=latest and width >= _WIDE))
        .tooltip(
            common.VizTooltipOptions()
            .mode(options.TooltipDisplayMode.MULTI)
            .sort(options.SortOrder.DESCENDING)
        )
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
        .data_links(list(links))
    )
    if unit == "locale":
        panel.decimals(0)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if steps:
        panel.thresholds(thresholds(steps))
        dashes = common.GraphThresholdsStyleConfig()
        panel.thresholds_style(dashes.mode(options.GraphThresholdsStyleMode.DASHED))
    if maximum is not None:
        panel.max(maximum)
    for name in coloured:
        panel.override_by_name(name, [fixed(COLOURS[name])])
    for place, query in enumerate(queries):
        if query.limit:
            panel.override_by_query(ascii_uppercase[place], _dashed())
    return panel.no_value(empty) if empty else panel


def _legend(*, latest: bool, beside: bool) -> common.VizLegendOptions:
    display = options.LegendDisplayMode.TABLE if latest else options.LegendDisplayMode.LIST
    place = options.LegendPlacement.RIGHT if beside else options.LegendPlacement.BOTTOM
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(display)
        .placement(place)
        .calcs(["lastNotNull", "max"] if latest else [])
    )


def _dashed() -> list[model.DynamicConfigValue]:
    return [
        model.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        model.DynamicConfigValue("custom.fillOpacity", 0),
        model.DynamicConfigValue("custom.stacking", {"mode": "none", "group": "A"}),
    ]


def bars(
    title: str,
    text: str,
    query: Query,
    unit: str,
    *,
    width: int = 8,
    steps: Sequence[Step] = (),
    maximum: float | None = None,
    links: Links = (),
    empty: str = "",
) -> bargauge.Panel:
    """One bar for each series, as it is now."""
    panel = (
        framed(bargauge.Panel(), title, text, unit, (width, 8), [])
        .targets([_range(0, query)])
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .value_mode(options.BarGaugeValueMode.COLOR)
        .name_placement(options.BarGaugeNamePlacement.TOP)
        .text(common.VizTextDisplayOptions().title_size(13).value_size(15))
        .sizing(options.BarGaugeSizing.MANUAL)
        .min_viz_height(34)
        .max_viz_height(46)
        .show_unfilled(True)
        .min(0)
        .thresholds(thresholds(steps, "green"))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .data_links(list(links))
    )
    if maximum is not None:
        panel.max(maximum)
    return panel.no_value(empty) if empty else panel


def phases(
    title: str,
    text: str,
    queries: Sequence[Query],
    mappings: Sequence[Sequence[model.ValueMapping]],
    *,
    width: int = 24,
) -> statetimeline.Panel:
    """One band for each query, with the words that stand for its values."""
    panel = (
        framed(statetimeline.Panel(), title, text, "none", (width, 6), queries)
        .show_value(options.VisibilityMode.AUTO)
        .merge_values(True)
        .row_height(0.8)
        .legend(common.VizLegendOptions().show_legend(False))
        .fill_opacity(75)
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )
    for place, words in enumerate(mappings):
        mapped = model.DynamicConfigValue("mappings", list(words))
        panel.override_by_query(ascii_uppercase[place], [mapped])
    return panel
