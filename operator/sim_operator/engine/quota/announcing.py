"""Events of policies, each once: a step that was passed, what a trial run would do, a pool.

What is really done to a SIM is told by the change at 1NCE itself, and what waits for a guard by the
condition of the SIM.
"""

from collections.abc import Callable
from datetime import datetime

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason
from sim_operator.api.names import POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.engine.announcing import Announcer
from sim_operator.engine.quota.matching import Matching
from sim_operator.kube.store import Store
from sim_operator.planning.quota.evaluation import Decision, Evaluation
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.sentences import event_text
from sim_operator.planning.quota.terms import Terms

_WEIGHT = {
    PolicyAction.NONE: 0,
    PolicyAction.WARN: 1,
    PolicyAction.HOLD: 2,
    PolicyAction.DISABLE: 3,
}


class PolicyAnnouncer:
    """Tells of what policies find, SIM by SIM."""

    def __init__(
        self,
        announcer: Announcer,
        store: Store,
        matching: Matching,
        before: Callable[[Key, Terms, Key], PolicyAction | None],
        now: Callable[[], datetime],
    ) -> None:
        """`before` gives what the status of a SIM tells of a policy from before this process."""
        self._announcer = announcer
        self._store = store
        self._matching = matching
        self._before = before
        self._now = now

    def evaluated(self, policy: Key, before: Evaluation | None, found: Evaluation) -> None:
        """A policy was evaluated again: tell what is new of the SIMs that it decides about."""
        terms = self._matching.terms(policy)
        if terms is None:
            return
        old = before.decisions if before is not None else {}
        for sim, decision in found.decisions.items():
            known = old.get(sim)
            if known == decision or not _is_news(known, decision):
                continue
            first = self._matching.winner(sim, terms.mode)
            if first is None or first.uid != terms.uid:
                continue
            if known is None and self._is_told(policy, terms, sim, decision):
                continue
            self._tell(terms, sim, decision)

    def _is_told(self, policy: Key, terms: Terms, sim: Key, decision: Decision) -> bool:
        """Whether an earlier process told of it, as far as the status of the SIM shows."""
        told = self._before(policy, terms, sim)
        return told is not None and _WEIGHT[told] >= _WEIGHT[decision.would]

    def _tell(self, terms: Terms, sim: Key, decision: Decision) -> None:
        acts = terms.mode is PolicyMode.ENFORCE and decision.action is decision.would
        if acts and decision.action in (PolicyAction.DISABLE, PolicyAction.HOLD):
            return
        record = self._store.sims.get(sim)
        if record is not None:
            text = event_text(terms, decision, period_at(terms.track, self._now()))
            self._announcer.warn(SIM_KIND, record.meta, str(_reason(decision)), text)

    def pool(self, policy: Key, terms: Terms, *, step: int | None, passed: bool) -> None:
        """A pool passed a warning step, or its end."""
        record = self._store.policies.get(policy)
        if record is None or not (passed or step):
            return
        period = period_at(terms.track, self._now()).name
        reason = PolicyReason.POOL_EXCEEDED if passed else PolicyReason.WARNED
        what = "is used up" if passed else f"has passed {step} %"
        self._announcer.warn(
            POLICY_KIND, record.meta, str(reason), f"A pool of this policy {what} in {period}."
        )


def _reason(decision: Decision) -> PolicyReason:
    if decision.reason is not PolicyReason.OBSERVING:
        return decision.reason
    return PolicyReason.WARNED if decision.would is PolicyAction.WARN else PolicyReason.EXCEEDED


def _is_news(known: Decision | None, decision: Decision) -> bool:
    """Whether a decision weighs more than the one before, or the next step was passed."""
    if decision.reason is PolicyReason.USAGE_UNKNOWN:
        return False
    if known is None:
        return decision.would is not PolicyAction.NONE
    heavier = _WEIGHT[decision.would] > _WEIGHT[known.would]
    return heavier or (decision.step or 0) > (known.step or 0)
