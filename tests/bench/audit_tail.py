"""Follows the audit log: who wrote what, and when, as the API server itself tells it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True, slots=True)
class Written:
    """One finished request that asked for a change; `at`: monotonic seconds of its end."""

    user: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    at: float

    @property
    def target(self) -> str:
        """What it was about: `sims/status`, `leases`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class AuditTail:
    """Reads what was added since the last look."""

    def __init__(self, log: Path) -> None:
        """Begin at the present end."""
        self._log = log
        self._offset = log.stat().st_size if log.exists() else 0

    def writes(self, user: str) -> list[Written]:
        """The writes of a user that were finished since the last call, oldest first."""
        return [one for one in self._new(b'"' + user.encode() + b'"') if one.user == user]

    def _new(self, mark: bytes) -> Iterator[Written]:
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._offset)
            # Anew for each look: somebody may set the wall clock, and the log has no other.
            shift = time.time() - time.monotonic()
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                if mark in line:
                    raw = orjson.loads(line)
                    if raw["verb"] in _WRITES:
                        yield _written(raw, shift)


def _written(raw: dict[str, object], shift: float) -> Written:
    target, user, answer = raw.get("objectRef"), raw["user"], raw.get("responseStatus")
    assert isinstance(target, dict)
    assert isinstance(user, dict)
    moment = datetime.fromisoformat(str(raw["stageTimestamp"]))
    return Written(
        user=user["username"],
        verb=str(raw["verb"]),
        resource=target.get("resource", ""),
        subresource=target.get("subresource", ""),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=int(answer.get("code", 0)) if isinstance(answer, dict) else 0,
        at=moment.timestamp() - shift,
    )
