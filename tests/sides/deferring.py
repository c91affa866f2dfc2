"""The least bot that discord.py can be: it defers, and does no more. With SYNC set it tells its command."""

import os

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL


class Deferring(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        if os.environ.get("SYNC"):
            await self.tree.sync()


def main() -> None:
    base = os.environ["DISCORD_BASE_URL"]
    Route.BASE = base
    DiscordWebSocket.DEFAULT_GATEWAY = URL(base).with_scheme("ws").with_path("/discord/gateway")
    client = Deferring()

    @client.tree.command(description="Make a picture")
    async def imagine(interaction: discord.Interaction[Deferring], prompt: str) -> None:
        del prompt
        await interaction.response.defer()

    assert imagine
    client.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
