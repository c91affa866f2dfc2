"""What Scenario refused after the acknowledgement goes once more as it was, by its owner alone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.generation import failures
from bot.generation.failures import FailureKind
from bot.generation.group import jobs_of
from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard
from bot.refusals import AlreadyAsked, LimitReached, NotAllowed
from bot.request.ask import Ask
from bot.scenario.api.errors import BadInput
from bot.service.service import Policy
from tests.support.bench import Bench, a_bench
from tests.support.builders import STRANGER, a_caller
from tests.support.groups import ask, shown, steps, warm
from tests.support.studio import refusal

WORDS = Ask(prompt="{red, blue} fox", seed=7)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        yield one


async def refused(bench: Bench, what: Ask = WORDS) -> Generation:
    """A request that Scenario refused at the last moment, whole."""
    await warm(bench)
    await ask(bench, what)
    bench.studio.answers.extend([refusal(BadInput("no"))] * 2)
    await steps(bench, ["1001", "1001-2"], times=2)
    found = await shown(bench)
    assert (found.fate, found.bought) == (Fate.FAILED, False)
    assert found.failure is not None
    assert found.failure.kind is FailureKind.BAD_INPUT
    return found


async def test_it_is_the_request_that_it_was(bench: Bench) -> None:
    one = await refused(bench)
    hidden = replace(one, on_card=replace(one.card, private=True), spoiler=True)
    await bench.service.asking.resend(a_caller("2002"), hidden, bench.acknowledge)
    sent = await shown(bench, "2002")
    assert (sent.ask.prompt, sent.ask.seed, sent.card.private, sent.spoiler) == (WORDS.prompt, 7, True, True)
    assert [job.ask.prompt for job in jobs_of(sent)] == ["red fox", "blue fox"]
    assert sent.parent_id is None
    assert not isinstance(sent.failure, failures.Rejected)


async def test_nobody_else_sends_it(bench: Bench) -> None:
    one = await refused(bench)
    with pytest.raises(NotAllowed):
        await bench.service.asking.resend(a_caller("2002", owner_id=STRANGER), one, bench.acknowledge)


async def test_twice_at_once_is_one_press(bench: Bench) -> None:
    one = await refused(bench)
    await bench.service.asking.resend(a_caller("2002"), one, bench.acknowledge)
    with pytest.raises(AlreadyAsked):
        await bench.service.asking.resend(a_caller("2003"), one, bench.acknowledge)


async def test_what_is_refused_again_may_be_pressed_again_at_once(bench: Bench) -> None:
    one = await refused(bench)
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=0)))
    await bench.process.catalogue.refresh()
    for number in ("2002", "2003"):
        with pytest.raises(LimitReached):
            await bench.service.asking.resend(a_caller(number), one, bench.acknowledge)
