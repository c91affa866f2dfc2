"""What was agreed is what is paid. No limit is overrun: by one, by many at once, by prices nobody tells."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.generation import failures
from bot.generation.admission import CONFIRM_WITHIN, FRESH
from bot.generation.failures import FailureKind
from bot.generation.group import overcharge
from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard
from bot.generation.progress import CONFIRM, UNPRICED
from bot.refusals import Limit, PriceMoved
from bot.scenario.api.errors import Busy, Unavailable
from bot.scenario.api.records import Inputs
from bot.service.service import Actor, price_name
from tests.support.bench import Bench
from tests.support.builders import GUILD, OWNER, a_caller, a_generation, changed
from tests.support.clock import START

ME = Actor(id=OWNER, moderator=False)


async def asked(bench: Bench, cost: float, id_: str = "1001") -> Generation:
    """A request that waits for a yes."""
    bench.studio.cost = cost
    await bench.put(a_generation(id_))
    await bench.step(id_)
    await bench.step(id_)
    return await bench.get(id_)


async def agreed(bench: Bench, id_: str = "1001") -> None:
    await bench.service.acting.confirm(id_, ME, price_name(await bench.get(id_)))


def phase(bench: Bench, id_: str = "1001") -> str | None:
    progress = bench.process.board.get(id_)
    return None if progress is None else progress.phase


async def many(bench: Bench, ids: Sequence[str], **changes: object) -> None:
    for id_ in ids:
        await bench.put(a_generation(id_, **{"inputs": {"prompt": "a cat", "seed": 1}, **changes}))


async def stepped(bench: Bench, ids: Sequence[str], rounds: int = 2) -> list[Generation]:
    """All of them stepped side by side, `rounds` times."""
    for _ in range(rounds):
        await asyncio.gather(*(bench.step(id_) for id_ in ids))
    return [await bench.get(id_) for id_ in ids]


def over(generation: Generation) -> failures.OverBudget:
    assert isinstance(generation.failure, failures.OverBudget)
    assert not generation.bought
    return generation.failure


# -- the price agreed is the price paid ---------------------------------------------------------------


async def test_a_price_that_rose_after_the_yes_is_asked_again_with_both_prices(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    first = await asked(bench, 60.0)
    await agreed(bench)
    bench.studio.cost = 900.0
    await bench.step()
    await bench.step()
    risen = await bench.get()
    assert (risen.fate, risen.agreed, risen.price, risen.confirmed_by) == (Fate.REQUESTED, 60.0, 900.0, None)
    assert phase(bench) == CONFIRM
    with pytest.raises(PriceMoved):  # a second click of the button that said 60
        await bench.service.acting.confirm("1001", ME, price_name(first))
    with pytest.raises(PriceMoved):  # or that said nothing
        await bench.service.acting.confirm("1001", ME)
    await bench.step()
    assert bench.studio.posts == []
    await agreed(bench)
    await bench.step()
    bought = await bench.get()
    assert (bought.fate, bought.agreed, len(bench.studio.posts)) == (Fate.RUNNING, 900.0, 1)


@pytest.mark.parametrize(("cost", "posts"), [(60.0, 1), (66.0, 1), (66.1, 0), (1.0, 1)])
async def test_within_a_tenth_a_yes_holds(bench: Bench, cost: float, posts: int) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench, 60.0)
    await agreed(bench)
    bench.studio.cost = cost
    await bench.step()
    assert len(bench.studio.posts) == posts


async def test_steps_of_less_than_a_tenth_do_not_add_up_to_another_price(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench, 60.0)
    await agreed(bench)
    bench.studio.cost = 64.0
    bench.studio.fail("submit", Busy("429"))
    await bench.step()
    assert (await bench.get()).price == 64.0
    bench.clock.jump(60)
    bench.studio.cost = 70.0  # a tenth more than 64, but not than the 60 that were agreed
    sent = len(bench.studio.posts)
    await bench.step()
    assert (len(bench.studio.posts), (await bench.get()).confirmed_by) == (sent, None)


@pytest.mark.parametrize(("before", "after"), [(10.0, 12.0), (48.0, 51.0)])
async def test_what_waited_in_line_is_asked_for_again(bench: Bench, before: float, after: float) -> None:
    """Above a tenth, or above the threshold, though nobody had been asked for a yes."""
    bench.reborn(confirm_above=50.0, capacity=1)
    await bench.put(a_generation("1"))
    await bench.fates.adopt()
    await bench.step("1")
    bench.studio.cost = before
    await bench.put(a_generation("2", inputs={"prompt": "a dog", "seed": 2}))
    await bench.step("2")
    assert (await bench.get("2")).price == before
    bench.studio.cost = after
    bench.clock.jump(FRESH.total_seconds() + 1)
    bench.studio.finish("job_1")
    await bench.step("1")
    await bench.step("2")
    await bench.step("2")
    assert phase(bench, "2") == CONFIRM
    assert len(bench.studio.posts) == 1


async def test_one_that_is_bought_at_once_is_priced_once(bench: Bench) -> None:
    bench.reborn(confirm_above=1000.0)
    bench.studio.cost = 9.5
    await bench.put(a_generation())
    await bench.step()
    assert (bench.studio.calls.count("price"), len(bench.studio.posts)) == (1, 1)


async def test_after_a_restart_the_price_is_asked_for_again(bench: Bench) -> None:
    await bench.put(a_generation(price=5.0, agreed=5.0))
    bench.reborn(confirm_above=50.0)
    bench.studio.cost = 40.0
    await bench.step()
    assert ((await bench.get()).price, bench.studio.posts) == (40.0, [])


async def test_a_price_that_passed_a_limit_after_the_yes_ends_it_unbought(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0, guard=Guard(cu_per_day=100.0))
    await asked(bench, 60.0)
    await agreed(bench)
    bench.studio.cost = 900.0
    await bench.step()
    why = over(await bench.get())
    assert (why.limit, why.price, why.until) == (Limit.CU_PER_DAY, 900.0, None)
    assert bench.studio.posts == []


async def test_a_price_that_cannot_be_had_right_before_is_waited_for(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench, 60.0)
    await agreed(bench)
    bench.studio.fail("price", Unavailable("502"))
    assert await bench.step() == 2.0
    assert bench.studio.posts == []
    await bench.step()
    assert len(bench.studio.posts) == 1


async def test_the_second_question_has_an_hour_of_its_own(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench, 60.0)
    bench.clock.jump(CONFIRM_WITHIN.total_seconds() - 1)
    await agreed(bench)
    bench.studio.cost = 900.0
    await bench.step()
    assert await bench.step() == CONFIRM_WITHIN.total_seconds()
    bench.clock.jump(CONFIRM_WITHIN.total_seconds())
    await bench.step()
    failure = (await bench.get()).failure
    assert failure is not None
    assert failure.kind is FailureKind.NOT_CONFIRMED


async def test_one_that_passed_the_threshold_after_hours_in_line_has_its_hour_too(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    bench.studio.cost = 48.0
    bench.studio.fail("submit", Busy("429"))
    await bench.put(a_generation())
    await bench.step()
    bench.clock.jump(2 * CONFIRM_WITHIN.total_seconds())
    bench.studio.cost = 51.0
    await bench.step()
    assert await bench.step() == CONFIRM_WITHIN.total_seconds()
    assert ((await bench.get()).fate, phase(bench)) == (Fate.REQUESTED, CONFIRM)


async def test_what_was_charged_beyond_its_price_is_asked_for_the_next_time(bench: Bench) -> None:
    """`Again` goes the way of any request: a dry run that says 10 and charges 900 does it once."""
    bench.reborn(confirm_above=50.0)
    bench.studio.cost, bench.studio.charge = 10.0, 900.0
    await bench.put(a_generation())
    await bench.step()
    first = await bench.get()
    assert (first.price, first.cu, overcharge(first)) == (10.0, 900.0, (10.0, 900.0))
    await bench.process.catalogue.read(first.model_id)
    await bench.service.asking.again(a_caller("2"), "1001", bench.acknowledge, private=False)
    await bench.step("2")
    await bench.step("2")
    assert ((await bench.get("2")).price, phase(bench, "2")) == (900.0, CONFIRM)
    assert len(bench.studio.posts) == 1


async def test_a_text_a_hundred_times_as_long_is_not_bought_at_the_short_ones_price(bench: Bench) -> None:
    def cost(inputs: Inputs) -> float:
        return 1.5 * len(str(inputs["text"])) / 10

    bench.reborn(confirm_above=50.0, guard=Guard(member_cu_per_day=700.0))
    bench.studio.cost_of = cost
    for id_, length in (("1", 10), ("2", 3900), ("3", 9000)):
        await bench.put(a_generation(id_, inputs={"text": "x" * length}))
        await bench.step(id_)
        await bench.step(id_)
    assert [(await bench.get(id_)).price for id_ in ("1", "2")] == [1.5, 585.0]
    assert phase(bench, "2") == CONFIRM
    assert over(await bench.get("3")).price == 1350.0
    assert len(bench.studio.posts) == 1


# -- prices that nobody can tell ----------------------------------------------------------------------

ALL = [str(number) for number in range(10)]


@pytest.mark.parametrize(
    "guard", [Guard(member_cu_per_day=35.0), Guard(guild_cu_per_day=35.0), Guard(cu_per_day=35.0)], ids=str
)
async def test_of_ten_at_once_no_more_are_bought_than_the_limit_allows(bench: Bench, guard: Guard) -> None:
    bench.reborn(guard=guard)
    bench.studio.charge = 24.0
    held = bench.studio.hold("submit")
    await many(bench, ALL)
    first = asyncio.ensure_future(bench.step("0"))
    await bench.studio.sent.wait()
    await stepped(bench, ALL[1:], rounds=1)  # while the first one's charge is not known
    assert [phase(bench, id_) for id_ in ALL[1:]] == [UNPRICED] * 9
    assert len(bench.studio.posts) == 1
    held.set()
    await first
    ended = await stepped(bench, ALL)
    assert len(bench.studio.posts) == 1
    assert [over(one).price for one in ended if one.fate is not Fate.RUNNING] == [24.0] * 9


async def test_a_charge_that_came_after_the_question_is_learned_before_the_purchase(bench: Bench) -> None:
    """The second had asked in vain before the first was bought, and waited in line meanwhile."""
    bench.reborn(guard=Guard(member_cu_per_day=35.0), capacity=1)
    bench.studio.charge = 24.0
    await many(bench, ["0", "1"])
    await bench.fates.adopt()
    await bench.step("1")
    await bench.step("0")
    bench.studio.finish("job_1")
    await bench.step("0")
    await stepped(bench, ["1"])
    assert over(await bench.get("1")).price == 24.0
    assert len(bench.studio.posts) == 1


async def test_once_the_charge_is_known_as_many_go_at_once_as_fit(bench: Bench) -> None:
    bench.reborn(guard=Guard(member_cu_per_day=100.0))
    bench.studio.charge = 24.0
    await many(bench, ALL)
    await stepped(bench, ["0"])
    bench.reborn()  # what was learned survives a restart
    ended = await stepped(bench, ALL[1:])
    assert [one.fate for one in ended].count(Fate.RUNNING) == 3
    assert len(bench.studio.posts) == 4


async def test_a_charge_that_is_never_told_is_bought_one_after_the_other(bench: Bench) -> None:
    bench.reborn(guard=Guard(cu_per_day=35.0))
    bench.studio.charge = None
    await many(bench, ALL[:3])
    assert [one.fate for one in await stepped(bench, ALL[:3])].count(Fate.RUNNING) == 1
    (first,) = [id_ for id_ in ALL[:3] if (await bench.get(id_)).fate is Fate.RUNNING]
    bench.studio.finish("job_1")
    await bench.step(first)
    assert [one.fate for one in await stepped(bench, ALL[:3])].count(Fate.RUNNING) == 1


async def test_without_a_limit_nobody_waits_for_anybodys_charge(bench: Bench) -> None:
    bench.studio.charge = None
    await many(bench, ALL)
    assert {one.fate for one in await stepped(bench, ALL, rounds=1)} == {Fate.RUNNING}


async def test_another_members_purchase_holds_nobody_back_where_only_members_have_limits(
    bench: Bench,
) -> None:
    bench.reborn(guard=Guard(member_cu_per_day=35.0))
    bench.studio.charge = None
    for number, id_ in enumerate(ALL):
        await many(bench, [id_], owner_id=100 + number)
    assert {one.fate for one in await stepped(bench, ALL, rounds=1)} == {Fate.RUNNING}


# -- many accounts ------------------------------------------------------------------------------------


async def thirty(bench: Bench, guard: Guard, **changes: object) -> list[Generation]:
    """One request at once of each of thirty members, 10 CU each."""
    bench.reborn(guard=guard)
    bench.studio.cost = bench.studio.charge = 10.0
    ids = [str(number) for number in range(30)]
    for number, id_ in enumerate(ids):
        await many(bench, [id_], owner_id=100 + number, **changes)
    return await stepped(bench, ids)


@pytest.mark.parametrize(
    ("guard", "limit"),
    [(Guard(cu_per_day=50.0), Limit.CU_PER_DAY), (Guard(guild_cu_per_day=50.0), Limit.GUILD_CU_PER_DAY)],
)
async def test_thirty_accounts_together_buy_what_all_may(bench: Bench, guard: Guard, limit: Limit) -> None:
    ended = await thirty(bench, guard)
    assert len(bench.studio.posts) == 5
    refused = [over(one) for one in ended if one.fate is not Fate.RUNNING]
    again = START + timedelta(hours=24)
    assert [(why.limit, why.until) for why in refused] == [(limit, again)] * 25


@pytest.mark.parametrize("changes", [{"guild_id": None}, {"guild_id": GUILD, "own_app": True}])
async def test_no_server_pays_for_direct_messages_and_members_own_apps(
    bench: Bench, changes: dict[str, object]
) -> None:
    await thirty(bench, Guard(guild_cu_per_day=50.0), **changes)
    assert len(bench.studio.posts) == 30


async def test_a_refund_leaves_room_under_every_limit(bench: Bench) -> None:
    guard = Guard(member_cu_per_day=10.0, guild_cu_per_day=10.0, cu_per_day=10.0)
    bench.reborn(guard=guard)
    bench.studio.cost = 10.0
    back = a_generation("1", fate=Fate.FAILED, cu=10.0, refunded=True)
    await bench.put(back)
    await bench.put(a_generation("2"))
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING
    await bench.put(changed(back, id="3", fate=Fate.REQUESTED, cu=None, refunded=None))
    await bench.step("3")
    over(await bench.get("3"))
