"""What the API server answers, typed, and what can go wrong before it does.

Messages carry the API server's own words and never a body or a header: those may hold a Secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

_LONGEST_MESSAGE = 500
_LONGEST_RETRY_AFTER = 300.0


class ApiError(Exception):
    """A request to the Kubernetes API that did not succeed."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        reason: str = "",
        retry_after: float | None = None,
    ) -> None:
        """`status`: the HTTP status, None without an answer; `retry_after` in seconds."""
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after

    @property
    def unreachable(self) -> bool:
        """Whether there was no answer: a write may have been carried out or not."""
        return self.status is None

    @property
    def not_found(self) -> bool:
        """404: the object, its namespace or its kind does not exist."""
        return self.status == 404

    @property
    def forbidden(self) -> bool:
        """403: RBAC, or the namespace is being deleted."""
        return self.status == 403

    @property
    def conflict(self) -> bool:
        """409: the object is not what the request took it for."""
        return self.status == 409

    @property
    def gone(self) -> bool:
        """410: the list's continue token has expired."""
        return self.status == 410

    @property
    def throttled(self) -> bool:
        """429: the API server wants fewer requests."""
        return self.status == 429

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status in (401, 408, 429) or self.status >= 500


class SilentError(ApiError):
    """A stream that said nothing for longer than a living one does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer."""

    status: int
    body: dict[str, Any]


def read(status: int, headers: Mapping[str, str], data: bytes) -> Answer:
    """The answer, parsed.

    Raises:
        ApiError: the status is not 2xx, or the body is not a JSON object.
    """
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        body = None
    if not 200 <= status <= 299:
        raise _refusal(status, headers, body)
    if not isinstance(body, dict):
        raise ApiError(f"the API server answered {status} without a JSON object")
    return Answer(status, body)


def _refusal(status: int, headers: Mapping[str, str], body: object) -> ApiError:
    told = body if isinstance(body, dict) else {}
    message = str(told.get("message") or "no message")[:_LONGEST_MESSAGE]
    return ApiError(
        f"the API server answered {status}: {message}",
        status=status,
        reason=str(told.get("reason") or ""),
        retry_after=_seconds(headers.get("Retry-After")),
    )


def _seconds(header: str | None) -> float | None:
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(0.0, seconds), _LONGEST_RETRY_AFTER)
