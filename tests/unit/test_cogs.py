"""The slash commands as Discord is told them, and how they are parsed into an Ask."""

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

import cogs.imagine
from bot.catalogue.tasks import Task
from bot.client import ImagineBot
from bot.refusals import CannotPost
from bot.request.ask import Ask
from bot.scenario.api.records import Input
from bot.tree import ImagineTree
from bot.ui.commands import params
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.host import Host, host_of
from tests.support.bench import Bench, a_bench
from tests.support.builders import PROMPT, a_model
from tests.support.interactions import interaction_fields


async def nothing() -> None:
    pass


@pytest.fixture
async def bot() -> AsyncGenerator[ImagineBot]:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        await made.load_extension("cogs.imagine")
        yield made


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        await made.process.catalogue.refresh()
        await made.process.catalogue.read("model_flux")
        yield made


def payload(bot: ImagineBot, name: str) -> dict[str, Any]:
    return next(one.to_dict(bot.tree) for one in bot.tree.get_commands() if one.name == name)


# -- what Discord is told -----------------------------------------------------------------------------


async def test_imagine_has_the_options_that_were_promised_in_their_order(bot: ImagineBot) -> None:
    options = payload(bot, "imagine")["options"]
    names = ["prompt", "model", "aspect_ratio", "count", "seed", "negative_prompt", "private", "spoiler"]
    names += ["reference", "reference_2", "reference_3", "models", "settings", "draft"]
    assert [option["name"] for option in options] == names
    assert [option["name"] for option in options if option["required"]] == ["prompt"]
    assert [option["name"] for option in options if option.get("autocomplete")] == [
        "model",
        "aspect_ratio",
        "models",
        "settings",
    ]


async def test_imagine_is_for_servers_direct_messages_and_user_installs(bot: ImagineBot) -> None:
    told = payload(bot, "imagine")
    assert sorted(told["contexts"]) == [0, 1, 2]
    assert sorted(told["integration_types"]) == [0, 1]


async def test_every_command_is_within_discords_limits(bot: ImagineBot) -> None:
    for command in bot.tree.get_commands():
        told = payload(bot, command.name)
        assert 1 <= len(told["description"]) <= 100
        assert len(told["options"]) <= 25
        for option in told["options"]:
            assert 1 <= len(option["description"]) <= 100
            assert option["description"] != "…"


async def test_a_prompt_is_one_to_four_thousand_characters(bot: ImagineBot) -> None:
    prompt = payload(bot, "imagine")["options"][0]
    assert (prompt["min_length"], prompt["max_length"]) == (1, 4000)


async def test_the_bot_asks_for_no_more_than_it_needs(bot: ImagineBot) -> None:
    assert bot.intents == discord.Intents(guilds=True)
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == {"parse": []}
    assert isinstance(bot.tree, ImagineTree)


async def test_a_client_is_a_host_once_it_carries_the_parts(bot: ImagineBot, bench: Bench) -> None:
    with pytest.raises(RuntimeError):
        _ = bot.service
    with pytest.raises(RuntimeError):
        _ = bot.forms
    bot.carry(bench.service, bench.process.catalogue, bench.forms)
    assert isinstance(bot, Host)
    assert host_of(cast("AnyInteraction", SimpleNamespace(client=bot))).service is bench.service


# -- what becomes of a command ------------------------------------------------------------------------


class Client:
    def __init__(self, bench: Bench) -> None:
        self.service = bench.service
        self.catalogue = bench.process.catalogue
        self.forms = bench.forms


class Response:
    async def defer(self, *, ephemeral: bool, thinking: bool) -> Any:
        assert thinking
        return SimpleNamespace(message_id=70_000, is_ephemeral=lambda: ephemeral)


def interaction(bench: Bench, **changes: Any) -> Any:
    fields = interaction_fields(client=Client(bench), response=Response(), namespace=SimpleNamespace())
    return SimpleNamespace(**{**fields, **changes})


async def imagine(bench: Bench, prompt: str, changes: dict[str, Any] | None = None, **options: Any) -> None:
    cog = cogs.imagine.Imagine()
    callback = cast("Any", cogs.imagine.Imagine.imagine).callback
    await callback(cog, interaction(bench, **(changes or {})), prompt, **options)


async def test_a_command_becomes_an_ask_word_for_word(bench: Bench) -> None:
    await imagine(bench, "a cat", seed=5, model="model_flux", private=True, spoiler=True)
    asked = await bench.get()
    assert asked.ask == Ask(prompt="a cat", seed=5)
    assert (asked.command, asked.model_id, asked.origin.locale) == ("imagine", "model_flux", "en-GB")
    assert (asked.card.private, asked.spoiler, asked.card.message_id) == (True, True, 70_000)


async def test_a_channel_without_the_permissions_is_refused_before_anything_is_recorded(bench: Bench) -> None:
    with pytest.raises(CannotPost):
        await imagine(bench, "a cat", {"app_permissions": discord.Permissions()})
    assert await bench.store.get("1001") is None


# -- pickers ------------------------------------------------------------------------------------------


async def test_models_are_picked_by_id_and_never_more_than_discord_takes(bench: Bench) -> None:
    for number in range(40):
        bench.studio.catalogued[f"model_{number}"] = a_model(f"model_{number}", name="Flux " + "x" * 120)
    bench.studio.catalogued["x" * 101] = a_model("x" * 101, name="Flux too long")
    await bench.process.catalogue.refresh()
    bench.studio.calls.clear()
    choices = await params.complete_model(Task.IMAGINE)(interaction(bench), "flux")
    assert 20 < len(choices) <= 25
    assert all(1 <= len(choice.name) <= 100 for choice in choices)
    assert all(choice.value in bench.studio.catalogued and len(choice.value) <= 100 for choice in choices)
    assert bench.studio.calls == []


async def test_ratios_come_from_memory_for_the_model_that_was_chosen(bench: Bench) -> None:
    shape = Input(name="aspectRatio", type="string", allowed_values=("1:1", "16:9"))
    bench.studio.catalogued["model_flux"] = a_model(inputs=(PROMPT, shape))
    bench.clock.jump(7200)  # what was read is old by now
    await bench.process.catalogue.read("model_flux")
    bench.studio.calls.clear()
    for chosen in (SimpleNamespace(), SimpleNamespace(model="model_flux"), SimpleNamespace(model="")):
        choices = await params.complete_ratio(Task.IMAGINE)(interaction(bench, namespace=chosen), "")
        assert [choice.value for choice in choices] == ["1:1", "16:9"]
    assert bench.studio.calls == []


async def test_pickers_stay_silent_while_nothing_is_known() -> None:
    async with a_bench() as empty:
        assert await params.complete_model(Task.IMAGINE)(interaction(empty), "x") == []
        assert len(await params.complete_ratio(Task.IMAGINE)(interaction(empty), "")) <= 25
