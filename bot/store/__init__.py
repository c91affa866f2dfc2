"""Generations kept in SQL: one SQLite file for one process, or PostgreSQL."""

from bot.store.errors import (
    BadDatabaseUrl,
    CannotOpen,
    DatabaseInUse,
    NewerDatabase,
    OlderDatabase,
    StoreError,
)
from bot.store.opening import look_into, open_store
from bot.store.schema import migrate
from bot.store.sql import SqlStore

__all__ = [
    "BadDatabaseUrl",
    "CannotOpen",
    "DatabaseInUse",
    "NewerDatabase",
    "OlderDatabase",
    "SqlStore",
    "StoreError",
    "look_into",
    "migrate",
    "open_store",
]
