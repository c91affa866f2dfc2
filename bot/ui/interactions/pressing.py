"""What every button and menu of ours shares: it speaks the presser's language, works only in a place that is
served, and answers for its own errors, which the library would only log."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable

import discord

from bot.endings import ENDINGS
from bot.ui.interactions.asking import AnyInteraction, answers, require_served
from bot.ui.interactions.funnel import answer_error
from bot.ui.speech.texts import speak


async def answering(interaction: AnyInteraction, act: Callable[[AnyInteraction], Awaitable[None]]) -> None:
    """Do what a button, a menu or a modal is for. Whatever it raises is told to whoever used it."""
    speak(interaction.locale.value)
    try:
        if not await answers(interaction):
            return
        require_served(interaction)
        await act(interaction)
    except ENDINGS:
        raise
    except BaseException as error:
        await answer_error(interaction, error)


class AnsweringButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"none:none"):
    """The base. Subclasses have a template of their own, disjoint from every other one's."""

    async def callback(self, interaction: AnyInteraction) -> None:
        """The library's way in: `press`, whose errors are told to the presser."""
        await answering(interaction, self.press)

    @abstractmethod
    async def press(self, interaction: AnyInteraction) -> None:
        """What the button does. May raise a Refusal."""
