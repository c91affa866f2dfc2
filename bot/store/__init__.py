"""Generations kept in SQL: one SQLite file for one process, or PostgreSQL."""

from bot.store.errors import (
    BadDatabaseUrl,
    CannotOpen,
    ClockSkew,
    DatabaseInUse,
    NewerDatabase,
    OlderDatabase,
    OlderProcess,
    StoreError,
    TakenOver,
)
from bot.store.opening import bring_up, look_into, open_store
from bot.store.schema import migrate
from bot.store.sql import SqlStore

__all__ = [
    "BadDatabaseUrl",
    "CannotOpen",
    "ClockSkew",
    "DatabaseInUse",
    "NewerDatabase",
    "OlderDatabase",
    "OlderProcess",
    "SqlStore",
    "StoreError",
    "TakenOver",
    "bring_up",
    "look_into",
    "migrate",
    "open_store",
]
