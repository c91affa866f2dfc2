"""Words that Scenario writes, over real wires: both versions, one POST, and the member chooses."""

import asyncio

import pytest

from tests.e2e.acting import outcome, set_scenario, vanished
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.test_actions import choose, menu
from tests.e2e.test_scenario_faults import MAYBE
from tests.e2e.things import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

POST = {"half": "scenario", "method": "POST", "path": "/generate/prompt", "query": {"dryRun": None}}
CHOICE = ["Use the new words", "Keep mine", "Again"]


async def improve(one: Stage, words: str) -> str:
    asked = await one.post(
        "/command", member="alice", channel="general", name="prompt improve", options={"prompt": words}
    )
    return str(asked["interaction_id"])


def new_words(choice: Json) -> str:
    """Those under the second heading."""
    said = text_of(choice).partition("New words")[2]
    return next(line[2:] for line in said.splitlines() if line.startswith("> "))


async def recorded(one: Stage, presses: list[str]) -> list[str]:
    return [press for press in presses if one.record(press)]


async def test_killed_before_the_answer_arrives_the_words_are_found_and_used_once() -> None:
    async with stage() as house:
        held = await house.fault(**POST, kind="hold", when="after")
        asked = await improve(house, "a fox in fog")
        await house.held(held)
        await house.kill_bot()
        await house.heal()
        await house.start_bot()
        choice = await house.settled(asked)
        assert labels(choice) == CHOICE
        assert choice["ephemeral"]
        assert await house.answers(asked, member="onlooker") == []
        words = new_words(choice)
        assert words.startswith("a fox in fog, ")
        assert len(await house.ledger("a fox in fog")) == 1
        await house.stop_bot()
        await house.start_bot()
        twice = [await house.press(choice, "Use the new words") for _ in range(2)]
        (sent,) = await house.until(lambda: recorded(house, twice), "one of the two on record")
        card = await house.settled(sent)
        assert len(images(card)) == 1
        assert len(await house.ledger(words)) == 1
        await vanished(house, choice)


async def test_a_card_offers_words_for_it_and_the_same_request_is_made_in_them(one: Stage) -> None:
    card = await outcome(one, "a quiet heron", seed=11)
    assert {"Improve words", "Describe"} <= {each["label"] for each in menu(card)["options"]}
    choice = await one.settled(await choose(one, card, "improve"))
    used = await one.press(choice, "Use the new words")
    await one.settled(used)
    (job,) = await one.ledger(new_words(choice))
    assert job["inputs"]["seed"] == 11
    described = await one.settled(await choose(one, card, "describe"))
    assert "What the picture shows" in text_of(described)
    assert labels(described) == ["Use the new words", "Again"]


async def test_silence_is_told_and_never_sent_again_and_what_is_not_there_is_said_once() -> None:
    async with stage(RECONCILE_SECONDS="1") as house:
        await set_scenario(house, listing_lag=3600)
        await house.fault(**POST, kind="reset", when="after", times=1)
        asked = await improve(house, "an owl that may be lost")
        assert MAYBE in text_of(await house.settled(asked))
        assert len(await house.ledger("an owl that may be lost")) == 1
        await set_scenario(house, listing_lag=0, off=["prompt"])
        asked = await improve(house, "a lost cause")
        assert "has no prompt help" in text_of(await house.settled(asked))
        again = await house.answer(await improve(house, "a lost cause"))
        assert "has no prompt help" in again["content"]
        assert await house.ledger("a lost cause") == []
        card = await outcome(house, "a bare branch")
        offered = {each["label"] for each in menu(card)["options"]}
        assert "Improve words" not in offered
        assert "Describe" in offered


async def test_a_picture_in_a_message_is_described(one: Stage) -> None:
    said = await one.post("/say", member="bob", channel="general", files=[picture("seen.png")])
    target = {"target": str(said["message_id"])}
    asked = await one.post("/command", member="alice", channel="general", name="Describe", options=target)
    choice = await one.settled(str(asked["interaction_id"]))
    assert choice["ephemeral"]
    assert "What the picture shows" in text_of(choice)


async def test_a_double_click_on_one_of_several_pictures_has_it_described_once(one: Stage) -> None:
    before = len(await one.ledger())
    pictures = [picture("first.png"), picture("second.png")]
    said = await one.post("/say", member="bob", channel="general", files=pictures)
    target = {"target": str(said["message_id"])}
    asked = await one.post("/command", member="alice", channel="general", name="Describe", options=target)
    question = await one.answer(str(asked["interaction_id"]))
    assert labels(question) == ["1", "2"]
    presses = await asyncio.gather(*(one.press(question, "2") for _ in range(2)))
    for press in presses:
        await one.answer(press)
    (made,) = [press for press in presses if one.record(press)]
    await one.settled(made)
    assert len(await one.ledger()) == before + 1
