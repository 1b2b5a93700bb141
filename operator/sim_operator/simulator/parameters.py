"""Queries and bodies, checked strictly: a client's mistake shall show here, not at 1NCE."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import orjson
from starlette.requests import Request

from .fleet import SORTABLE
from .replies import ApiError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was asked for, counted from 1."""

    number: int
    size: int

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """The items on this page."""
        start = (self.number - 1) * self.size
        return items[start : start + self.size]


def page_of(request: Request, maximum: int, default: int = 10, size_name: str = "pageSize") -> Page:
    """The page in the query.

    Raises:
        ApiError: 400, no whole number or out of range.
    """
    size = _whole(request, size_name, default)
    page = _whole(request, "page", 1)
    if not 1 <= size <= maximum:
        raise ApiError(400, f"{size_name} must be between 1 and {maximum}")
    if page < 1:
        raise ApiError(400, "page must be at least 1")
    return Page(page, size)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        message = f'Cannot parse parameter {name} as Int: For Input String "{text}"'
        raise ApiError(400, message) from error


def filters_of(request: Request) -> dict[str, str]:
    """The filters of ``q``: ``imei`` and ``ip_address`` only.

    Raises:
        ApiError: 400, another field or no ``field:value``.
    """
    filters = {}
    for part in filter(None, request.query_params.get("q", "").split(",")):
        name, colon, value = part.partition(":")
        if not colon or name not in SORTABLE:
            raise ApiError(400, f"Filter {name} is not supported")
        filters[name] = value
    return filters


def flag(request: Request, name: str, default: bool) -> bool:
    """A boolean in the query."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false"):
        raise ApiError(400, f"{name} must be true or false")
    return text.lower() == "true"


def day_of(request: Request, name: str) -> date | None:
    """A ``YYYY-MM-DD`` in the query.

    Raises:
        ApiError: 400, another form.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ApiError(400, f"{name} must have the form YYYY-MM-DD") from error


async def body_of(request: Request) -> Any:
    """The JSON body.

    Raises:
        ApiError: 400, another content type or no JSON.
    """
    if not request.headers.get("content-type", "").lower().startswith("application/json"):
        raise ApiError(400, "Content-Type not supported")
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "Request body is not valid JSON") from error


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON body, which must be an object.

    Raises:
        ApiError: 400.
    """
    body = await body_of(request)
    if not isinstance(body, dict):
        raise ApiError(400, "Request body must be an object")
    return body


def iccids_in(value: object) -> list[str]:
    """A list of at least one ICCID.

    Raises:
        ApiError: 400.
    """
    if not isinstance(value, list) or not value:
        raise ApiError(400, "At least one ICCID is required")
    if not all(isinstance(iccid, str) for iccid in value):
        raise ApiError(400, "ICCIDs must be strings")
    return list(dict.fromkeys(value))
