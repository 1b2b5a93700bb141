"""What policies add to the status of a SIM: its use, the decision, the hold.

A status rests while little moves: use is rounded, and what it was computed from changes only along
with what is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason
from sim_operator.domain.volume import bytes_of, quantity, rounded
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.quota.period import Period
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
    lingers: bool = False
    """Use that stays is nobody's: it goes along with whatever else changes in the status."""


def usage_block(previous: Mapping[str, Any], report: PolicyReport) -> dict[str, Any] | None:
    """`status.usage`; the one before stays as it is while nothing that is shown has moved."""
    usage = report.usage
    if usage is None:
        # Whoever asks again in the same period goes on from here.
        return dict(previous) if previous.get("period") in report.periods else None
    shown = _shown(previous, usage, report.scale)
    held_for = report.base().get(HELD_FOR) if report.hold is not None else None
    before = {name: previous[name] for name in _SHOWN if name in previous}
    if before == shown and (held_for is None or held_for == _base(previous).get(HELD_FOR)):
        return dict(previous)
    if usage.as_of is not None:
        shown["asOf"] = rfc3339(usage.as_of)
    base = dict(report.base())
    if base:
        shown["base"] = base
    return shown


def shown_usage(status: bytes, period: Period) -> Usage | None:
    """What the status of a SIM tells of a period, or of a part of it: a lower bound of its use.

    None where it tells of another time, or cannot be read.
    """
    if b'"usage"' not in status:
        return None
    return _told(orjson.loads(status).get("usage") or {}, period)


def _told(previous: Mapping[str, Any], period: Period) -> Usage | None:
    if previous.get("period") != period.name:
        return None
    data = previous.get("data")
    try:
        since = datetime.fromisoformat(previous["since"])
        if since < period.start:
            return None
        volume = bytes_of(data) if data is not None else None
        as_of = datetime.fromisoformat(previous["asOf"]) if "asOf" in previous else None
    except (KeyError, TypeError, ValueError):
        return None
    return Usage(period, since, volume, previous.get("sms"), as_of)


def _shown(previous: Mapping[str, Any], usage: Usage, scale: int) -> dict[str, Any]:
    """What is shown of `usage`; until its first figure comes, what was told of the period before.

    Counting begins at each moment anew until then, and that is no reason to write.
    """
    shown: dict[str, Any] = {"period": usage.period.name, "since": rfc3339(usage.since)}
    if usage.data is None and usage.sms is None and previous.get("period") == usage.period.name:
        told = _SHOWN if _told(previous, usage.period) is not None else ("since",)
        return shown | {name: previous[name] for name in told if name in previous}
    if usage.data is not None:
        shown["data"] = quantity(rounded(usage.data, scale))
    if usage.sms is not None:
        shown["sms"] = usage.sms
    return shown


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
