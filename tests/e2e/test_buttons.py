"""The buttons of a card: by whom, how often, after what."""

import asyncio

import pytest

from tests.e2e.acting import add_fault, facts, fate, outcome, pressed, says, set_scenario, vanished
from tests.e2e.stage import Json, Stage, images, labels, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def again(one: Stage, card: Json, *, member: str = "alice") -> Json:
    """Press Again; the new card."""
    return await one.settled(await one.press(card, "Again", member=member), member=member)


async def confirmation(one: Stage, card: Json, *, member: str = "alice") -> Json:
    """Press Delete; the private question."""
    question = await one.answer(await one.press(card, "Delete", member=member), member=member)
    assert question["ephemeral"]
    assert labels(question) == ["Delete it", "Keep it"]
    return question


async def running(one: Stage, prompt: str, *, cancelable: bool | None = None, seconds: float = 60) -> Json:
    """A card whose job is at Scenario and takes its time."""
    await one.post("/script", prompt_contains=prompt, seconds=seconds, cancelable=cancelable)
    generation = await one.imagine(prompt)
    await fate(one, generation, "running")

    async def cancelable_card() -> Json | None:
        found = await one.answers(generation)
        return found[-1] if found and "Cancel" in labels(found[-1]) else None

    return await one.until(cancelable_card, "a card with a Cancel button")


# -- Cancel ---------------------------------------------------------------------------------------------


async def test_cancel_of_a_running_job_ends_it_and_says_what_came_back(one: Stage) -> None:
    card = await running(one, "c2", cancelable=True)
    await pressed(one, card, "Cancel")
    over = text_of(await one.settled(card["interaction_id"]))
    (job,) = await one.ledger("c2")
    assert job["status"] == "canceled"
    assert "Canceled" in over
    # the API does not say whether a canceled job is refunded, and neither does the card
    assert f"Scenario does not say whether the cost of {job['cu']:g} CU was refunded." in over
    assert "Nothing was charged" not in over


async def test_a_cancel_that_scenario_refuses_is_told_and_the_picture_still_comes(one: Stage) -> None:
    card = await running(one, "c3", cancelable=False, seconds=3)
    told = await pressed(one, card, "Cancel")
    assert "can't cancel" in told
    assert "still arrive" in told
    over = await one.settled(card["interaction_id"])
    assert len(images(over)) == 1
    assert len(await one.ledger("c3")) == 1


async def test_only_the_owner_and_a_moderator_cancel(one: Stage) -> None:
    card = await running(one, "c4", cancelable=True)
    told = await pressed(one, card, "Cancel", member="bob")
    assert told.startswith("Only <@")
    assert "moderator" in told
    assert one.record(card["interaction_id"])["fate"] == "running"
    await pressed(one, card, "Cancel", member="mod")
    await one.settled(card["interaction_id"])
    assert (await one.ledger("c4"))[0]["status"] == "canceled"


async def test_cancel_pressed_twice_at_once_is_answered_twice_and_done_once(one: Stage) -> None:
    card = await running(one, "c5", cancelable=True)
    both = await asyncio.gather(pressed(one, card, "Cancel"), pressed(one, card, "Cancel"))
    assert all("went wrong" not in told for told in both)
    over = await one.settled(card["interaction_id"])
    assert "Canceled" in text_of(over)
    assert [job["status"] for job in await one.ledger("c5")] == ["canceled"]


async def test_cancel_on_a_card_that_is_behind_says_that_it_is_too_late(one: Stage) -> None:
    card = await running(one, "c6", seconds=2)
    await add_fault(
        one, half="discord", method="PATCH", path="/webhooks/*/messages/@original", kind="hold", times=None
    )
    await fate(one, card["interaction_id"], "succeeded")
    told = await pressed(one, card, "Cancel")
    assert "over already" in told
    await one.heal()
    assert len(images(await one.settled(card["interaction_id"]))) == 1


# -- Again ----------------------------------------------------------------------------------------------


async def test_again_makes_another_picture_on_its_own_card_for_whoever_pressed(one: Stage) -> None:
    first = await outcome(
        one, "a1", model="model_google-gemini-3-1-flash", aspect_ratio="16:9", count=2, seed=3, spoiler=False
    )
    second = await again(one, first, member="bob")
    assert second["id"] != first["id"]
    jobs = await one.ledger("a1")
    assert len(jobs) == 2
    before, after = (job["inputs"] for job in jobs)
    assert after.pop("seed") != before.pop("seed") == 3
    assert after == before
    assert facts(second)["Asked by"] != facts(first)["Asked by"]
    assert facts(second)["Asked by"] == f"<@{second['interaction_metadata']['user']['id']}>"
    assert await one.fetch(images(second)[0]) != await one.fetch(images(first)[0])
    (kept,) = await one.answers(first["interaction_id"])
    assert images(kept) == images(first)  # the first card stays as it was


async def test_again_on_a_private_card_stays_private(one: Stage) -> None:
    first = await outcome(one, "a2", private=True)
    second = await again(one, first)
    assert second["ephemeral"]
    assert await one.answers(second["interaction_id"], member="bob") == []


async def test_again_twice_at_once_buys_one_job(one: Stage) -> None:
    card = await outcome(one, "a3")
    both = await asyncio.gather(one.press(card, "Again"), one.press(card, "Again"))
    answers = await asyncio.gather(*(one.answer(each) for each in both))
    refused = [answer for answer in answers if "One press is enough" in answer["content"]]
    assert len(refused) == 1
    assert refused[0]["ephemeral"]
    (bought,) = [each for each in both if one.record(each)]
    assert len(images(await one.settled(bought))) == 1
    assert len(await one.ledger("a3")) == 2


