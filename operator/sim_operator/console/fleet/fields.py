"""Single fields of a status: what is not as it should be counts as not known."""

import sys
from collections.abc import Mapping
from typing import Any

from sim_operator.domain.volume import bytes_of

_NOTHING: Mapping[str, Any] = {}


def volume(value: object) -> int | None:
    """Bytes of a quantity; a plain number is what it is."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    try:
        return bytes_of(value)
    except ValueError:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else _NOTHING


def listed(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(told: Mapping[str, Any], name: str) -> str | None:
    """A text that is not empty."""
    value = told.get(name)
    return value if isinstance(value, str) and value else None


def shared(told: Mapping[str, Any], name: str) -> str | None:
    """A text that many SIMs have in common."""
    value = text(told, name)
    return None if value is None else sys.intern(value)


def integer(told: Mapping[str, Any], name: str) -> int | None:
    """A whole number."""
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
