"""/3d: a model out of words or pictures."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.ui.commands.params import complete_model, complete_result, complete_settings
from bot.ui.commands.requesting import described, files, make, read_settings, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class ThreeD(commands.Cog):
    """Makes 3D models."""

    @app_commands.command(name=word("name.3d"), description=word("3d.description"))
    @described(
        "3d",
        "prompt",
        "image",
        "image_2",
        "image_3",
        "image_4",
        "from_card",
        "model",
        "seed",
        "settings",
        "private",
        "spoiler",
    )
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.THREE_D),
        settings=complete_settings(Task.THREE_D),
    )
    async def three_d(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000] = "",
        image: discord.Attachment | None = None,
        image_2: discord.Attachment | None = None,
        image_3: discord.Attachment | None = None,
        image_4: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        gathered = files(image=image, image_2=image_2, image_3=image_3, image_4=image_4)
        ask = Ask(
            prompt=prompt,
            seed=seed,
            model_settings=read_settings(settings),
            files=await with_card(interaction, gathered, from_card, "image"),
        )
        await make(interaction, Task.THREE_D, ask, model=model, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(ThreeD())
