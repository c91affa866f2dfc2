"""What a guild has of its own to say things with: emojis, stickers, sounds of its soundboard."""

import base64
import binascii
import io
import re
from typing import Final

from PIL import Image, UnidentifiedImageError

from sandbox.discord import permissions
from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.media import measure
from sandbox.discord.objects import user
from sandbox.discord.refusal import Refusal, invalid
from sandbox.discord.routes_guild import guild_of
from sandbox.discord.state import Guild
from sandbox.json import Json

EMOJI_BYTES: Final = 256 * 1024
STICKER_BYTES: Final = 512 * 1024
SOUND_BYTES: Final = 512 * 1024
SOUND_SECONDS: Final = 5.2
STICKER_SIDE: Final = 320
EMOJIS: Final = 50
STICKERS: Final = 5
SOUNDS: Final = 8
"""Most that a guild without boosts has."""
_NAME: Final = re.compile(r"[A-Za-z0-9_]{2,32}")
_DATA: Final = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<data>.*)", re.DOTALL)
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
_AUDIO: Final = frozenset({"audio/mpeg", "audio/mp3", "audio/ogg"})


async def create_emoji(call: Call) -> Outcome:
    guild, sent = _allowed(call), (await call.body()).document
    name = sent.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 32 of A-Z, a-z, 0-9 and _.")
    data = _decoded(sent, "image", _IMAGES)
    if len(data) > EMOJI_BYTES:
        raise invalid("image", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 256.0 kb.")
    _measured(data, "image")
    if len(guild.emojis) >= EMOJIS:
        raise Refusal(400, 30008, "", f"Maximum number of emojis reached ({EMOJIS})")
    made: Json = {
        "id": call.stand.world.snowflake(),
        "name": name,
        "roles": [],
        "user": user(call.stand.world.bot),
        "require_colons": True,
        "managed": False,
        "animated": False,
        "available": True,
    }
    guild.emojis.append(made)
    return 201, made


async def create_sticker(call: Call) -> Outcome:
    guild, body = _allowed(call), await call.body(STICKER_BYTES * 2)
    sent = body.document
    _named(sent, 30)
    tags, description = sent.get("tags"), sent.get("description")
    if not isinstance(tags, str) or not 1 <= len(tags) <= 200:
        raise invalid("tags", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 200 in length.")
    if not isinstance(description, str) or (description and not 2 <= len(description) <= 100):
        raise invalid("description", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
    if len(body.files) != 1:
        raise invalid("file", "BASE_TYPE_REQUIRED", "This field is required")
    (file,) = body.files
    if len(file.data) > STICKER_BYTES:
        raise Refusal(400, 50045, "file", "File uploaded exceeds the maximum size")
    if max(_measured(file.data, "file")) > STICKER_SIDE:
        raise Refusal(400, 50046, "file", "Invalid Asset")
    if len(guild.stickers) >= STICKERS:
        raise Refusal(400, 30039, "", f"Maximum number of stickers reached ({STICKERS})")
    made: Json = {
        "id": call.stand.world.snowflake(),
        "name": sent["name"],
        "description": description or None,
        "tags": tags,
        "type": 2,
        "format_type": 1,
        "available": True,
        "guild_id": guild.id,
        "user": user(call.stand.world.bot),
    }
    guild.stickers.append(made)
    return 201, made


async def create_sound(call: Call) -> Outcome:
    guild, sent = _allowed(call), (await call.body()).document
    _named(sent, 32)
    data = _decoded(sent, "sound", _AUDIO)
    if len(data) > SOUND_BYTES:
        raise invalid("sound", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 512.0 kb.")
    seconds = measure("audio/mpeg", data).seconds
    if seconds is not None and seconds > SOUND_SECONDS:
        raise invalid("sound", "GUILD_SOUNDBOARD_SOUND_TOO_LONG", "Sounds are at most 5.2 seconds long.")
    if len(guild.sounds) >= SOUNDS:
        raise Refusal(400, 30045, "", f"Maximum number of soundboard sounds reached ({SOUNDS})")
    made: Json = {
        "sound_id": call.stand.world.snowflake(),
        "name": sent["name"],
        "volume": sent.get("volume", 1),
        "emoji_id": None,
        "emoji_name": None,
        "guild_id": guild.id,
        "available": True,
        "user": user(call.stand.world.bot),
    }
    guild.sounds.append(made)
    return 201, made


def _allowed(call: Call) -> Guild:
    """The guild, if the bot may create something there. Raises Refusal."""
    guild = guild_of(call)
    granted = permissions.base(guild, guild.members[call.stand.world.application_id])
    if not granted & permissions.EXPRESSIONS:
        raise Refusal(403, 50013, "", "Missing Permissions")
    return guild


def _named(sent: Json, most: int) -> None:
    name = sent.get("name")
    if not isinstance(name, str) or not 2 <= len(name.strip()) <= most:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", f"Must be between 2 and {most} in length.")


def _decoded(sent: Json, key: str, types: frozenset[str]) -> bytes:
    """The bytes of a data URI. Raises Refusal."""
    match = _DATA.fullmatch(str(sent.get(key)))
    if match is None or match["type"] not in types:
        raise invalid(key, "DATA_URI_INVALID", "Must be a data URI of a type that is taken here.")
    try:
        return base64.b64decode(match["data"], validate=True)
    except binascii.Error as error:
        raise invalid(key, "DATA_URI_INVALID", "Not base64.") from error


def _measured(data: bytes, key: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (UnidentifiedImageError, OSError) as error:
        raise Refusal(400, 50046, key, "Invalid Asset") from error


ROUTES = [
    Route("POST", "/guilds/{guild}/emojis", create_emoji, major=("guild",)),
    Route("POST", "/guilds/{guild}/stickers", create_sticker, major=("guild",)),
    Route("POST", "/guilds/{guild}/soundboard-sounds", create_sound, major=("guild",)),
]
