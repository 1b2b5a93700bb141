"""What metrics are told of an account."""

from datetime import timedelta

from sim_operator.api.names import AccountReason
from sim_operator.engine.account_figures import AccountFigures
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.engine.deciding import Decider
from sim_operator.engine.roster import Roster
from sim_operator.onence.throttle import Throttle
from sim_operator.planning import pace
from sim_operator.planning.budget import MOST_RESERVATIONS
from sim_operator.status.account import SweepReport
from sim_operator.telemetry.fleet import AccountSample
from tests.clocks import StillClock
from tests.unit.specimens import (
    ACCOUNT,
    ICCID,
    NOW,
    TICK,
    account_record,
    iccids,
    observed,
    sim_record,
)

MINUTE = timedelta(minutes=1)


def figures(state: AccountState, *, limit: int | str = "10%", detail: str = "1h") -> AccountSample:
    """Of an account with one SIM resource."""
    record = account_record(
        spec={
            "allowedNamespaces": {"from": "All"},
            "protection": {"maxDisablesPerHour": limit},
            "rateLimit": {"requestsPerSecond": 5},
            "sync": {"interval": "10s", "detailInterval": detail},
        }
    )
    sim = sim_record()
    roster = Roster(
        {sim.meta.key: sim},
        {ACCOUNT: record},
        default_account=None,
        labels_of=lambda _: {},
        lists=lambda _, iccid: iccid in state.sightings,
    )
    roster.refresh(sim.meta.key)
    decider = Decider(state, roster, ACCOUNT)
    decider.claimed.appeared(state.sightings)
    read = AccountFigures(
        state,
        decider,
        Throttle(5),
        StillClock(NOW),
        lambda account: pace.detail_interval(account.spec.sync.detail_interval_seconds, 1, 5),
    )
    return read.sample(record)


def swept() -> AccountState:
    """An account that was swept a minute ago."""
    state = AccountState(listed=frozenset([ICCID]), reason=AccountReason.RECONCILED)
    state.sightings[ICCID] = Sighting(observed(), TICK)
    state.last_sweep = SweepReport(NOW - MINUTE, 1.0, 1, 1)
    return state


def test_an_account_at_work_tells_its_figures() -> None:
    told = figures(swept())
    assert told.account == "sim-operator/default"
    assert told.ready
    assert told.reasons == {"Reconciled": 1}
    assert told.sims == {"total": 1, "enabled": 1, "disabled": 0, "claimed": 1, "unclaimed": 0}
    assert told.sweep_last_success == (NOW - MINUTE).timestamp()
    assert (told.sweep_interval, told.detail_interval) == (10, 3600)
    assert (told.rate_limit_remaining, told.requests_per_second_limit) == (5, 5)


def test_intervals_are_those_that_the_rate_limit_carries() -> None:
    state = swept()
    state.listed = iccids(10_000)
    # A hundred pages at half of five a second, and three readings a SIM at the same.
    assert figures(state).sweep_interval == 40
    assert figures(swept(), detail="1s").detail_interval == 1.2
    assert figures(swept(), detail="0s").detail_interval == 0


def test_an_account_that_was_never_swept_tells_no_counts_and_no_moment() -> None:
    told = figures(AccountState())
    assert not told.ready
    assert told.reasons == {"Progressing": 1}
    assert told.sims == {}
    assert told.sweep_last_success is None


def test_after_a_restart_the_last_sweep_is_that_of_the_process_before() -> None:
    state = AccountState(swept_before=NOW - 30 * MINUTE)
    assert figures(state).sweep_last_success == (NOW - 30 * MINUTE).timestamp()
    state.last_sweep = SweepReport(NOW, 1.0, 1, 1)
    assert figures(state).sweep_last_success == NOW.timestamp()


def test_the_disable_budget_counts_the_places_of_the_last_hour() -> None:
    state = swept()
    state.reservations = {"a": NOW - 61 * MINUTE, "b": NOW - 59 * MINUTE, "c": NOW}
    state.holding = 7
    told = figures(state, limit=3)
    assert (told.disables_in_window, told.disables_limit, told.disables_holding) == (2, 3, 7)


def test_a_percentage_is_told_as_the_number_that_it_is() -> None:
    assert figures(swept(), limit="10%").disables_limit == 1
    assert figures(swept(), limit="0%").disables_limit == 0


def test_sims_that_held_a_place_and_went_count_in_the_percentage() -> None:
    state = swept()
    state.reservations = {f"gone-{number}": NOW for number in range(19)}
    assert figures(state, limit="10%").disables_limit == 2


def test_a_limit_is_never_told_larger_than_the_places_that_there_are() -> None:
    assert figures(swept(), limit=100_000).disables_limit == MOST_RESERVATIONS
