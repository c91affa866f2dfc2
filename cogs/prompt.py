"""/prompt improve and /prompt describe: words for a picture, written by Scenario."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.ui.commands.params import complete_result
from bot.ui.commands.requesting import described, files, make, require_file, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Prompt(commands.GroupCog, group_name=word("name.prompt"), group_description=word("prompt.description")):
    """Answers privately, with both versions: the member chooses."""

    @app_commands.command(name=word("name.improve"), description=word("prompt.improve"))
    @described("improve", "prompt")
    async def improve(self, interaction: AnyInteraction, prompt: app_commands.Range[str, 1, 4000]) -> None:
        await make(interaction, Task.PROMPT, Ask(prompt=prompt), model=None, private=True)

    @app_commands.command(name=word("name.describe"), description=word("prompt.describe"))
    @described("describe", "image", "from_card")
    @app_commands.autocomplete(from_card=complete_result)
    async def describe(
        self,
        interaction: AnyInteraction,
        image: discord.Attachment | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        given = await with_card(interaction, files(image=image), from_card, "image")
        require_file(given, "image")
        await make(interaction, Task.PROMPT, Ask(files=given), model=None, private=True)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Prompt())
