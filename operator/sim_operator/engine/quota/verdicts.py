"""What each policy decided last, for as long as that counts."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.engine.quota.matching import Matching
from sim_operator.planning.quota.evaluation import Decision, Evaluation
from sim_operator.planning.quota.holds import HeldFor
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.terms import Terms


class Verdicts:
    """The last evaluation of each policy, and what it was made for."""

    def __init__(self, matching: Matching, now: Callable[[], datetime]) -> None:
        """Nothing was decided yet."""
        self._matching = matching
        self._now = now
        self.evaluations: dict[Key, Evaluation] = {}
        self._periods: dict[Key, str] = {}
        self._judged: dict[Key, Terms] = {}
        """What each policy said when it was evaluated last."""

    def take_in(self, policy: Key, terms: Terms, found: Evaluation, now: datetime) -> None:
        """A policy was evaluated, as it was at `now`."""
        self.evaluations[policy] = found
        self._periods[policy] = period_at(terms.track, now).name
        self._judged[policy] = terms

    def keep_only(self, policies: Iterable[Key]) -> list[Key]:
        """Forget all others: which these were."""
        gone = list(self.evaluations.keys() - set(policies))
        for policy in gone:
            for memory in (self.evaluations, self._periods, self._judged):
                memory.pop(policy, None)
        return gone

    def forget(self, policy: Key) -> bool:
        """Decide about a policy's SIMs no more; whether anything was decided."""
        for memory in (self._periods, self._judged):
            memory.pop(policy, None)
        return self.evaluations.pop(policy, None) is not None

    def are_of(self, policy: Key, terms: Terms) -> bool:
        """Whether a policy said the same when it was evaluated last."""
        return self._judged.get(policy) == terms

    def have_turned(self, policy: Key) -> bool:
        """Whether what a policy decided is of another period than the present one."""
        terms = self._matching.terms(policy)
        if terms is None:
            return False
        return self._periods.get(policy) != period_at(terms.track, self._now()).name

    def decision(self, policy: Key, sim: Key) -> Decision | None:
        """What a policy decided about a SIM last, in the present period."""
        found = self.evaluations.get(policy)
        if found is None or self._matching.terms(policy) is None or self.have_turned(policy):
            return None
        return found.decisions.get(sim)

    def decision_of(self, terms: Terms, sim: Key) -> Decision | None:
        """The same; None as well where the policy said something else then."""
        policy = self._matching.key_of(terms)
        return self.decision(policy, sim) if self.are_of(policy, terms) else None

    def pool_used(self, uid: str, held_for: HeldFor) -> int | None:
        """What all SIMs of a policy used of the pool that a hold was made for."""
        terms = self._matching.by_uid(uid)
        found = self.evaluations.get(self._matching.key_of(terms)) if terms is not None else None
        if found is None:
            return None
        return found.pool_data if held_for.limit.service is Service.DATA else found.pool_sms
