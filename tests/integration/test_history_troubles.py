"""Whoever keeps the history may be slow, wrong or away: that does no harm, and nothing is lost."""

from datetime import timedelta

import pytest

from tests.integration.history_worlds import (
    MIB,
    SIMS,
    TODAY,
    assert_exact,
    has_all,
    metric,
    usage_calls,
)
from tests.integration.world import World
from tests.keeper import Bad, Keeper


@pytest.mark.parametrize(
    "bad",
    [
        Bad(500),
        Bad(503, headers={"Retry-After": "2"}),
        Bad(200, body=b"<html>welcome</html>"),
        Bad(204, seconds=3.0, kept=True),
        Bad(torn=True),
    ],
    ids=["500", "busy", "garbage", "slow", "torn"],
)
def test_sims_are_worked_whatever_the_history_does_and_it_gets_everything_afterwards(
    recorded: World, keeper: Keeper, bad: Bad
) -> None:
    keeper.bad = bad
    recorded.operator.start()
    recorded.until(lambda: keeper.requests >= 2, "it was asked more than once")
    recorded.patch("sim", "sim-0", {"label": "changed-meanwhile"})
    recorded.until(
        lambda: recorded.at_1nce(recorded.iccids[0])["label"] == "changed-meanwhile",
        "a SIM is worked",
    )
    recorded.until_acknowledged("sim-0", "Reconciled")
    assert recorded.operator.get("/healthz")[0] == 200
    keeper.bad = None
    recorded.until(lambda: has_all(recorded, keeper), "half a year of each SIM is kept")
    assert_exact(recorded, keeper)
    assert str(keeper.token) not in recorded.operator.text()


def test_what_was_read_while_the_history_was_down_arrives_when_it_is_back(
    recorded: World, keeper: Keeper
) -> None:
    recorded.operator.start()
    recorded.until(lambda: has_all(recorded, keeper), "half a year of each SIM is kept")
    port = keeper.stop()
    recorded.simulator.advance(24 * 3600)
    for iccid in recorded.iccids[:SIMS]:
        recorded.simulator.patch_sim(iccid, use_data_mb=3)
    recorded.apply(
        recorded.manifest(
            "QuotaPolicy", "all", {"selector": {}, "mode": "Audit", "data": {"perSIM": "100Gi"}}
        )
    )
    recorded.until(lambda: metric(recorded, "readings_waiting") == SIMS, "readings wait")
    recorded.until(lambda: metric(recorded, "up") == 0, "it shows that the history is down")
    keeper.start(port)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    recorded.until(
        lambda: all(tomorrow in keeper.days(iccid) for iccid in recorded.iccids[:SIMS]),
        "what waited is kept",
    )
    recorded.until(lambda: metric(recorded, "up") == 1, "it shows that the history is back")
    assert all(
        (keeper.days(iccid)[tomorrow][0] or 0) >= 3 * MIB for iccid in recorded.iccids[:SIMS]
    )
    assert metric(recorded, "readings_dropped_total") == 0


def test_what_waits_at_the_end_is_delivered(recorded: World, keeper: Keeper) -> None:
    recorded.operator.start()
    recorded.until(lambda: len(usage_calls(recorded)) == SIMS, "all were read")
    assert recorded.operator.stop() == 0
    assert has_all(recorded, keeper)


def test_an_end_with_a_history_that_is_down_is_no_slower_and_no_failure(
    recorded: World, keeper: Keeper
) -> None:
    recorded.operator.start()
    recorded.until(lambda: has_all(recorded, keeper), "half a year of each SIM is kept")
    keeper.bad = Bad(204, seconds=30.0)
    recorded.apply(
        recorded.manifest("QuotaPolicy", "all", {"selector": {}, "data": {"perSIM": "1Gi"}})
    )
    recorded.until(lambda: metric(recorded, "readings_waiting") > 0, "something waits")
    assert recorded.operator.stop() == 0


def test_an_account_without_daily_figures_is_a_gap_and_costs_next_to_nothing(
    recorded: World, keeper: Keeper
) -> None:
    recorded.account(managementAPIVersion="v2")
    recorded.operator.start()
    recorded.until(
        lambda: metric(recorded, "sims_incomplete") == SIMS, "it is known what is missing"
    )
    recorded.until(lambda: usage_calls(recorded), "it was tried")
    recorded.sweeps(3)
    assert len(usage_calls(recorded)) <= 4
    assert keeper.kept == {}
