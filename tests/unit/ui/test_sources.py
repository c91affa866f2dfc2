"""Which picture of a message a menu takes: our own card's result, else what is attached, else shown."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.generation.errors import NoPicture, NoSuchGeneration
from bot.generation.model import Fate, Output
from bot.ui.asking import AnyInteraction
from bot.ui.sources import picture_of
from tests.support.bench import Bench, a_bench
from tests.support.builders import APPLICATION, CHANNEL, GUILD, OWNER, STRANGER, running
from tests.support.clock import START

SHOWN = "https://media.discordapp.net/shown.png"


def an_embed(footer: str | None = None, image: str | None = SHOWN) -> discord.Embed:
    return discord.Embed().set_image(url=image).set_footer(text=footer)


def a_message(author: int, *embeds: discord.Embed, files: tuple[Any, ...] = ()) -> discord.Message:
    made = SimpleNamespace(author=SimpleNamespace(id=author), embeds=list(embeds), attachments=list(files))
    return cast("discord.Message", made)


def a_file(name: str, content_type: str | None) -> Any:
    facts = {"size": 3, "width": None, "height": None, "duration": None}
    return SimpleNamespace(filename=name, url=f"https://cdn/{name}", content_type=content_type, **facts)


def a_menu(bench: Bench, member: int) -> AnyInteraction:
    client = SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms)
    facts: dict[str, Any] = {
        "client": client,
        "id": 5,
        "application_id": APPLICATION,
        "guild_id": GUILD,
        "channel_id": CHANNEL + 1,
        "user": SimpleNamespace(id=member),
        "guild": None,
        "locale": discord.Locale.american_english,
        "guild_locale": None,
        "token": "t",
        "created_at": START + timedelta(seconds=1),
        "filesize_limit": 1000,
        "is_user_integration": lambda: False,
        "is_guild_integration": lambda: True,
    }
    return cast("AnyInteraction", SimpleNamespace(**facts))


async def taken(message: discord.Message, member: int = OWNER) -> str | None:
    """What the menu takes: an asset's id, or an address."""
    async with a_bench() as bench:
        await bench.put(running(fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_ours"),), private=True))
        found = await picture_of(a_menu(bench, member), message, "image")
        assert found.role == "image"
        return found.asset_id or found.url


async def test_a_card_of_ours_gives_the_result_itself() -> None:
    assert await taken(a_message(APPLICATION, an_embed("Flux \u00b7 /show 1001"))) == "asset_ours"


async def test_a_footer_that_somebody_else_wrote_selects_no_card() -> None:
    forged = an_embed("Flux \u00b7 /show 1001")
    for author in (STRANGER, OWNER):
        assert await taken(a_message(author, forged)) == SHOWN


async def test_a_card_that_one_may_not_see_gives_nothing() -> None:
    with pytest.raises(NoSuchGeneration):
        await taken(a_message(APPLICATION, an_embed("/show 1001")), member=STRANGER)


async def test_what_is_attached_goes_before_what_is_shown_and_a_picture_before_nothing() -> None:
    files = (a_file("notes.txt", "text/plain"), a_file("bare", None), a_file("a.png", "image/png"))
    assert await taken(a_message(STRANGER, an_embed(), files=files)) == "https://cdn/a.png"
    assert await taken(a_message(STRANGER, an_embed(image=None), an_embed(), files=files[:2])) == SHOWN
    with pytest.raises(NoPicture):
        await taken(a_message(STRANGER, an_embed(image=None), files=files[:2]))
