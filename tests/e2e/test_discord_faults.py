"""Discord's REST side fails in every way that its documents name. None of its errors buys, cancels, doubles
or loses a picture."""

from io import BytesIO
from typing import Any

from PIL import Image

from tests.e2e.side import (
    by_message,
    delivered,
    fate,
    fault,
    heal,
    playing,
    running,
    side_by_side,
    spoiled,
)
from tests.e2e.stage import Json, Stage, images, text_of

EDIT: Json = {"method": "PATCH", "path": "/webhooks/*/messages/@original"}
CALLBACK: Json = {"method": "POST", "path": "/interactions/*/callback"}
MIB = 2**20
LIMIT = 10 * MIB
REDUCED = "smaller copy"
LARGE = "model_imagen4-ultra"
"""A model whose pictures have 1024 × 1024 pixels."""


async def test_edits_that_fail_for_a_while_still_end_in_one_card() -> None:
    async with playing() as one:
        await side_by_side(
            rate_limited(one),
            rate_limited_for_longer_than_the_library_tries(one),
            globally_rate_limited(one),
            bad_gateway_several_times(one),
            reset_before_every_edit_for_a_while(one),
            reset_before_the_last_edit(one),
            reset_after_the_last_edit(one),
            unknown_webhook_now_and_then(one),
            too_large_by_code(one),
            too_large_by_a_proxys_word(one),
            *(weighs(one, size, reduced=size > LIMIT) for size in (9 * MIB, LIMIT, LIMIT + 1, 11 * MIB)),
            weighs(one, 12 * MIB, reduced=True),
            comes_as(one, "webp", "PNG"),
            comes_as(one, "gif", "GIF"),
        )


async def rate_limited(one: Stage) -> None:
    prompt = "a storm of limits on one route"
    storm = await fault(one, "discord", "rate_limit", **EDIT, body_contains=prompt, retry_after=0.3, times=4)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, storm, 4)


async def rate_limited_for_longer_than_the_library_tries(one: Stage) -> None:
    prompt = "a storm that outlasts the library"
    storm = await fault(one, "discord", "rate_limit", **EDIT, body_contains=prompt, retry_after=0.2, times=12)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, storm, 12)


async def globally_rate_limited(one: Stage) -> None:
    prompt = "a storm of limits everywhere"
    generation = await one.imagine(prompt, channel="guild2/general")
    await running(one, generation)
    # the token's way and the bot's own way
    limits: Json = {"body_contains": prompt, "retry_after": 0.3, "global": True, "times": 2}
    await one.post("/expire", interaction_id=generation)
    storm = await fault(one, "discord", "rate_limit", method="PATCH", path="/channels/*", **limits)
    await delivered(one, generation, prompt, channel="guild2/general")
    await spoiled(one, storm, 2)


async def bad_gateway_several_times(one: Stage) -> None:
    prompt = "bad gateways in a row"
    broken = await fault(one, "discord", "status", **EDIT, body_contains=prompt, status=502, times=3)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, broken, 3)


async def reset_before_every_edit_for_a_while(one: Stage) -> None:
    prompt = "connections that break"
    broken = await fault(one, "discord", "reset", **EDIT, body_contains=prompt, times=3)
    await delivered(one, await one.imagine(prompt), prompt)
    await spoiled(one, broken, 3)


async def reset_before_the_last_edit(one: Stage) -> None:
    prompt = "a connection that breaks early"
    generation = await one.imagine(prompt)
    broken = await fault(one, "discord", "reset", **EDIT, body_contains=f"imagine-{generation}", times=2)
    await delivered(one, generation, prompt)
    await spoiled(one, broken, 2)


async def reset_after_the_last_edit(one: Stage) -> None:
    prompt = "a connection that breaks late"
    generation = await one.imagine(prompt)
    last: Json = {**EDIT, "body_contains": f"imagine-{generation}"}
    broken = await fault(one, "discord", "reset", **last, when="after")
    await delivered(one, generation, prompt)
    await spoiled(one, broken)


async def unknown_webhook_now_and_then(one: Stage) -> None:
    prompt = "a webhook that is unknown for a moment"
    lie: Json = {"status": 404, "code": 10015, "message": "Unknown Webhook"}
    lied = await fault(one, "discord", "status", **EDIT, **lie, body_contains=prompt)
    generation = await one.imagine(prompt)
    await spoiled(one, lied)
    await one.until(lambda: said(one, generation), "the card to say something")
    lied = await fault(one, "discord", "status", **EDIT, **lie, body_contains=f"imagine-{generation}")
    answer = await delivered(one, generation, prompt)
    await spoiled(one, lied)
    # the token was good all the time, so the bot's own right was not needed
    assert not await edited_by_right(one, answer)


