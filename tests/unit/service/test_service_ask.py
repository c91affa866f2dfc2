"""Asking: what memory can refuse is refused, then record, acknowledge, and only then spend."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.catalogue import ModelFault
from bot.catalogue.tasks import Task
from bot.generation.card import CardState
from bot.generation.model import Fate, Generation
from bot.generation.ports import Acknowledged, Guard
from bot.refusals import (
    AlreadyAsked,
    AlreadyRecorded,
    InvalidInputs,
    Limit,
    LimitReached,
    ModelUnusable,
    NoDefaultModel,
    NoSuchGeneration,
    NotHere,
    Refusal,
    Restarting,
    UnknownModel,
)
from bot.request.ask import Ask
from bot.schema.inputs import Constraint
from bot.service.asking import RUSH
from bot.service.service import NotAcknowledged, Policy
from bot.vocabulary import Medium
from tests.support.bench import Bench, a_bench
from tests.support.builders import GUILD, MODEL, STRANGER, a_caller, a_model, running
from tests.support.faulty import FaultyStore

CAT = Ask(prompt="a cat")


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    """With a catalogue that is loaded and knows the model's schema."""
    async with a_bench() as made:
        await warm(made)
        yield made


async def warm(bench: Bench) -> None:
    await bench.process.catalogue.refresh()
    for model_id in bench.studio.catalogued:
        await bench.process.catalogue.read(model_id)
    bench.studio.calls.clear()


async def ask(bench: Bench, id_: str = "1001", request: Ask = CAT, **options: Any) -> Generation | None:
    return await bench.service.asking.request(a_caller(id_), request, bench.acknowledge, **options)


def never() -> Any:
    raise AssertionError("acknowledged what was to be refused")


async def refused(bench: Bench, request: Ask = CAT, **options: Any) -> Refusal:
    """The refusal, with nothing acknowledged, recorded or asked of Scenario."""
    with pytest.raises(Refusal) as caught:
        await bench.service.asking.request(a_caller(), request, never, **options)
    assert await bench.store.get("1001") is None
    assert bench.studio.calls == []
    return caught.value


# -- the good way -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-3, 0, 3])
async def test_a_token_lives_from_when_it_was_heard_of_whatever_discords_clock_says(hours: int) -> None:
    """A machine whose clock is ahead took every token for dead, and the answer stood there thinking."""
    async with a_bench() as bench:
        await warm(bench)
        bench.clock.jump(hours * 3600)  # Discord's snowflakes know nothing of it
        saved = await ask(bench)
        assert saved is not None
        assert saved.card.token_expires_at is not None
        assert timedelta(minutes=14) < saved.card.token_expires_at - bench.clock.now() < timedelta(minutes=15)


async def test_a_request_is_recorded_acknowledged_and_handed_to_the_loops(bench: Bench) -> None:
    saved = await ask(bench, spoiler=True)
    assert saved is not None
    assert saved == await bench.get()
    assert (saved.fate, saved.card_state, saved.card.message_id) == (Fate.REQUESTED, CardState.LIVE, 70_000)
    assert (saved.model_id, saved.model_name, saved.spoiler) == (MODEL, "Flux", True)
    assert saved.inputs is not None
    assert saved.inputs["prompt"] == "a cat"
    assert "seed" in saved.inputs
    await bench.step()
    assert len(bench.studio.posts) == 1


@pytest.mark.parametrize(
    ("task", "medium"),
    [
        (Task.IMAGINE, Medium.IMAGE),
        (Task.EDIT, Medium.IMAGE),
        (Task.VIDEO, Medium.VIDEO),
        (Task.SPEECH, Medium.AUDIO),
        (Task.THREE_D, Medium.THREE_D),
        (Task.GENERATE, Medium.IMAGE),
    ],
)
async def test_a_request_is_of_its_commands_medium_before_any_model_is_known(
    task: Task, medium: Medium
) -> None:
    async with a_bench() as bench:
        saved = await ask(bench, task=task, model_id="model_tomorrow")
    assert saved is not None
    assert (saved.command, saved.medium) == (task.value, medium)


