"""What policies add to the status of a SIM: its use, the decision, the hold.

A status rests while little moves: use is rounded, and what it was computed from changes only along
with what is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason
from sim_operator.domain.volume import quantity, rounded
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.verdict import HoldStep
from sim_operator.status.conditions import rfc3339

_SHOWN = ("period", "since", "data", "sms")
HELD_FOR = "heldFor"
"""The figure of `usage.base` that tells which limit a hold began with."""


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """The policy in force for a SIM, and what it says."""

    name: str
    mode: PolicyMode
    action: PolicyAction
    would_do: PolicyAction
    reason: PolicyReason
    exhausts_at: date | None = None


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """What is to be told of a SIM's use and policy."""

    usage: Usage | None
    scale: int
    """Bytes of which 1 % is the step in which data use is shown."""
    base: Callable[[], Mapping[str, str]]
    """What `usage` was computed from; asked only where it is written."""
    line: PolicyLine | None
    hold: Hold | None = None
    """The hold to write down, where one begins."""
    periods: frozenset[str] = frozenset()
    """Names of present periods: use of one of these stays where no policy asks for it any more."""


def usage_block(previous: Mapping[str, Any], report: PolicyReport) -> dict[str, Any] | None:
    """`status.usage`; the one before stays as it is while nothing that is shown has moved."""
    usage = report.usage
    if usage is None:
        # Whoever asks again in the same period goes on from here.
        return dict(previous) if previous.get("period") in report.periods else None
    shown: dict[str, Any] = {"period": usage.period.name, "since": _since(previous, usage)}
    if usage.data is not None:
        shown["data"] = quantity(rounded(usage.data, report.scale))
    if usage.sms is not None:
        shown["sms"] = usage.sms
    held_for = report.base().get(HELD_FOR) if report.hold is not None else None
    before = {
        name: previous[name] for name in ("period", "since", "data", "sms") if name in previous
    }
    if before == shown and (held_for is None or held_for == _base(previous).get(HELD_FOR)):
        return dict(previous)
    if usage.as_of is not None:
        shown["asOf"] = rfc3339(usage.as_of)
    base = dict(report.base())
    if base:
        shown["base"] = base
    return shown


def _since(previous: Mapping[str, Any], usage: Usage) -> str:
    """When counting began; where nothing was counted yet, what was told first in the period."""
    before = previous.get("since")
    is_same = previous.get("period") == usage.period.name
    if usage.data is None and usage.sms is None and is_same and isinstance(before, str):
        # Until the first figure comes counting begins at each moment anew: no reason to write.
        return before
    return rfc3339(usage.since)


def _base(previous: Mapping[str, Any]) -> Mapping[str, Any]:
    base: Mapping[str, Any] = previous.get("base") or {}
    return base


def policy_block(
    previous: Mapping[str, Any], report: PolicyReport, step: HoldStep
) -> dict[str, Any] | None:
    """`status.policy`; a hold stays in it until the plan says that it goes."""
    hold = previous.get("hold")
    if step is HoldStep.CLEAR:
        hold = None
    elif step is HoldStep.BEGIN and report.hold is not None:
        hold = report.hold.as_status()
    line = report.line
    if line is None:
        if hold is None:
            return None
        kept = {name: value for name, value in previous.items() if name != "exhaustsAt"}
        return kept | {"hold": hold}
    block: dict[str, Any] = {
        "name": line.name,
        "mode": line.mode.value,
        "action": line.action.value,
        "wouldDo": line.would_do.value,
        "reason": line.reason.value,
    }
    if line.exhausts_at is not None:
        block["exhaustsAt"] = line.exhausts_at.isoformat()
    if hold is not None:
        block["hold"] = hold
    return block
