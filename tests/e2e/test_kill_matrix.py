"""SIGKILL at every point of a generation's life: bought once, settled once, whatever becomes of the token.

Real processes: a sandbox, a bot that is killed while one request of each member is held at the point in
question, and a new bot that finds nothing but the rows.
"""

import asyncio
from dataclasses import replace

import pytest

from tests.e2e.matrix import (
    ACKNOWLEDGED,
    ALL,
    ASSET,
    EPHEMERAL,
    GENERATE,
    LAST_DM,
    LAST_EDIT,
    LISTING,
    LONGEST_WINDOW,
    POLLING,
    PUBLIC,
    READ,
    UNSENT,
    Case,
    Fate,
    KillPoint,
    Matrix,
    Token,
    cases,
    crowd,
    hold,
    kill,
)
from tests.e2e.stage import Json, images


@pytest.mark.parametrize("point", ALL, ids=str)
async def test_killed_at_any_point_every_request_is_bought_once_and_settled_once(point: KillPoint) -> None:
    """In two waves, because the loops hold no more in flight: the bot that brought the public cards to their
    end is the one that dies over the ephemeral ones."""
    async with crowd() as stage:
        wrongs: list[str] = []
        for tokens in (PUBLIC, EPHEMERAL):
            matrix = Matrix(stage, point, cases(tokens))
            await matrix.ask()
            await matrix.kill()
            await matrix.let_tokens_die()
            await matrix.restart()
            wrongs += await matrix.wrongs()
        assert wrongs == []


async def test_one_request_survives_a_death_at_every_point_of_its_life() -> None:
    before_post: Json = {**GENERATE, "when": "before"}
    after_post: Json = {**GENERATE, "when": "after"}
    after_edit: Json = {**LAST_EDIT, "when": "after"}
    long_job = replace(ACKNOWLEDGED, seconds=30.0)
    async with crowd(RECONCILE_SECONDS="1") as stage:
        matrix = Matrix(stage, long_job, [Case(Token.ALIVE, Fate.SUCCEEDED)])
        await matrix.ask()
        await matrix.kill()
        for caught in (before_post, LISTING, after_post, LISTING, READ, ASSET, LAST_EDIT, after_edit):
            fault = await hold(stage, caught)
            await stage.start_bot()
            await stage.held(fault)
            await kill(stage)
            if caught is READ:
                await stage.post("/clock", advance=long_job.seconds)
        await stage.start_bot(RECONCILE_SECONDS=LONGEST_WINDOW)
        await matrix.end()
        assert await matrix.wrongs() == []


async def test_a_bot_killed_while_it_sends_the_direct_message_sends_it_once() -> None:
    """Discord has taken the message, and the bot does not live to learn of it."""
    moved = [token for token in Token if token.moved]
    async with crowd() as stage:
        matrix = Matrix(stage, UNSENT, [Case(token, fate) for token in moved for fate in Fate])
        await matrix.ask()
        await matrix.kill()
        await matrix.let_tokens_die()
        fault = await hold(stage, {**LAST_DM, "when": "after"})
        await stage.start_bot()
        await stage.held(fault, len(matrix.cases))
        await kill(stage)
        await stage.post("/clock", advance=600)  # Discord has forgotten the nonce by then
        await matrix.restart()
        assert await matrix.wrongs() == []


async def test_of_two_who_ask_the_same_each_gets_a_job_of_their_own_after_a_kill() -> None:
    """A model without a seed: Scenario's listing does not tell the two apart, and one POST never arrived."""
    prompt, model = "two lighthouses that nothing tells apart", "GPT Image 2"
    async with crowd() as stage:
        await stage.post("/script", prompt_contains=prompt, seconds=1)
        arrived = await hold(stage, {**GENERATE, "when": "after", "times": 1})
        lost = await hold(stage, {**GENERATE, "when": "before"})
        ids = await asyncio.gather(
            *(stage.imagine(prompt, member=member, model=model) for member in ("alice", "bob"))
        )
        await stage.held(arrived)
        await stage.held(lost)
        await kill(stage)
        (first,) = await stage.ledger(prompt)
        await stage.start_bot(RECONCILE_SECONDS="3")
        cards = await asyncio.gather(*map(stage.settled, ids))
        assert all(len(images(card)) == 1 for card in cards)
        jobs = {job["job_id"] for job in await stage.ledger(prompt)}
        assert len(jobs) == 2
        assert {stage.record(id_)["job_id"] for id_ in ids} == jobs
        assert first["job_id"] in jobs


async def test_a_cancel_asked_for_before_the_job_is_known_outlives_the_kill() -> None:
    async with crowd() as stage:
        await stage.post("/script", prompt_contains="unwanted", outcome="never", cancelable=True)
        posted = await hold(stage, {**GENERATE, "when": "after"})
        generation = await stage.imagine("an unwanted lighthouse")
        await stage.held(posted)
        await stage.press(await stage.answer(generation), "Cancel")

        async def noted() -> bool:
            return stage.record(generation)["canceled_by"] is not None

        await stage.until(noted, "the cancel to be on record")
        await kill(stage)
        await stage.start_bot(RECONCILE_SECONDS=LONGEST_WINDOW)
        await stage.settled(generation)
        assert stage.record(generation)["fate"] == "canceled"
        (job,) = await stage.ledger("an unwanted lighthouse")
        assert (job["status"], job["refunded"]) == ("canceled", True)


async def test_a_new_bot_takes_everything_up_within_five_seconds_of_its_first_request() -> None:
    async with crowd() as stage:
        matrix = Matrix(stage, POLLING, cases([Token.ALIVE, Token.EPHEMERAL]))
        await matrix.ask()
        await matrix.kill()
        before = len((await stage.get("/wire"))["records"])
        reads = await hold(stage, READ)
        await stage.start_bot(RECONCILE_SECONDS=LONGEST_WINDOW)
        await stage.held(reads, len(matrix.cases))
        first = (await stage.get("/wire"))["records"][before]
        assert (await stage.get("/state"))["now"] - first["at"] < 5.0
        await kill(stage)