async def test_the_universal_door_is_of_its_models_medium(bench: Bench) -> None:
    film = a_model("model_film", name="Film", capabilities=("txt2video",))
    bench.studio.catalogued["model_film"] = film
    await warm(bench)
    saved = await ask(bench, task=Task.GENERATE, model_id="model_film")
    assert saved is not None
    assert saved.medium is Medium.VIDEO


async def test_it_is_on_record_before_discord_is_answered(bench: Bench) -> None:
    seen: list[CardState] = []

    async def acknowledge() -> Acknowledged:
        seen.append((await bench.get()).card.state)
        return Acknowledged(message_id=1, ephemeral=False)

    await bench.service.asking.request(a_caller(), CAT, acknowledge)
    assert seen == [CardState.UNACKNOWLEDGED]


async def test_no_network_is_waited_for_before_the_acknowledgement(bench: Bench) -> None:
    await ask(bench)
    assert bench.studio.calls == []


async def test_a_seed_of_the_members_is_kept(bench: Bench) -> None:
    saved = await ask(bench, request=replace(CAT, seed=5))
    assert saved is not None
    assert saved.inputs == {"prompt": "a cat", "seed": 5}


@pytest.mark.parametrize("named", [MODEL, "flux", "FLUX", " Flux "])
async def test_a_model_is_found_by_its_id_or_its_name(bench: Bench, named: str) -> None:
    saved = await ask(bench, model_id=named)
    assert saved is not None
    assert saved.model_id == MODEL


@pytest.mark.parametrize(("asked", "forced"), [(True, False), (False, True), (True, True)])
async def test_private_is_what_was_asked_for_or_forced_by_discord(
    bench: Bench, asked: bool, forced: bool
) -> None:
    async def acknowledge() -> Acknowledged:
        return Acknowledged(message_id=1, ephemeral=forced)

    await bench.service.asking.request(a_caller(), CAT, acknowledge, private=asked)
    assert (await bench.get()).card.private


# -- refusals from memory -----------------------------------------------------------------------------


async def test_a_server_that_is_not_served_is_refused(bench: Bench) -> None:
    bench.reborn(policy=Policy(guild_ids=frozenset({1})))
    assert isinstance(await refused(bench), NotHere)


@pytest.mark.parametrize(
    ("allowed", "guild", "served"),
    [
        (frozenset[int](), None, True),
        (frozenset[int](), GUILD, True),
        (frozenset({GUILD}), GUILD, True),
        (frozenset({GUILD}), None, False),
        (frozenset({1}), GUILD, False),
    ],
)
async def test_the_list_of_servers_is_for_all_when_empty_and_leaves_out_direct_messages(
    bench: Bench, allowed: frozenset[int], guild: int | None, served: bool
) -> None:
    service = bench.reborn(policy=Policy(guild_ids=allowed)).service
    if served:
        service.policy.check_served(guild)
    else:
        with pytest.raises(NotHere):
            service.policy.check_served(guild)


@pytest.mark.parametrize(
    ("allowed", "dms", "dm", "served"),
    [
        (frozenset({1}), True, True, True),
        (frozenset({1}), True, False, False),  # a group of people is no direct message
        (frozenset({1}), False, True, False),
        (frozenset[int](), False, False, True),
    ],
)
async def test_direct_messages_are_served_beside_a_list_where_that_is_set(
    bench: Bench, allowed: frozenset[int], dms: bool, dm: bool, served: bool
) -> None:
    bench.reborn(policy=Policy(guild_ids=allowed, allow_dms=dms))
    origin = a_caller(guild_id=None, dm=dm)
    if served:
        assert await bench.service.asking.request(origin, CAT, bench.acknowledge) is not None
    else:
        with pytest.raises(NotHere):
            await bench.service.asking.request(origin, CAT, bench.acknowledge)


