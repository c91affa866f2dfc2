"""Scenario fails in every way that we know of: each request is bought once, and told of once."""

from typing import Any

from tests.e2e.acting import set_scenario, told_privately
from tests.e2e.side import (
    delivered,
    fault,
    heal,
    playing,
    prepared,
    running,
    side_by_side,
    spoiled,
)
from tests.e2e.stage import Json, Stage, images, text_of

PAID: Json = {"method": "POST", "path": "/generate/custom/*", "query": {"dryRun": None}}
PAGE: Json = {"body": "<html><title>502 Bad Gateway</title></html>", "headers": {"content-type": "text/html"}}
MAYBE = "It may have been charged"

SILENCES: dict[str, Json] = {
    "reset before": {"kind": "reset"},
    "reset after": {"kind": "reset", "when": "after"},
    "500 before": {"kind": "status", "status": 500},
    "500 after": {"kind": "status", "status": 500, "when": "after"},
    "502 after": {"kind": "status", "status": 502, "when": "after"},
    "502 with a page before": {"kind": "status", "status": 502, **PAGE},
    "502 with a page after": {"kind": "status", "status": 502, "when": "after", **PAGE},
    "200 with a page after": {"kind": "garbage", "when": "after", **PAGE},
    "408 before": {"kind": "status", "status": 408},
    "408 after": {"kind": "status", "status": 408, "when": "after"},
    "409 before": {"kind": "status", "status": 409},
    "409 after": {"kind": "status", "status": 409, "when": "after"},
    "garbage before": {"kind": "garbage"},
    "garbage after": {"kind": "garbage", "when": "after"},
    "slow": {"kind": "slow", "delay": 2.5},
    "two resets": {"kind": "reset", "times": 2},
}


async def test_a_silent_purchase_is_found_or_made_again_but_never_twice() -> None:
    await side_by_side(silences(), listings_in_trouble())


async def silences() -> None:
    async with playing() as one:
        await side_by_side(
            *(silent(one, name, spec) for name, spec in SILENCES.items()),
            twins(one, "twins both of whom were bought", bought=2),
            twins(one, "twins one of whom was bought", bought=1),
        )
        assert len(await one.ledger()) == len(SILENCES) + 4

        # a listing that is late, and comes in half-filled pages
        await set_scenario(one, listing_lag=1.2, ragged_pages=True)
        await silent(one, "late listing", {"kind": "reset", "when": "after"})


async def listings_in_trouble() -> None:
    async with playing() as one:
        # a listing that fails for a while is no proof of anything
        await side_by_side(*(listing_fails(one, kind) for kind in ("reset", "garbage")))

        # without the echo of the inputs nothing is proven: first with nothing bought, then with a job
        await set_scenario(one, echo_inputs=False)
        await silent(one, "no echo and nothing bought", {"kind": "reset"})
        await may_have_been_charged(one, "no echo and one job", {"kind": "reset", "when": "after"})
        await set_scenario(one, echo_inputs=True, off=["jobs"])
        await side_by_side(
            may_have_been_charged(one, "no listing and one job", {"kind": "reset", "when": "after"}),
            may_have_been_charged(one, "no listing and no job", {"kind": "status", "status": 500}, jobs=0),
        )


async def silent(one: Stage, name: str, spec: Json) -> None:
    prompt = f"a purchase with {name}"
    broken = await fault(one, "scenario", **PAID, **spec, body_contains=prompt)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, broken)


async def twins(one: Stage, prompt: str, *, bought: int) -> None:
    """Two members ask for the same with the same seed: one job may not serve both."""
    await fault(one, "scenario", "reset", **PAID, body_contains=prompt, when="after", times=bought)
    if bought < 2:
        await fault(one, "scenario", "reset", **PAID, body_contains=prompt)
    first = await one.imagine(prompt, seed=7)
    second = await one.imagine(prompt, seed=7, member="bob")
    for generation in (first, second):
        await one.settled(generation)
        (answer,) = await one.answers(generation)
        assert len(images(answer)) == 1
    jobs = {job["job_id"] for job in await one.ledger(prompt)}
    assert jobs == {one.record(first)["job_id"], one.record(second)["job_id"]}
    assert len(jobs) == 2


async def listing_fails(one: Stage, kind: str) -> None:
    prompt = f"a listing that is {kind}"
    lost = await fault(one, "scenario", kind, method="GET", path="/jobs", times=6)
    broken = await fault(one, "scenario", "reset", **PAID, when="after", body_contains=prompt)
    generation = await one.imagine(prompt)
    await spoiled(one, broken)
    await delivered(one, generation, prompt)
    await spoiled(one, lost, 6)


