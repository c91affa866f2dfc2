"""The environment, read once, field by field; every problem is reported at once, and no secret is echoed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

DISCORD_URL: Final = "https://discord.com/api/v10"
SCENARIO_URL: Final = "https://api.cloud.scenario.com/v1"
DATABASE_URL: Final = "sqlite:///imagine.db"
_LIKE: Final = "an address like"
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
    discord_base_url: str = DISCORD_URL
    scenario_base_url: str = SCENARIO_URL
    database_url: str = field(default=DATABASE_URL, repr=False)  # it may hold a password
    default_model: str | None = None
    member_in_flight: int | None = 4
    member_cu_per_day: float | None = None
    confirm_above_cu: float | None = 50.0
    guild_ids: frozenset[int] = frozenset()
    allow_dms: bool = False
    queue_limit: int | None = 100
    reconcile_seconds: float = 60.0
    shutdown_grace: float = 8.0
    log_level: str = "INFO"
    log_format: str = "text"
    http_port: int | None = None
    http_host: str = "127.0.0.1"
    source_url: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be logged or shown."""
        password = urlsplit(self.database_url).password or ""
        return (self.discord_token, self.scenario_api_key, self.scenario_api_secret, password)

    @property
    def real_discord(self) -> bool:
        return self.discord_base_url == DISCORD_URL


class _Reader:
    """Reads one variable after the other and gathers what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def secret(self, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if not value:
            self.problems.append(f"{name} is missing.")
        return value

    def optional(self, name: str, default: T, read: Callable[[str], T], form: str) -> T:
        """`default` for an absent or empty variable; `form` says in words what a good value looks like."""
        text = self._environment.get(name, "").strip()
        if not text:
            return default
        try:
            return read(text)
        except ValueError:
            self.problems.append(f"{name} must be {form}.")
            return default


def load(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`. Raises SettingsError."""
    read = _Reader(environment)
    scenario_url = read.optional("SCENARIO_BASE_URL", SCENARIO_URL, _url, f"{_LIKE} {SCENARIO_URL}")
    # the real one is far away and busy; a stand-in lists at once what it bought
    patience = 60.0 if scenario_url == SCENARIO_URL else 15.0
    settings = Settings(
        discord_token=read.secret("DISCORD_TOKEN"),
        scenario_api_key=read.secret("SCENARIO_API_KEY"),
        scenario_api_secret=read.secret("SCENARIO_API_SECRET"),
        discord_base_url=read.optional("DISCORD_BASE_URL", DISCORD_URL, _url, f"{_LIKE} {DISCORD_URL}"),
        scenario_base_url=scenario_url,
        database_url=read.optional("DATABASE_URL", DATABASE_URL, _database, f"{_LIKE} {DATABASE_URL}"),
        default_model=read.optional("DEFAULT_MODEL", None, str, "a model id"),
        member_in_flight=read.optional("MEMBER_IN_FLIGHT", 4, _count, f"a whole {_LIMIT}"),
        member_cu_per_day=read.optional("MEMBER_CU_PER_DAY", None, _amount, f"a {_LIMIT}"),
        confirm_above_cu=read.optional("CONFIRM_ABOVE_CU", 50.0, _amount, f"a {_LIMIT}"),
        guild_ids=read.optional("GUILD_IDS", frozenset[int](), _ids, "server ids, separated by commas"),
        allow_dms=read.optional("ALLOW_DMS", False, _flag, "true or false"),
        queue_limit=read.optional("QUEUE_LIMIT", 100, _count, f"a whole {_LIMIT}"),
        reconcile_seconds=read.optional("RECONCILE_SECONDS", patience, _seconds, "seconds, 1 to 3600"),
        shutdown_grace=read.optional("SHUTDOWN_GRACE", 8.0, _seconds, "seconds, 1 to 3600"),
        log_level=read.optional("LOG_LEVEL", "INFO", _level, f"one of {', '.join(LOG_LEVELS)}"),
        log_format=read.optional("LOG_FORMAT", "text", _log_format, "text or json"),
        http_port=read.optional("HTTP_PORT", None, _port, "a port number, or 0 for none"),
        http_host=read.optional("HTTP_HOST", "127.0.0.1", str, "an address to listen on"),
        source_url=read.optional("SOURCE_URL", None, _url, "an http(s) address"),
    )
    if read.problems:
        raise SettingsError(read.problems)
    return settings


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError
    _ = parts.port  # raises ValueError for one that is no number
    return text.rstrip("/")


def _database(text: str) -> str:
    if "://" not in text:
        raise ValueError
    return text


def _count(text: str) -> int | None:
    number = int(text)
    if number < 0:
        raise ValueError
    return number or None


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
