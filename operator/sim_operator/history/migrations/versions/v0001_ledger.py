"""The ledger: SIMs, whose they were, their days, the sums of days, and what happened."""

import sqlalchemy as sa
from alembic import op

from sim_operator.history.columns import Day, Moment

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    _cards()
    _days()
    _parts_and_happenings()


def _cards() -> None:
    op.create_table(
        "sims",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("iccid", sa.String(19), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("membership", _BIG),
        sa.Column("read_at", Moment),
        sa.Column("first_day", Day),
        sa.Column("last_day", Day),
        sa.UniqueConstraint("iccid", name="sims_iccid_key"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column(
            "sim", _BIG, sa.ForeignKey("sims.id", name="memberships_sim_fkey"), nullable=False
        ),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("policy", sa.Text),
        sa.Column("valid_from", Moment, nullable=False),
        sa.UniqueConstraint("sim", "digest", name="memberships_sim_digest_key"),
        sqlite_autoincrement=True,
    )


def _days() -> None:
    op.create_table(
        "usage_days",
        sa.Column("sim", _BIG, sa.ForeignKey("sims.id", name="usage_days_sim_fkey")),
        sa.Column("day", Day),
        sa.Column("data", sa.BigInteger),
        sa.Column("sms", sa.BigInteger),
        sa.Column("read_at", Moment, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("membership", _BIG, nullable=False),
        sa.Column("held_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("sim", "day", name="usage_days_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_months",
        sa.Column("month", Day),
        sa.Column("sim", _BIG),
        sa.Column("membership", _BIG),
        sa.Column("data", sa.BigInteger, nullable=False),
        sa.Column("sms", sa.BigInteger, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("last_day", Day, nullable=False),
        sa.PrimaryKeyConstraint("month", "sim", "membership", name="usage_months_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fleet_days",
        sa.Column("day", Day),
        sa.Column("namespace", sa.Text),
        sa.Column("data", sa.BigInteger, nullable=False),
        sa.Column("sms", sa.BigInteger, nullable=False),
        sa.Column("sims", sa.Integer, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "namespace", name="fleet_days_pkey"),
        sqlite_with_rowid=False,
    )


def _parts_and_happenings() -> None:
    op.create_table(
        "usage_parts",
        sa.Column("sim", _BIG, sa.ForeignKey("sims.id", name="usage_parts_sim_fkey")),
        sa.Column("start", Moment),
        sa.Column("id", sa.BigInteger),
        sa.Column("service", sa.String(4), nullable=False),
        sa.Column("end", Moment, nullable=False),
        sa.Column("volume", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sim", "start", "id", name="usage_parts_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "happenings",
        sa.Column("id", _BIG, primary_key=True),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("count", sa.Integer, nullable=False),
        sa.UniqueConstraint("digest", name="happenings_digest_key"),
    )
    op.create_index(
        "happenings_namespace_name_at_id", "happenings", ["namespace", "name", "at", "id"]
    )
    op.create_index("happenings_at", "happenings", ["at"])
