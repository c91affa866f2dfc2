"""What members do: commands, buttons, modals. Each becomes an interaction that the bot must answer.

The answers themselves are in `answers.py`.
"""

import asyncio
import secrets
from typing import Any

from sandbox.discord import fields, objects, options, permissions
from sandbox.discord.interaction import ANSWER_SECONDS, Interaction
from sandbox.discord.limits import AUTOCOMPLETE, CHANNEL_POST, COMMAND, COMPONENT, SUBMIT, File
from sandbox.discord.members import Resolving
from sandbox.discord.messages import Messages
from sandbox.discord.options import OptionError
from sandbox.discord.reach import NotHere, Reach
from sandbox.discord.refusal import Refusal
from sandbox.discord.state import FORUM, Channel, Message, User
from sandbox.discord.submits import submitted
from sandbox.discord.world import NoSuchPlace, World
from sandbox.json import Json

CHAT, ON_USER = 1, 2


class Refused(Exception):
    """Something that a member cannot do. `status` is the control API's: 400 (wrong), 404 (unknown) or
    503 (no session, not synced, no answer).
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Interactions:
    """Every interaction, by id and by token. Members, channels and commands are named; ids are strings."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Messages(world)
        self._reach = Reach(world)
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    # Acting as a member

    async def command(self, member: str, channel: str, name: str, given: Json | None = None) -> str:
        """Invokes a synced command and returns the interaction's id.

        `name` may go on with sub-commands ("workflow run"). `given` maps options to values: texts, numbers,
        booleans, names of members, files `{"name", "bytes": base64}`. Commands on a member or a message
        take `{"target": name or message id}`. Raises Refused.
        """
        user, place = self.place(member, channel)
        word, path, command = self._find(user, place, name)
        resolved: Json = {}
        data: Json = {"id": command["id"], "name": word, "type": command["type"]}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        resolver = Resolving(self.world, self.store, place)
        try:
            if command["type"] == CHAT:
                wanted = options.chosen(command, path)
                filled = options.filled(wanted, given or {}, resolver, resolved)
                data["options"] = options.nested(command, path, filled)
            else:
                data["target_id"] = self._target(command, user, place, given or {}, resolver, resolved)
        except OptionError as error:
            raise Refused(400, str(error)) from error
        if resolved:
            data["resolved"] = resolved
        self._wake(user, place)
        interaction = self._new(COMMAND, user, place, data, self._reach.owners(command, place, user))
        interaction.name = " ".join([word, *path])
        return self._send(interaction)

    async def autocomplete(
        self, member: str, channel: str, name: str, given: Json | None, focused: str
    ) -> list[Any]:
        """The suggestions for the option `focused`, whose text is in `given`. Raises Refused."""
        user, place = self.place(member, channel)
        word, path, command = self._find(user, place, name)
        try:
            wanted = options.chosen(command, path)
            resolver = Resolving(self.world, self.store, place)
            typed = options.typing(wanted, given or {}, focused, resolver)
        except OptionError as error:
            raise Refused(400, str(error)) from error
        data: Json = {"id": command["id"], "name": word, "type": CHAT}
        data["options"] = options.nested(command, path, typed)
        interaction = self._new(AUTOCOMPLETE, user, place, data, self._reach.owners(command, place, user))
        interaction.option_type = next(one["type"] for one in wanted if one["name"] == focused)
        interaction.choices = asyncio.get_running_loop().create_future()
        self._send(interaction)
        return await self._await_choices(interaction, interaction.choices)

    async def press(
        self,
        member: str,
        message_id: str,
        *,
        label: str | None = None,
        custom_id: str | None = None,
        values: list[Any] | None = None,
    ) -> str:
        """Presses a button, or chooses `values` in a select, that the member sees. Raises Refused."""
        user = self.world.user(member)
        message = self.seen(user, message_id)
        place = self._channel_of(message)
        try:
            data = Resolving(self.world, self.store, place).pressed(message, label, custom_id, values or [])
        except OptionError as error:
            raise Refused(400, str(error)) from error
        self._wake(user, place)
        interaction = self._new(COMPONENT, user, place, data, self._owners_of(message, place, user))
        interaction.origin = message
        return self._send(interaction)

    async def submit(self, member: str, interaction_id: str, values: Json) -> str:
        """Fills in the modal that this interaction opened. Values map custom ids to a text, to a list, or
        to files. Raises Refused.
        """
        opened = self.get(interaction_id)
        if opened.modal is None:
            raise Refused(400, "this interaction has opened no modal")
        if opened.user.name != member:
            raise Refused(400, f"the modal is open before {opened.user.name}")
        resolver = Resolving(self.world, self.store, opened.channel)
        try:
            data = submitted(opened.modal, values, resolver)
        except ValueError as error:
            raise Refused(400, str(error)) from error
        interaction = self._new(SUBMIT, opened.user, opened.channel, data, opened.owners)
        interaction.origin, interaction.opener = opened.origin, opened
        return self._send(interaction)

    def say(
        self,
        member: str,
        channel: str,
        content: str,
        files: list[Any] | None = None,
        more: Json | None = None,
    ) -> str:
        """Writes a message. Files as in `command`; `more`: see `fields`. Raises Refused. Returns its id."""
        user, place = self.place(member, channel)
        self._wake(user, place)
        body: Json = {"content": content}
        resolver = Resolving(self.world, self.store, place)
        message = Message(self.world.snowflake(), place.id, user, self.world.clock.now())
        try:
            message.fields = fields.checked(more or {}, len(files or []))
            handed = [resolver.decoded(one) for one in files or []]
            uploads = [File(index, name, data) for index, (name, data) in enumerate(handed)]
            granted = self.world.permissions(user, place)
            self.store.create(message, body, uploads, known=CHANNEL_POST, granted=granted)
        except OptionError as error:
            raise Refused(400, str(error)) from error
        except Refusal as refusal:
            raise Refused(400, refusal.message) from refusal
        return message.id

    def delete_message(self, member: str, message_id: str) -> None:
        """Deletes a message as a moderator, or dismisses one that only this member sees. Raises Refused."""
        user = self.world.user(member)
        message = self.seen(user, message_id)
        place = self._channel_of(message)
        may = self.world.permissions(user, place) & permissions.MANAGE_MESSAGES
        asked = self._by_id.get(message.interaction_id or "")
        own = asked is not None and asked.by_user_install and asked.user is user
        if not may and not own and message.visible_to != user.id:
            raise Refused(400, f"{member} may not delete this message")
        self.store.delete(message)

    def expire_token(self, interaction_id: str) -> None:
        """Kills the token of an interaction, as if its 15 minutes were over. Raises Refused."""
        self.get(interaction_id).dead = True

    # Looking

    def state(self, interaction_id: str) -> str:
        """See `Interaction.state`. Raises Refused."""
        return self.get(interaction_id).state(self.world.clock.now())

    def describe(self, interaction_id: str) -> Json:
        """State and what else is known: `{id, state, type, name, member, message_id, modal, followups}`.
        `waited_ms`: until the first answer; None before."""
        one = self.get(interaction_id)
        waited = None if one.answered is None else round((one.answered - one.created) * 1000, 2)
        message = one.message if one.message and not self.deleted(one.message) else None
        return {
            "id": one.id,
            "state": self.state(interaction_id),
            "type": one.kind,
            "answer": one.answer,
            "waited_ms": waited,
            "name": one.name,
            "member": one.user.name,
            "message_id": message.id if message else None,
            "modal": one.modal,
            "followups": list(one.followups),
            "token_alive": one.alive(self.world.clock.now()),
        }

    def messages(self, channel: str, member: str, interaction_id: str | None = None) -> list[Json]:
        """The channel as that member sees it, oldest first: Discord's messages, with `ephemeral`, `edits`
        and `interaction_id`; of one interaction, or all. Raises Refused.
        """
        user, place = self.place(member, channel)
        if not self.world.sees(user, place):
            return []
        return [
            self.store.show(one)
            | {
                "ephemeral": one.visible_to is not None,
                "edits": one.edits,
                "interaction_id": one.interaction_id,
            }
            for one in self.store.there(place)
            if one.visible_to in (None, user.id) and interaction_id in (None, one.interaction_id)
        ]

    def get(self, interaction_id: str) -> Interaction:
        if interaction_id not in self._by_id:
            raise Refused(404, f"there is no interaction {interaction_id}")
        return self._by_id[interaction_id]

    def by_id(self, interaction_id: str) -> Interaction | None:
        return self._by_id.get(interaction_id)

    def by_token(self, token: str) -> Interaction | None:
        return self._by_token.get(token)

    def deleted(self, message: Message) -> bool:
        return self.store.find(message.id) is None

    # Making one

    def place(self, member: str, channel: str) -> tuple[User, Channel]:
        try:
            place = self.world.channel(channel)
        except NoSuchPlace as error:
            raise Refused(404, str(error)) from error
        user = self.world.user(member)
        guild = self.world.guild_of(place)
        if guild is not None:
            self.world.member_in(guild, user)
        elif user not in place.recipients:
            raise Refused(400, f"{member} is not in {channel}")
        return user, place

    def _wake(self, user: User, place: Channel) -> None:
        """A member's client opens an archived thread before anything is done in it. Raises Refused."""
        if place.type == FORUM:
            raise Refused(400, "a forum has posts, and nothing else happens in it")
        try:
            self.store.threads.admit(place, self.world.permissions(user, place), sending=True)
        except Refusal as refusal:
            raise Refused(400, f"{user.name} cannot do this in a locked thread") from refusal

    def _channel_of(self, message: Message) -> Channel:
        place = self.world.channel_by_id(message.channel_id)
        if place is None:
            raise Refused(404, "the channel is gone")
        return place

    def seen(self, user: User, message_id: str) -> Message:
        message = self.store.find(message_id)
        if message is None or message.visible_to not in (None, user.id):
            raise Refused(400, f"{user.name} sees no message {message_id}")
        place = self._channel_of(message)
        guild = self.world.guild_of(place)
        if guild is not None:
            self.world.member_in(guild, user)
        if not self.world.sees(user, place):
            raise Refused(400, f"{user.name} sees no message {message_id}")
        return message

    def _find(self, user: User, place: Channel, name: str) -> tuple[str, list[str], Json]:
        try:
            return self._reach.find(user, place, name)
        except NotHere as error:
            raise Refused(503, str(error)) from error

    def _owners_of(self, message: Message, place: Channel, user: User) -> Json:
        asked = self._by_id.get(message.interaction_id or "")
        if asked is not None:
            return asked.owners
        ours = place.guild_id in self._present() or self.world.sees(self.world.bot, place)
        return {"0": place.guild_id or "0"} if ours else {"1": user.id}

    def _target(
        self, command: Json, user: User, place: Channel, given: Json, resolver: Resolving, resolved: Json
    ) -> str:
        target = given.get("target")
        if not isinstance(target, str):
            raise OptionError("a command on a member or a message needs a target")
        if command["type"] == ON_USER:
            return resolver.user(target, resolved)
        message = self.seen(user, target)
        if message.channel_id != place.id:
            raise OptionError("the message is in another channel")
        resolved["messages"] = {message.id: self.store.show(message)}
        return message.id

    def _new(self, kind: int, user: User, place: Channel, data: Json, owners: Json) -> Interaction:
        world = self.world
        here = world.sees(world.bot, place) or (place.guild_id in self._present())
        interaction = Interaction(
            id=world.snowflake(),
            token=secrets.token_urlsafe(128),
            kind=kind,
            user=user,
            channel=place,
            created=world.clock.now(),
            owners=owners,
            data=data,
            granted=self._granted(place) if here else permissions.DIRECT,
        )
        if interaction.by_user_install and place.guild_id is not None:
            external = permissions.BITS["USE_EXTERNAL_APPS"]
            interaction.hushed = not world.permissions(user, place) & external
        return interaction

    def _granted(self, place: Channel) -> int:
        bot = self.world.bot
        return self.world.permissions(bot, place) or self.world.allowed(bot, place)

    def _present(self) -> set[str | None]:
        return {one.id for one in self.world.guilds.values() if one.present}

    def _send(self, interaction: Interaction) -> str:
        payload = self._payload(interaction)
        self._by_id[interaction.id] = self._by_token[interaction.token] = interaction
        if not self.world.dispatch("INTERACTION_CREATE", payload, guild_id=interaction.channel.guild_id):
            del self._by_id[interaction.id], self._by_token[interaction.token]
            raise Refused(503, "the bot has no gateway session")
        return interaction.id

    def _payload(self, one: Interaction) -> Json:
        place, world = one.channel, self.world
        guild = world.guild_of(place)
        described = objects.channel(place) | {"permissions": str(world.permissions(one.user, place))}
        payload: Json = {
            "id": one.id,
            "application_id": world.application_id,
            "type": one.kind,
            "token": one.token,
            "version": 1,
            "channel_id": place.id,
            "channel": described,
            "app_permissions": str(one.granted),
            "locale": one.user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": one.owners,
            "context": self._reach.context(place),
            "attachment_size_limit": self.store.file_limit(place),
            "data": one.data,
        }
        if guild is None:
            payload["user"] = objects.user(one.user)
        else:
            member = objects.member(world.member_in(guild, one.user))
            granted = str(world.permissions(one.user, place))
            payload |= {
                "guild_id": guild.id,
                "guild_locale": guild.locale,
                "guild": {"id": guild.id, "locale": guild.locale, "features": []},
                "member": {**member, "permissions": granted},
            }
        if one.origin is not None:
            payload["message"] = self.store.show(one.origin)
        return payload

    async def _await_choices(self, one: Interaction, choices: "asyncio.Future[list[Any]]") -> list[Any]:
        too_late = asyncio.ensure_future(self.world.clock.sleep_until(one.created + ANSWER_SECONDS))
        try:
            await asyncio.wait({choices, too_late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            too_late.cancel()
        if not choices.done():
            raise Refused(503, f"no suggestions within {ANSWER_SECONDS} s")
        return choices.result()
