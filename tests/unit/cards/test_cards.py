"""The card loop: newest state wins, final ones first, and Discord's trouble moves no fate."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.cards.ports import Shown, Unshowable
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Delayed
from bot.generation.progress import Progress
from bot.scenario.api.errors import (
    FileTooBig,
    LinkRefused,
    NotFound,
    Refetch,
    ScenarioError,
    Unavailable,
    WrongKey,
)
from tests.support.bench import Bench
from tests.support.builders import a_generation, a_job, running, unbought
from tests.support.clock import START, until


def done(id_: str = "1001", **changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "outputs": (Output(asset_id="asset_a"), Output(asset_id="asset_b")),
        "finished_at": START,
        "revision": 5,
        "shown_revision": 4,
    }
    return running(id_, **{**fields, **changes})


def refused(id_: str = "1001", **changes: Any) -> Generation:
    fields: dict[str, Any] = {"fate": Fate.FAILED, "failure": failures.Rejected(kind=FailureKind.BAD_INPUT)}
    return a_generation(id_, **{**fields, **changes})


async def show(bench: Bench, generation_id: str = "1001") -> float | None:
    return await bench.cards.step(generation_id)


# -- while it runs ------------------------------------------------------------------------------------


async def test_a_card_that_is_behind_is_brought_up_to_date_and_that_is_remembered(bench: Bench) -> None:
    await bench.put(running(revision=3))
    assert await show(bench) is None
    after = await bench.get()
    assert (after.card_state, after.card.shown_revision, after.revision) == (CardState.LIVE, 3, 3)
    assert len(bench.delivery.edits) == 1


@pytest.mark.parametrize("fate", [Fate.REQUESTED, Fate.SUBMITTING, Fate.UNCERTAIN, Fate.RUNNING])
async def test_every_fate_that_is_not_final_can_be_shown(bench: Bench, fate: Fate) -> None:
    await bench.put(a_generation(fate=fate, job_id="job_1" if fate is Fate.RUNNING else None, revision=2))
    assert await show(bench) is None
    assert (await bench.get()).card.shown_revision == 2


async def test_nothing_new_is_never_shown_twice(bench: Bench) -> None:
    await bench.put(running())
    for _ in range(5):
        await show(bench)
        bench.clock.jump(60)
    assert len(bench.delivery.edits) == 1


async def test_progress_is_news_and_the_same_progress_is_none(bench: Bench) -> None:
    await bench.put(running())
    for fraction in (0.1, 0.1, 0.5):
        bench.process.board.put("1001", Progress(phase="in-progress", fraction=fraction))
        await show(bench)
        bench.clock.jump(60)
    shown = [edit.progress.fraction for edit in bench.delivery.edits if edit.progress]
    assert shown == [0.1, 0.5]


async def test_news_too_soon_after_an_edit_waits_for_its_spacing(bench: Bench) -> None:
    await bench.put(running())
    await show(bench)
    bench.process.board.put("1001", Progress(phase="in-progress"))
    bench.clock.jump(1)
    assert await show(bench) == 2.0
    assert len(bench.delivery.edits) == 1
    bench.clock.jump(2)
    assert await show(bench) is None
    assert len(bench.delivery.edits) == 2


async def test_a_final_word_does_not_wait_for_the_spacing(bench: Bench) -> None:
    row = await bench.put(running())
    await show(bench)
    await bench.store.save(row, replace(row, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="a"),)))
    assert await show(bench) is None
    assert (await bench.get()).card_state is CardState.SETTLED


async def test_a_card_that_moved_is_found_where_it_now_is(bench: Bench) -> None:
    bench.delivery.place = Shown(message_id=123, channel_id=456)
    await bench.put(running())
    await show(bench)
    moved = await bench.get()
    assert (moved.card.message_id, moved.card.channel_id) == (123, 456)


@pytest.mark.parametrize("card", [CardState.SETTLED, CardState.KEPT])
async def test_a_card_that_is_closed_is_not_touched(bench: Bench, card: CardState) -> None:
    await bench.put(done(card=card))
    assert await show(bench) is None
    assert bench.delivery.edits == []


async def test_a_card_that_was_not_acknowledged_is_not_touched(bench: Bench) -> None:
    await bench.put(unbought())
    assert await show(bench) is None
    assert await show(bench, "404") is None
    assert bench.delivery.edits == []


# -- races --------------------------------------------------------------------------------------------


async def test_a_fate_that_moves_while_its_card_is_shown_leaves_the_card_behind(bench: Bench) -> None:
    row = await bench.put(running(revision=2))
    gate = bench.delivery.gate = asyncio.Event()
    showing = asyncio.create_task(show(bench))
    await until(lambda: bench.delivery.held, "Discord to be asked")
    await bench.store.save(row, replace(row, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="a"),)))
    gate.set()
    await showing
    after = await bench.get()
    assert (after.fate, after.card_state) == (Fate.SUCCEEDED, CardState.LIVE)
    assert after.card.shown_revision < after.revision
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED
    assert bench.delivery.edits[-1].generation.fate is Fate.SUCCEEDED


async def test_a_card_deleted_while_it_is_shown_stays_kept(bench: Bench) -> None:
    row = await bench.put(running())
    gate = bench.delivery.gate = asyncio.Event()
    showing = asyncio.create_task(show(bench))
    await until(lambda: bench.delivery.held, "Discord to be asked")
    await bench.store.save(row, running(card=CardState.KEPT))
    gate.set()
    await showing
    assert (await bench.get()).card_state is CardState.KEPT


async def test_a_card_loop_never_moves_a_fate(bench: Bench) -> None:
    for trouble in (Delayed("503"), Unshowable("403")):
        row = await bench.put(running(f"{id(trouble)}", revision=2))
        bench.delivery.trouble.append(trouble)
        await show(bench, row.id)
        after = await bench.get(row.id)
        assert (after.fate, after.revision) == (Fate.RUNNING, 2)


# -- the last word ------------------------------------------------------------------------------------


async def test_a_result_is_fetched_attached_and_settled(bench: Bench) -> None:
    await bench.put(done())
    assert await show(bench) is None
    after = await bench.get()
    assert (after.card_state, after.card.shown_revision) == (CardState.SETTLED, 5)
    (edit,) = bench.delivery.edits
    assert edit.files == (b"picture", b"picture")
    assert edit.progress is None


async def test_a_result_that_came_as_links_gets_fresh_ones(bench: Bench) -> None:
    bench.studio.put(a_job("job_1001", urls=("https://cdn.scenario.com/fresh",)))
    await bench.put(done(outputs=(Output(url="https://cdn.scenario.com/stale"),)))
    await show(bench)
    assert "job" in bench.studio.calls
    assert len(bench.delivery.edits[0].files) == 1


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.CANCELED])
async def test_an_end_without_a_result_fetches_nothing_and_settles(bench: Bench, fate: Fate) -> None:
    failure = failures.Simple(kind=FailureKind.FAILED) if fate is Fate.FAILED else None
    await bench.put(running(fate=fate, failure=failure))
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED
    assert "fetch" not in bench.studio.calls


async def test_a_public_refusal_is_withdrawn_and_told_in_private(bench: Bench) -> None:
    await bench.put(refused())
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED
    assert [one.id for one in bench.delivery.withdrawn] == ["1001"]
    assert bench.delivery.edits == []


@pytest.mark.parametrize(
    "generation",
    [
        refused(private=True),
        refused(job_id="job_1", failure=failures.Simple(kind=FailureKind.FAILED)),
        refused(failure=failures.Simple(kind=FailureKind.MAYBE_CHARGED)),
        a_generation(fate=Fate.CANCELED),
    ],
)
async def test_what_is_private_or_cost_something_or_was_canceled_stays_on_its_card(
    bench: Bench, generation: Generation
) -> None:
    await bench.put(generation)
    await show(bench)
    assert bench.delivery.withdrawn == []
    assert len(bench.delivery.edits) == 1


# -- files that do not come ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        ("assets", Unavailable("502")),
        ("assets", WrongKey("401")),
        ("fetch", Refetch("expired")),
        ("fetch", Unavailable("reset")),
    ],
)
async def test_a_file_that_does_not_come_is_tried_again_and_nothing_half_is_shown(
    bench: Bench, verb: str, error: ScenarioError
) -> None:
    bench.studio.fail(verb, error)
    await bench.put(done())
    assert await show(bench) == 1.0
    assert bench.delivery.edits == []
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED


async def test_links_that_are_not_there_yet_are_waited_for(bench: Bench) -> None:
    bench.studio.without_link |= {"asset_a", "asset_b"}
    await bench.put(done())
    assert await show(bench) == 1.0
    bench.studio.without_link.clear()
    await show(bench)
    assert len(bench.delivery.edits[0].files) == 2


async def test_one_link_of_two_that_is_not_there_yet_is_waited_for_too(bench: Bench) -> None:
    # an asset may become ready after its sister: a card settled with one of two never shows the other
    bench.studio.without_link.add("asset_b")
    await bench.put(done())
    await show(bench)
    assert bench.delivery.edits == []


async def test_patience_with_files_ends_at_its_edge_with_a_kept_card_that_says_so(bench: Bench) -> None:
    bench.studio.forever["assets"] = Unavailable("502")
    await bench.put(done())
    assert await show(bench) == 1.0
    bench.clock.jump(timedelta(minutes=30).total_seconds() - 0.1)
    assert await show(bench) == 2.0
    bench.clock.jump(0.1)
    assert await show(bench) is None
    after = await bench.get()
    assert (after.card_state, after.fate) == (CardState.KEPT, Fate.SUCCEEDED)
    assert bench.delivery.edits[-1].files == ()


async def test_whoever_waits_for_files_is_told_after_a_minute_and_gets_them_when_they_come(
    bench: Bench,
) -> None:
    bench.studio.forever["fetch"] = Unavailable("a page came in its place")
    await bench.put(done())
    assert await show(bench) == 1.0
    assert bench.delivery.edits == []
    bench.clock.jump(60)
    for _ in range(3):
        assert await show(bench)  # tried on, and told once
    (told,) = bench.delivery.edits
    assert (told.generation.fate, told.files) == (Fate.SUCCEEDED, ())
    assert (await bench.get()).card_state is CardState.LIVE
    bench.studio.forever.clear()
    assert await show(bench) is None
    assert len(bench.delivery.edits[-1].files) == 2
    assert (await bench.get()).card_state is CardState.SETTLED


@pytest.mark.parametrize(
    "changes",
    [{"private": True}, {"token": None}],
    ids=["private, by its token", "public, by the bot's right"],
)
async def test_where_the_message_can_still_be_edited_its_member_is_told_of_late_files(
    bench: Bench, changes: dict[str, Any]
) -> None:
    bench.studio.forever["fetch"] = Unavailable("a page came in its place")
    await bench.put(done(**changes))
    await show(bench)
    bench.clock.jump(60)
    await show(bench)
    assert [edit.files for edit in bench.delivery.edits] == [()]


async def test_a_private_card_without_its_token_is_sent_once_with_what_there_is(bench: Bench) -> None:
    bench.studio.forever["fetch"] = Unavailable("a page came in its place")
    await bench.put(done(private=True, token=None))
    await show(bench)
    bench.clock.jump(60)
    assert await show(bench)
    assert bench.delivery.edits == []  # a direct message cannot get its files later


async def test_the_log_says_why_a_card_waits_and_why_it_is_kept(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.studio.fail("fetch", Unavailable("a page came in its place"))
    bench.delivery.trouble.append(Unshowable("no way is open"))
    await bench.put(done())
    await show(bench)
    assert "a page came in its place" in caplog.text
    await show(bench)
    assert "no way is open" in caplog.text


async def test_after_the_patience_some_files_are_better_than_none(bench: Bench) -> None:
    await bench.put(done())
    bench.studio.fail("fetch", None, Refetch("gone"))
    assert await show(bench) == 1.0
    bench.clock.jump(3600)
    bench.studio.fail("fetch", None, Refetch("gone"))
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED
    assert len(bench.delivery.edits[0].files) == 1


@pytest.mark.parametrize("error", [LinkRefused("elsewhere"), FileTooBig("300 MiB", cap=1)])
async def test_a_file_that_can_never_come_keeps_no_other_one_back(bench: Bench, error: ScenarioError) -> None:
    bench.studio.fail("fetch", error, None)
    await bench.put(done())
    assert await show(bench) is None
    assert (await bench.get()).card_state is CardState.SETTLED
    assert len(bench.delivery.edits[0].files) == 1


async def test_a_job_that_is_gone_before_its_links_were_fetched_still_ends_its_card(bench: Bench) -> None:
    bench.studio.forever["job"] = NotFound("gone")
    await bench.put(done(outputs=(Output(url="https://cdn.scenario.com/kept"),)))
    assert await show(bench) == 1.0
    bench.clock.jump(1800)
    assert await show(bench) is None
    assert (
        await bench.get()
    ).card_state is CardState.KEPT  # /show brings the files when they can be had again
    (edit,) = bench.delivery.edits
    assert (edit.generation.fate, edit.files) == (Fate.SUCCEEDED, ())


# -- Discord's trouble --------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", [running(), done(), refused()])
async def test_a_delay_waits_as_long_as_discord_says_else_ever_longer(
    bench: Bench, generation: Generation
) -> None:
    await bench.put(generation)
    bench.delivery.trouble.extend(
        [Delayed("429", retry_after=timedelta(seconds=7)), Delayed("503"), Delayed("503")]
    )
    waits: list[float | None] = []
    for _ in range(3):
        waits.append(await show(bench))
        bench.clock.jump(60)
    assert waits == [7.0, 2.0, 4.0]
    assert (await bench.get()).card_state is CardState.LIVE
    assert await show(bench) is None
    assert (await bench.get()).card.shown_revision == generation.revision


@pytest.mark.parametrize("generation", [running(), done(), refused()])
async def test_a_card_that_cannot_be_shown_is_kept_with_its_fate(
    bench: Bench, generation: Generation
) -> None:
    await bench.put(generation)
    bench.delivery.trouble.append(Unshowable("no way"))
    assert await show(bench) is None
    after = await bench.get()
    assert (after.card_state, after.fate) == (CardState.KEPT, generation.fate)
    assert await show(bench) is None
    assert len(bench.delivery.edits) + len(bench.delivery.withdrawn) == 0


async def test_a_hundred_delays_keep_the_result(bench: Bench) -> None:
    await bench.put(done())
    bench.delivery.trouble.extend([Delayed("503")] * 100)
    for _ in range(100):
        wait = await show(bench)
        assert wait is not None
        assert wait <= 60
        bench.clock.jump(wait)
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED


# -- order, and a new process -------------------------------------------------------------------------


async def test_a_final_card_ranks_before_one_that_runs(bench: Bench) -> None:
    bench.cards.tell("1", final=True)
    bench.cards.tell("2")
    assert bench.cards.rank("1") < bench.cards.rank("2")


async def test_a_card_whose_generation_just_ended_ranks_first(bench: Bench) -> None:
    # as the app ties them: the fate loop tells the card loop by id, and `final` is the card loop's to learn
    bench.studio.put(a_job("job_1001"))
    await bench.put(running())
    bench.studio.finish("job_1001")
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED
    assert bench.cards.rank("1001") == 0


async def test_a_settled_card_no_longer_ranks_first(bench: Bench) -> None:
    await bench.put(done())
    bench.cards.tell("1001", final=True)
    await show(bench)
    assert bench.cards.rank("1001") == 1


def remembered(bench: Bench, generation_id: str = "1001") -> set[str]:
    """In which of its memories the card loop has it."""
    memories: dict[str, object] = {**vars(bench.cards), **vars(vars(bench.cards)["_fetching"])}
    return {
        name
        for name, kept in memories.items()
        if isinstance(kept, dict | set) and any(generation_id in key for key in cast("set[str]", kept))
    }


async def test_of_a_card_that_is_over_nothing_is_kept_in_memory(bench: Bench) -> None:
    # a process lives for months: what each card leaves behind is never given back
    row = await bench.put(running())
    await show(bench)
    bench.delivery.trouble.append(Delayed("503"))
    row = await bench.store.save(row, replace(row, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="a"),)))
    assert row is not None
    bench.studio.forever["fetch"] = Unavailable("502")
    await show(bench)
    bench.clock.jump(60)
    await show(bench)  # delayed
    await show(bench)  # owned up
    assert remembered(bench) >= {"_edited_at", "_shown", "_final", "_delays", "_owned_up", "_since"}
    bench.studio.forever.clear()
    await show(bench)
    assert (await bench.get()).card_state is CardState.SETTLED
    assert remembered(bench) == set()


async def test_of_a_card_that_moved_and_is_over_nothing_is_kept_in_memory(bench: Bench) -> None:
    bench.cards.bring(await bench.put(done()))
    assert remembered(bench) == {"_anew", "_final"}
    await show(bench)
    assert remembered(bench) == set()


async def test_a_new_process_takes_up_what_is_behind_or_runs_final_ones_first(bench: Bench) -> None:
    await bench.put(running("1"))
    await bench.put(done("2", job_id="job_b"))
    await bench.put(done("3", card=CardState.SETTLED, shown_revision=5, job_id="job_c"))
    await bench.put(done("4", card=CardState.KEPT, job_id="job_d"))
    bench.reborn()
    assert await bench.cards.adopt() == 2
    assert (bench.cards.rank("2"), bench.cards.rank("1")) == (0, 1)


async def test_a_new_process_draws_a_card_whose_purchase_is_not_known(bench: Bench) -> None:
    # only so it is found that the message is gone, and that nobody waits for what would be bought again
    await bench.put(a_generation(fate=Fate.UNCERTAIN, revision=3, shown_revision=3))
    bench.delivery.trouble.append(Unshowable("deleted"))
    bench.reborn()
    await bench.cards.adopt()
    await show(bench)
    assert (await bench.get()).card_state is CardState.KEPT


async def test_a_new_process_leaves_a_card_as_it_stands_until_there_is_news(bench: Bench) -> None:
    # drawn at once it would lose its bar, its place in line, or the buttons of a workflow's gate
    await bench.put(running(revision=3, shown_revision=3))
    bench.studio.put(a_job("job_1001", progress=0.6))
    bench.reborn()
    await bench.cards.adopt()
    assert await show(bench) is None
    assert bench.delivery.edits == []
    await bench.step()
    await show(bench)
    (edit,) = bench.delivery.edits
    assert edit.progress == Progress(phase="in-progress", fraction=0.6)
