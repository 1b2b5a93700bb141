"""What is counted appears, and what is forgotten is gone."""

from sim_operator.kube.status_patch import WriteOutcome
from sim_operator.kube.status_writer import FAILED
from sim_operator.telemetry.meter import Meters
from sim_operator.telemetry.metrics import Kind, Source, rows
from tests.unit.telemetry.fleets import Fleet, scraped, values

A, B = "plant-a/one", "plant-b/two"


def test_a_request_is_counted_and_timed() -> None:
    meters = Meters()
    meters.request(A, "list_sims", 200, 0.3)
    meters.request(A, "list_sims", 200, 0.4)
    meters.request(A, "list_sims", "error", 20)
    found = scraped(Fleet(), meters)
    counted = "onence_requests_total"
    assert values(found, counted, account=A, operation="list_sims", code="200") == [2]
    assert values(found, counted, account=A, code="error") == [1]
    timed = "onence_request_duration_seconds"
    assert values(found, f"{timed}_count", account=A, operation="list_sims") == [3]
    assert values(found, f"{timed}_bucket", account=A, le="0.5") == [2]
    assert values(found, f"{timed}_bucket", account=A, le="+Inf") == [3]


def test_waits_sweeps_passes_and_writes_are_counted() -> None:
    meters = Meters()
    meters.throttle_wait(A, 0.05)
    meters.sweep(A, 42)
    meters.reconcile("success")
    meters.reconcile("success")
    for outcome in (*WriteOutcome, FAILED):
        meters.status_write(outcome)
    found = scraped(Fleet(), meters)
    assert values(found, "onence_throttle_wait_seconds_sum", account=A) == [0.05]
    assert values(found, "simaccount_sweep_duration_seconds_sum", account=A) == [42]
    assert values(found, "sim_operator_reconcile_total", outcome="success") == [2]
    assert values(found, "sim_operator_status_writes_total") == [len(WriteOutcome) + 1]
    lost = "sim_operator_status_write_failures_total"
    for outcome in ("failed", "forbidden", "refused"):
        assert values(found, lost, outcome=outcome) == [1]
    assert values(found, lost) == [1, 1, 1]


def test_status_writes_begin_at_zero_so_that_a_rate_is_known_from_the_start() -> None:
    found = scraped(Fleet())
    assert values(found, "sim_operator_status_writes_total") == [0]
    assert values(found, "sim_operator_status_write_failures_total") == [0, 0, 0]


def test_readings_that_are_kept_and_those_that_are_not_are_counted_from_zero() -> None:
    meters = Meters()
    kept = "sim_operator_history_readings_delivered_total"
    lost = "sim_operator_history_readings_dropped_total"
    assert values(scraped(Fleet(), meters), kept) == [0]
    assert values(scraped(Fleet(), meters), lost) == [0, 0]
    meters.history_delivered(500)
    meters.history_dropped("full", 7)
    found = scraped(Fleet(), meters)
    assert values(found, kept) == [500]
    assert values(found, lost, reason="full") == [7]
    assert values(found, lost, reason="refused") == [0]


def test_the_meter_of_an_account_counts_for_that_account() -> None:
    meters = Meters()
    meter = meters.for_account(B)
    meter.request("update_sim", 200, 0.1)
    meter.throttle_wait(1.5)
    found = scraped(Fleet(), meters)
    assert values(found, "onence_requests_total", account=B, operation="update_sim") == [1]
    assert values(found, "onence_throttle_wait_seconds_count", account=B) == [1]
    assert not values(found, "onence_requests_total", account=A)


def test_what_the_stream_sends_is_counted_by_answer_and_by_outcome() -> None:
    meters = Meters()
    meter = meters.for_account(A)
    meter.stream_request(200)
    meter.stream_request(200)
    meter.stream_request(401)
    meter.stream_records("counted", 3000)
    meter.stream_records("duplicate", 2)
    meter.stream_records("counted", 5)
    meters.for_account(B).stream_records("counted", 1)
    found = scraped(Fleet(), meters)
    assert values(found, "onence_stream_requests_total", account=A, code="200") == [2]
    assert values(found, "onence_stream_requests_total", account=A, code="401") == [1]
    assert values(found, "onence_stream_records_total", account=A, outcome="counted") == [3005]
    assert values(found, "onence_stream_records_total", account=A, outcome="duplicate") == [2]
    assert values(found, "onence_stream_records_total", account=B) == [1]


def test_answers_to_a_stream_begin_at_zero_so_that_the_first_refusals_are_an_increase() -> None:
    meters = Meters()
    meters.expect(A)
    told = scraped(Fleet(), meters)
    for code in ("200", "400", "401", "503"):
        assert values(told, "onence_stream_requests_total", account=A, code=code) == [0]
    meters.for_account(A).stream_request(401)
    meters.expect(A)
    told = scraped(Fleet(), meters)
    assert values(told, "onence_stream_requests_total", account=A, code="401") == [1]


def test_a_forgotten_account_leaves_no_series_and_takes_no_other_along() -> None:
    meters = Meters()
    for account in (A, B):
        meters.request(account, "list_sims", 200, 0.1)
        meters.throttle_wait(account, 0.1)
        meters.sweep(account, 0.1)
        meters.stream_request(account, 200)
        meters.stream_records(account, "counted", 1)
    meters.forget(A)
    meters.forget("never/seen")
    accounts = {
        dict(labels)["account"]
        for _, labels, _ in scraped(Fleet(), meters)
        if "account" in dict(labels)
    }
    assert accounts == {B}


def test_two_meters_share_nothing() -> None:
    first, second = Meters(), Meters()
    first.status_write("written")
    assert values(scraped(Fleet(), second), "sim_operator_status_writes_total") == [0]


def test_every_counted_row_is_registered_and_has_no_created_series() -> None:
    meters = Meters()
    meters.reconcile("success")
    meters.request(A, "list_sims", 200, 0.1)
    meters.sweep(A, 1)
    meters.unusable(A, "list_sims")
    meters.throttle_wait(A, 1)
    meters.stream_request(A, 200)
    meters.stream_records(A, "counted", 1)
    names = {name for name, _, _ in scraped(Fleet(), meters)}
    for row in rows(Source.COUNTED):
        assert (f"{row.name}_count" if row.kind is Kind.HISTOGRAM else row.name) in names
    assert not [name for name in names if name.endswith("_created")]
