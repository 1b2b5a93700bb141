"""The one place that constructs things: settings in, a running operator out.

Everything lives in one event loop. Kopf owns its start, its signals and its end; the rest starts in
kopf's startup and ends in its cleanup, while the loop still turns. The engine runs only while this
process leads; until then it watches, so that it can take over at once.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Coroutine, Iterable
from typing import Any

import kopf
import stamina.instrumentation
import uvloop

from sim_operator.app import termination
from sim_operator.app.duties import duty_of
from sim_operator.app.history import recorder_of, recording_of, sample_of
from sim_operator.app.resources import know_resources
from sim_operator.clock.simulated import ClockUnavailableError, SimulatedClock
from sim_operator.clock.wall import SystemClock, WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.announcing import Announcer
from sim_operator.engine.fleet_view import EngineFleetView
from sim_operator.engine.lingering import linger
from sim_operator.engine.quota.intake import StreamIntake
from sim_operator.engine.services import Services, Streamed
from sim_operator.engine.shared_duty import SharedDuty
from sim_operator.engine.shared_work import SharedWork
from sim_operator.engine.supervisor import Supervisor
from sim_operator.handlers import configuration, discovery, feed, lifecycle, login
from sim_operator.hooks.forwarding import Forwarding
from sim_operator.hooks.server import HooksServer
from sim_operator.kube.address import own_address
from sim_operator.kube.configuration import NoClusterError
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.events import EventRecorder
from sim_operator.kube.finalizers import Finalizers
from sim_operator.kube.following import Following
from sim_operator.kube.garbage import collect_seldom
from sim_operator.kube.lease import identity_of
from sim_operator.kube.namespaces import NamespaceLabels
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.status_writer import StatusWriter
from sim_operator.kube.store import Store
from sim_operator.serving import ServingError
from sim_operator.settings import Settings
from sim_operator.telemetry import logs
from sim_operator.telemetry.fleet import PolicySample
from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.meter import Meters
from sim_operator.telemetry.server import Scrapes, TelemetryServer

log = logging.getLogger(__name__)

USER_AGENT = "sim-operator"
_FLUSH_SECONDS = 3.0
_HISTORY_SECONDS = 2.0


def run(settings: Settings) -> int:
    """Run the operator until a signal ends it; the exit code of the process."""
    logs.configure(settings.log_format, settings.log_level)
    collect_seldom()
    # They warn of each repeated read; what fails in the end is told by whoever asked for it.
    stamina.instrumentation.set_on_retry_hooks([])
    termination.before_the_loop()
    try:
        return uvloop.run(_run(settings))
    except asyncio.CancelledError:
        return 0  # by the signal, before kopf had taken it over
    except (NoClusterError, ServingError, ClockUnavailableError) as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return 1


async def _run(settings: Settings) -> int:
    termination.in_the_loop()
    async with contextlib.AsyncExitStack() as stack:
        clock: WallClock = SystemClock()
        if settings.clock_url is not None:
            clock = await stack.enter_async_context(SimulatedClock(settings.clock_url))
        api = await stack.enter_async_context(connect(user_agent=USER_AGENT))
        operator = Operator(settings, api, clock)
        await stack.enter_async_context(operator.telemetry)
        await stack.enter_async_context(operator.hooks)
        await operator.publish_address()
        registry = kopf.OperatorRegistry()
        feed.register(registry, operator.feed)
        login.register(registry)
        lifecycle.register(registry, operator.start, operator.stop)
        namespaces = settings.watch_namespaces
        kopfs = configuration.settings()
        await kopf.operator(
            registry=registry,
            settings=kopfs,
            insights=discovery.register(registry, kopfs, api),
            clusterwide=not namespaces,
            namespaces=namespaces,
            standalone=True,
            stop_flag=operator.ended,
        )
        return operator.exit_code


class Operator:
    """The parts of one process, and their order of start and stop."""

    def __init__(self, settings: Settings, api: ApiClient, clock: WallClock) -> None:
        """Nothing runs before `start`."""
        self._settings = settings
        self._api = api
        self.exit_code = 0
        self.ended = asyncio.Event()
        """Set when the process has to end by itself: it lost the Lease, or a part of it failed."""
        self._heartbeats = Heartbeats()
        self._meters = Meters()
        self._store = Store()
        identity = identity_of(socket.gethostname())
        self._duty = duty_of(
            settings,
            api,
            identity,
            self._store,
            self._heartbeats.beat,
            lambda: know_resources(self._following.relist, self._store),
        )
        self._recorder = recorder_of(settings, self._meters, clock, USER_AGENT)
        self._labels = NamespaceLabels(api, settings.watch_namespaces)
        self._events = EventRecorder(api, instance=identity)
        self._writer = StatusWriter(
            api,
            self._store,
            look_again=self._look_again,
            meter=self._meters.status_write,
            per_second=settings.status_writes_per_second,
            is_ours=self._is_ours,
        )
        self._following = Following(
            api, self._store, settings.watch_namespaces, self._heartbeats.beat
        )
        self.feed = self._following.feed
        self._services = Services(
            store=self._store,
            writer=self._writer,
            announcer=Announcer(self._events),
            finalizers=Finalizers(api, self._store),
            secrets=SecretReader(api),
            clock=clock,
            meters=self._meters,
            heartbeats=self._heartbeats,
            streamed=Streamed(),
            allows_endpoint=settings.allows_endpoint,
            hands=self._duty.hands,
            recording=recording_of(self._recorder),
        )
        self._supervisor: Supervisor | None = None
        self._shared_work: SharedWork | None = None
        view = EngineFleetView(
            self._store,
            lambda: self._supervisor,
            lambda: self._duty.leads,
            lambda: self.feed.last_event,
            clock.now,
            self._policy_samples,
            works=lambda: self._duty.works,
            unheld=lambda: self._duty.unheld,
            history=lambda: sample_of(self._recorder),
        )
        self.telemetry = TelemetryServer(
            Scrapes(self._meters.registry, view, settings.per_sim_metrics),
            self._heartbeats,
            self._is_ready,
            port=settings.metrics_port,
        )
        self.hooks = HooksServer(
            settings.hooks_port,
            StreamIntake(self._services, lambda: self._supervisor),
            Forwarding(self._takes, self._url_of),
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def publish_address(self) -> None:
        """Tell the other replicas where the intake of this one is, through the Lease."""
        try:
            ip = await asyncio.to_thread(own_address, *self._api.server)
        except OSError as error:
            log.warning("replicas cannot hand records on to this one: no address (%s)", error)
        else:
            self._duty.publish(f"{ip}:{self.hooks.port}")

    async def start(self) -> None:
        """Begin to watch, and to lead as soon as that is granted."""
        self._spawn(self._following.watches.run(), "watches")
        self._spawn(self._following.relist.run(kick=self.feed.relisted), "relist")
        self._spawn(self._events.run(), "events")
        self._spawn(self._writer.run(), "status writer")
        for part, name in self._duty.parts():
            self._spawn(part, name)
        if self._recorder is not None:
            self._spawn(self._recorder.run(self._accounts, self._sims_of), "history")
        self._spawn(self._watch_duty(), "watch of the duty")
        self._spawn(self._work(), "engine")

    async def stop(self) -> None:
        """End what is on the wire, write what is known, give the Lease back."""
        await self._duty.hand_over()
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            await supervisor.close()
        if self._duty.works and not self._duty.lost.is_set():
            await self._writer.flush(_FLUSH_SECONDS)
            await self._events.flush(_FLUSH_SECONDS)
        if self._recorder is not None:
            await self._recorder.flush(_HISTORY_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._duty.end()
        if self._settings.leader_election and self.exit_code == 0:
            await linger(self._store.accounts.values(), self._duty.look)
        # Kopf waits for its own watcher of this flag, five seconds long.
        self.ended.set()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(self._part_ended)
        self._tasks.append(task)

    def _part_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            # Half an operator is worse than none: the process ends and is started again.
            log.error("%s ended", task.get_name(), exc_info=error)
            self.exit_code = 1
            self.ended.set()

    async def _work(self) -> None:
        await self._duty.granted()
        if not self._duty.hands.is_shared:
            await know_resources(self._following.relist, self._store)
        supervisor = Supervisor(self._services, self._labels, self._settings.default_account)
        self._store.subscribe(supervisor.changed)
        self._supervisor = supervisor
        if isinstance(self._duty, SharedDuty):
            self._shared_work = SharedWork(supervisor, self._services)
            self._duty.begin(self._shared_work)
        await supervisor.run()

    async def _watch_duty(self) -> None:
        await self._duty.lost.wait()
        log.error("the Lease is lost: this process ends, another one takes its place")
        self.exit_code = 1
        self.ended.set()

    def _is_ready(self) -> tuple[bool, str]:
        if not self._store.complete.is_set():
            return False, "the resources in the cluster are not completely known yet"
        return True, self._duty.readiness

    def _takes(self, account: Key) -> bool:
        """Whether batches for an account are taken here; for one that nobody knows, anywhere."""
        if not self._duty.hands.is_shared:
            return self._duty.leads
        return self._duty.hands.holds(account) or account not in self._store.accounts

    def _url_of(self, account: Key) -> str | None:
        place = self._duty.place_of(account)
        return f"http://{place}" if place is not None else None

    def _is_ours(self, kind: str, key: Key) -> bool:
        shared = self._shared_work
        return shared is None or shared.reports(kind, key)

    def _accounts(self) -> Iterable[Key]:
        return self._supervisor.loops if self._supervisor is not None else ()

    def _sims_of(self, account: Key) -> Iterable[Iccid]:
        loop = self._supervisor.loops.get(account) if self._supervisor is not None else None
        return loop.readable() if loop is not None else ()

    def _policy_samples(self) -> Iterable[PolicySample]:
        supervisor = self._supervisor
        return supervisor.policies.samples() if supervisor is not None else ()

    def _look_again(self, kind: str, key: Key) -> None:
        supervisor = self._supervisor
        if supervisor is not None:
            supervisor.look_again(kind, key)
