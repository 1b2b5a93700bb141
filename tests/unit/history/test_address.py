"""The one setting that says where the history is."""

from pathlib import Path

import pytest

from sim_operator.history import DatabaseAddress


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////data/history.db", "sqlite:////data/history.db"),
        ("sqlite:///history.db", "sqlite:///history.db"),
        ("sqlite:////data/a%20b.db", "sqlite:////data/a b.db"),
        ("postgresql://u:p@host/db", "postgresql://host:5432/db"),
        ("postgres://u:p@host:5433/db?sslmode=verify-full", "postgresql://host:5433/db"),
        ("postgresql://u:p%40%2F@[::1]:6/db", "postgresql://[::1]:6/db"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url: str, shown: str) -> None:
    address = DatabaseAddress.parse(url)
    assert str(address) == shown
    assert "p%40" not in repr(address)
    assert "'p@/'" not in repr(address)


def test_the_parts_of_a_url_are_decoded() -> None:
    address = DatabaseAddress.parse("postgresql://keep%40er:p%40%2F@host/db?sslmode=require")
    assert (address.user, address.password, address.tls) == ("keep@er", "p@/", "require")
    assert DatabaseAddress.parse("sqlite:////data/history.db").path == Path("/data/history.db")
