"""The REST routes that the bot uses with its own token, the refusals, and the rate limits."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.discord_stage import IMAGINE, Stage, picture

Json = dict[str, Any]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


def general(stage: Stage) -> str:
    return f"/channels/{stage.world.channel('general').id}/messages"


async def test_who_am_i(stage: Stage):
    me = await stage.call("GET", "/users/@me")
    assert me.headers["Content-Type"] == "application/json"
    application = await stage.call("GET", "/oauth2/applications/@me")
    assert me["id"] == application["id"] == stage.world.application_id
    assert (await stage.call("GET", "/gateway/bot"))["url"].startswith("ws://127.0.0.1:")
    assert (await stage.call("GET", f"/users/{stage.world.user('alice').id}"))["username"] == "alice"


async def test_guilds(stage: Stage):
    home = stage.world.guild_named("Imagine HQ")
    assert (await stage.call("GET", f"/guilds/{home.id}"))["name"] == "Imagine HQ"
    channels = await stage.call("GET", f"/guilds/{home.id}/channels")
    assert [one["name"] for one in channels.value] == ["general", "brainstorm", "locked", "age-restricted"]
    assert (await stage.call("GET", f"/guilds/{home.id}/roles")).status == 200
    assert (await stage.call("GET", f"/guilds/{home.id}/members/{stage.world.user('bob').id}")).status == 200
    assert (await stage.call("GET", f"/guilds/{home.id}/members")).code == 50001
    assert len((await stage.call("GET", "/users/@me/guilds")).value) == 2
    assert (await stage.call("GET", "/guilds/5")).code == 10004


async def test_strangers_are_refused(stage: Stage):
    assert (await stage.call("GET", "/users/@me", headers={"Authorization": "Bot wrong"})).status == 401
    assert (await stage.call("GET", "/users/@me", headers={"Authorization": ""})).status == 401
    nameless = await stage.call("GET", "/users/@me", headers={"User-Agent": ""})
    assert (nameless.status, nameless.code) == (403, 40333)


async def test_unknown_routes_and_keys_are_refused_and_remembered(stage: Stage):
    unknown = await stage.call("GET", "/guilds/1/webhooks/2?x=1")
    assert (unknown.status, unknown.code) == (404, 0)
    assert unknown["message"] == "stand-in: route not implemented: GET /guilds/1/webhooks/2"
    assert (await stage.call("DELETE", "/users/@me")).status == 404
    assert (await stage.call("GET", "/users/@me?verbose=1")).status == 400
    assert (await stage.call("POST", general(stage), {"contents": "x"})).code == 50035
    assert len(stage.wire.violations) == 4


async def test_bodies_that_are_no_json(stage: Stage):
    headers = {"Content-Type": "application/json"}
    broken = await stage.call("POST", general(stage), headers=headers, data=b"{")
    assert (broken.status, broken.code) == (400, 50109)
    assert (await stage.call("POST", general(stage), ["x"])).code == 50035
    assert (
        await stage.call("POST", general(stage), headers={"Content-Type": "text/plain"}, data=b"x")
    ).status == 400


async def test_messages_in_a_channel(stage: Stage):
    sent = await stage.call("POST", general(stage), {"content": "hello"}, files={"a b.png": picture()})
    assert sent["attachments"][0]["filename"] == "a_b.png"
    message = f"{general(stage)}/{sent['id']}"
    assert (await stage.call("GET", message))["content"] == "hello"
    edited = await stage.call("PATCH", message, {"content": "bye"})
    assert edited["edited_timestamp"]
    listed = await stage.call("GET", general(stage), params={"limit": "5"})
    assert [one["content"] for one in listed.value] == ["bye"]
    assert (await stage.call("PATCH", message, {"content": "", "attachments": []})).code == 50006
    assert (await stage.call("DELETE", message)).status == 204
    assert (await stage.call("DELETE", message)).code == 10008
    names = [name for name, _, _ in stage.events]
    assert names == ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]


async def test_pages_of_messages(stage: Stage):
    ids = [(await stage.call("POST", general(stage), {"content": str(n)}))["id"] for n in range(5)]

    async def page(**query: str) -> str:
        listed = await stage.call("GET", general(stage), params=query)
        return "".join(one["content"] for one in listed.value)

    assert await page() == "43210"
    assert await page(limit="2") == "43"
    assert await page(before=ids[3], limit="2") == "21"
    assert await page(after=ids[0], limit="2") == "21"
    assert "2" in await page(around=ids[2], limit="3")
    assert (await stage.call("GET", general(stage), params={"limit": "101"})).status == 400


async def test_a_nonce_is_remembered_for_minutes(stage: Stage):
    body = {"content": "once", "nonce": "abc", "enforce_nonce": True}
    first = await stage.call("POST", general(stage), body)
    assert first["nonce"] == "abc"
    assert (await stage.call("POST", general(stage), body))["id"] == first["id"]
    assert (await stage.call("POST", general(stage), {**body, "enforce_nonce": False}))["id"] != first["id"]
    stage.clock.advance(600)
    assert (await stage.call("POST", general(stage), body))["id"] != first["id"]


async def test_where_a_member_may_not(stage: Stage):
    await stage.sync(IMAGINE)
    voice, attach = 1 << 46, 1 << 15

    async def granted(member: str) -> tuple[int, int]:
        """What the member and the bot may do of these, as an interaction of the member's says."""
        payload = await stage.ask("general", member=member)
        both = voice | attach
        return int(payload["member"]["permissions"]) & both, int(payload["app_permissions"]) & both

    everything = voice | attach
    stage.world.set_permissions("general", deny=["SEND_VOICE_MESSAGES"], member="bob")
    assert await granted("bob") == (attach, everything)
    assert await granted("alice") == (everything, everything)
    stage.world.set_permissions("general", deny=["ATTACH_FILES"])
    assert await granted("bob") == (attach, voice)  # neither takes the other's away
    stage.world.set_permissions("general", member="bob")
    stage.world.set_permissions("general")
    assert await granted("bob") == (everything, everything)


