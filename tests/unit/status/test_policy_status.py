"""The status of a QuotaPolicy is small, rounded, and at rest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from sim_operator.api.names import QuotaPolicyReason
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.resources import Key, PolicyRecord
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.planning.quota.evaluation import Evaluation, Heavy
from sim_operator.planning.quota.terms import terms
from sim_operator.status.policy import QuotaPolicyReport, policy_status
from tests.unit.specimens import meta

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
POLICY = Key("plant-a", "pumps")


def record(status: Any = None, **spec: Any) -> PolicyRecord:
    told = {"selector": {}, "data": {"perSIM": "40Mi", "pool": "10Gi"}, **spec}
    stored = orjson.dumps(status or {}, option=orjson.OPT_SORT_KEYS)
    return PolicyRecord(meta(POLICY, generation=3), QuotaPolicySpec.model_validate(told), stored)


def evaluation(**changes: Any) -> Evaluation:
    told: dict[str, Any] = {
        "decisions": {},
        "matched": 20,
        "warned": 2,
        "exceeded": 3,
        "disabled": 1,
        "held": 2,
        "pool_data": 5 * 1024 * MEBIBYTE + 12_345,
        "pool_sms": None,
        "pool_step": None,
        "unknown": 0,
        "top": (Heavy(Key("plant-a", "pump-01"), 41 * MEBIBYTE + 7, 3, 102),),
    }
    return Evaluation(**(told | changes))


def status_of(
    policy: PolicyRecord, found: Evaluation | None, now: datetime = NOW, **changes: Any
) -> dict[str, Any]:
    report = QuotaPolicyReport(
        **{
            "reason": QuotaPolicyReason.RECONCILED,
            "message": "In force.",
            "terms": terms(policy),
            "evaluation": found,
            **changes,
        }
    )
    told: dict[str, Any] = orjson.loads(policy_status(policy, report, now))
    return told


def test_counts_pool_and_the_heaviest_are_told() -> None:
    told = status_of(record(), evaluation(), exhausts_at=date(2026, 11, 27), overshoot=1)
    assert told["observedGeneration"] == 3
    assert {name: told[name] for name in ("matched", "warned", "exceeded", "disabled", "held")} == {
        "matched": 20,
        "warned": 2,
        "exceeded": 3,
        "disabled": 1,
        "held": 2,
    }
    assert told["pool"] == {"data": {"limit": "10Gi", "used": "5100Mi"}}
    assert told["top"] == [{"name": "pump-01", "data": "41Mi", "sms": 3, "percent": 102}]
    assert told["forecast"] == {"exhaustsAt": "2026-11-27"}
    assert told["maxOvershoot"] == "1Mi"


def test_a_byte_more_changes_nothing() -> None:
    before = status_of(record(), evaluation(), overshoot=10 * MEBIBYTE)
    moved = evaluation(
        pool_data=5 * 1024 * MEBIBYTE + 99_999,
        top=(Heavy(Key("plant-a", "pump-01"), 41 * MEBIBYTE + 8, 3, 102),),
    )
    later = NOW + timedelta(minutes=5)
    assert status_of(record(before), moved, later, overshoot=10 * MEBIBYTE - 5) == before


def test_an_overshoot_that_shrinks_a_little_is_shown_as_before_and_one_that_grows_is_not() -> None:
    shown = status_of(record(), evaluation(), overshoot=20 * MEBIBYTE)
    less = status_of(record(shown), evaluation(), overshoot=19 * MEBIBYTE)
    assert less["maxOvershoot"] == "20Mi"
    half = status_of(record(shown), evaluation(), overshoot=10 * MEBIBYTE)
    assert half["maxOvershoot"] == "10Mi"
    more = status_of(record(shown), evaluation(), overshoot=20 * MEBIBYTE + 1)
    assert more["maxOvershoot"] == "21Mi"


def test_ten_thousand_sims_make_no_larger_a_status_than_ten() -> None:
    top = tuple(Heavy(Key("plant-a", f"pump-{n}"), n * MEBIBYTE, n, n) for n in range(90, 100))
    small = policy_status(
        record(),
        QuotaPolicyReport(QuotaPolicyReason.RECONCILED, "", terms(record()), evaluation(top=top)),
        NOW,
    )
    large = policy_status(
        record(),
        QuotaPolicyReport(
            QuotaPolicyReason.RECONCILED, "", terms(record()), evaluation(top=top, matched=10_000)
        ),
        NOW,
    )
    assert len(large) - len(small) < 10
    assert len(large) < 2_000


def test_sims_that_used_next_to_nothing_are_not_told_as_the_heaviest() -> None:
    idle = (Heavy(Key("plant-a", "pump-02"), 500, 0, 0),)
    assert "top" not in status_of(record(), evaluation(top=idle))


def test_what_cannot_be_evaluated_keeps_its_figures() -> None:
    before = status_of(record(), evaluation())
    told = status_of(
        record(before), None, reason=QuotaPolicyReason.INVALID_TIME_ZONE, message="No zone."
    )
    assert {**told, "conditions": None} == {**before, "conditions": None}
    assert [one["type"] for one in told["conditions"]] == ["Ready", "Stalled"]


@pytest.mark.parametrize(
    ("reason", "truth", "types"),
    [
        (QuotaPolicyReason.RECONCILED, "True", ["Ready"]),
        (QuotaPolicyReason.NO_MATCH, "True", ["Ready"]),
        (QuotaPolicyReason.USAGE_UNKNOWN, "Unknown", ["Ready"]),
        (QuotaPolicyReason.PROGRESSING, "False", ["Ready", "Reconciling"]),
        (QuotaPolicyReason.ACCOUNT_NOT_READY, "False", ["Ready", "Reconciling"]),
        (QuotaPolicyReason.INVALID_TIME_ZONE, "False", ["Ready", "Stalled"]),
    ],
)
def test_each_reason_has_its_truth(reason: QuotaPolicyReason, truth: str, types: list[str]) -> None:
    conditions = status_of(record(), evaluation(), reason=reason)["conditions"]
    assert [one["type"] for one in conditions] == types
    assert conditions[0]["status"] == truth
    assert {one["reason"] for one in conditions} == {reason.value}
    assert all(one["observedGeneration"] == 3 for one in conditions)


def test_sms_pools_are_told_in_messages() -> None:
    policy = record(data=None, sms={"pool": 1000})
    told = status_of(policy, evaluation(pool_data=None, pool_sms=457, top=()))
    assert told["pool"] == {"sms": {"limit": 1000, "used": 450}}
