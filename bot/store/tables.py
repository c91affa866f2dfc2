"""The tables, and the conditions that queries and partial indexes share."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

from bot.scenario.api.loose import sound

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware moment as whole microseconds since 1970, UTC.

    An integer sorts and compares alike in SQLite, which has no type for moments, and in PostgreSQL, and
    gives back exactly what was stored.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Raises TypeError for a moment without a time zone."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


class Words(TypeDecorator[str]):
    """Text from outside. What no database stores (NUL, halves of surrogate pairs) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sound(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value


# json and not jsonb: jsonb refuses NUL and halves of surrogate pairs, which a prompt may hold
_Object: Final = JSON(none_as_null=True)

# Written out, because a partial index serves a query only if the query repeats its condition literally.
# tests/unit/store/test_tables.py holds these against the enums of the model.
UNFINISHED: Final = text("fate IN ('requested', 'running', 'submitting', 'uncertain')")
"""Few rows, however long the table."""
LIVE: Final = text("state = 'live'")
GROUPED: Final = text("group_id IS NOT NULL")
BUILT: Final = text("built_on IS NOT NULL")
WITH_TOKEN: Final = text("token IS NOT NULL")
CHARGED: Final = text("cu IS NOT NULL")
COSTING: Final = text("(cu IS NOT NULL OR price IS NOT NULL)")

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
    }
)


def _origin(*, channel: str = "channel_id") -> tuple[Column[Any], ...]:
    """The columns of an Origin, for each table whose rows carry one.

    channel: the name of its channel, where the row has another one too.
    """
    return (
        Column("interaction_id", Words, nullable=False),
        Column("owner_id", BigInteger, nullable=False),
        Column("application_id", BigInteger, nullable=False),
        Column("guild_id", BigInteger),
        Column(channel, BigInteger),
        Column("locale", Words, nullable=False),
        Column("owner_locale", Words, nullable=False),
        Column("own_app", Boolean, nullable=False, server_default=false()),
    )


generations: Final = Table(
    "generation",
    metadata,
    Column("id", Words, primary_key=True),
    *_origin(),
    Column("card_id", Words),  # no foreign key: rows are never deleted
    Column("group_id", Words),
    Column("group_number", Integer),
    Column("group_size", Integer),
    Column("command", Words, nullable=False),
    Column("medium", Words, nullable=False),
    Column("spoiler", Boolean, nullable=False),
    Column("parent_id", Words),  # no foreign key: a generation outlives the one that it repeats
    Column("model_id", Words, nullable=False),
    Column("model_name", Words, nullable=False),
    Column("ask", _Object, nullable=False),
    Column("inputs", _Object),
    Column("fate", Words, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("submitted_at", Moment),
    Column("uncertain_since", Moment),
    Column("finished_at", Moment),
    Column("canceled_by", BigInteger),
    Column("job_id", Words),
    Column("price", Float(53)),
    Column("cu", Float(53)),
    Column("refunded", Boolean),
    Column("outputs", _Object, nullable=False),
    Column("failure", _Object),
    Column("confirmed_by", BigInteger),
    Column("agreed", Float(53)),
    Column("asked_at", Moment),
    Column("holder", Integer),  # the process that drives it; null: whoever looks next
    Column("gate_answers", _Object),
    Column("built_on", Words),
    UniqueConstraint("job_id"),
)

Index("generation_owner_idx", generations.c.owner_id, generations.c.created_at)
Index("generation_card_idx", generations.c.card_id)

cards: Final = Table(
    "card",
    metadata,
    Column("id", Words, primary_key=True),
    *_origin(channel="asked_channel_id"),
    Column("state", Words, nullable=False),
    Column("shown_revision", Integer, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("attachment_limit", BigInteger, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("token", Words),
    Column("token_expires_at", Moment),
    Column("removed", Words),
    Column("holder", Integer),
)

notes: Final = Table(
    "note",
    metadata,
    Column("key", Words, primary_key=True),
    Column("text", Words, nullable=False),
)

models: Final = Table(
    "model",
    metadata,
    Column("id", Words, primary_key=True),
    Column("privacy", Words, nullable=False),  # whose listing it stood in; "" for one that was only read
    Column("row", _Object, nullable=False),
    Column("listed_at", Moment),
    Column("read_at", Moment),  # when its schema was read; null while `row` has none
)
"""The catalogue as it was last read, served while Scenario is down."""

uploads: Final = Table(
    "upload",
    metadata,
    Column("digest", Words, primary_key=True),  # SHA-256 of the bytes, in hexadecimal
    Column("asset_id", Words, nullable=False),
    Column("given_at", Moment, nullable=False, index=True),
)
"""Files that members gave and Scenario has: the same bytes are handed in once."""

drafts: Final = Table(
    "draft",
    metadata,
    Column("id", Words, primary_key=True),
    Column("owner_id", BigInteger, nullable=False),
    Column("model_id", Words, nullable=False),
    Column("answers", _Object, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("spoiler", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("taken_by", Words),  # the generation that it became; free again where that one was dropped
)
"""Forms that are being filled in, one modal after the other."""

processes: Final = Table(
    "process",
    metadata,
    Column("number", Integer, primary_key=True),  # counts up with every start: it is the epoch too
    Column("name", Words, nullable=False),  # for people
    Column("revision", Words, nullable=False),  # the newest schema that it understands
    Column("joined_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),  # it lives up to then, unless it beats again
    Column("let_go", _Object),  # ids of what it holds that takes no place: nobody knows how that ends
    Column("shards", Integer),  # how many there are of those that it divides with others
    Column("aside", _Object),  # ids of requests that it holds and does not buy for now: others need not wait
)
"""Who lives on this database. Empty on SQLite, which serves one process."""

words: Final = Table(
    "word",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("holder", Integer, nullable=False, index=True),
    Column("generation_id", Words),
    Column("card_id", Words),
)
"""What one process changed of what another one holds, until that one has heard."""

claims: Final = Table(
    "claim",
    metadata,
    Column("interaction_id", Words, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)
"""Interactions that a process answers, where several may have got them."""

shards: Final = Table(
    "shard",
    metadata,
    Column("count", Integer, primary_key=True, autoincrement=False),  # of them in all: they may be changing
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", Integer),
    Column("session", Words),
    Column("sequence", BigInteger),  # of the last event that was heard
    Column("gateway", Words),  # where the session is resumed
)
"""Parts of Discord's gateway, and the process that runs each. Empty where one is enough, or none moves."""

identifies: Final = Table(
    "identify",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)
"""When a shard of each bucket last began a session."""
