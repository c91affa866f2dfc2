"""The partial indexes, declared for Alembic: what a new script compares the database with.

They stand apart from `tables`, because `sqlite_where` and `postgresql_where` load every driver of both
databases, a twentieth of a second at each start; only migrations look at them.
"""

from typing import Final

from sqlalchemy import ColumnElement, Index, MetaData, TextClause

from bot.store.tables import (
    BUILT,
    CHARGED,
    COSTING,
    GROUPED,
    LIVE,
    UNFINISHED,
    WITH_TOKEN,
    cards,
    generations,
    metadata,
)


def _partial(name: str, *columns: ColumnElement[object], where: TextClause) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


_g = generations.c
_partial("generation_guild_idx", _g.guild_id, _g.created_at, where=COSTING)
_partial("generation_cost_idx", _g.created_at, where=COSTING)
_partial("generation_charge_idx", _g.model_id, _g.submitted_at, where=CHARGED)
_partial("generation_open_idx", _g.owner_id, where=UNFINISHED)
_partial("generation_built_idx", _g.built_on, where=BUILT)
_partial("generation_group_idx", _g.group_id, where=GROUPED)
_partial("card_live_idx", cards.c.id, where=LIVE)
_partial("card_token_idx", cards.c.token_expires_at, where=WITH_TOKEN)

METADATA: Final[MetaData] = metadata
"""All tables, with these."""
