"""Conditions as `metav1.Condition` has them, all six fields.

`lastTransitionTime` moves only when the truth value does; everything else may change under it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sim_operator.api.names import ConditionStatus, ConditionType

LONGEST_MESSAGE = 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """One condition before it is stamped."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str


def rfc3339(moment: datetime) -> str:
    """Whole seconds in UTC, as Kubernetes writes `metav1.Time`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamped(
    statements: Iterable[Statement], previous: Mapping[str, Any], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """The conditions of a status that follows `previous` (a whole status)."""
    before = {one.get("type"): one for one in previous.get("conditions") or ()}
    conditions: list[dict[str, Any]] = []
    for statement in statements:
        old = before.get(statement.type)
        unchanged = old is not None and old.get("status") == statement.status
        since = old.get("lastTransitionTime") if unchanged and old else None
        conditions.append(
            {
                "type": statement.type.value,
                "status": statement.status.value,
                "reason": str(statement.reason),
                "message": statement.message[:LONGEST_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": since or rfc3339(now),
            }
        )
    return conditions


def condition(status: Mapping[str, Any], type_: ConditionType) -> Mapping[str, Any] | None:
    """A condition of a status, by its type."""
    found: Iterable[Mapping[str, Any]] = status.get("conditions") or ()
    return next((one for one in found if one.get("type") == type_), None)
