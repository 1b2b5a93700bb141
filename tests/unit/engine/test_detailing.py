"""Which figures of a SIM are read, in what order, and what becomes of them."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import stamina

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import QuotaReading, SimDetails
from sim_operator.domain.states import Session
from sim_operator.domain.usage import DayUsage, LeftReading, UsageReading, Visit
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.detailing import Detailer
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.lanes import Lane
from sim_operator.planning.need import Need
from sim_operator.planning.rota import next_within
from tests.unit.onence.accounts import Account
from tests.unit.onence.scripted_server import Asked, Reply, ScriptedServer, of_json
from tests.unit.specimens import iccids

A, B, C = sorted(iccids(3))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST = date(2026, 11, 1)
MIB = 1024 * 1024
DAY = 24 * 3600.0
DATA = {"volume": 64, "total_volume": 500, "accumulated_total_volume": 1000}
SMS = {"volume": 12, "total_volume": 250}
USAGE = {"stats": [{"date": "2026-11-22", "data": {"volume": "2"}, "sms": {"volume": "1"}}]}
SOME_USE = {date(2026, 11, 22): DayUsage(2 * MIB, 1)}
EVERYTHING = SimDetails(
    QuotaReading(64 * MIB, 500 * MIB, None, 1000 * MIB),
    QuotaReading(12, 250, None),
    Session.ONLINE,
)
BODIES: dict[str, Any] = {
    "usage": USAGE,
    "quota/data": DATA,
    "quota/sms": SMS,
    "status": {"status": {"description": "ONLINE"}},
}


class Fleet:
    """The SIMs of an account, as its resources have them."""

    def __init__(self) -> None:
        self.sims: set[Iccid] = {A}
        self.held_up: set[Iccid] = set()
        self.shown = False

    def readable(self) -> list[Iccid]:
        return sorted(self.sims)

    def may_read(self, iccid: Iccid) -> bool:
        return iccid in self.sims - self.held_up

    def is_shown(self, iccid: Iccid) -> bool:
        return self.shown


class History:
    """What a history wants, as a test says, and what it was told."""

    def __init__(self) -> None:
        self.every = 0.0
        self.firsts: dict[Iccid, date] = {}
        self.lacking: set[Iccid] = set()
        self.told: list[tuple[Iccid, UsageReading]] = []

    def interval(self) -> float:
        return self.every

    def first(self, iccid: Iccid) -> date | None:
        return self.firsts.get(iccid)

    def lacks(self, iccid: Iccid) -> bool:
        return iccid in self.lacking

    def read(self, iccid: Iccid, reading: UsageReading) -> None:
        self.told.append((iccid, reading))
        self.lacking.discard(iccid)


class Bench:
    """A Detailer, the 1NCE it reads and the time that a test tells."""

    def __init__(self, server: ScriptedServer) -> None:
        self.account = Account(server, "v2")
        self.client: OnenceClient | None = self.account.client
        self.replies: dict[str, Reply] = {}
        self.replies_of: dict[tuple[Iccid, str], Reply] = {}
        server.answer = self.answer
        self.state = AccountState()
        self.fleet = Fleet()
        self.needs: dict[Iccid, Need] = {}
        self.interval = 0.0
        self.tick = 5000.0
        self.pauses: list[float] = []
        self.beats = 0
        self.visits: list[tuple[Iccid, Visit]] = []
        self.changed: list[Iccid] = []
        self.history = History()
        self.detailer = Detailer(
            self.state,
            client=lambda: self.client,
            interval=lambda: self.interval,
            rota=self.fleet,
            changed=self.changed.append,
            need=self.need,
            visited=lambda iccid, visit: self.visits.append((iccid, visit)),
            history=self.history,
            now=lambda: NOW + timedelta(seconds=self.tick - 5000),
            tick=lambda: self.tick,
            sleep=self.pause,
        )

    def answer(self, asked: Asked) -> Reply:
        _, _, _, iccid, part = asked.path.split("/", 4)
        default = self.replies.get(part, of_json(BODIES[part]))
        return self.replies_of.get((Iccid(iccid), part), default)

    def need(self, iccid: Iccid) -> Need | None:
        return self.needs.get(iccid)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def beat(self) -> None:
        self.beats += 1

    async def read(self, after: float = 0.0) -> list[str]:
        """Read whoever is due; what was asked for since, without the prefix."""
        self.tick += after
        before = len(self.account.server.calls())
        for _ in range(500):
            if not await self.detailer.step(self.beat):
                break
        else:
            pytest.fail("somebody is always due")
        return [one.path.split("/", 3)[3] for one in self.account.server.calls()[before:]]

    async def parts(self, after: float = 0.0) -> list[str]:
        return [path.split("/", 1)[1] for path in await self.read(after)]


def need(interval: float = 60.0, urgency: float = 5.0, *, sms: bool = False) -> Need:
    return Need(interval, urgency, FIRST, sms=sms, namespace="plant-a")


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with ScriptedServer().running() as server:
        made = Bench(server)
        async with made.account.client:
            yield made


async def test_without_a_policy_all_details_are_read_and_nobody_is_visited(bench: Bench) -> None:
    bench.interval = 3600
    assert await bench.parts() == ["quota/data", "quota/sms", "status"]
    assert bench.state.details == {A: EVERYTHING}
    assert (bench.visits, bench.changed) == ([], [A])
    assert bench.detailer.last_visit(A) is None


async def test_with_details_off_and_without_a_policy_nothing_is_read(bench: Bench) -> None:
    bench.detailer.soon(A)
    assert await bench.read() == []


async def test_usage_is_read_first_and_sms_and_session_only_where_wanted(bench: Bench) -> None:
    bench.needs[A] = need()
    assert await bench.parts() == ["usage", "quota/data"]
    bench.needs[A] = need(sms=True)
    assert await bench.parts(60) == ["usage", "quota/data", "quota/sms"]


async def test_a_visit_in_the_details_slot_reads_everything(bench: Bench) -> None:
    bench.interval, bench.needs[A] = 3600, need(600)
    assert await bench.parts() == ["usage", "quota/data", "quota/sms", "status"]
    assert bench.state.details == {A: EVERYTHING}
    assert await bench.parts(600) == ["usage", "quota/data"]


async def test_a_visit_tells_when_each_figure_was_asked_for(bench: Bench) -> None:
    bench.needs[A] = need(sms=True)
    await bench.read()
    assert bench.visits == [
        (
            A,
            Visit(
                NOW,
                UsageReading(NOW, FIRST, NOW.date(), SOME_USE),
                LeftReading(NOW, 64 * MIB, bought=1000 * MIB),
                LeftReading(NOW, 12),
            ),
        )
    ]
    (usage, *_) = bench.account.server.calls()
    assert usage.query == "start_dt=2026-11-01&end_dt=2026-11-23"


async def test_a_partial_visit_leaves_sms_and_session_as_they_were(bench: Bench) -> None:
    bench.state.details[A] = EVERYTHING
    bench.needs[A] = need()
    bench.replies["quota/data"] = of_json({"volume": 63})
    await bench.read()
    assert bench.state.details[A] == SimDetails(
        QuotaReading(63 * MIB, None, None), EVERYTHING.sms, Session.ONLINE
    )


async def test_the_same_figures_again_are_a_visit_and_no_change(bench: Bench) -> None:
    bench.needs[A] = need()
    await bench.read()
    await bench.read(60)
    assert (len(bench.visits), bench.changed) == (2, [A])


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_a_figure_that_1nce_cannot_give_is_unknown_and_stops_nothing(
    bench: Bench, status: int
) -> None:
    bench.interval, bench.needs[A] = 3600, need(sms=True)
    bench.replies = {part: Reply(status) for part in BODIES}
    assert await bench.parts() == ["usage", "quota/data", "quota/sms", "status"]
    assert bench.visits == [(A, Visit(NOW))]
    assert bench.pauses == []
    assert bench.detailer.last_visit(A) == bench.tick


@pytest.mark.parametrize("body", [{"usages": {}}, {"stats": [{"day": "2026-11-22"}]}])
async def test_usage_that_nobody_understands_is_unknown_and_what_is_left_counts(
    bench: Bench, body: object
) -> None:
    bench.needs[A] = need()
    bench.replies["usage"] = of_json(body)
    assert await bench.parts() == ["usage", "quota/data"]
    ((_, visit),) = bench.visits
    assert visit == Visit(NOW, data=LeftReading(NOW, 64 * MIB, bought=1000 * MIB))


async def test_usage_that_an_account_never_had_is_not_asked_for_again_for_a_day(
    bench: Bench,
) -> None:
    bench.fleet.sims = {A, B}
    bench.needs = {A: need(600)}
    bench.replies["usage"] = Reply(404)
    assert await bench.parts() == ["usage", "quota/data"]
    bench.needs[B] = need(600)
    assert await bench.parts(600) == ["quota/data", "quota/data"]
    assert bench.visits[-1][1].data is not None
    assert await bench.parts(DAY - 601) == ["quota/data", "quota/data"]
    assert sorted(await bench.parts(601)) == ["quota/data", "quota/data", "usage", "usage"]


async def test_once_usage_was_read_a_missing_one_concerns_its_sim_alone(bench: Bench) -> None:
    bench.fleet.sims = {A, B}
    bench.needs = {A: need(600)}
    await bench.read()
    bench.needs = {A: need(600), B: need(600)}
    bench.replies_of[B, "usage"] = Reply(404)
    assert f"{B}/usage" in await bench.read(600)
    later = await bench.read(600)
    assert (f"{A}/usage" in later, f"{B}/usage" in later) == (True, False)
    assert f"{B}/usage" in await bench.read(DAY)


async def test_a_sim_that_is_gone_says_nothing_of_the_account_s_usage(bench: Bench) -> None:
    bench.fleet.sims = {A, B}
    bench.needs = {A: need(600)}
    bench.replies_of = {(A, "usage"): Reply(404), (A, "quota/data"): Reply(404)}
    await bench.read()
    bench.needs[B] = need(600)
    assert f"{B}/usage" in await bench.read(600)


async def test_another_client_is_asked_for_usage_anew(bench: Bench) -> None:
    bench.needs[A] = need(600)
    bench.replies["usage"] = Reply(404)
    await bench.read()
    other = Account(bench.account.server, "v1")
    async with other.client:
        bench.client = other.client
        assert await bench.parts(600) == ["usage", "quota/data"]


async def test_an_outage_is_no_visit_and_is_tried_again(bench: Bench) -> None:
    bench.needs[A] = need()
    bench.replies["quota/data"] = Reply(500)
    await bench.read()
    assert (bench.visits, bench.pauses, bench.state.details) == ([], [1.0], {})
    assert bench.detailer.last_visit(A) is None
    assert await bench.read(1) == []
    bench.replies.clear()
    assert await bench.parts(1) == ["usage", "quota/data"]
    assert len(bench.visits) == 1


async def test_an_outage_of_usage_is_not_taken_for_its_absence(bench: Bench) -> None:
    bench.needs[A] = need()
    bench.replies["usage"] = Reply(503)
    assert set(await bench.parts()) == {"usage"}
    assert bench.visits == []


async def test_the_pause_grows_while_1nce_is_down(bench: Bench) -> None:
    bench.needs[A] = need()
    bench.replies = {part: Reply(500) for part in BODIES}
    for _ in range(40):
        await bench.read(60)
    assert bench.pauses[:3] == [1.0, 2.0, 3.0]
    assert bench.pauses[-1] == 30.0


async def test_one_sim_that_always_fails_does_not_keep_others_from_their_turn(
    bench: Bench,
) -> None:
    bench.fleet.sims = set(iccids(30))
    bench.needs = {iccid: need(urgency=2.0) for iccid in bench.fleet.sims} | {A: need(urgency=1.5)}
    bench.replies_of[A, "quota/data"] = Reply(500)
    asked = await bench.read()
    assert asked.count(f"{A}/quota/data") == 3
    assert len(bench.visits) == 29


async def test_hot_sims_use_the_hot_lane(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes: dict[str, Lane] = {}
    read_quota = bench.account.client.read_quota

    async def noted(iccid: Iccid, service: Any, *, lane: Lane) -> QuotaReading:
        lanes[iccid] = lane
        return await read_quota(iccid, service, lane=lane)

    monkeypatch.setattr(bench.account.client, "read_quota", noted)
    bench.fleet.sims = {A, B, C}
    bench.needs = {A: need(urgency=1.0), B: need(urgency=1.01), C: need(urgency=9)}
    bench.detailer.soon(C)
    await bench.read()
    assert lanes == {A: Lane.HOT, B: Lane.DETAIL, C: Lane.HOT}


async def test_who_is_asked_for_is_read_with_all_its_details(bench: Bench) -> None:
    bench.interval, bench.needs[A], bench.fleet.shown = 7 * DAY, need(3600), True
    whole = ["usage", "quota/data", "quota/sms", "status"]
    assert await bench.parts() == whole, "what is shown is of an earlier process"
    assert await bench.parts(3600) == ["usage", "quota/data"]
    bench.detailer.soon(A)
    assert await bench.parts(1) == whole
    assert await bench.parts(1) == []


async def test_a_sim_that_was_never_listed_is_read_when_it_is_asked_for(bench: Bench) -> None:
    bench.interval = 3600
    await bench.read()
    bench.fleet.sims.add(B)
    bench.detailer.soon(B)
    assert f"{B}/quota/data" in await bench.read()


async def test_a_new_sim_and_a_new_need_are_seen_within_seconds(bench: Bench) -> None:
    bench.fleet.sims = {A, B}
    bench.needs[A] = need(600)
    await bench.read()
    bench.needs = {A: need(15), B: need(600)}
    assert await bench.read(11) == [f"{B}/usage", f"{B}/quota/data"]
    assert await bench.read(4) == [f"{A}/usage", f"{A}/quota/data"]


async def test_a_suspended_sim_is_not_read_though_its_turn_has_come(bench: Bench) -> None:
    bench.needs[A] = need()
    bench.fleet.held_up = {A}
    assert await bench.read() == []
    bench.fleet.held_up = set()
    assert await bench.parts(2) == ["usage", "quota/data"]


async def test_a_need_that_ended_before_its_turn_costs_no_call(bench: Bench) -> None:
    bench.needs[A] = need()
    await bench.read()
    del bench.needs[A]
    assert await bench.read(60) == []


async def test_nothing_is_read_without_a_client(bench: Bench) -> None:
    bench.needs[A], bench.client = need(), None
    assert await bench.read() == []


async def test_the_interval_that_was_kept_is_observed(bench: Bench) -> None:
    bench.needs[A] = need(60)
    await bench.read()
    assert bench.detailer.observed_interval(A) is None
    await bench.read(75)
    assert bench.detailer.observed_interval(A) == 75
    assert bench.detailer.last_visit(A) == bench.tick


async def test_a_long_wait_for_a_turn_is_no_standstill(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim_operator.engine.detailing._BEAT", 0.001)
    bench.needs[A] = need()
    bench.account.throttle.pause(0.05)
    await bench.read()
    assert bench.beats > 1
    assert len(bench.visits) == 1


async def test_a_whole_fleet_is_visited_once_in_an_interval(bench: Bench) -> None:
    bench.fleet.sims = set(iccids(60))
    bench.needs = {iccid: need(600) for iccid in bench.fleet.sims}
    await bench.read()
    assert {iccid for iccid, _ in bench.visits} == bench.fleet.sims
    assert len(bench.visits) == 60
    assert await bench.read(599) == []
    assert len(await bench.read(1)) == 120


LONG_AGO = date(2026, 6, 1)


def chronicled(bench: Bench, *lacking: Iccid, complete: tuple[Iccid, ...] = ()) -> None:
    """The history wants these SIMs."""
    bench.fleet.sims = {*lacking, *complete}
    bench.history.every = 6 * 3600.0
    bench.history.lacking = set(lacking)
    bench.history.firsts = dict.fromkeys(lacking, LONG_AGO) | dict.fromkeys(complete, FIRST)


async def test_the_history_takes_one_call_and_changes_nothing_that_is_shown(bench: Bench) -> None:
    chronicled(bench, A)
    assert await bench.parts() == ["usage"]
    assert bench.history.told == [(A, UsageReading(NOW, LONG_AGO, NOW.date(), SOME_USE))]
    (asked,) = bench.account.server.calls()
    assert asked.query == "start_dt=2026-06-01&end_dt=2026-11-23"
    assert (bench.visits, bench.changed, bench.state.details) == ([], [], {})
    assert bench.detailer.last_visit(A) is None


async def test_it_is_read_again_within_six_hours_and_not_before_its_place(bench: Bench) -> None:
    chronicled(bench, A)
    await bench.read()
    place = next_within(A, 6 * 3600.0, bench.tick)
    assert await bench.parts(place - bench.tick - 1) == []
    assert await bench.parts(1) == ["usage"]
    assert await bench.parts(6 * 3600 - 1) == []
    assert await bench.parts(1) == ["usage"]


async def test_a_complete_history_is_not_read_at_once_after_a_start(bench: Bench) -> None:
    chronicled(bench, complete=(A, B))
    assert await bench.read() == []


async def test_nothing_is_read_before_the_history_has_said_what_it_lacks(bench: Bench) -> None:
    bench.history.every = 6 * 3600.0
    assert await bench.read(24 * 3600) == []


async def test_what_a_policy_reads_reaches_back_as_far_as_the_history_wants(bench: Bench) -> None:
    chronicled(bench, A)
    bench.needs[A] = need()
    assert await bench.parts() == ["usage", "quota/data"]
    (asked, _) = bench.account.server.calls()
    assert asked.query == "start_dt=2026-06-01&end_dt=2026-11-23"
    assert bench.history.told == [(A, UsageReading(NOW, LONG_AGO, NOW.date(), SOME_USE))]
    ((_, visit),) = bench.visits
    assert visit.usage == UsageReading(NOW, FIRST, NOW.date(), SOME_USE), "as without a history"


async def test_what_a_policy_reads_is_told_though_the_history_asks_for_nothing(
    bench: Bench,
) -> None:
    bench.needs[A] = need()
    await bench.read()
    assert bench.history.told == [(A, UsageReading(NOW, FIRST, NOW.date(), SOME_USE))]


async def test_the_history_comes_behind_a_policy_and_behind_details(bench: Bench) -> None:
    chronicled(bench, A, B, C)
    bench.interval, bench.needs[C] = 3600.0, need(urgency=900)
    order = await bench.read()
    assert order[0] == f"{C}/usage"
    assert [one for one in order if one.endswith("usage")][1:] == [f"{A}/usage", f"{B}/usage"]


async def test_the_history_waits_in_the_lane_of_what_can_wait(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[Lane] = []
    read_usage = bench.account.client.read_usage

    async def noted(*args: Any, lane: Lane, **more: Any) -> UsageReading:
        lanes.append(lane)
        return await read_usage(*args, lane=lane, **more)

    monkeypatch.setattr(bench.account.client, "read_usage", noted)
    chronicled(bench, A)
    await bench.read()
    assert lanes == [Lane.DETAIL]


async def test_a_history_that_asks_no_more_costs_no_call(bench: Bench) -> None:
    chronicled(bench, A)
    await bench.read()
    bench.history.firsts.clear()
    assert await bench.read(24 * 3600) == []
    chronicled(bench, A)
    assert await bench.parts(11) == ["usage"]


async def test_an_account_without_daily_figures_is_not_asked_for_a_day(bench: Bench) -> None:
    chronicled(bench, A)
    bench.replies["usage"] = Reply(404)
    assert await bench.parts() == ["usage", "quota/data"], "whether the SIM is there"
    assert await bench.read(12 * 3600) == []
    assert bench.history.told == []
    assert (bench.changed, bench.state.details) == ([], {})
    bench.replies.clear()
    assert await bench.parts(DAY) == ["usage"]


async def test_an_outage_of_1nce_leaves_the_history_due(bench: Bench) -> None:
    chronicled(bench, A)
    bench.replies["usage"] = Reply(503)
    await bench.read()
    assert bench.history.told == []
    bench.replies.clear()
    assert await bench.parts(2) == ["usage"]
    assert [iccid for iccid, _ in bench.history.told] == [A]


async def test_a_suspended_sim_is_not_read_for_the_history_either(bench: Bench) -> None:
    chronicled(bench, A)
    bench.fleet.held_up = {A}
    assert await bench.read() == []
