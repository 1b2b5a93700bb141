"""The calls that the operator makes to 1NCE, and no others: four reads and one write.

Nothing that costs money, moves a SIM to another account or touches many SIMs at once exists here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol, Self

import httpx
import stamina

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimWrite
from sim_operator.domain.states import Session
from sim_operator.onence import faults, wire, wire_v1, wire_v2
from sim_operator.onence.exchange import Answer, Exchange, Outgoing
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import Meter, Operation
from sim_operator.onence.oauth import Credentials, fetch_token
from sim_operator.onence.throttle import Lane, Slot, Throttle
from sim_operator.onence.token import Token, TokenSource
from sim_operator.onence.wire import Page, Service

__all__ = ["ClientConfig", "OnenceClient", "Page", "Service"]

READ_ATTEMPTS = 3
READ_TIME_FACTOR = 2.5
"""A page of a hundred SIMs may take longer than a write is allowed to."""
TURNS = 3
"""How often a call may find, when its turn comes, that the token it waited with has ended."""


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What a client needs to know; another endpoint or other credentials take another client."""

    endpoint: str
    version: Literal["v1", "v2"]
    client_id: str
    client_secret: str = field(repr=False)
    ca_bundle: str | None = field(default=None, repr=False)
    """PEM text, trusted beside the public authorities."""
    timeout: float = 4.0
    """Seconds, for a write from connecting to the last byte of the answer."""
    page_size: int = 100


class _Wire(Protocol):
    """A version of the API."""

    @property
    def SIMS(self) -> str: ...  # noqa: N802  # a module's constant
    @property
    def READS_BEFORE_WRITE(self) -> bool: ...  # noqa: N802
    def session(self, body: object) -> Session | None: ...
    def update(self, iccid: Iccid, change: SimWrite, read: ObservedSim) -> Mapping[str, object]: ...


_WIRES: Mapping[str, _Wire] = MappingProxyType({"v1": wire_v1, "v2": wire_v2})


