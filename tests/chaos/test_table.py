"""The table itself: a row must not say that something held when it did not."""

import pytest

from tests.chaos.table import Outcome, Row, Trial, Tried, drawn, rows_of

HELD, BROKE, SKIPPED = Outcome.HELD, Outcome.BROKE, Outcome.SKIPPED


def outcomes(own: list[str], whole: Outcome) -> list[Outcome]:
    properties = [("tried", ["views", f"what {number}", one]) for number, one in enumerate(own)]
    return [row.outcome for row in rows_of(properties, whole)]


@pytest.mark.parametrize(
    ("own", "whole", "expected", "because"),
    [
        ([""], HELD, [HELD], "a plain row goes with its test"),
        ([""], BROKE, [BROKE], "a plain row goes with its test"),
        (["", ""], SKIPPED, [SKIPPED, SKIPPED], "nothing was tried"),
        (["held", "broke"], BROKE, [HELD, BROKE], "each is judged by its block"),
        (["held", "held"], BROKE, [HELD, BROKE], "what is checked at the end broke"),
        (["held", ""], BROKE, [HELD, BROKE], "the plain row is what is left"),
        (["held"], HELD, [HELD], "all is well"),
    ],
)
def test_a_row_is_judged(
    own: list[str], whole: Outcome, expected: list[Outcome], because: str
) -> None:
    assert outcomes(own, whole) == expected, because


def test_a_block_that_fails_broke(request: pytest.FixtureRequest) -> None:
    row = ["views", "a block", ""]
    with pytest.raises(ValueError, match="no"), Trial(row):
        raise ValueError("no")
    assert row[2] == BROKE
    with Trial(row):
        pass
    assert row[2] == HELD
    assert type(row[2]) is str, "another process could not take it"


def test_rows_go_with_the_report(request: pytest.FixtureRequest) -> None:
    item = request.node
    before = list(item.user_properties)
    Tried(item)("views", "something")
    added, item.user_properties[:] = item.user_properties[len(before) :], before
    assert added == [("tried", ["views", "something", ""])]


def test_the_table_counts_by_what_was_tried_and_keeps_chapters_together() -> None:
    rows = [
        Row("views", "a gap", HELD),
        Row("crash", "a kill", HELD),
        Row("views", "a gap", BROKE),
        Row("views", "a restart", SKIPPED),
        Row("views", "a gap", HELD),
    ]
    assert drawn(rows).splitlines() == [
        "| chapter | what was tried | times | outcome       |",
        "|---------|----------------|-------|---------------|",
        "| views   | a gap          | 3     | BROKE 1 times |",
        "| views   | a restart      | 0     | skipped       |",
        "| crash   | a kill         | 1     | held          |",
        "",
        "4 tried, 3 held, 1 broke",
    ]
