"""The environment, read once, field by field; every problem is reported at once, and no secret is echoed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

DISCORD_URL: Final = "https://discord.com/api/v10"
SCENARIO_URL: Final = "https://api.cloud.scenario.com/v1"
DATABASE_URL: Final = "sqlite:///imagine.db"
_LIKE: Final = "an address like"
_PUBLIC: Final = "an address like https://bot.example.com; http only on this machine"
_LIMIT: Final = "number, 0 for no limit"
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

T = TypeVar("T")


class SettingsError(Exception):
    """`problems` names every setting that is missing or malformed, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator set. Field names are the environment's, in lower case."""

    discord_token: str = field(repr=False)
    scenario_api_key: str = field(repr=False)
    scenario_api_secret: str = field(repr=False)
    discord_base_url: str
    scenario_base_url: str
    database_url: str = field(repr=False)  # it may hold a password
    database_direct_url: str = field(repr=False)
    default_model: str | None
    member_in_flight: int | None
    member_waiting: int
    member_cu_per_day: float | None
    guild_cu_per_day: float | None
    cu_per_day: float | None
    confirm_above_cu: float | None
    guild_ids: frozenset[int]
    allow_dms: bool
    queue_limit: int | None
    permutation_limit: int
    reconcile_seconds: float
    shutdown_grace: float
    lease_seconds: float
    render_seconds: float
    render_mib: int
    log_level: str
    log_format: str
    http_port: int | None
    http_host: str
    public_url: str | None
    source_url: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be logged or shown."""
        passwords = {_password(url) for url in (self.database_url, self.database_direct_url)}
        keys = (self.discord_token, self.scenario_api_key, self.scenario_api_secret)
        return (*keys, *passwords, *map(unquote, passwords))

    @property
    def real_discord(self) -> bool:
        return self.discord_base_url == DISCORD_URL


NAMES: Final = tuple(field.name.upper() for field in fields(Settings))
"""Every variable that we read."""

_SHARED: Final = frozenset(
    {"DATABASE_DIRECT_URL", "DATABASE_URL", "HTTP_HOST", "HTTP_PORT", "LOG_FORMAT", "LOG_LEVEL"}
    | {"PUBLIC_URL", "SOURCE_URL"}
)
"""Names so general that the environment may hold neighbors of theirs for other programs."""
_QUOTES: Final = ('""', "''", "“”", "„“", "„”", "‘’", "«»")


class _Reader:
    """Reads one variable after the other and gathers what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def _text(self, name: str) -> str:
        """The value, or "" for one that stands in quotes: that is a problem of its own, not a value."""
        text = self._environment.get(name, "").strip()
        if len(text) > 1 and text[0] + text[-1] in _QUOTES:
            # .env files lose their quotes when they are read; Docker's --env-file, for one, keeps them
            self.problems.append(f"{name} is in quotation marks: remove them.")
            return ""
        return text

    def secret(self, name: str) -> str:
        before = len(self.problems)
        value = self._text(name)
        if not value and len(self.problems) == before:
            self.problems.append(f"{name} is missing.")
        return value

    def optional(self, name: str, default: T, read: Callable[[str], T], form: str) -> T:
        """`default` for an absent or empty variable; `form` says in words what a good value looks like."""
        text = self._text(name)
        if not text:
            return default
        try:
            return read(text)
        except ValueError:
            self.problems.append(f"{name} must be {form}.")
            return default