async def may_have_been_charged(one: Stage, name: str, spec: Json, *, jobs: int = 1) -> None:
    prompt = f"a purchase with {name}"
    broken = await fault(one, "scenario", **PAID, **spec, body_contains=prompt)
    generation = await one.imagine(prompt)
    card = await one.settled(generation)
    await spoiled(one, broken)
    assert one.record(generation)["fate"] == "failed"
    assert MAYBE in text_of(card)
    assert len(await one.ledger(prompt)) == jobs
    assert len(await one.answers(generation)) == 1


REFUSALS: dict[str, tuple[Json, str]] = {
    "400": ({"status": 400, "message": "Input strange must be normal"}, "Input strange must be normal"),
    "401": ({"status": 401}, "does not accept this bot's key"),
    "402": ({"status": 402}, "no CU left"),
    "403": ({"status": 403}, "isn't allowed to use this model"),
    "plan, 403": (
        {"status": 403, "body": {"reason": "ModelAccessRestrictedError", "details": {"requiredPlan": "max"}}},
        "needs Scenario's max plan",
    ),
    "404": ({"status": 404}, "does not know this model"),
    "422": ({"status": 422, "message": "Unprocessable words"}, "Unprocessable words"),
}


async def test_a_definite_no_buys_nothing_and_is_told_to_the_asker_alone() -> None:
    async with playing() as one:
        await side_by_side(
            *(refused(one, name, spec, words) for name, (spec, words) in REFUSALS.items()),
            refused_privately(one),
        )
        assert await one.ledger() == []


async def refused(one: Stage, name: str, spec: Json, words: str) -> None:
    prompt = f"a purchase that is refused with {name}"
    no = await fault(one, "scenario", "status", **PAID, **spec, body_contains=prompt)
    generation = await one.imagine(prompt)
    told = await told_privately(one, generation, prompt)
    assert words in told
    assert "Nothing was charged" in told
    assert await one.answers(generation, member="bob") == []
    await one.settled(generation)
    assert one.record(generation)["fate"] == "failed"
    await spoiled(one, no)


async def refused_privately(one: Stage) -> None:
    prompt = "a secret purchase that is refused"
    await fault(one, "scenario", "status", **PAID, status=402, body_contains=prompt)
    generation = await one.imagine(prompt, private=True)
    card = await one.settled(generation)
    assert card["ephemeral"]
    assert "no CU left" in text_of(card)
    assert len(await one.answers(generation)) == 1


async def test_a_bought_job_is_watched_through_every_trouble() -> None:
    async with playing() as one:
        await side_by_side(
            job_unreadable(one, "500", {"kind": "status", "status": 500, "times": 4}),
            job_unreadable(one, "reset", {"kind": "reset", "times": 8}),
            job_unreadable(one, "garbage", {"kind": "garbage", "times": 4}),
            job_unreadable(one, "an empty object", {"kind": "garbage", "body": {}, "times": 3}),
            job_unreadable(one, "404", {"kind": "status", "status": 404, "times": 2}),
            job_unreadable(one, "401", {"kind": "status", "status": 401}),
        )
        # few at a time: many would not be read one by one
        await side_by_side(
            job_unreadable(one, "429", {"kind": "rate_limit", "retry_after": 0.5, "times": 2}),
            spelled(one, "succeeded", "success", {"success": "succeeded", "in-progress": "processing"}),
            spelled(one, "failed", "failure", {"failure": "failed"}),
            spelled(one, "canceled", "canceled", {"canceled": "cancelled"}),
            unknown_word(one),
            zero_assets(one),
        )
        await cdn_down(one)
        await link_expired(one)


async def job_unreadable(one: Stage, name: str, spec: Json) -> None:
    prompt = f"a job that reads as {name}"
    generation = await one.imagine(prompt)
    job = await running(one, generation)
    broken = await fault(one, "scenario", **spec, method="GET", path=f"/jobs/{job}")
    await delivered(one, generation, prompt)
    await spoiled(one, broken, spec.get("times", 1))


async def spelled(one: Stage, wanted: str, outcome: str, words: dict[str, str]) -> None:
    prompt = f"a job that is spelled {wanted}"
    await one.post("/script", prompt_contains=prompt, outcome=outcome, words=words, error="Out of foxes")
    generation = await one.imagine(prompt)
    card = await one.settled(generation)
    assert one.record(generation)["fate"] == wanted
    assert len(await one.ledger(prompt)) == 1
    said = {"succeeded": "made in", "failed": "Out of foxes", "canceled": "Canceled"}[wanted]
    assert said in text_of(card)
    assert (len(images(card)) == 1) is (wanted == "succeeded")


async def unknown_word(one: Stage) -> None:
    prompt = "a job with a word that nobody knows"
    await one.post("/script", prompt_contains=prompt, stages=[["rehearsing", 5]])
    generation = await one.imagine(prompt)

    async def told() -> bool:
        return any("rehearsing" in text_of(message) for message in await one.answers(generation))

    await one.until(told, "the card to show Scenario's own word")
    await delivered(one, generation, prompt)


