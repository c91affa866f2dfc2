"""The one timer under both loops."""

import asyncio

import pytest

from bot.generation.agenda import Agenda
from tests.support.clock import HeldClock, breathe


async def taken(agenda: Agenda) -> str:
    """Wait until a key is due, and take it out, as the loops do."""
    while (key := agenda.due()) is None:
        await agenda.wait()
    return key


async def drained(agenda: Agenda, count: int) -> list[str]:
    return [await taken(agenda) for _ in range(count)]


async def test_what_is_due_is_taken_at_once_and_in_order() -> None:
    agenda = Agenda(HeldClock())
    for key in "abc":
        agenda.put(key)
    assert await drained(agenda, 3) == ["a", "b", "c"]
    assert len(agenda) == 0


async def test_a_key_stands_in_it_once() -> None:
    agenda = Agenda(HeldClock())
    for _ in range(3):
        agenda.put("a")
    assert len(agenda) == 1
    await taken(agenda)
    assert len(agenda) == 0


async def test_a_key_is_taken_at_its_moment_and_not_before() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("a", after=5)
    taking = asyncio.create_task(taken(agenda))
    await clock.advance(4.999)
    assert not taking.done()
    await clock.advance(0.001)
    assert await taking == "a"


async def test_the_earlier_moment_wins_whichever_came_first() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("a", after=5)
    agenda.put("a", after=1)
    agenda.put("b", after=1)
    agenda.put("b", after=9)
    clock.jump(1)
    assert await drained(agenda, 2) == ["a", "b"]
    assert len(agenda) == 0


async def test_a_taker_that_waits_for_a_far_moment_is_woken_by_a_nearer_one() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("far", after=100)
    taking = asyncio.create_task(taken(agenda))
    await breathe()
    agenda.put("near")
    assert await taking == "near"


async def test_one_sleeper_waits_for_all_moments() -> None:
    # a loop takes for months: a timer for each thing that was due later would stay until that moment
    clock = HeldClock()
    agenda = Agenda(clock)
    before = asyncio.all_tasks()
    for number in range(5):
        agenda.put(f"far {number}", after=100 - number)
        taking = asyncio.create_task(taken(agenda))
        await breathe()
        agenda.put("near")
        assert await taking == "near"
        assert len(asyncio.all_tasks() - before) == 1
    taking = asyncio.create_task(taken(agenda))
    await clock.advance(96)
    assert await taking == "far 4"
    await breathe()
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("cancels", [True, False])
async def test_no_sleeper_is_left_when_nobody_waits(cancels: bool) -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("far", after=100)
    before = asyncio.all_tasks()
    taking = asyncio.create_task(taken(agenda))
    await breathe()
    if cancels:
        taking.cancel()
    else:
        agenda.put("near")
        await taking
        agenda.close()
    await breathe()
    assert asyncio.all_tasks() == before
    assert not clock.waited_for


async def test_who_has_no_hands_free_is_not_woken_by_time() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("a", after=1)
    await agenda.wait(timely=False)  # that something was put
    waiting = asyncio.create_task(agenda.wait(timely=False))
    await clock.advance(5)
    assert not waiting.done()
    agenda.stir()
    await waiting
    assert agenda.due() == "a"


async def test_a_taker_of_an_empty_agenda_waits_for_the_first_key() -> None:
    agenda = Agenda(HeldClock())
    taking = asyncio.create_task(taken(agenda))
    await breathe()
    assert not taking.done()
    agenda.put("a")
    assert await taking == "a"


async def test_of_those_due_a_lower_rank_goes_first_even_if_due_later() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("progress", rank=1)
    clock.jump(1)
    agenda.put("final", rank=0)
    assert await drained(agenda, 2) == ["final", "progress"]


async def test_a_key_that_is_due_already_still_gets_a_better_rank() -> None:
    # a card that waits in a backlog of progress became final: it must not keep its old rank
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("other", rank=1)
    agenda.put("mine", rank=1)
    clock.jump(1)
    agenda.put("mine", rank=0)
    assert await drained(agenda, 2) == ["mine", "other"]
    assert len(agenda) == 0


async def test_a_taker_that_gives_up_takes_nothing_along() -> None:
    clock = HeldClock()
    agenda = Agenda(clock)
    agenda.put("a", after=5)
    taking = asyncio.create_task(taken(agenda))
    await breathe()
    taking.cancel()
    await breathe()
    clock.jump(5)
    assert await taken(agenda) == "a"


async def test_a_wait_in_the_past_is_due_now() -> None:
    agenda = Agenda(HeldClock())
    agenda.put("a", after=-5)
    assert await taken(agenda) == "a"


async def test_four_thousand_keys_due_at_once_are_taken_each_once() -> None:
    # after a restart every unfinished generation is due at once
    agenda = Agenda(HeldClock())
    for number in range(4000):
        agenda.put(str(number), rank=number % 2)
    taken = await drained(agenda, 4000)
    assert len(set(taken)) == 4000
