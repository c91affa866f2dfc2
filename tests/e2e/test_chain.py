"""From one picture to all that can come of it, by buttons alone; each card is linked with the one before."""

import asyncio

import pytest

from tests.e2e.acting import modal, outcome, says, set_scenario
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.test_actions import choose, inputs

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCORER: Json = {
    "id": "model_scorer",
    "name": "Scorer",
    "capabilities": ["video2audio"],
    "inputs": [
        {"name": "video", "type": "file", "kind": "video", "required": {"always": True}},
        {"name": "prompt", "type": "string", "prompt": True, "maxLength": 500},
    ],
    "sandbox": {"price": 2, "medium": "audio", "makes": "effect", "seconds": 1},
}


async def worded(one: Stage, asked: str, words: str) -> str:
    """The modal of an action, filled in; the interaction that it became."""
    await modal(one, asked)
    order: Json = {"member": "alice", "interaction_id": asked, "values": {"words": words}}
    return str((await one.post("/submit", **order))["interaction_id"])


async def test_from_a_picture_to_a_film_its_sound_and_a_solid_by_buttons_alone(one: Stage) -> None:
    await one.post("/models", **SCORER)
    order: Json = {"member": "alice", "channel": "general", "name": "generate"}
    read = await one.post("/command", **order, options={"model": SCORER["id"]})
    await one.answer(str(read["interaction_id"]))  # from now on the bot knows the model
    picture = await outcome(one, "a paper boat")
    edit = await worded(one, await choose(one, picture, "edit"), "on a lake")
    edited = await one.settled(edit)
    upscale = await one.press(edited, "Upscale")
    upscaled = await one.settled(upscale)
    solid = await choose(one, upscaled, "solid")
    film = await worded(one, await one.press(upscaled, "Animate"), "it drifts away")
    filmed = await one.settled(film)
    assert labels(filmed) == ["Again", "Extend", "Make sound", "Delete"]
    extended = await worded(one, await one.press(filmed, "Extend"), "night falls")
    sound = await worded(one, await one.press(filmed, "Make sound"), "waves")
    await one.settled(solid)
    longer, heard = await one.settled(extended), await one.settled(sound)

    chain = [picture["interaction_id"], edit, upscale, film]
    for before, after in zip(chain, [edit, upscale, film, extended], strict=True):
        assert one.record(after)["parent_id"] == before
    assert {one.record(each)["parent_id"] for each in (extended, sound)} == {film}
    assert one.record(solid)["parent_id"] == upscale
    assert {one.record(each)["fate"] for each in (*chain, extended, sound, solid)} == {"succeeded"}

    asset = await _made(one, film)
    record = (await one.scenario(f"/assets/{asset}"))["asset"]
    assert record["lastFrame"]["assetId"] in str(await inputs(one, extended))
    assert asset not in str(await inputs(one, extended))
    assert (await inputs(one, sound))["video"] == asset
    for card in (longer, heard):
        assert "made from [" in text_of(card)
        assert f"/{filmed['channel_id']}/{filmed['id']})" in text_of(card)
    shown = await one.post("/command", member="alice", channel="general", name="show", options={"id": film})

    async def walked() -> str | None:
        found = await one.answers(str(shown["interaction_id"]))
        return next((text for each in found if "built on this" in (text := text_of(each))), None)

    told = await one.until(walked, "the film again")
    assert f"/{upscaled['channel_id']}/{upscaled['id']})" in told  # what it was made from
    for card in (longer, heard):
        assert f"/{card['channel_id']}/{card['id']}) by <@" in told
    assert images(upscaled)


async def _made(one: Stage, interaction: str) -> str:
    """The one asset that this request made."""
    record = await one.scenario(f"/jobs/{one.record(interaction)['job_id']}")
    (asset,) = record["job"]["metadata"]["assetIds"]
    return str(asset)


# -- to the server itself -------------------------------------------------------------------------------


async def given(one: Stage, path: str) -> list[Json]:
    """What the bot handed to Discord at this path of the server, with Discord's status."""
    rows = (await one.get("/wire"))["records"]
    asked = (row for row in rows if row["kind"] == "request" and row["half"] == "discord")
    return [row for row in asked if row["method"] == "POST" and row["path"].endswith(path)]


async def test_a_cut_out_becomes_an_emoji_and_a_sticker_by_the_right_of_its_presser(one: Stage) -> None:
    card = await one.settled(await choose(one, await outcome(one, "a red kite"), "cutout"))
    told = await one.answer(await choose(one, card, "emoji", member="bob"), member="bob")
    assert told["content"].startswith("Only members with this server's Create Expressions permission")
    for entry, path, words in (
        ("emoji", "/emojis", "is an emoji of this server now, named red\\_kite."),
        ("sticker", "/stickers", "is a sticker of this server now, named red_kite"),
    ):
        asked = await choose(one, card, entry, member="mod")
        opened = await modal(one, asked)
        assert opened["components"][0]["component"]["value"].replace("_", " ") == "a red kite"
        order: Json = {"member": "mod", "interaction_id": asked, "values": {"words": "red_kite"}}
        made = (await one.post("/submit", **order))["interaction_id"]
        answer = await one.answer(made, member="mod")
        assert answer["ephemeral"]
        assert words.replace("\\", "") in answer["content"].replace("\\", "")
        (sent,) = await given(one, path)
        assert sent["status"] == 201


