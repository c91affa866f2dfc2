"""A card that was taken away: by whose hand, who may bring it back, and what else is closed with it."""

from typing import Any

import pytest

from bot.actions.actions import Place
from bot.cards.ports import Unshowable
from bot.generation.card import CardState, Removal
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Acknowledged
from bot.refusals import CannotShow, NoSuchGeneration, Refusal, Removed
from bot.service.service import Actor, Caller, shows_privately
from tests.support.bench import Bench
from tests.support.builders import CHANNEL, MODERATOR, OWNER, STRANGER, a_caller, changed, running

ME = Actor(id=OWNER, moderator=False)
MOD = Actor(id=MODERATOR, moderator=True)
HANDS = list(Removal)


async def sees(channel_id: int) -> bool:
    del channel_id
    return True


def origin(owner_id: int, *, moderates: bool = False, **changes: Any) -> Caller:
    return a_caller("2002", owner_id=owner_id, moderates=lambda: moderates, sees=sees, **changes)


OWNERS = origin(OWNER)
STRANGERS = origin(STRANGER)
MODERATORS = origin(MODERATOR, moderates=True)
ELSEWHERE = origin(MODERATOR, moderates=True, guild_id=43)


async def put(bench: Bench, **changes: Any) -> None:
    outputs = (Output(asset_id="asset_a"),)
    made: dict[str, Any] = {"fate": Fate.SUCCEEDED, "card": CardState.SETTLED, "outputs": outputs}
    await bench.put(running(**{**made, **changes}))


async def gone(bench: Bench, removed: Removal, **changes: Any) -> None:
    await put(bench, **{"card": CardState.KEPT, "removed": removed, **changes})


async def shown_to(bench: Bench, where: Caller) -> Generation:
    """/show, as the command does it."""
    generation = await bench.service.showing.look("1001", where)
    private = shows_privately(generation, where)

    async def acknowledge() -> Acknowledged:
        return Acknowledged(message_id=80_000, ephemeral=private)

    await bench.service.showing.show(where, generation, acknowledge)
    return await bench.get()


# -- whose hand it was ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("actor", "by"), [(ME, Removal.OWNER), (MOD, Removal.MODERATOR)])
async def test_delete_keeps_whose_word_it_was(bench: Bench, actor: Actor, by: Removal) -> None:
    await put(bench)
    assert await bench.service.acting.delete("1001", actor) is by
    assert ((await bench.get()).card_state, (await bench.get()).card.removed) == (CardState.KEPT, by)


@pytest.mark.parametrize("removed", [Removal.MODERATOR, Removal.SOMEBODY])
async def test_a_delete_by_its_owner_makes_no_moderators_word_a_lesser_one(
    bench: Bench, removed: Removal
) -> None:
    await gone(bench, removed)
    assert await bench.service.acting.delete("1001", ME) is removed
    assert (await bench.get()).card.removed is removed


async def test_an_owners_delete_that_the_card_loop_notices_first_is_the_owners(bench: Bench) -> None:
    await bench.put(running())
    before = await bench.get()

    async def noticed(generation: Generation) -> None:
        del generation
        await bench.store.save(before, changed(before, card=CardState.KEPT, removed=Removal.SOMEBODY))

    bench.delivery.erase = noticed
    await bench.service.acting.delete("1001", ME)
    assert (await bench.get()).card.removed is Removal.OWNER


@pytest.mark.parametrize(
    ("changes", "by"),
    [({}, Removal.SOMEBODY), ({"private": True}, Removal.OWNER), ({"guild_id": None}, Removal.OWNER)],
)
async def test_what_is_deleted_in_discord_is_noticed_by_the_card_loop(
    bench: Bench, changes: dict[str, Any], by: Removal
) -> None:
    await bench.put(running(revision=3, **changes))
    bench.delivery.trouble.append(Unshowable("10008", deleted=True))
    await bench.cards.step("1001")
    assert ((await bench.get()).card_state, (await bench.get()).card.removed) == (CardState.KEPT, by)


