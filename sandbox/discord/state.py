"""The things of the stand-in Discord: plain records without behavior. Ids are snowflakes as strings."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.json import Json

TEXT, DM, GROUP_DM, FORUM = 0, 1, 3, 15
PUBLIC_THREAD, PRIVATE_THREAD = 11, 12
"""Types of channels."""

ARCHIVE_MINUTES = 1440
"""After so many minutes without a message a thread is archived, if it says nothing else."""

MEMBER, ROLE = 1, 0
"""Types of overwrites."""

ENGLISH = "en-US"
LOCALES = frozenset(
    (
        *(
            "bg",
            "cs",
            "da",
            "de",
            "el",
            "en-GB",
            "en-US",
            "es-419",
            "es-ES",
            "fi",
            "fr",
            "hi",
            "hr",
            "hu",
            "id",
        ),
        *("it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
        *("zh-CN", "zh-TW"),
    )
)
"""Languages of Discord's client."""


@dataclass(eq=False)
class User:
    id: str
    name: str
    bot: bool = False
    locale: str = ENGLISH
    dms_closed: bool = False

    @property
    def display(self) -> str:
        return self.name.replace("_", " ").title()


@dataclass(eq=False)
class Role:
    id: str
    name: str
    permissions: int
    position: int
    managed: bool = False


@dataclass(eq=False)
class Overwrite:
    id: str
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(eq=False)
class Channel:
    """A text channel, a forum, a direct message (its members are `recipients`, without the bot), a group."""

    id: str
    name: str
    type: int
    guild_id: str | None = None
    nsfw: bool = False
    position: int = 0
    overwrites: list[Overwrite] = field(default_factory=list[Overwrite])
    recipients: list[User] = field(default_factory=list[User])
    last_message_id: str | None = None


@dataclass(eq=False)
class Thread(Channel):
    """A thread of the channel `parent_id`, or a post of a forum. `nsfw` is its parent's. `people`: the ids of
    its members, with the time since when. `spoken`: messages in it, the one that it began from not counted.
    """

    parent_id: str = ""
    owner_id: str = ""
    created: float = 0.0
    archived: bool = False
    archived_at: float = 0.0
    locked: bool = False
    invitable: bool = True
    archive_minutes: int = ARCHIVE_MINUTES
    slowmode: int = 0
    tags: list[str] = field(default_factory=list[str])
    people: dict[str, float] = field(default_factory=dict[str, float])
    spoken: int = 0


@dataclass(eq=False)
class Member:
    user: User
    guild_id: str
    joined: float
    roles: list[str] = field(default_factory=list[str])


@dataclass(eq=False)
class Guild:
    """`present`: whether the bot is a member."""

    id: str
    name: str
    owner_id: str
    present: bool
    created: float
    tier: int = 0
    locale: str = ENGLISH
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    threads: dict[str, Thread] = field(default_factory=dict[str, Thread])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    emojis: list[Json] = field(default_factory=list[Json])
    stickers: list[Json] = field(default_factory=list[Json])
    sounds: list[Json] = field(default_factory=list[Json])


@dataclass(eq=False)
class Attachment:
    """A file on the CDN. `place` is the first part of its path; `seconds` is the length of what plays."""

    id: str
    place: str
    name: str
    data: bytes
    content_type: str | None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    description: str | None = None
    title: str | None = None
    ephemeral: bool = False
    waveform: str | None = None
    """Of a voice message: how it looks, in base64."""


@dataclass(eq=False)
class Message:
    """A message as stored: embeds and components as the bot sent them, `attachment://` included."""

    id: str
    channel_id: str
    author: User
    created: float
    type: int = 0
    content: str = ""
    embeds: list[Any] = field(default_factory=list[Any])
    components: list[Any] = field(default_factory=list[Any])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    tts: bool = False
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[str] = field(default_factory=list[str])
    mention_everyone: bool = False
    nonce: str | int | None = None
    edited: float | None = None
    edits: int = 0
    visible_to: str | None = None
    interaction_id: str | None = None
    metadata: Json | None = None
    reference: Json | None = None
    application_id: str | None = None
    fields: Json = field(default_factory=dict[str, Any])
    """Keys that a test added or replaced; see `objects.message`."""
    thread_id: str | None = None
