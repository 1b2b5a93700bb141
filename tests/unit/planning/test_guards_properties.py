"""What the guards hold to through any sequence of requests, restarts and clocks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.names import AccountReason
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.account_state import restored as state_restored
from sim_operator.planning import breaker, budget
from sim_operator.planning.budget import DisableRequest
from sim_operator.planning.sketch import decode
from sim_operator.planning.verdict import Cause
from sim_operator.status.account import AccountReport, account_status
from tests.unit.specimens import NOW, TICK, account_record, iccids

REFRESHED_AFTER = timedelta(minutes=1)
"""How late a place may be moved to the latest sending of its SIM."""

UIDS = [f"uid-{letter}" for letter in "abcdefgh"]
ASK = st.tuples(st.just("ask"), st.integers(1, 2 ** len(UIDS) - 1))
STEPS = st.one_of(
    *[ASK] * 4,
    st.tuples(st.just("pass"), st.integers(1, 70 * 60_000)),
    st.tuples(st.just("pass"), st.integers(1, 60_000)),
    st.tuples(st.just("clock back"), st.integers(1, 5 * 60 * 60_000)),
    st.tuples(st.just("restart"), st.just(0)),
    *[st.tuples(st.just("takes writes"), st.integers(0, 1))] * 2,
    *[st.tuples(st.just("limit"), st.integers(0, 4))] * 2,
)


@dataclass
class World:
    """A wall clock that may be set back, a status on disk, and what was let through when."""

    limit: int
    real: timedelta = timedelta(0)
    wall: datetime = NOW
    memory: dict[str, datetime] = field(default_factory=dict)
    disk: bytes = b"{}"
    takes_writes: bool = True
    """Whether 1NCE carries out what was let through."""
    through: list[tuple[timedelta, str]] = field(default_factory=list)

    def step(self, what: str, amount: int) -> None:
        if what == "pass":
            self.real += timedelta(milliseconds=amount)
            self.wall += timedelta(milliseconds=amount)
        elif what == "clock back":
            self.wall -= timedelta(milliseconds=amount)
        elif what == "restart":
            told = account_record(status=orjson.loads(self.disk))
            self.memory = state_restored(told, self.wall, TICK).reservations
        elif what == "limit":
            self.limit = amount
        elif what == "takes writes":
            self.takes_writes = bool(amount)
        else:
            self._ask([uid for bit, uid in enumerate(UIDS) if amount >> bit & 1])

    def _ask(self, uids: list[str]) -> None:
        causes = list(Cause)
        asked = [
            DisableRequest(uid, Key("a", uid), causes[number % 3])
            for number, uid in enumerate(uids)
        ]
        answer = budget.grant(asked, self.memory, self.limit, self.wall)
        self.memory = dict(answer.reservations)
        if answer.changed:
            report = AccountReport(
                AccountReason.RECONCILED, "", reservations=budget.live(self.memory, self.wall)
            )
            self.disk = account_status(account_record(), report, self.wall)
        assert len(answer.granted) + answer.held == len(uids)
        hour = budget.WINDOW - REFRESHED_AFTER
        off = {uid for at, uid in self.through if self.real - at < hour}
        sent = answer.granted if self.takes_writes else frozenset()
        assert sent <= off or len(off | sent) <= self.limit
        self.through += [(self.real, uid) for uid in sent]


@given(st.integers(0, 4), st.lists(STEPS, min_size=12, max_size=40))
def test_nobody_goes_where_the_hour_has_seen_as_many_sims_off_as_the_limit_says_by_now(
    limit: int, steps: list[tuple[str, int]]
) -> None:
    # The clock steps back but not forth: no wall clock tells a step ahead from time that passed.
    world = World(limit)
    for what, amount in steps:
        world.step(what, amount)


FLEET = sorted(iccids(30))
SWEEPS = st.lists(
    st.tuples(st.sets(st.sampled_from(FLEET)) | st.just(set(FLEET)), st.integers(1, 60)),
    max_size=20,
)


@given(SWEEPS, st.sampled_from(["10%", "30%", 0, 5]))
def test_no_sweep_that_lost_too_much_is_believed_without_an_acceptance(
    sweeps: list[tuple[set[Iccid], int]], limit: int | str
) -> None:
    memory, now = breaker.Memory(), NOW
    believed: list[frozenset[Iccid]] = []
    for shown, minutes in sweeps:
        swept = frozenset(shown)
        judgement = breaker.judge(swept, memory, limit, None, now)
        if judgement.believed:
            if believed and believed[-1]:
                last = believed[-1]
                largest = max(reversed(believed), key=len)
                share = int(limit[:-1]) * len(largest) // 100 if isinstance(limit, str) else limit
                assert swept
                assert 2 * len(last & swept) >= len(last)
                assert len(largest - swept) <= max(2, share)
            believed.append(swept)
        else:
            assert judgement.message
            assert judgement.memory.rejected
        memory, now = judgement.memory, now + timedelta(minutes=minutes)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(5, 300), st.booleans()), max_size=30))
def test_a_fleet_that_shrinks_is_held_against_the_largest_of_the_day_also_over_restarts(
    sweeps: list[tuple[int, int, bool]],
) -> None:
    memory, now = breaker.Memory(), NOW
    believed: list[tuple[datetime, int]] = []
    for count, minutes, restart in sweeps:
        judgement = breaker.judge(iccids(count), memory, 3, None, now)
        if judgement.believed:
            day = [size for at, size in believed if now - at < timedelta(hours=23)]
            assert max(day, default=0) - count <= 3
            believed.append((now, count))
        memory, now = judgement.memory, now + timedelta(minutes=minutes)
        if restart:
            told = memory.largest[0].sketch()
            memory = breaker.restored(
                told.count, decode(told.count, told.encode()), memory.rejected, now
            )
