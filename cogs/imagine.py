"""/imagine: words in, picture out."""

from discord import app_commands
from discord.ext import commands

from bot.generation.model import Ask
from bot.ui.asking import AnyInteraction, deferral, place_of, require_posting
from bot.ui.host import host_of
from bot.ui.params import complete_model, complete_ratio
from bot.ui.translation import word

OPTIONS = (
    "prompt",
    "model",
    "aspect_ratio",
    "count",
    "seed",
    "negative_prompt",
    "private",
    "spoiler",
)


class Imagine(commands.Cog):
    """The main command."""

    @app_commands.command(name=word("name.imagine"), description=word("imagine.description"))
    @app_commands.rename(**{option: word(f"name.{option}") for option in OPTIONS})
    @app_commands.describe(**{option: word(f"imagine.{option}") for option in OPTIONS})
    @app_commands.autocomplete(model=complete_model, aspect_ratio=complete_ratio)
    async def imagine(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000],
        model: app_commands.Range[str, 1, 100] | None = None,
        aspect_ratio: app_commands.Range[str, 1, 30] | None = None,
        count: app_commands.Range[int, 1, 4] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        negative_prompt: app_commands.Range[str, 1, 2000] | None = None,
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        require_posting(interaction)
        await host_of(interaction).service.request(
            place_of(interaction),
            Ask(
                prompt=prompt,
                aspect_ratio=aspect_ratio,
                count=count,
                seed=seed,
                negative_prompt=negative_prompt,
            ),
            deferral(interaction, private=private),
            model_id=model,
            private=private,
            spoiler=spoiler,
        )


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Imagine())
