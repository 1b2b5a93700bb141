"""The ICCID: the number on the card, and the only name a SIM keeps for life.

1NCE's paths take 19 digits; the card often shows 20, the last one a Luhn check digit. Both forms
name the same SIM, so everything here compares the canonical 19 digits.
"""

from typing import NewType

Iccid = NewType("Iccid", str)
"""19 digits, without the Luhn digit."""

CANONICAL_DIGITS = 19


class InvalidIccidError(ValueError):
    """The text is not an ICCID; the message says why, for a person."""


def luhn_digit(digits: str) -> str:
    """The check digit that follows `digits` (ISO/IEC 7812-1).

    Each second digit doubled, from the right.
    """
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def canonical(text: str) -> Iccid:
    """The 19 digits of an ICCID that a person wrote.

    Raises:
        InvalidIccidError: not 19 or 20 digits, or the 20th is not the Luhn digit of the others.
    """
    if not (text.isascii() and text.isdigit()):
        raise InvalidIccidError("an ICCID consists of digits only")
    if len(text) == CANONICAL_DIGITS:
        return Iccid(text)
    if len(text) != CANONICAL_DIGITS + 1:
        raise InvalidIccidError(
            f"an ICCID has 19 digits, or 20 with the Luhn digit; this one has {len(text)}"
        )
    expected = luhn_digit(text[:CANONICAL_DIGITS])
    if text[-1] != expected:
        raise InvalidIccidError(
            f"the 20th digit is {text[-1]}, but the Luhn digit of the first 19 is {expected}: "
            "check the number on the card"
        )
    return Iccid(text[:CANONICAL_DIGITS])


def observed(text: str) -> Iccid | None:
    """The 19 digits of an ICCID that 1NCE sent; None when it is not one.

    The Luhn digit is dropped unchecked: 1NCE's own example carries a wrong one.
    """
    if text.isascii() and text.isdigit() and len(text) in (CANONICAL_DIGITS, CANONICAL_DIGITS + 1):
        return Iccid(text[:CANONICAL_DIGITS])
    return None
