"""What libraries other than the bot's ask of Discord: sounds, forms, unknown keys, addresses."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.discord.checks import remove
from tests.sandbox.discord_stage import IMAGINE, Stage, picture, soon

Json = dict[str, Any]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


def general(stage: Stage) -> str:
    return f"/channels/{stage.world.channel('general').id}/messages"


async def test_there_are_sounds_that_every_user_has(stage: Stage):
    sounds = (await stage.call("GET", "/soundboard-default-sounds")).value
    assert [one["sound_id"] for one in sounds] == ["1", "2", "3", "4", "5"]
    assert all(one["available"] and one["volume"] == 1.0 and one["emoji_name"] for one in sounds)
    home = stage.world.guild_named("Imagine HQ").id
    assert (await stage.call("GET", f"/guilds/{home}/soundboard-sounds")).value == {"items": []}


async def test_a_message_may_be_a_form(stage: Stage):
    fields = {"content": "4", "tts": "true", "flags": "4096", "embeds": '[{"title": "hello"}]'}
    sent = await stage.call("POST", general(stage), headers=FORM, data=urlencode(fields))
    assert (sent["content"], sent["tts"], sent["flags"]) == ("4", True, 4096)
    assert sent["embeds"][0]["title"] == "hello"
    whole = urlencode({"payload_json": '{"content": "caf\u00e9"}'})
    assert (await stage.call("PATCH", f"{general(stage)}/{sent['id']}", headers=FORM, data=whole))["content"]
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("content", "with a file")
    form.add_field("files[0]", picture(), filename="a.png", content_type="image/png")
    both = await stage.call("POST", general(stage), data=form)
    assert (both["content"], both["attachments"][0]["filename"]) == ("with a file", "a.png")
    wrong = await stage.call("POST", general(stage), headers=FORM, data=urlencode({"contents": "x"}))
    assert wrong["errors"]["contents"]


async def test_an_interaction_may_be_answered_with_a_form(stage: Stage):
    await stage.sync(IMAGINE)
    asked = await stage.ask()
    path = f"/interactions/{asked['id']}/{asked['token']}/callback"
    fields = {"type": "4", "data": '{"content": "hello"}'}
    assert (await stage.call("POST", path, headers=FORM, data=urlencode(fields))).status == 204
    assert [one["content"] for one in stage.seen()] == ["hello"]


async def test_a_form_where_the_specification_has_none_is_refused(stage: Stage):
    path = f"/applications/{stage.world.application_id}/commands"
    answer = await stage.call("POST", path, headers=FORM, data=urlencode({"name": "x", "description": "y"}))
    assert (answer.status, answer.code) == (400, 50035)


async def test_unknown_keys_are_ignored_where_that_was_asked_for(stage: Stage):
    odd = {
        "content": "x",
        "embeds": [{"title": "t", "color.of": 1, "footer": {"text": "f", "size": 2}}],
        "a": 1,
    }
    refused = await stage.call("POST", general(stage), odd)
    assert refused.code == 50035
    assert stage.wire.violations[-1]["what"] == "unknown key a, embeds.0.color.of, embeds.0.footer.size"
    stage.wire.violations.clear()
    stage.world.lenient_keys = True
    sent = await stage.call("POST", f"{general(stage)}?odd=1", odd)
    assert (sent.status, sent["embeds"][0]["footer"]) == (200, {"text": "f"})
    still = await stage.call("POST", general(stage), {**odd, "content": "x" * 2001})
    assert list(still["errors"]) == ["content"]
    [command] = await stage.sync({**IMAGINE, "color": "red"})
    assert "color" not in command
    assert [one["what"] for one in stage.wire.violations] == ["limit broken: Invalid Form Body (50035)"]


@pytest.mark.parametrize("path", ["a", "a.b", "c.0.a.b", "c.1.d"])
def test_a_key_is_removed_by_its_path(path: str):
    value = {"a": 1, "a.b": 2, "c": [{"a.b": 3}, {"d": 4}]}
    before = json.dumps(value)
    remove(value, path)
    assert json.dumps(value) != before
    remove(value, path)
    remove(value, "c.7.nothing")


async def test_a_plain_rate_limit_has_a_code(stage: Stage):
    stage.buckets.configure("channel_messages", 1, 60)
    await stage.call("POST", general(stage), {"content": "x"})
    full = await stage.call("POST", general(stage), {"content": "x"})
    assert (full.status, full.code) == (429, 0)


async def test_who_and_what_was_chosen_before_is_an_id_while_typing(stage: Stage):
    more = [
        {"type": 7, "name": "place", "description": "Where"},
        {"type": 8, "name": "team", "description": "Which"},
        {"type": 9, "name": "whoever", "description": "Any"},
    ]
    await stage.sync({**IMAGINE, "options": [*IMAGINE["options"], *more]})
    given = {
        "model": "fl",
        "friend": "bob",
        "place": "general",
        "team": "Moderator",
        "whoever": "bob",
        "count": 2,
        "reference": {"name": "a.png", "bytes": base64.b64encode(picture()).decode()},
    }
    asked = asyncio.create_task(stage.acts.autocomplete("alice", "general", "imagine", given, "model"))
    await soon(asked)
    data = stage.last()["data"]
    sent = {one["name"]: one["value"] for one in data["options"]}
    bob = stage.world.user("bob").id
    assert (sent["friend"], sent["whoever"], sent["count"]) == (bob, bob, 2)
    assert sent["place"] == stage.world.channel("general").id
    roles = stage.world.guild_named("Imagine HQ").roles
    assert roles[sent["team"]].name == "Moderator"
    assert stage.world.blobs[sent["reference"]].name == "a.png"
    assert "resolved" not in data
    await stage.answer(stage.last(), 8, {"choices": []})
    assert await asked == []


async def test_what_does_not_fit_yet_is_not_sent_while_typing(stage: Stage):
    await stage.sync(IMAGINE)
    given = {"model": "fl", "reference": "no file", "friend": None}
    asked = asyncio.create_task(stage.acts.autocomplete("alice", "general", "imagine", given, "model"))
    await soon(asked)
    assert [one["name"] for one in stage.last()["data"]["options"]] == ["model"]
    await stage.answer(stage.last(), 8, {"choices": []})
    assert await asked == []


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_gateway_is_reached_with_and_without_a_slash(slash: str):
    """Some libraries put one between the address that they were given and their query."""
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        gateway = sandbox.addresses["discord_base_url"].replace("http", "ws").replace("api/v10", "gateway")
        async with session.ws_connect(f"{gateway}{slash}?v=10&encoding=json") as socket:
            assert (await socket.receive_json())["op"] == 10


HALF = "\ud83d"


async def test_half_a_surrogate_pair_is_refused_on_every_way_in():
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        control, api = sandbox.addresses["control"], sandbox.addresses["discord_base_url"]
        orders: list[Json] = [
            {"member": "alice", "channel": "general", "name": "imagine", "options": {"prompt": f"a{HALF}"}},
            {"member": "alice", "channel": "general", "name": "imagine", "options": {HALF: 1}},
        ]
        for order in orders:
            async with session.post(f"{control}/command", data=json.dumps(order)) as answer:
                assert answer.status == 400
                assert "half a surrogate pair" in (await answer.json())["error"]
        raw = b'{"member": "alice", "channel": "general", "content": "\xed\xa0\xbd"}'
        async with session.post(f"{control}/say", data=raw) as answer:
            assert answer.status == 400
        say = {"member": "alice", "channel": "general", "content": "\U0001f98a"}
        async with session.post(f"{control}/say", data=json.dumps(say)) as answer:
            assert answer.status == 200
        headers = {
            "Authorization": f"Bot {sandbox.addresses['discord_token']}",
            "User-Agent": "x",
            "Content-Type": "application/json",
        }
        path = f"{api}/channels/{sandbox.world.channel('general').id}/messages"
        async with session.post(path, data=json.dumps({"content": HALF}), headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 50109)


async def test_a_gateway_that_cannot_write_is_loud_and_not_silent():
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        address = sandbox.addresses["discord_base_url"].replace("http", "ws").replace("api/v10", "gateway")
        sandbox.world.privileged_allowed = True  # to be sent what was said
        # with the slash that some libraries put in
        async with session.ws_connect(f"{address}/?v=10&encoding=json") as socket:
            assert (await socket.receive_json())["op"] == 10
            identify: Json = {"token": sandbox.world.token, "intents": 1 << 9 | 1 << 15, "properties": {}}
            await socket.send_json({"op": 2, "d": identify})
            assert (await socket.receive_json())["t"] == "READY"
            # past the control API, which would refuse it
            sandbox.actors.say("alice", "general", HALF)
            async with asyncio.timeout(5):
                async for _ in socket:
                    pass
        assert "could not be written" in sandbox.wire.violations[-1]["reason"]
