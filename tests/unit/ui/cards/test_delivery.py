"""Cards on their way to Discord: every answer of its, and what stands on the screen afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import discord
import pytest
from PIL import Image

from bot.cards.ports import Result, Shown, Unshowable
from bot.generation import failures
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Acknowledged, Delayed
from bot.generation.progress import CONFIRM, Progress
from bot.request.ask import Ask
from bot.scenario.api.records import Asset, File, Node
from bot.ui.cards.allowances import Allowances
from bot.ui.cards.delivery import DiscordDelivery
from bot.ui.cards.ways import LOOK_BACK
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Fit, Fitted, Sheet, Small
from bot.workflow_gates.gates import APPROVAL
from tests.support.builders import CHANNEL, a_generation, changed, running
from tests.support.clock import START, HeldClock, breathe
from tests.support.discord_client import DM, Answer, Asked, FakeClient, FakeMessage

CARD = 70_000
ASKS = Progress(phase=CONFIRM)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    made = FakeClient()
    monkeypatch.setattr(discord.Webhook, "partial", made.partial)
    return made


@pytest.fixture
def delivery(client: FakeClient) -> DiscordDelivery:
    clock = HeldClock(auto=True)
    return DiscordDelivery(cast("Any", client), clock, HERE, Allowances(clock))


@pytest.fixture
def results(tmp_path: Path) -> list[Result]:
    path = tmp_path / "fox.png"
    Image.effect_noise((96, 96), 80).save(path)
    file = File(path=path, size=path.stat().st_size, mime_type="image/png")
    return [Result(file=file, asset=Asset(id="asset_1", url=None, mime_type="image/png"))]


def done(**changes: Any) -> Generation:
    made: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "outputs": (Output(asset_id="asset_1"),),
        "finished_at": START,
    }
    return running(**{**made, **changes})


def refusing(status: int, code: int, *, when: Callable[[Asked], object]) -> Answer:
    return lambda asked: (status, code) if when(asked) else None


def whole(asked: Asked) -> bool:
    return bool(asked.files)


def quoting(asked: Asked) -> bool:
    return "a cat" in asked.text


async def step_by_step(delivery: DiscordDelivery, generation: Generation) -> Shown:
    """Progress, which goes on by another way only in a step of its own."""
    with suppress(Delayed):
        return await delivery.show(generation, Progress(phase="queued"), ())
    return await delivery.show(generation, Progress(phase="queued"), ())


def in_channel(asked: Asked) -> bool:
    return asked.channel_id == CHANNEL and not asked.how.startswith("delete")


UNKNOWN_NO = [(400, 20009), (403, 200000), (400, 987654), (403, 0)]


@pytest.mark.parametrize(("status", "code"), UNKNOWN_NO)
async def test_where_the_files_are_refused_words_stand_with_original(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], status: int, code: int
) -> None:
    client.answer = refusing(status, code, when=whole)
    assert await delivery.show(done(), None, results) == Shown(message_id=CARD, channel_id=None)
    assert client.hows == ["token", "token"]
    assert quoting(client.last)
    assert client.last.labels == ("Again", "Delete", "Original")
    assert "Press Original" in client.last.text


@pytest.mark.parametrize("code", [40005, 50045])
async def test_what_is_too_large_comes_smaller(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], code: int
) -> None:
    client.answer = lambda asked: (400, code) if len(client.asked) == 1 else None
    await delivery.show(done(), None, results)
    assert client.hows == ["token", "token"]
    assert client.last.files
    assert "smaller copy" in client.last.text


async def test_where_no_file_is_small_enough_words_stand(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    client.answer = refusing(400, 50045, when=whole)
    await delivery.show(done(), None, results)
    assert client.hows.count("token") > 2
    assert not client.last.files
    assert "Original" in client.last.labels


@pytest.mark.parametrize(("status", "code"), UNKNOWN_NO)
async def test_where_the_words_are_refused_too_the_end_is_told_in_ours(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], status: int, code: int
) -> None:
    client.answer = refusing(status, code, when=quoting)
    await delivery.show(done(), None, results)
    assert client.hows == ["token", "token", "token"]
    assert "Done." in client.last.text
    assert "/show 1001" in client.last.text
    assert client.last.labels == ("Again", "Delete", "Original")


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.CANCELED])
async def test_an_end_without_a_result_is_told_in_our_words_too(
    client: FakeClient, delivery: DiscordDelivery, fate: Fate
) -> None:
    client.answer = refusing(400, 200000, when=quoting)
    failure = failures.Simple(kind=FailureKind.FAILED, reason="a cat went wrong")
    await delivery.show(running(fate=fate, failure=failure), None, ())
    assert {Fate.FAILED: "No picture", Fate.CANCELED: "Canceled"}[fate] in client.last.text
    assert "went wrong" not in client.last.text
    assert client.last.labels == ("Again", "Delete")


async def test_a_token_that_takes_nothing_leaves_the_whole_card_to_the_bots_right(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    client.answer = refusing(400, 20009, when=lambda asked: asked.how == "token")
    shown = await delivery.show(done(), None, results)
    assert shown == Shown(message_id=CARD, channel_id=CHANNEL)
    assert client.last.how == "right"
    assert client.last.files


async def test_what_no_edit_takes_is_a_new_message_and_the_old_one_goes(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    client.answer = refusing(400, 50083, when=lambda asked: asked.how in {"token", "right"})
    shown = await delivery.show(done(), None, results)
    assert client.hows == ["token", "post", "delete"]
    assert client.asked[1].files
    assert (shown.message_id, shown.channel_id) != (CARD, None)
    assert shown.channel_id == CHANNEL


@pytest.mark.parametrize(("status", "code"), [*UNKNOWN_NO, (400, 50083), (403, 50013), (404, 10003)])
async def test_what_the_place_does_not_take_is_a_direct_message_and_the_old_card_goes(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], status: int, code: int
) -> None:
    client.answer = refusing(status, code, when=in_channel)
    shown = await delivery.show(done(), None, results)
    assert shown.channel_id == DM
    told = next(one for one in client.asked if one.channel_id == DM)
    assert told.files
    assert "couldn't post it where you asked" in told.text
    assert client.last.how.startswith("delete")


@pytest.mark.parametrize(("status", "code"), UNKNOWN_NO)
async def test_where_nothing_is_taken_anywhere_it_is_kept_and_no_card_says_that_it_runs(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], status: int, code: int
) -> None:
    client.answer = refusing(status, code, when=lambda asked: not asked.how.startswith("delete"))
    with pytest.raises(Unshowable) as kept:
        await delivery.show(done(), None, results)
    assert not kept.value.deleted
    assert {"token", "right", "post"} <= set(client.hows)
    assert DM in {one.channel_id for one in client.asked}
    assert client.last.how == "delete"


async def test_what_can_be_neither_changed_nor_deleted_is_kept_all_the_same(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = lambda _: (403, 50001)
    with pytest.raises(Unshowable):
        await delivery.show(done(), None, ())
    assert client.hows[-2:] == ["delete", "delete-original"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_trouble_of_discords_own_is_for_later_and_costs_nothing_of_the_card(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], status: int
) -> None:
    client.answer = lambda _: (status, 0)
    with pytest.raises(Delayed):
        await delivery.show(done(), None, results)
    assert client.hows == ["token"]


async def test_a_broken_connection_is_for_later(client: FakeClient, delivery: DiscordDelivery) -> None:
    client.answer = lambda _: ConnectionResetError()
    with pytest.raises(Delayed):
        await delivery.show(done(), None, ())


async def test_a_deleted_message_stays_deleted(client: FakeClient, delivery: DiscordDelivery) -> None:
    client.answer = lambda _: (404, 10008)
    with pytest.raises(Unshowable) as gone:
        await delivery.show(done(), None, ())
    assert gone.value.deleted
    assert client.hows == ["token"]


# -- progress -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [*UNKNOWN_NO, (400, 50083), (403, 50001), (404, 10003)])
async def test_progress_that_no_edit_takes_ends_nothing_and_is_posted_nowhere(
    client: FakeClient, delivery: DiscordDelivery, status: int, code: int
) -> None:
    client.answer = lambda _: (status, code)
    assert await step_by_step(delivery, running()) == Shown(message_id=None, channel_id=None)
    assert set(client.hows) <= {"token", "right"}


async def test_progress_whose_token_takes_nothing_goes_on_in_its_channels_bucket_and_tries_it_no_more(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(404, 10015, when=lambda asked: asked.how == "token")
    own = delivery.bucket(running())
    with pytest.raises(Delayed) as later:
        await delivery.show(running(), Progress(phase="queued"), ())
    assert later.value.retry_after == timedelta(0)
    assert (own.key, delivery.bucket(running()).key) == ("1001", CHANNEL)
    client.asked.clear()
    await delivery.show(running(), Progress(phase="queued"), ())
    assert client.hows == ["right"]
    client.answer = lambda _: None
    await delivery.show(done(), None, ())
    assert client.hows == ["right", "token"]  # the last word tries it again


class Drawing:
    """A renderer that takes its time, and says of whom it was asked for something."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.wanted: list[str] = []

    async def fit(self, wanted: Fit) -> Fitted:
        self.wanted.append(wanted.stem)
        await self.go_on.wait()
        return await HERE.fit(wanted)

    async def small(self, wanted: Small) -> bytes:
        return await HERE.small(wanted)

    async def sheet(self, wanted: Sheet) -> bytes:
        return await HERE.sheet(wanted)


