"""Cancel, delete, look: by owner, stranger and moderator, in every fate, twice at once."""

import asyncio
import contextlib
from typing import Any

import pytest

from bot.cards.ports import Unshowable
from bot.generation.card import CardState
from bot.generation.model import FINAL, Fate, Generation, Output
from bot.generation.ports import Acknowledged, Delayed
from bot.refusals import (
    AlreadyAsked,
    CannotCancel,
    CannotShow,
    NoSuchGeneration,
    NotAllowed,
    Refusal,
    ScenarioSilent,
    TooLate,
)
from bot.scenario.api.errors import BadInput, ScenarioError, Unavailable, Unreachable
from bot.scenario.api.records import JobState
from bot.service.service import Actor
from tests.support.bench import Bench
from tests.support.builders import MODERATOR, OWNER, STRANGER, a_caller, a_generation, a_job, running
from tests.support.clock import until

ME = Actor(id=OWNER, moderator=False)
THEM = Actor(id=STRANGER, moderator=False)
MOD = Actor(id=MODERATOR, moderator=True)


async def watched(bench: Bench, **changes: Any) -> None:
    bench.studio.put(a_job("job_1001"))
    await bench.put(running(**changes))


# -- who may ------------------------------------------------------------------------------------------


async def test_a_stranger_may_neither_cancel_nor_delete(bench: Bench) -> None:
    await watched(bench)
    for act in (bench.service.acting.cancel, bench.service.acting.delete, bench.service.acting.deletable):
        with pytest.raises(NotAllowed) as caught:
            await act("1001", THEM)
        assert caught.value.owner_id == OWNER
    assert (await bench.get()).fate is Fate.RUNNING
    assert bench.delivery.erased == []


@pytest.mark.parametrize("actor", [ME, MOD])
async def test_the_owner_and_a_moderator_may_do_both(bench: Bench, actor: Actor) -> None:
    await watched(bench)
    await bench.service.acting.cancel("1001", actor)
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    await bench.service.acting.deletable("1001", actor)
    await bench.service.acting.delete("1001", actor)
    assert bench.delivery.erased == ["1001"]


async def test_what_does_not_exist_is_told_so(bench: Bench) -> None:
    for act in (bench.service.acting.cancel, bench.service.acting.delete):
        with pytest.raises(NoSuchGeneration):
            await act("404", ME)


async def test_a_private_generation_is_for_its_owners_eyes(bench: Bench) -> None:
    await bench.put(running(private=True))
    assert (await bench.service.showing.look("1001", a_caller(guild_id=None))).id == "1001"
    for viewer in (STRANGER, MODERATOR):
        with pytest.raises(NoSuchGeneration):
            await bench.service.showing.look("1001", a_caller(owner_id=viewer))


async def test_a_public_one_is_for_its_servers_eyes(bench: Bench) -> None:
    await bench.put(running())
    assert (await bench.service.showing.look("1001", a_caller(owner_id=STRANGER))).id == "1001"
    for elsewhere in (None, 43):
        with pytest.raises(NoSuchGeneration):
            await bench.service.showing.look("1001", a_caller(owner_id=STRANGER, guild_id=elsewhere))


async def test_outside_of_servers_a_public_one_is_for_its_channels_eyes(bench: Bench) -> None:
    await bench.put(running(guild_id=None, channel_id=5))
    there = a_caller(owner_id=STRANGER, guild_id=None, channel_id=5)
    assert (await bench.service.showing.look("1001", there)).id == "1001"
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.look("1001", a_caller(owner_id=STRANGER, guild_id=None, channel_id=6))


# -- show ---------------------------------------------------------------------------------------------


async def acknowledged() -> Acknowledged:
    return Acknowledged(message_id=777, ephemeral=False)


async def made(bench: Bench, **changes: Any) -> None:
    fields: dict[str, Any] = {"fate": Fate.SUCCEEDED, "revision": 3, "shown_revision": 3, "token": None}
    bench.studio.put(a_job("job_1001", state=JobState.SUCCEEDED, asset_ids=("a",)))
    await bench.put(running(outputs=(Output(asset_id="a"),), **{**fields, **changes}))


async def test_what_has_no_card_gets_one_where_its_owner_asks(bench: Bench) -> None:
    await made(bench, card=CardState.KEPT)
    origin = a_caller("2002", channel_id=9, attachment_limit=5)
    await bench.service.showing.show(origin, await bench.get(), acknowledged)
    moved = await bench.get()
    assert (moved.card_state, moved.card.message_id, moved.card.channel_id) == (CardState.LIVE, 777, 9)
    assert (moved.card.token, moved.card.attachment_limit) == ("token-2002", 5)
    assert [one.id for one in await bench.store.unsettled()] == ["1001"]  # also after a death


