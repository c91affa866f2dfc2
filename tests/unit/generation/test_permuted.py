"""Words that stand for several prompts: one question whatever it costs, one refused alone, Again as typed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.catalogue.tasks import Task
from bot.generation.failures import FailureKind
from bot.generation.group import first_numbers, jobs_of
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.refusals import LimitReached, TooManyPermutations
from bot.request.ask import Ask
from bot.scenario.api.errors import BadInput, WrongKey
from bot.scenario.api.records import Inputs
from bot.service.service import Actor, Policy
from bot.ui.speech import permuted, words
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, STRANGER, a_caller
from tests.support.groups import IDS, ask, shown, steps, warm
from tests.support.studio import SILENT_BOUGHT, SILENT_LOST, refusal

ME = Actor(id=OWNER, moderator=False)
FOXES = Ask(prompt="{red, blue} fox in {snow, rain}")
FOUR = ["red fox in snow", "red fox in rain", "blue fox in snow", "blue fox in rain"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench(confirm_above=1000.0) as one:
        one.studio.cost = 10.0
        yield one


async def fates(bench: Bench) -> list[Fate]:
    return [job.fate for job in jobs_of(await shown(bench))]


async def asked(bench: Bench, what: Ask = FOXES) -> None:
    await warm(bench)
    await ask(bench, what)
    await steps(bench, times=2)


async def test_each_of_the_prompts_is_one_job_and_their_card_says_what_was_typed(bench: Bench) -> None:
    await asked(bench)
    group = await shown(bench)
    assert [job.ask.prompt for job in jobs_of(group)] == FOUR
    assert (group.ask.prompt, group.ask.count, group.permuted) == (FOXES.prompt, 1, True)


async def test_they_are_asked_for_whatever_they_cost_and_bought_by_one_yes(bench: Bench) -> None:
    await asked(bench)
    assert bench.studio.posts == []
    assert bench.studio.calls.count("price") == 1
    assert permuted.question(await shown(bench)).startswith(
        "4 pictures, one for each choice of words, cost 40 CU"
    )
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    assert sorted(str(post["prompt"]) for post in bench.studio.posts) == sorted(FOUR)


async def test_whoever_wants_no_questions_is_asked_none() -> None:
    async with a_bench() as bench:
        await asked(bench)
        assert await fates(bench) == [Fate.RUNNING] * 4


async def test_without_a_price_they_are_asked_for_all_the_same(bench: Bench) -> None:
    bench.studio.cost = None
    await asked(bench)
    assert bench.studio.posts == []
    assert "at a price that Scenario does not tell" in permuted.question(await shown(bench))
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=3)
    assert len(bench.studio.posts) == 4


async def test_an_unpriced_question_that_nobody_answers_ends_without_a_number(bench: Bench) -> None:
    bench.studio.cost = None
    await asked(bench)
    bench.clock.jump(timedelta(hours=2).total_seconds())
    await bench.step()
    assert await fates(bench) == [Fate.FAILED] * 4
    assert "Nobody said yes in time" in words.failure(await shown(bench))


async def test_a_question_takes_no_place_in_the_queue(bench: Bench) -> None:
    guard = Guard(queue=4, confirm_above=1000.0)
    await warm(bench, policy=Policy(guard=guard), guard=guard)
    await ask(bench)
    await steps(bench, times=2)
    stranger = a_caller("2002", owner_id=STRANGER)
    await bench.service.asking.request(stranger, Ask(prompt="a", count=4), bench.acknowledge)
    another = a_caller("3003", owner_id=STRANGER)
    with pytest.raises(LimitReached):
        await bench.service.asking.request(another, Ask(prompt="a"), bench.acknowledge)


async def test_the_price_is_that_of_the_longest_words(bench: Bench) -> None:
    def by_length(inputs: Inputs) -> float:
        return float(len(str(inputs["prompt"])))

    bench.studio.cost_of = by_length
    await asked(bench)
    assert {job.price for job in jobs_of(await shown(bench))} == {float(len("blue fox in snow"))}


async def test_words_that_the_dry_run_refuses_take_nothing_from_the_others(bench: Bench) -> None:
    bench.studio.fail("price", BadInput("not these words"))
    await asked(bench)
    await steps(bench)
    assert sorted(await fates(bench)) == [Fate.FAILED, *[Fate.REQUESTED] * 3]
    assert "3 pictures" in permuted.question(await shown(bench))
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    assert len(bench.studio.posts) == 3


async def test_a_reason_that_is_not_about_the_words_ends_all(bench: Bench) -> None:
    bench.studio.fail("price", WrongKey("401"))
    await asked(bench)
    assert {job.failure.kind for job in jobs_of(await shown(bench)) if job.failure} == {FailureKind.WRONG_KEY}
    assert await fates(bench) == [Fate.FAILED] * 4


async def test_words_that_are_refused_at_the_last_moment_keep_their_number(bench: Bench) -> None:
    await asked(bench)
    bench.studio.answers.append(refusal(BadInput("blood")))
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    for job_id in list(bench.studio.world):
        bench.studio.finish(job_id)
    await steps(bench)
    group = await shown(bench)
    (lost,) = [job for job in jobs_of(group) if job.fate is Fate.FAILED]
    assert len(bench.studio.world) == 3
    assert group.cu == 12.0
    number = IDS.index(lost.id) + 1
    assert first_numbers(group)[lost.id] == number
    told = permuted.unmade(group)  # type: ignore[arg-type]
    assert told.startswith(f"{number}: {permuted.chosen(lost)} failed: ")
    assert "blood" in told


async def test_again_asks_for_the_words_as_they_were_typed(bench: Bench) -> None:
    await asked(bench, Ask(prompt=FOXES.prompt, count=2, seed=5))
    caller = a_caller("2002", owner_id=STRANGER)
    await bench.service.asking.again(caller, "1001", bench.acknowledge, private=False)
    again = await shown(bench, "2002")
    assert (again.ask.prompt, again.ask.count, again.ask.seed) == (FOXES.prompt, 2, None)
    assert len(jobs_of(again)) == 8


async def test_a_prompt_that_begins_another_is_not_taken_for_it(bench: Bench) -> None:
    await asked(bench, Ask(prompt="a fox{, in snow}", seed=7))
    bench.studio.answers.extend([SILENT_LOST, SILENT_BOUGHT])
    await bench.service.acting.confirm("1001", ME)
    for _ in range(12):
        await steps(bench, IDS[:2])
        bench.clock.jump(20)
    group = jobs_of(await shown(bench))
    assert [job.fate for job in group] == [Fate.RUNNING] * 2
    for job in group:
        assert job.job_id is not None
        assert (bench.studio.world[job.job_id].inputs or {})["prompt"] == job.ask.prompt
    assert len(bench.studio.world) == 2


async def test_what_is_known_of_the_model_too_late_divides_them_then(bench: Bench) -> None:
    await ask(bench, FOXES)
    await bench.process.catalogue.refresh()
    await bench.step()
    assert [job.ask.prompt for job in jobs_of(await shown(bench))] == FOUR


@pytest.mark.parametrize(
    ("what", "task", "refused"),
    [
        (Ask(prompt="{a, b} {c, d}", count=4), Task.IMAGINE, False),
        (Ask(prompt="{a, b} {c, d}", count=5), Task.IMAGINE, True),
        (Ask(prompt="{a, b}" * 5), Task.IMAGINE, True),
        (Ask(prompt="{a, b}" * 5), Task.VIDEO, False),
        (Ask(prompt="no braces", count=8), Task.IMAGINE, False),
    ],
)
async def test_the_product_stays_within_the_limit(bench: Bench, what: Ask, task: Task, refused: bool) -> None:
    preparer = bench.service.asking._preparer  # pyright: ignore[reportPrivateUsage]
    if refused:
        with pytest.raises(TooManyPermutations):
            preparer.from_memory(what, None, task)
    else:
        preparer.from_memory(what, None, task)


async def test_the_limit_is_the_operators(bench: Bench) -> None:
    bench.reborn(policy=Policy(permutations=3))
    with pytest.raises(TooManyPermutations) as told:
        await ask(bench, FOXES)
    assert (told.value.count, told.value.allowed) == (4, 3)
