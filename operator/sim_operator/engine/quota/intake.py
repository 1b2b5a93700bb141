"""Batches of the Data Streamer: into the books, and acknowledged only once they are safe.

A batch is safe when every SIM that it concerns was decided about and its status is at the API
server. What lies below the rounding of a status is not written for its own sake: should this
process end, the next reading brings it, for streamed use is reconciled with what is polled anyway.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from sim_operator.api.names import SIM_KIND, STREAM_PASSWORD_KEY, STREAM_USERNAME_KEY
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.history import hand_over
from sim_operator.engine.quota.desk import QuotaDesk
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.hooks.intake import (
    IntakeUnavailableError,
    OversizedBatchError,
    Receipt,
    StreamCredentials,
    UnreadableBatchError,
)
from sim_operator.kube.secrets import SecretUnreadableError
from sim_operator.onence.stream import (
    Batch,
    StreamEvent,
    TooManyRecordsError,
    UnreadableBodyError,
    read_batch,
)

_LOOK = 0.05
_FRESH_SECONDS = 2.0
_OFF_THE_LOOP = 64 * 1024
"""Bytes from which a body is parsed in a thread: three thousand records take a while."""


class Engine(Protocol):
    """The engine of a leading process, as the intake uses it."""

    @property
    def roster(self) -> Roster:
        """Which account acts for which SIM."""
        ...

    @property
    def loops(self) -> Loops:
        """The accounts' loops."""
        ...

    @property
    def policies(self) -> QuotaDesk:
        """The policies and their books."""
        ...


class StreamIntake:
    """Takes batches for the accounts that this process works."""

    def __init__(self, services: Services, engine: Callable[[], Engine | None]) -> None:
        """`engine` gives None while this process does not lead."""
        self._services = services
        self._engine = engine
        self._reading = asyncio.Lock()
        self._parsing = asyncio.Lock()
        self._read: dict[Key, tuple[float, Mapping[str, str]]] = {}
        """Secrets and when they were read, on the monotonic clock."""

    async def credentials(self, account: Key) -> StreamCredentials | None:
        """What the account's stream has to present; None: no such account, or its intake is off.

        Raises:
            IntakeUnavailableError: the Secret cannot be read, or says nothing usable.
        """
        record = self._services.store.accounts.get(account)
        if record is None or record.spec.data_streamer is None:
            return None
        name = Key(account.namespace, record.spec.data_streamer.credentials_secret_ref.name)
        told = await self._secret(name)
        username, password = told.get(STREAM_USERNAME_KEY), told.get(STREAM_PASSWORD_KEY)
        if not username or not password:
            raise IntakeUnavailableError(
                f"Secret {name} of SIMAccount {account} does not exist or lacks one of the keys "
                f"{STREAM_USERNAME_KEY} and {STREAM_PASSWORD_KEY}"
            )
        return StreamCredentials(username, password)

    async def _secret(self, name: Key) -> Mapping[str, str]:
        """What a Secret says, read now or a few seconds ago.

        Anybody can make us ask, who needs to know no more than the name of an account.
        """
        async with self._reading:
            read_at, told = self._read.get(name, (float("-inf"), {}))
            if time.monotonic() - read_at < _FRESH_SECONDS:
                return told
            self._read = {
                one: (at, of)
                for one, (at, of) in self._read.items()
                if time.monotonic() - at < _FRESH_SECONDS
            }
            try:
                told = await self._services.secrets.read_secret(name) or {}
            except SecretUnreadableError as error:
                raise IntakeUnavailableError(str(error)) from error
            self._read[name] = (time.monotonic(), told)
            return told

    async def take(self, account: Key, body: bytes) -> Receipt:
        """Take a batch; returns only when its records are safe.

        Raises:
            UnreadableBatchError: it is none.
            IntakeUnavailableError: the account is not being worked.
        """
        batch = await self._parsed(body)
        engine = self._engine()
        if engine is None or not engine.policies.is_loaded or account not in engine.loops:
            raise IntakeUnavailableError("the account's resources are not known yet")
        outcomes: Counter[str] = Counter(unreadable=batch.unreadable, event=len(batch.events))
        touched = _count(engine, account, batch, outcomes)
        _look_at(engine, account, batch.events)
        if batch.uses:
            self._services.streamed.heard(account)
        meter = self._services.meters.for_account(str(account))
        for outcome, number in outcomes.items():
            if number:
                meter.stream_records(outcome, number)
        await self._until_safe(engine, account, touched)
        if self._engine() is not engine:
            # What waited was given up and not written: the next leader takes the batch again.
            raise IntakeUnavailableError("this process ends, or leads no more")
        hand_over(
            self._services.recording,
            account,
            batch.uses,
            lambda iccid: _sim(engine, account, iccid),
            self._services.clock.now(),
        )
        return Receipt(
            received=batch.size,
            counted=outcomes["counted"] + outcomes["event"],
            duplicates=outcomes["duplicate"],
            ignored=outcomes["unknown_sim"] + outcomes["unreadable"],
        )

    def counted(self, account: Key | None, code: int) -> None:
        """An answer was given."""
        if account is not None:
            self._services.meters.for_account(str(account)).stream_request(code)

    async def _parsed(self, body: bytes) -> Batch:
        try:
            if len(body) < _OFF_THE_LOOP:
                return read_batch(body)
            # One at a time: parsed, a body may take several times its size.
            async with self._parsing:
                return await asyncio.to_thread(read_batch, body)
        except TooManyRecordsError as error:
            raise OversizedBatchError(str(error)) from error
        except UnreadableBodyError as error:
            raise UnreadableBatchError(str(error)) from error

    async def _until_safe(self, engine: Engine, account: Key, sims: set[Key]) -> None:
        """Wait until everything that follows from the use of these SIMs is written.

        The caller bounds the time.
        """
        board = engine.policies.board
        rounds = board.rounds_for(sims)
        await _until(lambda: board.are_over(rounds))
        await _until(lambda: not any(_is_undecided(engine, account, sim) for sim in sims))
        writer = self._services.writer
        await _until(lambda: not any(writer.is_waiting(SIM_KIND, sim) for sim in sims))


def _count(engine: Engine, account: Key, batch: Batch, outcomes: Counter[str]) -> set[Key]:
    """Put the use into the books; the SIMs that it is of."""
    touched = set()
    for iccid, use in batch.uses:
        sim = _sim(engine, account, iccid)
        new = engine.policies.board.books.streamed(iccid, use) if sim is not None else None
        if sim is None or new is None:
            outcomes["unknown_sim"] += 1
            continue
        outcomes["counted" if new else "duplicate"] += 1
        # A batch that comes again has to be safe before it is acknowledged, too.
        touched.add(sim)
    return touched


def _look_at(engine: Engine, account: Key, events: Iterable[StreamEvent]) -> None:
    told = {event.iccid for event in events if event.telling and event.iccid is not None}
    for iccid in told:
        if _sim(engine, account, iccid) is not None:
            engine.loops[account].soon(iccid)


def _sim(engine: Engine, account: Key, iccid: Iccid) -> Key | None:
    """The resource of a SIM of this account; what one streams of another's is not believed."""
    sim = engine.roster.holder(iccid)
    return sim if sim is not None and engine.roster.assignment(sim) == account else None


def _is_undecided(engine: Engine, account: Key, sim: Key) -> bool:
    loop = engine.loops.get(account)
    if loop is None:
        raise IntakeUnavailableError("the account went meanwhile")
    return loop.is_undecided(sim)


async def _until(holds: Callable[[], bool]) -> None:
    # Three unrelated parts would have to raise an event each, for a wait of a fraction of a second.
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK)
