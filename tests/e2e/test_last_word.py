"""Whatever Discord refuses, a member is told what was paid for; what a moderator takes away stays away."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.acting import modal
from tests.e2e.side import (
    TINY,
    by_message,
    delivered,
    fate,
    fault,
    heal,
    playing,
    side_by_side,
    spoiled,
)
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, text_of

DEAR = "model_imagen4-ultra"
"""10 CU: more than this stage lets go by without a yes."""
WIDE: Json = {
    **TINY,
    "id": "model_wide",
    "name": "Wide",
    "inputs": [*TINY["inputs"], *({"name": f"n{n}", "type": "number"} for n in range(3))],
}
"""Two pages of a form."""
TOKEN: Json = {"method": "PATCH", "path": "/webhooks/*/messages/@original"}
RIGHT: Json = {"method": "PATCH", "path": "/channels/*"}
EXPLICIT: Json = {"status": 400, "code": 20009, "message": "Explicit content", "times": None}
AUTOMOD: Json = {"status": 400, "code": 200000, "message": "Blocked by AutoMod", "times": None}
NOBODY_KNOWS: Json = {"status": 403, "code": 987654, "message": "Something new", "times": None}
ARCHIVED: Json = {"status": 400, "code": 50083, "message": "Thread is archived", "times": None}
TOO_LARGE: Json = {"status": 400, "code": 50045, "message": "File too large", "times": None}
NO_ACCESS: Json = {"status": 403, "code": 50001, "message": "Missing Access", "times": None}
CALLBACK: Json = {"method": "POST", "path": "/interactions/*/callback"}
LATE: Json = {"status": 404, "code": 10062, "message": "Unknown interaction"}
NOWHERE = "This request doesn't exist, or you can't see it."


async def refuse(one: Stage, where: Json, how: Json, what: str) -> str:
    return await fault(one, "discord", "status", **where, **how, body_contains=what)


async def test_whatever_discord_refuses_the_last_word_finds_a_way() -> None:
    async with playing(scenario={"seconds": 1.5}, CONFIRM_ABOVE_CU="9.5") as one:
        for member in ("alice", "bob", "carol", "dan", "erin", "frank", "grace", "mod"):
            await one.messages(member=member)
        await side_by_side(
            files_are_refused(one, EXPLICIT),
            files_are_refused(one, NOBODY_KNOWS),
            files_are_refused(one, TOO_LARGE),
            words_are_refused(one),
            the_token_takes_nothing(one),
            progress_alone_is_refused(one),
            the_thread_is_archived(one),
            the_place_takes_nothing(one),
            ones_own_app_takes_nothing(one),
            a_copy_is_refused(one, "erin"),
            a_question_comes_by_direct_message(one, "bob"),
            a_question_reaches_nobody(one, "carol"),
            a_moderator_deletes(one, "dan", "frank"),
            a_moderator_deletes_in_discord(one, "grace"),
        )


async def test_what_discord_or_the_disk_does_not_take_is_not_lost_in_this_process() -> None:
    async with playing() as one:
        await one.call("POST", "/models", json=WIDE)
        await what_was_not_acknowledged_is_dropped_in_this_process(one)
        await a_form_is_there_again(one)


async def over(one: Stage, generation: str) -> Json:
    """The settled card, which no longer says that anything runs."""
    card = await one.settled(generation)
    assert one.record(generation)["fate"] == "succeeded"
    assert "Cancel" not in labels(card)
    return card


async def files_are_refused(one: Stage, how: Json) -> None:
    generation = await one.imagine(f"files that {how['code']} refuses")
    refused = await refuse(one, TOKEN, how, f"imagine-{generation}")
    card = await over(one, generation)
    await spoiled(one, refused)
    assert images(card) == []
    assert "Press Original" in text_of(card)
    assert labels(card) == [*ON_A_PICTURE, "Original"]
    link = await one.answer(await one.press(card, "Original"))
    assert "https://" in text_of(link) or "http://" in text_of(link)


async def words_are_refused(one: Stage) -> None:
    prompt = "words that a filter knows"
    refused = await refuse(one, TOKEN, AUTOMOD, prompt)
    generation = await one.imagine(prompt)
    card = await over(one, generation)
    await spoiled(one, refused, 2)
    assert "Done." in text_of(card)
    assert f"/show {generation}" in text_of(card)
    assert labels(card) == [*ON_A_PICTURE, "Original"]


async def the_token_takes_nothing(one: Stage) -> None:
    generation = await one.imagine("a token that takes nothing")
    await refuse(one, TOKEN, EXPLICIT, generation)
    await delivered(one, generation, "a token that takes nothing")


async def progress_alone_is_refused(one: Stage) -> None:
    prompt = "progress that is refused"
    generation = await one.imagine(prompt)
    for where in (TOKEN, RIGHT):
        await refuse(one, where, EXPLICIT, f"g1:cancel:{generation}")
    await delivered(one, generation, prompt)


async def the_thread_is_archived(one: Stage) -> None:
    prompt, channel = "a thread that is archived meanwhile", "brainstorm"
    generation = await one.imagine(prompt, channel=channel)
    for where in (TOKEN, RIGHT):
        await refuse(one, where, ARCHIVED, generation)
    await one.settled(generation, channel=channel)
    (card,) = await posted(one, generation, channel)
    assert len(images(card)) == 1
    assert await one.answers(generation, channel=channel) == []


async def the_place_takes_nothing(one: Stage) -> None:
    prompt = "a place that takes nothing"
    generation = await one.imagine(prompt)
    answer = await one.answer(generation)
    posting = {"method": "POST", "path": f"/channels/{answer['channel_id']}/messages"}
    for where in (TOKEN, RIGHT, posting):
        await refuse(one, where, EXPLICIT, generation)
    await one.settled(generation)
    (told,) = await by_message(one, generation, "alice")
    assert len(images(told)) == 1
    assert await one.answers(generation) == []


async def ones_own_app_takes_nothing(one: Stage) -> None:
    prompt, channel = "an app of one's own that takes nothing", "away:alice"
    generation = await one.imagine(prompt, channel=channel)
    await refuse(one, TOKEN, EXPLICIT, generation)
    await one.settled(generation, channel=channel)
    (told,) = await by_message(one, generation, "alice")
    assert len(images(told)) == 1
    assert await one.answers(generation, channel=channel) == []


async def a_copy_is_refused(one: Stage, member: str) -> None:
    prompt = "a copy that is refused"
    generation = await one.imagine(prompt, member=member)
    await delivered(one, generation, prompt, member=member)
    refused = await refuse(one, TOKEN, EXPLICIT, f"imagine-{generation}")
    words = await show(one, generation, member=member)
    assert images(words) == []
    assert labels(words) == [*ON_A_PICTURE[:-1], "Original"]
    await heal(one, refused)
    refused = await refuse(one, TOKEN, EXPLICIT, generation)
    assert "Discord does not accept it here" in text_of(await show(one, generation, member=member))
    await heal(one, refused)


async def show(one: Stage, generation: str, *, member: str = "alice") -> Json:
    """What /show answers: always something, never "thinking" for good."""
    asked = await one.post(
        "/command", member=member, channel="general", name="show", options={"id": generation}
    )
    return await one.answer(str(asked["interaction_id"]), member=member)


async def posted(one: Stage, generation: str, channel: str) -> list[Json]:
    """The messages in a channel that show this generation."""
    return [
        message
        for message in await one.messages(channel=channel)
        if any(embed.get("footer", {}).get("text", "").endswith(generation) for embed in message["embeds"])
    ]


# -- a question about a price -----------------------------------------------------------------------------


async def unseen(one: Stage, prompt: str, member: str) -> tuple[str, list[str]]:
    """A request whose question cannot be asked where it was made, and the faults that keep it from there."""
    faults = [await refuse(one, where, NO_ACCESS, prompt) for where in (TOKEN, RIGHT)]
    return await one.imagine(prompt, member=member, model=DEAR), faults


async def a_question_comes_by_direct_message(one: Stage, member: str) -> None:
    prompt = "a question that comes by direct message"
    generation, faults = await unseen(one, prompt, member)

    async def question() -> Json | None:
        return next(iter(await by_message(one, generation, member)), None)

    message = await one.until(question, "the question to come")
    assert "Nothing is charged until you answer" in message["content"]
    assert await one.ledger(prompt) == []
    for each in faults:  # its message in the channel is another one by now
        await heal(one, each)
    confirm = f"g1:confirm:{generation}"
    await one.post("/press", member=member, message_id=message["id"], custom_id=confirm)
    await fate(one, generation, "succeeded")

    async def answered() -> bool:
        found = await by_message(one, generation, member)
        return len(found) == 1 and len(images(found[0])) == 1

    await one.until(answered, "the picture in the question's place")
    assert len(await one.ledger(prompt)) == 1


async def a_question_reaches_nobody(one: Stage, member: str) -> None:
    prompt = "a question that reaches nobody"
    await one.post("/block_dms", member=member, blocked=True)
    generation, faults = await unseen(one, prompt, member)
    await fate(one, generation, "failed")
    for each in faults:
        await heal(one, each)
    assert await one.ledger(prompt) == []
    told = text_of(await show(one, generation, member=member))
    assert "reached nobody" in told
    assert "Nothing was charged" in told


# -- taken away -------------------------------------------------------------------------------------------


async def delete(one: Stage, card: Json, member: str) -> None:
    question = await one.answer(await one.press(card, "Delete", member=member), member=member)
    await one.press(question, "Delete it", member=member)

    async def gone() -> bool:
        return card["id"] not in {message["id"] for message in await one.messages()}

    await one.until(gone, "the card to go")


async def a_moderator_deletes(one: Stage, owner: str, other: str) -> None:
    prompt = "what a moderator deletes"
    generation = await one.imagine(prompt, member=owner)
    await delete(one, await delivered(one, generation, prompt), "mod")
    assert "A moderator removed this" in text_of(await show(one, generation, member=owner))
    assert text_of(await show(one, generation, member=other)).strip() == NOWHERE
    edit = await one.post(
        "/command",
        member=other,
        channel="general",
        name="edit",
        options={"prompt": "the same once more", "from_card": generation},
    )
    assert NOWHERE in text_of(await one.answer(str(edit["interaction_id"]), member=other))
    assert len(images(await show(one, generation, member="mod"))) == 1
    assert len(images(await show(one, generation, member=other))) == 1


async def a_moderator_deletes_in_discord(one: Stage, other: str) -> None:
    prompt = "what a moderator deletes in Discord"
    generation = await one.imagine(prompt)
    card = await delivered(one, generation, prompt)
    await one.post("/delete", member="mod", message_id=card["id"])
    assert text_of(await show(one, generation, member=other)).strip() == NOWHERE
    mine = await show(one, generation)
    assert mine["ephemeral"]
    assert len(images(mine)) == 1
    assert await posted(one, generation, "general") in ([], [mine])
    assert text_of(await show(one, generation, member=other)).strip() == NOWHERE


# -- what Discord or the disk does not take ---------------------------------------------------------------


@contextlib.contextmanager
def refusing_disk(one: Stage, when: str) -> Generator[None]:
    """The bot's database fails to write such rows."""
    with contextlib.closing(sqlite3.connect(one.database, timeout=30, isolation_level=None)) as connection:
        connection.execute(f"CREATE TRIGGER full BEFORE {when} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER full")


