"""Records of the Data Streamer with the namespace that held the SIM, so that others do not see it.

The table is made anew: no version of the program wrote into it before.
"""

import sqlalchemy as sa
from alembic import op

from sim_operator.history.columns import Moment

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Put one table in the place of the other; what TimescaleDB makes of it is made later."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP MATERIALIZED VIEW IF EXISTS usage_hours")
    op.drop_table("usage_parts")
    op.create_table(
        "usage_parts",
        sa.Column("sim", _BIG, sa.ForeignKey("sims.id", name="usage_parts_sim_fkey")),
        sa.Column("start", Moment),
        sa.Column("id", sa.BigInteger),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("service", sa.String(4), nullable=False),
        sa.Column("end", Moment, nullable=False),
        sa.Column("volume", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sim", "start", "id", name="usage_parts_pkey"),
        sqlite_with_rowid=False,
    )
