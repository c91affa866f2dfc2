"""Why the database could not be opened, or used.

StoreError
├── BadDatabaseUrl   the address is not one we can use
├── DatabaseInUse    another process holds this SQLite file
├── NewerDatabase    a later version of the bot has been here
├── OlderDatabase    this version has not been here yet
├── NotEmpty         something is there already, where a file was to be carried over to
├── OlderProcess     a living process could not understand the schema that this version needs
├── ClockSkew        our clock and the database's are too far apart
├── TakenOver        others have taken this process for dead
├── DatabaseBusy     no thread became free in time
└── CannotOpen       no such directory, no permission, no server, not a database, no driver
"""

from collections.abc import Sequence
from datetime import timedelta


class StoreError(Exception):
    """The database could not be opened or used. The text is fit to be shown: it holds no password."""


class BadDatabaseUrl(StoreError):
    """The address cannot be used. The text says why without repeating the address: it may hold a password."""


class DatabaseInUse(StoreError):
    """Another process holds this SQLite file."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is in use by another process")
        self.file = file


class NewerDatabase(StoreError):
    """A later version of the bot has been here."""

    def __init__(self, revision: str) -> None:
        """revision: the schema revision that the database is at and that this version does not know."""
        super().__init__(f"the database was written by a newer version of the bot (schema {revision})")
        self.revision = revision


class OlderDatabase(StoreError):
    """This version has not been here yet, and whoever only looks changes nothing."""

    def __init__(self) -> None:
        super().__init__("the database has an older version's form; run `python -m bot migrate`")


class NotEmpty(StoreError):
    """Something is there already, where a file was to be carried over to."""

    def __init__(self, where: str, table: str) -> None:
        """where: the database's address, for people. table: one that has rows."""
        running = "a bot is running on it" if table == "process" else f"its table {table} has rows"
        super().__init__(f"{where} is not empty ({running}): nothing was carried over")
        self.table = table


class OlderProcess(StoreError):
    """A living process could not understand the schema that this version needs."""

    def __init__(self, names: Sequence[str]) -> None:
        """names: of those processes, as host and process id."""
        told = ", ".join(names)
        super().__init__(
            f"an older version is running on this database ({told}): stop it, then start this one"
        )
        self.names = tuple(names)


class ClockSkew(StoreError):
    """Our clock and the database's are too far apart: times that one process writes another one measures."""

    def __init__(self, ahead: timedelta) -> None:
        """ahead: of the database's clock; negative where ours is behind."""
        seconds = ahead.total_seconds()
        told = f"{abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} the database's"
        super().__init__(f"this machine's clock is {told}: set both by a time server (NTP)")
        self.ahead = ahead


class TakenOver(StoreError):
    """Others have taken this process for dead, and what it held is theirs. It must end."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"this process ({number}) was silent for longer than its lease, and others have taken over:"
            " start it again"
        )
        self.number = number


class DatabaseBusy(StoreError):
    """The database hangs: a transaction waited too long for its turn. Nothing of it was begun."""


class CannotOpen(StoreError):
    """The address is well formed, but no database answered behind it."""
