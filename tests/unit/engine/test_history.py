"""What an account's loop hands over to the history, and what it reads for it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage, Service, StreamedUse, UsageReading
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.history import AccountHistory, NoRecording, hand_over, history_interval
from sim_operator.engine.roster import Roster
from sim_operator.recording.parts import Part
from sim_operator.recording.readings import Reading
from tests.clocks import StillClock
from tests.unit.specimens import ACCOUNT, ICCID, NOW, SIM, account_record, sim_record

OTHER = Iccid("8988303000999999999")
TODAY = NOW.date()
MONTH = TODAY.replace(day=1)
HOUR = 3600.0


class Recording:
    """What the history says that it lacks, and what it was handed."""

    is_on = True

    def __init__(self) -> None:
        self.gaps: dict[Iccid, date | None] = {}
        self.got: list[tuple[Key, Reading]] = []
        self.parts: list[tuple[Key, list[Part]]] = []

    def asks(self, account: Key, iccid: Iccid) -> bool:
        return iccid in self.gaps

    def missing(self, account: Key, iccid: Iccid) -> date | None:
        return self.gaps.get(iccid)

    def record(self, account: Key, reading: Reading) -> None:
        self.got.append((account, reading))

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        self.parts.append((account, list(parts)))


class World:
    """An account with one SIM, and its history."""

    def __init__(
        self,
        recording: Recording | NoRecording,
        policy: str | None = None,
        status: object = None,
    ) -> None:
        self.policy = policy
        self.changed: list[Iccid] = []
        self.state = AccountState()
        record = account_record(spec={"allowedNamespaces": {"from": "All"}})
        sim = sim_record(labels={"fleet": "pumps"}, status=status)
        roster = Roster(
            {sim.meta.key: sim},
            {ACCOUNT: record},
            default_account=None,
            labels_of=lambda _: {},
            lists=lambda _, iccid: iccid == ICCID,
        )
        roster.refresh(sim.meta.key)
        self.history = AccountHistory(
            ACCOUNT,
            self.state,
            recording,
            roster,
            lambda _: self.policy,
            StillClock(NOW),
            interval=lambda: HOUR,
            changed=self.changed.append,
        )

    def used(self) -> tuple[str, int | None, int | None] | None:
        told = self.history.used(SIM, ICCID)
        return None if told is None else (told.period.name, told.data, told.sms)


def account_history(recording: Recording | NoRecording) -> AccountHistory:
    return World(recording, policy="pumps").history


def usage(first: date = TODAY) -> UsageReading:
    return UsageReading(NOW, first, TODAY, {first: DayUsage(4096, 1)})


def test_a_reading_is_handed_over_with_whose_it_was() -> None:
    recording = Recording()
    account_history(recording).read(ICCID, usage())
    ((account, reading),) = recording.got
    sim = sim_record()
    assert account == ACCOUNT
    assert reading.whose.sim == sim.meta.key
    assert dict(reading.whose.labels) == {"fleet": "pumps"}
    assert reading.whose.policy == "pumps"
    assert (reading.at, reading.first, reading.last) == (NOW, TODAY, TODAY)


def test_the_use_of_a_sim_that_nobody_holds_is_not_handed_over() -> None:
    recording = Recording()
    account_history(recording).read(OTHER, usage())
    assert recording.got == []


def test_days_that_1nce_may_have_forgotten_are_not_handed_over_as_days_without_use() -> None:
    recording = Recording()
    account_history(recording).read(ICCID, usage(TODAY - timedelta(days=200)))
    ((_, reading),) = recording.got
    assert reading.first == TODAY - timedelta(days=180)
    assert orjson.loads(reading.days) == {}


def test_a_sim_is_read_from_the_first_day_that_is_missing() -> None:
    recording = Recording()
    history = account_history(recording)
    assert (history.first(ICCID), history.lacks(ICCID)) == (None, False)
    recording.gaps[ICCID] = None
    assert (history.first(ICCID), history.lacks(ICCID)) == (TODAY - timedelta(days=4), False)
    recording.gaps[ICCID] = TODAY - timedelta(days=90)
    assert (history.first(ICCID), history.lacks(ICCID)) == (TODAY - timedelta(days=90), True)
    recording.gaps[ICCID] = TODAY - timedelta(days=1)
    assert (history.first(ICCID), history.lacks(ICCID)) == (TODAY - timedelta(days=4), False)


def month(*days: tuple[int, int], first: date = MONTH) -> UsageReading:
    figures = {first + timedelta(days=n): DayUsage(*use) for n, use in enumerate(days)}
    return UsageReading(NOW, first, TODAY, figures)


def test_a_sim_that_no_policy_counts_is_read_from_the_first_of_the_month() -> None:
    recording = Recording()
    world = World(recording)
    assert world.history.first(ICCID) is None
    recording.gaps[ICCID] = None
    assert world.history.first(ICCID) == MONTH
    recording.gaps[ICCID] = TODAY - timedelta(days=90)
    assert world.history.first(ICCID) == TODAY - timedelta(days=90)


def test_only_what_the_history_asked_for_is_handed_over_of_a_month_that_is_shown() -> None:
    recording = Recording()
    recording.gaps[ICCID] = None
    World(recording).history.read(ICCID, month(*[(4096, 1)] * 23))
    ((_, reading),) = recording.got
    assert (reading.first, reading.last) == (TODAY - timedelta(days=4), TODAY)
    assert len(orjson.loads(reading.days)) == 5
    assert reading.whose.policy is None


def test_the_month_of_a_sim_that_no_policy_counts_is_shown_and_told_when_it_moved() -> None:
    world = World(Recording())
    assert world.used() is None
    world.history.read(ICCID, month((10, 1), (20, 0)))
    assert world.used() == ("2026-11", 30, 1)
    world.history.read(ICCID, month((10, 1), (20, 0)))
    assert world.changed == [ICCID]
    world.history.read(ICCID, month((10, 1), (21, 0)))
    assert world.used() == ("2026-11", 31, 1)
    assert world.changed == [ICCID, ICCID]


def test_a_reading_that_begins_within_the_month_shows_nothing() -> None:
    world = World(Recording())
    world.history.read(ICCID, usage(MONTH + timedelta(days=1)))
    assert (world.used(), world.changed) == (None, [])


def test_a_new_process_goes_on_from_what_the_status_shows_and_then_from_its_own() -> None:
    shown = {"period": "2026-11", "since": "2026-11-01T00:00:00Z", "data": "2Mi", "sms": 5}
    world = World(Recording(), status={"usage": shown})
    world.history.read(ICCID, month((10, 7)))
    assert world.used() == ("2026-11", 2 * MEBIBYTE, 7)
    world.history.read(ICCID, month((3 * MEBIBYTE, 0)))
    assert world.used() == ("2026-11", 3 * MEBIBYTE, 7)


def test_nothing_is_shown_of_a_sim_that_a_policy_counts_nor_of_before_when_that_goes() -> None:
    world = World(Recording())
    world.history.read(ICCID, month((10, 1)))
    world.policy = "pumps"
    assert world.used() is None
    world.history.read(ICCID, month((20, 1)))
    world.policy = None
    assert world.used() is None
    world.history.read(ICCID, month((30, 1)))
    assert world.used() == ("2026-11", 30, 1)


def test_without_a_history_nothing_is_read_and_nothing_handed_over() -> None:
    history = account_history(NoRecording())
    history.read(ICCID, usage())
    assert (history.first(ICCID), history.lacks(ICCID)) == (None, False)


def test_without_a_history_or_without_sims_there_is_no_interval() -> None:
    record, clock = account_record(), StillClock(NOW)
    assert history_interval(record, 100, NoRecording(), clock) == 0.0
    assert history_interval(record, 0, Recording(), clock) == 0.0
    assert history_interval(record, 100, Recording(), clock) == 6 * HOUR


def streamed(number: int, volume: int = 7, *, end: datetime = NOW) -> StreamedUse:
    return StreamedUse(number, Service.DATA, end - timedelta(minutes=15), end, volume)


def holder(iccid: Iccid) -> Key | None:
    return Key("plant-a", "pump-17") if iccid == ICCID else None


def test_records_of_claimed_sims_are_handed_over_with_the_namespace_that_holds_them() -> None:
    recording = Recording()
    uses = [(ICCID, streamed(1)), (OTHER, streamed(2)), (ICCID, streamed(3, 0))]
    hand_over(recording, ACCOUNT, uses, holder, NOW)
    ((account, parts),) = recording.parts
    assert account == ACCOUNT
    told = [orjson.loads(one) for one in parts]
    assert [(one["iccid"], one["namespace"], one["id"], one["volume"]) for one in told] == [
        (ICCID, "plant-a", 1, 7),
        (ICCID, "plant-a", 3, 0),
    ]


def test_a_record_that_the_history_would_refuse_does_not_come_along_with_others() -> None:
    recording = Recording()
    wrong = [streamed(1, 2**53), streamed(2, end=NOW + timedelta(days=1, seconds=1))]
    uses = [(ICCID, one) for one in (*wrong, streamed(3), streamed(4, 2**53 - 1))]
    hand_over(recording, ACCOUNT, uses, holder, NOW)
    ((_, parts),) = recording.parts
    assert [orjson.loads(one)["id"] for one in parts] == [3, 4]


def test_where_nothing_is_to_be_handed_over_nothing_is() -> None:
    recording = Recording()
    hand_over(recording, ACCOUNT, [(OTHER, streamed(1))], holder, NOW)
    assert recording.parts == []
    asked: list[Iccid] = []

    def asking(iccid: Iccid) -> Key | None:
        asked.append(iccid)
        return holder(iccid)

    hand_over(NoRecording(), ACCOUNT, [(ICCID, streamed(1))], asking, NOW)
    assert asked == []
