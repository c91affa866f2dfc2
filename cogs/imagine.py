"""/imagine: words in, picture out."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.request.drafts import ANY
from bot.ui.commands.params import complete_model, complete_ratio, complete_settings, complete_trained
from bot.ui.commands.requesting import described, files, make, read_settings, read_trained
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Imagine(commands.Cog):
    """The main command."""

    @app_commands.command(name=word("name.imagine"), description=word("imagine.description"))
    @described(
        "imagine",
        "prompt",
        "model",
        "aspect_ratio",
        "count",
        "seed",
        "negative_prompt",
        "private",
        "spoiler",
        "reference",
        "reference_2",
        "reference_3",
        "models",
        "settings",
        "draft",
    )
    @app_commands.autocomplete(
        model=complete_model(Task.IMAGINE),
        aspect_ratio=complete_ratio(Task.IMAGINE),
        models=complete_trained,
        settings=complete_settings(Task.IMAGINE),
    )
    async def imagine(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000],
        model: app_commands.Range[str, 1, 100] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 30] | None = None,
        count: app_commands.Range[int, 1, 8] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        negative_prompt: app_commands.Range[str, 1, 2000] | None = None,
        private: bool = False,
        spoiler: bool = False,
        reference: discord.Attachment | None = None,
        reference_2: discord.Attachment | None = None,
        reference_3: discord.Attachment | None = None,
        models: app_commands.Range[str, 1, 500] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        draft: bool = False,
    ) -> None:
        ask = Ask(
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            count=count,
            seed=seed,
            negative_prompt=negative_prompt,
            model_settings=read_settings(settings),
            files=files(reference=reference, reference_2=reference_2, reference_3=reference_3),
            trained_models=read_trained(models),
            draft_of=ANY if draft else None,
        )
        await make(interaction, Task.IMAGINE, ask, model=model, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Imagine())
