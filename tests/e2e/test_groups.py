"""Four pictures of a model that makes one: four jobs under one card, whatever is killed."""

import pytest

from tests.e2e.acting import facts, pressed, says
from tests.e2e.matrix import GENERATE, LONGEST_WINDOW, crowd, hold, kill
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, stage, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def jobs(one: Stage, *outcomes: Json) -> None:
    """What the next jobs come to, one each."""
    for outcome in outcomes:
        await one.post("/script", times=1, **outcome)


async def showing(one: Stage, generation: str, count: int) -> Json:
    """The card once it shows so many pictures."""

    async def look() -> Json | None:
        found = await one.answers(generation)
        return found[-1] if found and len(images(found[-1])) == count else None

    return await one.until(look, f"a card with {count} pictures")


def fates(one: Stage, generation: str) -> list[str]:
    ids = [generation, *(f"{generation}-{number}" for number in (2, 3, 4))]
    return [one.record(id_).get("fate", "") for id_ in ids]


async def over(one: Stage, generation: str) -> Json:
    """The card with the last word of all four."""

    async def ended() -> bool:
        return set(fates(one, generation)) <= {"succeeded", "failed", "canceled"}

    await one.until(ended, "four ends")
    return await one.settled(generation)


async def test_the_card_fills_as_they_arrive_and_one_that_fails_takes_nothing_away(one: Stage) -> None:
    await jobs(one, {"seconds": 1}, {"seconds": 3, "outcome": "failure", "error": "Out of paint"})
    await jobs(one, {"seconds": 5}, {"seconds": 8})
    generation = await one.imagine("four lamps", count=4)
    first = await showing(one, generation, 1)
    assert "1 of 4 done" in text_of(first)
    assert labels(first) == ["Cancel"]
    await showing(one, generation, 2)
    card = await over(one, generation)
    assert len(images(card)) == 3
    assert labels(card) == ON_A_PICTURE
    text = text_of(card)
    assert "1 of 4 failed" in text
    assert "Out of paint" in text
    bought = await one.ledger("four lamps")
    assert len({job["job_id"] for job in bought}) == 4
    assert len({job["inputs"]["seed"] for job in bought}) == 4
    kept = sum(job["cu"] for job in bought if not job["refunded"])
    assert facts(card)["Cost"] == f"{kept:g} CU"
    assert len(await one.answers(generation)) == 1


async def test_a_cancel_in_between_ends_what_runs_and_keeps_what_is_there(one: Stage) -> None:
    await jobs(one, {"seconds": 1}, *[{"seconds": 600, "cancelable": True}] * 3)
    generation = await one.imagine("four canceled lamps", count=4)
    card = await showing(one, generation, 1)
    await pressed(one, card, "Cancel")
    card = await over(one, generation)
    assert fates(one, generation).count("canceled") == 3
    assert len(images(card)) == 1
    assert "3 of 4 were canceled." in text_of(card)
    assert len(await one.ledger("four canceled lamps")) == 4


async def test_the_sum_is_asked_for_once_and_a_yes_is_for_all(one: Stage) -> None:
    async with stage(CONFIRM_ABOVE_CU="12") as house:
        generation = await house.imagine("four dear lamps", count=4)

        async def question() -> Json | None:
            found = await house.answers(generation)
            return found[-1] if found and "Generate" in labels(found[-1]) else None

        card = await house.until(question, "the question")
        alone = house.record(generation)["price"]
        assert f"{4 * alone:g} CU" in text_of(card)
        assert await house.ledger() == []
        await house.press(card, "Generate")
        card = await over(house, generation)
        assert len(images(card)) == 4
        assert len(await house.ledger("four dear lamps")) == 4


async def test_eight_pictures_stand_in_two_galleries_under_one_price(one: Stage) -> None:
    generation = await one.imagine("eight lamps", count=8)
    question = await says(one, generation, "Press Generate")
    alone = one.record(generation)["price"]
    assert f"This costs {8 * alone:g} CU" in text_of(question)
    await one.press(question, "Generate")
    card = await one.settled(generation)
    assert len(images(card)) == 8
    assert len({embed["url"] for embed in card["embeds"]}) == 2
    bought = await one.ledger("eight lamps")
    assert len({job["inputs"]["seed"] for job in bought}) == len(bought) == 8
    assert facts(card)["Cost"] == f"{sum(job['cu'] for job in bought):g} CU"


async def test_again_makes_four_more(one: Stage) -> None:
    generation = await one.imagine("four lamps again", count=4)
    card = await over(one, generation)
    more = await one.press(card, "Again", member="bob")
    card = await over(one, more)
    assert len(images(card)) == 4
    assert len(await one.ledger("four lamps again")) == 8


MOMENTS = ("requested", "submitting", "running", "one done", "three done")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_whenever_the_bot_is_killed_there_is_no_fifth_job_and_no_second_card(moment: str) -> None:
    async with crowd() as house:
        held = None
        if moment == "submitting":
            held = await hold(house, {**GENERATE, "when": "after"})
        seconds = (0, 1, 2, 6) if "done" in moment else (3, 3, 4, 4)
        await jobs(house, *({"seconds": each} for each in seconds))
        generation = await house.imagine("four mortal lamps", count=4)
        match moment:
            case "requested":
                await house.until(lambda: _acknowledged(house, generation), "its acknowledgement")
            case "submitting":
                assert held is not None
                await house.held(held, 4)
            case "running":
                await house.until(lambda: _all_run(house, generation), "four jobs")
            case _:
                await showing(house, generation, 1 if moment == "one done" else 3)
        await kill(house)
        window = LONGEST_WINDOW if moment == "submitting" else "3"
        await house.start_bot(RECONCILE_SECONDS=window)
        card = await over(house, generation)
        bought = await house.ledger()
        assert len({job["job_id"] for job in bought}) == len(bought) == 4
        assert len(images(card)) == 4
        everything = [one for one in await house.messages() if generation in text_of(one)]
        assert [one["id"] for one in everything] == [card["id"]]


async def _acknowledged(house: Stage, generation: str) -> bool:
    """What was never acknowledged is never bought."""
    return house.record(generation).get("card") == "live"


async def _all_run(house: Stage, generation: str) -> bool:
    return set(fates(house, generation)) == {"running"}
