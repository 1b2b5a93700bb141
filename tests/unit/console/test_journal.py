"""From events and changes to a timeline that has each happening once."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sim_operator.api.names import SIM_KIND
from sim_operator.console.journal import news
from sim_operator.console.journal.following import TellingFeed
from sim_operator.console.journal.journal import Journal, merged
from sim_operator.history import Happening, Scope, UnavailableError
from sim_operator.kube.store import Store
from sim_operator.kube.stream import DELETED
from tests.unit.console.fleets import body

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVERYWHERE = Scope()


def event(**changes: Any) -> dict[str, Any]:
    return {
        "involvedObject": {"kind": "SIM", "namespace": "plant-1", "name": "pump", "uid": "u"},
        "type": "Normal",
        "reason": "Reconciled",
        "message": "Changed state.",
        "reportingComponent": "sim-operator.io/sim-operator",
        "firstTimestamp": "2026-11-20T11:00:00Z",
        "lastTimestamp": "2026-11-20T11:30:00Z",
        "count": 1,
    } | changes


def happening(number: int = 0, **changes: Any) -> Happening:
    made = news.of_event(event(message=f"Message {number}.", **changes))
    assert made is not None
    return made


def told(journal: Journal, limit: int = 100, scope: Scope = EVERYWHERE) -> list[Happening]:
    return journal.latest(None, None, limit, None, scope)


def test_an_event_that_says_not_when_or_about_what_is_no_news() -> None:
    assert news.of_event(event(involvedObject={})) is None
    assert news.of_event(event(firstTimestamp=None, lastTimestamp=None)) is None
    assert news.of_event(event(firstTimestamp="soon")) is None


def test_a_counted_event_stays_one_happening_with_its_highest_count() -> None:
    journal = Journal()
    for count in (1, 5, 3):
        journal.take(happening(count=count))
    assert [one.count for one in told(journal)] == [5]


def test_the_journal_is_bounded_and_newest_first() -> None:
    journal = Journal(most=10)
    for number in range(25):
        journal.take(happening(number, firstTimestamp=f"2026-11-20T11:00:{number:02d}Z"))
    assert [one.message for one in told(journal)] == [f"Message {n}." for n in range(24, 14, -1)]
    assert len(told(journal, limit=3)) == 3


def test_other_namespaces_are_not_told() -> None:
    journal = Journal()
    journal.take(happening())
    assert told(journal, scope=Scope(frozenset({"plant-2"}))) == []


async def test_what_the_history_cannot_take_now_it_is_told_later(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr("sim_operator.console.journal.journal._PAUSE", 0.0)
    monkeypatch.setattr("sim_operator.console.journal.journal._AFTER_FAILURE", 0.0)
    journal = Journal()
    kept: list[Happening] = []
    answers: Iterator[Exception | bool] = iter([UnavailableError("away"), False, True])
    done = asyncio.Event()

    async def tell(happenings: Sequence[Happening]) -> bool:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        if answer:
            kept.extend(happenings)
            done.set()
        return answer

    task = asyncio.create_task(journal.run(tell))
    journal.take(happening(1))
    journal.take(happening(2))
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {one.message for one in kept} == {"Message 1.", "Message 2."}


def test_two_tellings_are_put_together_without_doubles() -> None:
    one, other = happening(1), happening(2)
    assert merged([one], [one, other], 10) == merged([one, other], [one], 10)
    assert len(merged([one], [one, other], 10)) == 2


def managed(manager: str, at: str, *fields: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "time": at,
        "fieldsV1": {"f:spec": {f"f:{name}": {} for name in fields}},
    }


def fed() -> tuple[TellingFeed, Journal]:
    journal = Journal()
    store = Store()
    feed = TellingFeed(store, journal, lambda: NOW)
    feed.take(SIM_KIND, None, body(1))
    store.complete.set()
    return feed, journal


def changed(state: str, *managers: dict[str, Any], version: str = "2000") -> dict[str, Any]:
    made = body(1, generation=2, resourceVersion=version, managedFields=list(managers))
    made["spec"] = made["spec"] | {"state": state}
    return made


def test_what_was_there_at_the_start_is_no_news() -> None:
    _, journal = fed()
    assert told(journal) == []


def test_a_changed_spec_is_told_with_its_fields_and_who_signed_it() -> None:
    feed, journal = fed()
    early = managed("helm", "2026-11-20T11:00:00Z", "state", "iccid")
    late = managed("kubectl-edit", "2026-11-20T11:30:00Z", "state")
    feed.take(SIM_KIND, "MODIFIED", changed("Disabled", early, late))
    [one] = told(journal)
    assert (one.type, one.actor) == (news.CHANGED, "kubectl-edit")
    assert one.message == "Changed state from Enabled to Disabled."
    assert one.at == datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def test_within_a_second_the_owner_of_the_field_is_who_changed_it() -> None:
    feed, journal = fed()
    at = "2026-11-20T11:30:00Z"
    writers = managed("a-tool", at, "state"), managed("sim-operator-console", at, "label")
    feed.take(SIM_KIND, "MODIFIED", changed("Disabled", *writers))
    assert [one.actor for one in told(journal)] == ["a-tool"]


def test_what_the_console_wrote_it_tells_itself_with_the_person() -> None:
    feed, journal = fed()
    writer = managed("sim-operator-console", "2026-11-20T11:30:00Z", "state")
    feed.take(SIM_KIND, "MODIFIED", changed("Disabled", writer))
    assert told(journal) == []


def test_a_status_or_an_older_word_is_no_change() -> None:
    feed, journal = fed()
    feed.take(SIM_KIND, "MODIFIED", body(1, resourceVersion="2000"))
    feed.take(SIM_KIND, None, body(1))
    assert told(journal) == []


def test_what_comes_later_was_made_and_what_goes_was_deleted() -> None:
    feed, journal = fed()
    feed.take(SIM_KIND, "ADDED", body(2, creationTimestamp="2026-11-20T11:00:00Z"))
    feed.take(SIM_KIND, DELETED, body(2))
    assert [(one.reason, one.at) for one in told(journal)] == [
        ("Deleted", NOW),
        ("Created", NOW - timedelta(hours=1)),
    ]


MADE, WRITTEN = "2026-11-20T10:00:00Z", "2026-11-20T11:30:00Z"


def written(manager: str = "helm", at: str = WRITTEN) -> dict[str, Any]:
    return body(1, creationTimestamp=MADE, managedFields=[managed(manager, at, "state")])


def test_nothing_is_called_unseen_before_everything_was_seen_once() -> None:
    assert news.unseen(SIM_KIND, written(), None, []) is None
    _, journal = fed()
    assert journal.since == NOW


def test_a_change_from_before_the_console_looked_has_its_writer_and_no_content() -> None:
    last = news.unseen(SIM_KIND, written(), NOW, [])
    assert last is not None
    assert (last.actor, last.reason, last.at) == (
        "helm",
        "SpecChanged",
        datetime(2026, 11, 20, 11, 30, tzinfo=UTC),
    )
    assert "not known" in last.message


def test_a_change_that_was_seen_or_is_remembered_is_not_told_again() -> None:
    seen = datetime(2026, 11, 20, 11, 29, tzinfo=UTC)
    assert news.unseen(SIM_KIND, written(), seen, []) is None
    for behind, told_again in ((0, False), (5, False), (6, True)):
        at = datetime(2026, 11, 20, 11, 30, tzinfo=UTC) - timedelta(seconds=behind)
        known = [news.asked(SIM_KIND, body(1), "ann", "Asked for it.", at)]
        assert (news.unseen(SIM_KIND, written(), NOW, known) is not None) is told_again
    assert news.unseen(SIM_KIND, written(), NOW, [happening()]) is not None, "an event is no change"


def test_what_was_only_made_is_told_as_that() -> None:
    last = news.unseen(SIM_KIND, written(at=MADE), NOW, [])
    assert last is not None
    assert (last.actor, last.reason) == ("helm", "Created")
    assert news.unseen(SIM_KIND, body(1), NOW, []) is None, "nobody signed it"
