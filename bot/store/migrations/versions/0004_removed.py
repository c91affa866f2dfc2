"""Who took a card away; which request a form became."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the form before to this one."""
    op.add_column("generation", sa.Column("removed", sa.Text))
    op.add_column("draft", sa.Column("taken_by", sa.Text))


def downgrade() -> None:
    """Back; what only this form holds is lost."""
    op.drop_column("draft", "taken_by")
    op.drop_column("generation", "removed")