async def said(one: Stage, generation: str) -> bool:
    return any(message["embeds"] for message in await one.answers(generation))


async def edited_by_right(one: Stage, message: Json) -> bool:
    records = (await one.get("/wire"))["records"]
    return any(
        record["kind"] == "request"
        and record["method"] == "PATCH"
        and record["path"].endswith(f"/channels/{message['channel_id']}/messages/{message['id']}")
        for record in records
    )


async def too_large_by_code(one: Stage) -> None:
    prompt = "a place that takes less than it said"
    generation = await one.imagine(prompt)
    refusal: Json = {"status": 400, "code": 40005, "message": "Request entity too large"}
    refused = await fault(one, "discord", "status", **EDIT, **refusal, body_contains=f"imagine-{generation}")
    answer = await delivered(one, generation, prompt)
    await spoiled(one, refused)
    assert REDUCED in text_of(answer)


async def too_large_by_a_proxys_word(one: Stage) -> None:
    prompt = "a proxy that takes less"
    generation = await one.imagine(prompt)
    page: Json = {"body": "<html>too large</html>", "headers": {"content-type": "text/html"}, "status": 413}
    refused = await fault(one, "discord", "status", **EDIT, **page, body_contains=f"imagine-{generation}")
    answer = await delivered(one, generation, prompt)
    await spoiled(one, refused)
    assert REDUCED in text_of(answer)


async def weighs(one: Stage, size: int, *, reduced: bool) -> None:
    prompt = f"a picture of {size} bytes"
    await one.post("/script", prompt_contains=prompt, bytes=size)
    answer = await delivered(one, await one.imagine(prompt, model=LARGE), prompt)
    data = await picture_of(one, answer)
    assert (len(data) == size) is not reduced
    assert len(data) <= LIMIT
    assert (REDUCED in text_of(answer)) is reduced
    assert Image.open(BytesIO(data)).size == (1024, 1024)


async def comes_as(one: Stage, form: str, kind: str) -> None:
    prompt = f"a picture in {form}"
    await one.post("/script", prompt_contains=prompt, format=form)
    answer = await delivered(one, await one.imagine(prompt), prompt)
    assert Image.open(BytesIO(await picture_of(one, answer))).format == kind


async def picture_of(one: Stage, message: Json) -> bytes:
    (link,) = images(message)
    return await one.fetch(link)


async def test_a_card_whose_way_closes_takes_the_next_one_or_is_kept() -> None:
    async with playing(scenario={"seconds": 1.5}) as one:
        for member in ("alice", "bob", "carol", "dan", "erin", "frank", "grace", "henry"):
            await one.messages(member=member)  # they join, so that the bot shares a server with them
        await side_by_side(
            the_token_dies_early(one),
            the_token_is_unknown_for_good(one),
            a_private_token_dies(one, "bob"),
            a_private_token_dies_where_messages_are_closed(one, "carol"),
            a_direct_message_breaks_late(one, "henry"),
            the_tokens_way_is_forbidden(one, 403, 50013),
            the_tokens_way_is_forbidden(one, 403, 50001),
            the_tokens_way_is_forbidden(one, 404, 10003),
            the_channel_is_hidden(one, "dan"),
            the_permission_is_gone(one, "erin"),
            nothing_may_be_attached_any_more(one, "grace"),
            nothing_is_open_any_more(one, "frank"),
            deleted_while_it_runs(one),
            deleted_by_the_time_it_is_done(one),
        )
        await side_by_side(*thrown_out(one))


async def the_token_dies_early(one: Stage) -> None:
    prompt = "a token that dies early"
    generation = await one.imagine(prompt)
    before = await one.answer(generation)
    await running(one, generation)
    await one.post("/expire", interaction_id=generation)
    answer = await delivered(one, generation, prompt)
    assert answer["id"] == before["id"]
    assert await edited_by_right(one, answer)


async def the_token_is_unknown_for_good(one: Stage) -> None:
    prompt = "a token that nobody knows"
    generation = await one.imagine(prompt)
    before = await one.answer(generation)
    lie: Json = {"status": 404, "code": 10015, "message": "Unknown Webhook", "times": None}
    lied = await fault(one, "discord", "status", **EDIT, **lie, body_contains=prompt)
    answer = await delivered(one, generation, prompt)
    await spoiled(one, lied, 2)
    assert answer["id"] == before["id"]
    assert await edited_by_right(one, answer)


