"""Generations kept in SQL: one SQLite file for one process, or PostgreSQL."""

from bot.store.errors import (
    BadDatabaseUrl,
    CannotOpen,
    ClockSkew,
    DatabaseInUse,
    NewerDatabase,
    NotEmpty,
    OlderDatabase,
    OlderProcess,
    StoreError,
    TakenOver,
)
from bot.store.migrations.carrying import carry_over
from bot.store.opening import bring_up, look_into, open_store
from bot.store.schema import migrate
from bot.store.sql import SqlStore

__all__ = [
    "BadDatabaseUrl",
    "CannotOpen",
    "ClockSkew",
    "DatabaseInUse",
    "NewerDatabase",
    "NotEmpty",
    "OlderDatabase",
    "OlderProcess",
    "SqlStore",
    "StoreError",
    "TakenOver",
    "bring_up",
    "carry_over",
    "look_into",
    "migrate",
    "open_store",
]
