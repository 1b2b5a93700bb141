"""One life of the operator: its own parts as they are, with somebody else to turn the crank.

What runs for ever in a real process (sweeps, passes, evaluations, writers) is called here, one turn
after the other; everything that decides is the operator's.
"""

from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from random import Random
from typing import Any, cast
from unittest.mock import patch

from sim_operator.api.names import AccountReason
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, Meta
from sim_operator.domain.sim import SimDetails
from sim_operator.domain.states import AccountMode
from sim_operator.engine import account as account_module
from sim_operator.engine import account_sweeps as account_sweeps_module
from sim_operator.engine import carrying as carrying_module
from sim_operator.engine import supervisor as supervisor_module
from sim_operator.engine.account import AccountLoop
from sim_operator.engine.announcing import Announcer
from sim_operator.engine.connecting import Obstacle
from sim_operator.engine.detail_rota import DetailRota
from sim_operator.engine.hands import AllHands
from sim_operator.engine.history import Recording
from sim_operator.engine.services import Services, Streamed
from sim_operator.engine.supervisor import Supervisor
from sim_operator.engine.visiting import Outcome, UsageEndpoint, Visitor
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.events import EventRecorder, EventType
from sim_operator.kube.finalizers import Finalizers
from sim_operator.kube.namespaces import NamespaceLabels
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.status_writer import StatusWriter
from sim_operator.kube.store import Store
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.throttle import Lane
from sim_operator.planning.need import Need
from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.meter import Meters
from tests.policy_lab.api_server import ApiServer, LabFinalizers, LabWriter
from tests.policy_lab.cards import LabClient
from tests.policy_lab.clock import LabClock
from tests.policy_lab.driving import drive

METERS = Meters()
"""One for all: nothing is decided by what is counted."""
_CLIENTS: list[LabClient] = []
"""The one that a new connection gets."""


class LabEvents:
    """Events, as they were told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []

    def emit(self, kind: str, meta: Meta, type_: EventType, reason: str, message: str) -> None:
        """Tell of something."""
        self.told.append((meta.key.name, reason, message))


class LabConnection:
    """A connection that is always there, unless the account is paused."""

    identity = ("https://api.1nce.com", "lab")

    def __init__(self, *_: object) -> None:
        self.client: LabClient | None = _CLIENTS[-1]

    async def renew(self, account: AccountRecord) -> Obstacle | None:
        """See whether calls may be made."""
        if account.spec.mode is AccountMode.PAUSED:
            return Obstacle(AccountReason.PAUSED, "spec.mode is Paused: no call is made to 1NCE.")
        return None


class LabBackground:
    """Small jobs, done in the next turn."""

    def __init__(self) -> None:
        self._work: list[Coroutine[object, object, None]] = []

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Do it soon."""
        self._work.append(work)

    def catch_up(self) -> None:
        """Do all of it."""
        work, self._work = self._work, []
        for one in work:
            drive(one)


@contextmanager
def plumbing() -> Iterator[None]:
    """Connections and background jobs that need no event loop, and waits without real chance."""
    jitter = Random(0)  # noqa: S311 - the same in each laboratory, so that a history can be repeated
    with ExitStack() as stack:
        stack.enter_context(patch.object(carrying_module, "random", jitter))
        stack.enter_context(patch.object(account_sweeps_module, "random", jitter))
        stack.enter_context(patch.object(account_module, "Connection", LabConnection))
        stack.enter_context(patch.object(account_module, "Background", LabBackground))
        stack.enter_context(patch.object(supervisor_module, "Background", LabBackground))
        yield


class LabSupervisor(Supervisor):
    """A supervisor whose loops are turned by hand."""

    def _start(self, account: AccountRecord) -> None:
        key = account.meta.key
        self.loops[key] = AccountLoop(
            account, self.roster, self._services, self._elders, self.policies
        )

    async def _stop(self, key: Key) -> None:
        del self.loops[key]
        self.policies.forget_account(key)
        self._reassign = True

    async def begin(self) -> None:
        """What `run` does before its first turn."""
        await self._assign_all()
        self._reassign = False
        await self.policies.load()


