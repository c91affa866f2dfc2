"""What Discord is told of the commands, and what it tells of them."""

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.client import ImagineBot
from bot.tree import ImagineTree
from bot.ui.commands.filetypes import MOST, with_file_types
from bot.ui.interactions.mentions import PLACES, commands_of
from bot.ui.speech.texts import speaking


async def nothing() -> None:
    pass


@pytest.fixture
async def bot() -> AsyncGenerator[ImagineBot]:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        await made.setup_hook()
        cast("Any", made)._connection.application_id = 99
        yield made


class Discord:
    """Keeps the commands that it is told, and lists them with ids."""

    def __init__(self, bot: ImagineBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[dict[str, Any]] = []
        monkeypatch.setattr(bot.http, "bulk_upsert_global_commands", self._take)
        monkeypatch.setattr(bot.http, "get_global_commands", self._list)

    async def _take(self, _: int, payload: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.told = payload
        return []

    async def _list(self, _: int) -> list[dict[str, Any]]:
        return [
            {"id": str(100 + at), "application_id": "99", "version": "1", "description": "", **command}
            for at, command in enumerate(self.told)
        ]


def files_in(part: dict[str, Any]) -> list[dict[str, Any]]:
    inside = [one for option in part.get("options", ()) for one in files_in(option)]
    return [part, *inside] if part.get("type") == 11 else inside


async def test_every_option_for_a_file_says_which_kinds_it_takes(
    bot: ImagineBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = Discord(bot, monkeypatch)
    await bot.tree.sync()
    files = [one for command in stand_in.told for one in files_in(command)]
    assert len(files) >= 12
    for one in files:
        assert one["file_types"][0] == "image", one["name"]
        assert len(one["file_types"]) <= MOST
        assert all(ending.startswith(".") for ending in one["file_types"][1:])
    others = [option for command in stand_in.told for option in command.get("options", ())]
    assert all("file_types" in one or one["type"] != 11 for one in others)


def test_a_file_that_nobody_has_thought_of_is_our_mistake() -> None:
    option = {"type": 11, "name": "score_2"}
    with pytest.raises(KeyError):
        with_file_types({"name": "a", "type": 1, "options": [option]})


async def test_commands_can_be_clicked_as_soon_as_discord_has_told_their_ids(
    bot: ImagineBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = Discord(bot, monkeypatch)
    tree = cast("ImagineTree", bot.tree)
    asked = cast("Any", SimpleNamespace(client=SimpleNamespace(tree=tree)))
    assert commands_of(asked)["workflow_run"] == "`/workflow run`"
    with speaking("fr"):
        assert commands_of(asked)["imagine"] == "`/imaginer`"
    await tree.sync()
    ids = {command["name"]: 100 + at for at, command in enumerate(stand_in.told)}
    with speaking("fr"):  # a translated mention does nothing when it is clicked
        named = commands_of(asked)
    assert named["imagine"] == f"</imagine:{ids['imagine']}>"
    assert named["workflow_run"] == f"</workflow run:{ids['workflow']}>"
    assert named["three_d"] == f"</3d:{ids['3d']}>"
    assert all(one.startswith("</") for one in named.values())
    assert set(named) == set(PLACES)
    chat = {one["name"] for one in stand_in.told if one["type"] == discord.AppCommandType.chat_input.value}
    assert {one[2:].partition(":")[0].split()[0] for one in named.values()} == chat


async def test_the_ids_are_known_too_where_nothing_had_to_be_told(
    bot: ImagineBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Notes(dict[str, str]):
        async def note(self, key: str) -> str | None:
            return self.get(key)

        async def remember(self, key: str, text: str) -> None:
            self[key] = text

    stand_in, notes = Discord(bot, monkeypatch), Notes()
    tree = cast("ImagineTree", bot.tree)
    assert await tree.sync_if_changed(notes, where="here")
    cast("Any", tree)._ids = {}
    assert not await tree.sync_if_changed(notes, where="here")
    assert tree.mention("imagine") is not None
    assert stand_in.told
