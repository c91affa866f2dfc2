"""What became of a result on its card, as facts. Sentences are made from it elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.vocabulary import Medium


class Shape(StrEnum):
    """How much of a result the card gives. Anything but `whole` has an original to ask for."""

    WHOLE = "whole"  # the very file, or all of the words
    CONVERTED = "converted"  # the same picture in a format that Discord shows
    REDUCED = "reduced"  # a smaller copy, because the file or its copy is over a limit
    SHEET = "sheet"  # small, among others on one contact sheet
    LEFT_OUT = "left_out"  # not attached; at most a picture stands for it
    WITHHELD = "withheld"  # Discord refused it here


class Remark(StrEnum):
    """Why a result is not seen as it is. Each has a sentence, `remark.<value>`."""

    STILL = "still"  # one picture of those that move
    WEB = "web"  # a drawing without the pictures that lie on the web
    HTML = "html"  # … without the HTML inside
    COLORS = "colors"  # … with some of its colors black
    WORDS = "words"  # … without its words, for which there is no font
    CUT = "cut"  # the file ends before the picture does
    PIXELS = "pixels"  # too many to be decoded
    UNREAD = "unread"  # no picture could be made of it
    UNPLAYED = "unplayed"  # a film in a format that Discord does not play
    MISSING = "missing"  # its decoder is an extra that is not installed
    SLOW = "slow"  # to draw it takes longer than is given
    GREEDY = "greedy"  # … more memory than is given
    BROKEN = "broken"  # the renderer died of it


UNDRAWN: Final = frozenset({Remark.MISSING, Remark.SLOW, Remark.GREEDY, Remark.BROKEN})
"""Nothing is wrong with the file; it is here that it cannot be drawn."""


class Part(StrEnum):
    """What an attachment is to its result."""

    MAIN = "main"  # the result, or a copy of it
    PREVIEW = "preview"  # a picture that stands for what cannot be seen
    SHEET = "sheet"  # a picture of it and of others
    SOURCE = "source"  # the file behind a converted picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file of a message, on disk for as long as the message takes to be sent."""

    filename: str
    size: int
    """Bytes."""
    path: Path | None = None
    data: bytes | None = None
    """The bytes of what is nowhere on disk."""
    part: Part = Part.MAIN
    width: int | None = None
    height: int | None = None
    alt: str = ""
    """For who cannot see it; its card writes it."""

    @property
    def embeddable(self) -> bool:
        """Whether Discord shows it inside an embed."""
        return self.width is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One result as its card shows it."""

    medium: Medium | None
    format: str
    """The ending of the result's own file name, in capitals: "PNG", "GLB"; "" for words without a file."""
    shape: Shape
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    text: str | None = None
    """Words that are short enough for the card itself."""
    width: int | None = None
    height: int | None = None
    """Of the result itself, as it is shown."""
    duration: float | None = None
    """Seconds."""
    over_limit: bool = False
    """Whether the result's own file is larger than one file may be where the card is."""


def withheld(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """The same without their files, for a place that refuses these."""
    return [
        replace(exhibit, attachments=(), shape=Shape.WITHHELD)
        if exhibit.attachments or exhibit.shape is Shape.SHEET
        else exhibit
        for exhibit in exhibits
    ]
