"""A watch at its edges: connections that tear, fall silent or are refused, and events that err."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from sim_operator.kube.watching import OlderStateError, Timing
from tests.unit.kube.scripted_watch import (
    HANG,
    QUICK,
    TEAR,
    ScriptedWatch,
    Watching,
    bookmark,
    error,
    line,
    listed,
    refusal,
    sim,
    watching,
)


class Watch(Protocol):
    def __call__(
        self, scripted: ScriptedWatch, **options: Any
    ) -> AbstractAsyncContextManager[Watching]: ...


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Watch:
    return lambda scripted, **options: watching(scripted, monkeypatch, tmp_path, **options)


@pytest.fixture
def scripted() -> ScriptedWatch:
    return ScriptedWatch()


async def test_a_list_and_then_its_events(scripted: ScriptedWatch, watch: Watch) -> None:
    scripted.lists.append(listed(10, sim("one", 3), sim("two", 4)))
    scripted.watches.append(
        [
            line("ADDED", sim("three", 11)),
            line("MODIFIED", sim("one", 12, label="new")),
            line("DELETED", sim("two", 13)),
            HANG,
        ]
    )
    async with watch(scripted) as work:
        await work.until_named("one", "three")
        assert {record.spec.label for record in work.store.sims.values()} == {"new", None}
        assert work.store.complete.is_set()
    [query] = [one for one in scripted.asked if "watch" in one]
    assert query["allowWatchBookmarks"] == "true"
    assert query["resourceVersion"] == "10"
    assert 300 <= int(query["timeoutSeconds"]) <= 600


async def test_after_a_normal_end_it_goes_on_from_the_last_bookmark(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists.append(listed(10))
    scripted.watches += [
        [line("ADDED", sim("one", 11)), bookmark(20)],
        [line("ADDED", sim("two", 21))],
    ]
    async with watch(scripted) as work:
        await work.until_watched_from("10", "20", "21")
        assert work.names == {"one", "two"}
    assert scripted.list_count == 1


async def test_a_line_that_is_torn_comes_again(scripted: ScriptedWatch, watch: Watch) -> None:
    scripted.lists.append(listed(10))
    whole = line("ADDED", sim("two", 12))
    scripted.watches += [[line("ADDED", sim("one", 11)), whole[:40], TEAR], [whole, HANG]]
    async with watch(scripted) as work:
        await work.until_named("one", "two")
    assert scripted.watched_from == ["10", "11"]


async def test_a_line_longer_than_any_buffer_comes_whole(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    big = line("ADDED", {**sim("big", 11), "status": {"padding": "x" * 1_400_000}})
    scripted.lists.append(listed(10))
    scripted.watches.append([big, HANG])
    async with watch(scripted) as work:
        await work.until_named("big")


async def test_a_silent_watch_is_taken_for_dead_and_begun_anew(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists.append(listed(10))
    scripted.watches += [
        [bookmark(15), HANG],
        [line("ADDED", sim("missed", 16)), HANG],
    ]
    async with watch(scripted, timing=Timing(silence=0.5)) as work:
        await work.until_named("missed")
    assert scripted.watched_from[:2] == ["10", "15"]
    assert scripted.list_count == 1


@pytest.mark.parametrize("refused", [refusal(410), [error(410)]], ids=["answer", "event"])
async def test_what_the_api_server_has_forgotten_is_listed_anew(
    scripted: ScriptedWatch, watch: Watch, refused: Any
) -> None:
    scripted.lists += [
        listed(10, sim("kept", 3), sim("ghost", 4), sim("again", 5, uid="old")),
        listed(30, sim("kept", 3), sim("missed", 20), sim("again", 25, uid="new")),
    ]
    scripted.watches.append(refused)
    async with watch(scripted) as work:
        await work.until_watched_from("10", "30")
        assert work.names == {"kept", "missed", "again"}
        again = [uid for name, uid in work.told if name == "again"]
    assert again == ["old", None, "new"], "told as one that went and another one that came"
    assert ("ghost", None) in work.told


async def test_what_is_newer_than_the_list_is_no_ghost(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists.append(listed(10, sim("listed", 3)))
    held = [sim("newer", 11), sim("ghost", 9), sim("listed", 12, label="newer")]
    async with watch(scripted, held=held) as work:
        await work.until_named("newer", "listed")
        await work.until_watched_from("10")
        assert "newer" in {record.spec.label for record in work.store.sims.values()}


async def test_an_error_that_is_no_410_does_not_cost_a_list(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists.append(listed(10))
    scripted.watches += [
        [line("ADDED", sim("one", 11)), error(500)],
        [line("ADDED", sim("two", 12)), HANG],
    ]
    async with watch(scripted) as work:
        await work.until_named("one", "two")
    assert scripted.watched_from == ["10", "11"]
    assert scripted.list_count == 1


async def test_a_watch_that_fails_again_and_again_lists_anew(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [listed(10, sim("ghost", 3)), listed(20, sim("there", 12))]
    scripted.watches += [[error(504)], refusal(504), [error(504)]]
    async with watch(scripted) as work:
        await work.until_named("there")
        await work.until_watched_from("10", "10", "10", "20")


@pytest.mark.parametrize("status", [403, 429, 503])
async def test_what_is_refused_drops_nothing_and_is_asked_again(
    scripted: ScriptedWatch, watch: Watch, status: int
) -> None:
    scripted.lists += [
        listed(10, sim("pump", 3)),
        *[refusal(status, Retry_After="0")] * 5,
        listed(30, sim("pump", 3), sim("later", 20)),
    ]
    scripted.watches.append([error(410)])
    async with watch(scripted) as work:
        await work.until_named("pump", "later")
        assert ("pump", None) not in work.told
        assert scripted.list_count == 7


async def test_a_refused_token_is_read_again_at_once(
    scripted: ScriptedWatch, watch: Watch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    scripted.lists.append(listed(10))
    scripted.watches += [refusal(401), [line("ADDED", sim("pump", 11)), HANG]]
    async with watch(scripted, user={"tokenFile": str(token)}) as work:
        token.write_text("new")
        await work.until_named("pump")
    assert [scripted.tokens[0], scripted.tokens[-1]] == ["Bearer old", "Bearer new"]


async def test_with_its_kind_everything_goes_and_it_comes_again_with_it(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [listed(10, sim("pump", 3)), *[refusal(404)] * 3, listed(40, sim("new", 39))]
    scripted.watches.append(refusal(404))
    scripted.plurals = ("quotapolicies",)
    async with watch(scripted) as work:
        await work.until_named("new")
        assert ("pump", None) in work.told
        await work.until_watched_from("10", "40")


async def test_a_404_that_discovery_does_not_confirm_drops_nothing(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [listed(10, sim("pump", 3)), refusal(404), listed(20, sim("pump", 3))]
    scripted.watches += [refusal(404)]
    async with watch(scripted) as work:
        await work.until_watched_from("10", "20")
        assert work.told == [("pump", "uid-pump")]


async def test_without_its_kind_it_is_complete(scripted: ScriptedWatch, watch: Watch) -> None:
    scripted.lists.append(refusal(404))
    scripted.plurals = ()
    async with watch(scripted) as work, asyncio.timeout(60):
        await work.store.complete.wait()


async def test_a_list_that_takes_too_long_begins_anew(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [
        listed(10, sim("one", 3), token="t1"),
        refusal(410),
        listed(20, sim("one", 3), token="t2"),
        listed(20, sim("two", 15)),
    ]
    async with watch(scripted) as work:
        await work.until_watched_from("20")
        assert work.names == {"one", "two"}
    tokens = [query.get("continue") for query in scripted.asked if "watch" not in query]
    assert tokens == [None, "t1", None, "t2"]


async def test_a_page_that_fails_is_asked_for_again_and_the_list_goes_on(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [
        listed(10, sim("one", 3), token="t1"),
        refusal(503),
        listed(10, sim("two", 4)),
    ]
    async with watch(scripted) as work:
        await work.until_watched_from("10")
        assert work.names == {"one", "two"}
    tokens = [query.get("continue") for query in scripted.asked if "watch" not in query]
    assert tokens == [None, "t1", "t1"]


async def test_a_list_that_is_older_than_what_was_shown_is_not_believed(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [listed(10), listed(8), listed(30, sim("pump", 20))]
    scripted.watches.append([line("ADDED", sim("pump", 20)), error(410)])
    async with watch(scripted) as work:
        await work.until_watched_from("10", "30")
        assert work.told == [("pump", "uid-pump")]


async def test_a_cluster_that_has_gone_back_in_time_ends_the_process(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [listed(10), listed(8)]
    scripted.watches.append([error(410)])
    timing = Timing(older=0.1)
    with pytest.RaisesGroup(pytest.RaisesExc(OlderStateError, match="restored from a backup")):
        async with watch(scripted, timing=timing) as work, asyncio.timeout(60):
            while scripted.list_count < 3:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
            assert not work.told
            await asyncio.sleep(0.2)


async def test_it_is_heard_of_in_time_while_it_waits_and_while_it_fails(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists += [refusal(429, Retry_After="1"), listed(10)]
    async with watch(scripted) as work:
        await work.until_watched_from("10")
        names = {name for name, _ in work.beats}
        heard = work.feed.last_event
    assert names == {"watch of sims"}
    assert min(seconds for _, seconds in work.beats) >= 60
    assert heard is not None


async def test_the_other_parts_go_on_while_a_large_page_is_taken_in(
    scripted: ScriptedWatch, watch: Watch
) -> None:
    scripted.lists.append(listed(10, *(sim(f"pump-{number}", 3) for number in range(4_000))))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += bool(0 < len(work.store.sims) < 4_000)

    async with watch(scripted) as work:
        busy = asyncio.create_task(others())
        await work.until_watched_from("10")
        busy.cancel()
    assert turns > 1


async def test_an_object_that_trips_somebody_up_does_not_stop_the_watch(
    scripted: ScriptedWatch, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.lists.append(listed(10))
    scripted.watches.append(
        [
            line("ADDED", {"metadata": {"resourceVersion": "11"}}),
            line("ADDED", sim("trips", 12)),
            line("ADDED", sim("pump", 13)),
            HANG,
        ]
    )

    def trip(change: Any) -> None:
        if change.key.name == "trips":
            raise ZeroDivisionError

    async with watch(scripted, timing=QUICK) as work:
        work.store.subscribe(trip)
        await work.until_named("trips", "pump")
    assert "an event was no object" in caplog.text
    assert "ZeroDivisionError" in caplog.text
