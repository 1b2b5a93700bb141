"""ICCIDs that several exported resources name."""

from sim_operator.domain.iccid import luhn_digit
from sim_operator.exporting.contests import contests
from sim_operator.exporting.manifest import manifest
from tests.unit.exporting.objects import ICCID, account, sim


def test_a_card_that_is_named_twice_is_told_with_both_resources() -> None:
    long = f"{ICCID}{luhn_digit(ICCID)}"
    bodies = [sim("b"), sim("a", "plant-b", iccid=long), account()]
    (sentence,) = contests(manifest(one["kind"], one) for one in bodies)
    assert sentence.startswith(f"ICCID {ICCID} is named by plant-a/b, plant-b/a: ")


def test_cards_that_are_named_once_and_numbers_that_are_none_are_not_told() -> None:
    bodies = [sim(), sim("x", iccid="1"), sim("y", iccid="1")]
    assert list(contests(manifest("SIM", one) for one in bodies)) == []


def test_of_many_the_first_are_told_and_the_others_counted() -> None:
    bodies = [
        sim(f"{name}-{number}", iccid=f"89883030001234567{number:02}")
        for number in range(8)
        for name in "ab"
    ]
    told = list(contests(manifest("SIM", one) for one in bodies))
    assert len(told) == 6
    assert told[-1] == "So are 3 more ICCIDs."
