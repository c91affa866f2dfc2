from pathlib import Path

import pytest

from bot.store.address import parse_address
from bot.store.errors import BadDatabaseUrl


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite://", "sqlite"),
        ("sqlite:///:memory:", "sqlite"),
        ("sqlite:///a.db", "sqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite"),
        ("postgres://u:p@h/n", "postgresql+psycopg"),
        ("postgresql://u:p@h:5433/n", "postgresql+psycopg"),
        ("postgresql+psycopg://h/n", "postgresql+psycopg"),
        ("postgresql+asyncpg://h/n", "postgresql+psycopg"),
        ("postgresql+psycopg2://h/n", "postgresql+psycopg"),
        (" sqlite:///a.db\n", "sqlite"),
    ],
)
def test_addresses_get_our_driver(given: str, driver: str) -> None:
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


@pytest.mark.parametrize("query", ["sslmode=require", "ssl=require", "ssl=disable&sslmode=require"])
def test_the_options_are_those_of_libpq(query: str) -> None:
    url = parse_address(f"postgresql://h/n?{query}&application_name=x").url
    assert dict(url.query) == {"sslmode": "require", "application_name": "x"}


def test_an_address_is_told_as_it_was_given_but_for_the_password() -> None:
    address = parse_address("postgresql+asyncpg://u:hunter2@h/n?sslmode=require")
    assert address.told == "postgresql://u:***@h/n?sslmode=require"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hunter2",
        "mysql://u:hunter2@h/n",
        "postgresql+pg8000://u:hunter2@h/n",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h:port/n",
        "postgresql//u:hunter2@h/n",
        "sqlite://hunter2/a.db",
        "sqlite:///file:a.db?uri=true&key=hunter2",
        "postgresql://u:p@hunter2@h/n",
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
