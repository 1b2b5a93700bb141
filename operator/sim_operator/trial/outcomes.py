"""What a plan found, as values: the table and the JSON show the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.domain.resources import Key
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.evaluation import Decision, Evaluation
from sim_operator.planning.quota.period import Period
from sim_operator.planning.quota.terms import Terms


@dataclass(frozen=True, slots=True)
class Now:
    """What the status of a SIM tells of its policy."""

    policy: str
    mode: str
    action: str
    would_do: str
    reason: str

    @classmethod
    def from_status(cls, told: Mapping[str, Any]) -> "Now | None":
        """The fields of `status.policy`; None where it names no policy."""
        if not told.get("name"):
            return None
        none = PolicyAction.NONE.value
        return cls(
            policy=str(told["name"]),
            mode=str(told.get("mode") or ""),
            action=str(told.get("action") or none),
            would_do=str(told.get("wouldDo") or none),
            reason=str(told.get("reason") or ""),
        )


@dataclass(frozen=True, slots=True)
class SimOutcome:
    """One SIM: what is done with it, and what would be."""

    key: Key
    iccid: str | None
    account: Key | None
    state: str | None
    """As 1NCE shows it; None: its account does not list it, or is not known."""
    usage: Usage | None
    was_read: bool
    """Whether 1NCE was asked; otherwise `usage` is what the operator carried in its status."""
    decision: Decision | None
    """None: the policy does not select it, and only keeps it off."""
    now: Now | None
    is_off: bool
    """Whether the policy keeps it off already."""
    released: bool
    """Whether a hold ends, and no new one follows at once."""
    why: str
    exhausts_at: date | None
    changes: bool
    """Whether something else would be done, or said, than today."""

    @property
    def would(self) -> PolicyAction:
        """What would be done, or said where nothing may be done."""
        return self.decision.would if self.decision is not None else PolicyAction.NONE


@dataclass(frozen=True, slots=True)
class AccountGuard:
    """How an account's maxDisablesPerHour would stretch what the policy wants."""

    account: Key
    limit: int
    """Disables in an hour."""
    wanted: int
    """SIMs that would newly be disabled."""
    at_once: int
    hours: int | None
    """Until the last one is through; None: never."""

    @classmethod
    def of(cls, account: Key, *, limit: int, taken: int, wanted: int) -> "AccountGuard":
        """`taken`: what the present hour has let through already."""
        at_once = min(wanted, max(0, limit - taken))
        rest = wanted - at_once
        if rest and limit <= 0:
            return cls(account, limit, wanted, at_once, None)
        return cls(account, limit, wanted, at_once, -(-rest // limit) if rest else 0)


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """What one policy would do."""

    terms: Terms
    namespace: str
    as_of: datetime
    period: Period
    places: int
    """SIMs that maxDisabled lets it keep off."""
    evaluation: Evaluation
    sims: tuple[SimOutcome, ...]
    guards: tuple[AccountGuard, ...]
    notes: tuple[str, ...]

    def count(self, action: PolicyAction) -> int:
        """SIMs that it would do this with."""
        return sum(one.would is action for one in self.sims)

    @property
    def is_enforced(self) -> bool:
        """Whether what it would do is done."""
        return self.terms.mode is PolicyMode.ENFORCE

    @property
    def touches(self) -> bool:
        """Whether any SIM would be disabled or held."""
        return bool(self.count(PolicyAction.DISABLE) or self.count(PolicyAction.HOLD))