async def a_private_token_dies(one: Stage, member: str) -> None:
    prompt = "a secret whose token dies"
    generation = await one.imagine(prompt, member=member, private=True)
    await running(one, generation)
    await one.post("/expire", interaction_id=generation)
    await moved(one, generation, prompt, member)
    # what was private is nowhere in the channel
    assert await one.answers(generation, member="alice") == []


async def a_private_token_dies_where_messages_are_closed(one: Stage, member: str) -> None:
    prompt = "a secret that nobody can be told"
    await one.post("/block_dms", member=member, blocked=True)
    generation = await one.imagine(prompt, member=member, private=True)
    await running(one, generation)
    await one.post("/expire", interaction_id=generation)
    await kept(one, generation, prompt, member)
    assert await one.answers(generation, member="alice") == []


async def a_direct_message_breaks_late(one: Stage, member: str) -> None:
    prompt = "a secret that is told once"
    sending: Json = {"method": "POST", "path": "/channels/*/messages", "body_contains": prompt}
    broken = await fault(one, "discord", "reset", **sending, when="after")
    generation = await one.imagine(prompt, member=member, private=True)
    await running(one, generation)
    await one.post("/expire", interaction_id=generation)
    await moved(one, generation, prompt, member)
    await spoiled(one, broken)


async def the_tokens_way_is_forbidden(one: Stage, status: int, code: int) -> None:
    prompt = f"a token that is good for nothing by {code}"
    no: Json = {"status": status, "code": code, "message": "No", "times": None}
    await fault(one, "discord", "status", **EDIT, **no, body_contains=prompt)
    generation = await one.imagine(prompt)
    answer = await delivered(one, generation, prompt)
    assert await edited_by_right(one, answer)


async def the_channel_is_hidden(one: Stage, member: str) -> None:
    prompt = "a channel that the bot loses from sight"
    generation = await one.imagine(prompt, member=member, channel="brainstorm")
    await running(one, generation)
    await one.post("/permissions", channel="brainstorm", deny=["VIEW_CHANNEL"], allow=[])
    await one.post("/expire", interaction_id=generation)
    await moved(one, generation, prompt, member)


async def the_permission_is_gone(one: Stage, member: str) -> None:
    prompt = "a right that the bot loses"
    generation = await one.imagine(prompt, member=member)
    await running(one, generation)
    no: Json = {"status": 403, "code": 50013, "message": "Missing Permissions", "times": None}
    await fault(one, "discord", "status", method="PATCH", path="/channels/*", body_contains=prompt, **no)
    await one.post("/expire", interaction_id=generation)
    await moved(one, generation, prompt, member)


async def nothing_may_be_attached_any_more(one: Stage, member: str) -> None:
    prompt = "a channel without files"
    generation = await one.imagine(prompt, member=member, channel="age-restricted")
    await running(one, generation)
    await one.post("/permissions", channel="age-restricted", deny=["ATTACH_FILES"], allow=[])
    await one.post("/expire", interaction_id=generation)
    await moved(one, generation, prompt, member)


async def nothing_is_open_any_more(one: Stage, member: str) -> None:
    prompt = "a member who is out of reach"
    await one.post("/block_dms", member=member, blocked=True)
    generation = await one.imagine(prompt, member=member)
    await running(one, generation)
    no: Json = {"status": 403, "code": 50001, "message": "Missing Access", "times": None}
    await fault(one, "discord", "status", method="PATCH", path="/channels/*", body_contains=prompt, **no)
    await one.post("/expire", interaction_id=generation)
    await kept(one, generation, prompt, member)


async def deleted_while_it_runs(one: Stage) -> None:
    prompt = "a card that is deleted while its job runs"
    await one.post("/script", prompt_contains=prompt, seconds=5)
    await is_deleted(one, prompt)


async def deleted_by_the_time_it_is_done(one: Stage) -> None:
    prompt = "a card that is deleted at the last moment"
    await is_deleted(one, prompt)


async def is_deleted(one: Stage, prompt: str) -> None:
    generation = await one.imagine(prompt)
    message = await one.answer(generation)
    await running(one, generation)
    await one.post("/delete", member="mod", message_id=message["id"])
    await kept(one, generation, prompt, "alice")
    assert await one.answers(generation) == []


