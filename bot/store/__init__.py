"""Generations kept in SQL: one SQLite file for one process, or PostgreSQL."""

from bot.store.errors import BadDatabaseUrl, CannotOpen, DatabaseInUse, NewerDatabase, StoreError
from bot.store.opening import open_store
from bot.store.schema import migrate
from bot.store.sql import SqlStore

__all__ = [
    "BadDatabaseUrl",
    "CannotOpen",
    "DatabaseInUse",
    "NewerDatabase",
    "SqlStore",
    "StoreError",
    "migrate",
    "open_store",
]
