"""A yes to a price; the tables `model` and `draft`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the form before to this one."""
    op.add_column("generation", sa.Column("confirmed_by", sa.BigInteger))
    op.create_table(
        "model",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("privacy", sa.Text, nullable=False),
        sa.Column("row", sa.JSON, nullable=False),
        sa.Column("listed_at", sa.BigInteger),
        sa.Column("read_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="model_pk"),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("model_id", sa.Text, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("spoiler", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="draft_pk"),
    )


def downgrade() -> None:
    """Back; what only this form holds is lost."""
    op.drop_table("draft")
    op.drop_table("model")
    op.drop_column("generation", "confirmed_by")
