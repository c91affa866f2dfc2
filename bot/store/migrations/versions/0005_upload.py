"""What members gave has a table of its own, with an age: among the notes it stayed for ever."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = "upload:"


def upgrade() -> None:
    """From the form before to this one. When the old ones were given last is not known: they age from now."""
    op.create_table(
        "upload",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Text, nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="upload_pk"),
    )
    op.create_index("upload_given_at_idx", "upload", ["given_at"])
    moved = sa.text(
        "INSERT INTO upload (digest, asset_id, given_at) "
        "SELECT substr(key, :begin), text, :now FROM note WHERE key LIKE :uploads AND text <> ''"
    )
    values = {"begin": len(_KEY) + 1, "now": time.time_ns() // 1000, "uploads": f"{_KEY}%"}
    op.get_bind().execute(moved, values)
    op.get_bind().execute(sa.text("DELETE FROM note WHERE key LIKE :uploads"), {"uploads": f"{_KEY}%"})


def downgrade() -> None:
    """Back; only when each was given last is lost."""
    back = sa.text("INSERT INTO note (key, text) SELECT :key || digest, asset_id FROM upload")
    op.get_bind().execute(back, {"key": _KEY})
    op.drop_table("upload")
