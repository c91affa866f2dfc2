"""/video: words, a first and a last frame, or both."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.request.drafts import ANY
from bot.ui.commands.params import complete_model, complete_ratio, complete_result, complete_settings
from bot.ui.commands.requesting import described, files, make, read_settings, values, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Video(commands.Cog):
    """Makes moving pictures."""

    @app_commands.command(name=word("name.video"), description=word("video.description"))
    @described(
        "video",
        "prompt",
        "first_frame",
        "from_card",
        "last_frame",
        "duration",
        "aspect_ratio",
        "sound",
        "model",
        "seed",
        "settings",
        "private",
        "spoiler",
        "draft",
    )
    @app_commands.autocomplete(
        from_card=complete_result,
        model=complete_model(Task.VIDEO),
        aspect_ratio=complete_ratio(Task.VIDEO),
        settings=complete_settings(Task.VIDEO),
    )
    async def video(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000] = "",
        first_frame: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        last_frame: discord.Attachment | None = None,
        duration: app_commands.Range[float, 1.0, 600.0] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 30] | None = None,
        sound: bool | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
        spoiler: bool = False,
        draft: bool = False,
    ) -> None:
        gathered = files(first_frame=first_frame, last_frame=last_frame)
        ask = Ask(
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            seed=seed,
            options=values(duration=duration, sound=sound),
            model_settings=read_settings(settings),
            files=await with_card(interaction, gathered, from_card, "first_frame"),
            draft_of=ANY if draft else None,
        )
        await make(interaction, Task.VIDEO, ask, model=model, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Video())
