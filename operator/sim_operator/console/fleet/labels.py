"""Label selectors as people type them, and as kubectl takes them: `fleet=pumps,site in (a, b)`."""

import re
from typing import Final

from pydantic import ValidationError

from sim_operator.api.choices import SelectorOperator
from sim_operator.api.meta import LabelSelector, LabelSelectorRequirement

LONGEST: Final = 1024
_MOST_PARTS: Final = 32
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?P<key>(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME})"
_VALUE = rf"(?:{_NAME})?"
_EQUAL = re.compile(rf"{_KEY}\s*(?P<operator>==|=|!=)\s*(?P<value>{_VALUE})")
_SET = re.compile(rf"{_KEY}\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_THERE = re.compile(rf"(?P<not>!\s*)?{_KEY}")
_PART = re.compile(r"[^,()]*(?:\([^()]*\))?[^,()]*")
_ONE_VALUE = re.compile(_VALUE)


class SelectorError(ValueError):
    """The text is no label selector; the message says what is expected."""


def parsed(text: str) -> LabelSelector:
    """What the text selects; empty text selects everything.

    Raises:
        SelectorError: it is no label selector, or too long.
    """
    if len(text) > LONGEST:
        raise SelectorError(f"a label selector has at most {LONGEST} characters")
    requirements = []
    rest = text.strip()
    while rest:
        part = _PART.match(rest)
        one = part.group(0) if part is not None else ""
        requirements.append(_requirement(one.strip()))
        after = rest[len(one) :]
        if after and (not after.startswith(",") or not after[1:].strip()):
            raise SelectorError(_expected(text))
        rest = after[1:].strip()
    if len(requirements) > _MOST_PARTS:
        raise SelectorError(f"a label selector has at most {_MOST_PARTS} parts")
    try:
        return LabelSelector(match_expressions=tuple(requirements) or None)
    except ValidationError:
        raise SelectorError(_expected(text)) from None


def _requirement(part: str) -> LabelSelectorRequirement:
    if (found := _EQUAL.fullmatch(part)) is not None:
        operator = SelectorOperator.NOT_IN if found["operator"] == "!=" else SelectorOperator.IN
        return _made(found["key"], operator, (found["value"],), part)
    if (found := _SET.fullmatch(part)) is not None:
        values = tuple(value.strip() for value in found["values"].split(","))
        if not all(_ONE_VALUE.fullmatch(value) for value in values):
            raise SelectorError(_expected(part))
        operator = SelectorOperator.IN if found["operator"] == "in" else SelectorOperator.NOT_IN
        return _made(found["key"], operator, values, part)
    if (found := _THERE.fullmatch(part)) is not None:
        operator = SelectorOperator.DOES_NOT_EXIST if found["not"] else SelectorOperator.EXISTS
        return _made(found["key"], operator, None, part)
    raise SelectorError(_expected(part))


def _made(
    key: str, operator: SelectorOperator, values: tuple[str, ...] | None, part: str
) -> LabelSelectorRequirement:
    try:
        return LabelSelectorRequirement(key=key, operator=operator, values=values)
    except ValidationError:
        raise SelectorError(_expected(part)) from None


def _expected(part: str) -> str:
    return (
        f"{part[:80]!r} is no label selector; write for example fleet=pumps, fleet!=pumps, "
        "site in (a, b), site notin (a, b), fleet or !fleet, separated by commas"
    )
