"""What the buttons of a card have in common: each carries its generation's id, and works after any restart.

Custom ids are `g1:<what>:<generation id>`; the version in front makes room for another meaning later.
"""

import re
from typing import ClassVar, Self

import discord

from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.pressing import AnsweringButton
from bot.ui.speech.texts import say


class CardButton(AnsweringButton, template=r"g1:none"):
    """A button that knows its generation and answers for its own errors: the library would only log them."""

    label_key: ClassVar[str]
    what: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, generation_id: str) -> None:
        self.generation_id = generation_id
        super().__init__(
            discord.ui.Button(label=say(self.label_key), style=self.style, custom_id=self._named())
        )

    def _named(self) -> str:
        return f"g1:{self.what}:{self.generation_id}"

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """The button of a message that was sent before, from its custom id."""
        del interaction, item
        return cls(match["id"])
