"""Where /imagine works: the bot's own messages, servers without the bot, and where answers are hushed."""

import pytest

from tests.e2e.acting import facts, pressed, says, set_scenario, vanished
from tests.e2e.stage import ON_A_PICTURE, Stage, images, labels

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACES = ("dm:alice", "away:alice", "hushed:alice", "private:alice", "guild2/general")


@pytest.mark.parametrize("channel", PLACES)
async def test_a_picture_comes_and_can_be_made_again(one: Stage, channel: str) -> None:
    prompt = f"from {channel}"
    first = await one.settled(await one.imagine(prompt, channel=channel), channel=channel)
    assert len(images(first)) == 1
    assert labels(first) == ON_A_PICTURE
    assert first["ephemeral"] == channel.startswith("hushed:")
    second = await one.settled(await one.press(first, "Again"), channel=channel)
    assert second["id"] != first["id"]
    assert len(images(second)) == 1
    assert await one.fetch(images(first)[0]) != await one.fetch(images(second)[0])
    assert len(await one.ledger(prompt)) == 2


@pytest.mark.parametrize("channel", PLACES)
async def test_a_card_can_be_deleted_by_its_owner(one: Stage, channel: str) -> None:
    card = await one.settled(await one.imagine("to be deleted", channel=channel), channel=channel)
    question = await one.answer(await one.press(card, "Delete"), channel=channel)
    await one.press(question, "Delete it")
    await vanished(one, card, channel=channel)


async def test_several_pictures_come_also_where_the_bot_is_not(one: Stage) -> None:
    generation = await one.imagine(
        "a small series", channel="away:alice", model="model_google-gemini-3-1-flash", count=3
    )
    card = await one.settled(generation, channel="away:alice")
    assert len(images(card)) == 3


async def test_where_answers_are_hushed_the_card_is_private_and_known_as_such(one: Stage) -> None:
    generation = await one.imagine("whispered", channel="hushed:alice", spoiler=True)
    card = await one.settled(generation, channel="hushed:alice")
    assert card["ephemeral"]
    assert one.record(generation)["private"]
    assert [file["filename"][:8] for file in card["attachments"]] == ["SPOILER_"]


async def test_members_of_two_servers_do_not_see_each_others_cards(one: Stage) -> None:
    here = await one.imagine("only here", member="bob")
    there = await one.imagine("only there", member="bob", channel="guild2/general")
    await one.settled(here, member="bob")
    card = await one.settled(there, member="bob", channel="guild2/general")
    assert facts(card)["Asked by"].startswith("<@")
    assert await one.answers(there) == []
    assert await one.answers(here, channel="guild2/general") == []


async def test_private_is_private_in_direct_messages_too(one: Stage) -> None:
    generation = await one.imagine("to myself", channel="dm:alice", private=True)
    card = await one.settled(generation, channel="dm:alice")
    assert card["ephemeral"]
    assert len(images(card)) == 1


async def test_waiting_can_be_canceled_where_the_bot_is_not(one: Stage) -> None:
    channel = "away:alice"
    await set_scenario(one, parallel=0)
    prompt = f"waiting in {channel}"
    generation = await one.imagine(prompt, channel=channel)
    card = await says(one, generation, "in line", channel=channel)
    assert "Nothing was charged" in await pressed(one, card, "Cancel", channel=channel)
    await one.settled(generation, channel=channel)
    assert await one.ledger(prompt) == []
