"""A member's own line, as set up: ten ideas in a row all become pictures, whatever dies in between."""

import asyncio
import re

from tests.e2e.acting import PAID, add_fault, fate, pressed, refusal, says, set_scenario, tidy
from tests.e2e.stage import Stage, images, labels, stage, text_of

IN_LINE = "in your line"


async def typed(one: Stage, *ideas: str) -> list[str]:
    """One after the other, as a hand types them; the generations."""
    return [await one.imagine(idea) for idea in ideas]


async def pictured(one: Stage, generations: list[str]) -> None:
    cards = await asyncio.gather(*(one.settled(each) for each in generations))
    assert [len(images(card)) for card in cards] == [1] * len(generations)


async def test_ten_ideas_typed_in_a_row_all_become_pictures() -> None:
    """With every setting as it comes: four at once, and nothing is refused."""
    ideas = [f"idea {number}" for number in range(10)]
    async with stage() as one, tidy(one):
        held = await add_fault(one, **PAID, kind="hold", times=None)
        generations = await typed(one, *ideas)
        await one.held(held, 4)
        for place, generation in enumerate(generations[4:], start=1):
            card = await says(one, generation, f"number {place} {IN_LINE}")
            assert labels(card) == ["Cancel"]
        prices = [one.record(generation)["price"] for generation in generations]
        assert [price is None for price in prices] == [False] * 4 + [True] * 6  # none is asked for yet
        other = await one.imagine("of somebody else", member="bob")  # who waits for no line but his own
        await one.held(held, 5)
        await one.heal()
        await pictured(one, generations)
        assert len(images(await one.settled(other, member="bob"))) == 1
        assert sorted(job["inputs"]["prompt"] for job in await one.ledger()) == sorted(
            [*ideas, "of somebody else"]
        )


async def test_what_waits_in_line_survives_a_kill_and_moves_on_without_anybodys_help() -> None:
    ideas = [f"survivor {number}" for number in range(5)]
    async with stage(MEMBER_IN_FLIGHT="1", RECONCILE_SECONDS="2") as one, tidy(one):
        held = await add_fault(one, **PAID, kind="hold", when="after")
        generations = await typed(one, *ideas)
        await one.held(held)
        await says(one, generations[-1], f"number 4 {IN_LINE}")
        await one.kill_bot()
        await one.heal()
        await one.start_bot()
        await pictured(one, generations)
        bought = [job["inputs"]["prompt"] for job in await one.ledger()]
        assert bought == ideas  # each once, and in order


async def test_the_end_of_a_line_is_told_a_place_in_it_is_given_up_and_taken() -> None:
    async with stage(MEMBER_IN_FLIGHT="1", MEMBER_WAITING="2") as one, tidy(one):
        held = await add_fault(one, **PAID, kind="hold", times=None)
        first, second, third = await typed(one, "the first", "the second", "the third")
        await one.held(held)
        card = await says(one, second, f"number 1 {IN_LINE}")
        await says(one, third, f"number 2 {IN_LINE}")
        told = await refusal(one, "one too many")
        assert "You have 3 jobs in progress or waiting; the limit is 3. Try again when one is done." in told
        listed = await one.post("/command", member="alice", channel="general", name="jobs", options={})
        jobs = text_of(await one.answer(listed["interaction_id"]))
        assert jobs.count(IN_LINE) == 2
        assert await pressed(one, card, "Cancel") == "Canceled. Nothing was charged."
        await says(one, third, f"number 1 {IN_LINE}")
        fourth = await one.imagine("the fourth")
        await says(one, fourth, f"number 2 {IN_LINE}")
        await one.heal()
        await pictured(one, [first, third, fourth])
        assert [job["inputs"]["prompt"] for job in await one.ledger()] == [
            "the first",
            "the third",
            "the fourth",
        ]


async def test_a_line_moves_on_when_the_earlier_one_fails_or_is_canceled() -> None:
    async with stage(MEMBER_IN_FLIGHT="1") as one, tidy(one):
        await one.post("/script", prompt_contains="fails", outcome="failure", error="Out of paint", seconds=1)
        await one.post("/script", prompt_contains="endless", seconds=600, cancelable=True)
        failing, endless, last = await typed(one, "it fails", "an endless one", "the last")
        assert "Out of paint" in text_of(await one.settled(failing))
        await fate(one, endless, "running")
        card = await says(one, last, f"number 1 {IN_LINE}")
        (running,) = await one.answers(endless)
        await pressed(one, running, "Cancel")
        assert len(images(await one.settled(last))) == 1
        assert (await one.answers(last))[-1]["id"] == card["id"]  # the same message all the while


async def test_four_pictures_where_two_may_be_had_at_once_come_in_turns() -> None:
    async with stage(MEMBER_IN_FLIGHT="2") as one, tidy(one):
        held = await add_fault(one, **PAID, kind="hold", times=None)
        generation = await one.imagine("four at last", count=4)
        await one.held(held, 2)
        assert len(await one.ledger()) == 0
        await one.heal()
        assert len(images(await one.settled(generation))) == 4


async def test_a_card_that_waits_says_about_how_long_once_that_is_known() -> None:
    async with stage(MEMBER_IN_FLIGHT="2") as one, tidy(one):
        await set_scenario(one, seconds=1)
        for number in range(3):
            await one.settled(await one.imagine(f"before {number}"))
        await set_scenario(one, parallel=1)
        await one.kill_bot()  # what earlier processes saw is known to the next one
        await one.start_bot()
        held = await add_fault(one, **PAID, kind="hold", times=None)
        first, second, third = await typed(one, "now", "in line", "in my line")
        await one.held(held)
        queued = await says(one, second, "number 1 in line, ready in about ")
        own = await says(one, third, f"number 1 {IN_LINE}, ready in about ")
        for card in (queued, own):
            assert re.search(r"about \d+ (seconds|minutes?)\b", text_of(card))
        await one.heal()
        await pictured(one, [first, second, third])
