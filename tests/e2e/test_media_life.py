"""A request with files and a price: one upload, one job, one yes, whatever happens in between."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.acting import (
    PAID,
    add_fault,
    all_known,
    facts,
    pressed,
    says,
    set_scenario,
    told_privately,
)
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.things import kind_of, picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

QWEN = "model_qwen-image-edit-2511"
FLUX = "model_bfl-flux-1-dev"
GEMINI = "model_google-gemini-3-1-flash"
FILM: Json = {"model": "model_veo3-1-fast", "duration": 4, "sound": True}
INK, CLAY = "model_hqTeamInkLora3mXb9c", "model_hqTeamClayLora8dNt4v"
DEAR = {"model": "Imagen 4 Ultra"}
"""10 CU: more than this stage lets go by without a yes."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="9.5", RECONCILE_SECONDS="1") as ready:
        await all_known(ready)
        yield ready


async def ask(one: Stage, command: str, **options: Any) -> str:
    answer = await one.post("/command", member="alice", channel="general", name=command, options=options)
    return str(answer["interaction_id"])


async def uploads(one: Stage) -> int:
    """How many files were handed in so far."""
    records = (await one.get("/wire"))["records"]
    paths = ("/scenario/v1/uploads", "/scenario/v1/assets")
    return len([each for each in records if each.get("method") == "POST" and each.get("path") in paths])


async def inputs(one: Stage, prompt: str) -> Json:
    (job,) = await one.ledger(prompt)
    return dict(job["inputs"])


async def card_with(one: Stage, generation: str, label: str) -> Json:
    async def look() -> Json | None:
        found = await one.answers(generation)
        return found[-1] if found and label in labels(found[-1]) else None

    return await one.until(look, f"a {label} button on {generation}")


# -- files in -------------------------------------------------------------------------------------------


async def test_a_picture_used_twice_at_once_is_one_upload(one: Stage) -> None:
    before = await uploads(one)
    same: Json = {"model": GEMINI, "reference": picture("a.png", "navy"), "count": 1}
    asked = [await ask(one, "imagine", prompt=f"u1 {number}", **same) for number in (1, 2)]
    cards = [await one.settled(each) for each in asked]
    assert all(images(card) for card in cards)
    first, second = [(await inputs(one, f"u1 {number}"))["referenceImages"] for number in (1, 2)]
    assert first == second
    assert first[0].startswith("asset_")
    third = await ask(one, "edit", prompt="u1 3", model=QWEN, image=picture("b.png", "navy"))
    await one.settled(third)
    assert (await inputs(one, "u1 3"))["images"] == first
    assert await uploads(one) == before + 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_between_upload_and_post_uploads_once_and_buys_once(one: Stage, when: str) -> None:
    before = await uploads(one)
    held = await add_fault(one, **PAID, kind="hold", when=when)
    generation = await ask(
        one,
        "edit",
        prompt=f"u2 {when}",
        model=QWEN,
        image=picture(color={"before": "teal", "after": "maroon"}[when]),
    )
    await one.held(held)
    await one.kill_bot()
    await one.heal()
    await one.start_bot()
    assert images(await one.settled(generation))
    assert len(await one.ledger(f"u2 {when}")) == 1
    assert await uploads(one) == before + 1


async def test_a_death_while_the_file_is_handed_in_buys_once(one: Stage) -> None:
    upload = {"half": "scenario", "method": "POST", "path": "/assets*", "kind": "hold", "when": "after"}
    held = await add_fault(one, **upload)
    generation = await ask(one, "edit", prompt="u3", model=QWEN, image=picture(color="crimson"))
    await one.held(held)
    assert await one.ledger("u3") == []
    await one.kill_bot()
    await one.heal()
    await one.start_bot()
    assert images(await one.settled(generation))
    assert len(await one.ledger("u3")) == 1


async def test_an_attachment_that_is_gone_ends_privately_and_free(one: Stage) -> None:
    await add_fault(one, half="discord", method="GET", path="/cdn/*", kind="status", status=404, times=None)
    generation = await ask(one, "edit", prompt="u4", model=QWEN, image=picture(color="olive"))
    said = await told_privately(one, generation, "u4")
    assert "is no longer on Discord. Attach it again." in said


async def test_again_on_an_edit_uses_the_same_asset(one: Stage) -> None:
    first = await one.settled(await ask(one, "edit", prompt="u5", model=QWEN, image=picture(color="plum")))
    before = await uploads(one)
    # Discord's link is dead by now
    await add_fault(one, half="discord", method="GET", path="/cdn/*", kind="status", status=404, times=None)
    second = await one.settled(await one.press(first, "Again"))
    assert len(images(second)) == 1
    one_, other = [job["inputs"] for job in await one.ledger("u5")]
    assert one_["images"] == other["images"]
    assert one_["seed"] != other["seed"]
    assert await uploads(one) == before


# -- the price ------------------------------------------------------------------------------------------


async def waiting(one: Stage, prompt: str) -> Json:
    """The card of a request that waits for somebody's yes."""
    card = await card_with(one, await ask(one, "imagine", prompt=prompt, **DEAR), "Generate")
    assert "This costs 10 CU. Press Generate to go ahead" in text_of(card)
    assert labels(card) == ["Generate", "Cancel"]
    assert await one.ledger(prompt) == []
    return card


