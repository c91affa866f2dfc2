"""The service where something comes between: a moving row, a full disk, a private place."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.generation.card import CardState
from bot.generation.member_files import FILE_CAP
from bot.generation.model import Fate, Generation
from bot.generation.ports import Acknowledged
from bot.refusals import FileTooLarge, NotHere
from bot.request.ask import Ask, InputFile
from bot.service.asking import RUSH
from bot.service.service import Actor, Policy
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, OWNER, a_caller, a_generation, running
from tests.support.faulty import FaultyStore

ME = Actor(id=OWNER, moderator=False)
CAT = Ask(prompt="a cat")
Woken = list[tuple[str, float]]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        await one.process.catalogue.refresh()
        await one.process.catalogue.read(MODEL)
        yield one


def woken(loop: Any, monkeypatch: pytest.MonkeyPatch) -> Woken:
    """Whom a loop is asked to look at, and after how many seconds."""
    seen: Woken = []

    def wake(generation_id: str, *, after: float = 0.0) -> None:
        seen.append((generation_id, after))

    monkeypatch.setattr(loop, "wake", wake)
    return seen


async def test_what_the_disk_did_not_take_is_looked_at_in_a_second(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = FaultyStore(bench.store)
    bench.store = faulty
    bench.reborn()
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)
    seen = woken(bench.fates, monkeypatch)
    faulty.fail("save", OSError("full"))
    asked = await bench.service.asking.request(a_caller(), CAT, bench.acknowledge)
    assert asked is not None
    assert seen == [("1001", 1.0)]


async def test_in_a_rush_the_card_waits_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = woken(bench.cards, monkeypatch)

    async def nested() -> Acknowledged:
        await bench.service.asking.request(a_caller("1002"), CAT, bench.acknowledge)
        return Acknowledged(message_id=1, ephemeral=False)

    await bench.service.asking.request(a_caller("1001"), CAT, nested)
    assert seen[0] == ("1002", RUSH)


async def test_again_of_a_private_card_is_private(bench: Bench) -> None:
    await bench.put(running(fate=Fate.SUCCEEDED, private=True))
    again = await bench.service.asking.again(a_caller("2002"), "1001", bench.acknowledge, private=True)
    assert again is not None
    assert again.card.private


async def test_a_file_that_is_too_large_is_named_with_its_size(bench: Bench) -> None:
    given = InputFile(role="image", filename="big.png", size=FILE_CAP + 1)
    with pytest.raises(FileTooLarge) as raised:
        await bench.service.asking.request(a_caller(), replace(CAT, files=(given,)), bench.acknowledge)
    assert vars(raised.value)["size"] == FILE_CAP + 1


async def test_a_card_that_comes_back_can_be_edited_by_its_new_token(bench: Bench) -> None:
    await bench.put(running(fate=Fate.SUCCEEDED, card=CardState.KEPT))
    await bench.service.showing.show(a_caller("2002"), await bench.get(), bench.acknowledge)
    card = (await bench.get()).card
    assert (card.token, card.token_alive(bench.clock.now())) == ("token-2002", True)


def test_direct_messages_are_served_beside_a_list_only_where_that_is_said() -> None:
    with pytest.raises(NotHere):
        Policy(guild_ids=frozenset({1})).check_served(None, dm=True)
    Policy(guild_ids=frozenset({1}), allow_dms=True).check_served(None, dm=True)


async def test_a_cancel_of_what_proves_not_to_be_bought_this_very_moment_ends_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = a_generation(fate=Fate.UNCERTAIN)
    await bench.put(silent)
    save = bench.store.save

    async def late(before: Generation, after: Generation, **more: Any) -> Generation | None:
        monkeypatch.undo()
        await save(silent, replace(silent, fate=Fate.REQUESTED))
        return await save(before, after, **more)

    monkeypatch.setattr(bench.store, "save", late)
    canceled = await bench.service.acting.cancel("1001", ME)
    assert (canceled.fate, canceled.canceled_by) == (Fate.CANCELED, OWNER)
