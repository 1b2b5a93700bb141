"""Label selectors as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.console.fleet.labels import SelectorError, parsed
from sim_operator.console.fleet.reading import selector_text
from sim_operator.domain.selector import matches

LABELS = {"fleet": "pumps", "example.com/site": "a", "empty": ""}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("fleet=pumps", True),
        ("fleet==pumps", True),
        ("fleet = pumps , example.com/site=a", True),
        ("fleet!=pumps", False),
        ("other!=pumps", True),
        ("fleet in (pumps, meters)", True),
        ("fleet notin (pumps)", False),
        ("fleet", True),
        ("!fleet", False),
        ("! other", True),
        ("empty=", True),
        ("fleet in (pumps),example.com/site notin (b,c),!x", True),
    ],
)
def test_it_selects_as_kubectl_does(text: str, fits: bool) -> None:
    selector = parsed(text)
    assert matches(selector, LABELS) is fits
    assert matches(parsed(selector_text(selector)), LABELS) is fits


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "a=b,",
        "a=b,,c=d",
        "a=b c=d",
        "a in b",
        "a in (b",
        "a in (b))",
        "a=b=c",
        "=b",
        "a b",
        "!",
        "a='b'",
        "a=b;c",
        "a\x00=b",
        "a=" + "b" * 64,
        "-a=b",
        "a>1",
        "x=y," * 200 + "x=y",
        "a=b," * 33 + "a=b",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_none_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(SelectorError, match="selector"):
        parsed(text)


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        selector = parsed(text)
    except SelectorError:
        return
    assert parsed(selector_text(selector)) == selector