def load(environment: Mapping[str, str], *, ours: Collection[str] = ()) -> Settings:
    """The settings in `environment`. Raises SettingsError.

    ours: the names in the operator's own file. There any name that resembles a setting is a misspelled one;
    in the environment, which other programs share, only one that nearly equals a name of Imagine's alone.
    """
    read = _Reader(environment)
    read.problems += _misspelled(environment, ours)
    scenario_url = read.optional("SCENARIO_BASE_URL", SCENARIO_URL, _url, f"{_LIKE} {SCENARIO_URL}")
    # the real one is far away and busy; a stand-in lists at once what it bought
    patience = 60.0 if scenario_url == SCENARIO_URL else 15.0
    database_url = read.optional("DATABASE_URL", DATABASE_URL, _database, f"{_LIKE} {DATABASE_URL}")
    settings = Settings(
        discord_token=read.secret("DISCORD_TOKEN"),
        scenario_api_key=read.secret("SCENARIO_API_KEY"),
        scenario_api_secret=read.secret("SCENARIO_API_SECRET"),
        discord_base_url=read.optional("DISCORD_BASE_URL", DISCORD_URL, _url, f"{_LIKE} {DISCORD_URL}"),
        scenario_base_url=scenario_url,
        database_url=database_url,
        database_direct_url=read.optional(
            "DATABASE_DIRECT_URL", database_url, _database, f"{_LIKE} postgresql://…"
        ),
        default_model=read.optional("DEFAULT_MODEL", None, str, "a model id"),
        member_in_flight=read.optional("MEMBER_IN_FLIGHT", 4, _count, f"a whole {_LIMIT}"),
        member_waiting=read.optional("MEMBER_WAITING", 20, _whole, "a whole number, 0 for none"),
        member_cu_per_day=read.optional("MEMBER_CU_PER_DAY", None, _amount, f"a {_LIMIT}"),
        guild_cu_per_day=read.optional("GUILD_CU_PER_DAY", None, _amount, f"a {_LIMIT}"),
        cu_per_day=read.optional("CU_PER_DAY", None, _amount, f"a {_LIMIT}"),
        confirm_above_cu=read.optional("CONFIRM_ABOVE_CU", 50.0, _amount, f"a {_LIMIT}"),
        guild_ids=read.optional("GUILD_IDS", frozenset[int](), _ids, "server ids, separated by commas"),
        allow_dms=read.optional("ALLOW_DMS", False, _flag, "true or false"),
        queue_limit=read.optional("QUEUE_LIMIT", 100, _count, f"a whole {_LIMIT}"),
        permutation_limit=read.optional("PERMUTATION_LIMIT", 16, _permutations, "a whole number, 1 to 64"),
        reconcile_seconds=read.optional("RECONCILE_SECONDS", patience, _seconds, "seconds, 1 to 3600"),
        shutdown_grace=read.optional("SHUTDOWN_GRACE", 8.0, _seconds, "seconds, 1 to 3600"),
        lease_seconds=read.optional("LEASE_SECONDS", 10.0, _seconds, "seconds, 1 to 3600"),
        render_seconds=read.optional("RENDER_SECONDS", 15.0, _seconds, "seconds, 1 to 3600"),
        render_mib=read.optional("RENDER_MIB", 448, _mebibytes, "a whole number of MiB, 128 to 16384"),
        log_level=read.optional("LOG_LEVEL", "INFO", _level, f"one of {', '.join(LOG_LEVELS)}"),
        log_format=read.optional("LOG_FORMAT", "text", _log_format, "text or json"),
        http_port=read.optional("HTTP_PORT", None, _port, "a port number, or 0 for none"),
        http_host=read.optional("HTTP_HOST", "127.0.0.1", str, "an address to listen on"),
        public_url=read.optional("PUBLIC_URL", None, _public, _PUBLIC),
        source_url=read.optional("SOURCE_URL", None, _url, "an http(s) address"),
    )
    if settings.public_url is not None and settings.http_port is None:
        read.problems.append("PUBLIC_URL needs HTTP_PORT: it is that port to which the address leads.")
    if read.problems:
        raise SettingsError(read.problems)
    return settings


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError
    _ = parts.port  # raises ValueError for one that is no number
    return text.rstrip("/")


def _public(text: str) -> str:
    """An address that others reach: what is pushed there names jobs, and the path is a password."""
    url = _url(text)
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.query or parts.fragment or (parts.scheme != "https" and not here):
        raise ValueError
    return url


def _misspelled(environment: Mapping[str, str], ours: Collection[str]) -> list[str]:
    own = [name for name in NAMES if name not in _SHARED]
    problems: list[str] = []
    for name in sorted({*environment, *ours} - {*NAMES}):
        known, cutoff = (NAMES, 0.8) if name in ours else (own, 0.9)
        near = get_close_matches(name.upper(), known, n=1, cutoff=cutoff)
        if near:
            problems.append(f"{name} is not a setting. Did you mean {near[0]}?")
    return problems


def _password(url: str) -> str:
    """All that may be a password in a database's address. The standard parser cuts one with an unescaped
    `@`, `#`, `/` or `[` short, or refuses it, and its rest would be printed."""
    _, _, rest = url.partition("://")
    before_host, at, _ = rest.rpartition("@")
    return before_host.partition(":")[2] if at else ""


def _database(text: str) -> str:
    if "://" not in text:
        raise ValueError
    return text


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _count(text: str) -> int | None:
    return _whole(text) or None


def _permutations(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise ValueError
    return number


def _amount(text: str) -> float | None:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError
    return number or None


def _seconds(text: str) -> float:
    number = float(text)
    if not 1 <= number <= 3600:
        raise ValueError
    return number


def _mebibytes(text: str) -> int:
    number = int(text)
    if not 128 <= number <= 16384:
        raise ValueError
    return number


def _ids(text: str) -> frozenset[int]:
    ids = frozenset(int(part) for part in text.replace(" ", ",").split(",") if part)
    if any(id_ <= 0 for id_ in ids):
        raise ValueError
    return ids


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        raise ValueError
    return word in {"true", "yes", "on", "1"}


def _level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError
    return text.upper()


def _log_format(text: str) -> str:
    if text.lower() not in {"text", "json"}:
        raise ValueError
    return text.lower()


def _port(text: str) -> int | None:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number or None
