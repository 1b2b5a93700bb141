"""What is summed up over SIMs, and of which of them."""

from sim_operator.telemetry.aggregates import by_namespace
from tests.unit.telemetry.fleets import sim

DAY = 86_400.0
NOW = 1_750_000_000.0
READY, SYNCED = ("Ready", "True", "Reconciled"), ("Synced", "True", "InSync")
STALLED = ("Ready", "False", "NotFound")


def test_each_pair_of_account_and_namespace_has_its_own_sums() -> None:
    sims = [
        sim("a"),
        sim("b"),
        sim("c", namespace="plant-b"),
        sim("d", account="sim-operator/other"),
        sim("e", account=""),
    ]
    found = {(one.account, one.namespace): one for one in by_namespace(sims, NOW)}
    assert {where: one.sessions["Offline"] for where, one in found.items()} == {
        ("", "plant-a"): 1,
        ("sim-operator/default", "plant-a"): 2,
        ("sim-operator/default", "plant-b"): 1,
        ("sim-operator/other", "plant-a"): 1,
    }


def test_conditions_are_counted_and_the_oldest_of_each_is_told() -> None:
    sims = [
        sim("a", conditions=((READY, 300.0), (SYNCED, 300.0))),
        sim("b", conditions=((READY, 100.0), (SYNCED, None))),
        sim("c", conditions=((STALLED, 200.0),)),
        sim("d", conditions=()),
    ]
    [found] = by_namespace(sims, NOW)
    assert found.conditions == {READY: 2, SYNCED: 2, STALLED: 1}
    assert found.oldest == {READY: 100.0, SYNCED: 300.0, STALLED: 200.0}


def test_every_session_is_counted_also_where_there_is_none() -> None:
    sims = [sim("a", session="Online"), sim("b", session="Online"), sim("c", session=None)]
    [found] = by_namespace(sims, NOW)
    assert found.sessions == {
        "Online": 2,
        "Attached": 0,
        "Offline": 0,
        "Blocked": 0,
        "Unknown": 1,
    }


def test_levels_are_complete_for_a_service_of_which_one_is_known() -> None:
    [found] = by_namespace([sim(data_level="Low", sms_level=None)], NOW)
    assert found.quota_levels == {
        ("data", "Sufficient"): 0,
        ("data", "Low"): 1,
        ("data", "Exhausted"): 0,
    }


def test_a_sim_expires_from_ninety_days_before_and_stays_expired() -> None:
    sims = [
        sim("gone", quota_expiry=NOW - DAY),
        sim("soon", quota_expiry=NOW + 90 * DAY),
        sim("later", quota_expiry=NOW + 90 * DAY + 1),
        sim("unknown", quota_expiry=None),
    ]
    [found] = by_namespace(sims, NOW)
    assert found.expiring == 2


def test_what_is_known_of_no_sim_is_not_a_zero() -> None:
    unknown: dict[str, object] = dict.fromkeys(
        (
            *("data_quota_bytes", "data_quota_remaining_bytes", "data_usage_bytes"),
            *("sms_quota", "sms_quota_remaining", "sms_usage"),
            *("quota_expiry", "data_level", "sms_level"),
        )
    )
    [found] = by_namespace([sim("new", **unknown)], NOW)
    assert found.expiring is None
    assert found.quota_levels == {}
    assert {found.data_quota_bytes, found.data_quota_remaining_bytes, found.data_usage_bytes} == {
        None
    }
    assert {found.sms_quota, found.sms_quota_remaining, found.sms_usage} == {None}


def test_bought_less_left_is_what_was_used_also_where_one_of_them_is_not_known() -> None:
    sims = [
        sim("a", data_quota_bytes=500, data_quota_remaining_bytes=400, data_usage_bytes=70),
        sim("b", data_quota_bytes=500, data_quota_remaining_bytes=-10, data_usage_bytes=None),
        sim("c", data_quota_bytes=None, data_quota_remaining_bytes=300, data_usage_bytes=30),
        sim("d", data_quota_bytes=500, data_quota_remaining_bytes=None, data_usage_bytes=None),
    ]
    [found] = by_namespace(sims, NOW)
    assert (found.data_quota_bytes, found.data_quota_remaining_bytes) == (1000, 390)
    assert found.data_usage_bytes == 100


def test_without_sims_there_is_nothing() -> None:
    assert by_namespace([], NOW) == ()
