"""How the shards are divided, by what the operator said and by what is shared; and turns to identify."""

import asyncio

import pytest

from bot.sharding.choosing import Choice
from bot.sharding.fixed import INTERVAL, Fixed, OwnTurns
from bot.sharding.ports import Division, Session
from tests.support.clock import HeldClock, breathe


class Shared:
    """The others, as far as a choice asks them."""

    def __init__(self, count: int, clock: HeldClock) -> None:
        self.turns = OwnTurns(clock)
        self.asked: list[tuple[int, int | None]] = []
        self.divided: list[tuple[int, int]] = []
        self._count = count

    async def agree(self, recommended: int, told: int | None) -> int:
        self.asked.append((recommended, told))
        return self._count

    def divide(self, count: int, concurrency: int) -> Division:
        self.divided.append((count, concurrency))
        return Fixed([], count, concurrency=concurrency, turns=self.turns)


async def chosen(choice: Choice, recommended: int = 3, concurrency: int = 1) -> tuple[list[int], int, bool]:
    division = await choice.division(recommended=recommended, concurrency=concurrency)
    return [*(await division.look()).mine], division.count, division.common


@pytest.mark.parametrize(
    ("count", "ids", "mine"),
    [(None, (), ([0, 1, 2], 3, False)), (2, (), ([0, 1], 2, False)), (4, (1, 3), ([1, 3], 4, False))],
)
async def test_one_that_is_alone_runs_all_or_what_it_was_told(
    count: int | None, ids: tuple[int, ...], mine: tuple[list[int], int, bool]
) -> None:
    assert await chosen(Choice(count=count, ids=ids, clock=HeldClock())) == mine


async def test_one_shard_of_several_processes_is_everybodys() -> None:
    clock = HeldClock()
    shared = Shared(1, clock)
    assert await chosen(Choice(leases=shared, clock=clock), recommended=1) == ([0], 1, True)
    assert (shared.asked, shared.divided) == ([(1, None)], [])


async def test_several_of_them_are_divided_by_leases_as_many_as_was_agreed() -> None:
    clock = HeldClock()
    shared = Shared(5, clock)
    await chosen(Choice(count=4, leases=shared, clock=clock), concurrency=2)
    assert (shared.asked, shared.divided) == ([(3, 4)], [(5, 2)])


async def test_named_ones_are_divided_by_nobody_and_their_turns_are_everybodys() -> None:
    clock = HeldClock()
    shared = Shared(5, clock)
    division = await Choice(count=4, ids=(2,), leases=shared, clock=clock).division(
        recommended=9, concurrency=1
    )
    assert [*(await division.look()).mine] == [2]
    assert (shared.asked, shared.divided) == ([], [])
    await shared.turns.turn(0)
    waiting = asyncio.create_task(division.turn(2))
    await breathe()
    assert not waiting.done()
    await clock.advance(INTERVAL)
    assert waiting.done()


async def test_one_shard_of_a_bucket_identifies_at_a_time_and_each_bucket_for_itself() -> None:
    clock = HeldClock()
    division = Fixed(range(5), 5, concurrency=2, turns=OwnTurns(clock))
    order: list[int] = []

    async def identify(shard: int) -> None:
        await division.turn(shard)
        order.append(shard)

    tasks = [asyncio.create_task(identify(shard)) for shard in range(5)]
    await breathe()
    assert order == [0, 1]
    await clock.advance(INTERVAL - 0.01)
    assert order == [0, 1]
    await clock.advance(0.01)
    assert order == [0, 1, 2, 3]
    await clock.advance(INTERVAL)
    assert order == [0, 1, 2, 3, 4]
    await clock.advance(INTERVAL)
    later = asyncio.create_task(identify(0))
    await breathe()
    assert later.done(), "whoever comes late waits for nobody"
    await asyncio.gather(*tasks)


async def test_what_is_fixed_never_moves() -> None:
    division = Fixed([1], 2, concurrency=1, turns=OwnTurns(HeldClock()))
    session = Session("s", 1, "ws://here")
    await division.remember({1: session})
    await division.give(1, session)
    await division.leave()
    await division.allowed()
    look = await division.look()
    assert (dict(look.mine), [*look.give], division.lasting) == ({1: None}, [], False)
    changed = asyncio.create_task(division.changed())
    await breathe()
    assert not changed.done()
    changed.cancel()
