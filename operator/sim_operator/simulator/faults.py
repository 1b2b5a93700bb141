"""Faults on demand: which calls they hit, and how often."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .identity import mix, unit

FaultKind = Literal[
    "latency",
    "status",
    "torn-json",
    "drop",
    "wrong-content-type",
    "empty-list",
    "other-account",
    "missing-field",
    "null-field",
    "apply-late",
    "ignore-write",
    "timeout-after-commit",
    "duplicate-page",
    "truncated-page",
    "twenty-digit-iccid",
    "token-revoked",
    "wrong-type",
    "wrong-headers",
    "shifting-list",
    "apply-twice",
    "clock-skew",
    "huge-body",
    "slow-body",
]
_OF_A_FIELD = ("missing-field", "null-field")


MOST_SECONDS = 86_400.0
MOST_SKEW_SECONDS = 3_660 * MOST_SECONDS


class FaultMatch(BaseModel):
    """Which calls; what is absent matches all. ``path`` is a regular expression to be found."""

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    version: str | None = None
    client_id: str | None = None


class FaultSpec(BaseModel):
    """A fault as it is asked for.

    ``count``: how many calls it hits (absent: until removed); ``after``: how many matching calls
    pass first; ``seconds``: of latency, of lateness, of a clock's skew (below 0: it is slow), or
    until a held connection is cut; ``size``: bytes.
    """

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    match: FaultMatch = FaultMatch()
    count: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    after: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[float, Field(ge=-MOST_SKEW_SECONDS, le=MOST_SKEW_SECONDS)] | None = None
    size: Annotated[int, Field(ge=1, le=2**31)] | None = None
    status: Annotated[int, Field(ge=200, le=599)] = 503
    headers: dict[str, str] = {}
    body: Any = None
    field: str | None = None


@dataclass(slots=True)
class Fault:
    """A fault in force and its counts."""

    id: int
    spec: FaultSpec
    path: re.Pattern[str] | None
    seen: int = 0
    hits: int = 0

    def shown(self) -> dict[str, Any]:
        """The fault as JSON."""
        return {"id": self.id, **self.spec.model_dump(), "seen": self.seen, "hits": self.hits}


class Faults:
    """All faults in force; chance comes from the seed, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        """No fault at first."""
        self._key = mix(seed, 60)
        self._next = 1
        self._faults: dict[int, Fault] = {}

    def add(self, spec: FaultSpec) -> Fault:
        """Put a fault into force.

        Raises:
            ValueError: The path is no regular expression, a field is missing, or the seconds are
                too many for anything but a skew.
        """
        if spec.kind in _OF_A_FIELD and not spec.field:
            raise ValueError(f"{spec.kind} needs a field")
        if spec.kind != "clock-skew" and not 0 <= (spec.seconds or 0) <= MOST_SECONDS:
            raise ValueError(f"seconds of {spec.kind} are from 0 to {MOST_SECONDS:g}")
        try:
            path = None if spec.match.path is None else re.compile(spec.match.path)
        except re.error as error:
            raise ValueError(f"match.path is no regular expression: {error}") from error
        fault = Fault(self._next, spec, path)
        self._faults[fault.id] = fault
        self._next += 1
        return fault

    def all(self) -> list[Fault]:
        """The faults in force, also those whose count is used up."""
        return list(self._faults.values())

    def remove(self, fault_id: int) -> bool:
        """End a fault; False: there is none of this number."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """End all faults."""
        self._faults.clear()

    def strike(
        self, method: str, path: str, operation: str, version: str, client_id: str | None
    ) -> list[Fault]:
        """The faults that hit this call; counts it."""
        wanted = {
            "method": method,
            "operation": operation,
            "version": version,
            "client_id": client_id,
        }
        struck = []
        for fault in self._faults.values():
            match = fault.spec.match
            asked = match.model_dump(exclude={"path"}, exclude_none=True)
            if any(wanted[name] != value for name, value in asked.items()):
                continue
            if fault.path is not None and not fault.path.search(path):
                continue
            fault.seen += 1
            if self._hits(fault):
                fault.hits += 1
                struck.append(fault)
        return struck

    def _hits(self, fault: Fault) -> bool:
        spec = fault.spec
        if fault.seen <= spec.after or (spec.count is not None and fault.hits >= spec.count):
            return False
        return unit(self._key + fault.id, fault.seen) < spec.probability
