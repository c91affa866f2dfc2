"""What can be made from the picture in a message: its context menu."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.refusals import NoDefaultModel
from bot.request.ask import Ask
from bot.ui.commands.sources import picture_of
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.host import host_of
from bot.ui.speech.translation import word

MENUS: Final = (
    ("menu.reference", Task.IMAGINE, "reference"),
    ("menu.edit", Task.EDIT, "image"),
    ("menu.animate", Task.VIDEO, "first_frame"),
    ("menu.solid", Task.THREE_D, "image"),
)
"""The name, what is made, and what the picture is to it."""


class Pictures(commands.Cog):
    """Each entry opens the form of the model that the task would take, with the picture in its place."""

    def __init__(self, bot: commands.Bot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        for name, task, role in MENUS:  # the library takes them away with the extension
            self._bot.tree.add_command(_menu(name, task, role))


def _menu(name: str, task: Task, role: str) -> app_commands.ContextMenu:
    async def chosen(interaction: AnyInteraction, message: discord.Message) -> None:
        picture = await picture_of(interaction, message, role)
        model = host_of(interaction).catalogue.default_for(task, frozenset({"txt", "img"}))
        if model is None:
            raise NoDefaultModel
        await open_form(interaction, model.id, ask=Ask(files=(picture,)))

    return app_commands.ContextMenu(name=word(name), callback=chosen)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Pictures(bot))
