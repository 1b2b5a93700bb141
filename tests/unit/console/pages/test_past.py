"""What the limits of a policy would have meant in past months."""

from datetime import UTC, date, datetime

import pytest

from sim_operator.console.pages import past
from sim_operator.domain.resources import Key
from sim_operator.history import UsageRow
from tests.unit.console.pages.rows import policy, sim

MIB = 1024**2
FIRST = date(2026, 10, 1)
MEMBERS = frozenset(Key("plant-a", name) for name in ("a", "b", "c", "quiet"))


def used(
    name: str, mebibytes: int, sms: int = 0, *, namespace: str = "plant-a", known: int = 31
) -> UsageRow:
    missing = 31 - known
    return UsageRow(
        f"iccid-{name}", mebibytes * MIB, sms, 1, known, missing, namespace=namespace, name=name
    )


def test_months_go_back_from_today_over_the_turn_of_the_year() -> None:
    told = past.months(datetime(2026, 2, 5, tzinfo=UTC))
    assert told[0] == (date(2026, 2, 1), date(2026, 2, 5))
    assert told[2] == (date(2025, 12, 1), date(2025, 12, 31))
    assert len(told) == past.MONTHS


def test_who_passed_the_limit_is_named_the_furthest_first() -> None:
    rows = [used("a", 41), used("b", 40), used("c", 80), used("quiet", 0)]
    told = past.month(policy(), FIRST, rows, MEMBERS)
    assert [(one.key.name, one.percent) for one in told.over] == [("c", 200), ("a", 102)]
    assert (told.month, told.sims, told.data) == ("2026-10", 4, 161 * MIB)


def test_sims_that_it_does_not_select_and_those_of_others_do_not_count() -> None:
    rows = [used("a", 1), used("stranger", 99), used("b", 99, namespace="plant-b")]
    told = past.month(policy(), FIRST, rows, MEMBERS)
    assert (told.over, told.data) == ((), MIB)


def test_a_pool_is_told_in_percent_and_messages_have_limits_of_their_own() -> None:
    spec = {"data": {"pool": "100Mi"}, "sms": {"perSIM": 10, "pool": 40}}
    told = past.month(policy(spec=spec), FIRST, [used("a", 50, 11), used("b", 30, 9)], MEMBERS)
    assert (told.data_share, told.sms_share) == (80, 50)
    assert [one.key.name for one in told.over] == ["a"]


def test_a_limit_of_zero_is_passed_by_any_use_and_has_no_percentage() -> None:
    told = past.month(policy(spec={"data": {"perSIM": "0"}}), FIRST, [used("a", 1)], MEMBERS)
    assert [(one.key.name, one.percent) for one in told.over] == [("a", None)]


def test_what_is_not_known_is_told_and_counts_for_nobody() -> None:
    rows = [used("a", 10, known=30), used("b", 0, known=0)]
    told = past.month(policy(), FIRST, rows, MEMBERS)
    assert (told.sims, told.missing_days) == (1, 32)


def test_members_are_those_that_the_selector_matches_in_its_namespace() -> None:
    pumps = {"fleet": "pumps"}
    rows = [
        sim("a", number=1, labels=pumps),
        sim("b", number=2, labels={"fleet": "meters"}),
        sim("c", "plant-b", number=3, labels=pumps),
    ]
    assert past.members(policy(), rows) == {Key("plant-a", "a")}
    everything = policy(spec={"selector": {}})
    assert past.members(everything, rows) == {Key("plant-a", "a"), Key("plant-a", "b")}


def test_a_selector_too_long_to_be_read_again_falls_back_on_whom_it_decides_about() -> None:
    long = policy(spec={"selector": {"matchLabels": {f"key-{n}": "x" * 60 for n in range(20)}}})
    rows = [sim("a", number=1, policy={"name": "pumps"}), sim("b", number=2)]
    assert past.members(long, rows) == {Key("plant-a", "a")}


@pytest.mark.parametrize(("period", "told"), [("Monthly", True), ("Daily", False)])
def test_only_months_are_compared_with_months(period: str, told: bool) -> None:
    assert past.is_told_of(policy(spec={"period": period})) is told
