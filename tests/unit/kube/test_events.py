"""Events never hold anybody up, and never grow without bound."""

import asyncio
import logging
from pathlib import Path

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.kube.events import EventRecorder, EventType
from sim_operator.kube.records import meta
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, sim, write_kubeconfig


async def test_events_that_do_not_fit_are_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:1", {"token": "t"})
    async with connected(monkeypatch, str(file)) as api:
        events = EventRecorder(api, capacity=3)
        with caplog.at_level(logging.WARNING):
            for number in range(10):
                events.emit(SIM_KIND, meta(sim("a")), EventType.NORMAL, "Reconciled", f"{number}")
    assert events.dropped == 7
    assert len(caplog.records) == 1


async def test_a_burst_of_the_same_event_is_one_request_and_it_is_told_anew_when_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted, now = ScriptedApi(), 0.0
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {"token": "t"})
        async with connected(monkeypatch, str(file)) as api:
            events = EventRecorder(api, same_for=600.0, monotonic=lambda: now)
            running = asyncio.create_task(events.run())
            for _ in range(100):
                events.emit(SIM_KIND, meta(sim("a")), EventType.WARNING, "Conflict", "Twice.")
            assert await events.flush(20)
            assert [method for method, _ in scripted.requests] == ["POST"]
            events.emit(SIM_KIND, meta(sim("a")), EventType.WARNING, "Conflict", "Twice.")
            assert await events.flush(20)
            now = 601.0
            events.emit(SIM_KIND, meta(sim("a")), EventType.WARNING, "Conflict", "Twice.")
            assert await events.flush(20)
            running.cancel()
            await asyncio.wait([running])
    assert [method for method, _ in scripted.requests] == ["POST", "PATCH", "POST"]


async def test_an_event_is_tried_again_after_a_failure_that_may_pass_and_not_after_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    scripted.fail(503)
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {"token": "t"})
        async with connected(monkeypatch, str(file)) as api:
            events = EventRecorder(api)
            running = asyncio.create_task(events.run())
            events.emit(SIM_KIND, meta(sim("a")), EventType.NORMAL, "Reconciled", "One.")
            assert await events.flush(20)
            assert (len(scripted.requests), events.dropped) == (2, 0)
            scripted.fail(403)
            events.emit(SIM_KIND, meta(sim("a")), EventType.NORMAL, "Reconciled", "Two.")
            assert await events.flush(20)
            assert (len(scripted.requests), events.dropped) == (3, 1)
            running.cancel()
            await asyncio.wait([running])
