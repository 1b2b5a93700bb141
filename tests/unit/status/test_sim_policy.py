"""Use, decision and hold in the status of a SIM."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from sim_operator.api.choices import PeriodKind, PolicyAction, PolicyMode, PolicyReason
from sim_operator.domain.states import SimState
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.quota.period import Period, Track, period_at
from sim_operator.planning.verdict import HoldStep
from sim_operator.status.sim_policy import (
    PolicyLine,
    PolicyReport,
    policy_block,
    shown_usage,
    usage_block,
)

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
PERIOD = period_at(Track(PeriodKind.MONTHLY, "Etc/UTC"), NOW)
HOLD = Hold("uid-1", "2026-11", "2026-11-15T12:00:00Z", SimState.ENABLED)
LINE = PolicyLine(
    "pumps",
    PolicyMode.ENFORCE,
    PolicyAction.DISABLE,
    PolicyAction.NONE,
    PolicyReason.EXCEEDED,
    date(2026, 11, 15),
)


def report(data: int | None = 88 * MEBIBYTE, sms: int | None = 3, **changes: Any) -> PolicyReport:
    told: dict[str, Any] = {
        "usage": Usage(PERIOD, PERIOD.start, data, sms, NOW),
        "scale": 40 * MEBIBYTE,
        "base": lambda: {"shown.data": str(data)},
        "line": LINE,
    }
    return PolicyReport(**(told | changes))


def test_use_is_told_rounded_with_what_it_was_computed_from() -> None:
    assert usage_block({}, report(88 * MEBIBYTE + 99)) == {
        "period": "2026-11",
        "since": "2026-11-01T00:00:00Z",
        "data": "88Mi",
        "sms": 3,
        "asOf": "2026-11-15T12:00:00Z",
        "base": {"shown.data": str(88 * MEBIBYTE + 99)},
    }


def test_the_base_rests_while_nothing_that_is_shown_moves() -> None:
    before = usage_block({}, report(88 * MEBIBYTE))
    assert before is not None
    assert usage_block(before, report(88 * MEBIBYTE + 5000)) == before
    moved = usage_block(before, report(89 * MEBIBYTE))
    assert moved is not None
    assert moved["base"] == {"shown.data": str(89 * MEBIBYTE)}


def test_what_is_not_known_is_left_out() -> None:
    told = usage_block({}, report(None, None))
    assert told is not None
    assert "data" not in told
    assert "sms" not in told


def test_counting_that_has_not_begun_moves_no_status() -> None:
    def nothing_known(moment: datetime) -> PolicyReport:
        return report(usage=Usage(PERIOD, moment, None, None, None), base=dict)

    later = NOW + timedelta(hours=1)
    before = usage_block({}, nothing_known(NOW))
    assert before == {"period": "2026-11", "since": "2026-11-15T12:00:00Z"}
    assert usage_block(before, nothing_known(later)) == before
    first = usage_block(before, report(usage=Usage(PERIOD, later, 0, None, later)))
    assert first is not None
    assert first["since"] == "2026-11-15T13:00:00Z"
    other = usage_block(before | {"period": "2026-10"}, nothing_known(later))
    assert other == {"period": "2026-11", "since": "2026-11-15T13:00:00Z"}


def test_use_stays_in_its_period_where_no_policy_asks_any_more() -> None:
    before = usage_block({}, report())
    assert before is not None
    unasked = report(usage=None, line=None, periods=frozenset({"2026-11"}))
    assert usage_block(before, unasked) == before
    assert usage_block(before, report(usage=None, periods=frozenset({"2026-12"}))) is None


def unknown(period: Period = PERIOD) -> PolicyReport:
    """Of a policy that counts and has no figure yet."""
    return report(usage=Usage(period, NOW, None, None, None), base=dict)


def test_what_was_shown_of_the_month_stays_until_a_new_policy_has_its_first_figure() -> None:
    shown = usage_block({}, report(88 * MEBIBYTE, base=dict))
    assert shown is not None
    assert usage_block(shown, unknown()) == shown
    first = usage_block(shown, report(89 * MEBIBYTE))
    assert first is not None
    assert (first["data"], first["base"]) == ("89Mi", {"shown.data": str(89 * MEBIBYTE)})


def test_what_was_shown_from_before_its_month_does_not_stay_for_a_policy() -> None:
    shown = usage_block({}, report(88 * MEBIBYTE, base=dict))
    assert shown is not None
    local = period_at(Track(PeriodKind.MONTHLY, "America/Los_Angeles"), NOW)
    told = usage_block(shown, unknown(local))
    assert told == {"period": "2026-11", "since": "2026-11-01T00:00:00Z"}
    earlier = period_at(Track(PeriodKind.MONTHLY, "Asia/Tokyo"), NOW)
    assert usage_block(shown, unknown(earlier)) == shown


def test_what_a_status_shows_of_a_month_is_read_back_as_a_lower_bound() -> None:
    block = usage_block({}, report(88 * MEBIBYTE + 5, scale=0))
    told = shown_usage(orjson.dumps({"usage": block}), PERIOD)
    assert told == Usage(PERIOD, PERIOD.start, 88 * MEBIBYTE, 3, NOW)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"period": "2026-10", "since": "2026-10-01T00:00:00Z", "data": "88Mi"},
        {"period": "2026-11", "since": "2026-10-31T15:00:00Z", "data": "88Mi"},
        {"period": "2026-11", "since": "2026-11-01T00:00:00", "data": "88Mi"},
        {"period": "2026-11", "since": "soon", "data": "88Mi"},
        {"period": "2026-11", "data": "88Mi"},
        {"period": "2026-11", "since": "2026-11-01T00:00:00Z", "data": "much"},
    ],
)
def test_a_status_that_tells_of_another_time_or_cannot_be_read_tells_nothing(usage: object) -> None:
    assert shown_usage(orjson.dumps({"usage": usage}), PERIOD) is None


def test_a_hold_that_begins_is_told_with_the_limit_that_it_is_for() -> None:
    before = usage_block({}, report())
    assert before is not None
    begins = report(hold=HOLD, base=lambda: {"heldFor": "data.perSIM=41943040"})
    told = usage_block(before, begins)
    assert told is not None
    assert told["base"]["heldFor"] == "data.perSIM=41943040"
    block = policy_block({}, begins, HoldStep.BEGIN)
    assert block is not None
    assert block["hold"] == HOLD.as_status()


def test_a_hold_stays_until_the_plan_says_that_it_goes() -> None:
    previous = policy_block({}, report(hold=HOLD), HoldStep.BEGIN)
    assert previous is not None
    kept = policy_block(previous, report(), HoldStep.KEEP)
    assert kept is not None
    assert kept["hold"] == HOLD.as_status()
    cleared = policy_block(previous, report(), HoldStep.CLEAR)
    assert cleared is not None
    assert "hold" not in cleared


def test_a_hold_outlives_the_last_policy_that_selects_its_sim() -> None:
    previous = policy_block({}, report(hold=HOLD), HoldStep.BEGIN)
    assert previous is not None
    kept = policy_block(previous, report(line=None), HoldStep.KEEP)
    assert kept is not None
    assert kept["hold"] == HOLD.as_status()
    assert kept["name"] == "pumps"
    assert policy_block(previous, report(line=None), HoldStep.CLEAR) is None


def test_the_line_tells_what_is_done_and_why() -> None:
    assert policy_block({}, report(), HoldStep.KEEP) == {
        "name": "pumps",
        "mode": "Enforce",
        "action": "Disable",
        "wouldDo": "None",
        "reason": "Exceeded",
        "exhaustsAt": "2026-11-15",
    }