async def test_again_by_two_members_at_once_is_two_requests(one: Stage) -> None:
    card = await outcome(one, "a4")
    await asyncio.gather(again(one, card), again(one, card, member="bob"))
    seeds = [job["inputs"]["seed"] for job in await one.ledger("a4")]
    assert len(set(seeds)) == len(seeds) == 3


async def test_again_after_a_failure_tries_anew(one: Stage) -> None:
    await one.post("/script", prompt_contains="a5", outcome="failure", times=1)
    failed = await outcome(one, "a5")
    assert images(failed) == []
    assert len(images(await again(one, failed))) == 1


async def test_again_goes_on_when_the_card_it_was_pressed_on_is_deleted_meanwhile(one: Stage) -> None:
    card = await outcome(one, "a6")
    # the press is on its way to the bot when a moderator takes the message away
    muted = await add_fault(one, half="gateway", kind="mute")
    interaction = await one.press(card, "Again")
    await one.post("/delete", member="mod", message_id=card["id"])
    await one.call("DELETE", f"/faults/{muted}")
    assert len(images(await one.settled(interaction))) == 1
    assert len(await one.ledger("a6")) == 2


async def test_a_message_deleted_while_it_runs_stays_deleted_and_the_job_is_watched(one: Stage) -> None:
    card = await running(one, "a7", seconds=2)
    await one.post("/delete", member="mod", message_id=card["id"])
    await fate(one, card["interaction_id"], "succeeded")
    await one.settled(card["interaction_id"], card="kept")
    assert await one.answers(card["interaction_id"]) == []
    assert len(await one.ledger("a7")) == 1


# -- Delete ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["alice", "mod"])
async def test_the_owner_and_a_moderator_delete_after_a_question(one: Stage, member: str) -> None:
    card = await outcome(one, f"d1 {member}")
    question = await confirmation(one, card, member=member)
    assert len(await one.answers(card["interaction_id"])) == 1
    await one.press(question, "Delete it", member=member)
    await vanished(one, card)
    await until_text(one, question, "Deleted.", member=member)
    assert one.record(card["interaction_id"])["fate"] == "succeeded"  # what was made stays on record


async def test_a_stranger_cannot_delete(one: Stage) -> None:
    card = await outcome(one, "d2")
    told = await pressed(one, card, "Delete", member="bob")
    assert told.startswith("Only <@")
    assert len(await one.answers(card["interaction_id"])) == 1


async def test_a_card_can_be_kept_after_all(one: Stage) -> None:
    card = await outcome(one, "d3")
    question = await confirmation(one, card)
    await one.press(question, "Keep it")
    await vanished(one, question)
    assert len(await one.answers(card["interaction_id"])) == 1


async def test_delete_confirmed_twice_at_once_deletes_once_and_complains_not(one: Stage) -> None:
    card = await outcome(one, "d4")
    question = await confirmation(one, card)
    await asyncio.gather(one.press(question, "Delete it"), one.press(question, "Delete it"))
    await vanished(one, card)
    await until_text(one, question, "Deleted.")
    told = [each["content"] for each in await one.messages() if each["ephemeral"]]
    assert not any("went wrong" in content for content in told)


async def test_a_private_card_can_be_deleted_by_its_owner(one: Stage) -> None:
    card = await outcome(one, "d5", private=True)
    await one.press(await confirmation(one, card), "Delete it")
    await vanished(one, card)


async def until_text(one: Stage, message: Json, words: str, *, member: str = "alice") -> Json:
    """Wait until that very message says this."""

    async def look() -> Json | None:
        there = await one.messages(member=member)
        return next(
            (each for each in there if each["id"] == message["id"] and words in each["content"]), None
        )

    return await one.until(look, f"the message to say {words!r}")


# -- after a restart ------------------------------------------------------------------------------------


async def test_every_button_works_right_after_a_restart(one: Stage) -> None:
    for_again = await outcome(one, "r1")
    for_delete = await outcome(one, "r2")
    asked = await confirmation(one, await outcome(one, "r3"))
    for_cancel = await running(one, "r4", cancelable=True)
    await one.kill_bot()
    await one.start_bot()
    told = await pressed(one, for_delete, "Delete", member="bob")
    assert told.startswith("Only <@")
    new, owned, _, by_mod = await asyncio.gather(
        again(one, for_again, member="bob"),
        confirmation(one, for_delete),
        one.press(asked, "Delete it"),
        pressed(one, for_cancel, "Cancel", member="mod"),
    )
    assert len(images(new)) == 1
    assert "Cancel" in by_mod
    await until_text(one, asked, "Deleted.")
    await one.press(owned, "Delete it")
    await vanished(one, for_delete)
    assert "Canceled" in text_of(await one.settled(for_cancel["interaction_id"]))


async def test_again_twice_at_once_right_after_a_restart_buys_one_job(one: Stage) -> None:
    card = await outcome(one, "r5")
    assert await one.stop_bot() == 0
    await one.start_bot()
    both = await asyncio.gather(one.press(card, "Again"), one.press(card, "Again"))
    await asyncio.gather(*(one.answer(each) for each in both))
    (bought,) = [each for each in both if one.record(each)]
    await one.settled(bought)
    assert len(await one.ledger("r5")) == 2


async def test_cancel_while_waiting_in_line_is_free(one: Stage) -> None:
    await set_scenario(one, parallel=0)
    generation = await one.imagine("c1")
    card = await says(one, generation, "in line")
    assert await pressed(one, card, "Cancel") == "Canceled. Nothing was charged."
    over = await one.settled(generation)
    told = text_of(over)
    assert "Canceled" in told
    assert "Nothing was charged" in told
    assert labels(over) == ["Again", "Delete"]
    assert await one.ledger("c1") == []
