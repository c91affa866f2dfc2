"""The control API over HTTP: who may use it, what it says to mistakes, what it turns on."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox

Json = dict[str, Any]
Answer = tuple[int, Json]


class Desk:
    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        url = self.sandbox.addresses["control"] + path
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status, await answer.json()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        yield Desk(sandbox, session)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.0.0.1:port"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ],
)
async def test_foreign_hosts_and_origins_are_refused(desk: Desk, headers: dict[str, str]):
    status, answer = await desk.ask("POST", "/clock", {"advance": 1}, **headers)
    assert (status, list(answer)) == (403, ["error"])
    status, answer = await desk.ask("GET", "/nothing", **headers)
    assert status == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_this_machine_is_let_in_with_and_without_an_origin(desk: Desk, name: str):
    host = f"{name}:{desk.sandbox.port}"
    assert (await desk.ask("GET", "/state", Host=host))[0] == 200
    assert (await desk.ask("GET", "/state", Host=host, Origin=f"http://{host}"))[0] == 200


async def test_the_host_check_can_be_switched_off():
    async with Sandbox(host_check=False) as sandbox, aiohttp.ClientSession() as session:
        assert (await Desk(sandbox, session).ask("GET", "/state", Host="sandbox"))[0] == 200


COMMAND: Json = {"member": "alice", "channel": "general", "name": "imagine", "options": {}}


RESULT: Json = {"base64": "eA==", "mime": "image/png", "kind": "image"}

MISTAKES: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/nothing", None, 404, "/nothing"),
    ("PUT", "/command", {}, 405, "PUT"),
    ("POST", "/command", [1], 400, "object"),
    ("POST", "/command", {"member": "alice"}, 400, "channel"),
    ("POST", "/command", COMMAND | {"member": ""}, 400, "member"),
    ("POST", "/command", COMMAND | {"options": []}, 400, "options"),
    ("POST", "/command", COMMAND | {"chanel": "x"}, 400, "chanel"),
    ("POST", "/command", COMMAND, 503, "imagine"),
    ("POST", "/command", COMMAND | {"channel": "nowhere"}, 404, "nowhere"),
    ("POST", "/autocomplete", COMMAND | {"focused": "prompt"}, 503, "imagine"),
    ("POST", "/press", {"member": "alice", "message_id": "1"}, 400, "custom_id"),
    ("POST", "/press", {"member": "alice", "message_id": "1", "label": "Again"}, 400, "message"),
    ("POST", "/submit", {"member": "alice", "interaction_id": "1", "values": {}}, 404, "interaction"),
    ("GET", "/interactions/1", None, 404, "interaction"),
    ("GET", "/messages?channel=general", None, 400, "member"),
    ("GET", "/messages?channel=nowhere&member=alice", None, 404, "nowhere"),
    ("GET", "/messages?channel=general&member=alice&chan=1", None, 400, "chan"),
    ("POST", "/say", {"member": "alice", "channel": "general", "content": ""}, 400, "content"),
    ("POST", "/say", {"member": "alice", "channel": "general", "files": ["x"]}, 400, "files"),
    ("POST", "/say", {"member": "alice", "channel": "nowhere", "content": "x"}, 404, "nowhere"),
    ("POST", "/members", {"member": "alice", "locale": "xx"}, 400, "xx"),
    ("POST", "/members", {"member": "alice"}, 400, "locale"),
    ("POST", "/guilds", {"guild": "Nowhere", "locale": "fr"}, 404, "Nowhere"),
    ("POST", "/guilds/found", {"guild": "Imagine HQ"}, 400, "taken"),
    ("POST", "/guilds/found", {"guild": "a/b"}, 400, "no guild's name"),
    ("POST", "/settings", {"gateway": {"shards": 0}}, 400, "at least 1"),
    ("POST", "/settings", {"gateway": {"max_concurrency": 0}}, 400, "at least 1"),
    ("POST", "/delete", {"member": "mod", "message_id": "1"}, 400, "message"),
    ("POST", "/expire", {"interaction_id": "1"}, 404, "interaction"),
    ("POST", "/permissions", {"channel": "nowhere"}, 404, "nowhere"),
    ("POST", "/permissions", {"channel": "general", "deny": ["FLY"]}, 400, "FLY"),
    ("POST", "/permissions", {"channel": "general", "deny": "FLY"}, 400, "deny"),
    ("POST", "/permissions", {"channel": "general", "member": ""}, 400, "member"),
    ("POST", "/block_dms", {"member": "alice", "blocked": 1}, 400, "blocked"),
    ("POST", "/remove_bot", {"guild": "Nowhere"}, 404, "Nowhere"),
    ("POST", "/clock", {"advance": -1}, 400, "forward"),
    ("POST", "/clock", {"advance": True}, 400, "advance"),
    ("POST", "/clock", {}, 400, "advance"),
    ("POST", "/faults", {"half": "discord", "kind": "explode"}, 400, "explode"),
    ("DELETE", "/faults/fault9", None, 404, "fault9"),
    ("POST", "/say", {"member": "alice", "channel": "general", "fields": ["x"]}, 400, "fields"),
    ("POST", "/say", {"member": "alice", "channel": "general", "fields": {"id": "1"}}, 400, "id"),
    (
        "POST",
        "/say",
        {"member": "alice", "channel": "general", "fields": {"a": [{"b": "$URL"}]}},
        400,
        "$URL",
    ),
    ("POST", "/script", {"outcom": "failure"}, 400, "outcom"),
    ("POST", "/script", {"results": {}}, 400, "list"),
    ("POST", "/script", {"results": [{"base64": "eA==", "mime": "image/png"}]}, 400, "kind"),
    ("POST", "/script", {"results": [RESULT | {"size": 1}]}, 400, "thumbnail"),
    ("POST", "/script", {"results": [RESULT | {"base64": "é"}]}, 400, "base64"),
    ("POST", "/script", {"results": [RESULT | {"base64": 1}]}, 400, "base64"),
    ("POST", "/script", {"results": [RESULT | {"thumbnail": "x"}]}, 400, "thumbnail"),
    ("POST", "/script", {"results": [RESULT | {"mime": "png\r\nX: y"}]}, 400, "MIME"),
    ("POST", "/script", {"results": [RESULT | {"kind": "film"}]}, 400, "image-hdr"),
    ("POST", "/script", {"results": [RESULT], "assets": 2}, 400, "assets"),
    ("POST", "/models", {}, 400, "id"),
    ("POST", "/settings", {"moon": {}}, 400, "moon"),
    ("POST", "/settings", {"scenario": {"paralel": 1}}, 400, "paralel"),
    ("POST", "/settings", {"gateway": {"heartbeat_ms": "x"}}, 400, "heartbeat_ms"),
    ("POST", "/settings", {"discord": {"privileged_allowed": 1}}, 400, "privileged_allowed"),
    ("POST", "/settings", {"discord": {"buckets": {"moon": [1, 1]}}}, 400, "moon"),
    ("POST", "/settings", {"discord": {"buckets": {"webhook": [0, 1]}}}, 400, "webhook"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "says"), MISTAKES)
async def test_mistakes_are_named(desk: Desk, method: str, path: str, body: object, status: int, says: str):
    got, answer = await desk.ask(method, path, body)
    assert (got, list(answer)) == (status, ["error"])
    assert says in answer["error"]


async def test_text_that_is_no_json_is_refused(desk: Desk):
    async with desk.session.post(desk.sandbox.addresses["control"] + "/clock", data="{") as answer:
        assert answer.status == 400
        assert "JSON" in (await answer.json())["error"]


async def test_faults_come_and_go(desk: Desk):
    spec = {"half": "scenario", "kind": "status", "status": 500, "times": None}
    status, fault = await desk.ask("POST", "/faults", spec)
    assert (status, fault["hits"], fault["holding"]) == (200, 0, 0)
    url = desk.sandbox.addresses["scenario_base_url"] + "/models"
    async with desk.session.get(url) as answer:
        assert answer.status == 500
    assert (await desk.ask("GET", "/faults"))[1]["faults"] == [fault | {"hits": 1}]
    assert await desk.ask("DELETE", f"/faults/{fault['id']}") == (200, {})
    async with desk.session.get(url) as answer:
        assert answer.status == 401
    await desk.ask("POST", "/faults", spec)
    assert await desk.ask("DELETE", "/faults") == (200, {})
    assert (await desk.ask("GET", "/faults"))[1] == {"faults": []}


async def test_the_clock_jumps_for_everyone(desk: Desk):
    before = desk.sandbox.clock.now()
    status, answer = await desk.ask("POST", "/clock", {"advance": 900})
    assert status == 200
    assert answer["now"] >= before + 900


@pytest.mark.parametrize(
    ("path", "half"), [("/discord/api/v10/nothing", "discord"), ("/discord/api/v6/users/@me", "discord"),
                       ("/discord/cdn/nothing", "discord"), ("/scenario/v2/models", "scenario")]
)  # fmt: skip
async def test_unknown_routes_are_404_and_remembered(desk: Desk, path: str, half: str):
    addresses = desk.sandbox.addresses
    headers = {"Authorization": f"Bot {addresses['discord_token']}", "User-Agent": "DiscordBot (x, 1)"}
    url = f"http://127.0.0.1:{desk.sandbox.port}{path}"
    async with desk.session.get(url, headers=headers) as answer:
        assert answer.status == 404
        body = await answer.json()
    assert "reason" in body if half == "scenario" else body["code"] == 0
    _, listed = await desk.ask("GET", "/violations")
    assert len(listed["violations"]) == 1
    await desk.ask("DELETE", "/violations")
    assert (await desk.ask("GET", "/violations"))[1] == {"violations": []}


async def test_a_job_is_scripted_bought_and_listed(desk: Desk):
    sandbox = desk.sandbox
    await desk.ask("POST", "/settings", {"scenario": {"seconds": 1.0}})
    _, script = await desk.ask("POST", "/script", {"prompt_contains": "fox", "outcome": "failure"})
    account = sandbox.addresses["scenario_key"], sandbox.addresses["scenario_secret"]
    auth = {"Authorization": aiohttp.encode_basic_auth(*account)}
    base = sandbox.addresses["scenario_base_url"]
    async with desk.session.get(f"{base}/models?privacy=public", headers=auth) as answer:
        models: list[Json] = (await answer.json())["models"]
    assert len(models) >= 5
    bought: Json = {}
    for model in models:
        url = f"{base}/generate/custom/{model['id']}"
        async with desk.session.post(url, json={"prompt": "a fox"}, headers=auth) as answer:
            if answer.status == 200:
                bought = (await answer.json())["job"]
                break
    await desk.ask("POST", "/clock", {"advance": 60})
    _, ledger = await desk.ask("GET", "/ledger")
    [line] = ledger["jobs"]
    assert (line["job_id"], line["status"], line["inputs"]["prompt"]) == (bought["jobId"], "failure", "a fox")
    assert [one["hits"] for one in (await desk.ask("GET", "/script"))[1]["scripts"]] == [1]
    assert await desk.ask("DELETE", f"/script/{script['id']}") == (200, {})
    assert (await desk.ask("GET", "/script"))[1] == {"scripts": []}
    assert sandbox.addresses["scenario_secret"] not in str((await desk.ask("GET", "/wire"))[1])


async def test_a_new_model_is_offered(desk: Desk):
    assert await desk.ask("POST", "/models", {"id": "model_new", "name": "New"}) == (200, {})
    assert desk.sandbox.studio.catalogue.get("model_new")


async def test_settings_are_all_or_nothing(desk: Desk):
    body = {"gateway": {"heartbeat_ms": 5}, "scenario": {"parallel": -1}}
    assert (await desk.ask("POST", "/settings", body))[0] == 400
    assert desk.sandbox.gateway.heartbeat_ms == 41_250
    body = {"gateway": {"heartbeat_ms": 500}, "scenario": {"parallel": 1},
            "discord": {"privileged_allowed": True, "buckets": {"webhook": [1, 2.5]}}}  # fmt: skip
    assert await desk.ask("POST", "/settings", body) == (200, {})
    assert (desk.sandbox.gateway.heartbeat_ms, desk.sandbox.studio.options.parallel) == (500, 1)
    assert desk.sandbox.world.privileged_allowed
    assert desk.sandbox.buckets.limits["webhook"] == (1, 2.5)


async def test_a_member_says_something_with_a_file(desk: Desk):
    file = {"name": "notes.txt", "bytes": "eA=="}
    body = {"member": "bob", "channel": "general", "content": "look", "files": [file]}
    _, said = await desk.ask("POST", "/say", body)
    [message] = (await desk.ask("GET", "/messages?channel=general&member=alice"))[1]["messages"]
    assert (message["id"], message["content"]) == (said["message_id"], "look")
    assert [one["filename"] for one in message["attachments"]] == ["notes.txt"]
    answers = await desk.ask("GET", "/messages?channel=general&member=alice&interaction_id=1")
    assert answers == (200, {"messages": []})  # what a member says answers nothing


async def test_what_a_member_says_has_the_fields_that_a_test_gives_it(desk: Desk):
    embed: Json = {"type": "image", "image": {"url": "$URL"}}
    fields: Json = {
        "embeds": [embed],
        "attachments": [],
        "message_snapshots": [{"message": {"content": "old", "attachments": "$ATTACHMENTS"}}],
        "sticker_items": [{"id": "7", "name": "wave", "format_type": 1}],
    }
    body: Json = {"member": "bob", "channel": "general", "fields": fields}
    body["files"] = [{"name": "a.png", "bytes": "eA=="}, {"name": "b.txt", "bytes": "eQ=="}]
    _, said = await desk.ask("POST", "/say", body)
    [message] = (await desk.ask("GET", "/messages?channel=general&member=alice"))[1]["messages"]
    uploads = message["message_snapshots"][0]["message"]["attachments"]
    assert [one["filename"] for one in uploads] == ["a.png", "b.txt"]
    assert message["embeds"] == [{"type": "image", "image": {"url": uploads[0]["url"]}}]
    assert (message["id"], message["attachments"]) == (said["message_id"], [])
    assert message["sticker_items"] == fields["sticker_items"]
    async with desk.session.get(uploads[0]["url"]) as answer:
        assert await answer.read() == b"x"
    bare: Json = {"member": "bob", "channel": "general", "fields": {"sticker_items": fields["sticker_items"]}}
    assert (await desk.ask("POST", "/say", bare))[0] == 200  # a sticker alone is a message


async def test_members_and_servers_have_a_language(desk: Desk):
    assert await desk.ask("POST", "/members", {"member": "camille", "locale": "fr"}) == (200, {})
    assert await desk.ask("POST", "/guilds", {"guild": "Second Server", "locale": "fr"}) == (200, {})
    world = desk.sandbox.world
    assert (world.user("camille").locale, world.guild_named("Second Server").locale) == ("fr", "fr")


async def test_the_bot_leaves_and_comes_back(desk: Desk):
    before = desk.sandbox.world.ready_guilds()
    await desk.ask("POST", "/remove_bot", {"guild": "Imagine HQ"})
    assert len(desk.sandbox.world.ready_guilds()) == len(before) - 1
    await desk.ask("POST", "/add_bot", {"guild": "Imagine HQ"})
    assert desk.sandbox.world.ready_guilds() == before


async def test_an_empty_sandbox(desk: Desk):
    _, state = await desk.ask("GET", "/state")
    assert (state["connected"], state["commands"]) == (False, [])
    assert (await desk.ask("GET", "/messages?channel=general&member=alice"))[1] == {"messages": []}
    assert (await desk.ask("GET", "/ledger"))[1] == {"jobs": []}
    assert desk.sandbox.addresses["page"].endswith(f":{desk.sandbox.port}/")


async def test_servers_are_founded_each_on_the_next_shard_and_have_a_channel(desk: Desk):
    ids = [
        (await desk.ask("POST", "/guilds/found", {"guild": f"Town {n}"}))[1]["guild_id"] for n in range(40)
    ]
    assert len({int(one) >> 22 for one in ids}) == 40
    world = desk.sandbox.world
    place = world.channel("Town 7/general")
    assert (place.guild_id, world.guilds[ids[7]].present) == (ids[7], True)
    assert world.channel("general").guild_id == world.guild_named("Imagine HQ").id
    assert (await desk.ask("GET", "/messages?channel=Town%207/general&member=alice"))[0] == 200


async def test_what_discord_recommends_is_set_by_hand(desk: Desk):
    wanted = {"shards": 4, "max_concurrency": 2, "identify_seconds": 5, "most_guilds": 9}
    wanted["sessions_a_day"] = 77
    assert await desk.ask("POST", "/settings", {"gateway": wanted}) == (200, {})
    url = desk.sandbox.addresses["discord_base_url"] + "/gateway/bot"
    headers = {"Authorization": f"Bot {desk.sandbox.world.token}", "User-Agent": "DiscordBot (x, 1)"}
    async with desk.session.get(url, headers=headers) as answer:
        told = await answer.json()
    assert (told["shards"], told["session_start_limit"]["max_concurrency"]) == (4, 2)
    assert told["session_start_limit"]["remaining"] == 77
    assert (desk.sandbox.world.starts.identify_seconds, desk.sandbox.world.starts.most_guilds) == (5, 9)
    assert (await desk.ask("GET", "/state"))[1]["sessions"] == []
