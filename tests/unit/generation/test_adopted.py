"""What a new process takes up: as the row stands by then."""

from collections.abc import AsyncIterator

import pytest

from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import Missing
from bot.generation.model import Fate
from bot.scenario.api.errors import NotFound
from bot.service.service import Actor
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, a_generation, a_job, running
from tests.support.studio import refusal

ME = Actor(id=OWNER, moderator=False)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        yield one


async def test_what_ended_before_its_cards_first_look_is_shown(bench: Bench) -> None:
    """Both loops begin together, and the job was over by then: the card knew only what it had read before."""
    await bench.put(running(shown_revision=1))
    bench.studio.put(a_job("job_1001"))
    bench.studio.finish("job_1001")
    await bench.fates.adopt()
    await bench.cards.adopt()
    await bench.step()
    await bench.cards.step("1001")
    assert (await bench.get()).card.state is CardState.SETTLED


async def test_what_was_canceled_before_its_first_look_stays_canceled(bench: Bench) -> None:
    await bench.put(a_generation())
    await bench.fates.adopt()
    await bench.service.acting.cancel("1001", ME)
    for _ in range(4):
        await bench.step()
    assert ((await bench.get()).fate, bench.studio.posts) == (Fate.CANCELED, [])


async def test_a_purchase_that_misses_a_file_says_so(bench: Bench) -> None:
    bench.studio.answers.append(refusal(NotFound("asset_gone was not found")))
    await bench.put(a_generation())
    for _ in range(3):
        await bench.step()
    over = await bench.get()
    assert isinstance(over.failure, failures.NotFound)
    assert over.failure.about is Missing.FILE
