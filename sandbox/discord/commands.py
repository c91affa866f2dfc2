"""The commands that the application has synced: everywhere (scope None) or for one guild (its id)."""

from collections import deque
from collections.abc import Callable
from typing import Any

from sandbox.discord.checks import array, mapping
from sandbox.discord.command_rules import CHAT, check_bulk, check_command, check_count
from sandbox.discord.refusal import Refusal, unknown
from sandbox.json import Json

CREATES_A_DAY = 200
DAY = 24 * 3600

_LOCALIZED = ("name_localizations", "description_localizations")


class Commands:
    """All scopes. Methods that change something raise Refusal."""

    def __init__(self, application_id: str, now: Callable[[], float], snowflake: Callable[[], str]) -> None:
        self._application_id = application_id
        self._now, self._snowflake = now, snowflake
        self._scopes: dict[str | None, dict[str, Json]] = {}
        self._created: dict[str | None, deque[float]] = {}

    def every(self) -> list[Json]:
        return [command for scope in self._scopes.values() for command in scope.values()]

    def listing(self, scope: str | None, *, localized: bool = True) -> list[Json]:
        return [_shown(command, localized=localized) for command in self._scope(scope).values()]

    def get(self, scope: str | None, command_id: str) -> Json:
        command = self._scope(scope).get(command_id)
        if command is None:
            raise unknown("application command", 10063)
        return command

    def find(self, name: str, guild_id: str | None) -> list[Json]:
        """Commands of that name that exist there; the guild's own come first."""
        scopes = [self._scope(guild_id)] if guild_id else []
        scopes.append(self._scope(None))
        return [command for scope in scopes for command in scope.values() if command["name"] == name]

    def names(self) -> list[str]:
        return sorted({command["name"] for command in self.every()})

    def create(self, scope: str | None, body: Json) -> tuple[Json, bool]:
        """The command and whether it is new: one of the same name and type is overwritten."""
        _raise(check_command(body))
        old = self._same(scope, body)
        if old is None:
            others = [*self._scope(scope).values(), body]
            _raise(check_count(others))
            self._count(scope, 1)
        return self._put(scope, body, old), old is None

    def replace(self, scope: str | None, bodies: list[Any]) -> list[Json]:
        """The bulk overwrite: what is not in the list is gone, what keeps name and type keeps its id."""
        _raise(check_bulk(bodies))
        wanted = [(mapping(body), self._same(scope, mapping(body))) for body in bodies]
        self._count(scope, sum(1 for _, old in wanted if old is None))
        self._scopes[scope] = {}
        return [self._put(scope, body, old) for body, old in wanted]

    def change(self, scope: str | None, command_id: str, body: Json) -> Json:
        old = self.get(scope, command_id)
        merged = {**old, **body, "id": command_id}
        _raise(check_command(merged))
        return self._put(scope, merged, old)

    def delete(self, scope: str | None, command_id: str) -> None:
        self.get(scope, command_id)
        del self._scope(scope)[command_id]

    def _scope(self, scope: str | None) -> dict[str, Json]:
        return self._scopes.setdefault(scope, {})

    def _same(self, scope: str | None, body: Json) -> Json | None:
        key = (body.get("name"), body.get("type") or CHAT)
        known = self._scope(scope).values()
        return next((one for one in known if (one["name"], one["type"]) == key), None)

    def _put(self, scope: str | None, body: Json, old: Json | None) -> Json:
        command = self._complete(scope, body)
        if old is not None and {**command, "id": old["id"], "version": old["version"]} == old:
            command = old
        else:
            command["id"] = old["id"] if old else self._snowflake()
            command["version"] = self._snowflake()
        self._scope(scope)[command["id"]] = command
        return command

    def _complete(self, scope: str | None, body: Json) -> Json:
        command: Json = {
            "id": "",
            "application_id": self._application_id,
            "version": "",
            "type": body.get("type") or CHAT,
            "name": body["name"],
            "name_localizations": body.get("name_localizations"),
            "description": body.get("description") or "",
            "description_localizations": body.get("description_localizations"),
            "options": [_option(mapping(one)) for one in array(body.get("options"))],
            "default_member_permissions": _text(body.get("default_member_permissions")),
            "default_permission": True,
            "nsfw": bool(body.get("nsfw")),
            "integration_types": body.get("integration_types") or [0],
            "contexts": body.get("contexts"),
        }
        if scope is not None:
            return {**command, "guild_id": scope}
        direct = body.get("dm_permission") is not False
        if command["contexts"] is not None:
            direct = 1 in command["contexts"]
        return {**command, "dm_permission": direct}

    def _count(self, scope: str | None, creates: int) -> None:
        times = self._created.setdefault(scope, deque())
        now = self._now()
        while times and times[0] <= now - DAY:
            times.popleft()
        if len(times) + creates > CREATES_A_DAY:
            wait = times[0] + DAY - now if times else DAY
            message = f"Max number of daily application command creates has been reached ({CREATES_A_DAY})"
            extra: Json = {"retry_after": round(wait, 3), "global": False}
            raise Refusal(429, 30034, "", message, headers={"Via": "1.1 google"}, extra=extra)
        times.extend([now] * creates)


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _option(option: Json) -> Json:
    kept = {key: value for key, value in option.items() if value is not None or key in _LOCALIZED}
    if "options" in kept:
        kept["options"] = [_option(mapping(one)) for one in array(kept["options"])]
    return kept


def _shown(part: Json, *, localized: bool) -> Json:
    if localized:
        return part
    shown = {key: value for key, value in part.items() if key not in _LOCALIZED}
    for key in ("options", "choices"):
        if key in shown:
            shown[key] = [_shown(mapping(one), localized=False) for one in array(shown[key])]
    return shown