@pytest.mark.parametrize(
    ("card", "who"), [(CardState.SETTLED, OWNER), (CardState.SETTLED, STRANGER), (CardState.KEPT, STRANGER)]
)
async def test_anything_else_is_copied_and_its_card_stays_where_it_is(
    bench: Bench, card: CardState, who: int
) -> None:
    await made(bench, card=card)
    before = await bench.get()
    await bench.service.showing.show(a_caller("2002", owner_id=who), before, acknowledged)
    assert await bench.get() == before
    ((copied, files),) = bench.delivery.copies
    assert (copied.card.token, copied.card.message_id, len(files)) == ("token-2002", 777, 1)


async def test_one_member_is_shown_one_at_a_time(bench: Bench) -> None:
    await made(bench, card=CardState.SETTLED)
    shown = await bench.get()
    asked = (bench.service.showing.show(a_caller(id_), shown, acknowledged) for id_ in ("2002", "2003"))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in told if one is not None] == [AlreadyAsked]
    assert len(bench.delivery.copies) == 1


@pytest.mark.parametrize("refusal", [None, Unshowable("403")])
async def test_the_next_is_shown_once_the_last_one_is_over(bench: Bench, refusal: Unshowable | None) -> None:
    await made(bench, card=CardState.SETTLED)
    bench.delivery.trouble.append(refusal)
    with contextlib.suppress(CannotShow):
        await bench.service.showing.show(a_caller("2002"), await bench.get(), acknowledged)
    copies = len(bench.delivery.copies)
    await bench.service.showing.show(a_caller("2003"), await bench.get(), acknowledged)
    assert len(bench.delivery.copies) == copies + 1


@pytest.mark.parametrize(
    ("scenario", "discord", "told"),
    [(Unavailable("502"), None, ScenarioSilent), (None, Delayed("503"), Delayed)],
)
async def test_who_is_silent_is_told_of_a_copy_that_does_not_come(
    bench: Bench, scenario: ScenarioError | None, discord: Delayed | None, told: type[Exception]
) -> None:
    await made(bench, card=CardState.SETTLED)
    bench.studio.fail("fetch", scenario)
    bench.delivery.trouble.append(discord)
    with pytest.raises(told):
        await bench.service.showing.show(a_caller("2002"), await bench.get(), acknowledged)


async def test_a_copy_speaks_the_language_of_where_it_is_shown_and_the_card_goes_on_in_its_own(
    bench: Bench,
) -> None:
    await made(bench, card=CardState.SETTLED)
    origin = a_caller("2002", owner_id=STRANGER, locale="fr")
    await bench.service.showing.show(origin, await bench.get(), acknowledged)
    ((copied, _),) = bench.delivery.copies
    assert (copied.origin.locale, (await bench.get()).origin.locale) == ("fr", "en-US")


async def test_what_is_under_way_is_ones_own_and_not_over(bench: Bench) -> None:
    await bench.put(running())
    await bench.put(running(id="1002", owner_id=STRANGER, job_id="other"))
    await bench.put(running(id="1003", fate=Fate.SUCCEEDED, job_id="done"))
    assert [one.id for one in await bench.service.showing.under_way(OWNER)] == ["1001"]
    assert {one.id for one in await bench.service.showing.recent(OWNER)} == {"1001", "1003"}


# -- cancel -------------------------------------------------------------------------------------------


async def test_before_the_purchase_a_cancel_is_at_once_and_free(bench: Bench) -> None:
    await bench.put(a_generation())
    canceled = await bench.service.acting.cancel("1001", MOD)
    assert (canceled.fate, canceled.canceled_by, canceled.bought) == (Fate.CANCELED, MODERATOR, False)
    await bench.step()
    assert bench.studio.posts == []


@pytest.mark.parametrize("fate", [Fate.SUBMITTING, Fate.UNCERTAIN])
async def test_while_it_may_be_bought_a_cancel_is_noted(bench: Bench, fate: Fate) -> None:
    await bench.put(a_generation(fate=fate))
    noted = await bench.service.acting.cancel("1001", ME)
    assert (noted.fate, noted.canceled_by) == (fate, OWNER)


async def test_a_running_job_is_canceled_at_scenario(bench: Bench) -> None:
    await watched(bench)
    answered = await bench.service.acting.cancel("1001", ME)
    assert answered.fate is Fate.RUNNING  # the card shows what comes of it
    assert bench.studio.world["job_1001"].state is JobState.CANCELED
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED


@pytest.mark.parametrize("fate", sorted(FINAL))
async def test_what_is_over_cannot_be_canceled(bench: Bench, fate: Fate) -> None:
    await bench.put(a_generation(fate=fate))
    with pytest.raises(TooLate):
        await bench.service.acting.cancel("1001", ME)
    assert bench.studio.calls == []


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (BadInput("cannot"), CannotCancel),
        (Unavailable("502"), ScenarioSilent),
        (Unreachable("no route"), ScenarioSilent),
    ],
)
async def test_a_cancel_that_scenario_does_not_do_says_so_and_the_result_arrives(
    bench: Bench, error: ScenarioError, refusal: type[Refusal]
) -> None:
    await watched(bench)
    bench.studio.fail("cancel", error)
    with pytest.raises(refusal):
        await bench.service.acting.cancel("1001", ME)
    bench.studio.finish("job_1001")
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED


