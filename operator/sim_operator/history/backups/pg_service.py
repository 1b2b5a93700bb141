"""A database URL as libpq's connection service file.

pg_dump takes it by `service=history`: then the password is neither an argument, which everybody on
the node could read, nor a variable that its messages might repeat.
"""

import os
from pathlib import Path
from typing import Final

from sim_operator.history.address import DatabaseAddress, DatabaseAddressError

SERVICE: Final = "history"


def service_file(address: DatabaseAddress) -> str:
    """The text of a service file that names `history`.

    Raises:
        DatabaseAddressError: a part cannot stand in such a file, whose lines are cut at their ends.
    """
    parts = {
        "host": address.host,
        "port": str(address.port),
        "dbname": address.database,
        "user": address.user,
        "password": address.password,
        "sslmode": address.tls,
        "application_name": "sim-operator backup",
    }
    given = {key: value for key, value in parts.items() if value is not None}
    for key, value in given.items():
        if value != value.strip() or not value.isprintable():
            raise DatabaseAddressError(
                f"its {key} begins or ends with a blank or has unprintable characters, which "
                "pg_dump cannot be told: choose another one"
            )
    return "".join([f"[{SERVICE}]\n", *(f"{key}={value}\n" for key, value in given.items())])


def write(text: str, to: Path) -> None:
    """Write a service file that only this user can read; one that is there is replaced."""
    to.unlink(missing_ok=True)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
