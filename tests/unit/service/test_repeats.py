"""The two presses of a double click are one."""

from datetime import timedelta

import pytest

from bot.generation.holding import Alone
from bot.refusals import AlreadyAsked
from bot.service.repeats import Presses
from tests.support.clock import HeldClock

AGAIN = (7, "again:1001")


@pytest.mark.parametrize(("later", "one"), [(0.0, True), (1.9, True), (2.0, False)])
async def test_two_presses_within_two_seconds_are_one(later: float, one: bool) -> None:
    clock = HeldClock()
    presses = Presses(clock)
    await presses.once(AGAIN)
    clock.jump(later)
    if one:
        with pytest.raises(AlreadyAsked):
            await presses.once(AGAIN)
    else:
        await presses.once(AGAIN)


async def test_another_button_and_another_member_are_presses_of_their_own() -> None:
    presses = Presses(HeldClock())
    for press in (AGAIN, (8, "again:1001"), (7, "original:1001")):
        await presses.once(press)


async def test_what_came_to_nothing_may_be_tried_at_once_and_old_presses_are_forgotten() -> None:
    clock = HeldClock()
    presses = Presses(clock)
    await presses.once(AGAIN)
    await presses.forget(AGAIN)
    await presses.forget(AGAIN)
    await presses.once(AGAIN)
    clock.jump(2)
    await presses.once((8, "again:1001"))
    assert list(vars(presses)["_pressed"]) == [(8, "again:1001")]


class Beside(Alone):
    """Another process on the database claimed a press at the beginning."""

    def __init__(self, clock: HeldClock) -> None:
        super().__init__()
        self._clock, self._claimed = clock, clock.now()

    async def first(self, press: str, within: timedelta) -> bool:
        return self._clock.now() - self._claimed >= within


async def test_what_another_process_refused_begins_no_two_seconds_here() -> None:
    clock = HeldClock()
    presses = Presses(clock, Beside(clock))
    clock.jump(1.9)
    with pytest.raises(AlreadyAsked):
        await presses.once(AGAIN)
    clock.jump(0.1)  # two seconds after the one that counts
    await presses.once(AGAIN)
    with pytest.raises(AlreadyAsked):
        await presses.once(AGAIN)
