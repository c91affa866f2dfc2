"""What every button of ours shares: it speaks the presser's language, and answers for its own errors, which
the library would only log."""

from abc import abstractmethod

import discord

from bot.endings import ENDINGS
from bot.ui.asking import AnyInteraction
from bot.ui.funnel import answer_error
from bot.ui.texts import speak


class AnsweringButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"none:none"):
    """The base. Subclasses have a template of their own, disjoint from every other one's."""

    async def callback(self, interaction: AnyInteraction) -> None:
        speak(interaction.locale.value)
        try:
            await self.press(interaction)
        except ENDINGS:
            raise
        except BaseException as error:
            await answer_error(interaction, error)

    @abstractmethod
    async def press(self, interaction: AnyInteraction) -> None:
        """What the button does. May raise a Refusal."""
