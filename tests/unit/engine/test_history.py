"""What an account's loop hands over to the history, and what it reads for it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage, Service, StreamedUse, UsageReading
from sim_operator.engine.history import AccountHistory, NoRecording, hand_over, history_interval
from sim_operator.engine.roster import Roster
from sim_operator.recording.parts import Part
from sim_operator.recording.readings import Reading
from tests.unit.specimens import ACCOUNT, ICCID, NOW, account_record, sim_record

OTHER = Iccid("8988303000999999999")
TODAY = NOW.date()
HOUR = 3600.0


class StillClock:
    """A clock that stands at NOW."""

    speed = 1.0

    def now(self) -> datetime:
        return NOW


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


def account_history(recording: Recording | NoRecording) -> AccountHistory:
    record = account_record(spec={"allowedNamespaces": {"from": "All"}})
    sim = sim_record(labels={"fleet": "pumps"})
    roster = Roster(
        {sim.meta.key: sim},
        {ACCOUNT: record},
        default_account=None,
        labels_of=lambda _: {},
        lists=lambda _, iccid: iccid == ICCID,
    )
    roster.refresh(sim.meta.key)
    return AccountHistory(
        ACCOUNT, recording, roster, lambda _: "pumps", StillClock(), interval=lambda: HOUR
    )


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


def test_without_a_history_nothing_is_read_and_nothing_handed_over() -> None:
    history = account_history(NoRecording())
    history.read(ICCID, usage())
    assert (history.first(ICCID), history.lacks(ICCID)) == (None, False)


def test_without_a_history_or_without_sims_there_is_no_interval() -> None:
    record, clock = account_record(), StillClock()
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
