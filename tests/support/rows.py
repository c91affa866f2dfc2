"""The bot's rows as they stand on the disk, read from outside with the standard library."""

import sqlite3

_CARD = (
    *("shown_revision", "private", "attachment_limit", "message_id", "token", "token_expires_at", "removed"),
    "channel_id",
)


def records(connection: sqlite3.Connection) -> str:
    """What to select from for generations, each beside its card, whose state is `card`.

    An earlier version, which the benchmarks run too, kept both in one table.
    """
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "card" not in names:
        return "generation"
    own = [row[1] for row in connection.execute("PRAGMA table_info(generation)") if row[1] not in _CARD]
    columns = [f"g.{name}" for name in own] + [f"c.{name}" for name in _CARD] + ["c.state AS card"]
    joined = "generation g LEFT JOIN card c ON c.id = g.card_id"
    return f"(SELECT {', '.join(columns)} FROM {joined})"  # noqa: S608 (names of columns)