def thrown_out(one: Stage) -> list[Any]:
    """The bot is thrown out of a server with jobs under way: with the token alive, with it dead, and with a
    member whom the bot shares no other server with."""
    together: list[str] = []

    async def under_way(prompt: str, member: str) -> str:
        generation = await one.imagine(prompt, member=member, channel="guild2/general")
        await running(one, generation)
        together.append(generation)
        if len(together) == 3:
            await one.post("/remove_bot", guild="Second Server")
        await one.until(out, "the bot to be thrown out")
        return generation

    async def out() -> bool:
        return len(together) == 3

    async def with_its_token() -> None:
        prompt = "thrown out with a token in hand"
        await delivered(one, await under_way(prompt, "alice"), prompt, channel="guild2/general")

    async def without_token() -> None:
        prompt = "thrown out without a token"
        generation = await under_way(prompt, "bob")
        await one.post("/expire", interaction_id=generation)
        await moved(one, generation, prompt, "bob")

    async def from_the_only_server() -> None:
        prompt = "thrown out of the only server"
        generation = await under_way(prompt, "stranger")
        await one.post("/expire", interaction_id=generation)
        await kept(one, generation, prompt, "stranger")

    return [with_its_token(), without_token(), from_the_only_server()]


async def moved(one: Stage, generation: str, prompt: str, member: str) -> None:
    """The picture came as one direct message, and was bought once."""
    await one.settled(generation)
    assert one.record(generation)["fate"] == "succeeded"
    assert len(await one.ledger(prompt)) == 1
    (message,) = await by_message(one, generation, member)
    assert len(images(message)) == 1
    assert prompt in text_of(message)
    assert "couldn't post it where you asked" in message["content"]


async def kept(one: Stage, generation: str, prompt: str, member: str) -> None:
    """There was no way to show it; its job was watched to its end, and is on record."""
    await one.settled(generation, card="kept")
    await fate(one, generation, "succeeded")
    assert one.record(generation)["card"] == "kept"
    (job,) = await one.ledger(prompt)
    assert job["status"] == "success"
    assert await by_message(one, generation, member) == []


async def test_only_what_discord_took_note_of_is_bought() -> None:
    async with playing() as one:
        late = await answered_too_late(one)
        never = await one_broken_callback(one, "a callback that never came", "reset", times=1)
        lost = await one_broken_callback(one, "an answer that was lost", "reset", when="after")
        failing = await one_broken_callback(one, "a failing callback", "status", status=500)
        ambiguous = await one_broken_callback(one, "a failing answer", "status", status=500, when="after")
        await side_by_side(
            nothing_came_of(one, late, "an answer that came too late"),
            nothing_came_of(one, never, "a callback that never came"),
            was_delivered(one, lost, "an answer that was lost"),
            was_delivered(one, failing, "a failing callback"),
            was_delivered(one, ambiguous, "a failing answer"),
        )
        await found_in_the_end(one)
        await deleted_before_the_purchase(one)
        assert len(await one.ledger()) == 4


async def answered_too_late(one: Stage) -> str:
    late = await fault(one, "discord", "hold", **CALLBACK)
    generation = await one.imagine("an answer that came too late")
    await one.held(late)
    await one.post("/clock", advance=4)
    await heal(one, late)
    return generation


async def one_broken_callback(one: Stage, prompt: str, kind: str, **spec: Any) -> str:
    broken = await fault(one, "discord", kind, **CALLBACK, **spec)
    generation = await one.imagine(prompt)
    await spoiled(one, broken)
    return generation


async def nothing_came_of(one: Stage, generation: str, prompt: str) -> None:
    await fate(one, generation, "canceled")
    assert one.record(generation)["card"] == "kept"
    assert await one.ledger(prompt) == []
    assert await one.answers(generation) == []


async def was_delivered(one: Stage, generation: str, prompt: str) -> None:
    await delivered(one, generation, prompt)


async def found_in_the_end(one: Stage) -> None:
    """The answer to the callback is lost, and Discord does not say at once whether it took it."""
    prompt = "an answer that is found in the end"
    asking: Json = {"method": "GET", "path": "/webhooks/*/messages/@original"}
    silent = await fault(one, "discord", "reset", **asking, times=4)
    generation = await one_broken_callback(one, prompt, "reset", when="after")
    await spoiled(one, silent, 4)
    await delivered(one, generation, prompt)


async def deleted_before_the_purchase(one: Stage) -> None:
    prompt = "a card that is deleted in the line"
    paid: Json = {"method": "POST", "path": "/generate/custom/*", "body_contains": prompt}
    paid["query"] = {"dryRun": None}
    busy = await fault(one, "scenario", "rate_limit", **paid, retry_after=1, times=None)
    generation = await one.imagine(prompt)
    message = await one.answer(generation)
    await spoiled(one, busy)
    await one.post("/delete", member="mod", message_id=message["id"])
    await fate(one, generation, "canceled")
    await heal(one, busy)
    assert one.record(generation)["card"] == "kept"
    assert await one.ledger(prompt) == []
    assert await one.answers(generation) == []
