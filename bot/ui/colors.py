"""The colors of embeds: one for each way that things can stand."""

from typing import Final

RUNNING: Final = 0x5B6CFF
DONE: Final = 0x2E9E6B
FAILED: Final = 0xC8463C
CANCELED: Final = 0x7A7F87
