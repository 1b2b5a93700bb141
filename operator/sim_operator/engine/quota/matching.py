"""Which QuotaPolicies select which SIMs.

Kept by namespace and moved on with each change, so that a change of one SIM never costs a look at
the fleet.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sim_operator.api.choices import PolicyMode
from sim_operator.domain.resources import Key, PolicyRecord, SimRecord
from sim_operator.domain.selector import matches
from sim_operator.planning.quota.period import InvalidTimeZoneError
from sim_operator.planning.quota.terms import Terms, terms, winner


class Matching:
    """The selection, in both directions."""

    def __init__(self, sims: Mapping[Key, SimRecord], policies: Mapping[Key, PolicyRecord]) -> None:
        """Read `sims` and `policies` live; they are the store's own."""
        self._sims = sims
        self._policies = policies
        self._sims_of: defaultdict[str, set[Key]] = defaultdict(set)
        self._policies_of: defaultdict[str, set[Key]] = defaultdict(set)
        self._selected: dict[Key, set[Key]] = {}
        self._by: dict[Key, frozenset[Key]] = {}
        self._terms: dict[Key, Terms] = {}
        self._keys: dict[str, Key] = {}
        self.unusable: dict[Key, str] = {}
        """Policies whose terms cannot be read, and why."""

    def load(self) -> None:
        """Take everything in that is known by now."""
        for sim in self._sims:
            self._sims_of[sim.namespace].add(sim)
        for policy in self._policies:
            self.policy_changed(policy)

    def policies(self) -> Iterable[Key]:
        """Every policy that is in force, in order of its name."""
        return sorted(self._terms)

    def all(self) -> Iterable[Key]:
        """Every policy, also those whose terms cannot be read."""
        return sorted(self._terms.keys() | self.unusable.keys())

    def exists(self, policy: Key) -> bool:
        """Whether there is such a policy, also one whose terms cannot be read."""
        return policy in self._terms or policy in self.unusable

    def terms(self, policy: Key) -> Terms | None:
        """What a policy says; None where there is none or it cannot be read."""
        return self._terms.get(policy)

    def key_of(self, terms: Terms) -> Key:
        """The name of a policy in force."""
        return self._keys[terms.uid]

    def by_uid(self, uid: str) -> Terms | None:
        """What the policy with this uid says."""
        key = self._keys.get(uid)
        return self._terms.get(key) if key is not None else None

    def keys_of(self, uids: Iterable[str]) -> set[Key]:
        """The names of the policies with these uids, as far as they exist."""
        return {self._keys[uid] for uid in uids if uid in self._keys}

    def is_known(self, uid: str) -> bool:
        """Whether a policy with this uid exists, also one whose terms cannot be read."""
        return uid in self._keys

    def selected(self, policy: Key) -> set[Key]:
        """The SIMs that a policy selects."""
        return self._selected.get(policy, set())

    def selecting(self, sim: Key) -> list[Terms]:
        """The policies that select a SIM."""
        return [self._terms[key] for key in self._by.get(sim, ()) if key in self._terms]

    def keys_selecting(self, sim: Key) -> frozenset[Key]:
        """Their names."""
        return self._by.get(sim, frozenset())

    def all_selecting(self, sims: Iterable[Key]) -> frozenset[Key]:
        """The names of the policies that select any of these SIMs."""
        return frozenset().union(*map(self.keys_selecting, sims))

    def winner(self, sim: Key, mode: PolicyMode) -> Terms | None:
        """The policy that decides about a SIM among those of one mode.

        None as well where the one that would cannot be read: who comes after it decides nothing.
        """
        first = winner(one for one in self.selecting(sim) if one.mode is mode)
        return None if first is None or self.is_after_unusable(sim, first) else first

    def is_after_unusable(self, sim: Key, terms: Terms) -> bool:
        """Whether a policy whose terms cannot be read comes before this one."""
        record = self._sims.get(sim)
        for key in self.unusable:
            one = self._policies.get(key)
            if (
                one is not None
                and record is not None
                and key.namespace == sim.namespace
                and one.spec.mode is terms.mode
                and (-one.spec.priority, key.name) < (-terms.priority, terms.name)
                and matches(one.spec.selector, record.meta.labels)
            ):
                return True
        return False

    def sim_changed(self, sim: Key) -> set[Key]:
        """A SIM came, changed or went: the policies that this concerns."""
        record = self._sims.get(sim)
        before = self._by.get(sim, frozenset())
        if record is None:
            self._sims_of[sim.namespace].discard(sim)
            self._by.pop(sim, None)
            for policy in before:
                self._selected[policy].discard(sim)
            return set(before)
        self._sims_of[sim.namespace].add(sim)
        labels = record.meta.labels
        now = frozenset(
            policy
            for policy in self._policies_of.get(sim.namespace, ())
            if policy in self._terms
            and (one := self._policies.get(policy)) is not None  # gone, and not told of yet
            and matches(one.spec.selector, labels)
        )
        for policy in before - now:
            self._selected[policy].discard(sim)
        for policy in now - before:
            self._selected[policy].add(sim)
        self._note(sim, now)
        return set(before | now)

    def policy_changed(self, policy: Key) -> set[Key]:
        """A policy came, changed or went: the SIMs that this concerns."""
        record = self._policies.get(policy)
        before = self._selected.pop(policy, set())
        self._terms.pop(policy, None)
        self.unusable.pop(policy, None)
        for uid in [uid for uid, key in self._keys.items() if key == policy]:
            del self._keys[uid]
        now: set[Key] = set()
        if record is None:
            self._policies_of[policy.namespace].discard(policy)
        else:
            self._policies_of[policy.namespace].add(policy)
            self._keys[record.meta.uid] = policy
            now = self._select(policy, record)
        for sim in before - now:
            self._note(sim, self._by.get(sim, frozenset()) - {policy})
        for sim in now:
            self._note(sim, self._by.get(sim, frozenset()) | {policy})
        return before | now

    def _select(self, policy: Key, record: PolicyRecord) -> set[Key]:
        try:
            self._terms[policy] = terms(record)
        except InvalidTimeZoneError as error:
            self.unusable[policy] = str(error)
        selector = record.spec.selector
        selected = {
            sim
            for sim in self._sims_of.get(policy.namespace, ())
            if (one := self._sims.get(sim)) is not None and matches(selector, one.meta.labels)
        }
        self._selected[policy] = selected
        return selected if policy in self._terms else set()

    def _note(self, sim: Key, policies: frozenset[Key]) -> None:
        if policies:
            self._by[sim] = policies
        else:
            self._by.pop(sim, None)
