"""ICCIDs, with and without their check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.iccid import InvalidIccidError, canonical, luhn_digit, observed

DIGITS_19 = st.text("0123456789", min_size=19, max_size=19)


def test_the_luhn_digit_of_the_textbook_number_is_3() -> None:
    assert luhn_digit("7992739871") == "3"


def test_the_luhn_digit_of_the_payment_card_for_tests_is_1() -> None:
    assert luhn_digit("411111111111111") == "1"


def test_nineteen_digits_are_taken_as_they_are() -> None:
    assert canonical("8988303000123456789") == "8988303000123456789"


@given(DIGITS_19)
def test_twenty_digits_with_the_luhn_digit_name_the_same_sim(digits: str) -> None:
    assert canonical(digits + luhn_digit(digits)) == digits


@given(DIGITS_19, st.integers(1, 9))
def test_a_wrong_luhn_digit_is_refused(digits: str, off: int) -> None:
    wrong = str((int(luhn_digit(digits)) + off) % 10)
    with pytest.raises(InvalidIccidError, match="check the number on the card"):
        canonical(digits + wrong)


@given(DIGITS_19, st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_of_twenty_is_always_noticed(digits: str, place: int, off: int) -> None:
    typed = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    with pytest.raises(InvalidIccidError):
        canonical(typed + luhn_digit(digits))


@pytest.mark.parametrize("text", ["", "1", "8" * 18, "8" * 21])
def test_another_length_is_refused_with_its_length(text: str) -> None:
    with pytest.raises(InvalidIccidError, match=r"digits"):
        canonical(text)


@pytest.mark.parametrize(
    "text",
    ["898830300012345678a", " 988303000123456789", "٨٩٨٨٣٠٣٠٠٠١٢٣٤٥٦٧٨٩", "-988303000123456789"],
)
def test_anything_but_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidIccidError, match="digits only"):
        canonical(text)


def test_a_wrong_luhn_digit_that_1nce_sends_is_dropped_unchecked() -> None:
    digits = "8988303000123456789"
    wrong = str((int(luhn_digit(digits)) + 1) % 10)
    assert observed(digits + wrong) == digits
    assert observed(digits) == digits


@pytest.mark.parametrize("text", ["", "TOTAL", "8" * 18, "8" * 21, "٨" * 19])
def test_what_is_no_iccid_in_an_answer_is_none(text: str) -> None:
    assert observed(text) is None
