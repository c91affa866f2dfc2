"""The one place where an exception becomes an answer: commands and buttons both end here."""

import logging

import discord
from discord import app_commands

from bot.cards.ports import Unshowable
from bot.generation.ports import Delayed
from bot.refusals import AlreadyRecorded, Refusal
from bot.ui.interactions.asking import AnyInteraction, tell
from bot.ui.interactions.returned import give_back, words_of
from bot.ui.speech import refusals
from bot.ui.speech.texts import say

log = logging.getLogger(__name__)


async def answer_error(interaction: AnyInteraction, error: BaseException) -> None:
    """Tell the asker, privately, and give back what was typed; log what is our mistake. Never answers an
    autocomplete."""
    cause = _cause(error)
    if interaction.type is discord.InteractionType.autocomplete:
        log.error("an autocomplete failed", exc_info=cause)
        return
    words = words_of(interaction)
    match cause:
        case AlreadyRecorded():
            log.info("a replayed interaction was ignored")
        case Refusal():
            await give_back(interaction, refusals.refusal(cause), words)
        case Unshowable():
            await tell(interaction, say("answer.cannot_delete"))
        case Delayed():
            await give_back(interaction, say("answer.error"), words)
        case app_commands.TransformerError() | app_commands.CheckFailure():
            await give_back(interaction, str(cause), words)
        case _:
            log.error("an interaction failed", exc_info=cause)
            await give_back(interaction, say("answer.error"), words)


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    if isinstance(error, app_commands.TransformerError) and error.__cause__ is not None:
        return error.__cause__
    return error
