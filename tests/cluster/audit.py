"""Reads the audit log, so that a test can count what somebody did to the API server."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One request that the API server has finished; empty where a request has no such part."""

    user: str
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    at: str
    impersonated: str = ""
    """On whose behalf, where it is not the user's own request."""

    @property
    def is_write(self) -> bool:
        """Whether it asked for a change."""
        return self.verb in WRITES


def audit_events(log: Path, user: str | None = None, *, start: int = 0) -> tuple[AuditEvent, ...]:
    """Read the finished requests of a user (default: of everybody), oldest first.

    `start`: how many bytes of the log were there before.
    """
    if not log.exists():
        return ()
    with log.open("rb") as lines:
        lines.seek(start)
        written = lines.read().decode()
    complete, _, _ = written.rpartition("\n")  # a line may be half written
    events = (_event(line) for line in complete.splitlines())
    return tuple(event for event in events if user is None or event.user == user)


def _event(line: str) -> AuditEvent:
    raw = json.loads(line)
    target = raw.get("objectRef") or {}
    return AuditEvent(
        user=raw["user"]["username"],
        verb=raw["verb"],
        group=target.get("apiGroup", ""),
        resource=target.get("resource", ""),
        subresource=target.get("subresource", ""),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=int((raw.get("responseStatus") or {}).get("code", 0)),
        at=raw["requestReceivedTimestamp"],
        impersonated=(raw.get("impersonatedUser") or {}).get("username", ""),
    )
