"""Why the database could not be opened, or used.

StoreError
├── BadDatabaseUrl   the address is not one we can use
├── DatabaseInUse    another process holds this SQLite file
├── NewerDatabase    a later version of the bot has been here
├── OlderDatabase    this version has not been here yet
├── DatabaseBusy     no thread became free in time
└── CannotOpen       no such directory, no permission, no server, not a database, no driver
"""


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


class DatabaseBusy(StoreError):
    """The database hangs: a transaction waited too long for its turn. Nothing of it was begun."""


class CannotOpen(StoreError):
    """The address is well formed, but no database answered behind it."""
