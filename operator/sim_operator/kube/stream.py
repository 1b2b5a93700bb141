"""From the bytes of a watch to its events: one JSON object a line, however the bytes are cut."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from sim_operator.kube.answers import ApiError

BOOKMARK = "BOOKMARK"
DELETED = "DELETED"
_CHANGES = frozenset({"ADDED", "MODIFIED", DELETED})
_LONGEST_LINE = 16 * 1024 * 1024
"""Far above what etcd holds in one object."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """A change, or a bookmark: nothing changed up to this resourceVersion."""

    type: str
    body: dict[str, Any]
    resource_version: str


class Lines:
    """Cuts pieces of a stream into lines."""

    def __init__(self, longest: int = _LONGEST_LINE) -> None:
        """`longest`: bytes that a line may have."""
        self._longest = longest
        self._begun: list[bytes] = []
        self._length = 0

    def add(self, piece: bytes) -> Iterator[bytes]:
        """The lines that this piece ends; empty ones are left out.

        Raises:
            ApiError: a line that has no end.
        """
        *ended, rest = piece.split(b"\n")
        for part in ended:
            line = b"".join((*self._begun, part)) if self._begun else part
            self._begun.clear()
            self._length = 0
            if line.strip():
                yield line
        if rest:
            self._begun.append(rest)
            self._length += len(rest)
        if self._length > self._longest:
            raise ApiError(f"a line of a watch is longer than {self._longest} bytes")


def event(line: bytes) -> WatchEvent | None:
    """The event of one line; None for a type that this version does not know.

    Raises:
        ApiError: the API server ends the watch by an ERROR event, whose code this carries; or the
            line is no event.
    """
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ApiError(f"a line of a watch is no JSON: {error}") from None
    body = told.get("object") if isinstance(told, dict) else None
    if not isinstance(body, dict):
        raise ApiError("a line of a watch is no event")
    type_ = told.get("type")
    if type_ == "ERROR":
        raise _ended(body)
    if type_ not in _CHANGES and type_ != BOOKMARK:
        return None
    version = (body.get("metadata") or {}).get("resourceVersion")
    if not isinstance(version, str) or not version:
        raise ApiError(f"an event of type {type_} has no resourceVersion")
    return WatchEvent(type_, body, version)


def _ended(status: dict[str, Any]) -> ApiError:
    code = status.get("code")
    details = status.get("details")
    seconds = details.get("retryAfterSeconds") if isinstance(details, dict) else None
    return ApiError(
        f"the API server ended the watch: {str(status.get('message') or 'no message')[:500]}",
        # Without a code it is an answer all the same, and not an API server out of reach.
        status=code if isinstance(code, int) else 500,
        reason=str(status.get("reason") or ""),
        retry_after=float(seconds) if isinstance(seconds, int) and seconds > 0 else None,
    )