async def test_where_the_bot_may_not(stage: Stage):
    await stage.sync(IMAGINE)
    locked = f"/channels/{stage.world.channel('locked').id}/messages"
    assert (await stage.call("POST", locked, {"content": "x"})).status == 200
    assert (await stage.call("POST", locked, {"content": "x"}, files={"a.png": picture()})).code == 50013
    payload = await stage.ask("locked")
    assert not int(payload["app_permissions"]) & (1 << 15)
    await stage.answer(payload, 5)
    refused = await stage.hook("PATCH", payload, "@original", {"content": "x"}, files={"a.png": picture()})
    assert (refused.status, refused.code) == (403, 50013)
    stage.world.set_permissions("general", deny=["SEND_MESSAGES"])
    assert (await stage.call("POST", general(stage), {"content": "x"})).code == 50013
    stage.world.set_permissions("general", deny=["VIEW_CHANNEL"])
    assert (await stage.call("POST", general(stage), {"content": "x"})).code == 50001
    stage.world.set_permissions("general")
    stage.world.remove_bot()
    assert (await stage.call("POST", general(stage), {"content": "x"})).code == 50001
    assert (await stage.call("POST", "/channels/5/messages", {"content": "x"})).code == 10003


async def test_direct_messages(stage: Stage):
    alice = stage.world.user("alice").id
    channel = await stage.call("POST", "/users/@me/channels", {"recipient_id": alice})
    route = f"/channels/{channel['id']}/messages"
    assert (await stage.call("POST", route, {"content": "psst"})).status == 200
    assert [one["content"] for one in stage.seen("dm:alice")] == ["psst"]
    assert (await stage.call("POST", f"/channels/{channel['id']}/typing")).status == 204
    stage.world.block_dms("alice")
    closed = await stage.call("POST", route, {"content": "psst"})
    assert (closed.status, closed.code) == (403, 50007)


async def test_too_large(stage: Stage):
    large = await stage.call("POST", general(stage), {}, files={"a.bin": b"x" * (10 * 2**20 + 1)})
    assert (large.status, large.code) == (413, 40005)
    heavier = await stage.call("POST", general(stage), {}, files={"a.bin": b"x" * (26 * 2**20)})
    assert (heavier.status, heavier.code) == (413, 40005)
    fits = await stage.call("POST", general(stage), {}, files={"a.bin": b"\r\n--x" * (2 * 2**20)})
    assert fits["attachments"][0]["size"] == 10 * 2**20


