"""Each process tells the others which of its jobs hold no place, since nobody knows how they end."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
understood_from = "0008"
"""Its processes neither write nor read the column, and count such jobs as before."""


def upgrade() -> None:
    """From the form before to this one."""
    op.add_column("process", sa.Column("let_go", sa.JSON))


def downgrade() -> None:
    """Back; each process counts by what it knows itself."""
    op.drop_column("process", "let_go")
