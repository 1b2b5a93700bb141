"""The table is what the design names, and valid for OpenMetrics."""

import dataclasses

from prometheus_client import PROCESS_COLLECTOR

from sim_operator.telemetry.aggregates import NamespaceSample
from sim_operator.telemetry.fleet import AccountSample, HistorySample, PolicySample, SimSample
from sim_operator.telemetry.metrics import TABLE, Kind, Source, reference, rows

PER_SIM = ("namespace", "name", "iccid")
SUMMED = ("account", "namespace")
APART = {Source.SIMS, Source.NAMESPACES, Source.STANDARD, Source.CONSOLE}


def test_the_series_per_sim_are_those_of_the_design() -> None:
    assert {row.name: row.labels for row in rows(Source.SIMS)} == {
        "sim_info": (*PER_SIM, "account", "label", "imei", "ip"),
        "sim_enabled": PER_SIM,
        "sim_session_online": PER_SIM,
        "sim_ready": PER_SIM,
        "sim_suspended": PER_SIM,
        "sim_data_quota_bytes": PER_SIM,
        "sim_data_quota_remaining_bytes": PER_SIM,
        "sim_data_usage_bytes": PER_SIM,
        "sim_sms_quota": PER_SIM,
        "sim_sms_quota_remaining": PER_SIM,
        "sim_sms_usage": PER_SIM,
        "sim_quota_expiry_timestamp_seconds": PER_SIM,
    }


def test_the_sums_are_by_account_and_namespace_of_the_sims() -> None:
    conditions = (*SUMMED, "type", "status", "reason")
    assert {row.name: row.labels for row in rows(Source.NAMESPACES)} == {
        "simaccount_sim_conditions": conditions,
        "simaccount_sim_condition_oldest_timestamp_seconds": conditions,
        "simaccount_sim_sessions": (*SUMMED, "session"),
        "simaccount_sim_quota_levels": (*SUMMED, "service", "level"),
        "simaccount_sims_expiring": SUMMED,
        "simaccount_data_quota_bytes": SUMMED,
        "simaccount_data_quota_remaining_bytes": SUMMED,
        "simaccount_data_usage_bytes": SUMMED,
        "simaccount_sms_quota": SUMMED,
        "simaccount_sms_quota_remaining": SUMMED,
        "simaccount_sms_usage": SUMMED,
    }


def test_the_standard_metrics_of_a_process_are_those_of_the_client_library() -> None:
    told = {family.name: family.type for family in PROCESS_COLLECTOR.collect()}
    assert {row.family: row.kind.value for row in rows(Source.STANDARD)} == told


def test_all_other_metrics_are_those_of_the_design() -> None:
    assert {row.name: row.labels for row in TABLE if row.source not in APART} == {
        "quotapolicy_sims": ("namespace", "name", "state"),
        "quotapolicy_pool_data_used_bytes": ("namespace", "name"),
        "quotapolicy_pool_data_limit_bytes": ("namespace", "name"),
        "quotapolicy_max_overshoot_bytes": ("namespace", "name"),
        "quotapolicy_exhaustion_timestamp_seconds": ("namespace", "name"),
        "quotapolicy_usage_oldest_timestamp_seconds": ("namespace", "name"),
        "simaccount_sims": ("account", "state"),
        "simaccount_ready": ("account",),
        "simaccount_reason": ("account", "reason"),
        "simaccount_sweep_duration_seconds": ("account",),
        "simaccount_sweep_last_success_timestamp_seconds": ("account",),
        "simaccount_sweep_interval_seconds": ("account",),
        "simaccount_detail_interval_seconds": ("account",),
        "simaccount_disables_in_window": ("account",),
        "simaccount_disables_limit": ("account",),
        "simaccount_disables_holding": ("account",),
        "simaccount_requests_per_second_limit": ("account",),
        "onence_requests_total": ("account", "operation", "code"),
        "onence_unusable_answers_total": ("account", "operation"),
        "onence_request_duration_seconds": ("account", "operation"),
        "onence_throttle_wait_seconds": ("account",),
        "onence_rate_limit_remaining": ("account",),
        "onence_stream_requests_total": ("account", "code"),
        "onence_stream_records_total": ("account", "outcome"),
        "sim_operator_reconcile_total": ("outcome",),
        "sim_operator_status_writes_total": (),
        "sim_operator_status_write_failures_total": ("outcome",),
        "sim_operator_history_up": (),
        "sim_operator_history_readings_delivered_total": (),
        "sim_operator_history_readings_dropped_total": ("reason",),
        "sim_operator_history_readings_waiting": (),
        "sim_operator_history_waiting_bytes": (),
        "sim_operator_history_last_delivery_timestamp_seconds": (),
        "sim_operator_history_sims_incomplete": (),
        "sim_operator_store_objects": ("kind",),
        "sim_operator_unreadable_objects": ("kind",),
        "sim_operator_leader": (),
        "sim_operator_accounts_held": (),
        "sim_operator_accounts_unheld": (),
        "sim_operator_last_event_timestamp_seconds": (),
        "sim_operator_build_info": ("version", "python", "kopf"),
    }


def test_no_two_families_share_a_name() -> None:
    families = [row.family for row in TABLE]
    assert len(set(families)) == len(families)


def test_a_name_ends_in_its_unit_and_in_the_suffix_of_its_type() -> None:
    for row in TABLE:
        assert row.family.endswith(row.unit), row.name
        assert row.name.endswith("_total") == (row.kind is Kind.COUNTER), row.name
        assert row.name.endswith("_info") == (row.kind is Kind.INFO), row.name
        assert bool(row.buckets) == (row.kind is Kind.HISTOGRAM), row.name


def test_a_help_text_is_one_line_that_needs_no_escaping() -> None:
    for row in TABLE:
        assert row.help.endswith("."), row.name
        assert not set(row.help) & set('\\"\n'), row.name


def test_a_row_that_is_read_names_a_field_of_its_sample() -> None:
    for source, sample in (
        (Source.SIMS, SimSample),
        (Source.ACCOUNTS, AccountSample),
        (Source.NAMESPACES, NamespaceSample),
        (Source.POLICIES, PolicySample),
        (Source.HISTORY, HistorySample),
    ):
        fields = {field.name for field in dataclasses.fields(sample)}
        for row in rows(source):
            if row.name != "sim_info":
                assert {row.field, *row.labels} - set(row.by) <= fields, row.name
                assert row.labels[len(row.labels) - len(row.by) :] == row.by, row.name


def test_the_reference_lists_every_metric_in_the_order_of_the_table() -> None:
    assert reference() == list(TABLE)
