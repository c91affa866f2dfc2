"""What is done with a finished card's pictures, over real wires: by whom, in which state, with which one."""

import asyncio

import pytest

from tests.e2e.acting import modal, outcome, vanished
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, text_of
from tests.e2e.things import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

GEMINI = "model_google-gemini-3-1-flash"
ENTRIES = {
    "words": "Edit words",
    "improve": "Improve words",
    "strong": "Vary strongly",
    "edit": "Edit picture",
    "solid": "Make 3D",
    "cutout": "Cut out",
    "vectorize": "Vectorize",
    "reference": "Use as reference",
    "describe": "Describe",
    "details": "Details",
}


def menu(message: Json) -> Json:
    (found,) = [part for row in message["components"] for part in row["components"] if "options" in part]
    return found


async def choose(one: Stage, card: Json, entry: str, *, member: str = "alice") -> str:
    """Choose from the card's menu; the interaction."""
    order: Json = {"member": member, "message_id": card["id"], "custom_id": menu(card)["custom_id"]}
    return str((await one.post("/press", **order, values=[entry]))["interaction_id"])


async def four(one: Stage, prompt: str, **options: object) -> Json:
    return await outcome(one, prompt, model=GEMINI, count=4, **options)


async def assets(one: Stage, card: Json) -> list[str]:
    """Of the card's pictures, as Scenario listed them."""
    (job,) = [job for job in (await one.get("/ledger"))["jobs"] if job["job_id"] == _row(one, card)["job_id"]]
    record = await one.scenario(f"/jobs/{job['job_id']}")
    return [str(asset) for asset in record["job"]["metadata"]["assetIds"]]


def _row(one: Stage, card: Json) -> Json:
    return one.record(card["interaction_id"])


async def inputs(one: Stage, interaction: str) -> Json:
    """What was sent for the request that this interaction became."""
    row = one.record(interaction)
    (job,) = [job for job in await one.ledger() if job["job_id"] == row["job_id"]]
    return job["inputs"]


async def question(one: Stage, interaction: str, *, member: str = "alice") -> Json:
    asked = await one.answer(interaction, member=member)
    assert asked["ephemeral"]
    assert labels(asked) == ["1", "2", "3", "4"]
    return asked


# -- the card -------------------------------------------------------------------------------------------


async def test_a_card_has_one_row_of_buttons_and_a_menu(one: Stage) -> None:
    card = await outcome(one, "x1")
    assert labels(card) == ON_A_PICTURE
    assert [len(row["components"]) for row in card["components"]] == [5, 1]
    assert {option["value"]: option["label"] for option in menu(card)["options"]} == ENTRIES


# -- one picture ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["alice", "bob", "mod"])
async def test_upscale_is_one_press_and_the_pressers_own_request(one: Stage, member: str) -> None:
    card = await outcome(one, f"x2 {member}")
    pressed = await one.press(card, "Upscale", member=member)
    over = await one.settled(pressed, member=member)
    assert len(images(over)) == 1
    row = one.record(pressed)
    assert (row["command"], row["parent_id"]) == ("upscale", card["interaction_id"])
    assert str(row["owner_id"]) == over["interaction_metadata"]["user"]["id"]
    assert (await assets(one, card))[0] in str(await inputs(one, pressed))
    assert [each for each in await one.messages(member=member) if each["interaction_id"] == pressed] == [over]


async def test_vary_keeps_the_words_and_begins_with_the_picture(one: Stage) -> None:
    card = await outcome(one, "x3", model=GEMINI)
    pressed = await one.press(card, "Vary")
    await one.settled(pressed)
    sent = await inputs(one, pressed)
    assert sent["prompt"] == "x3"
    assert sent["referenceImages"] == await assets(one, card)
    assert one.record(pressed)["model_id"] == GEMINI


async def test_what_asks_for_words_offers_those_that_are_known(one: Stage) -> None:
    card = await outcome(one, "x4")
    opened = await modal(one, await one.press(card, "Animate"))
    (label,) = opened["components"]
    assert (opened["title"], label["component"]["value"]) == ("Animate", "x4")
    asked = await choose(one, card, "edit")
    opened = await modal(one, asked)
    assert "value" not in opened["components"][0]["component"]
    made = (await one.post("/submit", member="alice", interaction_id=asked, values={"words": "x4 in snow"}))[
        "interaction_id"
    ]
    await one.settled(made)
    assert (await inputs(one, made))["prompt"] == "x4 in snow"
    assert (await assets(one, card))[0] in str(await inputs(one, made))


