"""What is not decoded, because nobody would be glad of the wait."""

from typing import Final

MOST_PIXELS: Final = 50_000_000
"""Of a picture that is decoded. Four bytes each, and a copy of them."""


class TooManyPixels(ValueError):
    """The picture may be fine, but there is no preview of one so large."""


def require_few(width: int, height: int) -> None:
    """Raises TooManyPixels."""
    if width * height > MOST_PIXELS:
        raise TooManyPixels(f"{width} × {height} pixels are too many for a preview")
