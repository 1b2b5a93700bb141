"""From planned actions to calls, and from their outcomes to ledgers and sightings.

One action per SIM at a time, carried by a few workers in order of urgency. What may have changed
while an action waited for its turn is asked again at the last moment: a plan that no longer holds,
a Lease that may not outlive the request, a SIM that was suspended meanwhile.
"""

import asyncio
import contextlib
import logging
import random
import time

from sim_operator.clock.wall import WallClock
from sim_operator.domain.failure import FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.sim import SimWrite
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.engine.action import Action, Hooks, WithdrawnError, urgency
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from sim_operator.planning import ledger, pace
from sim_operator.planning.presence import MISSING_SWEEPS
from sim_operator.planning.verdict import Cause
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

WORKERS = 16
RETRY_FIRST, RETRY_MOST = 2.0, 300.0
_ABSENT = (FailureKind.NOT_FOUND, FailureKind.FORBIDDEN)
_ACCOUNT_WIDE = (FailureKind.BAD_CREDENTIALS, FailureKind.RATE_LIMITED)


class Carrier:
    """The workers of one account."""

    def __init__(self, state: AccountState, clock: WallClock, hooks: Hooks) -> None:
        """Nothing runs before `run`."""
        self._state = state
        self._clock = clock
        self._hooks = hooks
        self._queue: asyncio.PriorityQueue[Action] = asyncio.PriorityQueue()
        self._tickets = 0
        self._busy: set[Iccid] = set()
        self._look_attempts: dict[Iccid, tuple[int, float]] = {}
        self._closing = False
        self._ended = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._busy

    def is_queued(self, iccid: Iccid) -> bool:
        """Whether an action for a SIM waits or is under way."""
        return iccid in self._busy

    def offer(
        self,
        sim: Key,
        iccid: Iccid,
        *,
        write: SimWrite,
        look: bool,
        cause: Cause | None,
        request: str | None,
    ) -> None:
        """Queue an action unless one for this SIM is queued or under way."""
        if self._closing or iccid in self._busy or not (write or look):
            return
        if not write and self._look_attempts.get(iccid, (0, 0.0))[1] > time.monotonic():
            return
        self._busy.add(iccid)
        self._tickets += 1
        rank = urgency(write, cause) if write else 1
        self._queue.put_nowait(Action(rank, self._tickets, sim, iccid, write, request))

    async def run(self) -> None:
        """Work until cancelled; a write that is on the wire is finished first (see `close`)."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    async def close(self, timeout: float) -> None:
        """Take nothing new and wait for what is on the wire, `timeout` seconds at most."""
        self._closing = True
        while not self._queue.empty():
            self._busy.discard(self._queue.get_nowait().iccid)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._busy:
                    self._ended.clear()
                    await self._ended.wait()

    async def _work(self) -> None:
        while True:
            action = await self._queue.get()
            try:
                await self._carry(action)
            except Exception:
                # A fault of ours in one SIM's action must not end the account's workers.
                log.exception("the action for SIM %s failed", action.sim)
                self._postpone(action, RETRY_MOST)
                self._rest(action)
            finally:
                self._busy.discard(action.iccid)
                self._ended.set()
                self._hooks.decide(action.sim)

    async def _carry(self, action: Action) -> None:
        client = self._hooks.client()
        if client is None or (action.write and not self._hooks.may_write()):
            self._rest(action)
            return
        if not self._hooks.may_call(action.sim):
            return
        if action.write:
            await self._write(client, action)
        else:
            await self._look(client, action, Lane.HOT)

    async def _write(self, client: OnenceClient, action: Action) -> None:
        state, iccid = self._state, action.iccid

        def permit() -> None:
            if self._closing or not self._hooks.may_write() or not self._hooks.still_wanted(action):
                raise WithdrawnError

        state.remember(iccid, ledger.sending(state.ledger(iccid)))
        sighting = state.sightings.get(iccid)
        if sighting is not None and sighting.at < state.ledger(iccid).not_before:
            sighting = None
        current = sighting.sim if sighting and _complete(sighting, action.write) else None
        try:
            sent = await client.write_sim(
                iccid, action.write, permit=permit, priority=action.urgency, current=current
            )
        except WithdrawnError:
            state.remember(iccid, ledger.withdrawn(state.ledger(iccid)))
            return
        except OnenceError as error:
            if error.failure.kind is FailureKind.WITHDRAWN:
                state.remember(iccid, ledger.withdrawn(state.ledger(iccid)))
            else:
                await self._write_failed(client, action, error)
            return
        except BaseException:
            state.remember(iccid, ledger.withdrawn(state.ledger(iccid)))
            raise
        if sent is None:
            state.remember(iccid, ledger.withdrawn(state.ledger(iccid)))
        else:
            at, now = time.monotonic(), self._clock.now()
            state.remember(iccid, ledger.accepted(state.ledger(iccid), sent, at, now))
            self._hooks.written(action, sent)
        with contextlib.suppress(OnenceError):
            # Not seen now is seen by a sweep.
            await self._read(client, iccid, Lane.WRITE, action)
            if action.request is not None:
                self._hooks.answered(action.sim, action.request)

    async def _write_failed(self, client: OnenceClient, action: Action, error: OnenceError) -> None:
        state, iccid, failure = self._state, action.iccid, error.failure
        at = time.monotonic()
        if failure.kind in _ACCOUNT_WIDE:
            wait = failure.retry_after or RETRY_FIRST
            state.remember(iccid, ledger.postponed(state.ledger(iccid), at + wait))
            self._hooks.account_failed(error)
            return
        attempts = state.ledger(iccid).attempts + 1
        wait = pace.backoff(
            attempts,
            first=RETRY_FIRST,
            most=RETRY_MOST,
            jitter=random.random(),  # noqa: S311 - spreads load
        )
        state.remember(
            iccid,
            ledger.failed(
                state.ledger(iccid),
                failure,
                at=at,
                retry_at=at + wait,
                now=self._clock.now(),
                quota_expiry=self._hooks.quota_expiry(iccid),
            ),
        )
        log.warning(
            "a write to 1NCE failed: %s",
            failure.message,
            extra=about(namespace=action.sim.namespace, name=action.sim.name, iccid=iccid),
        )
        if failure.kind is FailureKind.AMBIGUOUS:
            self._hooks.written(action, action.write)
            with contextlib.suppress(OnenceError):
                # Settled by reading; where that fails too, the next sweep settles it.
                await self._read(client, iccid, Lane.WRITE, action)

    async def _look(self, client: OnenceClient, action: Action, lane: Lane) -> None:
        iccid = action.iccid
        try:
            await self._read(client, iccid, lane, action)
        except OnenceError as error:
            if error.failure.kind in _ABSENT and self._counts_as_gone(iccid):
                self._state.gone.add(iccid)
                self._state.sightings.pop(iccid, None)
                self._look_attempts.pop(iccid, None)
                if action.request is not None:
                    self._hooks.answered(action.sim, action.request)
                return
            self._postpone(action, RETRY_MOST)
            if error.failure.kind in _ACCOUNT_WIDE:
                self._hooks.account_failed(error)
            return
        self._look_attempts.pop(iccid, None)
        if action.request is not None:
            self._hooks.answered(action.sim, action.request)

    def _rest(self, action: Action) -> None:
        """Nothing can be sent at the moment: wait, instead of asking again without a pause."""
        state, until = self._state, time.monotonic() + RETRY_FIRST
        if action.write:
            state.remember(action.iccid, ledger.postponed(state.ledger(action.iccid), until))
        else:
            attempts, after = self._look_attempts.get(action.iccid, (0, 0.0))
            self._look_attempts[action.iccid] = (attempts, max(after, until))

    def _counts_as_gone(self, iccid: Iccid) -> bool:
        """Whether a read that finds no SIM proves anything: not while the sweeps show it."""
        missing = self._state.missing.get(iccid, 0)
        return iccid not in self._state.sightings or missing >= MISSING_SWEEPS

    def _postpone(self, action: Action, most: float) -> None:
        attempts = self._look_attempts.get(action.iccid, (0, 0.0))[0] + 1
        wait = pace.backoff(attempts, first=RETRY_FIRST, most=most, jitter=random.random())  # noqa: S311
        self._look_attempts[action.iccid] = (attempts, time.monotonic() + wait)

    async def _read(self, client: OnenceClient, iccid: Iccid, lane: Lane, action: Action) -> None:
        asked = time.monotonic()
        sim = await client.read_sim(iccid, lane=lane, priority=action.urgency)
        self.sighted(Sighting(sim, asked), self._hooks.wanted_now(action.sim))

    def sighted(self, sighting: Sighting, wanted: SimWrite) -> None:
        """Take a sighting in and let the SIM's ledger learn from it, where it counts."""
        if self._state.sight(sighting):
            self.learn(sighting, wanted)

    def learn(self, sighting: Sighting, wanted: SimWrite) -> None:
        """Let the SIM's ledger learn from a sighting, where it counts."""
        state, iccid = self._state, sighting.sim.iccid
        memory = state.ledgers.get(iccid)
        if memory is not None and sighting.at >= memory.not_before:
            state.remember(iccid, ledger.seen(memory, sighting.sim, wanted, self._clock.now()))

    def quota_read(self, iccid: Iccid) -> None:
        """The quota of this SIM was read: where it was extended, a refusal is of yesterday."""
        memory = ledger.quota_read(self._state.ledger(iccid), self._hooks.quota_expiry(iccid))
        self._state.remember(iccid, memory)

    def retry(self, iccid: Iccid, *, look_again: bool = True) -> None:
        """A person changed or asked for this SIM: what was tried before does not count.

        `look_again`: whether one that is known to be gone is looked for again; not to let it go.
        """
        if look_again:
            self._state.gone.discard(iccid)
        self._look_attempts.pop(iccid, None)
        self._state.remember(iccid, ledger.retried(self._state.ledger(iccid)))


def _complete(sighting: Sighting, write: SimWrite) -> bool:
    """Whether a sighting says enough to send a difference against it."""
    sim = sighting.sim
    return not (
        (write.state and sim.state is None)
        or (write.label is not None and sim.label is None)
        or (write.imei_lock and sim.imei_lock is None)
    )
