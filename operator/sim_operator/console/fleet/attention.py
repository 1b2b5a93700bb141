"""What needs a person now: the same reasons together, each with what to do next.

The words for that are those of the reference pages, from which `advice.json` is made.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from sim_operator.api.names import (
    ACCOUNT_KIND,
    POLICY_KIND,
    SIM_KIND,
    AccountReason,
    ConditionStatus,
    ConditionType,
)
from sim_operator.console.fleet.rows import AccountRow, ConditionRow, PolicyRow, SimRow
from sim_operator.domain.resources import Key

EXAMPLES = 5
UNREADABLE = "Unreadable"
"""In place of a reason: nothing is done for an object whose spec is not understood."""
_SPEC = "Spec"


class Urgency(StrEnum):
    """Who has to do something, the most urgent first."""

    ACT = "act"
    """A person: it does not end by itself."""
    WAIT = "wait"
    """Nobody yet: the operator is at it."""
    KNOW = "know"
    """Nobody, if it is meant to be so."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Objects of one kind with the same trouble."""

    urgency: Urgency
    kind: str
    condition: str
    """Type of the condition that tells of it."""
    reason: str
    count: int
    since: str
    """Since when the first of them has had it."""
    message: str
    """What the condition of the first of them says."""
    next_step: str
    examples: tuple[Key, ...]
    """Those that have had it for longest."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """An object whose spec this version does not understand, so that there is no row of it."""

    kind: str
    key: Key
    created_at: str
    message: str


def attention(
    sims: Iterable[SimRow],
    accounts: Iterable[AccountRow],
    policies: Iterable[PolicyRow],
    misunderstood: Iterable[Misunderstood] = (),
) -> tuple[Attention, ...]:
    """The troubles, the most urgent and then the most frequent first; accounts before SIMs."""
    found: dict[tuple[Urgency, str, str, str], list[tuple[Key, ConditionRow]]] = {}
    rows = ((ACCOUNT_KIND, accounts), (POLICY_KIND, policies), (SIM_KIND, sims))
    for kind, each in rows:
        for row in each:
            trouble = _trouble(row.conditions)
            if trouble is not None:
                urgency, condition = trouble
                key = (urgency, kind, condition.type, condition.reason)
                found.setdefault(key, []).append((row.key, condition))
    for one in misunderstood:
        condition = ConditionRow(
            _SPEC, ConditionStatus.FALSE, UNREADABLE, one.message, one.created_at, None
        )
        key = (Urgency.ACT, one.kind, _SPEC, UNREADABLE)
        found.setdefault(key, []).append((one.key, condition))
    told = [_told(*key, members) for key, members in found.items()]
    kinds = [kind for kind, _ in rows]
    return tuple(
        sorted(
            told,
            key=lambda one: (list(Urgency).index(one.urgency), kinds.index(one.kind), -one.count),
        )
    )


def advice(kind: str, condition: str, reason: str) -> str:
    """What to do next; empty for a reason that this version does not know."""
    if reason == UNREADABLE:
        return "Correct the field that the message names, or update the operator and the console."
    return _advice().get(kind, {}).get(condition, {}).get(reason, "")


def _trouble(conditions: tuple[ConditionRow, ...]) -> tuple[Urgency, ConditionRow] | None:
    by_type = {one.type: one for one in conditions}
    ready = by_type.get(ConditionType.READY)
    if ready is not None and ready.status != ConditionStatus.TRUE:
        if ready.reason == AccountReason.PAUSED:
            return Urgency.KNOW, ready
        stalled = ConditionType.STALLED in by_type
        return (Urgency.ACT if stalled else Urgency.WAIT), ready
    synced = by_type.get(ConditionType.SYNCED)
    if synced is not None and synced.status == ConditionStatus.FALSE:
        return Urgency.KNOW, synced
    return None


def _told(
    urgency: Urgency,
    kind: str,
    condition: str,
    reason: str,
    members: list[tuple[Key, ConditionRow]],
) -> Attention:
    members.sort(key=lambda one: (one[1].since, one[0]))
    first = members[0][1]
    return Attention(
        urgency=urgency,
        kind=kind,
        condition=condition,
        reason=reason,
        count=len(members),
        since=first.since,
        message=first.message,
        next_step=advice(kind, condition, reason),
        examples=tuple(key for key, _ in members[:EXAMPLES]),
    )


@cache
def _advice() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = files("sim_operator.console.fleet").joinpath("advice.json").read_text(encoding="utf-8")
    read: dict[str, dict[str, dict[str, str]]] = json.loads(text)
    return read
