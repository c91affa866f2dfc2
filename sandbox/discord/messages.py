"""Making, changing and showing messages, with every rule that depends on where they are."""

import re
from collections.abc import Sequence

from sandbox.discord import objects, permissions
from sandbox.discord.checks import array, mapping
from sandbox.discord.components import V2, numbered, texts
from sandbox.discord.embeds import SCHEME, used_files
from sandbox.discord.limits import (
    EPHEMERAL,
    FILE_BYTES,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    File,
    Kept,
    check_files,
    check_flags,
    check_message,
    check_present,
    named,
)
from sandbox.discord.media import kind_of_name, measure
from sandbox.discord.refusal import Refusal, invalid, missing_permissions
from sandbox.discord.state import TEXT, Attachment, Channel, Message, User
from sandbox.discord.threads import Threads
from sandbox.discord.voice import VOICE, check_voice, no_edit
from sandbox.discord.world import World
from sandbox.json import Json

_MENTION = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")

SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2
BY_USERS: Json = {"parse": ["users"]}
"""What an answer to an interaction may mention when it does not say."""


class Messages:
    """Every message of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.threads = Threads(world)

    def create(
        self,
        message: Message,
        body: Json,
        files: Sequence[File],
        *,
        known: frozenset[str],
        granted: int,
        path: str = "",
    ) -> Message:
        """Fills a new message from a request, stores it and tells the bot. Raises Refusal, storing nothing.

        `granted`: what the bot may do there.
        """
        self._check(message, body, files, known=known, granted=granted, path=path, also=VOICE)
        self.admit(message, granted, sending=True)
        refusal = check_voice(body, files, granted)
        if refusal is not None:
            raise refusal
        flags = int(body.get("flags") or 0)
        message.flags |= flags
        self._fill(message, body, files, fresh=True)
        self.store(message)
        return message

    def store(self, message: Message) -> None:
        """Keeps a message and tells the bot."""
        self._of(message.channel_id)[message.id] = message
        place = self.world.channel_by_id(message.channel_id)
        if place is not None and message.visible_to is None:
            place.last_message_id = message.id
            self.threads.spoke(place, message.author)
        self._announce("MESSAGE_CREATE", message)

    def edit(
        self,
        message: Message,
        body: Json,
        files: Sequence[File],
        *,
        known: frozenset[str],
        granted: int,
        path: str = "",
    ) -> None:
        """Applies a PATCH: keys that are absent stay as they are. Raises Refusal, changing nothing."""
        self.admit(message, granted, sending=False)
        if message.flags & VOICE:
            raise no_edit()
        self._check(message, body, files, known=known, granted=granted, path=path)
        loading = bool(message.flags & LOADING)
        if body.get("flags") is not None:
            message.flags = message.flags & ~SETTABLE | int(body["flags"]) & SETTABLE | message.flags & V2
        message.flags &= ~LOADING
        self._fill(message, body, files, fresh=loading)
        message.edits += 1
        # The first words of a deferred answer are no edit in the eyes of those who read it.
        message.edited = message.edited if loading else self.world.clock.now()
        self._announce("MESSAGE_UPDATE", message)

    def admit(self, message: Message, granted: int, *, sending: bool) -> None:
        """Whether the message may be written, or changed, where it is. Raises Refusal."""
        if message.visible_to is None:
            self.threads.admit(self.world.channel_by_id(message.channel_id), granted, sending=sending)

    def delete(self, message: Message) -> None:
        """Removes a message and its files."""
        self._of(message.channel_id).pop(message.id, None)
        for one in message.attachments:
            self.world.blobs.pop(one.id, None)
        place = self.world.channel_by_id(message.channel_id)
        data: Json = {"id": message.id, "channel_id": message.channel_id}
        if place is not None and place.guild_id and message.visible_to is None:
            data["guild_id"] = place.guild_id
        self.world.touched(message)
        self.world.dispatch("MESSAGE_DELETE", data, guild_id=data.get("guild_id"))

    def show(self, message: Message) -> Json:
        """The message as REST gives it."""
        data = objects.message(message, self.world.links)
        reference = mapping(message.reference).get("message_id")
        if reference is not None and message.type == 19:
            found = self.find(str(reference))
            data["referenced_message"] = objects.message(found, self.world.links) if found else None
        thread = self.world.channel_by_id(message.thread_id) if message.thread_id else None
        return {**data, "thread": objects.channel(thread)} if thread else data

    def find(self, message_id: str) -> Message | None:
        for channel in self.world.messages.values():
            if message_id in channel:
                return channel[message_id]
        return None

    def there(self, channel: Channel) -> list[Message]:
        """Everything in that channel, oldest first, whoever may see it."""
        return sorted(self._of(channel.id).values(), key=lambda one: int(one.id))

    def file_limit(self, channel: Channel) -> int:
        """Bytes of the largest file that may be sent there."""
        guild = self.world.guild_of(channel)
        return FILE_BYTES[guild.tier if guild else 0]

    def upload(self, name: str, data: bytes, place: str, content_type: str | None = None) -> Attachment:
        """Puts a file on the CDN; pictures, video and audio are measured."""
        kind = content_type or kind_of_name(name)
        attachment = Attachment(self.world.snowflake(), place, name, data, kind)
        facts = measure(kind, data)
        attachment.width, attachment.height, attachment.seconds = facts.width, facts.height, facts.seconds
        self.world.blobs[attachment.id] = attachment
        return attachment

    def _of(self, channel_id: str) -> dict[str, Message]:
        return self.world.messages.setdefault(channel_id, {})

    def _announce(self, event: str, message: Message) -> None:
        self.world.touched(message)
        place = self.world.channel_by_id(message.channel_id)
        data = self.show(message)
        guild = self.world.guild_of(place) if place else None
        if place is None or not self.world.sees(self.world.bot, place):
            return
        if guild is None or message.visible_to is not None:
            # Without guild and member: so Discord sends what only one person sees.
            self.world.dispatch(event, data)
            return
        data["guild_id"] = guild.id
        if message.author.id in guild.members:
            data["member"] = objects.member(guild.members[message.author.id], with_user=False)
        self.world.dispatch(event, data, guild_id=guild.id)

    def _check(
        self,
        message: Message,
        body: Json,
        files: Sequence[File],
        *,
        known: frozenset[str],
        granted: int,
        path: str,
        also: int = 0,
    ) -> None:
        """also: flags that may be set beside the usual ones."""
        kept = [Kept(one.id, one.name) for one in message.attachments]
        place = self.world.channel_by_id(message.channel_id)
        where = f"{path}.flags" if path else "flags"
        allowed = SETTABLE | also | (EPHEMERAL if message.application_id else 0) | message.flags
        refusals = (
            check_message(body, files, known=known, kept=kept, flags=message.flags, path=path),
            check_flags(body.get("flags"), allowed, where),
            check_files(files, self.file_limit(place) if place else FILE_BYTES[0]),
            self._check_filled(message, body, files),
        )
        for refusal in refusals:
            if refusal is not None:
                raise refusal
        self._check_v2(message, body, where)
        if (files and not granted & permissions.ATTACH) or (
            body.get("embeds") and not granted & permissions.EMBED
        ):
            raise missing_permissions()

    def _check_v2(self, message: Message, body: Json, path: str) -> None:
        wanted = body.get("flags")
        if wanted is None:
            return
        if message.flags & V2 and not wanted & V2:
            raise invalid(path, "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", "This flag cannot be removed")
        for key, old in (("content", message.content), ("embeds", message.embeds)):
            if wanted & V2 and old and key not in body:
                sentence = "The 'MessageFlags.IS_COMPONENTS_V2' flag forbids this field"
                raise invalid(key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence)

    def _check_filled(self, message: Message, body: Json, files: Sequence[File]) -> Refusal | None:
        if message.fields:
            return None  # what it holds is not all ours to know: a sticker, a poll, a forwarded message
        listed = body.get("attachments")
        files_after = len(message.attachments) + len(files) if listed is None else len(array(listed))
        return check_present(
            content=str(body.get("content", message.content) or ""),
            embeds=len(array(body.get("embeds", message.embeds))),
            attachments=files_after,
            components=len(array(body.get("components", message.components))),
        )

    def _fill(self, message: Message, body: Json, files: Sequence[File], *, fresh: bool) -> None:
        old = list(message.attachments)
        message.attachments = self._attachments(message, body, files)
        if "content" in body:
            message.content = str(body["content"] or "").strip()
        embeds = array(body["embeds"]) if "embeds" in body else message.embeds
        shown = used_files(embeds)
        gone = {one.name: one for one in old if one not in message.attachments}
        if gone and "embeds" not in body:
            embeds = [self._unlinked(mapping(embed), gone) for embed in embeds]
        message.embeds = embeds
        if "components" in body:
            message.components = numbered(array(body["components"]))
        message.tts = bool(body.get("tts")) or message.tts
        if fresh or "content" in body or "components" in body:
            self._mention(message, body)
        for one in gone.values():
            if one.name not in shown:
                self.world.blobs.pop(one.id, None)

    def _unlinked(self, embed: Json, gone: dict[str, Attachment]) -> Json:
        """The embed with plain links to files that left the message: Discord goes on showing them."""
        changed = dict(embed)
        for part in ("image", "thumbnail"):
            name = str(mapping(embed.get(part)).get("url", "")).removeprefix(SCHEME)
            if name in gone:
                changed[part] = {**mapping(embed[part]), "url": self.world.links.link(gone[name])}
        return changed

    def _attachments(self, message: Message, body: Json, files: Sequence[File]) -> list[Attachment]:
        listed = body.get("attachments")
        by_index = {str(file.index): file for file in files}
        if listed is None:
            added = [self._stored(message, file, {}) for file in files]
            return [*message.attachments, *added]
        kept = {one.id: one for one in message.attachments}
        result: list[Attachment] = []
        for entry in map(mapping, array(listed)):
            key = str(entry.get("id"))
            if key in kept:
                if "description" in entry:
                    kept[key].description = entry["description"]
                result.append(kept[key])
            elif key in by_index:
                result.append(self._stored(message, by_index[key], entry))
        return result

    def _stored(self, message: Message, file: File, entry: Json) -> Attachment:
        name = named(entry.get("filename"), file.name)
        stored = self.upload(name, file.data, message.channel_id)
        stored.description, stored.title = entry.get("description"), entry.get("title")
        stored.ephemeral = message.visible_to is not None
        if message.flags & VOICE:
            stored.seconds, stored.waveform = entry["duration_secs"], entry["waveform"]
        return stored

    def _mention(self, message: Message, body: Json) -> None:
        """Who is pinged: only what the content says (or text displays), and only what this request allows."""
        said = "\n".join([message.content, *texts(message.components)])
        allowed: Json | None = body.get("allowed_mentions")
        if allowed is None and message.application_id is not None:
            allowed = BY_USERS
        place = self.world.channel_by_id(message.channel_id)
        parse = ["users", "roles", "everyone"] if allowed is None else array(mapping(allowed).get("parse"))
        users = set(map(str, array(mapping(allowed).get("users"))))
        roles = set(map(str, array(mapping(allowed).get("roles"))))
        named_users = dict.fromkeys(_MENTION.findall(said))
        named_roles = dict.fromkeys(_ROLE.findall(said))
        message.mentions = [
            person
            for one in named_users
            if ("users" in parse or one in users) and (person := self._person(one)) is not None
        ]
        message.mention_roles = [one for one in named_roles if "roles" in parse or one in roles]
        bot = self.world.permissions(self.world.bot, place) if place else 0
        may = bool(bot & permissions.EVERYONE) or (place is not None and place.type != TEXT)
        message.mention_everyone = bool(_EVERYONE.search(said)) and "everyone" in parse and may
        self._mention_replied(message, allowed)

    def _mention_replied(self, message: Message, allowed: Json | None) -> None:
        answered = mapping(message.reference).get("message_id") if message.application_id is None else None
        found = self.find(str(answered)) if answered else None
        asked = allowed is None or mapping(allowed).get("replied_user")
        if found is not None and asked and found.author not in message.mentions:
            message.mentions.append(found.author)

    def _person(self, user_id: str) -> User | None:
        return self.world.bot if user_id == self.world.bot.id else self.world.users.get(user_id)
