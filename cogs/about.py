"""/help and /about: what one can do here, and who answers."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.refusals import Limit
from bot.service.service import Policy
from bot.ui import colors
from bot.ui.interactions.asking import AnyInteraction, of_own_app, tell
from bot.ui.interactions.host import host_of
from bot.ui.interactions.mentions import commands_of
from bot.ui.speech.texts import amount, say
from bot.ui.speech.translation import word
from bot.ui.speech.words import moment, quoted
from bot.version import VERSION

PARTS: Final = ("others", "imagine", "menus", "buttons", "cu")
"""Of /help, below what can be made: on a phone one below the other, each short enough to be read."""


class About(commands.Cog):
    """Answers from memory, privately."""

    @app_commands.command(name=word("name.help"), description=word("help.description"))
    async def help(self, interaction: AnyInteraction) -> None:
        host = host_of(interaction)
        default = host.catalogue.default()
        model = quoted(default.name, 200) if default is not None else say("help.no_default")
        named = commands_of(interaction)
        embed = discord.Embed(
            title=say("help.title"), description=say("help.media", **named), color=colors.DONE
        )
        for part in PARTS:
            embed.add_field(name=say(f"help.field.{part}"), value=say(f"help.{part}", **named), inline=False)
        embed.add_field(name=say("help.field.model"), value=model, inline=False)
        embed.add_field(
            name=say("help.field.limits"),
            inline=False,
            value=_limits(
                host.service.policy,
                in_server=interaction.guild_id is not None and not of_own_app(interaction),
            ),
        )
        await tell(interaction, embed=embed)

    @app_commands.command(name=word("name.about"), description=word("about.description"))
    async def about(self, interaction: AnyInteraction) -> None:
        service = host_of(interaction).service
        text = f"{say('about.what')}\n\n{say('about.privacy')}"
        title = say("about.title", version=VERSION)
        embed = discord.Embed(title=title, description=text, color=colors.DONE)
        embed.add_field(name=say("about.up"), value=moment(service.started_at, "f"))
        if service.policy.source_url:
            embed.add_field(name=say("about.source"), value=service.policy.source_url)
        await tell(interaction, embed=embed)


def _limits(policy: Policy, *, in_server: bool) -> str:
    """Every limit that holds here, and that nothing limits CU where nothing does."""
    guard, limits = policy.guard, list[str]()
    if guard.member_in_flight is not None:
        limits.append(say("help.in_flight", count=guard.member_in_flight))
        if guard.member_waiting:
            limits.append(say("help.member_waiting", count=guard.member_waiting))
    shared = guard.guild_cu_per_day if in_server else None
    costs = [
        say(f"help.{limit.value}", cu=amount(cu))
        for limit, cu in (
            (Limit.MEMBER_CU_PER_DAY, guard.member_cu_per_day),
            (Limit.GUILD_CU_PER_DAY, shared),
            (Limit.CU_PER_DAY, guard.cu_per_day),
        )
        if cu is not None
    ]
    limits += costs
    if not limits:
        limits.append(say("help.no_limits"))
    elif not costs:
        limits.append(say("help.no_cu_limit"))
    if policy.guard.confirm_above is not None:
        limits.append(say("help.confirm", cu=amount(policy.guard.confirm_above)))
    return "\n".join(limits)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(About())