async def test_a_process_that_ends_takes_nothing_new(bench: Bench) -> None:
    bench.service.asking.close()
    assert isinstance(await refused(bench), Restarting)


async def test_an_unknown_model_is_refused_with_those_that_look_alike(bench: Bench) -> None:
    refusal = await refused(bench, model_id="Fluks")
    assert isinstance(refusal, UnknownModel)
    assert refusal.given == "Fluks"


async def test_a_deprecated_model_is_refused_with_its_replacement(bench: Bench) -> None:
    bench.studio.catalogued["model_old"] = a_model("model_old", name="Old", tags=("deprecated:model_flux",))
    await warm(bench)
    refusal = await refused(bench, model_id="model_old")
    assert isinstance(refusal, ModelUnusable)
    assert (refusal.fault, refusal.detail) == (ModelFault.DEPRECATED, "Flux")


async def test_inputs_that_the_model_does_not_take_are_refused(bench: Bench) -> None:
    refusal = await refused(bench, request=replace(CAT, count=3, negative_prompt="dogs"))
    assert isinstance(refusal, InvalidInputs)
    assert {(one.label, one.rule) for one in refusal.problems} == {
        ("negative_prompt", Constraint.UNKNOWN),
    }


async def test_no_default_model_is_refused_once_the_catalogue_is_sure(bench: Bench) -> None:
    bench.studio.catalogued.clear()
    bench.reborn()
    await warm(bench)
    assert isinstance(await refused(bench), NoDefaultModel)


async def test_a_limit_is_refused_before_the_acknowledgement(bench: Bench) -> None:
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=1)))
    await warm(bench)
    await bench.put(running("1"))
    refusal = await refused(bench)
    assert isinstance(refusal, LimitReached)
    assert refusal.limit is Limit.MEMBER_IN_FLIGHT


# -- while the catalogue is loading -------------------------------------------------------------------


@pytest.mark.parametrize("named", [None, "Flux", "model_flux"])
async def test_while_the_catalogue_loads_nothing_is_refused(bench: Bench, named: str | None) -> None:
    bench.reborn()
    saved = await ask(bench, model_id=named)
    assert saved is not None
    assert (saved.model_id, saved.inputs) == (named or "", None)


async def test_a_model_that_no_listing_shows_may_still_be_named_by_its_id(bench: Bench) -> None:
    saved = await ask(bench, model_id="model_hidden")
    assert saved is not None
    assert saved.model_id == "model_hidden"


async def test_a_schema_that_is_not_read_yet_is_read_after_the_acknowledgement(bench: Bench) -> None:
    bench.reborn()
    await bench.process.catalogue.refresh()
    saved = await ask(bench, model_id=MODEL)
    assert saved is not None
    assert saved.inputs is None
    await bench.step()
    assert (await bench.get()).inputs is not None


# -- a replay, and an acknowledgement that fails ------------------------------------------------------


async def test_a_replayed_interaction_is_neither_acknowledged_nor_bought_again(bench: Bench) -> None:
    await ask(bench)
    with pytest.raises(AlreadyRecorded):
        await bench.service.asking.request(a_caller(), CAT, never)
    await bench.step()
    await bench.step()
    assert len(bench.studio.posts) == 1


async def test_what_discord_surely_did_not_take_is_dropped_unbought(bench: Bench) -> None:
    async def acknowledge() -> Acknowledged:
        raise NotAcknowledged("10062", sure=True)

    await bench.service.asking.request(a_caller(), CAT, acknowledge)
    dropped = await bench.get()
    assert (dropped.fate, dropped.card_state, dropped.card.token) == (Fate.CANCELED, CardState.KEPT, None)
    await bench.step()
    assert bench.studio.posts == []


