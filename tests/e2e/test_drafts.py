"""A cheap draft first, then the same in full with its seed: asked for, pressed, and bought once."""

import asyncio
import json
from typing import Any

import pytest

from tests.e2e.acting import outcome, refusal, says, set_scenario
from tests.e2e.stage import Json, Stage, images, stage, text_of
from tests.e2e.test_actions import assets, choose, inputs, menu, question, recorded
from tests.e2e.things import picture
from tests.support.cards import facts_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

ULTRA, FAST, IDEOGRAM = "model_imagen4-ultra", "model_imagen4-fast", "model_ideogram-v4"


async def typed(one: Stage, command: str, options: dict[str, Any]) -> str:
    answer = await one.post("/command", member="alice", channel="general", name=command, options=options)
    return str(answer["interaction_id"])


def offers_full(card: Json) -> bool:
    return "Make it full" in [option["label"] for option in menu(card)["options"]]


async def test_a_draft_is_cheap_and_its_full_picture_has_its_words_seed_and_shape(one: Stage) -> None:
    draft = await outcome(one, "quick 1: a harbor", model=ULTRA, aspect_ratio="16:9", draft=True)
    row = one.record(draft["interaction_id"])
    assert (row["model_id"], row["cu"]) == (FAST, 2)
    assert facts_in(draft["embeds"][0]["description"])["Model"] == "Imagen 4 Fast"
    assert " · draft · " in text_of(draft)
    assert menu(draft)["options"][0]["label"] == "Make it full"
    await one.stop_bot()
    await one.start_bot()
    made = await choose(one, draft, "full", member="bob")
    full = await one.settled(made, member="bob")
    sent, drafted = await inputs(one, made), await inputs(one, draft["interaction_id"])
    assert sent == drafted
    assert (sent["prompt"], sent["aspectRatio"]) == ("quick 1: a harbor", "16:9")
    row = one.record(made)
    assert (row["model_id"], row["cu"], row["parent_id"]) == (ULTRA, 10, draft["interaction_id"])
    assert str(row["owner_id"]) == full["interaction_metadata"]["user"]["id"]
    assert "draft" not in text_of(full).replace(text_of(draft), "").split("made from [")[0]
    assert "made from [quick 1: a harbor](" in text_of(full)
    assert f"/{draft['channel_id']}/{draft['id']})" in text_of(full)
    assert not offers_full(full)
    assert images(full)


async def test_of_four_drafts_the_third_is_made_full_and_alone(one: Stage) -> None:
    draft = await outcome(one, "quick 2:", model=ULTRA, count=4, draft=True)
    asked = await question(one, await choose(one, draft, "full"))
    made = await one.press(asked, "3")
    await one.settled(made)
    record = await one.scenario(f"/assets/{(await assets(one, draft))[2]}")
    sent = await inputs(one, made)
    assert sent["seed"] == int(record["asset"]["metadata"]["seed"])
    assert sent["seed"] != (await inputs(one, draft["interaction_id"]))["seed"]
    assert json.loads(one.record(made)["ask"])["full_of"] == f"{draft['interaction_id']}-3"
    assert len(await assets(one, await one.settled(made))) == 1


async def test_a_model_that_takes_less_care_is_told_to_and_then_not(one: Stage) -> None:
    draft = await outcome(
        one, "quick 3: a poster", model=IDEOGRAM, draft=True, settings="imageSize=square_hd"
    )
    sent = await inputs(one, draft["interaction_id"])
    assert (sent["renderingSpeed"], one.record(draft["interaction_id"])["cu"]) == ("TURBO", 3)
    made = await choose(one, draft, "full")
    await one.settled(made)
    told = await inputs(one, made)
    assert told == {name: value for name, value in sent.items() if name != "renderingSpeed"}
    assert (one.record(made)["model_id"], one.record(made)["cu"]) == (IDEOGRAM, 6)


async def test_a_picture_of_a_quick_model_is_a_draft_however_it_was_asked_for(one: Stage) -> None:
    card = await outcome(one, "quick 4:", model="Imagen 4 Fast")
    assert " · draft · " not in text_of(card)
    made = await choose(one, card, "full")
    await one.settled(made)
    assert one.record(made)["model_id"] == ULTRA
    assert not offers_full(await outcome(one, "quick 4: again", model=ULTRA))


async def test_an_edit_is_drafted_and_made_full_of_the_same_picture(one: Stage) -> None:
    asked = {"prompt": "quick 8: in mist", "image": picture(), "model": "Flux 2 Dev", "draft": True}
    draft = await one.settled(await typed(one, "edit", asked))
    assert " · draft · " in text_of(draft)
    made = await choose(one, draft, "full")
    assert images(await one.settled(made))
    rows = [one.record(each) for each in (draft["interaction_id"], made)]
    assert [row["model_id"] for row in rows] == ["model_bfl-flux-2-turbo", "model_bfl-flux-2-dev"]
    sent, told = await inputs(one, draft["interaction_id"]), await inputs(one, made)
    assert {name: told[name] for name in sent} == sent
    assert sent["referenceImages"]


async def test_a_video_is_drafted_and_made_full(one: Stage) -> None:
    words: Json = {"prompt": "quick 9: a ferry leaves", "model": "Veo 3.1", "duration": 4, "sound": False}
    draft = await one.settled(await typed(one, "video", {**words, "draft": True}))
    assert " · draft · " in text_of(draft)
    assert offers_full(draft)
    made = await choose(one, draft, "full", member="bob")
    full = await one.settled(made, member="bob")
    assert not offers_full(full)
    rows = [one.record(each) for each in (draft["interaction_id"], made)]
    assert [(row["model_id"], row["cu"]) for row in rows] == [("model_veo3-1-fast", 20), ("model_veo3-1", 40)]
    assert await inputs(one, made) == await inputs(one, draft["interaction_id"])


async def test_where_there_is_no_draft_it_is_said_in_words_and_nothing_is_bought(one: Stage) -> None:
    told = await refusal(one, "quick 5:", model="Quick Sketch", draft=True)
    assert told.startswith("**draft**: nothing makes the same as Quick Sketch for less")
    told = await refusal(one, "quick 5: colorful", model="GPT Image 2", draft=True)  # it has no seed
    assert "GPT Image 2" in told


async def test_twice_at_once_is_one_full_picture(one: Stage) -> None:
    draft = await outcome(one, "quick 6:", draft=True, model=ULTRA)
    both = await asyncio.gather(*(choose(one, draft, "full") for _ in range(2)), return_exceptions=True)
    pressed = [each for each in both if isinstance(each, str)]
    made = [each for each in pressed if await recorded(one, each)]
    assert len(made) == 1
    assert images(await one.settled(made[0]))
    assert [row["model_id"] for row in await one.ledger("quick 6:")] == [FAST, ULTRA]


async def test_above_the_threshold_the_full_picture_asks_its_presser_first() -> None:
    async with stage(CONFIRM_ABOVE_CU="5") as house:
        await set_scenario(house, seconds=0)
        draft = await outcome(house, "quick 7:", model=ULTRA, draft=True)
        made = await choose(house, draft, "full", member="bob")
        asked = await says(house, made, "Press Generate to go ahead", member="bob")
        assert [row["model_id"] for row in await house.ledger("quick 7:")] == [FAST]
        await house.press(asked, "Generate", member="bob")
        await house.settled(made, member="bob")
        assert [row["model_id"] for row in await house.ledger("quick 7:")] == [FAST, ULTRA]
