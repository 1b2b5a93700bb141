"""The simulated Data Streamer sends to the operator's own intake, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from sim_operator.domain.usage import Service
from sim_operator.domain.volume import from_megabytes
from sim_operator.hooks.intake import IntakeUnavailableError
from tests.simulated import START_TIME, SimulatorProcess
from tests.unit.hooks.intakes import PASSWORD
from tests.unit.simulator.receiver import Receiver, Streamer, receiving

DAY = 86_400
ROUNDING = 1
"""Millionths of a MB and bytes do not divide: so much a record may be off."""


@pytest.fixture
def streamer(simulator: SimulatorProcess) -> Streamer:
    return Streamer(simulator)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


def used(api: httpx.Client, iccid: str) -> dict[Service, int]:
    """By the daily usage endpoint, of the last days."""
    first = (datetime.fromisoformat(START_TIME) - timedelta(days=10)).date().isoformat()
    answer = api.get(f"/v1/sims/{iccid}/usage", params={"start_dt": first}).json()
    [total] = [row for row in answer["stats"] if row["date"] == "TOTAL"]
    data, sms = total["data"]["volume"], total["sms"]["volume"]
    return {Service.DATA: from_megabytes(float(data)), Service.SMS: int(sms)}


def left(api: httpx.Client, iccid: str) -> dict[Service, int]:
    volumes = {one: api.get(f"/v2/sims/{iccid}/quota/{one}").json()["volume"] for one in Service}
    return {
        Service.DATA: from_megabytes(volumes[Service.DATA]),
        Service.SMS: int(volumes[Service.SMS]),
    }


@pytest.mark.parametrize("shape", ["classic", "v2"])
async def test_what_is_streamed_is_what_usage_and_quota_say(
    simulator: SimulatorProcess,
    api: httpx.Client,
    streamer: Streamer,
    receiver: Receiver,
    shape: str,
) -> None:
    iccids = [sim["iccid"] for sim in simulator.sims()]
    simulator.patch_sim(iccids[1], profile="runaway")
    simulator.patch_sim(iccids[2], remaining_data_mb=0.01)
    before = {iccid: (used(api, iccid), left(api, iccid)) for iccid in iccids}
    stream = await streamer.open(receiver, shape=shape)
    for jump in (600, 3 * 3600, DAY, 5 * DAY, 1):
        await streamer.call("POST", "time", json={"advance_seconds": jump})
        simulator.patch_sim(iccids[3], use_data_mb=1.5, use_sms=3)
        await streamer.flush(stream)
    sums, records = receiver.sums(), [str(record) for record in receiver.records]
    assert {service for _, service in sums} == set(Service)
    for iccid in iccids:
        own = sum(iccid in record for record in records)
        now_used, now_left = used(api, iccid), left(api, iccid)
        for service in Service:
            slack = ROUNDING * (own + 3) if service is Service.DATA else 0
            streamed = sums.get((iccid, service), 0)
            told = now_used[service] - before[iccid][0][service]
            fallen = before[iccid][1][service] - now_left[service]
            assert abs(streamed - told) <= slack, (iccid, service)
            assert abs(streamed - fallen) <= slack, (iccid, service)
    assert sum(batch.unreadable for batch in receiver.batches) == 0


async def test_numbers_of_records_rise_and_batches_stay_within_the_bound(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    stream = await streamer.open(receiver)
    simulator.patch_sim(iccid, use_sms=7000)
    shown = await streamer.flush(stream)
    assert [batch.size for batch in receiver.batches] == [3000, 3000, shown["made"] - 6000]
    ids = [use.id for batch in receiver.batches for _, use in batch.uses]
    assert ids == sorted(set(ids))
    assert shown["delivered"] == shown["made"] == len(ids) >= 7000
    # A new stream after a reset goes on with higher ones, or a receiver would drop them.
    simulator.reset()
    again = await streamer.open(receiver)
    simulator.patch_sim(iccid, use_sms=1)
    await streamer.flush(again)
    assert min(use.id for _, use in receiver.batches[-1].uses) > max(ids)


async def test_a_session_that_goes_on_makes_a_record_every_15_minutes(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    simulator.patch_sim(iccid, profile="runaway", remaining_data_mb=100_000)
    stream = await streamer.open(receiver, interval_seconds=60)
    for _ in range(4):
        simulator.advance(1700)
    await streamer.until(stream, waiting=0, recorded_until=(await now(streamer)))
    uses = [use for batch in receiver.batches for one, use in batch.uses if one == iccid]
    data = [use for use in uses if use.service is Service.DATA]
    assert len(data) >= 6
    assert all(use.end.timestamp() % 900 == 0 for use in data)
    assert all(one.end == after.start for one, after in pairwise(data))
    assert {use.end - use.start for use in data[1:]} == {timedelta(minutes=15)}


async def now(streamer: Streamer) -> str:
    answer: str = (await streamer.call("GET", "time"))["now"]
    return answer


async def test_what_is_refused_comes_again_the_same_and_nothing_is_lost(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    refused: list[bytes] = []
    take = receiver.take

    async def stubborn(account: Any, body: bytes) -> Any:
        if len(refused) < 3:
            refused.append(body)
            raise IntakeUnavailableError("not now")
        return await take(account, body)

    receiver.take = stubborn  # type: ignore[method-assign]
    stream = await streamer.open(receiver)
    simulator.patch_sim(iccid, use_data_mb=2, use_sms=2)
    shown = await streamer.flush(stream)
    assert (shown["failures"], shown["waiting"], shown["state"]) == (3, 0, "running")
    assert refused == [receiver.bodies[0]] * 3
    assert receiver.sums()[iccid, Service.SMS] == 2
    assert receiver.sums()[iccid, Service.DATA] == 2 * 1024**2


async def test_a_stream_that_is_always_refused_stops_and_goes_on_when_restarted(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    accounts, receiver.accounts = receiver.accounts, {}
    stream = await streamer.open(receiver, max_failures=2, longest_pause_seconds=0.1)
    simulator.patch_sim(iccid, use_sms=1)
    shown = await streamer.flush(stream)
    assert (shown["state"], shown["last_status"], shown["failures"]) == ("stopped", 404, 2)
    simulator.patch_sim(iccid, use_sms=1)
    assert (await streamer.flush(stream))["failures"] == 2
    receiver.accounts = accounts
    await streamer.call("POST", f"streams/{stream}/restart")
    shown = await streamer.until(stream, waiting=0)
    assert (shown["state"], shown["delivered"], shown["made"]) == ("running", 2, 2)
    assert receiver.sums() == {(iccid, Service.SMS): 2}


async def test_a_receiver_that_is_not_there_is_tried_again(
    simulator: SimulatorProcess, streamer: Streamer, iccid: str
) -> None:
    async with receiving() as gone:
        pass
    stream = await streamer.open(gone, max_failures=3, longest_pause_seconds=0.1)
    simulator.patch_sim(iccid, use_sms=1)
    shown = await streamer.flush(stream)
    assert (shown["state"], shown["last_status"], shown["waiting"]) == ("stopped", None, 1)
    assert shown["last_error"] == "ConnectError"


async def test_batches_can_be_sent_twice_and_can_be_lost(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    stream = await streamer.open(receiver)
    simulator.patch_sim(iccid, use_sms=2)
    await streamer.flush(stream)
    assert await streamer.call("POST", f"streams/{stream}/repeat") == {"records": 2}
    shown = await streamer.until(stream, repeated=2)
    assert receiver.bodies == [receiver.bodies[0]] * 2
    assert (shown["delivered"], shown["batches"]) == (2, 2)

    await streamer.call("POST", f"streams/{stream}/lose", json={"batches": 1})
    simulator.patch_sim(iccid, use_sms=1)
    shown = await streamer.flush(stream)
    assert (shown["made"], shown["lost"], shown["delivered"]) == (3, 1, 2)
    simulator.patch_sim(iccid, use_sms=1)
    await streamer.flush(stream)
    assert receiver.sums() == {(iccid, Service.SMS): 3}


def switch(api: httpx.Client, iccid: str, status: str) -> None:
    assert api.put(f"/v2/sims/{iccid}", json={"status": status}).status_code == 200


@pytest.mark.parametrize("shape", ["classic", "v2"])
async def test_events_are_streamed_each_once(
    simulator: SimulatorProcess,
    api: httpx.Client,
    streamer: Streamer,
    receiver: Receiver,
    iccid: str,
    shape: str,
) -> None:
    stream = await streamer.open(receiver, kind="event", shape=shape)
    switch(api, iccid, "Disabled")
    await streamer.flush(stream)
    simulator.advance(60)
    switch(api, iccid, "Enabled")
    simulator.advance(1)
    simulator.patch_sim(iccid, use_data_mb=400)
    await streamer.flush(stream)
    simulator.patch_sim(iccid, use_data_mb=200)
    simulator.advance(30 * DAY)
    await streamer.flush(stream)
    await streamer.flush(stream)
    events = [event for batch in receiver.batches for event in batch.events]
    own = [event.type_id for event in events if event.iccid == iccid]
    assert own.count(9) == own.count(8) == own.count(18) == own.count(19) == 1
    assert own.index(9) < own.index(8) < own.index(18)
    assert {3, 5} <= {event.type_id for event in events}
    assert len({event.id for event in events}) == len(events)
    assert not [use for batch in receiver.batches for use in batch.uses]


async def test_accelerated_time_streams_by_itself(
    simulator: SimulatorProcess,
    api: httpx.Client,
    streamer: Streamer,
    receiver: Receiver,
    iccid: str,
) -> None:
    before = used(api, iccid)
    simulator.patch_sim(iccid, profile="runaway")
    stream = await streamer.open(receiver)
    await streamer.call("POST", "time", json={"speed": 20_000})
    for _ in range(3000):
        if len(receiver.bodies) >= 5:
            break
        await asyncio.sleep(0.02)
    await streamer.call("POST", "time", json={"speed": 0})
    shown = await streamer.flush(stream)
    told = used(api, iccid)[Service.DATA] - before[Service.DATA]
    assert abs(receiver.sums()[iccid, Service.DATA] - told) <= ROUNDING * shown["made"]


async def test_the_history_of_a_week_can_come_first(streamer: Streamer, receiver: Receiver) -> None:
    stream = await streamer.open(receiver, history_days=7)
    shown = await streamer.until(stream, waiting=0, recorded_until=await now(streamer))
    assert shown["delivered"] > 0
    first = min(use.start for batch in receiver.batches for _, use in batch.uses)
    assert first < datetime.fromisoformat(START_TIME) - timedelta(days=6)


async def test_wrong_credentials_are_an_error_that_shows_and_a_password_never_does(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver, iccid: str
) -> None:
    stream = await streamer.open(receiver, password="wrong-word", max_failures=1)
    simulator.patch_sim(iccid, use_sms=1)
    shown = await streamer.flush(stream)
    assert (shown["state"], shown["last_status"]) == ("stopped", 401)
    assert "wrong-word" not in str(await streamer.call("GET", "streams"))
    assert PASSWORD not in str(await streamer.call("GET", "streams"))


async def test_a_stream_ends_when_it_is_deleted_and_all_end_with_a_reset(
    simulator: SimulatorProcess, streamer: Streamer, receiver: Receiver
) -> None:
    streams = [await streamer.open(receiver) for _ in range(10)]
    with pytest.raises(AssertionError, match="at most 10 streams"):
        await streamer.open(receiver)
    await streamer.call("DELETE", f"streams/{streams[0]}")
    for method, path in (("DELETE", ""), ("GET", ""), ("POST", "/flush"), ("POST", "/lose")):
        with pytest.raises(AssertionError, match="There is no stream"):
            await streamer.call(method, f"streams/{streams[0]}{path}")
    shown = await streamer.call("GET", "streams")
    assert [one["id"] for one in shown] == streams[1:]
    simulator.reset()
    assert await streamer.call("GET", "streams") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x"},
        {"url": ""},
        {"kind": "both"},
        {"shape": "v1"},
        {"interval_seconds": 0},
        {"history_days": 8},
        {"max_failures": 0},
        {"colour": "red"},
        {"customer": "nobody"},
    ],
)
async def test_an_order_that_cannot_be_is_refused(
    streamer: Streamer, receiver: Receiver, wrong: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError, match=r"POST streams: 40[04]"):
        await streamer.open(receiver, **wrong)
