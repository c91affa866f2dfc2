"""/upscale, /cutout and /vectorize: one picture in, the same picture better out."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.scenario.api.records import Json
from bot.ui.commands.params import complete_model, complete_result, complete_settings
from bot.ui.commands.requesting import described, files, make, read_settings, require_file, values, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Tools(commands.Cog):
    """What is done to a picture without words."""

    @app_commands.command(name=word("name.upscale"), description=word("upscale.description"))
    @described("upscale", "image", "from_card", "factor", "model", "settings", "private", "spoiler")
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.UPSCALE),
        settings=complete_settings(Task.UPSCALE),
    )
    async def upscale(
        self,
        interaction: AnyInteraction,
        image: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        factor: app_commands.Range[float, 1.0, 16.0] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        ask = await _ask(interaction, image, from_card, settings, values(factor=factor))
        await make(interaction, Task.UPSCALE, ask, model=model, private=private, spoiler=spoiler)

    @app_commands.command(name=word("name.cutout"), description=word("cutout.description"))
    @described("cutout", "image", "from_card", "model", "settings", "private", "spoiler")
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.CUTOUT),
        settings=complete_settings(Task.CUTOUT),
    )
    async def cutout(
        self,
        interaction: AnyInteraction,
        image: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        ask = await _ask(interaction, image, from_card, settings, {})
        await make(interaction, Task.CUTOUT, ask, model=model, private=private, spoiler=spoiler)

    @app_commands.command(name=word("name.vectorize"), description=word("vectorize.description"))
    @described("vectorize", "image", "from_card", "model", "settings", "private", "spoiler")
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.VECTORIZE),
        settings=complete_settings(Task.VECTORIZE),
    )
    async def vectorize(
        self,
        interaction: AnyInteraction,
        image: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        ask = await _ask(interaction, image, from_card, settings, {})
        await make(interaction, Task.VECTORIZE, ask, model=model, private=private, spoiler=spoiler)


async def _ask(
    interaction: AnyInteraction,
    image: discord.Attachment | None,
    card: str | None,
    settings: str | None,
    options: dict[str, Json],
) -> Ask:
    gathered = await with_card(interaction, files(image=image), card, "image")
    require_file(gathered, "image")
    return Ask(options=options, model_settings=read_settings(settings), files=gathered)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Tools())
