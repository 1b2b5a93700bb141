"""Whatever joins, leaves, freezes or is cut off: an account is in one hand, and comes into one."""

import asyncio
from collections import Counter
from collections.abc import Collection
from itertools import count
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.engine.shared_hands import SharedHands
from sim_operator.engine.sharing import Sharing
from sim_operator.kube.account_leases import AccountLeases
from sim_operator.kube.member_lease import MemberLease
from sim_operator.planning.sharding import Group
from tests.unit.engine.lease_server import LeaseServer, Line, VirtualTime

ACCOUNTS = {Key("plant", f"account-{number}"): None for number in range(7)}
TIED = tuple(sorted(ACCOUNTS)[:3])
STEPS = 100
CALM_SECONDS = 120


class Process:
    """One replica without an engine: it says at each moment what it might write."""

    def __init__(self, world: "World", identity: str) -> None:
        self.world, self.identity = world, identity
        self.line = Line(world.server)
        self.frozen = self.ended = False
        self.given_up: list[Key] = []
        clock = world.time.monotonic
        self.member = MemberLease(
            self.line, "ops", identity=identity, heartbeat=lambda _: None, monotonic=clock
        )
        self.hands = SharedHands(
            identity,
            ACCOUNTS,
            outlives=self.member.outlives,
            leads=lambda: False,
            monotonic=clock,
        )
        self.sharing = Sharing(
            AccountLeases(self.line, "ops", identity),
            self.hands,
            existing=ACCOUNTS,
            complete=lambda: True,
            leader=world.leader,
            renew=self._nothing,
            heartbeat=lambda _: None,
            monotonic=clock,
            sleep=self._sleep,
        )

    async def _nothing(self) -> None:
        """There is nothing to read."""

    async def _sleep(self, seconds: float) -> None:
        await self.world.time.sleep(seconds)
        while self.frozen:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0)

    # The engine

    async def groups(self) -> list[Group]:
        return [TIED, *((one,) for one in sorted(ACCOUNTS) if one not in TIED)]

    async def release(self, accounts: Collection[Key]) -> None:
        self.given_up += accounts

    def hands_changed(self) -> None:
        """It is asked for anyway."""

    # What the test makes it do

    async def step(self) -> None:
        """What it does every two seconds."""
        if self.frozen or self.ended:
            return
        await self.member._attempt()
        if self.member.lost.is_set():
            self.ended = True
        elif self.member.leading.is_set():
            await self.sharing.turn(self)

    async def leave(self) -> None:
        if not self.ended and not self.frozen:
            self.ended = True
            await self.sharing.end(self)
            await self.member.release()

    def may_write(self, account: Key) -> bool:
        return not self.frozen and not self.ended and self.hands.may_write(account)


class World:
    """The replicas and their Leases."""

    def __init__(self) -> None:
        self.time, self.server = VirtualTime(), LeaseServer()
        self.processes: list[Process] = []
        self._numbers = count(1)

    def leader(self) -> str | None:
        """Any member: who it is makes no difference to accounts."""
        members = [name for name in self.server.leases if "-member-" in name]
        return self.server.leases[members[0]]["spec"]["holderIdentity"] if members else None

    def join(self) -> None:
        self.processes.append(Process(self, f"replica-{next(self._numbers)}"))

    @property
    def alive(self) -> list[Process]:
        return [one for one in self.processes if not one.ended and not one.frozen]

    async def settle(self) -> None:
        for _ in range(30):
            await asyncio.sleep(0)
            self.check()

    def check(self) -> None:
        """Nobody but one may write for an account, not even who is frozen, were it to wake."""
        for account in ACCOUNTS:
            able = [one.identity for one in self.processes if self._could_write(one, account)]
            assert len(able) <= 1, (account, able)

    def _could_write(self, process: Process, account: Key) -> bool:
        return not process.ended and process.hands.may_write(account)

    async def act(self, chance: Random) -> None:
        """Something happens, and some time passes."""
        process = chance.choice(self.processes)
        match chance.randrange(25):
            case 0 if len(self.alive) < 5:
                self.join()
            case 1:
                process.frozen = True
            case 2:
                process.frozen = False
            case 3:
                await self._leaving(process)
            case 4:
                process.line.cut = not process.line.cut
            case 5:
                process.ended = True
            case 6 if self.server.leases:
                del self.server.leases[chance.choice(sorted(self.server.leases))]
            case _:
                for one in chance.sample(self.processes, len(self.processes)):
                    one.line.turns = chance.randrange(4)
                    await one.step()
        await self.settle()
        self.time.now += chance.choice((0.1, 0.5, 1.0, 2.0, 4.0, 9.0))
        await self.settle()

    async def _leaving(self, process: Process) -> None:
        leaving = asyncio.ensure_future(process.leave())
        while not leaving.done():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0)
        leaving.result()

    async def calm_down(self) -> None:
        """Nothing happens any more but what replicas do by themselves."""
        for one in self.processes:
            one.line.cut, one.line.turns = False, 0
            one.ended = one.ended or one.frozen
        for _ in range(CALM_SECONDS):
            if not self.alive:
                self.join()
            await self.pass_by(self.alive)

    async def pass_by(self, looking: list[Process]) -> None:
        """A second passes, in which these look."""
        for one in looking:
            await one.step()
        await self.settle()
        self.time.now += 1.0


async def history(seed: int) -> World:
    chance, world = Random(seed), World()  # noqa: S311 - a history that can be repeated
    for _ in range(3):
        world.join()
    for _ in range(STEPS):
        await world.act(chance)
    await world.calm_down()
    for process in world.processes:
        moving = process.sharing._moving
        if moving is not None and not moving.done():
            moving.cancel()
            await asyncio.wait([moving])
    return world


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=1_000_000))
def test_an_account_is_never_in_two_hands_and_in_the_end_in_one(seed: int) -> None:
    world = asyncio.run(history(seed))
    held = Counter({one.identity: len(one.hands.held) for one in world.alive})
    owners = [one for process in world.alive for one in process.hands.held]
    assert sorted(owners) == sorted(ACCOUNTS)
    assert len({one.identity for one in world.alive if set(TIED) & set(one.hands.held)}) == 1
    # A group of three cannot be parted; otherwise nobody has two more than another.
    assert max(held.values()) - min(held.values()) <= (3 if len(held) > 1 else 0)


@pytest.mark.parametrize("lead", range(4))
def test_what_a_dead_replica_held_is_soon_in_other_hands(lead: int) -> None:
    """Whoever finds it dead leaves to the others what is theirs, so that they need not wait.

    `lead`: seconds from one's look to the other's; each looks every fourth second.
    """

    async def course() -> float:
        world = World()
        for _ in range(3):
            world.join()
        await world.calm_down()
        dead, *alive = world.processes
        dead.ended, died = True, world.time.now
        while {one for process in alive for one in process.hands.held} != set(ACCOUNTS):
            passed = round(world.time.now - died)
            assert passed < CALM_SECONDS
            await world.pass_by(
                [one for at, one in enumerate(alive) if (passed + at * lead) % 4 == 0]
            )
        return world.time.now - died

    assert asyncio.run(course()) <= 15.0 + 3 * 4.0