async def test_edit_words_asks_for_the_same_in_other_words(one: Stage) -> None:
    card = await outcome(one, "x5", model=GEMINI, seed=5, aspect_ratio="16:9")
    asked = await choose(one, card, "words", member="bob")
    opened = await modal(one, asked)
    assert opened["components"][0]["component"]["value"] == "x5"
    values = {"words": "x5 at night"}
    made = (await one.post("/submit", member="bob", interaction_id=asked, values=values))["interaction_id"]
    await one.settled(made, member="bob")
    sent = await inputs(one, made)
    assert (sent["prompt"], sent["seed"], sent["aspectRatio"]) == ("x5 at night", 5, "16:9")


@pytest.mark.parametrize("entry", ["strong", "solid", "cutout", "vectorize"])
async def test_an_entry_of_the_menu_makes_what_it_says(one: Stage, entry: str) -> None:
    card = await outcome(one, f"x6 {entry}")
    made = await choose(one, card, entry)
    await one.settled(made)
    assert one.record(made)["fate"] == "succeeded"
    assert (await assets(one, card))[0] in str(await inputs(one, made))


async def test_use_as_reference_makes_another_picture_with_it(one: Stage) -> None:
    card = await outcome(one, "x7")
    asked = await choose(one, card, "reference")
    await modal(one, asked)
    order = {"member": "alice", "interaction_id": asked, "values": {"words": "a mug in this style"}}
    made = (await one.post("/submit", **order))["interaction_id"]
    await one.settled(made)
    sent = await inputs(one, made)
    assert sent["prompt"] == "a mug in this style"
    assert (await assets(one, card))[0] in str(sent)


async def test_details_tell_all_that_was_sent_privately(one: Stage) -> None:
    card = await outcome(one, "x8 with a ship", model=GEMINI, aspect_ratio="16:9", seed=8)
    told = await one.answer(await choose(one, card, "details", member="bob"), member="bob")
    assert told["ephemeral"]
    text = text_of(told)
    assert "/imagine prompt: x8 with a ship model: " in text
    assert "aspect_ratio: 16:9 seed: 8" in text
    assert (await assets(one, card))[0].replace("_", "") in text.replace("_", "").replace("\\", "")
    assert f"restartGeneration={_row(one, card)['job_id']}" in text
    assert "`aspectRatio` 16:9" in text


async def test_a_private_result_is_shared_by_its_owner_and_is_everybodys_from_then_on(one: Stage) -> None:
    card = await outcome(one, "x9", private=True)
    assert "share" in [option["value"] for option in menu(card)["options"]]
    shared = await choose(one, card, "share")
    public = await one.until(lambda: _shown(one, shared), "the shared card")
    assert not public["ephemeral"]
    assert images(public)
    assert "share" not in [option["value"] for option in menu(public)["options"]]
    made = await one.press(public, "Upscale", member="bob")  # a stranger's own request
    assert images(await one.settled(made, member="bob"))
    told = await one.answer(await choose(one, card, "share"))
    assert told["content"] == "Everyone in the channel can see this one already."


async def _shown(one: Stage, interaction: str) -> Json | None:
    found = await one.answers(interaction, member="bob")
    return found[-1] if found and images(found[-1]) else None


# -- picture three of four ------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["alice", "bob", "mod"])
async def test_the_third_picture_of_four_is_upscaled_by_two_presses_that_leave_nothing(
    one: Stage, member: str
) -> None:
    card = await four(one, f"g1 {member}")
    third = (await assets(one, card))[2]
    asked = await question(one, await one.press(card, "Upscale", member=member), member=member)
    made = await one.press(asked, "3", member=member)
    await one.settled(made, member=member)
    assert third in str(await inputs(one, made))
    await vanished(one, asked, member=member)


async def test_after_a_restart_between_the_two_presses_it_is_still_the_third(one: Stage) -> None:
    card = await four(one, "g2")
    third = (await assets(one, card))[2]
    asked = await question(one, await choose(one, card, "cutout"))
    animate = await question(one, await one.press(card, "Animate"))
    opened = await one.press(animate, "3")
    await modal(one, opened)
    await one.kill_bot()
    await one.start_bot()
    made = await one.press(asked, "3")
    values = {"words": "it flies away"}
    film = (await one.post("/submit", member="alice", interaction_id=opened, values=values))["interaction_id"]
    await one.settled(made)
    await one.settled(film)
    assert third in str(await inputs(one, made))
    assert third in str(await inputs(one, film))
    assert (await inputs(one, film))["prompt"] == "it flies away"
    await vanished(one, asked)
    await vanished(one, animate)


async def test_twice_at_once_is_one_request(one: Stage) -> None:
    card = await four(one, "g3")
    asked = await question(one, await one.press(card, "Upscale"))
    both = await asyncio.gather(one.press(asked, "3"), one.press(asked, "3"), return_exceptions=True)
    pressed = [each for each in both if isinstance(each, str)]
    made = [each for each in pressed if await recorded(one, each)]
    assert len(made) == 1
    assert images(await one.settled(made[0]))


