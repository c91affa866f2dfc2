"""What a card needs from the outside: Discord, as far as cards go.

`bot.ui.cards.delivery` satisfies it structurally.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.generation.model import Generation
from bot.generation.ports import Acknowledgements
from bot.generation.progress import Progress
from bot.scenario.api.records import Asset, File


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a card now is. A moved card (direct message) has another channel."""

    message_id: int | None
    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result on its way to the card."""

    file: File | None = None
    """None for words that came without a file, and for a file that is too large to be of use."""
    asset: Asset | None = None
    still: File | None = None
    """A picture that stands for it, where it cannot be seen itself."""
    text: str | None = None
    """The whole of a text that came without a file."""
    number: int | None = None
    """Of a picture that stands on a sheet with others (`group.first_numbers`)."""
    unplayed: bool = False
    """Whether it is a film that Discord does not play, though it takes the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What Discord counts an edit in. Those of one bucket go one after the other."""

    key: Hashable
    rest: float = 0.0
    """Seconds for which an edit that can wait should wait, so that one that cannot still finds room."""


class Unshowable(Exception):
    """There is no way left to show this card."""

    def __init__(self, why: str, *, deleted: bool = False) -> None:
        """deleted: somebody deleted the message, which is their word and stays so."""
        super().__init__(why)
        self.deleted = deleted


class Delivery(Acknowledgements, Protocol):
    """Discord, as far as cards go. Addressed by ids, so that any process can deliver any card."""

    async def show(
        self, generation: Generation, progress: Progress | None, results: Sequence[Result]
    ) -> Shown:
        """Bring the card to what `generation` says. Tries the ways in order: by token; the same message by
        the bot's own right; and, for the last word and a question (`progress.asks`), a new message; a direct
        message. Each with all of the card, and with ever less of it. Raises Unshowable when none is left,
        Delayed when Discord asks to come back later."""
        ...

    def bucket(self, generation: Generation) -> Bucket:
        """Where a progress edit of it would be counted. It goes there and nowhere else: where that is closed
        `show` raises Delayed, and the next one has another bucket."""
        ...

    async def show_copy(self, generation: Generation, results: Sequence[Result]) -> None:
        """Show a finished generation by its token alone, with no button that moves its card. Raises
        Unshowable, Delayed."""
        ...

    async def stands(self, generation: Generation) -> bool:
        """Whether the card's message is there, as far as can be learned in a moment: False only where Discord
        says that it was deleted. Never raises."""
        ...

    async def reaches(self, generation: Generation) -> bool:
        """Whether the card's message is there and can be changed, by one request and without drawing it.
        False where that is not certain. Never raises."""
        ...

    async def withdraw(self, generation: Generation) -> None:
        """Take a public thinking message away and tell the asker privately why (`generation.failure`), by
        direct message at last. Raises Unshowable, Delayed."""
        ...

    async def erase(self, generation: Generation) -> None:
        """Delete the card's message. Deleted already is fine. Raises Unshowable, Delayed."""
        ...
