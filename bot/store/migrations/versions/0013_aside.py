"""Each process tells the others which of its requests it does not buy for now, so that theirs go first."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
understood_from = "0008"
"""Its processes neither write nor read the column, and wait for such requests as before."""


def upgrade() -> None:
    """From the form before to this one."""
    op.add_column("process", sa.Column("aside", sa.JSON))


def downgrade() -> None:
    """Back; each process waits for all that the others want."""
    op.drop_column("process", "aside")