async def zero_assets(one: Stage) -> None:
    prompt = "a job without a picture"
    await one.post("/script", prompt_contains=prompt, assets=0)
    generation = await one.imagine(prompt)
    card = await one.settled(generation)
    assert one.record(generation)["fate"] == "failed"
    assert "without a result" in text_of(card)
    assert "This cost" in text_of(card)
    assert len(await one.ledger(prompt)) == 1


async def cdn_down(one: Stage) -> None:
    await set_scenario(one, seconds=0)
    prompt = "a picture behind a broken network"
    broken = await fault(one, "scenario", "status", path="/cdn/assets/*", status=500, times=4)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, broken, 4)


async def link_expired(one: Stage) -> None:
    await set_scenario(one, seconds=0, link_seconds=30)
    prompt = "a picture whose link grows old"
    held = await fault(one, "scenario", "hold", path="/cdn/assets/*")
    generation = await one.imagine(prompt)
    await one.held(held)
    await one.post("/clock", advance=31)
    await heal(one, held)
    await delivered(one, generation, prompt)


async def test_a_ceiling_makes_a_line_and_everybody_in_it_is_served_in_order() -> None:
    await side_by_side(a_rush(), a_line())


async def a_rush() -> None:
    """Nobody foretold the ceiling: the 429s of a rush name it."""
    async with playing(scenario={"off": ["limits"], "parallel": 3}) as one:
        rush = [f"one of a rush, {number}" for number in range(5)]
        hurt: dict[str, Json] = {
            "a 429 that says when": {"kind": "rate_limit", "retry_after": 1, "times": 2},
            "a 429 that is a page and says nothing": {"kind": "status", "status": 429, **PAGE},
        }
        await side_by_side(
            *(at_once(one, prompt) for prompt in rush),
            *(silent(one, name, spec) for name, spec in hurt.items()),
        )
        assert len(await one.ledger()) == len(rush) + len(hurt)


async def a_line() -> None:
    """Those who come while every place is taken wait in order."""
    async with playing(scenario={"off": ["limits"], "parallel": 1, "seconds": 0}) as one:
        await one.post("/script", prompt_contains="the first", seconds=3)
        first = await one.imagine("the first")
        await running(one, first)
        asked = [(first, "the first")]
        for number in range(1, 5):
            prompt = f"number {number} of the line"
            asked.append((await one.imagine(prompt), prompt))
            await one.until(lambda: recorded(one, asked[-1][0]), f"{prompt} to be recorded")

        async def told() -> bool:
            return any("number 4 in line" in text_of(each) for each in await one.answers(asked[-1][0]))

        await one.until(told, "the last one to be told its place")
        await side_by_side(*(story(one, generation, prompt) for generation, prompt in asked))
        bought = await one.ledger()
        assert [job["inputs"]["prompt"] for job in bought] == [prompt for _, prompt in asked]


async def at_once(one: Stage, prompt: str) -> None:
    await delivered(one, await one.imagine(prompt), prompt)


async def story(one: Stage, generation: str, prompt: str) -> None:
    await delivered(one, generation, prompt)


async def recorded(one: Stage, generation: str) -> bool:
    return one.record(generation).get("card") == "live"


async def test_a_bot_that_starts_while_scenario_is_down_waits_and_delivers() -> None:
    async with prepared(scenario={"down": True}, DEFAULT_MODEL="") as one:
        await one.start_bot()
        named: dict[str, Any] = {"model": "model_imagen4-ultra"}
        generations = {
            "asked during an outage": await one.imagine("asked during an outage"),
            "asked by name during an outage": await one.imagine("asked by name during an outage", **named),
        }
        for generation in generations.values():
            await one.until(lambda this=generation: unreachable(one, this), "the outage to be told")
        await set_scenario(one, down=False)
        await side_by_side(*(story(one, generation, prompt) for prompt, generation in generations.items()))

        # and when the outage begins in the middle
        under_way = await one.imagine("bought before an outage")
        await running(one, under_way)
        await set_scenario(one, down=True)
        anew = await one.imagine("asked when nobody knew of the outage")
        # its price is asked for anew, so nothing is sent
        await one.until(lambda: unreachable(one, anew), "the new outage to be told")
        await set_scenario(one, down=False)
        await side_by_side(
            story(one, under_way, "bought before an outage"),
            story(one, anew, "asked when nobody knew of the outage"),
        )
        assert len(await one.ledger()) == 4


async def unreachable(one: Stage, generation: str) -> bool:
    return any("can't be reached" in text_of(message) for message in await one.answers(generation))
