"""The status of a SIMAccount."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from sim_operator.api.account_status import SIMAccountStatus
from sim_operator.api.names import AccountReason
from sim_operator.planning.sketch import sketch
from sim_operator.status.account import AccountReport, SweepReport, account_status
from tests.unit.specimens import NOW, account_record, iccids

LATER = NOW + timedelta(hours=1)
COUNTS = {"total": 60, "enabled": 58, "disabled": 2, "claimed": 60, "unclaimed": 0}


def report(reason: AccountReason = AccountReason.RECONCILED, **changes: Any) -> AccountReport:
    return AccountReport(reason, "A sentence.", **changes)


def full(**changes: Any) -> AccountReport:
    told: dict[str, Any] = {
        "counts": COUNTS,
        "sweep": SweepReport(NOW, 1.4, 1, 60),
        "intervals": (300.0, 3600.0),
        "picture": sketch(iccids(60)),
    }
    return report(**(told | changes))


def built(told: AccountReport, status: Any = None) -> dict[str, Any]:
    result: dict[str, Any] = orjson.loads(account_status(account_record(status=status), told, NOW))
    return result


def stands(status: dict[str, Any]) -> dict[str, str]:
    return {one["type"]: f"{one['status']} {one['reason']}" for one in status["conditions"]}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Reconciled", {"Ready": "True Reconciled", "Synced": "True InSync"}),
        (
            "Progressing",
            {
                "Ready": "Unknown Progressing",
                "Synced": "Unknown NotObserved",
                "Reconciling": "True Progressing",
            },
        ),
        ("Paused", {"Ready": "False Paused", "Synced": "Unknown NotObserved"}),
        (
            "Unreachable",
            {
                "Ready": "False Unreachable",
                "Synced": "Unknown NotObserved",
                "Reconciling": "True Unreachable",
            },
        ),
        (
            "SweepRejected",
            {
                "Ready": "False SweepRejected",
                "Synced": "False SweepRejected",
                "Stalled": "True SweepRejected",
            },
        ),
        (
            "InvalidCredentials",
            {
                "Ready": "False InvalidCredentials",
                "Synced": "Unknown NotObserved",
                "Stalled": "True InvalidCredentials",
            },
        ),
    ],
)
def test_each_reason_has_its_conditions(reason: str, expected: dict[str, str]) -> None:
    assert stands(built(report(AccountReason(reason)))) == expected


@pytest.mark.parametrize("reason", list(AccountReason))
def test_every_status_fits_the_schema(reason: AccountReason) -> None:
    told = full(rejected="abc-123", reservations={"uid": NOW}, holding=2)
    status = built(AccountReport(reason, *[getattr(told, n) for n in _FIELDS]))
    assert SIMAccountStatus.model_validate(status).conditions is not None


_FIELDS = (
    "message",
    "counts",
    "sweep",
    "intervals",
    "picture",
    "rejected",
    "reservations",
    "holding",
)


def test_a_sweep_is_reported_in_whole_seconds() -> None:
    status = built(full())
    assert status["lastSweep"] == {
        "finishedAt": "2026-11-23T12:00:00Z",
        "durationSeconds": 1,
        "requests": 1,
        "sims": 60,
    }
    assert status["effectiveIntervals"] == {"sweep": "5m0s", "detail": "1h0m0s"}
    assert status["sims"] == COUNTS


def test_what_this_process_does_not_know_yet_is_carried_over() -> None:
    before = built(full())
    after = built(report(AccountReason.UNREACHABLE), before)
    for name in ("sims", "lastSweep", "effectiveIntervals"):
        assert after[name] == before[name]
    assert after["protection"]["believedSketch"] == before["protection"]["believedSketch"]
    assert after["protection"]["believedCount"] == 60


def test_a_rejection_is_shown_until_it_ends() -> None:
    rejected = built(report(AccountReason.SWEEP_REJECTED, rejected="abc-123"))
    assert rejected["protection"]["rejectedFingerprint"] == "abc-123"
    assert "rejectedFingerprint" not in built(full(), rejected)["protection"]


def test_reservations_are_written_in_a_fixed_order() -> None:
    told = report(reservations={"b": NOW, "a": NOW}, holding=1)
    protection = built(told)["protection"]
    assert [one["uid"] for one in protection["reservations"]] == ["a", "b"]
    assert (protection["disablesInWindow"], protection["holding"]) == (2, 1)


def test_a_reservation_is_never_written_as_older_than_it_is() -> None:
    moment = NOW + timedelta(microseconds=1)
    (written,) = built(report(reservations={"a": moment}))["protection"]["reservations"]
    assert written["at"] == "2026-11-23T12:00:01Z"
    (exact,) = built(report(reservations={"a": NOW}))["protection"]["reservations"]
    assert exact["at"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize("reason", list(AccountReason))
def test_saying_the_same_again_changes_no_byte(reason: AccountReason) -> None:
    told = report(reason, counts=COUNTS, reservations={"a": NOW}, picture=sketch(iccids(3)))
    first = account_status(account_record(), told, NOW)
    again = account_status(account_record(status=orjson.loads(first)), told, LATER)
    assert again == first
