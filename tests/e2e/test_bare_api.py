"""An API with no more than the oldest documents print: no listing of jobs, no dry run, no limits, no bulk."""

from tests.e2e.side import delivered, fault, prepared, running, side_by_side, spoiled
from tests.e2e.stage import Json, Stage, images, labels, text_of

PAID: Json = {"method": "POST", "path": "/generate/custom/*", "query": {"dryRun": None}}


async def test_imagine_works_with_no_more_than_the_oldest_documents_print() -> None:
    async with prepared(scenario={"bare": True, "job_id": "id"}, MEMBER_CU_PER_DAY="1000") as one:
        await one.start_bot()
        await side_by_side(
            a_picture(one),
            several_pictures(one),
            a_private_picture(one),
            a_job_that_is_done_at_once(one),
            a_failure_is_told(one),
            a_ceiling_is_waited_out(one),
            not_canceled(one),
            charged_perhaps(one, "silence after the purchase", {"kind": "reset", "when": "after"}, jobs=1),
            charged_perhaps(one, "silence before any purchase", {"kind": "status", "status": 502}, jobs=0),
        )
        await link_expired(one)


async def a_picture(one: Stage) -> None:
    prompt = "a picture of the oldest kind"
    card = await delivered(
        one, await one.imagine(prompt, model="model_imagen4-ultra", aspect_ratio="16:9", seed=7), prompt
    )
    assert "7" in text_of(card)
    assert labels(card) == ["Again", "Delete"]
    (job,) = await one.ledger(prompt)
    assert job["inputs"]["seed"] == 7


async def several_pictures(one: Stage) -> None:
    prompt = "three pictures at once"
    model = "model_google-gemini-3-1-flash"
    generation = await one.imagine(prompt, model=model, count=3)
    card = await one.settled(generation)
    assert len(images(card)) == 3
    assert len(await one.ledger(prompt)) == 1


async def a_private_picture(one: Stage) -> None:
    prompt = "a picture for one"
    card = await delivered(one, await one.imagine(prompt, private=True), prompt)
    assert card["ephemeral"]


async def a_job_that_is_done_at_once(one: Stage) -> None:
    """The answer to the POST says "success" and no more: the picture is in the job."""
    prompt = "a picture that is done at once"
    await one.post("/script", prompt_contains=prompt, seconds=0)
    await delivered(one, await one.imagine(prompt), prompt)


async def a_failure_is_told(one: Stage) -> None:
    prompt = "a failure of the oldest kind"
    await one.post("/script", prompt_contains=prompt, outcome="failure", error="Out of foxes")
    generation = await one.imagine(prompt)
    card = await one.settled(generation)
    assert one.record(generation)["fate"] == "failed"
    assert "Out of foxes" in text_of(card)


async def a_ceiling_is_waited_out(one: Stage) -> None:
    prompt = "a ceiling that nobody foretold"
    busy = await fault(one, "scenario", "rate_limit", **PAID, body_contains=prompt, retry_after=1, times=2)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, busy, 2)


async def not_canceled(one: Stage) -> None:
    prompt = "a job that cannot be canceled"
    await one.post("/script", prompt_contains=prompt, seconds=3)
    generation = await one.imagine(prompt)
    card = await one.answer(generation)
    await running(one, generation)
    said = await one.answer(await one.press(card, "Cancel"))
    assert "can't cancel" in said["content"]
    await delivered(one, generation, prompt)


async def charged_perhaps(one: Stage, prompt: str, spec: Json, *, jobs: int) -> None:
    broken = await fault(one, "scenario", **PAID, **spec, body_contains=prompt)
    generation = await one.imagine(prompt)
    card = await one.settled(generation)
    await spoiled(one, broken)
    assert one.record(generation)["fate"] == "failed"
    assert "It may have been charged" in text_of(card)
    assert labels(card) == ["Again", "Delete"]
    assert len(await one.ledger(prompt)) == jobs


async def link_expired(one: Stage) -> None:
    await one.post("/settings", scenario={"link_seconds": 30})
    prompt = "an old link of the oldest kind"
    held = await fault(one, "scenario", "hold", path="/cdn/assets/*")
    generation = await one.imagine(prompt)
    await one.held(held)
    await one.post("/clock", advance=31)
    await one.call("DELETE", f"/faults/{held}")
    await delivered(one, generation, prompt)