async def test_what_discord_surely_did_not_take_is_dropped_as_soon_as_the_disk_takes_that(
    bench: Bench,
) -> None:
    async def acknowledge() -> Acknowledged:
        raise NotAcknowledged("10062", sure=True)

    bench.store = faulty = FaultyStore(bench.store)
    bench.reborn()
    await warm(bench)
    faulty.fail("save", *[OSError("disk full")] * 2)
    made = await bench.service.asking.request(a_caller(), CAT, acknowledge)
    assert made is not None
    assert made.fate is Fate.CANCELED
    bench.delivery.originals["1001"] = await bench.acknowledge()  # nobody need be asked
    assert (await bench.get()).card_state is CardState.UNACKNOWLEDGED
    await over(bench)
    dropped = await bench.get()
    assert (dropped.fate, dropped.card_state) == (Fate.CANCELED, CardState.KEPT)
    assert bench.studio.posts == []
    # and it holds no place of its member
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=1)))
    await warm(bench)
    assert await ask(bench, "1002") is not None


class Unsure(FaultyStore):
    """The connection breaks when the row is written already."""

    def after(self, method: str, answer: Any) -> Any:
        if method == "record":
            raise OSError("gone")
        return answer


async def test_what_may_be_on_record_though_its_asker_was_told_otherwise_is_dropped(bench: Bench) -> None:
    bench.store = Unsure(bench.store)
    bench.reborn()
    await warm(bench)
    with pytest.raises(OSError, match="gone"):
        await ask(bench)
    bench.delivery.originals["1001"] = await bench.acknowledge()  # the error that it was answered with
    await over(bench)
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.posts == []


async def over(bench: Bench) -> None:
    """The fate loop, running until it is over."""
    task = asyncio.create_task(bench.fates.run())
    async with asyncio.timeout(10):
        while not (await bench.get()).fate.final:
            await bench.clock.advance(0.5)
    await bench.fates.stop(1)
    await task


@pytest.mark.parametrize("taken", [True, False])
async def test_what_discord_may_have_taken_is_asked_about_before_anything_is_bought(
    bench: Bench, taken: bool
) -> None:
    async def acknowledge() -> Acknowledged:
        raise NotAcknowledged("reset", sure=False)

    if taken:
        bench.delivery.originals["1001"] = await bench.acknowledge()
    await bench.service.asking.request(a_caller(), CAT, acknowledge)
    assert (await bench.get()).card_state is CardState.UNACKNOWLEDGED
    for _ in range(2):
        await bench.step()
    assert len(bench.studio.posts) == int(taken)


async def test_a_store_that_fails_after_the_acknowledgement_leaves_it_to_the_fate_loop(
    bench: Bench,
) -> None:
    # the member sees "thinking": if nobody wakes the loop, that stays so until the next start
    bench.store = faulty = FaultyStore(bench.store)
    bench.reborn()
    await warm(bench)
    faulty.fail("save", OSError("disk full"))
    # no error to the asker either: Discord took it, and it will be bought as soon as the disk takes it
    assert await ask(bench) is not None
    assert len(bench.fates._agenda) == 1  # pyright: ignore[reportPrivateUsage] (what is due, and nothing else)


# -- again --------------------------------------------------------------------------------------------


async def test_again_is_the_same_request_with_a_new_seed_for_whoever_asks(bench: Bench) -> None:
    parent = await ask(bench, request=replace(CAT, seed=5), spoiler=True)
    assert parent is not None
    child = await bench.service.asking.again(
        a_caller("2002", owner_id=STRANGER), "1001", bench.acknowledge, private=False
    )
    assert child is not None
    assert (child.parent_id, child.origin.owner_id, child.spoiler) == ("1001", STRANGER, True)
    assert child.ask == CAT
    assert parent.inputs is not None
    assert child.inputs is not None
    assert child.inputs["seed"] != parent.inputs["seed"]


