"""The wire: what is kept, and what never is."""

import asyncio
import json

import aiohttp

from sandbox.app import Sandbox
from sandbox.wire import KEPT, Wire


def test_tokens_in_paths_are_never_kept():
    wire = Wire()
    wire.request("discord", "PATCH", "/discord/api/v10/webhooks/1/SECRET/messages/@original", 200, ms=1.234)
    wire.request("discord", "POST", "/discord/api/v10/interactions/2/SECRET/callback", 404, code=10062, ms=1)
    wire.violate("unknown route", path="/webhooks/1/SECRET")
    assert "SECRET" not in repr(wire.records()) + repr(wire.violations)
    first, second, _ = wire.records()
    assert first["path"] == "/discord/api/v10/webhooks/1/<token>/messages/@original"
    assert (second["status"], second["code"]) == (404, 10062)


def test_the_ring_is_bounded_and_violations_are_not_lost_in_it():
    wire = Wire()
    wire.violate("first", key=1)
    for number in range(KEPT + 5):
        wire.event("in", str(number))
    assert len(wire.records()) == KEPT
    assert wire.violations == [{"what": "first", "key": 1}]


async def test_a_watcher_sees_what_comes_after_subscribing():
    wire = Wire()
    wire.event("in", "before")
    watch = wire.subscribe()
    wire.event("out", "READY")
    record = await asyncio.wait_for(anext(watch), 1)
    assert (record["kind"], record["direction"], record["name"]) == ("event", "out", "READY")


async def test_bodies_are_recorded_where_that_was_asked_for_and_tokens_in_them_are_not():
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        control, api = sandbox.addresses["control"], sandbox.addresses["discord_base_url"]
        headers = {"Authorization": f"Bot {sandbox.world.token}", "User-Agent": "x"}
        url = f"{api}/channels/{sandbox.world.channel('general').id}/messages?odd=1"
        message = {"content": "hello", "embeds": [{"title": "t", "token": "SECRET"}]}

        async def post() -> None:
            form = aiohttp.FormData()
            form.add_field("payload_json", json.dumps(message))
            form.add_field("files[0]", b"data", filename="a.txt")
            await session.post(url, data=form, headers=headers)

        await post()
        assert "answer" not in sandbox.wire.records()[-1]
        settings = {"wire": {"bodies": True, "kept": 3}, "discord": {"lenient_keys": True}}
        async with session.post(f"{control}/settings", json=settings) as answer:
            assert answer.status == 200
        await post()
        async with session.get(f"{control}/wire") as answer:
            records = (await answer.json())["records"]
        assert len(records) == 3
        [record] = [one for one in records if "answer" in one]
        assert (record["query"], record["files"]) == ({"odd": "1"}, ["a.txt"])
        assert record["sent"] == {"content": "hello", "embeds": [{"title": "t", "token": "<token>"}]}
        assert (record["answer"]["content"], record["status"]) == ("hello", 200)
        sandbox.wire.event("out", "INTERACTION_CREATE", {"token": "SECRET", "id": "1"})
        assert sandbox.wire.records()[-1]["data"] == {"token": "<token>", "id": "1"}
        for wrong in ({"kept": 0}, {"kept": 100_001}, {"bodies": 1}, {"body": True}):
            async with session.post(f"{control}/settings", json={"wire": wrong}) as answer:
                assert answer.status == 400
