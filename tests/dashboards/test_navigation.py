"""Links lead to pages that exist, with variables that these know and values that there are."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.dashboards.reading import (
    Json,
    all_panels,
    pages,
    queries,
    selectors,
    text_of,
    variables,
    variables_in,
)
from tests.dashboards.test_queries import SERIES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {page["uid"]: page for page in pages().values()}
_TIME = "${__url_time_range}"


def _links(panel: Json) -> Iterator[Json]:
    yield from panel["fieldConfig"]["defaults"].get("links", ())
    for override in panel["fieldConfig"]["overrides"]:
        for each in override["properties"]:
            if each["id"] == "links":
                yield from each["value"]


LINKS = [(panel, link) for _, panel in all_panels() for link in _links(panel)]
INNER = pytest.mark.parametrize(
    ("panel", "link"),
    [
        pytest.param(panel, link, id=f"{panel['title']}: {link['title']}")
        for panel, link in LINKS
        if link["url"].startswith("/d/")
    ],
)


def _given(link: Json) -> dict[str, str]:
    """Variables and their values; a variable that is passed on whole stands for itself."""
    query = urlsplit(link["url"]).query
    passed_on = re.findall(r"\$\{(\w+):queryparam\}", query)
    told = {name.removeprefix("var-"): value for name, value in parse_qsl(query)}
    return {name: value for name, value in told.items() if "$" not in name} | dict.fromkeys(
        passed_on, ""
    )


def test_every_page_has_a_uid_of_its_own_and_the_tag_of_the_project() -> None:
    assert sorted(PAGES) == [f"sim-operator-{one.removesuffix('.json')}" for one in sorted(pages())]
    assert all(page["tags"] == ["sim-operator"] for page in PAGES.values())


@pytest.mark.parametrize("uid", sorted(PAGES))
def test_every_page_leads_to_all_others(uid: str) -> None:
    led = {link["url"].removeprefix("/d/") for link in PAGES[uid]["links"]}
    assert led == PAGES.keys() - {uid}
    assert all(link["includeVars"] and link["keepTime"] for link in PAGES[uid]["links"])


def test_the_pages_lead_into_each_other_from_single_rows() -> None:
    led = {urlsplit(link["url"]).path for _, link in LINKS}
    assert {f"/d/{uid}" for uid in PAGES} - {"/d/sim-operator-operator"} <= led


@INNER
def test_it_leads_to_a_page_with_variables_that_this_knows(panel: Json, link: Json) -> None:
    uid = urlsplit(link["url"]).path.removeprefix("/d/")
    assert _given(link).keys() <= variables(PAGES[uid]).keys()
    assert "datasource" in _given(link)
    assert link["url"].endswith(f"&{_TIME}")


@INNER
def test_it_takes_values_from_labels_that_there_are(panel: Json, link: Json) -> None:
    taken = re.findall(r"\$\{__(?:data\.fields|field\.labels)\.(\w+)\}", link["url"])
    taken += re.findall(r"\$\{__field\.labels\.(\w+)\}", link["title"])
    for target in panel["targets"]:
        known = {label for one in selectors(target["expr"]) for label in SERIES[str(one.name)]}
        assert set(taken) <= known


def test_links_to_the_documentation_lead_to_pages_of_it() -> None:
    outer = [link["url"] for _, link in LINKS if not link["url"].startswith("/d/")]
    assert outer
    for url in outer:
        path, _, anchor = url.partition("/blob/main/docs/")[2].partition("#")
        heading = rf"^#+ {re.escape(anchor)}$"
        page = (DOCS / path).read_text(encoding="utf-8")
        assert re.search(heading, page, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_variable_that_is_used_is_defined(name: str) -> None:
    assert variables_in(text_of(name)) - variables(pages()[name]).keys() == set()


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_variable_that_is_defined_is_used(name: str) -> None:
    page = name.removesuffix(".json")
    used = {"datasource"}
    for asked in queries():
        used |= variables_in(asked.expr) if asked.page == page else set()
    assert variables(pages()[name]).keys() - used == set()


@pytest.mark.parametrize("name", sorted(pages()))
def test_variables_of_the_fleet_take_several_values_or_all(name: str) -> None:
    for variable in variables(pages()[name]).values():
        if variable["type"] != "query" or name == "sim.json":
            continue
        assert variable["multi"]
        assert variable["includeAll"]
        assert variable["current"]["value"] == ["$__all"]
