"""Voice messages: a sound with how long it is and how it looks, and nothing beside it."""

import base64
import binascii
from collections.abc import Sequence

from sandbox.discord import permissions
from sandbox.discord.checks import array, mapping
from sandbox.discord.limits import File
from sandbox.discord.refusal import Refusal, invalid
from sandbox.json import Json

VOICE = 1 << 13
POINTS = 256
WAVEFORM = 400
"""Characters of a waveform, and the bytes that it may stand for."""
_BESIDE = ("content", "embeds", "components", "sticker_ids", "poll")


def check_voice(body: Json, files: Sequence[File], granted: int) -> Refusal | None:
    """What a new message with the flag must be, and where. None for any other."""
    flags: object = body.get("flags")
    if not isinstance(flags, int) or not flags & VOICE:
        return None
    if not granted & permissions.VOICE:
        return Refusal(403, 50173, "", "Cannot send voice messages in this channel")
    if any(body.get(key) for key in _BESIDE):
        return Refusal(400, 50159, "", "Voice messages do not support additional content")
    if len(files) != 1 or not _plays(files[0].data):
        return Refusal(400, 50160, "", "Voice messages must have a single audio attachment")
    listed = next(map(mapping, array(body.get("attachments"))), None) or {}
    seconds, waveform = listed.get("duration_secs"), listed.get("waveform")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not isinstance(waveform, str):
        return Refusal(400, 50161, "", "Voice messages must have supporting metadata")
    if seconds < 0:
        return invalid("attachments.0.duration_secs", "NUMBER_TYPE_MIN", "Must be 0 or more.")
    if len(waveform) > WAVEFORM or not _is_waveform(waveform):
        return invalid(
            "attachments.0.waveform", "BASE_TYPE_BAD_LENGTH", "stand-in: at most 256 bytes, base64"
        )
    return None


def no_edit() -> Refusal:
    """A voice message stays as it was sent."""
    return Refusal(400, 50162, "", "Voice messages cannot be edited")


def _plays(data: bytes) -> bool:
    """Whether it is a sound that Discord takes here: Ogg, MP3, WAV, FLAC."""
    return data.startswith((b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"RIFF", b"fLaC"))


def _is_waveform(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) <= POINTS
    except binascii.Error:
        return False
