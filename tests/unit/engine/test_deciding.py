"""From records and sightings to views and plans."""

from typing import Any

import pytest

from sim_operator.api.names import DISABLE_FINALIZER
from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.states import DeletionPolicy, SimState
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.engine.consequences import wants_finalizer
from sim_operator.engine.deciding import Decider
from sim_operator.engine.roster import Roster
from sim_operator.planning import ledger
from sim_operator.planning.verdict import Cause
from sim_operator.planning.views import Absence, AccountView, Guard
from tests.unit.specimens import (
    ACCOUNT,
    ICCID,
    NOW,
    SIM,
    TICK,
    account_record,
    observed,
    sim_record,
)

VIEW = AccountView(ACCOUNT)
SHOWN = {"iccid": ICCID}
OFF = {"state": SimState.DISABLED}
DELETED = "2026-11-23T12:00:00Z"


class Account:
    """One account with its resources; nothing was swept yet."""

    def __init__(self, *sims: SimRecord, limit: int | str = 1) -> None:
        self.sims: dict[Key, SimRecord] = {}
        spec = {
            "allowedNamespaces": {"from": "All"},
            "protection": {"maxDisablesPerHour": limit},
        }
        self.record = account_record(spec=spec)
        self.state = AccountState()
        self.roster = Roster(
            self.sims,
            {ACCOUNT: self.record},
            default_account=None,
            labels_of=lambda _: {},
            lists=lambda _, iccid: iccid in self.state.sightings,
        )
        self.decider = Decider(self.state, self.roster, ACCOUNT)
        for sim in sims:
            self.put(sim)

    def put(self, sim: SimRecord) -> SimRecord:
        self.sims[sim.meta.key] = sim
        self.roster.refresh(sim.meta.key)
        return sim

    def swept(self, *iccids: Iccid, at: float = TICK) -> None:
        """A believed sweep that showed these SIMs."""
        for iccid in iccids:
            self.state.sight(Sighting(observed(iccid), at))
        for iccid in self.state.sightings.keys() - set(iccids):
            self.state.missing[iccid] = self.state.missing.get(iccid, 0) + 1
        self.state.listed = frozenset(iccids)
        self.state.last_believed = at

    def guarded(self) -> None:
        """Ask the budget, as a pass does."""
        self.decider.let_through(self.decider.ask(self.record, NOW))


def plan(account: Account, sim: SimRecord) -> Any:
    return account.decider.plan(sim, VIEW, now=NOW, tick=TICK)


def test_a_sim_that_this_process_never_saw_is_missed_by_each_believed_sweep() -> None:
    sim = sim_record(status=SHOWN)
    account = Account(sim)
    missed = [account.decider.view(sim, TICK).missing_sweeps]
    for turn in (1, 2, 3):
        account.swept(at=TICK + turn)
        # Asked more than once between two sweeps, as passes do.
        missed += [account.decider.view(sim, TICK).missing_sweeps for _ in range(2)]
    assert missed == [0, 1, 1, 2, 2, 2, 2]


def test_a_sim_known_from_before_a_restart_is_looked_for_after_two_sweeps_without_it() -> None:
    sim = sim_record(status=SHOWN)
    account = Account(sim)
    account.swept(at=TICK + 1)
    assert not plan(account, sim).look
    account.swept(at=TICK + 2)
    assert plan(account, sim).look


def test_a_sim_that_a_sweep_shows_again_is_not_missed_any_more() -> None:
    sim = sim_record(status=SHOWN)
    account = Account(sim)
    account.swept(at=TICK + 1)
    account.decider.view(sim, TICK)
    account.swept(ICCID, at=TICK + 2)
    assert account.decider.view(sim, TICK).missing_sweeps == 0
    account.swept(at=TICK + 3)
    assert account.decider.view(sim, TICK).missing_sweeps == 1


def test_a_new_claim_is_looked_for_at_once() -> None:
    sim = sim_record()
    account = Account(sim)
    account.swept()
    assert plan(account, sim).look


def test_a_sim_that_was_not_found_before_a_restart_stays_so() -> None:
    conditions = [
        {"type": "Ready", "status": "False", "reason": "NotFound", "observedGeneration": 1}
    ]
    sim = sim_record(status={"conditions": conditions})
    account = Account(sim)
    assert account.decider.view(sim, TICK).absence is Absence.NOT_LOOKED
    account.swept()
    assert account.decider.view(sim, TICK).absence is Absence.GONE


