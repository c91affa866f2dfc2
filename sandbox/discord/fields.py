"""Keys that a test adds to a message object, or puts in the place of others, as Discord would send them."""

from typing import Any

from sandbox.discord.checks import array, mapping
from sandbox.discord.options import OptionError
from sandbox.json import Json

ATTACHMENTS, URL = "$ATTACHMENTS", "$URL"
"""Stand for the array of the message's uploads, and for the first one's address, wherever a value may."""
_HELD = frozenset({"id", "channel_id"})


def checked(fields: Json, uploads: int) -> Json:
    """The fields, for a message with so many uploads. Raises OptionError."""
    held = sorted(_HELD & set(fields))
    if held:
        raise OptionError(f"fields: {', '.join(held)} is what the message is found by")
    if not uploads and _holds_url(fields):
        raise OptionError(f"fields: {URL} stands for an upload's address, and there is none")
    return fields


def filled(fields: Json, uploads: list[Json]) -> Json:
    """The fields with attachment objects in the places of what stands for them."""
    return {key: _filled(value, uploads) for key, value in fields.items()}


def _filled(value: object, uploads: list[Json]) -> Any:
    if value == ATTACHMENTS:
        return uploads
    if value == URL:
        return uploads[0]["url"]
    if inside := mapping(value):
        return filled(inside, uploads)
    return [_filled(each, uploads) for each in listed] if (listed := array(value)) else value


def _holds_url(value: object) -> bool:
    parts = [*mapping(value).values(), *array(value)]
    return value == URL or any(map(_holds_url, parts))
