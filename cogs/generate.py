"""/generate: any model there is, with a form made of its own schema."""

from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.ui.commands.params import complete_model
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Generate(commands.Cog):
    """The universal door."""

    @app_commands.command(name=word("name.generate"), description=word("generate.description"))
    @app_commands.rename(model=word("name.model"), private=word("name.private"), spoiler=word("name.spoiler"))
    @app_commands.describe(
        model=word("generate.model"), private=word("generate.private"), spoiler=word("generate.spoiler")
    )
    @app_commands.autocomplete(model=complete_model(Task.GENERATE))
    async def generate(
        self,
        interaction: AnyInteraction,
        model: app_commands.Range[str, 1, 100],
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        await open_form(interaction, model, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Generate())