async def test_a_yes_is_the_owners_and_is_given_once(one: Stage) -> None:
    card = await waiting(one, "p1")
    assert (await pressed(one, card, "Generate", member="bob")).startswith("Only <@")
    assert await one.ledger("p1") == []
    before = len(await one.messages())
    await asyncio.gather(one.press(card, "Generate"), one.press(card, "Generate"))
    over = await one.settled(card["interaction_id"])
    assert facts(over)["Cost"] == "10 CU"
    assert len(await one.ledger("p1")) == 1
    told = (await one.messages())[before:]
    assert all("One press is enough" in each["content"] for each in told)  # a yes leaves nothing behind


async def test_a_moderator_says_yes_after_a_restart(one: Stage) -> None:
    card = await waiting(one, "p2")
    await one.kill_bot()
    await one.start_bot()
    assert await one.ledger("p2") == []
    await one.press(card, "Generate", member="mod")
    assert images(await one.settled(card["interaction_id"]))
    assert len(await one.ledger("p2")) == 1


async def test_a_no_costs_nothing(one: Stage) -> None:
    card = await waiting(one, "p3")
    assert await pressed(one, card, "Cancel") == "Canceled. Nothing was charged."
    over = await one.settled(card["interaction_id"])
    assert "Nothing was charged." in text_of(over)
    assert await one.ledger("p3") == []


async def test_what_stays_below_the_threshold_shows_its_price_while_it_runs(one: Stage) -> None:
    await one.post("/script", prompt_contains="p4", seconds=30)
    generation = await ask(one, "imagine", prompt="p4", model=GEMINI, settings="resolution=2K")
    await says(one, generation, "about 9 CU")
    await one.post("/clock", advance=60)
    over = await one.settled(generation)
    assert facts(over)["Cost"] == "9 CU"
    assert (await one.ledger("p4"))[0]["cu"] == 9


@pytest.mark.parametrize("refund", [True, False])
async def test_a_failed_film_says_whether_its_cu_came_back(one: Stage, refund: bool) -> None:
    prompt = f"p5 {refund}"
    await one.post("/script", prompt_contains=prompt, outcome="failure", error="Torn film.", refund=refund)
    generation = await ask(one, "video", prompt=prompt, **FILM)
    await one.press(await card_with(one, generation, "Generate"), "Generate")
    told = text_of(await one.settled(generation))
    (job,) = await one.ledger(prompt)
    assert "Torn film." in told
    assert f"The cost of {job['cu']:g} CU {'was' if refund else 'was not'} refunded." in told


# -- files out ------------------------------------------------------------------------------------------


async def test_a_film_over_the_limit_has_a_still_and_its_original_for_those_who_see_it(one: Stage) -> None:
    await one.post("/script", prompt_contains="o1", bytes=11_000_000)
    generation = await ask(one, "video", prompt="o1", **FILM)
    await one.press(await card_with(one, generation, "Generate"), "Generate")
    card = await one.settled(generation)
    assert "Original" in labels(card)
    assert "Press Original" in text_of(card)
    links = [*images(card), *(file["url"] for file in card["attachments"])]
    assert [kind_of(await one.fetch(link)) for link in links] == ["image"]
    for member in ("alice", "bob"):  # the card is public: who sees it may have the file
        answer = await one.answer(await one.press(card, "Original", member=member), member=member)
        assert answer["ephemeral"]
        url = link_in(text_of(answer))
        assert kind_of(await one.fetch(url)) == "video"
        assert "/scenario/cdn" not in str(card)
    await one.post("/clock", advance=8000)
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        assert reply.status == 403
    again = await one.answer(await one.press(card, "Original", member="mod"), member="mod")
    assert len(await one.fetch(link_in(text_of(again)))) >= 11_000_000


async def test_the_original_of_a_private_film_is_its_owners(one: Stage) -> None:
    await one.post("/script", prompt_contains="o2", bytes=11_000_000)
    generation = await ask(one, "video", prompt="o2", **FILM, private=True)
    await one.press(await card_with(one, generation, "Generate"), "Generate")
    card = await one.settled(generation)
    assert await one.answers(generation, member="bob") == []
    answer = await one.answer(await one.press(card, "Original"))
    assert kind_of(await one.fetch(link_in(text_of(answer)))) == "video"


def link_in(text: str) -> str:
    """The link to one of Scenario's files."""
    begin = text.index("http")
    return text[begin:].split(">")[0].split(")")[0].split()[0]


# -- trained models -------------------------------------------------------------------------------------


async def test_two_styles_with_their_strengths_go_to_the_base_they_share(one: Stage) -> None:
    trained_models = "Ink Lines:0.8, Clay World:0.4"
    generation = await ask(one, "imagine", prompt="s1", models=trained_models)
    await one.press(await card_with(one, generation, "Generate"), "Generate")
    card = await one.settled(generation)
    (job,) = await one.ledger("s1")
    assert job["model_id"] == FLUX
    assert job["inputs"]["loras"] == [INK, CLAY]
    assert job["inputs"]["lorasScale"] == [0.8, 0.4]
    assert len(images(card)) == 1
    assert "Ink Lines" in text_of(card)
    assert "Clay World" in text_of(card)


@pytest.mark.parametrize("direct", [True, False])
async def test_a_trained_model_works_by_its_own_id_on_every_account(one: Stage, direct: bool) -> None:
    await set_scenario(one, trained_direct=direct)
    prompt = f"s2 {direct}"
    generation = await ask(one, "imagine", prompt=prompt, model=INK)
    await one.press(await card_with(one, generation, "Generate"), "Generate")
    assert images(await one.settled(generation))
    (job,) = await one.ledger(prompt)
    assert job["model_id"] in {FLUX, INK}
    await set_scenario(one, trained_direct=False)
