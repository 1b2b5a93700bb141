"""The time of a simulator, so that a month can pass in minutes.

The simulator is asked now and then; in between the monotonic clock carries its time forward at the
speed that it reported. Nobody who asks for the time waits for the network.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Self

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

logger = logging.getLogger(__name__)

TIME_PATH = "/_control/time"
_REQUEST_TIMEOUT = 3.0
_ROUNDING = 1.0
"""Seconds by which a reading may be off because the simulator writes whole seconds."""


class ClockUnavailableError(Exception):
    """The simulator did not tell the time; the message says why."""


class _Reply(BaseModel):
    now: AwareDatetime
    speed: float = Field(ge=0, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class _Reading:
    now: datetime
    speed: float
    taken_at: float
    """Seconds of the monotonic clock."""
    uncertainty: timedelta

    def at(self, moment: float) -> datetime:
        return self.now + timedelta(seconds=max(0.0, moment - self.taken_at) * self.speed)


class SimulatedClock:
    """The simulator's time; an asynchronous context manager that keeps reading while it is open.

    It never goes back, except where the simulator itself says that its time was set back or
    slowed down, and then no further than it says: a reading that is behind by less than its own
    uncertainty only holds the clock still.
    """

    def __init__(
        self,
        url: str,
        *,
        interval: float = 0.5,
        start_timeout: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`url`: the simulator's base URL, or that of its time; durations in seconds."""
        self._url = url.rstrip("/").removesuffix(TIME_PATH) + TIME_PATH
        self._interval = interval
        self._start_timeout = start_timeout
        self._monotonic = monotonic
        self._lock = Lock()
        self._reading: _Reading | None = None
        self._latest: datetime | None = None
        self._failing = False
        # The environment's proxies are not asked: the simulator is near, by the check of its URL.
        self._client = httpx.AsyncClient(timeout=_REQUEST_TIMEOUT, trust_env=False)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Read the time once, waiting for a simulator that still starts, then keep reading.

        Raises:
            ClockUnavailableError: no reading within `start_timeout`.
        """
        try:
            await self._first_reading()
        except BaseException:
            await self._client.aclose()
            raise
        self._task = asyncio.create_task(self._keep_reading(), name="simulated clock")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop reading; `now()` goes on from the last reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.aclose()

    def now(self) -> datetime:
        """The simulator's present, aware, in UTC.

        Raises:
            ClockUnavailableError: there was no reading yet.
        """
        with self._lock:
            if self._reading is None:
                raise ClockUnavailableError(f"the simulator at {self._url} was not asked yet")
            present = self._reading.at(self._monotonic())
            if self._latest is None or present > self._latest:
                self._latest = present
            return self._latest

    @property
    def speed(self) -> float:
        """Simulated seconds in a real one, as last told."""
        with self._lock:
            return self._reading.speed if self._reading is not None else 1.0

    async def refresh(self) -> None:
        """Read the simulator's time once.

        Raises:
            ClockUnavailableError: no answer, or not a time.
        """
        before = self._monotonic()
        try:
            response = await self._client.get(self._url)
            response.raise_for_status()
            reply = _Reply.model_validate_json(response.content)
        except httpx.HTTPStatusError as error:
            raise self._unavailable(f"it answered {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise self._unavailable(str(error) or type(error).__name__) from error
        except ValidationError as error:
            raise self._unavailable("it did not answer with now and speed") from error
        after = self._monotonic()
        self._believe(reply, before, after)

    def _unavailable(self, why: str) -> ClockUnavailableError:
        return ClockUnavailableError(f"no time from the simulator at {self._url}: {why}")

    def _believe(self, reply: _Reply, before: float, after: float) -> None:
        reading = _Reading(
            now=reply.now.astimezone(UTC),
            speed=reply.speed,
            taken_at=(before + after) / 2,
            uncertainty=timedelta(seconds=(after - before) * reply.speed + _ROUNDING),
        )
        with self._lock:
            present = reading.at(after)
            if self._latest is not None and present < self._latest - reading.uncertainty:
                logger.info("the simulator set its time back to %s", present.isoformat())
                self._latest = None
            self._reading = reading

    async def _first_reading(self) -> None:
        deadline = self._monotonic() + self._start_timeout
        while True:
            try:
                return await self.refresh()
            except ClockUnavailableError:
                if self._monotonic() + self._interval > deadline:
                    raise
            await asyncio.sleep(self._interval)

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.refresh()
            except ClockUnavailableError as error:
                if not self._failing:
                    logger.warning("%s; its time is carried forward until it answers", error)
                self._failing = True
            else:
                if self._failing:
                    logger.info("the simulator at %s tells the time again", self._url)
                self._failing = False