async def a_form_is_there_again(one: Stage) -> None:
    prompt = "a form that is pressed three times"
    asked = await one.post(
        "/command", member="alice", channel="general", name="generate", options={"model": WIDE["id"]}
    )
    offer = await one.answer(str(asked["interaction_id"]))
    assert labels(offer) == ["Open the form", "Discard"], text_of(offer)
    opened = await one.press(offer, "Open the form")
    await modal(one, opened)
    await one.post("/submit", member="alice", interaction_id=opened, values={"prompt": prompt})

    async def filled() -> Json | None:
        (message,) = await one.answers(str(asked["interaction_id"]))
        return message if "Generate" in labels(message) else None

    form = await one.until(filled, "the form to be filled in")
    lost = await fault(one, "discord", "status", **CALLBACK, **LATE)
    first = await one.press(form, "Generate")
    await spoiled(one, lost)
    await fate(one, first, "canceled")
    with refusing_disk(one, "INSERT ON generation"):
        failed = await one.press(form, "Generate")
        assert "Nothing was charged" in text_of(await one.answer(failed))
    made = await one.press(form, "Generate")
    await delivered(one, made, prompt)


async def what_was_not_acknowledged_is_dropped_in_this_process(one: Stage) -> None:
    prompt = "a request that nobody took note of"
    async with late(one) as press:
        with refusing_disk(one, "UPDATE OF fate ON generation WHEN NEW.fate = 'canceled'"):
            generation = await one.imagine(prompt)
            await spoiled(one, press)

            async def tried() -> bool:
                return "could not be dropped yet" in one.log.read_text()

            await one.until(tried, "the disk to refuse")
            assert one.record(generation)["card"] == "unacknowledged"
        await fate(one, generation, "canceled")
    assert one.record(generation)["card"] == "kept"
    assert await one.ledger(prompt) == []


@asynccontextmanager
async def late(one: Stage, **spec: Any) -> AsyncGenerator[str]:
    """The next acknowledgement comes too late."""
    fault_id = await fault(one, "discord", "status", **CALLBACK, **LATE, **spec)
    yield fault_id
    await heal(one, fault_id)
