"""The life of an interaction over real HTTP: answers, times, tokens, files."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.discord.interactions import Refused
from tests.sandbox.discord_stage import IMAGINE, Stage, picture, soon


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        await stage.sync(IMAGINE)
        yield stage


async def test_the_interaction_says_everything(stage: Stage):
    payload = await stage.ask(count=2)
    assert payload["type"] == 2
    assert payload["data"]["options"] == [
        {"name": "prompt", "type": 3, "value": "a red fox"},
        {"name": "count", "type": 4, "value": 2},
    ]
    assert payload["authorizing_integration_owners"] == {"0": payload["guild_id"]}
    assert payload["context"] == 0
    assert payload["attachment_size_limit"] == 10 * 2**20
    assert int(payload["app_permissions"]) & (1 << 15)
    assert int(payload["member"]["permissions"]) & (1 << 31)
    assert payload["member"]["user"]["username"] == "alice"
    assert "user" not in payload
    missing = {"channel", "guild", "guild_locale", "locale", "entitlements", "version"} - payload.keys()
    assert not missing


async def test_deferring_then_editing_with_a_picture_settles_the_message(stage: Stage):
    payload = await stage.ask()
    ack = await stage.answer(payload, 5, params={"with_response": "1"})
    assert ack.status == 200
    assert ack["interaction"]["response_message_loading"] is True
    assert "resource" not in ack.value
    assert stage.acts.state(payload["id"]) == "acknowledged"
    [waiting] = stage.seen()
    assert waiting["flags"] == 128
    assert waiting["interaction_id"] == payload["id"]

    body = {
        "embeds": [{"title": "Fox", "image": {"url": "attachment://fox.png", "description": "a fox"}}],
        "attachments": [{"id": 0, "filename": "fox.png", "description": "a red fox"}],
    }
    edited = await stage.hook("PATCH", payload, "@original", body, files={"fox.png": picture()})
    assert edited.status == 200, edited.value
    [message] = stage.seen()
    image = message["embeds"][0]["image"]
    assert (image["width"], image["height"], image["description"]) == (8, 6, "a fox")
    assert message["attachments"] == []
    assert message["flags"] == 0
    assert message["edits"] == 1
    assert message["edited_timestamp"] is None
    assert stage.acts.state(payload["id"]) == "answered"
    fetched = await stage.call("GET", image["url"], headers={})
    assert fetched.raw == picture()
    assert fetched.headers["Content-Type"] == "image/png"
    assert stage.wire.violations == []


async def test_links_to_files_expire(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "x"}, files={"a.png": picture()})
    [message] = stage.seen()
    url = message["attachments"][0]["url"]
    assert (await stage.call("GET", url)).status == 200
    assert (await stage.call("GET", url.replace("hm=", "hm=0"))).status == 404
    stage.clock.advance(25 * 3600)
    assert (await stage.call("GET", url)).status == 404


async def test_an_answer_after_three_seconds_comes_too_late(stage: Stage):
    payload = await stage.ask()
    stage.clock.advance(2.9)
    assert stage.acts.state(payload["id"]) == "sent"
    stage.clock.advance(0.2)
    assert stage.acts.state(payload["id"]) == "failed"
    late = await stage.answer(payload, 5)
    assert (late.status, late.code) == (404, 10062)
    assert (await stage.hook("POST", payload, body={"content": "x"})).code == 10015
    assert stage.seen() == []


async def test_a_second_answer_is_refused(stage: Stage):
    payload = await stage.ask()
    first = await stage.answer(payload, 4, {"content": "hello"})
    assert (first.status, first.raw) == (204, b"")
    second = await stage.answer(payload, 5)
    assert (second.status, second.code) == (400, 40060)


async def test_the_webhook_is_unknown_before_the_answer_and_to_others(stage: Stage):
    payload = await stage.ask()
    early = await stage.hook("GET", payload, "@original")
    assert (early.status, early.code) == (404, 10015)
    await stage.answer(payload, 5)
    assert (await stage.hook("GET", payload, "@original")).status == 200
    path = "/messages/@original"
    wrong = [f"/webhooks/1/{payload['token']}{path}", f"/webhooks/{stage.world.application_id}/x{path}"]
    for one in wrong:
        assert (await stage.call("GET", one)).code == 10015


async def test_the_token_dies_after_a_quarter_of_an_hour(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 5)
    stage.clock.advance(15 * 60 - 1)
    assert (await stage.hook("PATCH", payload, "@original", {"content": "still"})).status == 200
    stage.clock.advance(2)
    dead = await stage.hook("PATCH", payload, "@original", {"content": "no"})
    assert (dead.status, dead.code) == (401, 50027)


async def test_a_deferred_answer_that_never_came_expires(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 5)
    stage.acts.expire_token(payload["id"])
    assert stage.acts.state(payload["id"]) == "expired"
    assert (await stage.hook("GET", payload, "@original")).code == 50027


async def test_the_first_followup_fills_a_deferred_answer(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 5)
    first = await stage.hook("POST", payload, body={"content": "here", "flags": 64})
    second = await stage.hook("POST", payload, body={"content": "more", "flags": 64})
    public, private = stage.seen()
    assert (public["content"], public["ephemeral"]) == ("here", False)
    assert (private["content"], private["ephemeral"]) == ("more", True)
    assert first["id"] == public["id"]
    assert second["flags"] == 64
    assert [one["content"] for one in stage.seen(member="bob")] == ["here"]


async def test_what_one_member_sees_is_out_of_reach_for_the_channel_route(stage: Stage):
    payload = await stage.ask()
    answer = await stage.answer(
        payload, 4, {"content": "psst", "flags": 64}, params={"with_response": "true"}
    )
    message = answer["resource"]["message"]
    assert answer["interaction"]["response_message_ephemeral"] is True
    route = f"/channels/{message['channel_id']}/messages/{message['id']}"
    assert (await stage.call("PATCH", route, {"content": "x"})).code == 10008
    assert (await stage.call("GET", route)).code == 10008
    created = next(event for event in stage.events if event[0] == "MESSAGE_CREATE")
    assert created[2] is None
    assert "guild_id" not in created[1]


async def test_a_deleted_message_is_unknown(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "hello"})
    stage.acts.delete_message("mod", stage.seen()[0]["id"])
    gone = await stage.hook("PATCH", payload, "@original", {"content": "x"})
    assert (gone.status, gone.code) == (404, 10008)
    with pytest.raises(Refused):
        stage.acts.delete_message("mod", "1")


async def test_only_moderators_delete_what_the_bot_said(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "hello"})
    with pytest.raises(Refused):
        stage.acts.delete_message("alice", stage.seen()[0]["id"])


async def test_the_bot_deletes_and_goes_on(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 5)
    assert (await stage.hook("DELETE", payload, "@original")).status == 204
    assert (await stage.hook("DELETE", payload, "@original")).code == 10008
    told = await stage.hook("POST", payload, body={"content": "only you", "flags": 64})
    assert told["flags"] == 64
    assert stage.acts.state(payload["id"]) == "answered"


async def test_files_are_kept_when_listed_and_dropped_when_not(stage: Stage):
    payload = await stage.ask()
    files = {"a.png": picture(), "b.png": picture(4, 4)}
    await stage.answer(payload, 4, {"content": "two"}, files=files)
    first, second = stage.seen()[0]["attachments"]
    await stage.hook("PATCH", payload, "@original", {"content": "still two"})
    assert len(stage.seen()[0]["attachments"]) == 2
    body = {"attachments": [{"id": second["id"]}, {"id": 0, "filename": "c.png"}]}
    edited = await stage.hook("PATCH", payload, "@original", body, files={"x.png": picture()})
    assert [one["filename"] for one in edited["attachments"]] == ["b.png", "c.png"]
    assert (await stage.call("GET", first["url"])).status == 404
    unknown = await stage.hook("PATCH", payload, "@original", {"attachments": [{"id": "123"}]})
    assert unknown.code == 50035
    await stage.hook("PATCH", payload, "@original", {"attachments": []})
    assert stage.seen()[0]["attachments"] == []


async def test_an_embed_may_only_show_a_file_of_its_message(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 5)
    body = {"embeds": [{"image": {"url": "attachment://other.png"}}]}
    refused = await stage.hook("PATCH", payload, "@original", body, files={"fox.png": picture()})
    assert refused.status == 400
    assert "image" in refused["errors"]["embeds"]["0"]
    assert stage.wire.violations


async def test_a_later_edit_still_shows_the_first_file(stage: Stage):
    payload = await stage.ask()
    body = {"embeds": [{"title": "one", "image": {"url": "attachment://fox.png"}}]}
    await stage.answer(payload, 4, body, files={"fox.png": picture()})
    body["embeds"][0]["title"] = "two"
    edited = await stage.hook("PATCH", payload, "@original", body)
    url = edited["embeds"][0]["image"]["url"]
    assert (await stage.call("GET", url)).status == 200
    await stage.hook("PATCH", payload, "@original", {"attachments": []})
    assert (await stage.call("GET", stage.seen()[0]["embeds"][0]["image"]["url"])).status == 200


async def test_user_installs_get_five_followups(stage: Stage):
    payload = await stage.ask("away:alice")
    assert payload["authorizing_integration_owners"] == {"1": payload["member"]["user"]["id"]}
    await stage.answer(payload, 4, {"content": "hello"})
    for _ in range(5):
        assert (await stage.hook("POST", payload, body={"content": "more"})).status == 200
        stage.clock.advance(2)
    sixth = await stage.hook("POST", payload, body={"content": "more"})
    assert (sixth.status, sixth.code) == (400, 40094)
    route = f"/channels/{payload['channel_id']}/messages"
    assert (await stage.call("POST", route, {"content": "x"})).code == 50001


async def test_places_tell_their_context(stage: Stage):
    direct = await stage.ask("dm:alice")
    assert (direct["context"], direct["authorizing_integration_owners"]) == (1, {"0": "0"})
    assert direct["user"]["username"] == "alice"
    assert "member" not in direct
    group = await stage.ask("private:alice")
    assert group["context"] == 2
    assert group["channel"]["type"] == 3
    hushed = await stage.ask("hushed:alice")
    answer = await stage.answer(hushed, 5, params={"with_response": "1"})
    assert answer["interaction"]["response_message_ephemeral"] is True
    with pytest.raises(Refused):
        await stage.ask("dm:bob", member="alice")


async def test_suggestions(stage: Stage):
    asked = asyncio.create_task(
        stage.acts.autocomplete("alice", "general", "imagine", {"prompt": "x", "model": "fl"}, "model")
    )
    await soon(asked)
    payload = stage.last()
    focused = next(one for one in payload["data"]["options"] if one.get("focused"))
    assert (payload["type"], focused["value"]) == (4, "fl")
    refused = await stage.answer(payload, 8, {"choices": [{"name": "x" * 101, "value": "a"}]})
    assert refused.code == 50035
    assert (await stage.answer(payload, 8, {"choices": [{"name": "Flux", "value": "flux"}]})).status == 204
    assert await asked == [{"name": "Flux", "value": "flux"}]


async def test_suggestions_that_do_not_come(stage: Stage):
    asked = asyncio.create_task(stage.acts.autocomplete("alice", "general", "imagine", {}, "model"))
    await soon(asked)
    stage.clock.advance(3.1)
    with pytest.raises(Refused) as refused:
        await asked
    assert refused.value.status == 503
    with pytest.raises(Refused):
        await stage.acts.autocomplete("alice", "general", "imagine", {}, "prompt")


@pytest.mark.parametrize(
    ("kind", "data"),
    [(1, None), (6, None), (7, {"content": "x"}), (8, {"choices": []}), (10, None), (5, {"content": "x"})],
)
async def test_answers_that_do_not_fit_a_command(stage: Stage, kind: int, data: dict[str, object] | None):
    payload = await stage.ask()
    refused = await stage.answer(payload, kind, data)
    assert (refused.status, refused.code) == (400, 50035)
    assert (await stage.answer(payload, 5)).status == 204


async def test_who_is_pinged(stage: Stage):
    alice, bob = stage.world.user("alice").id, stage.world.user("bob").id
    said = f"@everyone <@{alice}> <@{bob}>"
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": said})
    await stage.hook("POST", payload, body={"content": said, "allowed_mentions": {"parse": []}})
    await stage.hook("POST", payload, body={"content": said, "allowed_mentions": {"users": [bob]}})
    await stage.hook("POST", payload, body={"content": said, "allowed_mentions": {"parse": ["everyone"]}})
    await stage.hook("POST", payload, body={"embeds": [{"title": said}]})
    pings = [
        ([one["username"] for one in message["mentions"]], message["mention_everyone"])
        for message in stage.seen()
    ]
    assert pings == [(["alice", "bob"], False), ([], False), (["bob"], False), ([], True), ([], False)]