async def recorded(one: Stage, interaction: str) -> bool:
    """Whether it became a request, once it is known what became of it."""

    async def answered() -> bool:
        return bool((await one.get(f"/interactions/{interaction}"))["message_id"])

    await one.until(answered, f"an answer to {interaction}")
    return bool(one.record(interaction))


async def test_from_card_names_one_of_several_and_says_so_where_it_must(one: Stage) -> None:
    card = await four(one, "g4")
    number, made = card["interaction_id"], await assets(one, card)

    async def upscale(named: str) -> str:
        order: Json = {"member": "alice", "channel": "general", "name": "upscale"}
        return str((await one.post("/command", **order, options={"from_card": named}))["interaction_id"])

    told = await one.answer(await upscale(number))
    assert f"This card has 4 results. Say which one you mean, for example {number}-4" in told["content"]
    assert "only 4 results" in (await one.answer(await upscale(f"{number}-5")))["content"]
    third = await upscale(f"{number}-3")
    await one.settled(third)
    assert made[2] in str(await inputs(one, third))
    assert one.record(third)["parent_id"] == number


async def test_a_message_command_on_a_card_is_the_cards_own_action(one: Stage) -> None:
    card = await four(one, "g5")
    order: Json = {"member": "bob", "channel": "general", "name": "Make 3D"}
    asked = (await one.post("/command", **order, options={"target": card["id"]}))["interaction_id"]
    made = await one.press(await question(one, asked, member="bob"), "2", member="bob")
    await one.settled(made, member="bob")
    assert (await assets(one, card))[1] in str(await inputs(one, made))


async def test_of_a_members_own_message_with_several_pictures_one_is_named(one: Stage) -> None:
    files = [picture("a.png"), picture("b.png", "navy"), picture("c.png", "green")]
    said = await one.post("/say", member="alice", channel="general", content="look", files=files)
    order: Json = {"member": "alice", "channel": "general", "name": "Edit"}
    asked = await one.post("/command", **order, options={"target": str(said["message_id"])})
    message = await one.answer(asked["interaction_id"])
    assert labels(message) == ["1", "2", "3"]
    await one.kill_bot()
    await one.start_bot()
    opened = await one.press(message, "2")
    form = await modal(one, opened)
    assert "b.png" in str(form)
    await vanished(one, message)


async def test_a_chain_is_linked_both_ways_and_show_walks_it(one: Stage) -> None:
    card = await four(one, "g6 with a kite")
    asked = await question(one, await one.press(card, "Upscale", member="bob"), member="bob")
    made = await one.press(asked, "3", member="bob")
    over = await one.settled(made, member="bob")
    assert "made from number 3 of [g6 with a kite](" in text_of(over)
    assert f"/{card['channel_id']}/{card['id']})" in text_of(over)
    assert text_of(over).startswith("\n\n> Upscale · g6 with a kite")
    order: Json = {"member": "alice", "channel": "general", "name": "show"}
    shown = await one.post("/command", **order, options={"id": card["interaction_id"]})
    back = await one.until(lambda: _shown(one, str(shown["interaction_id"])), "the parent again")
    assert "built on this: [Upscale](" in text_of(back)
    assert f"/{over['channel_id']}/{over['id']}) by <@" in text_of(back)


# -- what cannot be ---------------------------------------------------------------------------------------


async def test_what_a_moderator_took_away_is_the_start_of_nothing_more(one: Stage) -> None:
    card = await four(one, "n1")
    mine = await question(one, await one.press(card, "Upscale"))
    theirs = await question(one, await one.press(card, "Upscale", member="bob"), member="bob")
    sure = await one.answer(await one.press(card, "Delete", member="mod"), member="mod")
    await one.press(sure, "Delete it", member="mod")
    await vanished(one, card)
    before = len(await one.ledger())
    told = await one.answer(await one.press(mine, "3"))
    assert "moderator" in told["content"]
    told = await one.answer(await one.press(theirs, "3", member="bob"), member="bob")
    assert told["ephemeral"]
    assert len(await one.ledger()) == before
    row = one.record(card["interaction_id"])
    assert row["removed"] == "moderator"


async def test_what_was_deleted_in_discord_is_its_owners_alone(one: Stage) -> None:
    card = await four(one, "n2")
    mine = await question(one, await one.press(card, "Upscale"))
    theirs = await question(one, await one.press(card, "Upscale", member="bob"), member="bob")
    await one.post("/delete", member="mod", message_id=card["id"])
    told = await one.answer(await one.press(theirs, "3", member="bob"), member="bob")
    assert told["ephemeral"]
    made = await one.press(mine, "3")
    assert images(await one.settled(made))
