"""What an account's loop knows, and what of it survives a restart."""

from datetime import timedelta
from typing import Any

import orjson

from sim_operator.api.names import AccountReason
from sim_operator.domain.states import SimState
from sim_operator.engine.account_state import AccountState, Sighting, restored
from sim_operator.planning import breaker, ledger
from sim_operator.planning.ledger import Ledger
from sim_operator.planning.sketch import sketch
from sim_operator.status.account import AccountReport, SweepReport, account_status
from tests.unit.specimens import ICCID, NOW, TICK, account_record, iccids, observed

MINUTE = timedelta(minutes=1)


def written(**changes: Any) -> Any:
    told: dict[str, Any] = {
        "sweep": SweepReport(NOW - 2 * MINUTE, 1.0, 1, 60),
        "picture": sketch(iccids(60)),
    }
    report = AccountReport(AccountReason.RECONCILED, "Fine.", **(told | changes))
    return orjson.loads(account_status(account_record(), report, NOW))


def back(status: Any) -> AccountState:
    return restored(account_record(status=status), NOW, TICK)


def test_a_new_account_begins_with_nothing() -> None:
    state = back(None)
    assert not state.ever_ready
    assert state.last_believed is None
    assert state.breaker == breaker.Memory()
    assert state.reservations == {}
    assert not state.trusted


def test_the_disable_budget_survives_a_restart() -> None:
    taken = {"a": NOW - MINUTE, "b": NOW - 30 * MINUTE}
    assert back(written(reservations=taken)).reservations == taken


def test_a_reservation_never_comes_back_older_than_it_was() -> None:
    moment = NOW - MINUTE + timedelta(microseconds=1)
    assert back(written(reservations={"a": moment})).reservations["a"] >= moment


def test_the_believed_picture_survives_a_restart() -> None:
    memory = back(written()).breaker
    assert not breaker.judge(frozenset(), memory, "10%", None, NOW).believed
    assert breaker.judge(iccids(60), memory, "10%", None, NOW).believed


def test_a_rejection_survives_a_restart() -> None:
    assert back(written(rejected="abc-123")).breaker.rejected == "abc-123"


def test_the_age_of_the_last_believed_sweep_survives_a_restart() -> None:
    state = back(written())
    assert state.last_believed == TICK - 120
    assert state.swept_before == NOW - 2 * MINUTE


def test_a_clock_that_stepped_back_does_not_put_a_sweep_into_the_future() -> None:
    status = written(sweep=SweepReport(NOW + timedelta(hours=2), 1.0, 1, 60))
    assert back(status).last_believed == TICK
    assert back(status).swept_before == NOW


def test_an_account_that_was_ready_once_is_known_to_have_been() -> None:
    assert back(written()).ever_ready
    assert not back(written(sweep=None, picture=None)).ever_ready


def test_an_account_that_was_empty_when_it_was_believed_may_be_empty_again() -> None:
    state = back(written(picture=sketch([])))
    assert state.ever_ready
    assert breaker.judge(frozenset(), state.breaker, "10%", None, NOW).believed


def test_a_restart_trusts_no_connection_before_a_sweep() -> None:
    assert not back(written()).trusted


def test_a_later_read_is_not_replaced_by_an_earlier_one() -> None:
    state = AccountState()
    assert state.sight(Sighting(observed(label="new"), 2.0))
    assert not state.sight(Sighting(observed(label="old"), 1.0))
    assert state.sightings[ICCID].sim.label == "new"


def test_the_same_values_again_keep_the_object_and_move_the_moment() -> None:
    state = AccountState()
    state.sight(Sighting(observed(), 1.0))
    before = state.sightings[ICCID].sim
    state.sight(Sighting(observed(), 2.0))
    assert state.sightings[ICCID].sim is before
    assert state.sightings[ICCID].at == 2.0


def test_a_sim_that_is_seen_again_is_neither_missing_nor_gone() -> None:
    state = AccountState(missing={ICCID: 2}, gone={ICCID})
    state.sight(Sighting(observed(), 1.0))
    assert ICCID not in state.missing
    assert ICCID not in state.gone


def test_a_ledger_that_says_nothing_is_not_kept() -> None:
    state = AccountState()
    state.remember(ICCID, ledger.sending(Ledger()))
    assert state.ledgers
    state.remember(ICCID, ledger.withdrawn(state.ledger(ICCID)))
    assert state.ledgers == {}


def test_the_figures_of_an_account_are_of_its_last_believed_sweep() -> None:
    fleet = sorted(iccids(3))
    state = AccountState(listed=frozenset(fleet[:2]))
    states = (SimState.ENABLED, SimState.DISABLED, SimState.DISABLED)
    for iccid, shown in zip(fleet, states, strict=True):
        state.sight(Sighting(observed(iccid, state=shown), 1.0))
    assert state.counts(claimed=1) == {
        "total": 2,
        "enabled": 1,
        "disabled": 1,
        "claimed": 1,
        "unclaimed": 1,
    }
