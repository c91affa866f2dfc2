"""Which way a card takes, and how much of it, after each of Discord's answers. Pure.

A ladder is ways × reductions. A refusal of what the card holds costs some of the card and not the way; a way
that is closed costs the way; and only when both are used up there is nothing left to try.

    way                                    form
    token   the answer's own message       whole     everything
    right   the same, as the bot           smaller   smaller copies of the files
    post    a new message in the channel   bare      words and Original, no file
    direct  a direct message               plain     our own words only: nothing that anybody wrote
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType
from typing import Final


class Way(Enum):
    """By what a card reaches its reader, the best one first."""

    TOKEN = auto()
    RIGHT = auto()
    POST = auto()
    DIRECT = auto()


class Form(Enum):
    """How much of a card is sent, the most first."""

    WHOLE = auto()
    SMALLER = auto()
    BARE = auto()
    PLAIN = auto()


class Verdict(Enum):
    """What an answer of Discord's says about the next try."""

    LATER = auto()  # the same again, after a while
    DELETED = auto()  # somebody took the message away, which is their word
    TOO_LARGE = auto()  # smaller files may pass
    REFUSED = auto()  # this content does not pass; less of it may
    FROZEN = auto()  # this message cannot be edited; a new one may be posted
    CLOSED = auto()  # nothing passes this way


UNKNOWN_MESSAGE: Final = 10008
TOO_LARGE: Final = frozenset({40005, 50045})
"""The request, and one of its files."""
FROZEN: Final = frozenset({50083})
"""Its thread is archived: a new message opens it again, unless it is locked."""
LATER: Final = frozenset({20016, 20022, 20028, 20029, 30046, 40003, 130000})
"""Slow mode, limits on writing, on edits of old messages and on new direct messages, Discord overloaded."""
CLOSED: Final = frozenset(
    {
        10003,  # unknown channel
        10004,  # unknown guild
        10013,  # unknown user
        10015,  # unknown webhook: the token's time is over
        10062,  # unknown interaction
        50001,  # missing access
        50007,  # takes no direct messages from us
        50008,  # no messages in such a channel
        50013,  # missing permissions
        50024,  # no such action in such a channel
        50027,  # the token's time is over
        50278,  # takes no direct messages: no server in common
        160005,  # the thread is locked
    }
)


def judge(status: int, code: int) -> Verdict:
    """By the code where it is known, else by the status. What a 400 or 403 of an unknown code does not take,
    it may take less of: the codes grow with every filter that Discord adds."""
    if code == UNKNOWN_MESSAGE:
        return Verdict.DELETED
    if status >= 500 or status in {408, 429} or code in LATER:
        return Verdict.LATER
    if status == 413 or code in TOO_LARGE:
        return Verdict.TOO_LARGE
    if code in FROZEN:
        return Verdict.FROZEN
    if code in CLOSED or status in {401, 404}:
        return Verdict.CLOSED
    return Verdict.REFUSED


EDITS: Final = frozenset({Way.TOKEN, Way.RIGHT})
HERE: Final = frozenset({Way.TOKEN, Way.RIGHT, Way.POST})
"""Ways that lead to the same place, where the same rules hold."""

CLOSES: Final[Mapping[Way, frozenset[Way]]] = MappingProxyType(
    {
        Way.TOKEN: frozenset({Way.TOKEN}),
        Way.RIGHT: frozenset({Way.RIGHT, Way.POST}),  # without access there is no posting either
        Way.POST: frozenset({Way.POST}),
        Way.DIRECT: frozenset({Way.DIRECT}),
    }
)
"""A way that is closed, and those that are closed with it."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What is left to try. The first of `ways` is next, in `form`."""

    ways: tuple[Way, ...]
    form: Form = Form.WHOLE

    @property
    def way(self) -> Way | None:
        """The next one; None: there is nothing left."""
        return self.ways[0] if self.ways else None

    def after(self, verdict: Verdict, *, files: bool, smaller: bool) -> "Ladder":
        """What is left after such an answer to the next step; LATER and DELETED are no step's.

        files: whether what was sent had any. smaller: whether smaller copies of them can be made.
        """
        assert self.way is not None
        match verdict:
            case Verdict.CLOSED:
                return self._without(CLOSES[self.way])
            case Verdict.FROZEN:
                return self._without(EDITS | {self.way})
            case Verdict.TOO_LARGE if files:
                return replace(self, form=Form.SMALLER if smaller else Form.BARE)
            case _ if files:
                return replace(self, form=Form.BARE)
            case _ if self.form is not Form.PLAIN:
                return replace(self, form=Form.PLAIN)
            case _:  # nothing is left in it to be refused: it was the way and not the card
                return replace(self._without(frozenset({self.way})), form=Form.WHOLE)

    def _without(self, closed: frozenset[Way]) -> "Ladder":
        """The ways that are left; what was refused here may pass in another place."""
        left = tuple(way for way in self.ways if way not in closed)
        moves = bool(left) and left[0] not in HERE
        return Ladder(left, Form.WHOLE if moves else self.form)
