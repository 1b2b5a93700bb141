"""The status of a SIM."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from sim_operator.api.names import ReadyReason, SyncedReason
from sim_operator.api.sim import SimStatus
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimDetails
from sim_operator.domain.states import QuotaLevel, Session
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.planning.verdict import Ready, SimPlan, Synced
from sim_operator.status.sim import sim_status
from tests.unit.specimens import ACCOUNT, NOW, observed, sim_record

PLAN = SimPlan(Synced(SyncedReason.IN_SYNC, "Fine."), Ready(ReadyReason.RECONCILED, "Fine."))
EXPIRES = "2034-03-09T00:00:00Z"


def data(remaining: int, total: int | None = 500) -> SimDetails:
    whole = None if total is None else total * MEBIBYTE
    return SimDetails(data=QuotaReading(remaining, whole, EXPIRES), session=Session.ONLINE)


def built(
    details: SimDetails | None = None,
    sighting: ObservedSim | None = None,
    before: Any = None,
    plan: SimPlan = PLAN,
) -> dict[str, Any]:
    record = sim_record(status=before)
    told = sim_status(record, ACCOUNT, plan, sighting or observed(), details, NOW)
    result: dict[str, Any] = orjson.loads(told)
    return result


def test_figures_are_rounded_down_to_a_percent() -> None:
    assert built(data(437 * MEBIBYTE + 1))["quota"]["data"] == {
        "level": "Sufficient",
        "total": "500Mi",
        "remaining": "435Mi",
        "expiresAt": EXPIRES,
    }


def test_a_moved_byte_changes_no_status() -> None:
    assert built(data(437 * MEBIBYTE)) == built(data(437 * MEBIBYTE - 1024))


def test_a_full_quota_is_shown_as_it_is() -> None:
    assert built(data(1003 * MEBIBYTE, 1003))["quota"]["data"]["remaining"] == "1003Mi"


def test_an_overdrawn_quota_shows_nothing_left() -> None:
    quota = built(data(-5 * MEBIBYTE))["quota"]["data"]
    assert (quota["remaining"], quota["level"]) == ("0Mi", "Exhausted")


@pytest.mark.parametrize(("left", "level"), [(0, "Exhausted"), (100, "Low"), (101, "Sufficient")])
def test_the_level_follows_from_the_figures_where_the_list_does_not_say(
    left: int, level: str
) -> None:
    assert built(data(left * MEBIBYTE))["quota"]["data"]["level"] == level


def test_the_level_of_the_list_wins() -> None:
    sighting = observed(data_level=QuotaLevel.LOW)
    assert built(data(400 * MEBIBYTE), sighting)["quota"]["data"]["level"] == "Low"


def test_no_level_is_guessed_without_a_total() -> None:
    assert "level" not in built(data(5 * MEBIBYTE, None))["quota"]["data"]


def test_messages_are_shown_as_they_are() -> None:
    told = SimDetails(sms=QuotaReading(243, 250, EXPIRES))
    assert built(told)["quota"]["sms"] == {
        "level": "Sufficient",
        "total": 250,
        "remaining": 243,
        "expiresAt": EXPIRES,
    }


def test_details_that_were_not_read_yet_are_carried_over() -> None:
    before = built(data(400 * MEBIBYTE))
    after = built(None, before=before)
    assert after["quota"] == before["quota"]
    assert after["session"] == "Online"


def test_details_that_1nce_could_not_say_are_unknown() -> None:
    after = built(SimDetails(), before=built(data(400 * MEBIBYTE)))
    assert "quota" not in after
    assert "session" not in after


def test_a_field_that_1nce_left_out_is_not_shown() -> None:
    assert "imeiLock" not in built(sighting=observed(imei_lock=None))


def test_a_long_text_is_cut_to_what_the_schema_takes() -> None:
    status = built(sighting=observed(label="x" * 5000))
    assert SimStatus.model_validate(status).label == "x" * 256


def test_a_status_fits_the_schema() -> None:
    status = built(data(400 * MEBIBYTE))
    assert (
        SimStatus.model_validate(status).model_dump(mode="json", by_alias=True, exclude_none=True)
        == status
    )


def test_a_status_on_top_of_itself_changes_no_byte() -> None:
    first = sim_status(sim_record(), ACCOUNT, PLAN, observed(), data(400 * MEBIBYTE), NOW)
    record = sim_record(status=orjson.loads(first))
    later = NOW + timedelta(hours=5)
    again = sim_status(record, ACCOUNT, PLAN, observed(), data(400 * MEBIBYTE), later)
    assert again == first
    assert sim_status(record, ACCOUNT, PLAN, observed(), None, later) == first
