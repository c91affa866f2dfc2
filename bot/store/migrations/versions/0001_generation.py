"""The tables `generation` and `note`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# written out and not imported: this script must go on doing what it did
_OPEN = sa.text("(card = 'live' OR fate IN ('requested', 'running', 'submitting', 'uncertain'))")
_WITH_TOKEN = sa.text("token IS NOT NULL")


def upgrade() -> None:
    """From the form before to this one."""
    op.create_table(
        "generation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("medium", sa.Text, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("owner_locale", sa.Text, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("spoiler", sa.Boolean, nullable=False),
        sa.Column("attachment_limit", sa.BigInteger, nullable=False),
        sa.Column("parent_id", sa.Text),
        sa.Column("model_id", sa.Text, nullable=False),
        sa.Column("model_name", sa.Text, nullable=False),
        sa.Column("ask", sa.JSON, nullable=False),
        sa.Column("inputs", sa.JSON),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("shown_revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", sa.BigInteger),
        sa.Column("uncertain_since", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("canceled_by", sa.BigInteger),
        sa.Column("job_id", sa.Text),
        sa.Column("price", sa.Float(53)),
        sa.Column("cu", sa.Float(53)),
        sa.Column("refunded", sa.Boolean),
        sa.Column("outputs", sa.JSON, nullable=False),
        sa.Column("failure", sa.JSON),
        sa.Column("token", sa.Text),
        sa.Column("token_expires_at", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="generation_pk"),
        sa.UniqueConstraint("job_id", name="generation_job_id_key"),
    )
    op.create_index("generation_owner_idx", "generation", ["owner_id", "created_at"])
    op.create_index(
        "generation_open_idx", "generation", ["owner_id"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(
        "generation_token_idx",
        "generation",
        ["token_expires_at"],
        sqlite_where=_WITH_TOKEN,
        postgresql_where=_WITH_TOKEN,
    )
    op.create_table(
        "note",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="note_pk"),
    )


def downgrade() -> None:
    """Back; what only this form holds is lost."""
    op.drop_table("note")
    op.drop_table("generation")
