"""The list of SIMs: what is found, counted and offered."""

from starlette.datastructures import QueryParams

from sim_operator.console.pages import asking, sims
from tests.unit.console.pages.rows import sim

USAGE = {"period": "2026-11", "data": "40Mi"}
FLEET = [
    sim("pump-1", number=1, usage=USAGE),
    sim("pump-2", number=2, state="Disabled", usage=USAGE),
    sim("meter-1", "plant-b", number=3),
    sim("meter-2", "plant-b", number=4, state=None),
]


def shown(query: str) -> dict[str, object]:
    return dict(sims.context(FLEET, asking.read(QueryParams(query))))


def test_what_was_found_is_counted_by_state_with_a_way_to_each() -> None:
    told = shown("q=-1")
    assert [(word.text, number) for word, number, _ in told["found_states"]] == [("Enabled", 2)]  # type: ignore[attr-defined]
    every = shown("")["found_states"]
    assert [(word.text, number) for word, number, _ in every] == [  # type: ignore[attr-defined]
        ("Disabled", 1),
        ("Enabled", 2),
        ("Not known", 1),
    ]
    assert "state=Unknown" in every[-1][2]  # type: ignore[index]


def test_use_that_is_not_known_is_counted_apart() -> None:
    told = shown("")
    assert told["found_data"] == 80 * 1024**2
    assert told["found_unknown"] == 2
    assert shown("namespace=plant-b")["found_data"] is None


def test_filters_offer_what_the_viewer_has() -> None:
    told = shown("state=Disabled")
    assert told["namespaces"] == ("plant-a", "plant-b")
    assert told["policies"] == (asking.NO_POLICY,)
    assert told["more"] is False
    assert shown("reason=Stale")["more"] is True