class OnenceClient:
    """One account at 1NCE; belongs to one event loop.

    Every method raises `OnenceError`. Reads are tried three times where repeating may help; a write
    leaves once, and once more only where 1NCE refused the token.
    """

    def __init__(self, config: ClientConfig, throttle: Throttle, meter: Meter) -> None:
        """`throttle` may outlive the client, and be shared by those that follow it.

        Raises:
            OnenceError: the CA bundle is not readable.
        """
        self._config = config
        self._throttle = throttle
        self._retired = False
        self._wire = _WIRES[config.version]
        self._exchange = Exchange(
            config.endpoint, timeout=config.timeout, ca_bundle=config.ca_bundle, meter=meter
        )
        self._credentials = Credentials(config.client_id, config.client_secret)
        self._tokens = TokenSource(
            lambda: fetch_token(self._exchange, self._credentials, total=config.timeout)
        )

    async def __aenter__(self) -> Self:
        """Nothing is sent before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    def retire(self) -> None:
        """Make no further call: what waits for its turn is withdrawn, what is on the wire ends."""
        self._retired = True

    async def aclose(self) -> None:
        """Close the connections; no call may be under way."""
        await self._tokens.aclose()
        await self._exchange.aclose()

    async def read_page(self, page: int) -> Page:
        """One page of the list of SIMs; the first is 1."""
        params = {"page": str(page), "pageSize": str(self._config.page_size)}
        outgoing = Outgoing(Operation.LIST_SIMS, "GET", self._wire.SIMS, params)
        body, answer = await self._read(outgoing, Lane.SWEEP)
        if not isinstance(body, list):
            raise _unusable(outgoing, answer, "the body is not a list")
        return wire.page(body, answer.headers)

    async def read_sim(
        self, iccid: Iccid, *, lane: Lane = Lane.WRITE, priority: int = 0
    ) -> ObservedSim:
        """One SIM."""
        outgoing = Outgoing(Operation.GET_SIM, "GET", wire.sim_path(self._wire.SIMS, iccid))
        body, answer = await self._read(outgoing, lane, priority)
        found = wire.sim(body)
        if found is None:
            raise _unusable(outgoing, answer, "the body shows no ICCID")
        if found.iccid != iccid:
            raise _unusable(outgoing, answer, "the body shows another SIM")
        return found

    async def read_quota(self, iccid: Iccid, service: Service, *, lane: Lane) -> QuotaReading:
        """What is left of a SIM's data or SMS."""
        path = wire.sim_path(self._wire.SIMS, iccid, "quota", service)
        outgoing = Outgoing(Operation.GET_QUOTA, "GET", path)
        body, answer = await self._read(outgoing, lane)
        found = wire.quota(body, service)
        if found is None:
            raise _unusable(outgoing, answer, "the body shows no volume")
        return found

    async def read_session(self, iccid: Iccid, *, lane: Lane) -> Session | None:
        """How a SIM stands on the network; None where 1NCE says nothing that is known."""
        path = wire.sim_path(self._wire.SIMS, iccid, "status")
        body, _ = await self._read(Outgoing(Operation.GET_STATUS, "GET", path), lane)
        return self._wire.session(body)

    async def write_sim(
        self,
        iccid: Iccid,
        change: SimWrite,
        *,
        permit: Callable[[], None],
        priority: int,
        current: ObservedSim | None,
    ) -> SimWrite | None:
        """Change what differs from `current`; the SIM is read first where that is None, and in v1.

        `permit` is called when all waiting is over, right before the change is sent; what it raises
        withdraws the write. Gives the fields that were changed, None where nothing differed and
        nothing was sent.
        """
        read_now = current is None or self._wire.READS_BEFORE_WRITE
        if current is None or read_now:
            current = await self.read_sim(iccid, priority=priority)
        differing = _differing(change, current)
        if not differing:
            return None
        outgoing = Outgoing(
            Operation.UPDATE_SIM,
            "PUT",
            wire.sim_path(self._wire.SIMS, iccid),
            body=self._wire.update(iccid, differing, current),
        )
        answer = await self._call(outgoing, Lane.WRITE, priority, permit=permit, follow_up=read_now)
        self._raise_for(outgoing, answer)
        if answer.body.strip():
            answer.json(outgoing.operation, write=True)
        return differing

    async def _read(
        self, outgoing: Outgoing, lane: Lane, priority: int = 0
    ) -> tuple[object, Answer]:
        """The parsed body and the answer of a read, tried again where that may help."""
        async for attempt in stamina.retry_context(
            on=_worth_repeating,
            attempts=READ_ATTEMPTS,
            timeout=None,
            wait_initial=0.25,
            wait_jitter=0.25,
            wait_max=2.0,
        ):
            with attempt:
                answer = await self._call(outgoing, lane, priority)
                self._raise_for(outgoing, answer)
                body = answer.json(outgoing.operation)
        return body, answer

    async def _call(
        self,
        outgoing: Outgoing,
        lane: Lane,
        priority: int,
        *,
        permit: Callable[[], None] | None = None,
        follow_up: bool = False,
    ) -> Answer:
        """Send with a token when it is its turn; once more with a new token after a 401."""
        total = self._config.timeout * (1 if outgoing.write else READ_TIME_FACTOR)
        for attempt in range(2):
            token, slot = await self._turn(lane, priority, follow_up=follow_up or attempt > 0)
            if permit is not None:
                try:
                    permit()
                except BaseException:
                    slot.give_back()
                    raise
            answer = await self._exchange.send(
                outgoing, f"Bearer {token.value}", total=total, on_wire=slot.stamp
            )
            if answer.status != httpx.codes.UNAUTHORIZED:
                self._tokens.confirm(token)
                return answer
            if attempt == 0:
                self._tokens.invalidate(token)
        text = f"{outgoing.operation}: 1NCE answered 401 to a new token"
        failure = Failure(FailureKind.BAD_CREDENTIALS, text, answer.status)
        self._tokens.reject(token, failure)
        raise OnenceError(failure)

    async def _turn(self, lane: Lane, priority: int, *, follow_up: bool) -> tuple[Token, Slot]:
        """A token that holds and leave to start, both at the same moment."""
        for _ in range(TURNS):
            await self._tokens.get()  # before the turn, which would pass while a token is fetched
            slot = await self._throttle.acquire(lane, priority, follow_up=follow_up)
            if self._retired:
                slot.give_back()
                text = "the account was paused, or its credentials or endpoint changed"
                raise OnenceError(Failure(FailureKind.WITHDRAWN, text))
            if (token := self._tokens.held()) is not None:
                return token, slot
            slot.give_back()
            follow_up = True
        text = "1NCE's tokens end before a call gets its turn"
        raise OnenceError(Failure(FailureKind.UNAVAILABLE, text))

    def _raise_for(self, outgoing: Outgoing, answer: Answer) -> None:
        failure = faults.from_status(
            outgoing.operation,
            answer.status,
            answer.headers,
            answer.body,
            write=outgoing.write,
            redacted=self._redacted,
        )
        if failure is None:
            return
        if failure.kind is FailureKind.RATE_LIMITED:
            self._throttle.pause(failure.retry_after or 0.0)
        raise OnenceError(failure)

    def _redacted(self, text: str) -> str:
        held = self._tokens.held()
        return self._credentials.redacted(text.replace(held.value, "…") if held else text)


def _differing(change: SimWrite, current: ObservedSim) -> SimWrite:
    return SimWrite(
        state=None if change.state == current.state else change.state,
        label=None if change.label == current.label else change.label,
        imei_lock=None if change.imei_lock == current.imei_lock else change.imei_lock,
    )


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, OnenceError) and error.failure.kind in (
        FailureKind.UNAVAILABLE,
        FailureKind.RATE_LIMITED,
    )


def _unusable(outgoing: Outgoing, answer: Answer, why: str) -> OnenceError:
    return OnenceError(faults.unreadable(outgoing.operation, answer.status, why, write=False))
