"""/show: a picture by its number, also after its message is gone."""

from discord import app_commands
from discord.ext import commands

from bot.service.service import comes_back, shows_privately
from bot.ui.commands.params import complete_generation
from bot.ui.commands.requesting import request_named
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, tell
from bot.ui.interactions.host import host_of
from bot.ui.speech.texts import say
from bot.ui.speech.translation import word
from bot.ui.speech.words import card_link


class Show(commands.Cog):
    """Brings cards back."""

    @app_commands.command(name=word("name.show"), description=word("show.description"))
    @app_commands.rename(id_=word("name.id"))
    @app_commands.describe(id_=word("show.id"))
    @app_commands.autocomplete(id_=complete_generation)
    async def show(self, interaction: AnyInteraction, id_: app_commands.Range[str, 1, 100]) -> None:
        require_posting(interaction)
        service = host_of(interaction).service
        caller = caller_of(interaction)
        generation = await service.showing.look(await request_named(interaction, id_), caller)
        if not generation.fate.final and not comes_back(generation, caller):
            link = card_link(generation)
            where = say("show.where", link=link) if link else say("show.later")
            await tell(interaction, say("show.running", where=where))
            return
        private = shows_privately(generation, caller)
        await service.showing.show(caller, generation, deferral(interaction, private=private))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Show())
