"""Constructs and runs the console: the one place of this package that does."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import uvloop

from sim_operator.clock.simulated import ClockUnavailableError, SimulatedClock
from sim_operator.clock.wall import SystemClock, WallClock
from sim_operator.console.application import served
from sim_operator.console.archive import Archive
from sim_operator.console.cache import WatchCache
from sim_operator.console.delivery.door import AUDIENCE
from sim_operator.console.journal.following import TellingFeed
from sim_operator.console.journal.journal import Journal
from sim_operator.console.journal.news import of_event
from sim_operator.console.measures import Measures
from sim_operator.console.parts import Console
from sim_operator.console.rights.callers import Rights
from sim_operator.console.rights.cookies import key_of
from sim_operator.console.rights.proxy import TrustedProxy
from sim_operator.console.rights.remembered import SECONDS, Remembered
from sim_operator.console.rights.tokens import Tokens
from sim_operator.console.settings import ConsoleSettings
from sim_operator.kube.configuration import NoClusterError
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.event_watch import EventWatch
from sim_operator.kube.garbage import collect_seldom
from sim_operator.serving import Bounds, LoopServer, ServingError
from sim_operator.settings import SettingsError
from sim_operator.telemetry import logs
from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.server import TelemetryServer

log = logging.getLogger(__name__)

USER_AGENT = "sim-operator-console"
_BOUNDS = Bounds(connections=512)
_DELIVERIES = 2
"""A database writes one after the other anyway."""


def run(settings: ConsoleSettings) -> int:
    """Run the console until a signal ends it; the exit code of the process."""
    logs.configure(settings.log_format, settings.log_level)
    collect_seldom()
    try:
        uvloop.run(_run(settings))
    except SettingsError as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return 2
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
    async with contextlib.AsyncExitStack() as stack:
        clock: WallClock = SystemClock()
        if settings.clock_url is not None:
            clock = await stack.enter_async_context(SimulatedClock(settings.clock_url))
        api = await stack.enter_async_context(connect(user_agent=USER_AGENT))
        opened = await stack.enter_async_context(open_console(settings, api, clock))
        log.info("the console listens on port %d", opened.port)
        await ended.wait()


@dataclass(frozen=True, slots=True)
class Opened:
    """A console that serves."""

    console: Console
    port: int
    """Of pages and REST API."""
    metrics_port: int
    """Of metrics and probes."""


@contextlib.asynccontextmanager
async def open_console(
    settings: ConsoleSettings,
    api: ApiClient,
    clock: WallClock,
    *,
    host: str = "",
    good_for: float = SECONDS,
) -> AsyncIterator[Opened]:
    """Serve while the context is open; an empty `host` means every address.

    `good_for`: seconds for which an answer about a person's rights is remembered.

    Raises:
        ServingError: a port cannot be had.
        SettingsError: a file that the settings name cannot be used.
        ExceptionGroup: a part failed, so that the whole has to start anew.
    """
    heartbeats = Heartbeats()
    journal = Journal()
    url = settings.database_url
    archive = Archive(url.get_secret_value() if url else None, settings.keep, clock.now)
    cache = WatchCache(
        api,
        settings.watch_namespaces,
        heartbeats.beat,
        feed=lambda store: TellingFeed(store, journal, SystemClock().now),
    )
    rights = Rights(
        api,
        cache.fleet,
        key=key_of(settings.console_key_file),
        session_seconds=settings.console_session_hours * 3600,
        proxy=TrustedProxy.of(settings),
        groups=settings.console_groups,
        good_for=good_for,
    )
    console = Console(
        api=api,
        fleet=cache.fleet,
        rights=rights,
        archive=archive,
        journal=journal,
        recorder=settings.recorder,
        recorders=Tokens(
            api, audience=AUDIENCE, remembered=Remembered(seconds=good_for, most=1_000, at_once=4)
        ),
        deliveries=asyncio.Semaphore(_DELIVERIES),
        measures=Measures(cache.fleet, cache.feed, rights, archive),
        clock=clock,
    )
    telemetry = TelemetryServer(
        console.measures,
        heartbeats,
        partial(_readiness, cache),
        port=settings.metrics_port,
        host=host,
    )
    server = LoopServer(
        served(console),
        port=settings.console_port,
        host=host,
        serves="the console",
        setting="SIM_OPERATOR_CONSOLE_PORT",
        bounds=_BOUNDS,
    )
    async with telemetry, server, asyncio.TaskGroup() as group:
        works = {
            "watch cache": cache.run(),
            "history": archive.run(),
            **{
                name: watch.run()
                for name, watch in _events(api, settings.watch_namespaces, journal, heartbeats)
            },
        }
        if archive.configured:
            works["journal"] = journal.run(archive.tell)
        parts = [group.create_task(work, name=name) for name, work in works.items()]
        yield Opened(console, server.port, telemetry.port)
        for part in parts:
            part.cancel()


def _readiness(cache: WatchCache) -> tuple[bool, str]:
    if cache.fleet.complete:
        return True, "the resources in the cluster are known"
    return False, "the resources in the cluster are not completely known yet"


def _events(
    api: ApiClient, namespaces: Sequence[str], journal: Journal, heartbeats: Heartbeats
) -> Iterator[tuple[str, EventWatch]]:
    for namespace in namespaces or (None,):
        name = f"watch of events in {namespace}" if namespace else "watch of events"
        beat = partial(heartbeats.beat, name)
        yield name, EventWatch(api, namespace, lambda body: journal.take(of_event(body)), beat)
