"""The tables, as the present revision of the schema has them (`migrations` makes them so).

`usage_days` has one row for every day that was read, zeros included: a row that is missing is a gap
that is known. `usage_months` and `fleet_days` are sums of it, changed in the same transaction, so
that a month of a fleet is answered from thousands of rows and not from hundreds of thousands.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sim_operator.history.columns import Day, Moment

VERSION_TABLE: Final = "history_schema"
"""Alembic's own name for it would meet that of another program in a shared schema."""

METADATA: Final = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)
_BIG: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is spelled INTEGER, which is big there."""

SIMS: Final = Table(
    "sims",
    METADATA,
    Column("id", _BIG, primary_key=True),
    # Of the card alone: an account that is renamed, or a second one that reads the same SIMs, must
    # not make them count twice.
    Column("iccid", String(19), nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("membership", _BIG),
    Column("read_at", Moment),
    Column("first_day", Day),
    Column("last_day", Day),
)
"""The cards. `account` and `membership` are of the newest reading, the days of all."""

MEMBERSHIPS: Final = Table(
    "memberships",
    METADATA,
    Column("id", _BIG, primary_key=True),
    Column("sim", _BIG, ForeignKey("sims.id"), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("account", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("policy", Text),
    Column("valid_from", Moment, nullable=False),
    UniqueConstraint("sim", "digest"),
    sqlite_autoincrement=True,
)
"""Whose a SIM was: one row for each combination that was ever told. `labels` is a JSON object."""

USAGE_DAYS: Final = Table(
    "usage_days",
    METADATA,
    Column("sim", _BIG, ForeignKey("sims.id"), primary_key=True, autoincrement=False),
    Column("day", Day, primary_key=True),
    Column("data", BigInteger),
    Column("sms", BigInteger),
    Column("read_at", Moment, nullable=False),
    Column("final", Boolean, nullable=False),
    # No foreign key: to let one membership go, all days would be searched for it.
    Column("membership", _BIG, nullable=False),
    Column("held_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)
"""The ledger: figures of the newest reading of a day, the holder that its first reading told."""

USAGE_MONTHS: Final = Table(
    "usage_months",
    METADATA,
    Column("month", Day, primary_key=True),
    Column("sim", _BIG, primary_key=True, autoincrement=False),
    Column("membership", _BIG, primary_key=True, autoincrement=False),
    Column("data", BigInteger, nullable=False),
    Column("sms", BigInteger, nullable=False),
    Column("known", Integer, nullable=False),
    Column("last_day", Day, nullable=False),
    sqlite_with_rowid=False,
)
"""The days of a SIM, holder and month (its first day) added up; `known` days are in the sums."""

FLEET_DAYS: Final = Table(
    "fleet_days",
    METADATA,
    Column("day", Day, primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("data", BigInteger, nullable=False),
    Column("sms", BigInteger, nullable=False),
    Column("sims", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The SIMs of a day and namespace added up; `sims` have a row, `known` ones figures for both."""

USAGE_PARTS: Final = Table(
    "usage_parts",
    METADATA,
    Column("sim", _BIG, ForeignKey("sims.id"), primary_key=True, autoincrement=False),
    # A hypertable is cut by time, and its key has to hold what it is cut by.
    Column("start", Moment, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("namespace", Text, nullable=False),
    Column("service", String(4), nullable=False),
    Column("end", Moment, nullable=False),
    Column("volume", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Records of the Data Streamer, by 1NCE's number; `namespace` held the SIM when it was told."""

HAPPENINGS: Final = Table(
    "happenings",
    METADATA,
    Column("id", _BIG, primary_key=True),
    Column("digest", String(32), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("actor", Text),
    Column("count", Integer, nullable=False),
    Index(None, "namespace", "name", "at", "id"),
    Index(None, "at"),
)
"""What happened to objects, each once: the digest is of everything but `count`."""