class Process:
    """Everything that a restart forgets."""

    def __init__(
        self,
        clock: LabClock,
        api: ApiServer,
        client: LabClient,
        events: LabEvents,
        default: Key,
        recording: Recording,
    ) -> None:
        """Start, from what the API server has."""
        self._clock, self._client = clock, client
        self.store = Store()
        self.writer = LabWriter(api, self.store, self._look_again)
        self.carries = True
        """False: no write to 1NCE is begun."""
        self.faults_allowed: frozenset[Key] = frozenset()
        """Policies that may fail to be evaluated."""
        _CLIENTS[:] = [client]
        self.supervisor = LabSupervisor(
            Services(
                store=self.store,
                writer=cast("StatusWriter", self.writer),
                announcer=Announcer(cast("EventRecorder", events)),
                finalizers=cast("Finalizers", LabFinalizers(api)),
                secrets=cast("SecretReader", None),
                clock=clock,
                meters=METERS,
                heartbeats=Heartbeats(),
                streamed=Streamed(),
                allows_endpoint=lambda _: True,
                hands=AllHands(),
                recording=recording,
            ),
            NamespaceLabels(cast("ApiClient", api), ()),
            default,
        )
        self._visitor = Visitor(clock.now, UsageEndpoint(clock.monotonic))
        self.store.subscribe(self.supervisor.changed)
        for (kind, _), body in api.objects.items():
            self.store.observe(kind, body)
        self.store.complete.set()
        drive(self.supervisor.begin())
        drive(self.supervisor._turn())

    @property
    def loops(self) -> dict[Key, AccountLoop]:
        """The loops of the accounts."""
        return self.supervisor.loops

    def observe(self, kind: str, before: Any, after: Any) -> None:
        """The watch tells of a change."""
        if after is not None:
            self.store.observe(kind, after)
        else:
            of = before["metadata"]
            self.store.drop(kind, Key(of["namespace"], of["name"]), of["uid"])

    def _look_again(self, kind: str, key: Key) -> None:
        self.supervisor.look_again(kind, key)

    def turn(self, *, passes_first: bool = False) -> bool:
        """Let every part work once; whether any had something to do."""
        drive(self.supervisor._turn())
        self._catch_up()
        busy = False
        if not passes_first:
            busy = self._evaluate()
        for loop in list(self.loops.values()):
            busy |= self._pass(loop)
        if passes_first:
            busy |= self._evaluate()
        busy |= self.writer.flush()
        self._catch_up()
        return busy

    def _catch_up(self) -> None:
        cast("Any", self.supervisor._background).catch_up()
        for loop in list(self.loops.values()):
            cast("Any", loop._background).catch_up()

    def _evaluate(self) -> bool:
        board = self.supervisor.policies.board
        board._mark_old()
        busy = bool(set(board._due.all_due()) - self.faults_allowed)
        drive(board.catch_up())
        assert board.faults.keys() <= self.faults_allowed, "an evaluation failed: see the log"
        return busy

    def _pass(self, loop: AccountLoop) -> bool:
        loop._wake.clear()
        due = set(loop._due())
        drive(loop._passes.run(sorted(due), lambda: None))
        carrier, carried = loop._carrier, False
        while self.carries and not carrier._queue.empty():
            action = carrier._queue.get_nowait()
            carried = True
            drive(carrier._carry(action))
            carrier._busy.discard(action.iccid)
            loop.touch(action.sim)
        return carried

    def sweep(self) -> None:
        """Sweep every account once."""
        for key, loop in list(self.loops.items()):
            before = loop.state.listed
            drive(loop._sweeps.once(self.store.accounts[key]))
            if loop.state.listed is not before:
                drive(loop._swept())

    def poll(self) -> list[Iccid]:
        """Read the figures of every SIM that may be read and that policies need: those read."""
        read = []
        for _, iccid in self._readable():
            need = self.supervisor.policies.need(iccid)
            if need is None:
                continue
            outcome = self._visit(iccid, need=need)
            if outcome.visit is not None:
                self.supervisor.policies.visited(iccid, outcome.visit)
                read.append(iccid)
        return read

    def chronicle(self) -> None:
        """Read for the history what it wants to have read of SIMs that policies do not need."""
        for loop, iccid in self._readable():
            since = loop._history.first(iccid)
            if since is None or self.supervisor.policies.need(iccid) is not None:
                continue
            outcome = self._visit(iccid, since=since)
            if outcome.usage is not None:
                loop._history.read(iccid, outcome.usage)

    def _readable(self) -> Iterator[tuple[AccountLoop, Iccid]]:
        """The SIMs that may be read, of accounts that are not paused."""
        for key, loop in list(self.loops.items()):
            if self.store.accounts[key].spec.mode is AccountMode.PAUSED:
                continue
            rota = DetailRota(key, loop.state, self.supervisor.roster, self.store)
            for iccid in sorted(rota.readable()):
                yield loop, iccid

    def _visit(
        self, iccid: Iccid, *, need: Need | None = None, since: date | None = None
    ) -> Outcome:
        """One visit, for policies that `need` it or for the history from `since` on."""
        return drive(
            self._visitor.visit(
                cast("OnenceClient", self._client),
                iccid,
                need=need,
                details=False,
                known=SimDetails(),
                lane=Lane.HOT if need is not None else Lane.DETAIL,
                since=since,
            )
        )
