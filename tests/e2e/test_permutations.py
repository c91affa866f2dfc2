"""`{a, b} fox`: several prompts under one card and one price, each job bought once, whatever fails."""

import pytest

from tests.e2e.acting import facts, pressed, refusal, says
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, stage, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDED = frozenset({"succeeded", "failed", "canceled"})
TWELVE = "{red, blue, gray} fox in {snow, rain, fog, sun}"


def ids(generation: str, count: int) -> list[str]:
    return [generation, *(f"{generation}-{number}" for number in range(2, count + 1))]


def fates(house: Stage, generation: str, count: int = 12) -> list[str]:
    return [house.record(id_).get("fate", "") for id_ in ids(generation, count)]


def prompts(bought: list[Json]) -> list[str]:
    return sorted(str(job["inputs"].get("prompt", "")) for job in bought)


def alt_of(card: Json) -> str:
    return str(card["embeds"][0]["image"]["description"])


async def said_yes(house: Stage, generation: str) -> Json:
    """The question, answered."""
    question = await says(house, generation, "Press Generate")
    await house.press(question, "Generate")
    return question


async def over(house: Stage, generation: str, count: int) -> Json:
    async def ended() -> bool:
        return ENDED.issuperset(fates(house, generation, count))

    await house.until(ended, f"{count} ends")
    return await house.settled(generation)


async def test_four_foxes_are_asked_for_once_and_stand_on_one_sheet(one: Stage) -> None:
    generation = await one.imagine("{red, blue} vixen in {snow, rain}")
    question = await says(one, generation, "Press Generate")
    alone = one.record(generation)["price"]
    assert f"4 pictures, one for each choice of words, cost {4 * alone:g} CU together" in text_of(question)
    assert "{red, blue} vixen in {snow, rain}" in text_of(question)
    foxes = [f"{color} vixen in {weather}" for color in ("blue", "red") for weather in ("rain", "snow")]
    assert not {*foxes} & {*prompts(await one.ledger())}
    await one.press(question, "Generate")
    card = await over(one, generation, 4)
    bought = [job for job in await one.ledger() if job["inputs"].get("prompt") in foxes]
    assert prompts(bought) == sorted(foxes)
    assert facts(card)["Cost"] == f"{sum(job['cu'] for job in bought):g} CU"
    assert len(images(card)) == 1
    assert len(await one.fetch(images(card)[0])) > 1000
    for number, words in enumerate(("red, snow", "red, rain", "blue, snow", "blue, rain"), start=1):
        assert f"{number}: {words}" in alt_of(card)
        assert f"{number}: {words}" in text_of(card)
    assert labels(card) == [*ON_A_PICTURE, "Original"]
    links = await pressed(one, card, "Original")
    assert links.count(f"imagine-{generation}-") == 4
    again = await one.press(card, "Again", member="bob")
    asked = await says(one, again, "4 pictures, one for each choice of words")
    await pressed(one, asked, "Cancel", member="bob")
    assert len([job for job in await one.ledger() if job["inputs"].get("prompt") in foxes]) == 4


async def test_too_many_are_refused_with_their_number(one: Stage) -> None:
    told = await refusal(one, "{a, b, c} {d, e, f} {g, h} lamp")
    assert "stand for 18 prompts; at most 16" in told
    told = await refusal(one, "{a, b, c} lamp", count=8)
    assert "stand for 3 prompts, and 8 pictures of each are 24; at most 16" in told


async def test_braces_that_are_no_choice_buy_one_picture(one: Stage) -> None:
    for typed, sent in (("a {lone} lamp", "a {lone} lamp"), (r"a \{plain, lamp\}", "a {plain, lamp}")):
        await one.settled(await one.imagine(typed))
        assert len(await one.ledger(sent)) == 1


async def test_twelve_with_one_that_fails_one_that_is_refused_and_a_kill() -> None:
    async with stage(MEMBER_IN_FLIGHT="0", RECONCILE_SECONDS="4") as house:
        generation = await house.imagine(TWELVE)
        question = await says(house, generation, "12 pictures")
        for outcome in ({"seconds": 1}, {"outcome": "failure", "error": "Out of paint"}):
            await house.post("/script", times=1, **outcome)
        await house.post("/script", times=1, outcome="moderated")
        await house.post("/script", times=9, seconds=3)
        await house.press(question, "Generate")

        async def some_are_done() -> bool:
            return len([one for one in fates(house, generation) if one in ENDED]) >= 2

        await house.until(some_are_done, "some of twelve")
        await house.kill_bot()
        assert not ENDED.issuperset(fates(house, generation)), "it was killed in the middle"
        await house.start_bot()
        card = await over(house, generation, 12)
        assert sorted(fates(house, generation)) == ["failed"] * 2 + ["succeeded"] * 10
        bought = await house.ledger()
        foxes = [
            f"{one} fox in {other}"
            for one in ("red", "blue", "gray")
            for other in ("snow", "rain", "fog", "sun")
        ]
        assert prompts(bought) == sorted(foxes)
        assert facts(card)["Cost"] == f"{sum(job['cu'] for job in bought if not job['refunded']):g} CU"
        lost = [job for job in bought if job["status"] != "success"]
        assert len(lost) == 2
        text = text_of(card)
        assert "Out of paint" in text
        for job in lost:
            number = foxes.index(job["inputs"]["prompt"]) + 1
            color, _, _, weather = job["inputs"]["prompt"].split()
            assert f"{number}: {color}, {weather} failed:" in text
        assert len(images(card)) == 1
        everything = [one for one in await house.messages() if generation in text_of(one)]
        assert [one["id"] for one in everything] == [card["id"]]