def test_a_plan_on_the_same_inputs_is_not_made_twice() -> None:
    sim = sim_record(spec={"state": SimState.ENABLED})
    account = Account(sim)
    account.swept(ICCID)
    assert plan(account, sim) is not None
    assert plan(account, sim) is None


def test_a_disable_passes_the_budget_first() -> None:
    sim = sim_record(spec=OFF)
    account = Account(sim)
    account.swept(ICCID)
    assert plan(account, sim).write.state is None
    account.guarded()
    assert plan(account, sim).write.state is SimState.DISABLED


def test_a_disable_beyond_the_budget_is_held() -> None:
    first = sim_record(Key("plant-a", "a"), spec=OFF)
    second = sim_record(Key("plant-a", "b"), iccid="8988303000000000001", spec=OFF)
    account = Account(first, second)
    account.swept(ICCID, Iccid("8988303000000000001"))
    plan(account, first)
    plan(account, second)
    account.guarded()
    assert plan(account, first).write.state is SimState.DISABLED
    assert plan(account, second).ready.reason == "DisableHeld"
    assert account.state.holding == 1


def test_a_disable_that_waits_for_its_turn_on_the_wire_is_still_wanted() -> None:
    sim = sim_record(spec=OFF)
    account = Account(sim)
    account.swept(ICCID)
    plan(account, sim)
    account.guarded()
    account.state.remember(ICCID, ledger.sending(account.state.ledger(ICCID)))
    for _ in range(3):
        assert plan(account, sim).disable_wanted is Cause.SPEC
        account.guarded()
    again = account.decider.again(sim, VIEW, now=NOW, tick=TICK)
    assert again.write.state is SimState.DISABLED


def test_a_settled_disable_asks_for_nothing() -> None:
    sim = sim_record(spec=OFF)
    account = Account(sim)
    account.swept(ICCID)
    plan(account, sim)
    account.guarded()
    account.state.sight(Sighting(observed(state=SimState.DISABLED), TICK + 1))
    plan(account, sim)
    assert account.decider.disables_wait == frozenset()
    assert account.decider.view(sim, TICK).guard is Guard.NOT_ASKED


def test_a_read_from_after_the_deletion_was_seen_settles_it() -> None:
    sim = sim_record(deleted_at=DELETED, finalizers=(DISABLE_FINALIZER,))
    account = Account(sim)
    account.swept(ICCID, at=TICK - 1)
    assert not account.decider.view(sim, TICK).after_deletion
    account.state.sight(Sighting(observed(), TICK + 1))
    assert account.decider.view(sim, TICK + 2).after_deletion


def test_a_namesake_is_not_taken_for_the_resource_that_was_deleted_before() -> None:
    first = sim_record(deleted_at=DELETED, uid="first")
    account = Account(first)
    account.swept(ICCID, at=TICK - 1)
    account.decider.view(first, TICK)
    second = account.put(sim_record(deleted_at=DELETED, uid="second"))
    account.state.sight(Sighting(observed(), TICK + 1))
    assert not account.decider.view(second, TICK + 2).after_deletion


def test_a_request_is_pending_until_it_is_answered_or_echoed() -> None:
    sim = sim_record(request="now")
    account = Account(sim)
    account.swept(ICCID)
    assert account.decider.pending_request(sim) == "now"
    account.decider.answered(SIM, "now")
    assert account.decider.pending_request(sim) is None
    echoed = sim_record(request="now", status={"lastHandledReconcileAt": "now"})
    assert Account(echoed).decider.pending_request(echoed) is None


def expired(generation: int = 1) -> SimRecord:
    conditions = [
        {
            "type": "Ready",
            "status": "False",
            "reason": "Expired",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-11-23T06:00:00Z",
        }
    ]
    quota = {"data": {"expiresAt": "2026-11-01T00:00:00Z"}}
    return sim_record(
        generation=generation,
        status={"iccid": ICCID, "quota": quota, "conditions": conditions},
        spec={"label": "pump-17"},
    )


def test_a_restart_does_not_try_an_expired_sim_again() -> None:
    sim = expired()
    account = Account(sim)
    account.swept(ICCID)
    told = plan(account, sim)
    assert told.ready.reason == "Expired"
    assert not told.write


