"""Several processes divide the shards of one bot, and their sessions outlive them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
understood_from = "0008"
"""Its processes neither write nor read any of it: they hear every shard, and take no part."""


def upgrade() -> None:
    """From the form before to this one. Nobody holds a shard yet."""
    op.add_column("process", sa.Column("shards", sa.Integer))
    op.create_table(
        "shard",
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("holder", sa.Integer),
        sa.Column("session", sa.Text),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("gateway", sa.Text),
        sa.PrimaryKeyConstraint("count", "id", name="shard_pk"),
    )
    op.create_table(
        "identify",
        sa.Column("bucket", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="identify_pk"),
    )


def downgrade() -> None:
    """Back. Only with no process running that divides shards."""
    for name in ("identify", "shard"):
        op.drop_table(name)
    with op.batch_alter_table("process") as table:
        table.drop_column("shards")
