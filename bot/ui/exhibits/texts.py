"""Words as a result: short ones stand in the card, long ones in a file."""

from pathlib import Path
from typing import Final

from bot.ui.speech import words

SHORT: Final = 1500
"""Characters, of all texts of one card together, that stand in the card."""
MOST_LINES: Final = 60
BLOCK: Final = 2400
"""Characters that they may have when escaped: an embed's descriptions and fields hold 6,000 together."""
_MOST_BYTES: Final = 4 * SHORT


def read_short(path: Path, size: int) -> str | None:
    """The words of a file that may be short enough for a card; None for any other, or where it is no text."""
    if size > _MOST_BYTES:
        return None
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (UnicodeDecodeError, OSError):
        return None


def block(text: str) -> str:
    """The words as a quotation, line by line, with nothing in them that pings, links or formats."""
    lines = [words.quoted(line, len(line) + 1) for line in text.strip().splitlines()]
    # a mark of quotation alone on its line would be shown as it is
    return "\n".join(f"> {line}" if line else "" for line in lines)


def fits_card(text: str, room: int) -> bool:
    """Whether a card has room for them. `room`: characters that are left of SHORT."""
    lines = len(text.strip().splitlines())
    told = block(text) if len(text) <= room and lines <= MOST_LINES else ""
    return bool(told.strip()) and len(told) <= BLOCK * room // SHORT
