"""A minimal bot on the real discord.py, run as a process: `/imagine` defers, edits, and shows a PNG.

Arguments: REST base URL, token, compression (zlib or zstd). Each event it lives through is a line on stdout.
"""

import asyncio
import io
import sys

base, token, compression = sys.argv[1:]
if compression == "zlib":
    # discord.py chooses zstd as soon as the package can be imported.
    sys.modules["zstandard"] = None  # type: ignore[assignment]

import aiohttp  # noqa: E402
import discord  # noqa: E402
import discord.gateway  # noqa: E402
import discord.http  # noqa: E402
import yarl  # noqa: E402
from discord import app_commands  # noqa: E402
from PIL import Image  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((120, 100), 80).save(buffer, "PNG")
    return buffer.getvalue()


class Bot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Does not wait the 5 seconds that the library waits before it identifies again."""

    async def on_ready(self) -> None:
        say("READY")

    async def on_resumed(self) -> None:
        say("RESUMED")

    async def on_disconnect(self) -> None:
        say("DISCONNECTED")


bot = Bot()


@bot.tree.command(description="Make a picture")
async def imagine(interaction: discord.Interaction, prompt: app_commands.Range[str, 1, 4000]) -> None:
    await interaction.response.defer()
    await interaction.edit_original_response(content="working")
    data = picture()
    embed = discord.Embed(title="Picture", description=prompt[:4096]).set_image(url="attachment://fox.png")
    file = discord.File(io.BytesIO(data), "fox.png", description=prompt[:1024])
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Again", custom_id="again"))
    await interaction.edit_original_response(content=None, embed=embed, attachments=[file], view=view)
    say(f"DONE {len(data)}")


@imagine.autocomplete("prompt")
async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=current + " fox", value=current + " fox")]


@bot.event
async def on_interaction(interaction: discord.Interaction) -> None:
    if interaction.type is discord.InteractionType.component:
        await interaction.response.send_modal(Words())


class Words(discord.ui.Modal, title="Words"):
    words: discord.ui.TextInput["Words"] = discord.ui.TextInput(label="Words", custom_id="words")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"said {self.words.value}", ephemeral=True)


async def main() -> None:
    discord.http.Route.BASE = base
    async with aiohttp.ClientSession() as session, session.get(f"{base}/gateway") as answer:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json())["url"])
    async with bot:
        await bot.start(token)


asyncio.run(main())
