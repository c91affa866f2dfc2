"""What is asked of a renderer, and what it answers: plain facts that cross from one process to another."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt
from pathlib import Path
from typing import Protocol

from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Attachment, Remark, Shape


class Undrawn(Exception):
    """There is no picture of this file. `why` is for the card, the text for the log."""

    def __init__(self, why: Remark, said: str = "") -> None:
        super().__init__(f"{why}: {said}" if said else str(why))
        self.why = why
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A picture is wanted as Discord shows it."""

    file: File
    stem: str
    """Of the name that it goes by, and of copies, which lie beside it."""
    limit: int
    """Bytes at the most, where that can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What became of a picture."""

    attachment: Attachment | None = None
    """None where there is nothing to see; the file may still go along as it is."""
    shape: Shape = Shape.LEFT_OUT
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A small JPEG is wanted that fits into a square."""

    path: Path
    side: int
    """Pixels."""
    clear: bool = False
    """A PNG instead, which fills the square and leaves clear what the picture leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a contact sheet."""

    number: int
    picture: bytes | None
    """A small JPEG; None for a picture that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A contact sheet is wanted, as a JPEG."""

    places: tuple[Place, ...]
    """In the order in which they stand."""
    side: int
    """Pixels of a place that nothing is known of."""
    limit: int
    """Bytes at the most."""


class SoundForm(StrEnum):
    """What Discord wants a sound for."""

    VOICE = "voice"  # a voice message: Opus in Ogg
    CLIP = "clip"  # a sound of a soundboard: MP3


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """A sound is wanted in another form."""

    path: Path
    form: SoundForm
    longest: float
    """Seconds; what comes after is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """What became of a sound."""

    data: bytes
    seconds: float
    waveform: bytes
    """How loud it is, at most 256 times, from 0 to 255."""
    cut: bool
    """Whether there was more."""


def columns_of(count: int) -> int:
    """How many places stand beside each other on a sheet of so many: it is as wide as high, or wider."""
    return max(1, ceil(sqrt(count)))


class Rendering(Protocol):
    """Whoever decodes, draws and encodes."""

    async def fit(self, wanted: Fit) -> Fitted:
        """Never raises over a file."""
        ...

    async def small(self, wanted: Small) -> bytes:
        """Raises Undrawn, and nothing else over a file."""
        ...

    async def sheet(self, wanted: Sheet) -> bytes:
        """Raises Undrawn."""
        ...


class Sounding(Protocol):
    """Whoever decodes and encodes sounds."""

    async def encode(self, wanted: Encode) -> Encoded:
        """Raises Undrawn, and nothing else over a file."""
        ...