async def test_commands_are_synced(stage: Stage):
    base = f"/applications/{stage.world.application_id}/commands"
    created = await stage.call("POST", base, IMAGINE, params={"with_localizations": "true"})
    assert created.status == 201
    again = await stage.call("POST", base, IMAGINE)
    assert (again.status, again["id"], again["version"]) == (200, created["id"], created["version"])
    changed = await stage.call("PATCH", f"{base}/{created['id']}", {"description": "Other"})
    assert changed["version"] != created["version"]
    bulk = await stage.sync(IMAGINE, {"name": "ping", "description": "Pong"})
    assert bulk[0]["id"] == created["id"]
    listed = await stage.call("GET", base)
    assert len(listed.value) == 2
    assert (await stage.call("DELETE", f"{base}/{created['id']}")).status == 204
    assert (await stage.call("GET", f"{base}/{created['id']}")).code == 10063
    guild = stage.world.guild_named("Imagine HQ").id
    scoped = f"/applications/{stage.world.application_id}/guilds/{guild}/commands"
    local = await stage.call("PUT", scoped, [{"name": "local", "description": "Here"}])
    assert local.value[0]["guild_id"] == guild
    await stage.acts.command("alice", "general", "local")
    refused = await stage.call("PUT", base, [IMAGINE, {"name": "Bad Name", "description": "x"}])
    assert "name" in refused["errors"]["1"]
    assert (await stage.call("GET", "/applications/5/commands")).status == 403


async def test_two_hundred_commands_a_day(stage: Stage):
    for letter in "ab":
        await stage.sync(*[{"name": f"{letter}{n}", "description": "x"} for n in range(100)])
    base = f"/applications/{stage.world.application_id}/commands"
    late = await stage.call("PUT", base, [{"name": "more", "description": "x"}])
    assert late.code == 30034
    stage.clock.advance(25 * 3600)
    await stage.sync({"name": "more", "description": "x"})


async def test_a_full_bucket(stage: Stage):
    for left in (4, 3, 2, 1, 0):
        answer = await stage.call("POST", general(stage), {"content": "x"})
        assert answer.headers["X-RateLimit-Remaining"] == str(left)
    full = await stage.call("POST", general(stage), {"content": "x"})
    assert full.status == 429
    assert full.value.keys() == {"message", "code", "retry_after", "global"}
    assert full.headers["Via"] == "1.1 google"
    assert full.headers["X-RateLimit-Scope"] == "user"
    assert float(full.headers["X-RateLimit-Reset-After"]) <= 5
    assert full.headers["X-RateLimit-Bucket"] == answer.headers["X-RateLimit-Bucket"]
    brainstorm = f"/channels/{stage.world.channel('brainstorm').id}/messages"
    assert (await stage.call("POST", brainstorm, {"content": "x"})).status == 200
    stage.clock.advance(full["retry_after"])
    assert (await stage.call("POST", general(stage), {"content": "x"})).status == 200


async def test_each_token_has_its_bucket_and_answers_have_none():
    async with Stage(webhook=(1, 2.0)) as stage:
        await stage.sync(IMAGINE)
        for _ in range(2):
            payload = await stage.ask()
            ack = await stage.answer(payload, 5)
            assert "X-RateLimit-Limit" not in ack.headers
            assert (await stage.hook("PATCH", payload, "@original", {"content": "1"})).status == 200
            assert (await stage.hook("PATCH", payload, "@original", {"content": "2"})).status == 429


async def test_the_application_as_a_whole_has_a_limit():
    limits = {"global": (3, 1.0)}
    async with Stage(**limits) as stage:
        for _ in range(3):
            assert (await stage.call("GET", "/users/@me")).status == 200
        full = await stage.call("GET", "/users/@me")
        assert (full.status, full["global"], full.headers["X-RateLimit-Scope"]) == (429, True, "global")


async def test_old_messages_are_edited_rarely():
    async with Stage(old_edits=(1, 60.0)) as stage:
        sent = await stage.call("POST", general(stage), {"content": "x"})
        stage.clock.advance(3601)
        route = f"{general(stage)}/{sent['id']}"
        assert (await stage.call("PATCH", route, {"content": "y"})).status == 200
        often = await stage.call("PATCH", route, {"content": "z"})
        assert (often.status, often.code) == (429, 30046)
