"""Where the database is: one URL, `sqlite:////data/history.db` or `postgresql://…`.

Parsed without SQLAlchemy, so that a setting can be checked by whoever has no database.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

VARIABLE: Final = "SIM_OPERATOR_DATABASE_URL"
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
_SPELLINGS: Final = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
_TLS_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_EXAMPLES: Final = "sqlite:////data/history.db or postgresql://user:password@host/database"


class DatabaseAddressError(ValueError):
    """The URL cannot be used; the message does not repeat it, for it may carry a password."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A database, by its parts."""

    kind: str
    """`sqlite` or `postgresql`."""
    path: Path | None = None
    """Of SQLite: the file."""
    host: str = ""
    port: int = 5432
    database: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: str | None = None
    """Of PostgreSQL: libpq's sslmode."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """The address that a URL names.

        Raises:
            DatabaseAddressError: it names none; the message says why.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise DatabaseAddressError("its host or port cannot be read") from None
        kind = _SPELLINGS.get(parts.scheme)
        if kind is None:
            raise DatabaseAddressError(f"it is no database URL such as {_EXAMPLES}")
        if kind == SQLITE:
            return cls(kind, path=_file(parts))
        if not parts.hostname or not parts.path.strip("/") or "/" in parts.path[1:]:
            raise DatabaseAddressError(f"it lacks a host or a database: {_EXAMPLES}")
        return cls(
            kind,
            host=parts.hostname,
            port=port or 5432,
            database=unquote(parts.path[1:]),
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls=_tls(parts),
        )

    def __str__(self) -> str:
        """Without user and password."""
        if self.path is not None:
            return f"{self.kind}:///{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}/{self.database}"


def _file(parts: SplitResult) -> Path:
    if parts.netloc or parts.query or parts.fragment:
        raise DatabaseAddressError(
            "a file has neither host nor options: sqlite:////data/history.db"
        )
    path = unquote(parts.path[1:])
    if not path or path == ":memory:":
        raise DatabaseAddressError("it names no file: sqlite:////data/history.db")
    return Path(path)


def _tls(parts: SplitResult) -> str | None:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode = options.pop("sslmode", None)
    if options:
        raise DatabaseAddressError(
            f"it has options that are not known: {', '.join(sorted(options))}"
        )
    if mode is not None and mode not in _TLS_MODES:
        raise DatabaseAddressError(f"sslmode is none of {', '.join(_TLS_MODES)}")
    return mode
