"""The operator's own decisions, over what was read once, with the policies of a file in force.

Nothing is decided anew here: who is selected, what was used, which holds stand and what is done are
asked of the parts that the operator itself is made of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, PolicyRecord, SimRecord
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.quota.holds import Holds
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.quota.members import Members
from sim_operator.engine.roster import Roster
from sim_operator.kube.store import Store, UnreadableAccounts
from sim_operator.planning.quota.evaluation import Evaluation, Member, evaluate
from sim_operator.planning.quota.holds import HeldFor
from sim_operator.planning.quota.terms import Limit, Terms
from sim_operator.planning.tenancy import NamespaceLabels
from sim_operator.status.canonical import canonical
from sim_operator.trial.accounts import Glance


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a trial looks, besides the cluster."""

    default_account: Key | None
    labels_of: NamespaceLabels


class World:
    """One namespace with the policies of the file instead of those of the same name."""

    def __init__(
        self, cluster: Store, policies: Iterable[PolicyRecord], scope: Scope, clock: WallClock
    ) -> None:
        """`cluster` is left as it is."""
        self.cluster = cluster
        self.store = _replaced(cluster, {one.meta.key: one for one in policies})
        self.clock = clock
        self.glances: dict[Key, Glance] = {}
        self.evaluations: dict[Key, Evaluation] = {}
        self.matching = Matching(self.store.sims, self.store.policies)
        self.matching.load()
        self.roster = Roster(
            self.store.sims,
            self.store.accounts,
            default_account=scope.default_account,
            unreadable=UnreadableAccounts(cluster),
            labels_of=scope.labels_of,
            lists=self._lists,
        )
        self.books = UsageBooks(clock, lambda _: None)
        self.holds = Holds(
            self.matching,
            self.books,
            self.roster,
            self.glances,
            cluster.unreadable,
            self._pool_used,
        )
        self.holds.loaded = True
        self.forecasts = Forecasts(self.books)
        self._members = Members(
            self.store,
            self.roster,
            self.glances,
            self.matching,
            self.books,
            self.holds,
            last=lambda _, __: None,
            begun=lambda _: None,
        )
        for sim, record in self.store.sims.items():
            self.roster.refresh(sim)
            self.holds.take_in(sim, record)

    def terms(self, policy: Key) -> Terms:
        """What a policy of the file says."""
        found = self.matching.terms(policy)
        if found is None:
            raise KeyError(policy)
        return found

    def concerned(self, policy: Key) -> list[SimRecord]:
        """The SIMs that a policy selects or keeps off, by name."""
        held = self.holds.kept_by(self.terms(policy).uid)
        return [self.store.sims[key] for key in sorted(self.matching.selected(policy) | held)]

    def account(self, sim: Key) -> Key | None:
        """The account that acts for a SIM; None where there is none."""
        assigned = self.roster.assignment(sim)
        return assigned if isinstance(assigned, Key) else None

    def glance(self, sim: Key) -> Glance | None:
        """What was seen of a SIM's account, where it lists the SIM."""
        account, iccid = self.account(sim), self.roster.iccid(sim)
        glance = self.glances.get(account) if account is not None else None
        return glance if glance is not None and iccid in glance.state.sightings else None

    def open_books(self, sims: Iterable[SimRecord]) -> None:
        """Count what the policies of these SIMs ask for, from what their statuses carry on."""
        for record in sims:
            iccid = self.roster.iccid(record.meta.key)
            if iccid is None:
                continue
            tracks = {terms.track for terms in self.matching.selecting(record.meta.key)}
            hold = self.holds.on_record(record)
            holder = self.matching.by_uid(hold.policy_uid) if hold is not None else None
            if holder is not None:
                tracks.add(holder.track)
            self.books.want(iccid, record, tracks)

    def members(self, policy: Key) -> list[Member]:
        """The SIMs that a policy selects, as its evaluation sees them."""
        return list(self._members.of(policy, self.terms(policy), self.clock.now()))

    def evaluate(self, policy: Key) -> Evaluation:
        """What a policy decides now."""
        # Twice: whether a hold for a pool has ended depends on what is used of that pool.
        terms = self.terms(policy)
        for _ in range(2):
            self.evaluations[policy] = evaluate(
                terms,
                self.members(policy),
                elsewhere=self._members.elsewhere(policy, terms, self.clock.now()),
            )
        return self.evaluations[policy]

    def exhausts_at(self, sim: Key, terms: Terms) -> date | None:
        """The day on which a SIM reaches one of its own limits."""
        iccid = self.roster.iccid(sim)
        if iccid is None:
            return None
        return self.forecasts.exhausts_at(iccid, terms, self.clock.now(), None)

    def _lists(self, account: Key, iccid: Iccid) -> bool | None:
        glance = self.glances.get(account)
        return iccid in glance.state.sightings if glance is not None else None

    def _pool_used(self, uid: str, held_for: HeldFor) -> int | None:
        terms = self.matching.by_uid(uid)
        found = self.evaluations.get(self.matching.key_of(terms)) if terms is not None else None
        if found is None or not held_for.limit.pooled:
            return None
        return found.pool_data if held_for.limit is Limit.DATA_POOL else found.pool_sms


def told(record: SimRecord) -> Mapping[str, Any]:
    """`status.policy` of a SIM: what the operator does with it today."""
    found: Mapping[str, Any] = orjson.loads(record.status).get("policy") or {}
    return found


def _replaced(cluster: Store, policies: Mapping[Key, PolicyRecord]) -> Store:
    """A copy with other policies.

    The last decision of a policy whose spec changes says nothing of the new one, so SIMs that are
    not held by it forget it.
    """
    store = Store()
    for account in cluster.accounts.values():
        store.put(account)
    for key, present in cluster.policies.items():
        if key not in policies:
            store.put(present)
    for policy in policies.values():
        store.put(policy)
    changed = {
        key.name
        for key, policy in policies.items()
        if (before := cluster.policies.get(key)) is None or before.spec != policy.spec
    }
    for sim in cluster.sims.values():
        said = told(sim)
        if said.get("name") in changed and "hold" not in said:
            status = {
                name: value for name, value in orjson.loads(sim.status).items() if name != "policy"
            }
            store.put(replace(sim, status=canonical(status)))
        else:
            store.put(sim)
    return store
