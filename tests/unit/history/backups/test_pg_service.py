"""The file by which pg_dump finds the database."""

import configparser
import stat
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim_operator.history import DatabaseAddress, DatabaseAddressError
from sim_operator.history.address import POSTGRESQL
from sim_operator.history.backups.pg_service import service_file, write


def read(text: str) -> dict[str, str]:
    """The file as libpq reads it: `key=value` to the end of the line, which is cut."""
    head, *lines = text.splitlines()
    assert head == "[history]"
    return {key: value.rstrip() for key, _, value in (line.partition("=") for line in lines)}


def test_it_names_every_part_of_the_url_and_no_other() -> None:
    url = "postgresql://sim%40ops:p%3Dw%25@db.example.com:6432/history?sslmode=verify-full"
    assert read(service_file(DatabaseAddress.parse(url))) == {
        "host": "db.example.com",
        "port": "6432",
        "dbname": "history",
        "user": "sim@ops",
        "password": "p=w%",
        "sslmode": "verify-full",
        "application_name": "sim-operator backup",
    }
    plain = read(service_file(DatabaseAddress.parse("postgresql://db/history")))
    assert plain.keys() == {"host", "port", "dbname", "application_name"}


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_password_arrives_as_it_is_or_is_refused_without_being_shown(password: str) -> None:
    address = DatabaseAddress(POSTGRESQL, host="db", database="history", password=password)
    text, refusal = told(address)
    if refusal:
        assert "password" in refusal
        assume(len(password) > 8)
        assert password not in refusal
    else:
        assert read(text)["password"] == password
        assert len(text.splitlines()) == text.count("\n")


def told(address: DatabaseAddress) -> tuple[str, str]:
    """The file, or why there is none."""
    try:
        return service_file(address), ""
    except DatabaseAddressError as error:
        return "", str(error)


def test_what_would_be_cut_or_would_begin_a_line_is_refused() -> None:
    for password in ("ends with ", "two\nhost=elsewhere", "\ttab", "nul\0"):
        address = DatabaseAddress(POSTGRESQL, host="db", database="history", password=password)
        with pytest.raises(DatabaseAddressError, match="its password begins or ends with a blank"):
            service_file(address)


def test_only_this_user_can_read_it_also_where_it_was_open_before(tmp_path: Path) -> None:
    file = tmp_path / "pg_service.conf"
    file.touch(mode=0o644)
    write("[history]\nhost=db\n", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    parsed = configparser.ConfigParser()
    parsed.read(file, encoding="utf-8")
    assert parsed["history"]["host"] == "db"
