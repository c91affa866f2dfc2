"""Discord's permission bits and how a channel's overwrites change them."""

from collections.abc import Iterable, Mapping

from sandbox.discord.state import Channel, Guild, Member, Thread

BITS: Mapping[str, int] = {
    "KICK_MEMBERS": 1 << 1,
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "USE_EXTERNAL_EMOJIS": 1 << 18,
    "MANAGE_ROLES": 1 << 28,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "CREATE_GUILD_EXPRESSIONS": 1 << 43,
    "SEND_VOICE_MESSAGES": 1 << 46,
    "USE_EXTERNAL_APPS": 1 << 50,
}
ALL = (1 << 51) - 1

ADMINISTRATOR = BITS["ADMINISTRATOR"]
VIEW = BITS["VIEW_CHANNEL"]
SEND = BITS["SEND_MESSAGES"]
MANAGE_MESSAGES = BITS["MANAGE_MESSAGES"]
EMBED = BITS["EMBED_LINKS"]
ATTACH = BITS["ATTACH_FILES"]
HISTORY = BITS["READ_MESSAGE_HISTORY"]
EVERYONE = BITS["MENTION_EVERYONE"]
VOICE = BITS["SEND_VOICE_MESSAGES"]
EXPRESSIONS = BITS["CREATE_GUILD_EXPRESSIONS"]
COMMANDS = BITS["USE_APPLICATION_COMMANDS"]
SEND_IN_THREADS = BITS["SEND_MESSAGES_IN_THREADS"]
MANAGE_THREADS = BITS["MANAGE_THREADS"]
PUBLIC_THREADS, PRIVATE_THREADS = BITS["CREATE_PUBLIC_THREADS"], BITS["CREATE_PRIVATE_THREADS"]


def bits(names: Iterable[str]) -> int:
    """The bits of Discord's names. Raises KeyError for a name that is not in `BITS`."""
    total = 0
    for name in names:
        total |= BITS[name]
    return total


NORMAL = bits(
    (
        "ADD_REACTIONS",
        "VIEW_CHANNEL",
        "SEND_MESSAGES",
        "EMBED_LINKS",
        "ATTACH_FILES",
        "READ_MESSAGE_HISTORY",
        "USE_EXTERNAL_EMOJIS",
        "USE_APPLICATION_COMMANDS",
        "CREATE_PUBLIC_THREADS",
        "CREATE_PRIVATE_THREADS",
        "SEND_MESSAGES_IN_THREADS",
        "SEND_VOICE_MESSAGES",
        "USE_EXTERNAL_APPS",
    )
)
"""What everybody may do in a new guild."""

DIRECT = NORMAL | EVERYONE
"""What holds in direct messages, where nobody has roles."""


def base(guild: Guild, member: Member) -> int:
    """Permissions of a member in a guild, before a channel has its say."""
    if member.user.id == guild.owner_id:
        return ALL
    granted = guild.roles[guild.id].permissions
    for role in member.roles:
        granted |= guild.roles[role].permissions
    return ALL if granted & ADMINISTRATOR else granted


def speaking(channel: Channel) -> int:
    """The permission that it takes to write there."""
    return SEND_IN_THREADS if isinstance(channel, Thread) else SEND


def within(guild: Guild, member: Member, channel: Channel) -> int:
    """Permissions of a member in a channel: everyone's overwrite, then the roles', then the member's own. In
    a thread its parent's hold.
    """
    granted = base(guild, member)
    needed = speaking(channel)
    if isinstance(channel, Thread):
        channel = guild.channels[channel.parent_id]
    if granted == ALL:
        return ALL
    everyone = [one for one in channel.overwrites if one.id == guild.id]
    roles = [one for one in channel.overwrites if one.id in member.roles]
    own = [one for one in channel.overwrites if one.id == member.user.id]
    for group in (everyone, roles, own):
        deny = allow = 0
        for one in group:
            deny |= one.deny
            allow |= one.allow
        granted = granted & ~deny | allow
    if not granted & VIEW:
        return 0
    return granted if granted & needed else granted & ~(EMBED | ATTACH | EVERYONE | VOICE)
