"""The real client against the simulated 1NCE, over real HTTP, in both versions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import ImeiLock, Session, SimState
from sim_operator.onence.client import Service
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from tests.integration.onence_calls import (
    Version,
    client_of,
    failed_read,
    failed_write,
    iccid_at,
    operations,
    write,
)
from tests.simulated import START_TIME, SimulatorProcess

SIMS = 250
NOW = datetime.fromisoformat(START_TIME)
DISABLE = SimWrite(state=SimState.DISABLED)


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> Version:
    return "v2" if request.param == "v2" else "v1"


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(SIMS, speed=0, start_time=START_TIME, rate_limit=0) as started:
        yield started


@pytest.fixture
def simulator(running: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """The common simulator, with an empty journal and without faults."""
    running.control("DELETE", "journal")
    yield running
    running.clear_faults()


@pytest.fixture
def fresh() -> Iterator[SimulatorProcess]:
    """A simulator of its own whose PUT in v1 resets what is not sent."""
    with SimulatorProcess(
        10, speed=0, start_time=START_TIME, omitted="reset", rate_limit=0, oddities=False
    ) as started:
        yield started


async def test_all_pages_together_show_every_sim_once(
    simulator: SimulatorProcess, version: Version
) -> None:
    async with client_of(simulator, version) as client:
        first = await client.read_page(1)
        assert first.pages is not None
        pages = [first, *[await client.read_page(n) for n in range(2, first.pages + 1)]]
    truth = simulator.sims()
    seen = [sim.iccid for page in pages for sim in page.sims]
    assert [len(page.sims) for page in pages] == [100, 100, 50]
    assert {page.total for page in pages} == {len(truth)} == {SIMS}
    assert {page.unreadable for page in pages} == {0}
    assert len(set(seen)) == SIMS
    assert seen == [one["iccid"] for one in truth]


async def test_what_the_list_shows_is_what_is_true(
    simulator: SimulatorProcess, version: Version
) -> None:
    async with client_of(simulator, version) as client:
        page = await client.read_page(1)
    for shown, true in zip(page.sims, simulator.sims()[:100], strict=True):
        assert shown.state == true["status"]
        assert shown.label == true["label"]
        assert shown.imei_lock == (ImeiLock.LOCKED if true["imei_lock"] else ImeiLock.UNLOCKED)
        assert shown.imei == (true["imei"] and true["imei"].rstrip("f"))
        assert shown.ip_address == true["ip_address"]


async def test_twenty_digits_name_the_same_sims(
    simulator: SimulatorProcess, version: Version
) -> None:
    simulator.fault("twenty-digit-iccid")
    async with client_of(simulator, version) as client:
        page = await client.read_page(1)
    assert [sim.iccid for sim in page.sims] == [one["iccid"] for one in simulator.sims()[:100]]


async def test_quota_and_session_are_read_as_they_are(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 0)
    simulator.patch_sim(iccid, remaining_data_mb=64, remaining_sms=12, session="ATTACHED")
    async with client_of(simulator, version) as client:
        data = await client.read_quota(iccid, Service.DATA, lane=Lane.DETAIL)
        sms = await client.read_quota(iccid, Service.SMS, lane=Lane.DETAIL)
        session = await client.read_session(iccid, lane=Lane.DETAIL)
    assert (data.remaining, data.total) == (64 * 1024 * 1024, 500 * 1024 * 1024)
    assert (sms.remaining, sms.total) == (12, 250)
    assert session is Session.ATTACHED
    expiry = simulator.sim(iccid)["expiry"]
    assert data.expires_at == sms.expires_at == expiry.split(".")[0] + "Z"


async def test_a_volume_below_zero_is_read_in_v2_and_is_nothing_left_in_v1(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 1)
    simulator.patch_sim(iccid, remaining_data_mb=-2)
    async with client_of(simulator, version) as client:
        data = await client.read_quota(iccid, Service.DATA, lane=Lane.DETAIL)
    assert data.remaining == (-2 * 1024 * 1024 if version == "v2" else 0)


async def test_usage_of_a_month_is_what_was_used_on_each_day(
    simulator: SimulatorProcess, version: Version
) -> None:
    simulator.quirks(v2_usage=True)
    iccid = iccid_at(simulator, 20 if version == "v1" else 21)
    async with client_of(simulator, version) as client:
        before = await client.read_usage(
            iccid, date(2026, 11, 1), NOW.date(), now=NOW, lane=Lane.DETAIL
        )
        simulator.patch_sim(iccid, use_data_mb=3, use_sms=2)
        after = await client.read_usage(
            iccid, NOW.date() - timedelta(days=1), NOW.date(), now=NOW, lane=Lane.HOT
        )
    assert set(before.days) == {date(2026, 11, day) for day in range(1, 16)}
    assert set(after.days) == {date(2026, 11, 14), date(2026, 11, 15)}
    earlier, later = before.days[NOW.date()], after.days[NOW.date()]
    assert earlier.data is not None
    assert earlier.sms is not None
    assert later.data == pytest.approx(earlier.data + 3 * 1024 * 1024, abs=2)
    assert later.sms == earlier.sms + 2
    assert (after.at, after.first, after.last) == (NOW, date(2026, 11, 14), date(2026, 11, 15))


async def test_usage_of_today_alone_is_one_day_and_no_total(
    simulator: SimulatorProcess, version: Version
) -> None:
    simulator.quirks(v2_usage=True)
    iccid = iccid_at(simulator, 22)
    async with client_of(simulator, version) as client:
        read = await client.read_usage(
            iccid, NOW.date(), NOW.date(), now=NOW.astimezone(UTC), lane=Lane.HOT
        )
    assert list(read.days) == [NOW.date()]


async def test_usage_in_v2_is_not_found_where_the_account_has_none(
    simulator: SimulatorProcess,
) -> None:
    simulator.quirks(v2_usage=False)
    iccid = iccid_at(simulator, 23)
    async with client_of(simulator, "v2") as client:
        with pytest.raises(OnenceError) as raised:
            await client.read_usage(iccid, NOW.date(), NOW.date(), now=NOW, lane=Lane.HOT)
    assert raised.value.failure.kind is FailureKind.NOT_FOUND


async def test_what_was_bought_is_known_in_v2_and_the_last_top_up_in_both(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 24)
    async with client_of(simulator, version) as client:
        data = await client.read_quota(iccid, Service.DATA, lane=Lane.DETAIL)
        sms = await client.read_quota(iccid, Service.SMS, lane=Lane.DETAIL)
    bought = (500 * 1024 * 1024, 250) if version == "v2" else (None, None)
    assert (data.bought, sms.bought) == bought
    assert (data.last_added, sms.last_added) == (500 * 1024 * 1024, 250)


async def test_a_write_keeps_label_and_lock_where_1nce_resets_what_is_not_sent(
    fresh: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(fresh, 3)
    fresh.patch_sim(iccid, label="pump-17", imei_lock=True)
    async with client_of(fresh, version) as client:
        assert await write(client, iccid, DISABLE) == DISABLE
        seen = await client.read_sim(iccid)
    assert (seen.state, seen.label, seen.imei_lock) == (
        SimState.DISABLED,
        "pump-17",
        ImeiLock.LOCKED,
    )
    (written,) = fresh.journal(writes=True)
    assert written["write"]["before"] == {
        "status": "Enabled",
        "label": "pump-17",
        "imei_lock": True,
    }
    assert written["write"]["after"] == {
        "status": "Disabled",
        "label": "pump-17",
        "imei_lock": True,
    }
    assert written["paid"] is False


async def test_a_hidden_label_stops_a_v1_write_before_it_is_sent(
    simulator: SimulatorProcess,
) -> None:
    iccid = iccid_at(simulator, 2)
    simulator.patch_sim(iccid, hidden_fields=["label"])
    async with client_of(simulator, "v1") as client:
        failure = await failed_write(client, iccid, DISABLE)
    assert failure.kind is FailureKind.MISSING_FIELD
    assert "spec.label" in failure.message
    assert operations(simulator) == [("token", 200), ("getSim", 200)]


async def test_a_hidden_label_does_not_stop_a_v2_write(simulator: SimulatorProcess) -> None:
    iccid = iccid_at(simulator, 3)
    simulator.patch_sim(iccid, hidden_fields=["label"])
    async with client_of(simulator, "v2") as client:
        assert await write(client, iccid, DISABLE) == DISABLE
    assert simulator.sim(iccid)["status"] == "Disabled"
    assert simulator.sim(iccid)["hidden_fields"] == ["label"]


async def test_a_revoked_token_is_renewed_within_the_same_call(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 4)
    async with client_of(simulator, version) as client:
        await client.read_sim(iccid)
        assert simulator.revoke_tokens() >= 1
        assert (await client.read_sim(iccid)).iccid == iccid
    assert operations(simulator) == [
        ("token", 200),
        ("getSim", 200),
        ("getSim", 401),
        ("token", 200),
        ("getSim", 200),
    ]


async def test_a_token_revoked_on_a_write_costs_no_second_change(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 6 if version == "v1" else 8)
    simulator.fault("token-revoked", match={"method": "PUT"}, count=1)
    async with client_of(simulator, version) as client:
        assert await write(client, iccid, DISABLE) == DISABLE
    assert simulator.sim(iccid)["status"] == "Disabled"
    assert [s for name, s in operations(simulator) if name == "updateSim"] == [401, 200]
    assert len(simulator.journal(writes=True)) == 1


async def test_a_wrong_secret_is_bad_credentials(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 4)
    async with client_of(simulator, version, secret="not-the-secret") as client:
        failure = await failed_read(client, iccid)
    assert failure.kind is FailureKind.BAD_CREDENTIALS
    assert "not-the-secret" not in failure.message
    assert operations(simulator) == [("token", 400)]


async def test_a_write_whose_connection_breaks_is_ambiguous_and_not_repeated(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 10)
    simulator.fault("drop", match={"method": "PUT"})
    async with client_of(simulator, version) as client:
        failure = await failed_write(client, iccid, DISABLE)
    assert failure.kind is FailureKind.AMBIGUOUS
    assert simulator.sim(iccid)["status"] == "Enabled"
    assert [name for name, _ in operations(simulator)].count("updateSim") == 1


async def test_a_write_that_was_carried_out_without_an_answer_is_ambiguous(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 12 if version == "v1" else 14)
    number = simulator.fault("timeout-after-commit", match={"method": "PUT"}, seconds=5)
    async with client_of(simulator, version, timeout=1.0) as client:
        failure = await failed_write(client, iccid, DISABLE)
        assert failure.kind is FailureKind.AMBIGUOUS
        assert (await client.read_sim(iccid)).state is SimState.DISABLED
    assert [one["seen"] for one in simulator.faults() if one["id"] == number] == [1]


async def test_an_expired_sim_refuses_writes_and_can_still_be_read(
    simulator: SimulatorProcess, version: Version
) -> None:
    iccid = iccid_at(simulator, 15)
    simulator.patch_sim(iccid, expired=True)
    async with client_of(simulator, version) as client:
        assert (await client.read_sim(iccid)).state is SimState.ENABLED
        failure = await failed_write(client, iccid, DISABLE)
    assert (failure.kind, failure.status) == (FailureKind.EXPIRED, 422)
    assert simulator.sim(iccid)["status"] == "Enabled"


@pytest.mark.parametrize(
    ("answer", "kind"), [(403, FailureKind.FORBIDDEN), (404, FailureKind.NOT_FOUND)]
)
async def test_a_sim_that_left_is_told_by_its_answer(
    simulator: SimulatorProcess, version: Version, answer: int, kind: FailureKind
) -> None:
    iccid = iccid_at(simulator, 16)
    simulator.transfer_away(iccid, answer)
    try:
        async with client_of(simulator, version) as client:
            failure = await failed_read(client, iccid)
            page = await client.read_page(1)
    finally:
        simulator.bring_back(iccid)
    assert (failure.kind, failure.status) == (kind, answer)
    assert page.total == SIMS - 1
    assert iccid not in {sim.iccid for sim in page.sims}
    assert iccid_at(simulator, 16) == iccid


async def test_fifty_reads_at_a_rate_of_eight_are_never_refused(version: Version) -> None:
    with SimulatorProcess(60, speed=0, start_time=START_TIME, rate_limit=10) as limited:
        async with client_of(limited, version, rate=8) as client:
            for one in limited.sims()[:50]:
                await client.read_sim(Iccid(one["iccid"]), lane=Lane.SWEEP)
        assert [status for name, status in operations(limited) if name == "getSim"] == [200] * 50
        assert limited.summary()["refused_by_rate"] == 0
