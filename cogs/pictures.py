"""What can be made from the picture in a message: its context menu."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.actions import RECIPES, Action, Place
from bot.refusals import NoDefaultModel, NoPromptHelp
from bot.ui.actions.buttons import perform
from bot.ui.actions.candidates import begin_with
from bot.ui.commands.sources import card_of, pictures_of
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.host import host_of
from bot.ui.speech.translation import word

MENUS: Final = (
    ("menu.reference", Action.REFERENCE),
    ("menu.edit", Action.EDIT),
    ("menu.animate", Action.ANIMATE),
    ("menu.solid", Action.SOLID),
    ("menu.describe", Action.DESCRIBE),
)
"""The name, and what is made."""


class Pictures(commands.Cog):
    """On one of our cards each entry is the card's own action. Of any other message it opens the form of the
    model that the task would take, with the picture in its place, or has the picture described."""

    def __init__(self, bot: commands.Bot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        for name, action in MENUS:  # the library takes them away with the extension
            self._bot.tree.add_command(_menu(name, action))


def _menu(name: str, action: Action) -> app_commands.ContextMenu:
    recipe = RECIPES[action]

    async def chosen(interaction: AnyInteraction, message: discord.Message) -> None:
        card = card_of(interaction, message)
        if card is not None:
            await perform(interaction, action, Place(card), private=message.flags.ephemeral)
            return
        pictures = pictures_of(message, recipe.role)
        model = host_of(interaction).catalogue.default_for(recipe.task, frozenset({"txt", "img"}))
        if model is None:
            raise NoPromptHelp if action is Action.DESCRIBE else NoDefaultModel
        await begin_with(interaction, model.id, pictures)

    return app_commands.ContextMenu(name=word(name), callback=chosen)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Pictures(bot))
