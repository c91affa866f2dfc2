"""The real discord.py against the stand-in, with its gateway: what a bot meets from start to end."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import pytest
import yarl
from aiohttp import web
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.discord.gateway import Gateway
from sandbox.faults import Faults
from tests.sandbox.discord_stage import Stage, picture

Interaction = discord.Interaction[discord.Client]


class EditModal(discord.ui.Modal, title="Edit"):
    prompt: discord.ui.Label["EditModal"] = discord.ui.Label(
        text="Prompt", component=discord.ui.TextInput(custom_id="prompt")
    )
    file: discord.ui.Label["EditModal"] = discord.ui.Label(
        text="Picture", component=discord.ui.FileUpload(custom_id="file", required=False)
    )

    async def on_submit(self, interaction: Interaction) -> None:
        upload = self.file.component
        said = self.prompt.component
        assert isinstance(upload, discord.ui.FileUpload)
        assert isinstance(said, discord.ui.TextInput)
        names = [one.filename for one in upload.values]
        await interaction.response.send_message(f"{said.value} {names}")


class Buttons(discord.ui.View):
    @discord.ui.button(label="Edit", custom_id="edit")
    async def edit(self, interaction: Interaction, button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_modal(EditModal())

    @discord.ui.button(label="Close", custom_id="close")
    async def close(self, interaction: Interaction, button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.edit_message(content="closed", view=None)

    @discord.ui.select(custom_id="pick", options=[discord.SelectOption(label="One")])
    async def pick(self, interaction: Interaction, select: discord.ui.Select["Buttons"]) -> None:
        await interaction.response.send_message(f"picked {select.values}", ephemeral=True)


class Bot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.facts: dict[str, Any] = {}
        self.tree.command(name="imagine", description="Make a picture")(self.imagine)

    async def setup_hook(self) -> None:
        self.tree.add_command(app_commands.ContextMenu(name="Remix", callback=_remix))
        await self.tree.sync()

    @app_commands.allowed_installs(guilds=True, users=True)
    async def imagine(
        self, interaction: Interaction, prompt: str, reference: discord.Attachment | None = None
    ) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="working")
        embed = discord.Embed(title=prompt).set_image(url="attachment://fox.png")
        file = discord.File(io.BytesIO(picture()), "fox.png", description="a fox")
        message = await interaction.edit_original_response(
            content=None, embed=embed, attachments=[file], view=Buttons(timeout=None)
        )
        self.facts["attachments"] = message.attachments
        if reference is not None:
            self.facts["reference"] = await reference.read()
        note = await interaction.followup.send("only you", ephemeral=True, wait=True)
        await note.edit(content="still you")
        await note.delete()


async def _remix(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"remix of {message.id}", ephemeral=True)


@pytest.fixture(autouse=True)
def _addresses() -> Iterator[None]:
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[Stage, Bot]]:
    async with Stage() as stage:
        gateway = Gateway(stage.world, stage.clock, stage.wire, Faults(stage.clock))
        stage.world.dispatch = gateway.dispatch
        app = web.Application()
        app.router.add_get("/gateway", gateway.handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        Route.BASE = stage.base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{runner.addresses[0][1]}/gateway")
        bot = Bot()
        task = asyncio.create_task(bot.start(stage.world.token))
        try:
            await until(bot.is_ready)
            yield stage, bot
        finally:
            await bot.close()
            with suppress(asyncio.CancelledError):
                await task
            await gateway.shutdown()
            await runner.cleanup()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.01)


async def test_a_command_from_deferral_to_modal():
    async with connected() as (stage, bot):
        acts = stage.acts
        png = {"name": "me.png", "bytes": "aGVsbG8="}
        asked = await acts.command("alice", "general", "imagine", {"prompt": "a fox", "reference": png})
        await until(lambda: acts.state(asked) == "answered" and len(acts.get(asked).followups) == 1)
        await until(lambda: len(stage.seen()) == 1)
        [card] = stage.seen()
        assert card["embeds"][0]["image"]["width"] == 8
        assert (card["attachments"], card["content"], card["edits"]) == ([], "", 2)
        assert bot.facts["attachments"] == []
        assert bot.facts["reference"] == b"hello"

        pressed = await acts.press("bob", card["id"], label="Edit")
        await until(lambda: acts.state(pressed) == "modal")
        sent = await acts.submit("bob", pressed, {"prompt": "blue", "file": png})
        await until(lambda: acts.state(sent) == "answered")
        assert stage.seen()[-1]["content"] == "blue ['me.png']"

        picked = await acts.press("bob", card["id"], custom_id="pick", values=["One"])
        await until(lambda: acts.state(picked) == "answered")
        assert stage.seen(member="bob")[-1]["content"] == "picked ['One']"

        closed = await acts.press("bob", card["id"], label="Close")
        await until(lambda: acts.state(closed) == "answered")
        assert stage.seen()[0]["components"] == []

        remixed = await acts.command("bob", "general", "Remix", {"target": card["id"]})
        await until(lambda: acts.state(remixed) == "answered")
        assert stage.seen(member="bob")[-1]["content"] == f"remix of {card['id']}"
        assert stage.wire.violations == []


async def test_what_a_bot_does_by_itself():
    async with connected() as (stage, bot):
        channel = bot.get_partial_messageable(int(stage.world.channel("general").id))
        sent = await channel.send("hello", nonce=5, file=discord.File(io.BytesIO(picture()), "a.png"))
        again = await channel.send("hello", nonce=5)
        assert again.id == sent.id
        await channel.get_partial_message(sent.id).edit(content="changed")
        assert [message.content async for message in channel.history()] == ["changed"]
        async with channel.typing():
            pass
        user = await bot.fetch_user(int(stage.world.user("alice").id))
        await user.send("psst")
        stage.world.block_dms("alice")
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("psst")
        assert closed.value.code == 50007
        for guild in bot.guilds:
            assert guild.me.guild_permissions.send_messages
            await guild.fetch_channels()
            await guild.fetch_roles()
        fetched = await bot.tree.fetch_commands()
        assert {one.name for one in fetched} == {"imagine", "Remix"}
        assert stage.wire.violations == []


async def test_discord_py_waits_for_a_full_bucket():
    async with connected() as (stage, bot):
        stage.buckets.configure("channel_messages", 2, 0.2)
        channel = bot.get_partial_messageable(int(stage.world.channel("general").id))
        for number in range(5):
            await channel.send(str(number))
        assert [one["content"] for one in stage.seen()] == ["0", "1", "2", "3", "4"]
