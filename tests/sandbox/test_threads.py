"""Threads and forums: who sees them, what may be written where, and what the bot is told."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.discord.interactions import Refused
from sandbox.discord.state import Thread
from sandbox.discord.thread_acts import ThreadActs
from tests.sandbox.discord_stage import IMAGINE, Stage, picture

Json = dict[str, Any]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        await stage.sync(IMAGINE)
        stage.events.clear()
        yield stage


def started(stage: Stage, name: str = "foxes", channel: str = "general", **more: Any) -> Thread:
    return ThreadActs(stage.acts).start("alice", channel, name, **more)[0]


def changed(stage: Stage, member: str, channel: str = "thread:foxes", **more: Any) -> None:
    ThreadActs(stage.acts).change(member, channel, **{"archived": None, "locked": None, **more})


def told(stage: Stage) -> list[str]:
    return [name for name, _, _ in stage.events]


async def test_a_command_works_in_a_thread_and_its_answer_stays_there(stage: Stage):
    thread = started(stage)
    asked = await stage.ask("thread:foxes")
    channel = asked["channel"]
    assert (channel["id"], channel["type"], channel["parent_id"]) == (
        thread.id,
        11,
        stage.world.channel("general").id,
    )
    assert channel["thread_metadata"]["archived"] is False
    assert (await stage.answer(asked, 5)).status == 204
    files = {"fox.png": picture()}
    assert (await stage.hook("PATCH", asked, "@original", {"content": "done"}, files=files)).status == 200
    assert [one["content"] for one in stage.seen("thread:foxes")] == ["done"]
    assert stage.seen("general") == []
    told_of = next(data for name, data, _ in stage.events if name == "THREAD_CREATE")
    assert (told_of["newly_created"], told_of["name"]) == (True, "foxes")
    shown = (await stage.call("GET", f"/channels/{thread.id}")).value
    assert (shown["message_count"], shown["member"]["user_id"]) == (1, stage.world.application_id)


async def test_a_new_message_opens_an_archived_thread_and_an_edit_does_not(stage: Stage):
    thread = started(stage)
    asked = await stage.ask("thread:foxes")
    await stage.answer(asked, 5)
    messages = f"/channels/{thread.id}/messages"
    said = await stage.call("POST", messages, {"content": "hello"})
    changed(stage, "alice", archived=True)
    for refused in (
        await stage.hook("PATCH", asked, "@original", {"content": "done"}),
        await stage.call("PATCH", f"{messages}/{said['id']}", {"content": "bye"}),
        await stage.call("PATCH", f"/channels/{thread.id}", {"name": "owls"}),
        await stage.call("PUT", f"/channels/{thread.id}/thread-members/@me"),
    ):
        assert (refused.status, refused.code) == (403, 50083)
    assert (await stage.call("DELETE", f"{messages}/{said['id']}")).status == 204
    stage.events.clear()
    assert (await stage.call("POST", messages, {"content": "again"})).status == 200
    assert told(stage)[:2] == ["THREAD_UPDATE", "MESSAGE_CREATE"]
    assert not thread.archived
    changed(stage, "alice", archived=True)
    await stage.ask("thread:foxes")
    assert not thread.archived, "a member's client opens it before it sends the command"


async def test_what_is_locked_is_closed_to_all_who_may_not_manage_threads(stage: Stage):
    thread = started(stage)
    asked = await stage.ask("thread:foxes")
    deferred = await stage.ask("thread:foxes")
    await stage.answer(deferred, 5)
    with pytest.raises(Refused):
        changed(stage, "alice", locked=True)
    changed(stage, "mod", locked=True, archived=True)
    for refused in (
        await stage.answer(asked, 4, {"content": "x"}),
        await stage.answer(asked, 5),
        await stage.hook("PATCH", deferred, "@original", {"content": "done"}),
        await stage.hook("POST", deferred, "", {"content": "more"}),
        await stage.call("POST", f"/channels/{thread.id}/messages", {"content": "x"}),
    ):
        assert (refused.status, refused.code) == (403, 50083)
    assert (await stage.call("PATCH", f"/channels/{thread.id}", {"archived": False})).code == 50013
    with pytest.raises(Refused):
        await stage.ask("thread:foxes")
    with pytest.raises(Refused):
        stage.acts.say("bob", "thread:foxes", "x")
    assert (await stage.answer(asked, 4, {"content": "only you", "flags": 64})).status == 204
    stage.acts.say("mod", "thread:foxes", "opened")
    assert not thread.archived
    stage.world.set_permissions("general", allow=["MANAGE_THREADS"])
    opened = await stage.call("PATCH", f"/channels/{thread.id}", {"locked": False})
    assert opened["thread_metadata"]["locked"] is False


async def test_a_private_thread_is_seen_by_those_in_it_and_by_moderators(stage: Stage):
    thread = started(stage, private=True)
    stage.acts.say("alice", "thread:foxes", "secret")
    assert stage.seen("thread:foxes", "bob") == []
    assert len(stage.seen("thread:foxes", "mod")) == 1
    assert told(stage) == [], "nor is the bot told of it"
    assert (await stage.call("GET", f"/channels/{thread.id}")).code == 50001
    # It can be asked there all the same, and may answer with files.
    asked = await stage.ask("thread:foxes")
    assert asked["authorizing_integration_owners"]["0"] == thread.guild_id
    files = {"fox.png": picture()}
    assert (await stage.answer(asked, 4, {"content": "done"}, files=files)).status == 204
    stage.events.clear()
    changed(stage, "alice", add="bob")
    assert len(stage.seen("thread:foxes", "bob")) == 2
    changed(stage, "alice", remove="Imagine")
    changed(stage, "alice", add="Imagine")
    assert told(stage) == ["THREAD_MEMBERS_UPDATE", "THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]
    [added] = stage.events[-1][1]["added_members"]
    assert added["member"]["user"]["id"] == added["user_id"] == stage.world.application_id
    assert (await stage.call("GET", f"/channels/{thread.id}"))["thread_metadata"]["invitable"] is True
    changed(stage, "alice", remove="bob")
    assert stage.seen("thread:foxes", "bob") == []


async def test_the_bot_starts_threads_and_finds_them(stage: Stage):
    general = stage.world.channel("general").id
    alone = await stage.call("POST", f"/channels/{general}/threads", {"name": "plain", "type": 11})
    private = await stage.call("POST", f"/channels/{general}/threads", {"name": "quiet"})
    assert (alone.status, alone["type"], private["type"]) == (201, 11, 12)
    said = stage.acts.say("alice", "general", "look")
    path = f"/channels/{general}/messages/{said}/threads"
    under = await stage.call("POST", path, {"name": "under", "auto_archive_duration": 60})
    assert (under.status, under["id"]) == (201, said)
    assert (await stage.call("POST", path, {"name": "twice"})).code == 160004
    [message] = [one for one in stage.seen() if one["id"] == said]
    assert (message["thread"]["name"], message["flags"] & 32) == ("under", 32)
    guild = stage.world.guild_named("Imagine HQ").id
    assert len((await stage.call("GET", f"/guilds/{guild}/threads/active"))["threads"]) == 3
    await stage.call("PATCH", f"/channels/{said}", {"archived": True})
    listed = await stage.call("GET", f"/channels/{general}/threads/archived/public?limit=2")
    assert ([one["id"] for one in listed["threads"]], listed["has_more"]) == ([said], False)
    mine = await stage.call("GET", f"/channels/{said}/thread-members/@me")
    assert mine["user_id"] == stage.world.application_id
    created = stage.world.guild_create(guild)
    assert sorted(one["name"] for one in created["threads"]) == ["plain", "quiet"]
    assert (await stage.call("DELETE", f"/channels/{said}")).code == 50013
    stage.world.set_permissions("general", allow=["MANAGE_THREADS"])
    assert (await stage.call("DELETE", f"/channels/{said}")).status == 200
    assert (await stage.call("GET", f"/channels/{said}")).code == 10003
    for wrong in ({}, {"name": "x" * 101}, {"name": "x", "type": 1}, {"name": "x", "odd": 1}):
        assert (await stage.call("POST", f"/channels/{general}/threads", wrong)).code == 50035


async def test_a_forum_takes_posts_and_nothing_else(stage: Stage):
    forum = stage.world.open_channel("ideas", forum=True)
    assert (await stage.call("GET", f"/channels/{forum.id}"))["available_tags"] == []
    posts = f"/channels/{forum.id}/threads"
    assert (await stage.call("POST", f"/channels/{forum.id}/messages", {"content": "x"})).code == 50008
    assert (await stage.call("POST", posts, {"name": "empty"})).code == 50035
    count = len(forum_threads(stage))
    assert (
        await stage.call("POST", posts, {"name": "long", "message": {"content": "x" * 2001}})
    ).code == 50035
    assert len(forum_threads(stage)) == count, "what is refused leaves nothing behind"
    first = {"name": "owls", "message": {"content": "an owl"}}
    post = await stage.call("POST", posts, first, files={"owl.png": picture()})
    assert (post.status, post["message"]["id"]) == (201, post["id"])
    assert post["message"]["attachments"][0]["filename"] == "owl.png"
    thread = started(stage, "hawks", "ideas", content="a hawk")
    assert [one["content"] for one in stage.seen("thread:hawks")] == ["a hawk"]
    await stage.ask(thread.id)
    for refused in ({}, {"private": True, "content": "x"}):
        with pytest.raises(Refused):
            started(stage, "refused", "ideas", **refused)
    with pytest.raises(Refused):
        stage.acts.say("alice", "ideas", "in the forum itself")


def forum_threads(stage: Stage) -> list[Thread]:
    return list(stage.world.guild_named("Imagine HQ").threads.values())


async def test_writing_in_a_thread_takes_the_right_for_threads(stage: Stage):
    thread = started(stage)
    stage.world.set_permissions("general", deny=["SEND_MESSAGES"])
    assert (await stage.call("POST", f"/channels/{thread.id}/messages", {"content": "x"})).status == 200
    stage.world.set_permissions("general", deny=["SEND_MESSAGES_IN_THREADS"])
    assert (await stage.call("POST", f"/channels/{thread.id}/messages", {"content": "x"})).code == 50013


async def test_threads_over_the_control_api():
    async with Sandbox() as sandbox, aiohttp.ClientSession(sandbox.addresses["control"] + "/") as session:

        async def post(path: str, **body: Any) -> tuple[int, Json]:
            async with session.post(path, json=body) as answer:
                return answer.status, await answer.json()

        assert (await post("channels", channel="ideas", forum=True))[0] == 200
        assert (await post("channels", channel="ideas"))[0] == 400
        file = {"name": "a.png", "bytes": base64.b64encode(picture()).decode()}
        status, made = await post("threads", member="alice", channel="ideas", name="x", files=[file])
        assert (status, made["message_id"] is not None) == (200, True)
        assert (await post("thread", member="alice", channel="thread:x", archived=True)) == (200, {})
        assert (await post("thread", member="bob", channel="thread:x", locked=True))[0] == 400
        assert (await post("thread", member="bob", channel="general", locked=True))[0] == 400
        assert (await post("thread", member="bob", channel="thread:y", locked=True))[0] == 404
        assert (await post("threads", member="alice", channel="dm:alice", name="x"))[0] == 400
        assert (await post("say", member="mod", channel=made["channel_id"], content="by its id"))[0] == 200
