"""Conditions and the moments at which they changed."""

from datetime import timedelta

from sim_operator.api.names import ConditionStatus, ConditionType
from sim_operator.status.conditions import LONGEST_MESSAGE, Statement, condition, stamped
from tests.unit.specimens import NOW

LATER = NOW + timedelta(hours=1)
TRUE, FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE


def ready(status: ConditionStatus, reason: str = "Reconciled", message: str = "fine") -> Statement:
    return Statement(ConditionType.READY, status, reason, message)


def test_a_condition_has_all_six_fields() -> None:
    (told,) = stamped([ready(TRUE)], {}, 3, NOW)
    assert told == {
        "type": "Ready",
        "status": "True",
        "reason": "Reconciled",
        "message": "fine",
        "observedGeneration": 3,
        "lastTransitionTime": "2026-11-23T12:00:00Z",
    }


def test_the_transition_time_stays_while_the_truth_does() -> None:
    before = {"conditions": stamped([ready(TRUE)], {}, 3, NOW)}
    (after,) = stamped([ready(TRUE, "Observing", "still fine")], before, 4, LATER)
    assert after["lastTransitionTime"] == "2026-11-23T12:00:00Z"
    assert (after["reason"], after["observedGeneration"]) == ("Observing", 4)


def test_the_transition_time_moves_with_the_truth() -> None:
    before = {"conditions": stamped([ready(TRUE)], {}, 3, NOW)}
    (after,) = stamped([ready(FALSE, "Failed")], before, 3, LATER)
    assert after["lastTransitionTime"] == "2026-11-23T13:00:00Z"


def test_a_condition_that_comes_back_begins_anew() -> None:
    stalled = Statement(ConditionType.STALLED, TRUE, "NotFound", "gone")
    before = {"conditions": stamped([ready(FALSE)], {}, 3, NOW)}
    told = stamped([ready(FALSE), stalled], before, 3, LATER)
    assert [one["lastTransitionTime"] for one in told] == [
        "2026-11-23T12:00:00Z",
        "2026-11-23T13:00:00Z",
    ]


def test_a_condition_that_is_not_stated_any_more_is_dropped() -> None:
    stalled = Statement(ConditionType.STALLED, TRUE, "NotFound", "gone")
    before = {"conditions": stamped([ready(FALSE), stalled], {}, 3, NOW)}
    assert (
        condition({"conditions": stamped([ready(TRUE)], before, 3, NOW)}, ConditionType.STALLED)
        is None
    )


def test_an_endless_message_is_cut() -> None:
    (told,) = stamped([ready(TRUE, message="x" * 5000)], {}, 1, NOW)
    assert len(told["message"]) == LONGEST_MESSAGE


def test_a_condition_is_found_by_its_type() -> None:
    status = {"conditions": stamped([ready(TRUE)], {}, 1, NOW)}
    found = condition(status, ConditionType.READY)
    assert found is not None
    assert found["status"] == "True"
    assert condition({}, ConditionType.READY) is None
