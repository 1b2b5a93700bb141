"""Constructs and runs the console: the one place of this package that does."""

import asyncio
import contextlib
import logging
import signal

import uvloop

from sim_operator.clock.simulated import ClockUnavailableError, SimulatedClock
from sim_operator.clock.wall import SystemClock, WallClock
from sim_operator.console.application import served
from sim_operator.console.cache import WatchCache
from sim_operator.console.parts import Console
from sim_operator.console.settings import ConsoleSettings
from sim_operator.kube.configuration import NoClusterError
from sim_operator.kube.connection import connect
from sim_operator.kube.garbage import collect_seldom
from sim_operator.serving import Bounds, LoopServer, ServingError
from sim_operator.telemetry import logs
from sim_operator.telemetry.health import Heartbeats

log = logging.getLogger(__name__)

USER_AGENT = "sim-operator-console"
_BOUNDS = Bounds(connections=512)


def run(settings: ConsoleSettings) -> int:
    """Run the console until a signal ends it; the exit code of the process."""
    logs.configure(settings.log_format, settings.log_level)
    collect_seldom()
    try:
        uvloop.run(_run(settings))
    except (NoClusterError, ServingError, ClockUnavailableError) as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return 1
    except ExceptionGroup:
        # Half a console is worse than none: the process ends and is started again.
        log.exception("a part of the console ended")
        return 1
    return 0


async def _run(settings: ConsoleSettings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, ended.set)
    heartbeats = Heartbeats()
    async with contextlib.AsyncExitStack() as stack:
        clock: WallClock = SystemClock()
        if settings.clock_url is not None:
            clock = await stack.enter_async_context(SimulatedClock(settings.clock_url))
        api = await stack.enter_async_context(connect(user_agent=USER_AGENT))
        cache = WatchCache(api, settings.watch_namespaces, heartbeats.beat)
        console = Console(api=api, fleet=cache.fleet, clock=clock)
        server = LoopServer(
            served(console),
            port=settings.console_port,
            host="",
            serves="the console",
            setting="SIM_OPERATOR_CONSOLE_PORT",
            bounds=_BOUNDS,
        )
        await stack.enter_async_context(server)
        log.info("the console listens on port %d", server.port)
        async with asyncio.TaskGroup() as group:
            parts = [group.create_task(cache.run(), name="watch cache")]
            await ended.wait()
            for part in parts:
                part.cancel()
