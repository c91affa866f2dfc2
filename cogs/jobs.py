"""/jobs: what is under way for the member, with Cancel."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.generation.model import Generation
from bot.generation.progress import Progress
from bot.ui import colors
from bot.ui.cards.buttons import cancel_view
from bot.ui.cards.render import phase_of
from bot.ui.interactions.asking import AnyInteraction, tell
from bot.ui.interactions.host import host_of
from bot.ui.speech.texts import say
from bot.ui.speech.translation import word
from bot.ui.speech.words import card_link, moment, quoted

MOST_ROWS = 10


class Jobs(commands.Cog):
    """Lists generations that are not over."""

    @app_commands.command(name=word("name.jobs"), description=word("jobs.description"))
    async def jobs(self, interaction: AnyInteraction) -> None:
        service = host_of(interaction).service
        mine = await service.showing.under_way(interaction.user.id)
        if not mine:
            await tell(interaction, say("jobs.none"))
            return
        listed = mine[:MOST_ROWS]
        rows = [
            _row(number, generation, service.showing.progress(generation))
            for number, generation in enumerate(listed, start=1)
        ]
        if len(mine) > len(listed):
            rows.append(say("jobs.more", count=len(mine) - len(listed)))
        embed = discord.Embed(title=say("jobs.title"), description="\n".join(rows), color=colors.RUNNING)
        await tell(interaction, embed=embed, view=cancel_view(listed))


def _row(number: int, generation: Generation, progress: Progress | None) -> str:
    row = say(
        "jobs.row",
        number=number,
        prompt=quoted(generation.ask.prompt, 80),
        phase=phase_of(generation, progress),
        since=moment(generation.created_at),
    )
    link = card_link(generation)
    if link:
        return f"{row} · {say('jobs.link', link=link)}"
    return f"{row} · {say('jobs.unseen', id=generation.id)}" if generation.unseen else row


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Jobs())
