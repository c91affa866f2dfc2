"""Several processes on one server: who lives, who holds which row, and what they tell each other."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the form before to this one. Nobody holds anything yet."""
    op.create_table(
        "process",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="process_pk"),
    )
    op.create_table(
        "word",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("holder", sa.Integer, nullable=False),
        sa.Column("generation_id", sa.Text),
        sa.Column("card_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="word_pk"),
    )
    op.create_index("word_holder_idx", "word", ["holder"])
    op.create_table(
        "claim",
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", name="claim_pk"),
    )
    op.create_index("claim_at_idx", "claim", ["at"])
    op.add_column("generation", sa.Column("holder", sa.Integer))
    op.add_column("card", sa.Column("holder", sa.Integer))


def downgrade() -> None:
    """Back. Only with no process running: nothing keeps two apart then."""
    with op.batch_alter_table("card") as table:
        table.drop_column("holder")
    with op.batch_alter_table("generation") as table:
        table.drop_column("holder")
    for name in ("claim", "word", "process"):
        op.drop_table(name)
