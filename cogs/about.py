"""/help and /about: what one can do here, and who answers."""

import discord
from discord import app_commands
from discord.ext import commands

from bot import __version__
from bot.generation.ports import Guard
from bot.ui.asking import AnyInteraction, tell
from bot.ui.host import host_of
from bot.ui.render import DONE_COLOUR
from bot.ui.texts import say
from bot.ui.translation import word
from bot.ui.words import moment, number, quoted


class About(commands.Cog):
    """Answers from memory, privately."""

    @app_commands.command(name=word("name.help"), description=word("help.description"))
    async def help(self, interaction: AnyInteraction) -> None:
        host = host_of(interaction)
        default = host.catalogue.default()
        model = quoted(default.name, 200) if default is not None else say("help.no_default")
        text = "\n\n".join(say(f"help.{part}") for part in ("imagine", "media", "menus", "buttons", "others"))
        embed = discord.Embed(title=say("help.title"), description=text, colour=DONE_COLOUR)
        embed.add_field(name=say("help.field.model"), value=model)
        embed.add_field(name=say("help.field.limits"), value=_limits(host.service.rules.guard))
        await tell(interaction, embed=embed)

    @app_commands.command(name=word("name.about"), description=word("about.description"))
    async def about(self, interaction: AnyInteraction) -> None:
        service = host_of(interaction).service
        text = f"{say('about.what')}\n\n{say('about.privacy')}"
        title = say("about.title", version=__version__)
        embed = discord.Embed(title=title, description=text, colour=DONE_COLOUR)
        embed.add_field(name=say("about.up"), value=moment(service.started_at, "f"))
        if service.rules.source_url:
            embed.add_field(name=say("about.source"), value=service.rules.source_url)
        await tell(interaction, embed=embed)


def _limits(guard: Guard) -> str:
    limits: list[str] = []
    if guard.member_in_flight is not None:
        limits.append(say("help.in_flight", count=guard.member_in_flight))
    if guard.member_cu_per_day is not None:
        limits.append(say("help.cu_per_day", cu=number(guard.member_cu_per_day)))
    return "\n".join(limits) or say("help.no_limits")


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(About())
