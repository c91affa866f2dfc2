"""What was agreed beside what it may cost now; indexes for the limits of servers and of everybody, and for a
model's charges."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COSTING = sa.text("(cu IS NOT NULL OR price IS NOT NULL)")
_CHARGED = sa.text("cu IS NOT NULL")


def upgrade() -> None:
    """From the form before to this one."""
    op.add_column("generation", sa.Column("agreed", sa.Float(53)))
    op.add_column("generation", sa.Column("asked_at", sa.BigInteger))
    own_app = sa.Column("own_app", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("generation", own_app)
    op.create_index(
        "generation_guild_idx",
        "generation",
        ["guild_id", "created_at"],
        sqlite_where=_COSTING,
        postgresql_where=_COSTING,
    )
    op.create_index(
        "generation_cost_idx",
        "generation",
        ["created_at"],
        sqlite_where=_COSTING,
        postgresql_where=_COSTING,
    )
    op.create_index(
        "generation_charge_idx",
        "generation",
        ["model_id", "submitted_at"],
        sqlite_where=_CHARGED,
        postgresql_where=_CHARGED,
    )


def downgrade() -> None:
    """Back; what only this form holds is lost."""
    op.drop_index("generation_charge_idx", "generation")
    op.drop_index("generation_cost_idx", "generation")
    op.drop_index("generation_guild_idx", "generation")
    op.drop_column("generation", "own_app")
    op.drop_column("generation", "asked_at")
    op.drop_column("generation", "agreed")
