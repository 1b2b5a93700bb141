"""Every panel says what it shows, in which unit, and stands in its place."""

from collections import Counter
from itertools import combinations
from typing import get_args

import pytest
from grafana_foundation_sdk.models import units

from tests.dashboards.reading import Json, all_panels, pages, panels

_COLUMNS = 24
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_UNITS = {
    value
    for name, value in vars(units).items()
    if isinstance(value, str) and not name.startswith("_")
}
PANELS = pytest.mark.parametrize(
    ("page", "panel"),
    [pytest.param(*one, id=f"{one[0]}: {one[1]['title']}") for one in all_panels()],
)


def _is_unit(text: str) -> bool:
    return text in _UNITS or text.startswith(("suffix:", "time:"))


def _overrides(panel: Json) -> dict[str, dict[str, object]]:
    """Properties by the name of the series or column that they are for."""
    return {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
    }


def _columns(panel: Json) -> dict[str, str]:
    """The columns of a table: what they are called by what they are."""
    organized = next(one for one in panel["transformations"] if one["id"] == "organize")
    columns: dict[str, str] = organized["options"]["renameByName"]
    return columns


def _values(panel: Json) -> list[str]:
    return [title for column, title in _columns(panel).items() if column.startswith("Value")]


def test_the_known_units_are_those_of_grafana() -> None:
    assert {"bytes", "reqps", "percentunit"} <= _UNITS
    assert get_args(units.BytesIEC) in {("bytes",), ()}


@PANELS
def test_it_has_title_and_description(page: str, panel: Json) -> None:
    assert panel["title"].strip() == panel["title"] != ""
    assert panel["description"].endswith(".")
    assert panel["description"] != panel["title"]


@PANELS
def test_it_has_a_unit(page: str, panel: Json) -> None:
    told = {panel["fieldConfig"]["defaults"].get("unit")}
    if panel["type"] == "table":
        told |= {_overrides(panel)[title].get("unit") for title in _values(panel)}
    assert [one for one in told if not _is_unit(str(one))] == []


@PANELS
def test_a_label_of_a_table_is_text_because_an_iccid_would_lose_digits_as_a_number(
    page: str, panel: Json
) -> None:
    if panel["type"] != "table":
        return
    labels = set(_columns(panel).values()) - set(_values(panel))
    assert {_overrides(panel)[title].get("unit") for title in labels} == {"string"}


@PANELS
def test_a_value_that_is_missing_in_a_table_leaves_its_cell_nearly_empty(
    page: str, panel: Json
) -> None:
    if panel["type"] == "table":
        assert {_overrides(panel)[title].get("noValue") for title in _values(panel)} <= {"–"}


@PANELS
def test_it_asks_the_chosen_data_source(page: str, panel: Json) -> None:
    assert panel["datasource"] == _SOURCE
    assert [target["datasource"] for target in panel["targets"]] == [_SOURCE] * len(
        panel["targets"]
    )
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references) > 0


@PANELS
def test_each_of_its_queries_has_a_name_to_show(page: str, panel: Json) -> None:
    legends = [target["legendFormat"] for target in panel["targets"]]
    assert all(legends)
    assert len(set(legends)) == len(legends)


@PANELS
def test_it_lies_within_the_grid(page: str, panel: Json) -> None:
    place = panel["gridPos"]
    assert place["h"] >= 4
    assert 0 <= place["x"] < place["x"] + place["w"] <= _COLUMNS


@PANELS
def test_its_limits_have_colours_that_rise(page: str, panel: Json) -> None:
    thresholds = panel["fieldConfig"]["defaults"].get("thresholds")
    for steps in [thresholds["steps"]] if thresholds else []:
        values = [step["value"] for step in steps]
        assert values[0] is None
        assert values[1:] == sorted(set(values[1:]))
        assert all(step["color"] for step in steps)


@PANELS
def test_a_table_shows_what_its_queries_give(page: str, panel: Json) -> None:
    if panel["type"] != "table":
        return
    several = len(panel["targets"]) > 1
    given = {f"Value #{one['refId']}" if several else "Value" for one in panel["targets"]}
    options = next(one for one in panel["transformations"] if one["id"] == "organize")["options"]
    assert {column for column in _columns(panel) if column.startswith("Value")} == given - set(
        options["excludeByName"]
    )
    assert set(options["indexByName"]) == set(_columns(panel))
    assert set(_overrides(panel)) == set(_columns(panel).values())
    assert all(one["instant"] and one["format"] == "table" for one in panel["targets"])


@pytest.mark.parametrize("name", sorted(pages()))
def test_no_two_panels_of_a_page_overlap(name: str) -> None:
    def cells(panel: Json) -> set[tuple[int, int]]:
        place = panel["gridPos"]
        across = range(place["x"], place["x"] + place["w"])
        down = range(place["y"], place["y"] + place["h"])
        return {(column, row) for column in across for row in down}

    overlapping = [
        (one["title"], other["title"])
        for one, other in combinations(pages()[name]["panels"], 2)
        if cells(one) & cells(other)
    ]
    assert overlapping == []


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_row_of_panels_leaves_no_hole(name: str) -> None:
    across: Counter[int] = Counter()
    for panel in panels(pages()[name]):
        across[panel["gridPos"]["y"]] += panel["gridPos"]["w"]
    assert set(across.values()) == {_COLUMNS}


@pytest.mark.parametrize("name", sorted(pages()))
def test_no_two_panels_of_a_page_have_the_same_title(name: str) -> None:
    titles = Counter(panel["title"] for panel in pages()[name]["panels"])
    assert [title for title, times in titles.items() if times > 1] == []


def test_no_two_panels_ask_the_same() -> None:
    asked = Counter(
        (panel["type"], *sorted(target["expr"] for target in panel["targets"]))
        for _, panel in all_panels()
    )
    assert [one for one, times in asked.items() if times > 1] == []


def test_the_fleet_begins_with_the_four_numbers_of_the_admin_page() -> None:
    first = [panel["title"] for panel in pages()["fleet.json"]["panels"][:4]]
    assert first == ["Total SIMs", "Active SIMs", "Data used", "SMS sent"]
