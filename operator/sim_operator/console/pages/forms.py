"""The fields of a form that was sent, read without a library for uploads: there are none."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from sim_operator.console.problems import Problem, invalid

_MOST_FIELDS: Final = 600
_KIND: Final = "application/x-www-form-urlencoded"

Fields = Mapping[str, Sequence[str]]


async def sent(request: Request) -> Fields:
    """All values of each field.

    Raises:
        Problem: 415, it is no form; 400, it cannot be read, or has too many fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        raise Problem(415, "unsupported-media-type", "No form", f"Send a form as {_KIND}.")
    try:
        return parse_qs((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise invalid(f"The form cannot be read, or has more than {_MOST_FIELDS} fields.") from None


def one(fields: Fields, name: str) -> str:
    """The first value of a field; empty where there is none."""
    return next(iter(fields.get(name, ())), "")
