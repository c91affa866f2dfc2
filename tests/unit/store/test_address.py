from pathlib import Path

import pytest

from bot.store.address import parse_address
from bot.store.errors import BadDatabaseUrl


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite://", "sqlite+aiosqlite"),
        ("sqlite:///:memory:", "sqlite+aiosqlite"),
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/n", "postgresql+asyncpg"),
        ("postgresql://u:p@h:5433/n", "postgresql+asyncpg"),
        ("postgresql+asyncpg://h/n", "postgresql+asyncpg"),
        (" sqlite:///a.db\n", "sqlite+aiosqlite"),
    ],
)
def test_plain_addresses_get_the_async_driver(given: str, driver: str) -> None:
    assert parse_address(given).url.drivername == driver


def test_a_file_is_known_by_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two names of one file would be two locks.
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    file = (tmp_path / "real" / "a.db").resolve()
    for name in ("real/a.db", "./link/a.db", f"/{tmp_path}/real/../real/a.db"):
        assert parse_address(f"sqlite:///{name}").file == file


def test_memory_has_no_file() -> None:
    assert parse_address("sqlite://").file is None
    assert parse_address("sqlite://").url.database == ":memory:"


def test_the_word_of_libpq_for_encryption_is_translated() -> None:
    url = parse_address("postgresql://h/n?sslmode=require&application_name=x").url
    assert dict(url.query) == {"ssl": "require", "application_name": "x"}


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hunter2",
        "mysql://u:hunter2@h/n",
        "postgresql+psycopg://u:hunter2@h/n",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h:port/n",
        "postgresql//u:hunter2@h/n",
        "sqlite://hunter2/a.db",
        "sqlite:///file:a.db?uri=true&key=hunter2",
    ],
)
def test_a_bad_address_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        parse_address(given)
    error: BaseException | None = refused.value
    assert error.__suppress_context__ or error.__context__ is None
    assert "hunter2" not in str(error)


def test_printing_an_address_hides_the_password() -> None:
    assert "hunter2" not in repr(parse_address("postgresql://u:hunter2@h/n"))
