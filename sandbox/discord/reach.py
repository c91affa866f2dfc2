"""Which command a member reaches in which place, and by which installation of the application."""

from sandbox.discord import options, permissions
from sandbox.discord.state import Channel, User
from sandbox.discord.world import World
from sandbox.json import Json

GUILD_INSTALL, USER_INSTALL = 0, 1
IN_GUILD, BOT_DM, PRIVATE = 0, 1, 2
CHAT = 1


class NotHere(LookupError):
    """No such command is synced, or not for this member in this place."""


class Reach:
    """Looks commands up as Discord's client lists them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, user: User, place: Channel, name: str) -> tuple[str, list[str], Json]:
        """The command's name, the path to its sub-command and the command. Raises NotHere."""
        # Commands on members and messages may have spaces in their names, so the whole name comes first.
        word, path = name, list[str]()
        found = self._world.commands.find(name, place.guild_id)
        if not found or all(one["type"] == CHAT for one in found):
            word, path = options.split(name)
            found = self._world.commands.find(word, place.guild_id)
        if not found:
            known = ", ".join(self._world.commands.names()) or "none"
            raise NotHere(f"no command {word!r} is synced here; synced: {known}")
        reasons = [self._illegal(user, place, one) for one in found]
        for command, reason in zip(found, reasons, strict=True):
            if reason is None:
                return word, path, command
        raise NotHere(f"{word!r} cannot be used here: {reasons[0]}")

    def _illegal(self, user: User, place: Channel, command: Json) -> str | None:
        context = self.context(place)
        contexts = command["contexts"]
        if contexts is None:
            contexts = [IN_GUILD, BOT_DM, PRIVATE] if command.get("dm_permission", True) else [IN_GUILD]
        if context not in contexts and "guild_id" not in command:
            return f"its contexts are {contexts}, this is {context}"
        if not self.owners(command, place, user):
            return f"its integration types are {command['integration_types']}"
        if place.guild_id is None:
            return None
        granted = self._world.permissions(user, place)
        if command["nsfw"] and not place.nsfw:
            return "it is for age-restricted channels"
        needed = int(command["default_member_permissions"] or 0)
        closed = command["default_member_permissions"] == "0"
        if not granted & permissions.ADMINISTRATOR and (closed or granted & needed != needed):
            return f"{user.name} lacks the permissions that it asks for"
        if not granted & permissions.COMMANDS:
            return f"{user.name} may not use commands here"
        return None

    def context(self, place: Channel) -> int:
        """0 in a server, 1 in direct messages with the bot, 2 in other private channels."""
        if place.guild_id is not None:
            return IN_GUILD
        return BOT_DM if self._world.sees(self._world.bot, place) else PRIVATE

    def owners(self, command: Json, place: Channel, user: User) -> Json:
        """`authorizing_integration_owners`: by which installation the command is there; empty if by none."""
        kinds: list[int] = command["integration_types"]
        guild = self._world.guild_of(place)
        by_guild = guild.present if guild is not None else self._world.sees(self._world.bot, place)
        if by_guild and (GUILD_INSTALL in kinds or "guild_id" in command):
            return {"0": guild.id if guild is not None else "0"}
        return {"1": user.id} if USER_INSTALL in kinds else {}
