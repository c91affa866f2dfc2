"""The actions that a finished card offers, and what each asks for. Pure.

Those with a recipe make something new of a result, for whoever presses: a request like any other. The others
tell something or move something.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.catalogue.tasks import Task
from bot.request.ask import Ask, InputFile


class Action(StrEnum):
    """The values stand in the ids of buttons and menus: they may be added to, and never change."""

    VARY = "vary"
    UPSCALE = "upscale"
    ANIMATE = "animate"
    WORDS = "words"
    STRONG = "strong"
    EDIT = "edit"
    SOLID = "solid"
    CUTOUT = "cutout"
    VECTORIZE = "vectorize"
    REFERENCE = "reference"
    DETAILS = "details"
    SHARE = "share"
    EXTEND = "extend"
    SOUND = "sound"
    EMOJI = "emoji"
    STICKER = "sticker"
    SOUNDBOARD = "soundboard"
    IMPROVE = "improve"
    DESCRIBE = "describe"
    FULL = "full"
    VOICE = "voice"


class Words(StrEnum):
    """Which words go with the result."""

    NONE = "none"  # only the result counts
    KEPT = "kept"  # those that it was made with
    OFFERED = "offered"  # those, to be changed first
    NEW = "new"  # what is to be done, which nobody knows yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How an action makes something of a result."""

    task: Task
    role: str
    """What the result is to the request (`InputFile.role`)."""
    words: Words = Words.NONE

    @property
    def asks(self) -> bool:
        """Whether somebody is asked for words first."""
        return self.words in {Words.OFFERED, Words.NEW}


RECIPES: Final[Mapping[Action, Recipe]] = MappingProxyType(
    {
        Action.VARY: Recipe(task=Task.IMAGINE, role="reference", words=Words.KEPT),
        Action.STRONG: Recipe(task=Task.IMAGINE, role="reference", words=Words.KEPT),
        Action.UPSCALE: Recipe(task=Task.UPSCALE, role="image"),
        Action.ANIMATE: Recipe(task=Task.VIDEO, role="first_frame", words=Words.OFFERED),
        Action.EXTEND: Recipe(task=Task.VIDEO, role="first_frame", words=Words.OFFERED),
        Action.SOUND: Recipe(task=Task.SOUND, role="video", words=Words.OFFERED),
        Action.EDIT: Recipe(task=Task.EDIT, role="image", words=Words.NEW),
        Action.SOLID: Recipe(task=Task.THREE_D, role="image"),
        Action.CUTOUT: Recipe(task=Task.CUTOUT, role="image"),
        Action.VECTORIZE: Recipe(task=Task.VECTORIZE, role="image"),
        Action.REFERENCE: Recipe(task=Task.IMAGINE, role="reference", words=Words.NEW),
        Action.DESCRIBE: Recipe(task=Task.PROMPT, role="image"),
    }
)
"""Of those that begin with one result. Those of `REQUESTS` begin with the request behind it, and `FULL` with
both: the request once more, with the seed of one result."""
REQUESTS: Final = frozenset({Action.WORDS, Action.IMPROVE})

ROW: Final = (Action.VARY, Action.UPSCALE, Action.ANIMATE, Action.EXTEND, Action.SOUND)
"""Buttons, between Again and Delete; of a picture, or of a film, no more than three."""
MENU: Final = (
    *(Action.FULL, Action.WORDS, Action.IMPROVE, Action.STRONG, Action.EDIT, Action.SOLID, Action.CUTOUT),
    *(Action.VECTORIZE, Action.REFERENCE, Action.DESCRIBE, Action.EMOJI, Action.STICKER),
    *(Action.VOICE, Action.SOUNDBOARD, Action.DETAILS, Action.SHARE),
)
"""The rest, in the order of the menu."""
EXPRESSIONS: Final = (Action.EMOJI, Action.STICKER, Action.SOUNDBOARD)
"""What gives a result to the server, as something of its own, by the right of whoever presses."""
MOVES: Final = frozenset({Action.SHARE})
"""What moves the card itself, and so is not offered on a copy of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which result of which card."""

    card_id: str
    number: int | None = None
    """From 1, among the results of the card's own medium, in the order in which they are seen; None where
    nobody has said which."""

    def __str__(self) -> str:
        """As people type it after `from_card:`."""
        return self.card_id if self.number is None else f"{self.card_id}-{self.number}"


_PLACE: Final = re.compile(r"#?\s*(?P<id>[0-9]{1,20})(?:\s*-\s*(?P<number>[0-9]{1,3}))?")


def place_named(text: str) -> Place | None:
    """The result that is meant by "1234-3", or the card that is meant by "1234"; None for anything else."""
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        return None
    return Place(match["id"], None if match["number"] is None else int(match["number"]))


def begun_with(ask: Ask) -> Place | None:
    """The result that this request begins with, or makes in full; None where it does neither."""
    if ask.full_of is not None:
        return place_named(ask.full_of)
    return given_from(ask.files)


def given_from(files: Sequence[InputFile]) -> Place | None:
    """The result that is among these files, the first of several; None where there is none."""
    places = (place_named(one.filename) for one in files if one.asset_id is not None)
    return next((place for place in places if place is not None), None)


def built_on(ask: Ask) -> str | None:
    """The card that this result is on."""
    place = begun_with(ask)
    return None if place is None else place.card_id
