"""Names of SIMs that no resource claims."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.iccid import Iccid
from sim_operator.exporting.naming import name_of_label, names

ONE, TWO, THREE = (Iccid(f"898830300012345678{digit}") for digit in range(3))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("pump-01", "pump-01"),
        ("Pump 01", "pump-01"),
        ("plant_a/line.2", "plant-a-line-2"),
        ("  gate  7 ", "gate-7"),
        ("Püppchen", None),
        ("#1", None),
        ("-", None),
        ("", None),
        (None, None),
        ("x" * 63, "x" * 63),
        ("x" * 64, None),
    ],
)
def test_a_label_is_a_name_where_it_makes_one(label: str | None, name: str | None) -> None:
    assert name_of_label(label) == name


def test_who_has_a_label_alone_has_its_name_and_the_others_that_of_their_card() -> None:
    labels = {ONE: "Pump 1", TWO: "pump-1", THREE: "gate"}
    assert names(labels, taken=set()) == {ONE: f"sim-{ONE}", TWO: f"sim-{TWO}", THREE: "gate"}


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    assert names({ONE: "gate"}, taken={"gate"}) == {ONE: f"sim-{ONE}"}
    assert names({ONE: None}, taken={f"sim-{ONE}"}) == {ONE: f"sim-{ONE}-2"}
    assert names({ONE: None, TWO: f"sim-{ONE}"}, taken=()) == {
        ONE: f"sim-{ONE}-2",
        TWO: f"sim-{ONE}",
    }


_ICCIDS = st.from_regex(r"\A[0-9]{19}\Z").map(Iccid)
_LABELS = st.one_of(st.none(), st.sampled_from(["a", "A", "a b", "a-b"]), st.text(max_size=8))


@given(st.dictionaries(_ICCIDS, _LABELS, max_size=8), st.sets(st.sampled_from(["a", "a-b"])))
def test_names_are_unique_free_valid_and_do_not_depend_on_the_order(
    labels: dict[Iccid, str | None], taken: set[str]
) -> None:
    found = names(labels, taken)
    assert found.keys() == labels.keys()
    assert len(set(found.values())) == len(found)
    assert not taken & set(found.values())
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", one) for one in found.values())
    assert names(dict(reversed(labels.items())), taken) == found
