"""Between a free place and the purchase: what the limits leave may have changed since the price was told."""

from collections.abc import AsyncIterator

import pytest

from bot.generation import failures
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.refusals import Limit
from tests.support.bench import Bench, a_bench
from tests.support.builders import a_generation, running


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench(guard=Guard(member_cu_per_day=100.0), capacity=0) as one:
        one.studio.cost = 10.0
        yield one


async def test_what_fitted_when_it_was_priced_and_does_not_any_more_is_not_bought(bench: Bench) -> None:
    await bench.put(a_generation())
    await bench.step()
    assert (await bench.get()).price == 10.0
    await bench.put(running("2002", cu=95.0))  # another one's charge came out higher
    bench.reborn(capacity=4)
    for _ in range(3):
        await bench.step()
    over = await bench.get()
    assert (over.fate, bench.studio.posts) == (Fate.FAILED, [])
    assert isinstance(over.failure, failures.OverBudget)
    assert over.failure.limit is Limit.MEMBER_CU_PER_DAY


async def test_the_limit_holds_at_the_very_last_moment_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fresh price, free place: and in between somebody's charge became known."""
    from bot.scenario.api.records import Ceilings

    await bench.put(a_generation())
    await bench.step()
    bench.process.queue.set(Ceilings(jobs=4))
    begin = bench.process.admission.begin

    async def late(*them: object, **more: object) -> object:
        monkeypatch.undo()
        await bench.put(running("2002", cu=95.0))
        return await begin(*them, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.process.admission, "begin", late)
    await bench.step()
    over = await bench.get()
    assert (over.fate, bench.studio.posts) == (Fate.FAILED, [])
    assert isinstance(over.failure, failures.OverBudget)
    assert (over.failure.price, over.failure.spent) == (10.0, 95.0)


async def test_whoever_waits_for_anothers_charge_and_is_over_waits_no_more(bench: Bench) -> None:
    bench.studio.cost = None
    bench.reborn(capacity=4)
    await bench.put(running("2002", cu=None))
    await bench.put(a_generation())
    for _ in range(3):
        await bench.step()
    admission = bench.process.admission
    assert admission.waits_for_charge(await bench.get())
    bench.process.writer.forget("1001")
    assert not admission.waits_for_charge(await bench.get())
