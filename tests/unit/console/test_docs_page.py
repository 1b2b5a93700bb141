"""What the page of the REST API shows of its description."""

import re
from typing import Any

import pytest

from sim_operator.console.application import routes
from sim_operator.console.pages.rendering import templates
from sim_operator.console.rest.docs import described


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return described(routes().openapi())


def of(shown: dict[str, Any], request: str) -> dict[str, Any]:
    (found,) = (one for one in shown["operations"] if one["request"] == request)
    return dict(found)


def test_an_answer_has_words_of_its_own_and_names_its_shape(shown: dict[str, Any]) -> None:
    answers = {one["code"]: one for one in of(shown, "GET /api/v1/summary")["answers"]}
    assert answers["200"]["shape"] == "Summary"
    assert answers["401"]["problem"]
    assert list(answers) == sorted(answers)
    said = [row["told"] for one in shown["operations"] for row in one["answers"]]
    assert "" not in said
    assert "Successful Response" not in said


def test_a_change_tells_what_may_be_sent_along(shown: dict[str, Any]) -> None:
    change = of(shown, "POST /api/v1/sims/{namespace}/{name}/{verb}")
    assert (change["body"], change["body_is_optional"]) == ("Change", True)
    (verb,) = (one for one in change["parameters"] if one["name"] == "verb")
    assert "disable" in verb["type"]
    assert of(shown, "GET /api/v1/sims")["body"] is None


def test_every_link_of_the_page_leads_somewhere(shown: dict[str, Any]) -> None:
    page = templates().get_template("api.html").render(shown)
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert {"Change", "problem", "get-api-v1-sims"} <= links <= set(places)


def test_names_between_backticks_are_set_as_code(shown: dict[str, Any]) -> None:
    page = templates().get_template("api.html").render(shown)
    assert "<code>managed-elsewhere</code>" in page
    assert "`" not in page
