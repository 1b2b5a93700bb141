"""Both formats say the same, and say what the library would."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from sim_operator.telemetry.exposition import BuildInfo, per_sim_lines, render
from sim_operator.telemetry.fleet import (
    AUTO_LIMIT,
    AccountSample,
    FleetPicture,
    HistorySample,
    PolicySample,
    SimSample,
)
from sim_operator.telemetry.meter import Meters
from sim_operator.telemetry.metrics import SIM_INFO, Source, reference, rows
from tests.unit.telemetry.fleets import (
    BUILD,
    OPENMETRICS,
    TEXT,
    Fleet,
    parsed,
    pictured,
    scraped,
    sim,
    values,
)

ACCOUNT = AccountSample(
    "sim-operator/default",
    ready=True,
    sims={"total": 9, "enabled": 7, "disabled": 2, "claimed": 5, "unclaimed": 4},
    sweep_last_success=1.7e9,
    rate_limit_remaining=6,
    reasons={"Reconciled": 1},
    sweep_interval=300.0,
    detail_interval=3600.0,
    disables_in_window=3,
    disables_limit=4,
    disables_holding=0,
    requests_per_second_limit=8,
)
POLICY = PolicySample(
    "plant-a",
    "pumps",
    sims={"matched": 60, "warned": 4, "exceeded": 3, "disabled": 1, "held": 2},
    pool_data_used_bytes=8_589_934_592,
    pool_data_limit_bytes=10_737_418_240,
    max_overshoot_bytes=7_340_032,
    exhaustion=1_795_737_600.0,
    oldest_usage=1_795_400_000.5,
)
HISTORY = HistorySample(
    is_well=False, waiting=12, waiting_bytes=9000, last_delivery=1.7e9, incomplete=3
)
AWKWARD = 'a "quoted" \\ back\\nslash,\nnew line } = 1 # ünïcode \U0001f600'


class ByTheLibrary(Collector):
    """The series per SIM as prometheus_client would be told of them."""

    def __init__(self, sims: list[SimSample]) -> None:
        self.sims = sims

    def collect(self) -> Iterator[Metric]:
        info = InfoMetricFamily(SIM_INFO.family, SIM_INFO.help, labels=SIM_INFO.labels[:3])
        for one in self.sims:
            more = {"account": one.account, "label": one.label, "imei": one.imei, "ip": one.ip}
            info.add_metric((one.namespace, one.name, one.iccid), more)
        yield info
        for row in rows(Source.SIMS):
            if row is SIM_INFO:
                continue
            gauge = GaugeMetricFamily(row.name, row.help, labels=row.labels, unit=row.unit)
            for one in self.sims:
                value = getattr(one, row.field)
                if value is not None:
                    gauge.add_metric((one.namespace, one.name, one.iccid), value)
            yield gauge


def without_end(text: str) -> str:
    return text.removesuffix("# EOF\n")


def same_as_the_library(sims: list[SimSample]) -> None:
    ours = "".join(per_sim_lines(sims, openmetrics=True))
    render_all: Callable[[Collector], bytes] = generate_openmetrics
    library = render_all(ByTheLibrary(sims)).decode()
    assert parsed(ours + "# EOF\n", openmetrics=True) == parsed(library, openmetrics=True)
    ours_as_text = "".join(per_sim_lines(sims, openmetrics=False))
    library_as_text = generate_latest(ByTheLibrary(sims)).decode()
    assert parsed(ours_as_text, openmetrics=False) == parsed(library_as_text, openmetrics=False)
    for mine, theirs in ((ours, without_end(library)), (ours_as_text, library_as_text)):
        assert comments(mine) == comments(theirs)


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("# ")]


def test_the_series_per_sim_are_what_the_library_would_write() -> None:
    same_as_the_library([sim(f"pump-{number}", sms_usage=number) for number in range(50)])


labels = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\\"\n{},= #'))
figures = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)


@given(label=labels, ip=labels, usage=figures, expiry=figures)
def test_any_label_and_any_figure_survives(
    label: str, ip: str, usage: float, expiry: float
) -> None:
    one = sim(label=label, ip=ip, data_usage_bytes=usage, quota_expiry=expiry)
    same_as_the_library([one])
    found = parsed("".join(per_sim_lines([one], openmetrics=True)) + "# EOF\n", openmetrics=True)
    assert values(found, "sim_info", label=label, ip=ip) == [1]
    assert values(found, "sim_data_usage_bytes") == [usage]


def test_a_figure_that_is_not_a_number_is_written_as_the_formats_want() -> None:
    text = "".join(per_sim_lines([sim(data_usage_bytes=float("nan"))], openmetrics=True))
    assert "sim_data_usage_bytes{" in text
    assert "} NaN\n" in text


def test_half_a_surrogate_pair_does_not_cost_the_scrape() -> None:
    found = scraped(Fleet([sim(label="broken \ud83d here")]))
    assert values(found, "sim_info", label="broken ? here") == [1]


def test_sim_info_has_exactly_the_labels_of_the_design() -> None:
    for accept in (OPENMETRICS, TEXT):
        found = [
            dict(tags)
            for name, tags, _ in scraped(Fleet([sim()]), accept=accept)
            if name == "sim_info"
        ]
        assert found == [
            {
                "namespace": "plant-a",
                "name": "pump-17",
                "iccid": "8988303000123456789",
                "account": "sim-operator/default",
                "label": "pump 17",
                "imei": "3520091118915105",
                "ip": "100.100.100.18",
            }
        ]


def test_an_unknown_figure_has_no_sample() -> None:
    found = scraped(Fleet([sim(enabled=None, online=None, quota_expiry=None, sms_usage=0)]))
    for name in ("sim_enabled", "sim_session_online", "sim_quota_expiry_timestamp_seconds"):
        assert not values(found, name)
    assert values(found, "sim_sms_usage") == [0]
    assert values(found, "sim_ready") == [1]


def test_a_standby_exports_no_series_per_sim() -> None:
    fleet = Fleet([sim()], leads=False, objects={"SIM": 1})
    for mode in ("auto", "on"):
        found = scraped(fleet, mode=mode)
        assert not [name for name, tags, _ in found if "iccid" in dict(tags)]
        assert values(found, "sim_operator_leader") == [0]
        assert values(found, "sim_operator_store_objects", kind="SIM") == [1]
    assert fleet.sims_read == 0


def test_off_exports_no_series_per_sim_and_still_sums_up() -> None:
    fleet = Fleet([sim(), sim("pump-18", session=None)], account_samples=[ACCOUNT])
    found = scraped(fleet, mode="off")
    assert not [name for name, tags, _ in found if "iccid" in dict(tags)]
    assert values(found, "simaccount_sims", state="claimed") == [5]
    where = {"account": "sim-operator/default", "namespace": "plant-a"}
    assert values(found, "simaccount_sim_sessions", session="Offline", **where) == [1]
    assert values(found, "simaccount_sim_sessions", session="Unknown", **where) == [1]
    assert values(found, "simaccount_data_quota_bytes", **where) == [2 * 524288000]


@pytest.mark.parametrize(
    ("mode", "number", "exported"),
    [
        ("auto", AUTO_LIMIT, True),
        ("auto", AUTO_LIMIT + 1, False),
        ("on", AUTO_LIMIT + 1, True),
        ("off", 1, False),
    ],
)
def test_auto_ends_above_twenty_thousand_sims(mode: str, number: int, *, exported: bool) -> None:
    assert AUTO_LIMIT == 20_000
    picture = pictured(Fleet([sim()] * number), mode)
    assert picture.per_sim == exported
    assert picture.too_many_sims == (mode == "auto" and not exported)
    assert len(picture.sims) == number


def test_sums_are_there_for_a_fleet_that_is_too_large_for_series_per_sim() -> None:
    found = scraped(Fleet([sim()] * (AUTO_LIMIT + 1)))
    assert not [name for name, tags, _ in found if "iccid" in dict(tags)]
    assert values(found, "simaccount_sim_conditions", type="Ready") == [AUTO_LIMIT + 1]


def test_the_event_loop_turns_while_a_large_fleet_is_read() -> None:
    async def turns() -> int:
        count = 0

        async def turn() -> None:
            nonlocal count
            while True:
                count += 1
                await asyncio.sleep(0)

        turning = asyncio.create_task(turn())
        await FleetPicture.of(Fleet([sim()] * 10_000), "on")
        turning.cancel()
        return count

    assert asyncio.run(turns()) >= 20


def test_a_process_that_loses_the_lease_while_it_reads_exports_no_sims() -> None:
    class Deposed(Fleet):
        def sims(self) -> Iterator[SimSample]:
            yield sim()
            self.leads = False

    picture = pictured(Deposed(policy_samples=[POLICY]), "on")
    assert (picture.leading, picture.sims, picture.policies) == (False, (), ())


def test_the_sums_of_a_namespace_are_read_at_the_scrape() -> None:
    for accept in (OPENMETRICS, TEXT):
        found = scraped(Fleet([sim()]), accept=accept)
        where = {"account": "sim-operator/default", "namespace": "plant-a"}
        drifted = {"type": "Synced", "status": "False", "reason": "Drifted"}
        assert values(found, "simaccount_sim_conditions", **where, **drifted) == [1]
        since = "simaccount_sim_condition_oldest_timestamp_seconds"
        assert values(found, since, **where, **drifted) == [1_700_000_500]
        for service, level in (("data", "Sufficient"), ("sms", "Exhausted")):
            for one in ("Sufficient", "Low", "Exhausted"):
                told = values(
                    found, "simaccount_sim_quota_levels", service=service, level=one, **where
                )
                assert told == [int(one == level)]
        assert values(found, "simaccount_sims_expiring", **where) == [0]
        assert values(found, "simaccount_sms_quota_remaining", **where) == [-3]
        assert values(found, "simaccount_sms_usage", **where) == [7]


def test_accounts_and_the_process_are_read_at_the_scrape() -> None:
    fleet = Fleet([], [ACCOUNT], [], {"SIM": 3, "QuotaPolicy": 0}, event_at=1.75e9)
    for accept in (OPENMETRICS, TEXT):
        found = scraped(fleet, accept=accept)
        account = {"account": "sim-operator/default"}
        for state, number in ACCOUNT.sims.items():
            assert values(found, "simaccount_sims", state=state, **account) == [number]
        assert values(found, "simaccount_ready", **account) == [1]
        assert values(found, "simaccount_sweep_last_success_timestamp_seconds") == [1.7e9]
        assert values(found, "onence_rate_limit_remaining", **account) == [6]
        assert values(found, "simaccount_reason", reason="Reconciled", **account) == [1]
        assert values(found, "simaccount_sweep_interval_seconds", **account) == [300]
        assert values(found, "simaccount_detail_interval_seconds", **account) == [3600]
        assert values(found, "simaccount_disables_in_window", **account) == [3]
        assert values(found, "simaccount_disables_limit", **account) == [4]
        assert values(found, "simaccount_disables_holding", **account) == [0]
        assert values(found, "simaccount_requests_per_second_limit", **account) == [8]
        assert values(found, "sim_operator_store_objects", kind="QuotaPolicy") == [0]
        assert values(found, "sim_operator_leader") == [1]
        assert values(found, "sim_operator_last_event_timestamp_seconds") == [1.75e9]
        build = {"version": "1.2.3", "python": "3.11.7", "kopf": "1.45.2"}
        assert values(found, "sim_operator_build_info", **build) == [1]


def test_policies_are_read_at_the_scrape() -> None:
    whose = {"namespace": "plant-a", "name": "pumps"}
    for accept in (OPENMETRICS, TEXT):
        found = scraped(Fleet(policy_samples=[POLICY]), accept=accept)
        for state, number in POLICY.sims.items():
            assert values(found, "quotapolicy_sims", state=state, **whose) == [number]
        for row in rows(Source.POLICIES)[1:]:
            assert values(found, row.name, **whose) == [getattr(POLICY, row.field)], row.name


def test_how_it_stands_with_the_history_is_read_at_the_scrape() -> None:
    for accept in (OPENMETRICS, TEXT):
        found = scraped(Fleet(history_sample=HISTORY), accept=accept)
        for row in rows(Source.HISTORY):
            assert values(found, row.name) == [getattr(HISTORY, row.field)], row.name


def test_without_a_history_or_on_a_standby_nothing_is_told_of_one() -> None:
    for fleet in (Fleet(), Fleet(history_sample=HISTORY, leads=False)):
        told = {name for name, _, _ in scraped(fleet) if name.startswith("sim_operator_history")}
        assert told == {
            "sim_operator_history_readings_delivered_total",
            "sim_operator_history_readings_dropped_total",
        }


def test_what_is_not_known_of_a_policy_has_no_sample() -> None:
    found = scraped(Fleet(policy_samples=[PolicySample("plant-a", "new", sims={"matched": 3})]))
    told = [sample for sample in found if sample[0].startswith("quotapolicy")]
    assert [(name, value) for name, _, value in told] == [("quotapolicy_sims", 3)]


def test_policies_of_one_name_in_two_namespaces_have_series_of_their_own() -> None:
    namesakes = [
        PolicySample("plant-a", "pumps", pool_data_used_bytes=1),
        PolicySample("plant-b", "pumps", pool_data_used_bytes=2),
    ]
    found = scraped(Fleet(policy_samples=namesakes))
    used = "quotapolicy_pool_data_used_bytes"
    assert values(found, used, namespace="plant-a") == [1]
    assert values(found, used, namespace="plant-b") == [2]


def test_a_standby_exports_no_series_per_policy() -> None:
    found = scraped(Fleet(policy_samples=[POLICY], leads=False))
    assert not [name for name, _, _ in found if name.startswith("quotapolicy")]


def test_a_family_without_a_sample_is_not_announced() -> None:
    body, _ = render(Meters().registry, pictured(Fleet(), "on"), BUILD, OPENMETRICS)
    for absent in ("quotapolicy", "simaccount_ready", "sim_info", "simaccount_sim_"):
        assert absent.encode() not in body


def test_everything_that_the_reference_lists_can_be_scraped() -> None:
    meters = Meters()
    meters.request("a/b", "list_sims", 200, 0.1)
    meters.unusable("a/b", "list_sims")
    meters.throttle_wait("a/b", 0.1)
    meters.sweep("a/b", 1)
    meters.reconcile("success")
    meters.stream_request("a/b", 200)
    meters.stream_records("a/b", "counted", 3)
    fleet = Fleet(
        [sim()],
        [ACCOUNT],
        [POLICY],
        {"SIM": 1},
        history_sample=HISTORY,
        unheld=0.0,
        event_at=1.0,
    )
    found = {name for name, _, _ in scraped(fleet, meters)}
    for row in reference():
        if row.source is not Source.CONSOLE:  # another process, with a test of its own
            assert {row.name, f"{row.name}_count"} & found, row.name


def test_awkward_labels_are_read_back_as_they_were() -> None:
    for accept in (OPENMETRICS, TEXT):
        found = scraped(Fleet([sim(label=AWKWARD)]), accept=accept)
        assert values(found, "sim_info", label=AWKWARD) == [1]


@pytest.mark.parametrize(
    ("accept", "content_type", "ends"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8", False),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", False),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            True,
        ),
        (
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            True,
        ),
    ],
)
def test_the_format_is_the_one_that_was_asked_for(
    accept: str, content_type: str, *, ends: bool
) -> None:
    picture = pictured(Fleet([sim()]), "on")
    body, given = render(Meters().registry, picture, BUILD, accept)
    assert given == content_type
    assert body.endswith(b"# EOF\n") == ends
    assert body.count(b"# EOF") == int(ends)


def test_the_versions_of_this_process_are_known() -> None:
    build = BuildInfo.installed()
    assert build.python.startswith("3.")
    assert build.kopf.startswith("1.45")
    assert build.version
