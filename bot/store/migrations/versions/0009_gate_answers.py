"""What was answered at a workflow's gates, and by whom, stays on record."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
understood_from = "0008"
"""Its processes neither write nor read the column."""


def upgrade() -> None:
    """From the form before to this one. Of earlier runs nobody knows it any more."""
    op.add_column("generation", sa.Column("gate_answers", sa.JSON))


def downgrade() -> None:
    """Back; what was answered is lost."""
    op.drop_column("generation", "gate_answers")
