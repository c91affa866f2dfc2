"""Which files an option takes, in the payload that Discord is told.

Discord has known `file_types` since August 2026; discord.py 2.7.1 does not, so the key is added to what it
has made. Discord's own word "image" leaves out pictures that Scenario takes: they are named by their endings.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import discord

MOST: Final = 10
"""Entries that Discord takes."""
_IMAGES: Final = ("image", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".svg", ".exr", ".hdr")
_TAKEN: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    dict.fromkeys(("image", "mask", "reference", "first_frame", "last_frame"), _IMAGES)
)
"""By what the file is to the request, which is the option's name but for its number."""
_ATTACHMENT: Final = discord.AppCommandOptionType.attachment.value


def with_file_types(command: dict[str, Any]) -> dict[str, Any]:
    """The payload of a command, of a group, or of an option, with the kinds of all files in it. Raises
    KeyError for a file whose kinds nobody has named."""
    told = {**command}
    if told.get("type") == _ATTACHMENT and "options" not in told:
        told["file_types"] = list(_TAKEN[role_of(str(told["name"]))])
    if "options" in told:
        told["options"] = [with_file_types(option) for option in told["options"]]
    return told


def role_of(option: str) -> str:
    """What a file is to the request: `reference_2` is one more `reference`."""
    return option.rstrip("0123456789").rstrip("_")
