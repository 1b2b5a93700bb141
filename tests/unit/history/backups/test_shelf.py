"""Names of backups, and which of them go."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.history import CorruptError, HistoryError, UnavailableError
from sim_operator.history.backups import shelf

NOW = datetime(2026, 11, 29, 3, 17, tzinfo=UTC)
NAME = "history-20261129T031700Z.dump"
STRANGE = ("history.db", "history-2026.db", "history-20261129T031700Z.db.part", "notes", "x.dump")

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have none


def test_a_name_is_the_moment_in_utc() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert shelf.name_of(berlin, "dump") == NAME
    assert shelf.name_of(NOW, "db") == "history-20261129T031700Z.db"


@given(st.sets(moments.map(lambda one: one.replace(microsecond=0))), st.integers(1, 20))
def test_the_newest_stay_and_the_oldest_go_first(made: set[datetime], keep: int) -> None:
    names = {shelf.name_of(one, "db"): one for one in made}
    gone = shelf.surplus(names, keep)
    assert len(gone) == max(len(made) - keep, 0)
    assert [names[name] for name in gone] == sorted(made)[: len(gone)]


@given(st.lists(st.text(st.characters(exclude_characters="/\0")), max_size=30))
def test_what_has_another_name_stays(names: list[str]) -> None:
    assert shelf.surplus([*names, *STRANGE], 1) == []


def test_copies_and_dumps_count_together() -> None:
    names = [shelf.name_of(NOW, "db"), shelf.name_of(NOW - timedelta(days=1), "dump")]
    assert shelf.surplus(names, 1) == [names[1]]


def test_clearing_removes_what_is_surplus_and_nothing_else(tmp_path: Path) -> None:
    made = [shelf.name_of(NOW - timedelta(days=days), "db") for days in range(5)]
    for name in (*made, *STRANGE):
        (tmp_path / name).touch()
    assert shelf.clear(tmp_path, 2) == sorted(made[2:])
    assert {one.name for one in tmp_path.iterdir()} == {*made[:2], *STRANGE}
    assert shelf.newest(tmp_path) == made[:2]


def test_a_dump_gets_its_name_in_the_folder_in_which_it_lies(tmp_path: Path) -> None:
    dump = tmp_path / "unfinished.dump"
    dump.write_bytes(b"PGDMP...")
    assert shelf.take_in(dump, tmp_path, NOW) == tmp_path / NAME
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


def test_what_is_no_dump_is_refused_and_left_for_a_look(tmp_path: Path) -> None:
    dump = tmp_path / "unfinished.dump"
    dump.write_text("-- PostgreSQL database dump")
    with pytest.raises(CorruptError, match="--format=custom"):
        shelf.take_in(dump, tmp_path, NOW)
    assert dump.exists()


def test_a_dump_that_is_elsewhere_or_nowhere_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    dump = tmp_path / "unfinished.dump"
    dump.write_bytes(b"PGDMP...")
    for one in (dump, folder / "missing.dump"):
        with pytest.raises(UnavailableError, match=f"is no file in {folder}"):
            shelf.take_in(one, folder, NOW)


def test_a_folder_that_is_not_there_is_told_before_anything_is_copied(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="mount the volume of the backups there"):
        shelf.check_folder(tmp_path / "missing")
    shelf.check_folder(tmp_path)
