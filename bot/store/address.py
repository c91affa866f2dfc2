"""Database addresses: what is accepted, and which driver serves it. Pure.

Accepted: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` (in memory), and
`postgresql://user:password@host/name` or `postgres://…`, with libpq's options. An address that names another
program's driver (`sqlite+aiosqlite`, `postgresql+asyncpg`) is read, and served by ours.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.errors import BadDatabaseUrl

_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgresql+asyncpg": "postgresql+psycopg",
    "postgresql+psycopg2": "postgresql+psycopg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the database is. Printing it hides the password."""

    url: URL
    """With our driver's name."""
    file: Path | None = None
    """The SQLite file, absolute and with symbolic links followed; None for memory and for a server."""

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def told(self) -> str:
        """For people: without the driver's name and the password."""
        return self.url.set(drivername=self.url.get_backend_name()).render_as_string(hide_password=True)


def parse_address(text: str) -> Address:
    """Raises BadDatabaseUrl, whose text never repeats `text`."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        # not chained: the cause may quote the address
        raise BadDatabaseUrl("not an address; expected sqlite:///file or postgresql://…") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise BadDatabaseUrl("unknown kind of database; expected sqlite:///file or postgresql://…")
    url = url.set(drivername=driver)
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)


def parse_direct(text: str) -> Address:
    """The same of a server, past any pooler. Raises BadDatabaseUrl."""
    address = parse_address(text)
    if address.sqlite:
        raise BadDatabaseUrl("DATABASE_DIRECT_URL is an address of PostgreSQL: postgresql://…")
    return address


def _sqlite(url: URL) -> Address:
    if url.host or url.username or url.password or url.port:
        raise BadDatabaseUrl("a SQLite address has three slashes (four for an absolute path): sqlite:///file")
    if url.query:
        # file:…?mode=… would hide from us which file it is, and so which lock to take
        raise BadDatabaseUrl("a SQLite address takes no options")
    if not url.database or url.database == ":memory:":
        return Address(url=url.set(database=":memory:"))
    file = Path(url.database).expanduser().resolve()
    return Address(url=url.set(database=str(file)), file=file)


def _postgresql(url: URL) -> Address:
    if not url.database:
        raise BadDatabaseUrl("a PostgreSQL address names a database: postgresql://user@host/name")
    if "@" in (url.host or ""):
        # the host would be printed in every error, and its beginning is the end of a password
        raise BadDatabaseUrl("a password with an @ in it must be escaped: write %40 for @")
    query = dict(url.query)
    if "ssl" in query:  # asyncpg's word; libpq's is sslmode
        query.setdefault("sslmode", query.pop("ssl"))
    return Address(url=url.set(query=query))
