"""What a change will do, said before it is made."""

import pytest

from sim_operator.console.pages import verbs
from sim_operator.console.writing.verbs import Verb
from tests.unit.console.pages.rows import account, condition, sim

ACCOUNTS = {"sim-operator/default": account()}


@pytest.mark.parametrize("verb", list(Verb))
def test_every_change_says_what_will_happen_to_one_and_to_many(verb: Verb) -> None:
    one = verbs.consequences(verb, [sim()])
    many = verbs.consequences(verb, [sim(number=1), sim("b", number=2)])
    assert one
    assert "pump-1" in one[0]
    assert "these 2 SIMs" in many[0]


def test_disabling_names_the_guard_of_the_account_once() -> None:
    rows = [sim(number=1), sim("b", number=2)]
    (told,) = verbs.warnings(Verb.DISABLE, rows, ACCOUNTS)
    assert "sim-operator/default lets at most 10%" in told
    assert verbs.warnings(Verb.DISABLE, rows, {}) == ()
    assert verbs.warnings(Verb.ENABLE, rows, ACCOUNTS) == ()


def test_what_stands_in_the_way_of_one_among_many_names_it() -> None:
    held = sim(
        "held",
        number=2,
        conditions=[condition("Ready", "True", "DisabledByPolicy")],
        policy={"name": "pumps"},
    )
    (told,) = verbs.warnings(Verb.ENABLE, [sim(number=1), held], ACCOUNTS)
    assert told.startswith("held: QuotaPolicy pumps keeps the SIM off")


def test_many_that_are_suspended_are_told_in_one_sentence() -> None:
    rows = [sim(f"s{n}", number=n, spec={"suspend": True}) for n in range(9)]
    (told,) = verbs.warnings(Verb.ENABLE, rows, {})
    assert told.startswith("s0, s1, s2, s3, s4 and 4 more: The SIM is suspended")


def test_a_label_is_never_given_to_many() -> None:
    assert Verb.LABEL not in {one.verb for one in verbs.OF_MANY}
