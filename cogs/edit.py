"""/edit: a picture and what to change about it."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.request.drafts import ANY
from bot.ui.commands.params import complete_model, complete_ratio, complete_result, complete_settings
from bot.ui.commands.requesting import described, files, make, read_settings, require_file, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Edit(commands.Cog):
    """Changes a picture by words."""

    @app_commands.command(name=word("name.edit"), description=word("edit.description"))
    @described(
        "edit",
        "prompt",
        "image",
        "from_card",
        "mask",
        "reference",
        "model",
        "aspect_ratio",
        "count",
        "seed",
        "settings",
        "private",
        "spoiler",
        "draft",
    )
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.EDIT),
        aspect_ratio=complete_ratio(Task.EDIT),
        settings=complete_settings(Task.EDIT),
    )
    async def edit(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000],
        image: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        mask: discord.Attachment | None = None,
        reference: discord.Attachment | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 30] | None = None,
        count: app_commands.Range[int, 1, 8] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
        draft: bool = False,
    ) -> None:
        gathered = files(image=image, mask=mask, reference=reference)
        gathered = await with_card(interaction, gathered, from_card, "image")
        require_file(gathered, "image")
        ask = Ask(
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            count=count,
            seed=seed,
            model_settings=read_settings(settings),
            files=gathered,
            draft_of=ANY if draft else None,
        )
        await make(interaction, Task.EDIT, ask, model=model, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Edit())