async def test_a_job_that_ended_in_the_meantime_is_too_late_and_its_result_arrives(bench: Bench) -> None:
    await watched(bench)
    bench.studio.finish("job_1001")
    with pytest.raises(TooLate):
        await bench.service.acting.cancel("1001", ME)
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED


@pytest.mark.parametrize("fate", [Fate.REQUESTED, Fate.SUBMITTING, Fate.UNCERTAIN, Fate.RUNNING])
async def test_a_cancel_twice_at_once_does_no_harm(bench: Bench, fate: Fate) -> None:
    bench.studio.put(a_job("job_1001"))
    await bench.put(a_generation(fate=fate, job_id="job_1001" if fate is Fate.RUNNING else None))
    answers = await asyncio.gather(
        bench.service.acting.cancel("1001", ME),
        bench.service.acting.cancel("1001", MOD),
        return_exceptions=True,
    )
    assert all(not isinstance(one, BaseException) or isinstance(one, TooLate) for one in answers)
    assert any(not isinstance(one, BaseException) for one in answers)


async def test_a_cancel_in_the_instant_of_the_submission_reaches_the_job(bench: Bench) -> None:
    await bench.put(a_generation())
    await asyncio.gather(bench.step(), bench.service.acting.cancel("1001", ME), return_exceptions=True)
    for _ in range(3):
        await bench.step()
    ended = await bench.get()
    assert ended.fate is Fate.CANCELED
    active = [job for job in bench.studio.world.values() if job.state is JobState.ACTIVE]
    assert active == []


async def test_a_cancel_while_the_jobs_id_is_being_written_reaches_the_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.put(a_generation())
    answered, save = bench.studio.hold("submit"), bench.store.save
    step = asyncio.create_task(bench.step())
    await bench.studio.sent.wait()

    async def late(before: Generation, after: Generation, **more: Any) -> Generation | None:
        if after.canceled_by is not None:  # it read a POST under way; now its answer is quicker
            answered.set()
            await step
        return await save(before, after, **more)

    monkeypatch.setattr(bench.store, "save", late)
    await bench.service.acting.cancel("1001", ME)
    assert [job.state for job in bench.studio.world.values()] == [JobState.CANCELED]
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED


# -- delete -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", list(Fate))
async def test_deleting_keeps_the_record_in_every_fate(bench: Bench, fate: Fate) -> None:
    job = "job_1001" if fate in {Fate.RUNNING, Fate.SUCCEEDED} else None
    await bench.put(a_generation(fate=fate, job_id=job))
    await bench.service.acting.delete("1001", ME)
    after = await bench.get()
    assert (after.card_state, after.fate) == (CardState.KEPT, fate)
    assert bench.delivery.erased == ["1001"]


async def test_a_deleted_card_of_a_running_job_lets_it_run_to_its_end(bench: Bench) -> None:
    await watched(bench)
    await bench.service.acting.delete("1001", ME)
    bench.studio.finish("job_1001")
    await bench.step()
    after = await bench.get()
    assert (after.fate, after.card_state) == (Fate.SUCCEEDED, CardState.KEPT)


async def test_a_deleted_card_of_an_unbought_request_buys_nothing(bench: Bench) -> None:
    await bench.put(a_generation())
    await bench.service.acting.delete("1001", ME)
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.posts == []


async def test_deleting_twice_at_once_does_no_harm(bench: Bench) -> None:
    await bench.put(running())
    await asyncio.gather(bench.service.acting.delete("1001", ME), bench.service.acting.delete("1001", MOD))
    assert (await bench.get()).card_state is CardState.KEPT


async def test_a_message_that_somebody_deleted_already_is_deleted(bench: Bench) -> None:
    await bench.put(running())
    bench.delivery.trouble.append(Unshowable("gone", deleted=True))
    await bench.service.acting.delete("1001", ME)
    assert (await bench.get()).card_state is CardState.KEPT


@pytest.mark.parametrize("trouble", [Unshowable("no way"), Delayed("503")])
async def test_a_message_that_cannot_be_deleted_leaves_the_card_as_it_was(
    bench: Bench, trouble: Exception
) -> None:
    await bench.put(running())
    bench.delivery.trouble.append(trouble)
    with pytest.raises(type(trouble)):
        await bench.service.acting.delete("1001", ME)
    assert (await bench.get()).card_state is CardState.LIVE


async def test_a_card_that_settles_while_it_is_deleted_is_kept_all_the_same(bench: Bench) -> None:
    row = await bench.put(a_generation(fate=Fate.CANCELED))
    gate = bench.delivery.gate = asyncio.Event()
    deleting = asyncio.create_task(bench.service.acting.delete("1001", ME))
    await until(lambda: bench.delivery.held, "Discord to be asked")
    await bench.store.save(row, a_generation(fate=Fate.CANCELED, card=CardState.SETTLED))
    gate.set()
    await deleting
    assert (await bench.get()).card_state is CardState.KEPT
