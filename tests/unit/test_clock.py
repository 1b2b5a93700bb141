"""The simulator's time is carried forward, and goes back only where the simulator says so."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sim_operator.clock.simulated import ClockUnavailableError, SimulatedClock
from sim_operator.clock.wall import SystemClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEVER = 3600.0


@dataclass(slots=True)
class Simulator:
    """A real HTTP server that answers every request with one body."""

    body: bytes = b""
    status: int = 200
    requests: int = 0
    port: int = 0
    path: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, now: datetime, speed: float) -> None:
        text = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
        self.body = json.dumps({"now": text, "speed": speed}).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        self.path = request.split(b" ")[1].decode()
        self.requests += 1
        self.asked.set()
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + self.body)
        await writer.drain()
        writer.close()


@dataclass(slots=True)
class Stopwatch:
    """A monotonic clock that moves by hand."""

    moment: float = 1000.0

    def __call__(self) -> float:
        return self.moment


@asynccontextmanager
async def simulating() -> AsyncIterator[Simulator]:
    simulator = Simulator()
    simulator.tell(NOON, 60.0)
    server = await asyncio.start_server(simulator.answer, "127.0.0.1", 0)
    simulator.port = server.sockets[0].getsockname()[1]
    try:
        yield simulator
    finally:
        server.close()
        await server.wait_closed()


async def until_asked(simulator: Simulator, requests: int) -> None:
    async with asyncio.timeout(30):
        while simulator.requests < requests:
            simulator.asked.clear()
            await simulator.asked.wait()


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


async def test_between_readings_time_runs_at_the_reported_speed() -> None:
    watch = Stopwatch()
    async with (
        simulating() as simulator,
        SimulatedClock(simulator.url, interval=NEVER, monotonic=watch) as clock,
    ):
        assert simulator.path == "/_control/time"
        assert clock.now() == NOON
        watch.moment += 10
        assert clock.now() == NOON + timedelta(minutes=10)
        assert simulator.requests == 1


async def test_the_full_address_of_the_time_is_understood_too() -> None:
    async with (
        simulating() as simulator,
        SimulatedClock(f"{simulator.url}/_control/time/", interval=NEVER) as clock,
    ):
        assert simulator.path == "/_control/time"
        assert clock.now() >= NOON


async def test_another_offset_names_the_same_moment_in_utc() -> None:
    async with simulating() as simulator:
        simulator.body = b'{"now": "2026-11-23T14:00:00+02:00", "speed": 0}'
        async with SimulatedClock(simulator.url, interval=NEVER) as clock:
            assert clock.now() == NOON
            assert clock.now().utcoffset() == timedelta(0)


async def test_a_reading_slightly_behind_holds_the_clock_still() -> None:
    watch = Stopwatch()
    async with (
        simulating() as simulator,
        SimulatedClock(simulator.url, interval=NEVER, monotonic=watch) as clock,
    ):
        watch.moment += 1
        before = clock.now()
        simulator.tell(before - timedelta(seconds=0.5), 60.0)
        await clock.refresh()
        assert clock.now() == before
        watch.moment += 1
        assert clock.now() == before + timedelta(seconds=59.5)


async def test_a_simulator_that_is_set_back_takes_the_clock_along_and_no_further() -> None:
    watch = Stopwatch()
    async with (
        simulating() as simulator,
        SimulatedClock(simulator.url, interval=NEVER, monotonic=watch) as clock,
    ):
        watch.moment += 60
        assert clock.now() == NOON + timedelta(hours=1)
        simulator.tell(NOON - timedelta(days=1), 1.0)
        await clock.refresh()
        assert clock.now() == NOON - timedelta(days=1)


async def test_a_simulator_that_jumps_ahead_is_followed() -> None:
    watch = Stopwatch()
    async with (
        simulating() as simulator,
        SimulatedClock(simulator.url, interval=NEVER, monotonic=watch) as clock,
    ):
        simulator.tell(NOON + timedelta(days=30), 0.0)
        await clock.refresh()
        watch.moment += 100
        assert clock.now() == NOON + timedelta(days=30)


async def test_it_keeps_reading_and_says_once_that_it_cannot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "sim_operator.clock")
    async with (
        simulating() as simulator,
        SimulatedClock(simulator.url, interval=0.01) as clock,
    ):
        simulator.status = 500
        await until_asked(simulator, simulator.requests + 5)
        assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == 1
        assert "answered 500" in caplog.text
        clock.now()
        simulator.tell(NOON + timedelta(days=9), 1.0)
        simulator.status = 200
        await until_asked(simulator, simulator.requests + 3)
        assert clock.now() >= NOON + timedelta(days=9)
        assert caplog.text.count("tells the time again") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"now": "2026-11-23T12:00:00Z"}',
        b'{"now": "2026-11-23T12:00:00", "speed": 1}',
        b'{"now": "2026-11-23T12:00:00Z", "speed": -1}',
        b'{"now": "2026-11-23T12:00:00Z", "speed": "NaN"}',
    ],
)
async def test_an_answer_that_is_not_a_time_is_refused(body: bytes) -> None:
    async with simulating() as simulator:
        simulator.body = body
        with pytest.raises(ClockUnavailableError, match="now and speed"):
            async with SimulatedClock(simulator.url, start_timeout=0):
                pass


async def test_a_simulator_that_still_starts_is_waited_for() -> None:
    async with simulating() as simulator:
        simulator.status = 503

        async def come_up() -> None:
            await until_asked(simulator, 2)
            simulator.status = 200

        coming_up = asyncio.create_task(come_up())
        async with SimulatedClock(simulator.url, interval=0.01, start_timeout=30) as clock:
            assert clock.now() >= NOON
        await coming_up


async def test_a_simulator_that_is_not_there_is_named() -> None:
    async with simulating() as simulator:
        url = simulator.url
    with pytest.raises(ClockUnavailableError, match=f"{url}/_control/time"):
        async with SimulatedClock(url, start_timeout=0):
            pass


async def test_a_clock_that_was_never_read_tells_no_time() -> None:
    with pytest.raises(ClockUnavailableError, match="not asked yet"):
        SimulatedClock("http://127.0.0.1:9").now()
