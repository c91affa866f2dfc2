"""What members name and hand over, turned into ids and `resolved` objects."""

import base64
import binascii
from typing import Any

from sandbox.discord import objects
from sandbox.discord.checks import array, mapping, whole
from sandbox.discord.components import LINK, PREMIUM, SELECTS, walk
from sandbox.discord.limits import safe_name
from sandbox.discord.messages import Messages
from sandbox.discord.options import OptionError
from sandbox.discord.state import Channel, Message, Role
from sandbox.discord.world import World
from sandbox.json import Json

MOST_BYTES = 500 * 2**20
"""Of a file that a paying member hands over."""


class Resolving:
    """Resolves in one channel. Everything raises OptionError for what is not there."""

    def __init__(self, world: World, store: Messages, place: Channel) -> None:
        self._world, self._store, self._place = world, store, place
        self._guild = world.guild_of(place)

    def user(self, name: str, resolved: Json) -> str:
        """A person by id or by name, who exists from now on."""
        bot = self._world.bot
        user = self._world.users.get(name) or (bot if name in (bot.id, bot.name) else self._world.user(name))
        resolved.setdefault("users", {})[user.id] = objects.user(user)
        if self._guild is not None:
            member = self._world.member_in(self._guild, user)
            granted = self._world.permissions(user, self._place)
            described = objects.member(member, with_user=False) | {"permissions": str(granted)}
            resolved.setdefault("members", {})[user.id] = described
        return user.id

    def channel(self, name: str, resolved: Json) -> str:
        """A channel of this guild by id or by name."""
        guild = self._guild
        places: list[Channel] = [*guild.channels.values(), *guild.threads.values()] if guild else []
        for one in places:
            if name in (one.id, one.name):
                everything = objects.channel(one) | {
                    "permissions": str(self._world.permissions(self._world.bot, one))
                }
                resolved.setdefault("channels", {})[one.id] = everything
                return one.id
        raise OptionError(f"there is no channel {name!r} here")

    def role(self, name: str, resolved: Json) -> str:
        """A role of this guild by id or by name."""
        roles: list[Role] = list(self._guild.roles.values()) if self._guild else []
        for one in roles:
            if name in (one.id, one.name):
                resolved.setdefault("roles", {})[one.id] = objects.role(one)
                return one.id
        raise OptionError(f"there is no role {name!r} here")

    def file(self, value: object, resolved: Json) -> str:
        """A file that a member hands to the bot, as `decoded` takes it, put on the CDN."""
        name, data = self.decoded(value)
        kind = mapping(value).get("content_type")
        place = self._world.application_id
        stored = self._store.upload(name, data, place, kind if isinstance(kind, str) else None)
        stored.ephemeral = True
        resolved.setdefault("attachments", {})[stored.id] = objects.attachment(stored, self._world.links)
        return stored.id

    def decoded(self, value: object) -> tuple[str, bytes]:
        """Name and bytes of a file `{"name", "bytes": base64}`; with `size` instead of `bytes` it is so many
        zeros, for a file that is only there to be too large. Raises OptionError.
        """
        given = mapping(value)
        name, encoded, size = given.get("name"), given.get("bytes"), given.get("size")
        if not isinstance(name, str) or isinstance(encoded, str) == whole(size):
            raise OptionError('a file is {"name": text, "bytes": base64} or {"name": text, "size": bytes}')
        if isinstance(encoded, str):
            return safe_name(name), _unpacked(name, encoded)
        if not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
            raise OptionError(f"{name} has 0 to {MOST_BYTES} bytes")
        return safe_name(name), bytes(size)

    def pressed(self, message: Message, label: str | None, custom_id: str | None, values: list[Any]) -> Json:
        """The data of an interaction with a component: a button, or a select with the chosen values."""
        part = _component(message, label, custom_id)
        data: Json = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part.get("id")}
        if part["type"] in SELECTS:
            return data | self.selected(part, values)
        if values:
            raise OptionError("a button takes no values")
        return data

    def selected(self, select: Json, values: list[Any]) -> Json:
        """The part of an interaction's data that says what was chosen: `{values, resolved?}`."""
        least = select.get("min_values")
        least, most = 1 if least is None else least, select.get("max_values") or 1
        if not least <= len(values) <= most:
            raise OptionError(f"this select takes {least} to {most} values, got {len(values)}")
        resolved: Json = {}
        chosen = [self.choose(select, str(value), resolved) for value in values]
        return {"values": chosen, "resolved": resolved} if resolved else {"values": chosen}

    def choose(self, select: Json, value: str, resolved: Json) -> str:
        """One choice of a select: an option, or a person, role or channel."""
        match select["type"]:
            case 5:
                return self.user(value, resolved)
            case 6:
                return self.role(value, resolved)
            case 7:
                try:
                    return self.role(value, resolved)
                except OptionError:
                    return self.user(value, resolved)
            case 8:
                return self.channel(value, resolved)
            case _:
                for option in map(mapping, array(select.get("options"))):
                    if value in (option["value"], option["label"]):
                        return str(option["value"])
                raise OptionError(f"{value!r} is not among the options")


def _unpacked(name: str, encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise OptionError(f"the bytes of {name} are not base64: {error}") from error


def _component(message: Message, label: str | None, custom_id: str | None) -> Json:
    """The component that a member means, by the words on it or by its custom id. Raises OptionError."""
    wanted, key = (label, "label") if custom_id is None else (custom_id, "custom_id")
    if wanted is None:
        raise OptionError("a label or a custom_id is needed")
    usable = [part for part in walk(message.components) if part.get("type") in {2, *SELECTS}]
    found = [part for part in usable if wanted in _names(part, key)]
    if not found:
        there = [name for part in usable for name in _names(part, key)]
        raise OptionError(f"no component {wanted!r} on this message; there are: {', '.join(there) or 'none'}")
    part = next((one for one in found if not one.get("disabled")), found[0])
    if part.get("disabled"):
        raise OptionError(f"{wanted!r} is disabled")
    if mapping(part).get("style") in (LINK, PREMIUM):
        raise OptionError(f"{wanted!r} is a link: pressing it tells the bot nothing")
    return part


def _names(part: Json, key: str) -> list[str]:
    if key == "custom_id":
        return [str(part["custom_id"])] if "custom_id" in part else []
    name = part.get("label") or part.get("placeholder") or mapping(part.get("emoji")).get("name")
    return [str(name)] if name else []
