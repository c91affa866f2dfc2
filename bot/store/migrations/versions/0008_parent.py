"""What was built on a card is found from there: an index."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BUILT = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    """From the form before to this one."""
    op.create_index(
        "generation_parent_idx",
        "generation",
        ["parent_id"],
        sqlite_where=_BUILT,
        postgresql_where=_BUILT,
    )


def downgrade() -> None:
    """Back; nothing is lost."""
    op.drop_index("generation_parent_idx", "generation")
