"""/models: what there is to make things with."""

from discord import app_commands
from discord.ext import commands

from bot import discord_limits
from bot.ui.commands.browsing import ALL, PURPOSES, show, task_of
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.host import host_of
from bot.ui.models.suggestions import model_choices, searched
from bot.ui.speech.translation import word

MEDIA = ("image", "video", "audio", "3d", "text", "workflow")


async def complete_search(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Models that fit what was typed, whatever they make. The value is the model's id."""
    catalogue = host_of(interaction).catalogue
    medium = getattr(interaction.namespace, "medium", None)
    known = medium if medium in MEDIA else None
    task = task_of(getattr(interaction.namespace, "purpose", None))
    found = catalogue.browse(searched(catalogue, current), known, task)
    return model_choices(
        catalogue, found[: discord_limits.CHOICES], catalogue.default(), medium=known is None
    )


class Models(commands.Cog):
    """Answers privately, from memory and with pictures."""

    @app_commands.command(name=word("name.models"), description=word("models.description"))
    @app_commands.rename(search=word("name.search"), medium=word("name.medium"), purpose=word("name.purpose"))
    @app_commands.describe(
        search=word("models.search"), medium=word("models.medium"), purpose=word("models.purpose")
    )
    @app_commands.choices(
        medium=[app_commands.Choice(name=word(f"models.choice_{one}"), value=one) for one in MEDIA],
        purpose=[app_commands.Choice(name=word(f"task.{one.value}"), value=one.value) for one in PURPOSES],
    )
    @app_commands.autocomplete(search=complete_search)
    async def models(
        self,
        interaction: AnyInteraction,
        search: app_commands.Range[str, 1, 100] | None = None,
        medium: str | None = None,
        purpose: str | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(interaction, search or "", medium, task_of(purpose))


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(*ALL)
    await bot.add_cog(Models())
