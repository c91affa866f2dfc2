"""A database in a file, with one table of numbers."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.address import parse_address
from bot.store.database import Database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "imagine.db"


@pytest.fixture
async def database(file: Path) -> AsyncGenerator[Database]:
    database = Database(parse_address(f"sqlite:///{file}"))
    await database.write(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER UNIQUE)")))
    yield database
    await database.close()
