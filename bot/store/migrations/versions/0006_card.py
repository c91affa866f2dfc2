"""Cards have rows of their own, so that one shows several jobs; a job knows which of its request it is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = sa.text("(card = 'live' OR fate IN ('requested', 'running', 'submitting', 'uncertain'))")
_UNFINISHED = sa.text("fate IN ('requested', 'running', 'submitting', 'uncertain')")
_LIVE = sa.text("state = 'live'")
_GROUPED = sa.text("group_id IS NOT NULL")
_WITH_TOKEN = sa.text("token IS NOT NULL")

_MOVED = (
    "private",
    "attachment_limit",
    "shown_revision",
    "token",
    "token_expires_at",
    "message_id",
    "removed",
)
"""Columns that go to the card by their own names; `card` becomes `state`, and `channel_id` both."""
_ORDER = (
    *("id", "interaction_id", "owner_id", "application_id", "guild_id", "channel_id", "locale"),
    *("owner_locale", "own_app", "card_id", "group_id", "group_number", "group_size", "command"),
    *("medium", "spoiler", "parent_id", "model_id", "model_name", "ask", "inputs", "fate", "revision"),
    *("created_at", "submitted_at", "uncertain_since", "finished_at", "canceled_by", "job_id"),
    *("price", "cu", "refunded", "outputs", "failure", "confirmed_by", "agreed", "asked_at"),
)
_ORIGIN = ("owner_id", "application_id", "guild_id", "locale", "owner_locale", "own_app")


def upgrade() -> None:
    """From the form before to this one. A card keeps its generation's number."""
    op.create_table(
        "card",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("asked_channel_id", sa.BigInteger),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("owner_locale", sa.Text, nullable=False),
        sa.Column("own_app", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("shown_revision", sa.Integer, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("attachment_limit", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("token", sa.Text),
        sa.Column("token_expires_at", sa.BigInteger),
        sa.Column("removed", sa.Text),
        sa.PrimaryKeyConstraint("id", name="card_pk"),
    )
    same = ", ".join((*_ORIGIN, *_MOVED))
    into = f"INSERT INTO card (id, interaction_id, asked_channel_id, channel_id, state, {same})"
    _run(f"{into} SELECT id, id, channel_id, channel_id, card, {same} FROM generation")  # noqa: S608 (ours)
    op.create_index("card_live_idx", "card", ["id"], sqlite_where=_LIVE, postgresql_where=_LIVE)
    op.create_index(
        "card_token_idx",
        "card",
        ["token_expires_at"],
        sqlite_where=_WITH_TOKEN,
        postgresql_where=_WITH_TOKEN,
    )
    op.drop_index("generation_open_idx", "generation")
    op.drop_index("generation_token_idx", "generation")
    # in batches: SQLite writes the table anew for each column that goes, and so does it twice in all
    with op.batch_alter_table("generation", partial_reordering=[_ORDER]) as table:
        for name in ("card", *_MOVED):
            table.drop_column(name)
        table.add_column(sa.Column("interaction_id", sa.Text))
        table.add_column(sa.Column("card_id", sa.Text))
        table.add_column(sa.Column("group_id", sa.Text))
        table.add_column(sa.Column("group_number", sa.Integer))
        table.add_column(sa.Column("group_size", sa.Integer))
    _run("UPDATE generation SET interaction_id = id, card_id = id")
    with op.batch_alter_table("generation") as table:
        table.alter_column("interaction_id", existing_type=sa.Text, nullable=False)
    op.create_index(
        "generation_open_idx",
        "generation",
        ["owner_id"],
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
    op.create_index("generation_card_idx", "generation", ["card_id"])
    op.create_index(
        "generation_group_idx",
        "generation",
        ["group_id"],
        sqlite_where=_GROUPED,
        postgresql_where=_GROUPED,
    )


def downgrade() -> None:
    """Back. The jobs of a group each have a card then, of which only the first one's has a message."""
    op.drop_index("generation_group_idx", "generation")
    op.drop_index("generation_card_idx", "generation")
    op.drop_index("generation_open_idx", "generation")
    with op.batch_alter_table("generation") as table:
        for name in ("group_size", "group_number", "group_id", "interaction_id"):
            table.drop_column(name)
        table.add_column(sa.Column("card", sa.Text))
        table.add_column(sa.Column("private", sa.Boolean))
        table.add_column(sa.Column("attachment_limit", sa.BigInteger))
        table.add_column(sa.Column("shown_revision", sa.Integer))
        table.add_column(sa.Column("token", sa.Text))
        table.add_column(sa.Column("token_expires_at", sa.BigInteger))
        table.add_column(sa.Column("message_id", sa.BigInteger))
        table.add_column(sa.Column("removed", sa.Text))
    found = "FROM card WHERE card.id = generation.card_id"
    moved = ", ".join(f"{name} = (SELECT {name} {found})" for name in (*_MOVED, "channel_id"))
    _run(f"UPDATE generation SET card = (SELECT state {found}), {moved}")  # noqa: S608 (ours)
    _run(
        "UPDATE generation SET card = 'kept', message_id = NULL, token = NULL "
        "WHERE card IS NULL OR id <> card_id"
    )
    _run("UPDATE generation SET private = :no WHERE private IS NULL", no=False)
    _run("UPDATE generation SET attachment_limit = 0, shown_revision = 0 WHERE attachment_limit IS NULL")
    with op.batch_alter_table("generation") as table:
        table.drop_column("card_id")
        table.alter_column("card", existing_type=sa.Text, nullable=False)
        table.alter_column("private", existing_type=sa.Boolean, nullable=False)
        table.alter_column("attachment_limit", existing_type=sa.BigInteger, nullable=False)
        table.alter_column("shown_revision", existing_type=sa.Integer, nullable=False)
    op.drop_table("card")
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


def _run(statement: str, **values: object) -> None:
    op.get_bind().execute(sa.text(statement), values)
