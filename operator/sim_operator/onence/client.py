"""The calls that the operator makes to 1NCE, and no others: five reads and one write.

Nothing that costs money, moves a SIM to another account or touches many SIMs at once exists here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, Protocol, Self

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimWrite
from sim_operator.domain.states import Session
from sim_operator.domain.usage import Service, UsageReading
from sim_operator.onence import wire, wire_usage, wire_v1, wire_v2
from sim_operator.onence.calls import Calls
from sim_operator.onence.exchange import Exchange, Outgoing
from sim_operator.onence.meter import Meter, Operation
from sim_operator.onence.oauth import Credentials, fetch_token
from sim_operator.onence.throttle import Lane, Throttle
from sim_operator.onence.token import TokenSource
from sim_operator.onence.wire import Page

__all__ = ["ClientConfig", "OnenceClient", "Page", "Service"]


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
        self._wire = _WIRES[config.version]
        self._exchange = Exchange(
            config.endpoint, timeout=config.timeout, ca_bundle=config.ca_bundle, meter=meter
        )
        self._credentials = Credentials(config.client_id, config.client_secret)
        self._tokens = TokenSource(
            lambda: fetch_token(self._exchange, self._credentials, total=config.timeout)
        )
        self._calls = Calls(
            throttle, self._exchange, self._tokens, self._credentials, timeout=config.timeout
        )

    async def __aenter__(self) -> Self:
        """Nothing is sent before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    def retire(self) -> None:
        """Make no further call: what waits for its turn is withdrawn, what is on the wire ends."""
        self._calls.retire()

    async def aclose(self) -> None:
        """Close the connections; no call may be under way."""
        await self._tokens.aclose()
        await self._exchange.aclose()

    async def read_page(self, page: int) -> Page:
        """One page of the list of SIMs; the first is 1."""
        params = {"page": str(page), "pageSize": str(self._config.page_size)}
        outgoing = Outgoing(Operation.LIST_SIMS, "GET", self._wire.SIMS, params)
        body, answer = await self._calls.read(outgoing, Lane.SWEEP)
        if not isinstance(body, list):
            raise self._exchange.unusable(outgoing, answer, "the body is not a list")
        return wire.page(body, answer.headers)

    async def read_sim(
        self, iccid: Iccid, *, lane: Lane = Lane.WRITE, priority: int = 0
    ) -> ObservedSim:
        """One SIM."""
        outgoing = Outgoing(Operation.GET_SIM, "GET", wire.sim_path(self._wire.SIMS, iccid))
        body, answer = await self._calls.read(outgoing, lane, priority)
        found = wire.sim(body)
        if found is None:
            raise self._exchange.unusable(outgoing, answer, "the body shows no ICCID")
        if found.iccid != iccid:
            raise self._exchange.unusable(outgoing, answer, "the body shows another SIM")
        return found

    async def read_quota(self, iccid: Iccid, service: Service, *, lane: Lane) -> QuotaReading:
        """What is left of a SIM's data or SMS."""
        path = wire.sim_path(self._wire.SIMS, iccid, "quota", service)
        outgoing = Outgoing(Operation.GET_QUOTA, "GET", path)
        body, answer = await self._calls.read(outgoing, lane)
        found = wire.quota(body, service)
        if found is None:
            raise self._exchange.unusable(outgoing, answer, "the body shows no volume")
        return found

    async def read_usage(
        self, iccid: Iccid, first: date, last: date, *, now: datetime, lane: Lane
    ) -> UsageReading:
        """What a SIM used on each of the UTC days from `first` to `last`.

        `now` is the wall time of asking: an answer knows everything that 1NCE had booked by then.
        """
        path = wire.sim_path(self._wire.SIMS, iccid, "usage")
        params = {"start_dt": first.isoformat(), "end_dt": last.isoformat()}
        outgoing = Outgoing(Operation.GET_USAGE, "GET", path, params)
        body, answer = await self._calls.read(outgoing, lane)
        days = wire_usage.days(body, first, last)
        if days is None:
            raise self._exchange.unusable(outgoing, answer, "the body shows no list of days")
        return UsageReading(now, first, last, days)

    async def read_session(self, iccid: Iccid, *, lane: Lane) -> Session | None:
        """How a SIM stands on the network; None where 1NCE says nothing that is known."""
        path = wire.sim_path(self._wire.SIMS, iccid, "status")
        body, _ = await self._calls.read(Outgoing(Operation.GET_STATUS, "GET", path), lane)
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
        answer = await self._calls.once(
            outgoing, Lane.WRITE, priority, permit=permit, follow_up=read_now
        )
        if answer.body.strip():
            self._exchange.json(outgoing, answer)
        return differing


def _differing(change: SimWrite, current: ObservedSim) -> SimWrite:
    return SimWrite(
        state=None if change.state == current.state else change.state,
        label=None if change.label == current.label else change.label,
        imei_lock=None if change.imei_lock == current.imei_lock else change.imei_lock,
    )
