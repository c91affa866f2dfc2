"""Between an interaction and the service, by effect: what is read, what is acknowledged, what is answered."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.request.ask import InputFile
from bot.service.service import NotAcknowledged
from bot.ui.commands import params
from bot.ui.interactions import asking
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, given, tell
from tests.support.bench import a_bench
from tests.support.builders import GUILD, OWNER, a_generation, a_model
from tests.support.clock import START
from tests.support.interactions import interaction_fields


class Sent:
    """A response or a followup that keeps what it is told, or refuses it."""

    def __init__(self, *, done: bool = False, error: Exception | None = None, answer: Any = None) -> None:
        self._done, self._error, self._answer = done, error, answer
        self.told: list[dict[str, Any]] = []

    def is_done(self) -> bool:
        return self._done

    async def send(self, content: Any, **parts: Any) -> None:
        if self._error is not None:
            raise self._error
        self.told.append({"content": content, **parts})

    send_message = send

    async def defer(self, *, ephemeral: bool, thinking: bool) -> Any:
        if self._error is not None:
            raise self._error
        self.told.append({"ephemeral": ephemeral, "thinking": thinking})
        return self._answer


def interaction(**changes: Any) -> AnyInteraction:
    fields = interaction_fields(
        guild_locale=discord.Locale.german,
        locale=discord.Locale.french,
        namespace=SimpleNamespace(),
        response=Sent(),
        followup=Sent(),
    )
    return cast("AnyInteraction", SimpleNamespace(**{**fields, **changes}))


def refused(status: int, code: int) -> discord.HTTPException:
    return discord.HTTPException(cast("Any", SimpleNamespace(status=status, reason="")), {"code": code})


def test_an_origin_is_all_that_an_interaction_says() -> None:
    origin = caller_of(interaction())
    assert (origin.origin.interaction_id, origin.origin.application_id, origin.origin.guild_id) == (
        "1001",
        99,
        GUILD,
    )
    assert (origin.origin.channel_id, origin.origin.owner_id, origin.token) == (5, OWNER, "t")
    assert (origin.origin.locale, origin.origin.owner_locale, origin.attachment_limit) == ("de", "fr", 10)


@pytest.mark.parametrize("may", [True, False])
async def test_another_channel_is_seen_by_what_discord_says_of_it(
    may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = cast("Any", object.__new__(discord.Member))
    member._user = SimpleNamespace(id=OWNER)
    asked: list[Any] = []

    async def seen(*what: Any) -> bool:
        asked.append(what)
        return may

    monkeypatch.setattr(asking, "sees", seen)
    client = object()
    assert await caller_of(interaction(user=member, client=client)).sees(6) is may
    assert asked == [(client, GUILD, 6, member, 5)]


async def test_nobody_sees_a_channel_of_no_server_or_as_no_member() -> None:
    member = cast("Any", object.__new__(discord.Member))
    member._user = SimpleNamespace(id=OWNER)
    context = SimpleNamespace(dm_channel=True)
    for elsewhere in ({}, {"user": member, "guild_id": None}, {"user": member, "channel_id": None}):
        assert not await caller_of(interaction(client=object(), context=context, **elsewhere)).sees(6)


# -- the acknowledgement ------------------------------------------------------------------------------


@pytest.mark.parametrize("private", [True, False])
async def test_an_acknowledgement_names_the_message_that_it_made(private: bool) -> None:
    answer = SimpleNamespace(message_id=7, is_ephemeral=lambda: False)
    response = Sent(answer=answer)
    made = await deferral(interaction(response=response), private=private)()
    assert response.told == [{"ephemeral": private, "thinking": True}]
    assert (made.message_id, made.ephemeral) == (7, private)
    bare = await deferral(interaction(), private=private)()
    assert (bare.message_id, bare.ephemeral) == (None, private)


async def test_what_discord_makes_private_is_private() -> None:
    answer = SimpleNamespace(message_id=7, is_ephemeral=lambda: True)
    assert (await deferral(interaction(response=Sent(answer=answer)), private=False)()).ephemeral


@pytest.mark.parametrize(
    ("error", "sure"),
    [
        (refused(404, 10062), True),
        (refused(400, 40060), False),
        (refused(500, 0), False),
        (aiohttp.ClientError(), False),
        (OSError(), False),
        (TimeoutError(), False),
    ],
)
async def test_only_one_no_is_sure(error: Exception, sure: bool) -> None:
    with pytest.raises(NotAcknowledged) as caught:
        await deferral(interaction(response=Sent(error=error)), private=False)()
    assert caught.value.sure is sure


# -- the private answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_is_private_calls_nobody_and_holds_what_it_was_given(done: bool) -> None:
    asked = interaction(response=Sent(done=done))
    embed, view = discord.Embed(description="x"), discord.ui.View()
    await tell(asked, "words")
    await tell(asked, embed=embed, view=view)
    used = cast("Any", asked.followup if done else asked.response)
    first, second = used.told
    nothing = discord.utils.MISSING
    assert (first["content"], first["embed"], first["view"]) == ("words", nothing, nothing)
    assert (second["content"], second["embed"], second["view"]) == (nothing, embed, view)
    for one in (first, second):
        assert one["ephemeral"]
        assert one["allowed_mentions"].to_dict() == {"parse": []}


@pytest.mark.parametrize("error", [refused(404, 10062), aiohttp.ClientError(), OSError()])
async def test_an_answer_that_nobody_hears_is_no_error(error: Exception) -> None:
    await tell(interaction(response=Sent(error=error)), "words")


# -- files --------------------------------------------------------------------------------------------


def attachment(name: str, content_type: str | None, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "filename": name,
        "url": f"https://cdn.discordapp.com/{name}",
        "content_type": content_type,
        "size": 5,
        "width": 6,
        "height": 7,
        "duration": 8.5,
        "proxy_url": "",
        "is_spoiler": lambda: True,
    }
    return SimpleNamespace(**{**fields, **changes})


def test_a_file_is_kept_with_all_its_facts() -> None:
    assert given(attachment("a.mp4", "video/mp4"), "video") == InputFile(
        role="video",
        filename="a.mp4",
        url="https://cdn.discordapp.com/a.mp4",
        content_type="video/mp4",
        size=5,
        width=6,
        height=7,
        duration=8.5,
        spoiler=True,
    )


# -- choices ------------------------------------------------------------------------------------------


async def test_what_is_offered_fits_discords_edges_and_what_was_typed() -> None:
    async with a_bench() as bench:
        edge, beyond = "m" * 100, "n" * 101
        for id_, name in ((edge, "Edge " + "e" * 95), (beyond, "Edge too long"), ("model_z", "Zebra")):
            bench.studio.catalogued[id_] = a_model(id_, name=name)
        await bench.process.catalogue.refresh()
        client = SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms)
        asked = interaction(client=client)
        choices = await params.complete_model(params.Task.IMAGINE)(asked, "edge")
        assert [(one.name, one.value) for one in choices] == [(f"Edge {'e' * 83}… · pictures", edge)]
        trained_models = await params.complete_trained(asked, "")
        assert all(0 < len(one.value) <= 100 for one in trained_models)


@pytest.mark.parametrize(
    ("typed", "found"), [("FOX", ["11"]), ("#12", ["12"]), (" 1", ["12", "11"]), ("owl", [])]
)
async def test_cards_are_found_by_words_and_by_number(typed: str, found: list[str]) -> None:
    async with a_bench() as bench:
        for id_, prompt in (("11", "a red fox"), ("12", "")):
            ask = a_generation().ask
            moved = START + timedelta(seconds=int(id_))
            await bench.put(a_generation(id_, ask=type(ask)(prompt=prompt), created_at=moved))
        client = SimpleNamespace(service=bench.service, catalogue=None, forms=None)
        choices = await params.complete_generation(interaction(client=client), typed)
        assert [one.value for one in choices] == found
        assert all(one.name for one in choices)
