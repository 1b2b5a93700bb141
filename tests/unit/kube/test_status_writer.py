"""The status writer under load and faults, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube import status_writer as module
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.pace import LONGEST_BACKOFF, WritePace, backoff
from sim_operator.kube.status_writer import StatusNotWrittenError, StatusWriter
from tests.unit.kube.scripted_api import (
    ScriptedApi,
    connected,
    filled,
    key,
    serving,
    write_kubeconfig,
)

A_MOMENT = 0.05
"""Seconds in which a request that must not be sent would arrive."""
ENABLED = b'{"state":"Enabled"}'


@pytest.fixture
def scripted() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
async def api(
    scripted: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ApiClient]:
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {"token": "t"})
        async with connected(monkeypatch, str(file)) as made:
            yield made


class Desk:
    def __init__(self, api: ApiClient, *names: str, in_flight: int = 32) -> None:
        self.looked_at: list[Key] = []
        self.counted: list[str] = []
        self.failed = asyncio.Event()
        self.store = filled(*names)
        self.writer = StatusWriter(
            api,
            self.store,
            look_again=lambda _, one: self.looked_at.append(one),
            meter=self._count,
            in_flight=in_flight,
        )

    def _count(self, outcome: str) -> None:
        self.counted.append(outcome)
        if outcome == module.FAILED:
            self.failed.set()

    def submit(self, name: str, status: bytes = ENABLED, *, urgent: bool = False) -> None:
        self.writer.submit(SIM_KIND, key(name), name, status, urgent=urgent)

    async def __aenter__(self) -> "Desk":
        self._running = asyncio.create_task(self.writer.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])


async def test_urgent_statuses_go_before_the_rest(api: ApiClient, scripted: ScriptedApi) -> None:
    desk = Desk(api, "a", "b", "c", in_flight=1)
    desk.submit("a")
    desk.submit("b")
    desk.submit("c", urgent=True)
    async with desk:
        assert await desk.writer.flush(20)
    assert [path.split("/")[-2] for _, path in scripted.requests] == ["c", "a", "b"]


async def test_no_more_than_the_limit_are_in_flight(api: ApiClient, scripted: ScriptedApi) -> None:
    names = [f"sim-{number}" for number in range(40)]
    desk = Desk(api, *names, in_flight=4)
    for name in names:
        desk.submit(name)
    scripted.gate.clear()
    async with desk:
        while scripted.in_flight < 4:
            scripted.arrived.clear()
            await scripted.arrived.wait()
        await asyncio.sleep(A_MOMENT)
        scripted.gate.set()
        assert await desk.writer.flush(20)
    assert scripted.most_in_flight == 4
    assert desk.counted == ["written"] * 40


async def test_one_object_is_written_by_one_request_at_a_time(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    scripted.gate.clear()
    async with Desk(api, "a") as desk:
        desk.submit("a", b'{"label":"1"}')
        await scripted.arrived.wait()
        for number in range(2, 9):
            desk.submit("a", b'{"label":"%d"}' % number)
        await asyncio.sleep(A_MOMENT)
        scripted.gate.set()
        assert await desk.writer.flush(20)
    assert scripted.most_in_flight == 1
    assert len(scripted.requests) == 2
    assert desk.store.sims[key("a")].status == b'{"label":"8"}'


@pytest.mark.parametrize("status", [500, 503, 401])
async def test_a_failure_that_may_pass_is_tried_again(
    api: ApiClient, scripted: ScriptedApi, status: int
) -> None:
    scripted.fail(status)
    async with Desk(api, "a") as desk:
        desk.submit("a")
        assert await desk.writer.flush(20)
    assert desk.counted == ["failed", "written"]


async def test_retry_after_holds_all_writes_back(api: ApiClient, scripted: ScriptedApi) -> None:
    scripted.fail(429, Retry_After="1")
    desk = Desk(api, "a", "b", in_flight=1)
    desk.submit("a")
    desk.submit("b")
    loop = asyncio.get_running_loop()
    async with desk:
        started = loop.time()
        assert await desk.writer.flush(20)
        waited = loop.time() - started
    assert desk.counted == ["failed", "written", "written"]
    # Not a matter of speed: no machine is fast enough to pass without having waited.
    assert waited >= 1.0


async def test_what_is_forbidden_waits_until_the_right_is_given_back(
    api: ApiClient,
    scripted: ScriptedApi,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "_FORBIDDEN_ATTEMPT", 1)
    for _ in range(3):
        scripted.fail(403)
    async with Desk(api, "a", "b", in_flight=1) as desk:
        desk.submit("a")
        desk.submit("b")
        assert await desk.writer.flush(20)
    assert desk.counted == ["forbidden"] * 3 + ["written"] * 2
    assert not desk.looked_at
    told = [one for one in caplog.messages if "cannot be written for now" in one]
    assert len(told) == 1, "a whole fleet waits for the same right"


async def test_what_fails_again_and_again_is_handed_back(
    api: ApiClient, scripted: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ATTEMPTS", 2)
    scripted.fail(500)
    scripted.fail(500)
    async with Desk(api, "a") as desk:
        desk.submit("a")
        assert await desk.writer.flush(20)
    assert desk.looked_at == [key("a")]
    assert desk.counted == ["failed", "failed"]


async def test_a_newer_status_replaces_one_that_waits_for_another_try(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    scripted.fail(500)
    async with Desk(api, "a") as desk:
        desk.submit("a", b'{"label":"old"}')
        await desk.failed.wait()
        desk.submit("a", b'{"label":"new"}')
        assert await desk.writer.flush(20)
    assert len(scripted.requests) == 2
    assert desk.store.sims[key("a")].status == b'{"label":"new"}'


async def test_a_guard_waits_for_the_write_before_it_and_insists(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    scripted.gate.clear()
    scripted.fail(500)
    async with Desk(api, "a") as desk:
        desk.submit("a", b'{"label":"before"}')
        await scripted.arrived.wait()
        guard = asyncio.create_task(
            desk.writer.write_now(SIM_KIND, key("a"), "a", b'{"label":"guard"}')
        )
        scripted.gate.set()
        await guard
        assert desk.store.sims[key("a")].status == b'{"label":"guard"}'
        assert scripted.most_in_flight == 1


async def test_a_guard_that_never_arrives_is_given_up(
    api: ApiClient, scripted: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GUARD_TIMEOUT", 0.2)
    scripted.gate.clear()
    async with Desk(api, "a") as desk:
        with pytest.raises(StatusNotWrittenError, match="not written within"):
            await desk.writer.write_now(SIM_KIND, key("a"), "a", ENABLED)
    assert desk.looked_at == [key("a")]


async def test_a_guard_for_an_object_that_is_gone_is_not_sent(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    async with Desk(api) as desk:
        with pytest.raises(StatusNotWrittenError, match="outdated"):
            await desk.writer.write_now(SIM_KIND, key("a"), "a", ENABLED)
    assert not scripted.requests


async def test_flushing_ends_in_time_and_says_that_something_is_left(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    scripted.gate.clear()
    async with Desk(api, "a") as desk:
        desk.submit("a")
        assert not await desk.writer.flush(0.1)
        assert len(desk.writer) == 1


async def test_the_cap_spaces_writes_out() -> None:
    now = 100.0
    pace = WritePace(4.0, lambda: now)
    await pace.turn()
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    assert not waiting.done()
    now += 0.25
    async with asyncio.timeout(5):
        await waiting


def test_backoff_grows_and_stays_bounded() -> None:
    assert all(0 < backoff(attempt) <= LONGEST_BACKOFF for attempt in range(1, 2000))
    assert backoff(20) > backoff(1)