async def test_again_twice_at_once_is_one_press(bench: Bench) -> None:
    await ask(bench)
    await bench.service.asking.again(a_caller("2002"), "1001", bench.acknowledge, private=False)
    bench.clock.jump(1.9)
    with pytest.raises(AlreadyAsked):
        await bench.service.asking.again(a_caller("2003"), "1001", bench.acknowledge, private=False)
    await bench.service.asking.again(
        a_caller("2004", owner_id=STRANGER), "1001", bench.acknowledge, private=False
    )
    bench.clock.jump(2.1)
    assert (
        await bench.service.asking.again(a_caller("2005"), "1001", bench.acknowledge, private=False)
        is not None
    )
    assert await bench.store.get("2003") is None


async def test_again_on_what_is_gone_or_anothers_is_refused(bench: Bench) -> None:
    with pytest.raises(NoSuchGeneration):
        await bench.service.asking.again(a_caller("2002"), "404", bench.acknowledge, private=False)
    await ask(bench, private=True)
    with pytest.raises(NoSuchGeneration):
        await bench.service.asking.again(
            a_caller("2003", owner_id=STRANGER), "1001", bench.acknowledge, private=False
        )


async def test_again_on_a_request_that_never_learned_its_default_model_takes_the_default(
    bench: Bench,
) -> None:
    # asked while the catalogue was loading, canceled before it had loaded: its model id is ""
    bench.reborn()
    await ask(bench)
    await warm(bench)
    child = await bench.service.asking.again(a_caller("2002"), "1001", bench.acknowledge, private=False)
    assert child is not None
    assert child.model_id == MODEL


async def test_a_second_try_after_a_refused_again_is_no_double_press(bench: Bench) -> None:
    await ask(bench)
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=1)))
    await warm(bench)
    for id_ in ("2002", "2003"):
        with pytest.raises(LimitReached):
            await bench.service.asking.again(a_caller(id_), "1001", bench.acknowledge, private=False)


async def test_in_a_rush_the_others_are_acknowledged_before_anything_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[tuple[str, float]] = []

    def wake(generation_id: str, *, after: float = 0.0) -> None:
        woken.append((generation_id, after))

    monkeypatch.setattr(bench.fates, "wake", wake)
    answer = asyncio.Event()

    async def slow() -> Acknowledged:
        await answer.wait()
        return Acknowledged(message_id=1, ephemeral=False)

    second = asyncio.create_task(bench.service.asking.request(a_caller("1002"), CAT, slow))
    await asyncio.sleep(0.05)
    await bench.service.asking.request(a_caller("1001"), CAT, bench.acknowledge)
    assert woken == [("1001", RUSH)]
    answer.set()
    await second
    assert woken[1:] == [("1002", 0.0), ("1001", 0.0)]


async def test_however_long_a_rush_lasts_only_what_still_waits_for_its_end_is_kept(bench: Bench) -> None:
    answer = asyncio.Event()

    async def slow() -> Acknowledged:
        await answer.wait()
        return Acknowledged(message_id=1, ephemeral=False)

    endless = asyncio.create_task(bench.service.asking.request(a_caller("9001"), CAT, slow))
    await asyncio.sleep(0.05)
    for number in range(3):
        await bench.service.asking.request(a_caller(f"100{number}"), CAT, bench.acknowledge)
        bench.clock.jump(RUSH)
    assert len(vars(bench.service.asking)["_held"]) == 1
    answer.set()
    await endless


async def test_while_a_request_is_to_be_acknowledged_no_progress_is_shown(bench: Bench) -> None:
    answer = asyncio.Event()

    async def slow() -> Acknowledged:
        await answer.wait()
        return Acknowledged(message_id=1, ephemeral=False)

    await bench.put(running("2001"))
    request = asyncio.create_task(bench.service.asking.request(a_caller("1001"), CAT, slow))
    await asyncio.sleep(0.05)
    assert await bench.cards.step("2001") == RUSH
    assert bench.delivery.edits == []
    answer.set()
    await request
    assert await bench.cards.step("2001") is None
    assert [edit.id for edit in bench.delivery.edits] == ["2001"]