async def test_a_short_sound_becomes_one_of_the_soundboard(one: Stage) -> None:
    order: Json = {"member": "mod", "channel": "general", "name": "sound"}
    asked = await one.post("/command", **order, options={"prompt": "a bell", "duration": 2})
    card = await one.settled(str(asked["interaction_id"]), member="mod")
    told = await one.answer(await choose(one, card, "soundboard", member="bob"), member="bob")
    assert told["content"].startswith("Only members with this server's Create Expressions permission")
    pressed = await choose(one, card, "soundboard", member="mod")
    await modal(one, pressed)
    named: Json = {"member": "mod", "interaction_id": pressed, "values": {"words": "Ding"}}
    made = (await one.post("/submit", **named))["interaction_id"]
    answer = await one.answer(made, member="mod")
    assert answer["content"] == "It is on this server's soundboard now, named Ding."
    (sent,) = await given(one, "/soundboard-sounds")
    assert sent["status"] == 201


async def test_a_longer_sound_goes_there_with_its_beginning_as_its_presser_is_told_before(one: Stage) -> None:
    order: Json = {"member": "mod", "channel": "general", "name": "sound"}
    asked = await one.post("/command", **order, options={"prompt": "a long bell", "duration": 9})
    card = await one.settled(str(asked["interaction_id"]), member="mod")
    pressed = await choose(one, card, "soundboard", member="mod")
    opened = await modal(one, pressed)
    assert (
        opened["components"][0]["description"] == "It lasts 9 s. Only its first 5.1 s go on the soundboard."
    )
    named: Json = {"member": "mod", "interaction_id": pressed, "values": {"words": "Long"}}
    answer = await one.answer((await one.post("/submit", **named))["interaction_id"], member="mod")
    assert answer["content"] == "It is on this server's soundboard now, named Long."


# -- a voice message --------------------------------------------------------------------------------------

VOICE_MESSAGE = 1 << 13


async def spoken(one: Stage) -> list[Json]:
    return [each for each in await one.messages() if each["flags"] & VOICE_MESSAGE]


async def test_a_sound_is_sent_as_a_voice_message_once_by_whoever_may(one: Stage) -> None:
    order: Json = {"member": "alice", "channel": "general", "name": "sound"}
    asked = await one.post("/command", **order, options={"prompt": "a gong", "duration": 3})
    card = await one.settled(str(asked["interaction_id"]))
    await asyncio.gather(*(choose(one, card, "voice", member="bob") for _ in range(2)))

    async def sent() -> Json | None:
        found = await spoken(one)
        return found[0] if found else None

    message = await one.until(sent, "the voice message")
    (attachment,) = message["attachments"]
    assert attachment["duration_secs"] == pytest.approx(3, abs=0.2)
    assert attachment["content_type"] == "audio/ogg"
    assert (message["content"], message["embeds"]) == ("", [])
    assert message["message_reference"]["message_id"] == card["id"]
    await one.kill_bot()
    await one.start_bot()
    told = await one.answer(await choose(one, card, "voice", member="bob"), member="bob")
    assert told["content"].endswith(f"/{message['channel_id']}/{message['id']}")  # what stands there already
    assert len(await spoken(one)) == 1


@pytest.mark.parametrize(
    ("whose", "says"),
    [
        ({}, "I need the Send Voice Messages permission here"),
        ({"member": "bob"}, "Only members with the Send Voice Messages permission"),
    ],
    ids=["the bot", "the presser"],
)
async def test_who_may_send_no_voice_message_is_told_so_and_then_it_is_sent(
    one: Stage, whose: Json, says: str
) -> None:
    order: Json = {"member": "alice", "channel": "general", "name": "sound"}
    asked = await one.post("/command", **order, options={"prompt": "a whisper", "duration": 2})
    card = await one.settled(str(asked["interaction_id"]))
    before = len(await spoken(one))
    await one.post("/permissions", channel="general", deny=["SEND_VOICE_MESSAGES"], **whose)
    try:
        told = await one.answer(await choose(one, card, "voice", member="bob"), member="bob")
        assert told["content"].startswith(says)
    finally:
        await one.post("/permissions", channel="general", **whose)
    assert len(await spoken(one)) == before
    told = await one.answer(await choose(one, card, "voice", member="bob"), member="bob")
    assert told["content"].startswith("Sent as a voice message")
    assert len(await spoken(one)) == before + 1


# -- the price ------------------------------------------------------------------------------------------


async def test_above_the_threshold_an_action_asks_its_presser_first_and_buys_once() -> None:
    async with stage(CONFIRM_ABOVE_CU="20") as house:
        await set_scenario(house, seconds=0)
        card = await outcome(house, "a slow film")
        asked = await house.press(card, "Animate", member="bob")
        await modal(house, asked)
        order: Json = {"member": "bob", "interaction_id": asked, "values": {"words": "it turns"}}
        film = str((await house.post("/submit", **order))["interaction_id"])
        question = await says(house, film, "Press Generate to go ahead", member="bob")
        assert await house.ledger("it turns") == []
        told = await house.answer(await house.press(question, "Generate"))  # alice, whose picture it is
        assert told["content"].startswith("Only <@")
        twice = (house.press(question, "Generate", member="bob") for _ in range(2))
        await asyncio.gather(*twice, return_exceptions=True)
        await house.settled(film, member="bob")
        assert len(await house.ledger("it turns")) == 1
