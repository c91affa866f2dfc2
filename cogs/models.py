"""/models: what there is to make things with."""

from discord import app_commands
from discord.ext import commands

from bot.ui.asking import AnyInteraction
from bot.ui.browsing import ALL, show
from bot.ui.host import host_of
from bot.ui.translation import word
from bot.ui.words import cut

MEDIA = ("image", "video", "audio", "3d", "text", "workflow")
MOST_CHOICES = 25
CHOICE_LENGTH = 100


async def complete_search(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Models that fit what was typed, whatever they make. The value is the model's id."""
    medium = getattr(interaction.namespace, "medium", None)
    known = medium if medium in MEDIA else None
    found = host_of(interaction).catalogue.browse(current, known)[:MOST_CHOICES]
    return [
        app_commands.Choice(name=cut(model.name, CHOICE_LENGTH), value=model.id)
        for model in found
        if len(model.id) <= CHOICE_LENGTH
    ]


class Models(commands.Cog):
    """Answers privately, from memory and with pictures."""

    @app_commands.command(name=word("name.models"), description=word("models.description"))
    @app_commands.rename(search=word("name.search"), medium=word("name.medium"))
    @app_commands.describe(search=word("models.search"), medium=word("models.medium"))
    @app_commands.choices(
        medium=[app_commands.Choice(name=word(f"models.choice_{one}"), value=one) for one in MEDIA]
    )
    @app_commands.autocomplete(search=complete_search)
    async def models(
        self,
        interaction: AnyInteraction,
        search: app_commands.Range[str, 1, 100] | None = None,
        medium: str | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(interaction, search or "", medium)


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(*ALL)
    await bot.add_cog(Models())
