"""Which card's result a request begins with is a column: the repeats of a card hid what was built on it."""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
understood_from = "0008"
"""Its processes neither write nor read the column: what they record meanwhile is not told."""

_BUILT = sa.text("built_on IS NOT NULL")
_PARENT = sa.text("parent_id IS NOT NULL")
_AT_ONCE = 500
_PLACE = re.compile(r"#?\s*(?P<id>[0-9]{1,20})(?:\s*-\s*[0-9]{1,3})?")


def upgrade() -> None:
    """From the form before to this one; of earlier requests it is read off what was asked."""
    op.add_column("generation", sa.Column("built_on", sa.Text))
    table = sa.table(
        "generation",
        *(sa.column("id", sa.Text), sa.column("ask", sa.JSON)),
        *(sa.column("parent_id", sa.Text), sa.column("built_on", sa.Text)),
    )
    connection = op.get_bind()
    last = ""
    while True:
        wanted = sa.select(table.c.id, sa.cast(table.c.ask, sa.Text)).where(
            table.c.parent_id.is_not(None), table.c.id > last
        )
        rows = connection.execute(wanted.order_by(table.c.id).limit(_AT_ONCE)).all()
        if not rows:
            break
        last = rows[-1][0]
        for id_, ask in rows:
            card = _begins_with(json.loads(ask))
            if card is not None:
                connection.execute(sa.update(table).where(table.c.id == id_).values(built_on=card))
    op.drop_index("generation_parent_idx", "generation")
    op.create_index(
        "generation_built_idx", "generation", ["built_on"], sqlite_where=_BUILT, postgresql_where=_BUILT
    )


def downgrade() -> None:
    """Back; nothing is lost that the requests do not say."""
    op.drop_index("generation_built_idx", "generation")
    op.create_index(
        "generation_parent_idx", "generation", ["parent_id"], sqlite_where=_PARENT, postgresql_where=_PARENT
    )
    op.drop_column("generation", "built_on")


def _begins_with(ask: Any) -> str | None:
    """The card whose result is the first of its files that came from one."""
    for one in ask.get("files") or ():
        match = _PLACE.fullmatch(one.get("filename", "").strip()) if one.get("asset_id") else None
        if match is not None:
            return match["id"]
    return None
