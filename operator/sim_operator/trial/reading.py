"""What SIMs used, read at 1NCE beside the operator.

It takes half of the account's rate, as the reads do that keep figures fresh: the operator goes on
meanwhile, and 1NCE counts the calls of both.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from sim_operator.api.choices import PeriodKind
from sim_operator.clock.wall import WallClock
from sim_operator.domain.failure import FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.sim import SimDetails
from sim_operator.domain.usage import DayUsage, Service
from sim_operator.engine.visiting import UsageEndpoint, Visitor
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from sim_operator.planning.need import Need
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.terms import Terms
from sim_operator.trial.complaints import UnreachableError
from sim_operator.trial.world import World

Progress = Callable[[], None]

_READERS = 4
_HISTORY = timedelta(days=56)
_LIFETIME = timedelta(days=180)
_UNKNOWN = (
    FailureKind.NOT_FOUND,
    FailureKind.FORBIDDEN,
    FailureKind.EXPIRED,
    FailureKind.REFUSED,
)
_NOTHING = DayUsage(0, 0)


async def read_usage(world: World, sims: Iterable[Key], done: Progress) -> set[Key]:
    """Read the use of these SIMs into the world's books; which of them were read.

    Raises:
        UnreachableError: 1NCE does not answer.
    """
    visitors: dict[Key, Visitor] = {}
    read: set[Key] = set()

    async def one(sim: Key) -> None:
        account, iccid, glance = world.account(sim), world.roster.iccid(sim), world.glance(sim)
        if glance is not None and account is not None and iccid is not None:
            visitor = visitors.setdefault(account, _visitor(world.clock))
            await _visit(world, visitor, glance.client, sim, iccid)
            read.add(sim)
        done()

    await _each(sims, one)
    return read


async def read_days(
    world: World, sims: Iterable[Key], first: date, last: date, done: Progress
) -> Mapping[Key, Mapping[date, DayUsage]]:
    """The daily figures of these SIMs; a SIM whose figures 1NCE does not tell is left out.

    Raises:
        UnreachableError: 1NCE does not answer.
    """
    found: dict[Key, Mapping[date, DayUsage]] = {}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]

    async def one(sim: Key) -> None:
        iccid, glance = world.roster.iccid(sim), world.glance(sim)
        if glance is not None and iccid is not None:
            try:
                answer = await glance.client.read_usage(
                    iccid, first, last, now=world.clock.now(), lane=Lane.DETAIL
                )
            except OnenceError as error:
                if error.failure.kind not in _UNKNOWN:
                    raise
            else:
                # A day that was asked for and that the answer lacks had no use.
                found[sim] = {day: answer.days.get(day, _NOTHING) for day in days}
        done()

    await _each(sims, one)
    return found


def _visitor(clock: WallClock) -> Visitor:
    return Visitor(clock.now, UsageEndpoint(time.monotonic))


async def _visit(
    world: World, visitor: Visitor, client: OnenceClient, sim: Key, iccid: Iccid
) -> None:
    policies = world.matching.selecting(sim)
    now = world.clock.now()
    need = Need(
        interval=0.0,
        urgency=0.0,
        first=min((_first(terms, now) for terms in policies), default=(now - _HISTORY).date()),
        sms=any(Service.SMS in terms.services for terms in policies),
        namespace=sim.namespace,
    )
    outcome = await visitor.visit(
        client, iccid, need=need, details=False, known=SimDetails(), lane=Lane.DETAIL
    )
    if outcome.visit is not None:
        world.books.visited(iccid, outcome.visit)


def _first(terms: Terms, now: datetime) -> date:
    """The first UTC day that a policy or its forecast looks at."""
    if terms.track.kind is PeriodKind.LIFETIME:
        return (now - _LIFETIME).date()
    start = period_at(terms.track, now).start
    return min(start, now - _HISTORY).astimezone(UTC).date()


async def _each(sims: Iterable[Key], read: Callable[[Key], Awaitable[None]]) -> None:
    """A few at a time; the first that fails ends all."""
    queue = iter(list(sims))

    async def reader() -> None:
        for sim in queue:
            try:
                await read(sim)
            except OnenceError as error:
                raise UnreachableError(f"the use of SIM {sim} was not read: {error}") from error

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_READERS):
                group.create_task(reader())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
