"""Money over real wires: what was agreed is what is paid, and no limit is overrun."""

import asyncio
import re

import pytest

from tests.e2e.acting import bare_stage, pressed, refusal, says, set_scenario, tidy, told_privately
from tests.e2e.stage import Json, Stage, images, labels, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPT: Json = {"name": "prompt", "type": "string", "prompt": True, "maxLength": 4000, "required": True}
"""Nothing says that it moves the price."""


async def put_out(one: Stage, name: str, **behavior: object) -> str:
    """A model that behaves like this from now on; its id."""
    await one.post("/models", id=f"model_{name}", name=name, inputs=[PROMPT], sandbox=behavior)
    return f"model_{name}"


async def test_a_price_that_rose_is_asked_again_before_anything_is_bought(one: Stage) -> None:
    async with tidy(one):
        model = await put_out(one, "riser", price=60)
        generation = await one.imagine("m1", model=model)
        card = await says(one, generation, "This costs 60 CU")
        await put_out(one, "riser", price=900)
        await one.press(card, "Generate")
        risen = await says(one, generation, "rose from 60 to 900 CU")
        assert labels(risen) == ["Generate", "Cancel"]
        assert await one.ledger("m1") == []
        await one.press(risen, "Generate")
        done = await one.settled(generation)
        assert [job["cu"] for job in await one.ledger("m1")] == [900]
        again = await one.press(done, "Again")  # the same way for a repeated one
        asked = await says(one, again, "This costs 900 CU")
        await put_out(one, "riser", price=1000)
        await one.press(asked, "Generate")
        await pressed(one, await says(one, again, "rose from 900 to 1000 CU"), "Cancel")
        await one.settled(again)
        assert len(await one.ledger("m1")) == 1


async def test_no_price_is_paid_from_memory_and_a_surprise_is_told_and_learned(one: Stage) -> None:
    async with tidy(one):
        model = await put_out(one, "cached", price=10)
        await one.settled(await one.imagine("m2", model=model))
        await put_out(one, "cached", price=900)
        asked = await says(one, await one.imagine("m2", model=model), "This costs 900 CU")
        await pressed(one, asked, "Cancel")
        assert [job["cu"] for job in await one.ledger("m2")] == [10]
        liar = await put_out(one, "liar", price=10, charged=90)
        told = await one.settled(await one.imagine("m3", model=liar))
        assert "Scenario quoted 10 CU and charged 900 CU" in text_of(told)
        asked = await says(one, await one.press(told, "Again"), "This costs 900 CU")
        await pressed(one, asked, "Cancel")
        assert len(await one.ledger("m3")) == 1


async def test_a_price_by_the_length_of_the_text_is_found_out_before_it_is_paid(one: Stage) -> None:
    async with tidy(one):
        voice = await put_out(one, "voice", price=1.5, per={"prompt": 10})
        assert images(await one.settled(await one.imagine("m4 " * 3, model=voice)))
        long = "m4 " + "so it goes " * 350
        asked = await says(one, await one.imagine(long, model=voice), "This costs 57")
        await pressed(one, asked, "Cancel")
        assert [job["cu"] for job in await one.ledger() if job["model_id"] == voice] == [1.25]


async def test_a_server_and_everybody_have_limits_of_their_own_and_unknown_prices_keep_them() -> None:
    async with bare_stage() as one:
        await set_scenario(one, seconds=0)
        model = await put_out(one, "tenner", price=10)
        await one.start_bot(CU_PER_DAY="50", GUILD_CU_PER_DAY="30")
        crowd = [f"m{number}" for number in range(8)]
        asked = await asyncio.gather(*(one.imagine("crowd", member=each, model=model) for each in crowd))
        for generation, member in zip(asked, crowd, strict=True):
            await one.settled(generation, member=member)
        assert len(await one.ledger("crowd")) == 3
        told = await refusal(one, "late", member="m9", model=model)
        assert "This server has used 30 of its 30 CU" in told
        assert re.search(r"Try again <t:\d+:R>", told)
        for name in ("alice", "bob"):  # no server pays for these
            channel = f"dm:{name}"
            alone = await one.imagine("alone", member=name, channel=channel, model=model)
            await one.settled(alone, member=name, channel=channel)
        assert len(await one.ledger("alone")) == 2
        told = await refusal(one, "too late", member="carl", channel="dm:carl", model=model)
        assert "Everyone together has used 50 of the 50 CU" in told
        helped = await one.post("/command", member="alice", channel="general", name="help", options={})
        said = text_of(await one.answer(helped["interaction_id"]))
        assert "30 CU per 24 hours for all members of this server together" in said
        assert "50 CU per 24 hours for everyone" in said
        await one.stop_bot()
        await untold(one)


async def untold(one: Stage) -> None:
    """An account without dry runs: of ten at once under a limit for one, one is bought."""
    await set_scenario(one, off=["dry_run"], seconds=0.5)
    model = await put_out(one, "secret", price=24)
    await one.start_bot(MEMBER_CU_PER_DAY="35", MEMBER_IN_FLIGHT="0")
    ten = [await one.imagine(f"secret {number}", member="dora", model=model) for number in range(10)]
    for generation in ten:
        await one.settled(generation, member="dora")
    jobs = [job for job in await one.ledger() if job["model_id"] == model]
    assert [job["cu"] for job in jobs] == [24]
    row = next(one.record(each) for each in ten if one.record(each)["fate"] == "failed")
    told = await told_privately(one, row["id"], "nothing", member="dora")
    assert "This would cost 24 CU" in told


async def test_a_plan_without_dry_runs_buys_all_the_same(one: Stage) -> None:
    """The refusal of a dry run is the plan's, and no word about the model."""
    async with tidy(one):
        await set_scenario(one, plan="pro", dry_run_plan="enterprise")
        try:
            model = await put_out(one, "unpriced", price=7)
            card = await one.settled(await one.imagine("no estimate", model=model))
            assert len(images(card)) == 1
            assert [job["cu"] for job in await one.ledger("no estimate")] == [7]
        finally:
            await set_scenario(one, plan="pro", dry_run_plan="free")