async def test_what_only_cannot_be_shown_nobody_took_away(bench: Bench) -> None:
    await put(bench, card=CardState.LIVE)
    bench.delivery.trouble.append(Unshowable("closed"))
    await bench.cards.step("1001")
    assert ((await bench.get()).card_state, (await bench.get()).card.removed) == (CardState.KEPT, None)


async def test_a_settled_card_that_was_deleted_in_discord_is_noticed_when_it_is_asked_for(
    bench: Bench,
) -> None:
    await put(bench)
    bench.delivery.gone.add(70_000)
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.look("1001", STRANGERS)
    after = await bench.get()
    assert (after.card_state, after.card.removed) == (CardState.KEPT, Removal.SOMEBODY)
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.given(Place("1001"), STRANGERS, "image")


# -- who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("removed", HANDS)
async def test_for_others_it_is_not_there_in_any_way(bench: Bench, removed: Removal) -> None:
    await gone(bench, removed)
    for where in (STRANGERS, ELSEWHERE):
        for act in (
            bench.service.showing.look("1001", where),
            bench.service.showing.given(Place("1001"), where, "image"),
            bench.service.showing.originals("1001", where),
            bench.service.asking.again(where, "1001", bench.acknowledge, private=False),
        ):
            with pytest.raises(NoSuchGeneration):
                await act
    assert await bench.store.get("2002") is None


async def test_to_its_owner_a_moderators_removal_is_said_and_it_stays(bench: Bench) -> None:
    await gone(bench, Removal.MODERATOR)
    for act in (
        bench.service.showing.look("1001", OWNERS),
        bench.service.showing.given(Place("1001"), OWNERS, "image"),
        bench.service.showing.originals("1001", OWNERS),
        bench.service.asking.again(OWNERS, "1001", bench.acknowledge, private=False),
    ):
        with pytest.raises(Removed):
            await act


async def test_its_owner_takes_back_the_owners_own_word_in_public(bench: Bench) -> None:
    await gone(bench, Removal.OWNER)
    after = await shown_to(bench, OWNERS)
    assert (after.card_state, after.card.removed, after.card.private) == (CardState.LIVE, None, False)


async def test_of_what_was_deleted_in_discord_its_owner_gets_it_alone_and_it_stays_so(bench: Bench) -> None:
    await gone(bench, Removal.SOMEBODY)
    after = await shown_to(bench, OWNERS)
    shown = (after.card_state, after.card.removed, after.card.private)
    assert shown == (CardState.LIVE, Removal.SOMEBODY, True)
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.look("1001", STRANGERS)


@pytest.mark.parametrize("removed", [Removal.MODERATOR, Removal.SOMEBODY])
async def test_a_moderator_of_its_server_brings_it_back_for_everybody(bench: Bench, removed: Removal) -> None:
    await gone(bench, removed)
    after = await shown_to(bench, MODERATORS)
    assert after.card.removed is None
    assert not bench.delivery.copies[0][0].card.private
    assert await bench.service.showing.look("1001", STRANGERS)


async def test_a_moderator_does_not_take_back_what_its_owner_took_away(bench: Bench) -> None:
    await gone(bench, Removal.OWNER)
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.look("1001", MODERATORS)


async def test_what_was_removed_before_it_was_bought_is_not_bought(bench: Bench) -> None:
    await bench.put(running(fate=Fate.REQUESTED, job_id=None, cu=None, submitted_at=None, revision=2))
    await bench.service.acting.delete("1001", MOD)
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.posts == []


# -- /show that Discord takes nothing of -----------------------------------------------------------------


async def test_a_show_that_discord_takes_nothing_of_is_answered_in_words(bench: Bench) -> None:
    await put(bench)
    bench.delivery.trouble.append(Unshowable("refused"))
    with pytest.raises(CannotShow) as refusal:
        await shown_to(bench, OWNERS)
    assert isinstance(refusal.value, Refusal)
    assert (await bench.get()).card_state is CardState.SETTLED


async def test_a_show_whose_answer_is_gone_has_nobody_to_tell(bench: Bench) -> None:
    await put(bench, channel_id=CHANNEL)
    bench.delivery.trouble.append(Unshowable("10008", deleted=True))
    await shown_to(bench, OWNERS)