def test_a_restart_keeps_the_quota_expiry_that_the_refusal_came_with() -> None:
    sim = expired()
    account = Account(sim)
    account.decider.view(sim, TICK)
    assert account.state.ledger(ICCID).expired_quota == "2026-11-01T00:00:00Z"


def test_a_changed_spec_is_tried_though_the_sim_was_expired_before_a_restart() -> None:
    sim = expired(generation=2)
    account = Account(sim)
    account.swept(ICCID)
    assert plan(account, sim).write.label == "pump-17"


def test_a_failed_write_is_looked_at_again_each_second() -> None:
    sim = sim_record(spec={"label": "pump-17"})
    account = Account(sim)
    account.swept(ICCID)
    failure = Failure(FailureKind.UNAVAILABLE, "1NCE says no.")
    failed = ledger.failed(ledger.Ledger(), failure, at=TICK, retry_at=TICK + 5, now=NOW)
    account.state.remember(ICCID, failed)
    plan(account, sim)
    assert account.decider.unsettled == {SIM}


def test_a_resource_that_leaves_is_forgotten() -> None:
    sim = sim_record(spec=OFF)
    account = Account(sim)
    account.swept(ICCID)
    plan(account, sim)
    account.decider.forget(SIM)
    assert account.decider.unsettled == set()
    assert account.decider.disables_wait == frozenset()


@pytest.mark.parametrize(
    ("policy", "has", "deleted", "wanted"),
    [
        (DeletionPolicy.DISABLE, False, False, True),
        (DeletionPolicy.DISABLE, True, False, None),
        (DeletionPolicy.RETAIN, True, False, False),
        (DeletionPolicy.RETAIN, False, False, None),
        (DeletionPolicy.DISABLE, False, True, None),
        (DeletionPolicy.RETAIN, True, True, False),
    ],
)
def test_the_finalizer_follows_the_deletion_policy(
    policy: DeletionPolicy, has: bool, deleted: bool, wanted: bool | None
) -> None:
    sim = sim_record(
        spec={"deletion": policy},
        finalizers=(DISABLE_FINALIZER,) if has else (),
        deleted_at=DELETED if deleted else None,
    )
    account = Account(sim)
    account.swept(ICCID)
    assert wants_finalizer(sim, plan(account, sim)) is wanted


def test_a_status_that_was_wanted_and_stands_asks_for_no_new_plan() -> None:
    sim = sim_record(spec={"state": SimState.ENABLED})
    account = Account(sim)
    account.swept(ICCID)
    assert plan(account, sim) is not None
    written = sim_record(spec={"state": SimState.ENABLED}, status=SHOWN, resource_version="2")
    account.decider.told(SIM, written.status)
    assert plan(account, written) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"status": {"iccid": ICCID, "label": "by hand"}},
        {"status": SHOWN, "generation": 2},
        {"status": SHOWN, "labels": {"fleet": "pumps"}},
        {"status": SHOWN, "finalizers": ("of.somebody/else",)},
        {"status": SHOWN, "spec": {"state": SimState.DISABLED}},
    ],
)
def test_whatever_else_changed_along_with_the_status_is_planned_anew(
    changed: dict[str, Any],
) -> None:
    sim = sim_record(spec={"state": SimState.ENABLED})
    account = Account(sim)
    account.swept(ICCID)
    plan(account, sim)
    wanted = sim_record(status=SHOWN).status
    account.decider.told(SIM, wanted)
    written = sim_record(**{"spec": {"state": SimState.ENABLED}, "resource_version": "2"} | changed)
    assert plan(account, written) is not None


def test_only_whom_the_budget_tells_something_new_is_planned_again() -> None:
    first = sim_record(Key("plant-a", "a"), spec=OFF)
    second = sim_record(Key("plant-a", "b"), iccid="8988303000000000001", spec=OFF)
    account = Account(first, second)
    account.swept(ICCID, Iccid("8988303000000000001"))
    plan(account, first)
    plan(account, second)
    keys = {first.meta.key, second.meta.key}
    assert account.decider.let_through(account.decider.ask(account.record, NOW)) == keys
    assert account.decider.let_through(account.decider.ask(account.record, NOW)) == set()