async def test_a_last_words_picture_stands_behind_one_picture_of_progress_at_the_most(
    client: FakeClient, results: list[Result]
) -> None:
    clock, drawing = HeldClock(auto=True), Drawing()
    delivery = DiscordDelivery(cast("Any", client), clock, drawing, Allowances(clock))
    shows = [
        asyncio.create_task(delivery.show(running(str(number)), Progress(phase="queued"), results))
        for number in range(1, 5)
    ]
    await breathe()
    shows.append(asyncio.create_task(delivery.show(done(id="9"), None, results)))
    await breathe()
    assert drawing.wanted == ["imagine-1-1", "imagine-9-1"]
    drawing.go_on.set()
    await asyncio.gather(*shows)
    assert len(drawing.wanted) == 5


async def test_progress_whose_words_are_refused_is_told_in_ours(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(400, 200000, when=quoting)
    await delivery.show(running(), Progress(phase="queued"), ())
    assert client.last.labels == ("Cancel",)
    assert client.hows == ["token", "token"]


async def test_where_the_bot_is_only_a_members_own_app_the_last_word_comes_by_direct_message(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    def answer(asked: Asked) -> tuple[int, int] | None:
        if asked.channel_id == DM or asked.how.startswith("delete-o"):
            return None
        return (400, 20009) if asked.how == "token" else (403, 50001)

    client.answer = answer
    assert await step_by_step(delivery, running()) == Shown(message_id=None, channel_id=None)
    assert (await delivery.show(done(), None, results)).channel_id == DM
    assert client.last.how == "delete-original"


# -- a question about a price ---------------------------------------------------------------------------


async def test_a_question_that_nobody_can_see_comes_by_direct_message_with_its_buttons(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(403, 50001, when=in_channel)
    shown = await delivery.show(a_generation(price=60.0), ASKS, ())
    assert shown.channel_id == DM
    told = next(one for one in client.asked if one.channel_id == DM)
    assert "Cancel" in told.labels
    assert len(told.labels) == 2
    assert "question" in told.text


async def test_a_question_that_reaches_nobody_at_all_is_told_so(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = lambda asked: (403, 50007 if asked.channel_id == DM else 50001)
    with pytest.raises(Unshowable):
        await delivery.show(a_generation(price=60.0), ASKS, ())


AT_GATE = Progress(phase="processing", nodes=(Node(id="ask", type=APPROVAL, status="pending"),))
EXPIRED = START - timedelta(seconds=1)


@pytest.mark.parametrize("private", [True, False])
async def test_a_gate_that_nobody_sees_where_it_was_asked_comes_as_a_direct_message(
    client: FakeClient, delivery: DiscordDelivery, private: bool
) -> None:
    client.answer = lambda asked: (403, 50001) if in_channel(asked) else None
    run = running(model_id="wflow_1", command="workflow", private=private, token_expires_at=EXPIRED)
    shown = await delivery.show(run, AT_GATE, ())
    assert shown.channel_id == DM
    told = next(one for one in client.asked if one.channel_id == DM and one.how == "post")
    assert told.labels == ("Approve", "Reject")
    assert "waits until you answer" in told.text


async def test_a_gate_that_reaches_nobody_at_all_is_told_so(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = lambda asked: (403, 50007 if asked.channel_id == DM else 50001)
    with pytest.raises(Unshowable):
        await delivery.show(running(token=None), AT_GATE, ())
    assert (await delivery.show(running(token=None), None, ())).message_id is None


@pytest.mark.parametrize(
    ("changes", "answer", "reaches"),
    [
        ({}, None, True),
        ({"token": None}, None, True),
        ({"token": None}, (403, 50001), False),
        ({"token": None}, (404, 10008), False),
        ({"private": True}, None, True),
        ({"private": True, "token": None}, None, False),
        ({"private": True, "token": None, "channel_id": DM}, None, True),
    ],
)
async def test_a_question_is_found_by_one_look(
    client: FakeClient,
    delivery: DiscordDelivery,
    changes: dict[str, Any],
    answer: tuple[int, int] | None,
    reaches: bool,
) -> None:
    client.answer = lambda _: answer
    assert await delivery.reaches(running(**changes)) is reaches
    assert len([one for one in client.asked if one.how.startswith("fetch")]) <= 1
    assert not any(one.how in {"post", "right", "token"} for one in client.asked)


@pytest.mark.parametrize("private", [True, False])
async def test_a_card_that_has_moved_is_changed_where_it_is(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result], private: bool
) -> None:
    moved = done(channel_id=DM, message_id=81_000, token=None, private=private)
    assert await delivery.show(moved, None, results) == Shown(message_id=81_000, channel_id=DM)
    assert client.hows == ["right"]


async def test_a_private_card_is_nowhere_in_the_channel(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    late = done(private=True, token_expires_at=START - timedelta(seconds=1))
    assert (await delivery.show(late, None, results)).channel_id == DM
    assert CHANNEL not in {one.channel_id for one in client.asked}


# -- posted before a crash ------------------------------------------------------------------------------


def embed(text: str) -> discord.Embed:
    return discord.Embed().set_footer(text=text)


async def test_what_was_posted_before_a_crash_is_found_behind_others_and_not_posted_twice(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    posted = FakeMessage(5, [embed("/show 1001")])
    others = [FakeMessage(10 + number, [embed(f"/show {number}")]) for number in range(LOOK_BACK - 1)]
    client.there[DM] = [posted, *others]
    client.answer = refusing(403, 50001, when=in_channel)
    assert await delivery.show(done(), None, results) == Shown(message_id=5, channel_id=DM)
    assert "post" not in client.hows
    edited = next(one for one in client.asked if one.channel_id == DM)
    assert edited.files, "it shows the newest"
    assert edited.content, "and still says why it came here"


async def test_an_answer_to_somebody_is_not_what_was_posted(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    client.there[CHANNEL] = [FakeMessage(CARD, [embed("/show 1001")], interaction_metadata=object())]
    client.answer = refusing(400, 50083, when=lambda asked: asked.how in {"token", "right"})
    await delivery.show(done(), None, results)
    assert "post" in client.hows


# -- a copy ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [whole, quoting])
@pytest.mark.parametrize(("status", "code"), UNKNOWN_NO)
async def test_a_copy_that_is_refused_comes_as_words_with_original(
    client: FakeClient,
    delivery: DiscordDelivery,
    results: list[Result],
    when: Callable[[Asked], bool],
    status: int,
    code: int,
) -> None:
    client.answer = refusing(status, code, when=when)
    await delivery.show_copy(done(), results)
    assert set(client.hows) == {"token"}
    assert client.last.labels == ("Again", "Original")


async def test_a_copy_of_which_nothing_is_taken_is_said_to_be_unshowable_and_goes_no_other_way(
    client: FakeClient, delivery: DiscordDelivery, results: list[Result]
) -> None:
    client.answer = lambda _: (400, 20009)
    with pytest.raises(Unshowable):
        await delivery.show_copy(done(), results)
    assert set(client.hows) == {"token"}


# -- a refusal ------------------------------------------------------------------------------------------

REFUSED = a_generation(
    fate=Fate.FAILED, failure=failures.Rejected(kind=FailureKind.BAD_INPUT, reason="the cat is too large")
)


async def test_a_reason_that_discord_does_not_take_is_left_out(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(400, 200000, when=lambda asked: "too large" in asked.text)
    await delivery.withdraw(REFUSED)
    assert client.hows == ["delete-original", "followup", "followup"]
    assert "Nothing was charged" in client.last.text


async def test_the_words_come_back_with_the_reason_and_a_way_to_send_them_again(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    await delivery.withdraw(REFUSED)
    assert "```\na cat\n```" in client.last.text
    assert client.last.labels == ("Send again",)


async def test_words_too_long_come_in_a_file_or_as_far_as_they_go(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    long = replace(REFUSED, ask=Ask(prompt="word " * 700))
    await delivery.withdraw(long)
    assert client.last.files == ("imagine-words.txt",)
    client.answer = refusing(403, 50013, when=lambda asked: bool(asked.files))
    await delivery.withdraw(long)
    assert "The beginning of your words" in client.last.text


async def test_an_asker_who_cannot_be_told_in_the_channel_is_told_directly(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(400, 20009, when=lambda asked: asked.how == "followup")
    await delivery.withdraw(REFUSED)
    assert client.last.channel_id == DM
    assert "Nothing was charged" in client.last.text


async def test_a_token_that_dies_between_the_two_requests_loses_no_word(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(401, 50027, when=lambda asked: asked.how == "followup")
    await delivery.withdraw(REFUSED)
    assert client.last.channel_id == DM


async def test_a_dead_token_leaves_the_message_to_say_it(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = refusing(401, 50027, when=lambda asked: asked.how == "delete-original")
    await delivery.withdraw(REFUSED)
    assert client.hows == ["delete-original", "right"]


# -- whether it stands ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "stands"),
    [(None, True), ((404, 10008), False), ((403, 50001), True), ((404, 10003), True), ((500, 0), True)],
)
async def test_a_message_is_gone_only_where_discord_says_so(
    client: FakeClient, delivery: DiscordDelivery, answer: tuple[int, int] | None, stands: bool
) -> None:
    client.answer = lambda _: answer
    assert await delivery.stands(done()) is stands
    assert await delivery.stands(changed(done(), message_id=None))


# -- was it acknowledged? ---------------------------------------------------------------------------------


async def test_an_answer_that_discord_has_is_found_once_asked(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    assert await delivery.find_original(running().card) == Acknowledged(message_id=70_000, ephemeral=True)
    assert client.hows == ["look"]


@pytest.mark.parametrize(("status", "code", "looks"), [(404, 10008, 1), (404, 10015, 2), (401, 50027, 1)])
async def test_an_answer_that_discord_does_not_have_is_none(
    client: FakeClient, delivery: DiscordDelivery, status: int, code: int, looks: int
) -> None:
    client.answer = lambda _: (status, code)
    assert await delivery.find_original(running().card) is None
    assert client.hows == ["look"] * looks


async def test_a_token_that_is_unknown_for_a_moment_is_asked_again(
    client: FakeClient, delivery: DiscordDelivery
) -> None:
    client.answer = lambda _: (404, 10015) if len(client.asked) == 1 else None
    assert await delivery.find_original(running().card) is not None


@pytest.mark.parametrize("trouble", [(500, 0), (429, 0), ConnectionResetError()])
async def test_trouble_says_neither_that_it_was_acknowledged_nor_that_it_was_not(
    client: FakeClient, delivery: DiscordDelivery, trouble: Any
) -> None:
    client.answer = lambda _: trouble
    with pytest.raises(Delayed):
        await delivery.find_original(running().card)


async def test_a_dead_token_is_not_asked_with(client: FakeClient, delivery: DiscordDelivery) -> None:
    assert await delivery.find_original(running(token=None).card) is None
    assert client.asked == []
