"""What members can and cannot do, as Discord's own client lets them."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.interactions import Refused
from tests.sandbox.discord_stage import IMAGINE, Stage, picture

Json = dict[str, Any]

PNG = {"name": "my cat.png", "bytes": base64.b64encode(picture()).decode()}

WORKFLOW: Json = {
    "name": "workflow",
    "description": "Workflows",
    "options": [
        {
            "type": 1,
            "name": "run",
            "description": "Run one",
            "options": [{"type": 3, "name": "name", "description": "Which", "required": True}],
        }
    ],
}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        await stage.sync(
            IMAGINE,
            WORKFLOW,
            {"name": "Remix this", "type": 3},
            {"name": "Portrait", "type": 2},
            {"name": "purge", "description": "For moderators", "default_member_permissions": str(1 << 13)},
            {"name": "wild", "description": "For adults", "nsfw": True},
            {"name": "here", "description": "Only in servers", "contexts": [0], "integration_types": [0]},
        )
        yield stage


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"prompt": None}, "required"),
        ({"prompt": ""}, "characters"),
        ({"prompt": "x" * 101}, "characters"),
        ({"prompt": "x", "count": 5}, "takes 1 to 4"),
        ({"prompt": "x", "count": 1.5}, "whole number"),
        ({"prompt": "x", "count": True}, "whole number"),
        ({"prompt": "x", "ratio": "4:3"}, "Square"),
        ({"prompt": "x", "private": "perhaps"}, "true or false"),
        ({"prompt": "x", "color": "red"}, "no option"),
        ({"prompt": "x", "reference": "cat.png"}, "base64"),
    ],
)
async def test_options_that_the_client_would_not_send(stage: Stage, given: Json, reason: str):
    with pytest.raises(Refused, match=reason) as refused:
        await stage.acts.command("alice", "general", "imagine", given)
    assert refused.value.status == 400
    assert not any(name == "INTERACTION_CREATE" for name, _, _ in stage.events)


async def test_options_of_every_kind(stage: Stage):
    payload = await stage.ask(reference=PNG, friend="bob", ratio="Wide", private=True)
    data = payload["data"]
    values = {one["name"]: one["value"] for one in data["options"]}
    assert (values["ratio"], values["private"]) == ("16:9", True)
    assert data["resolved"]["users"][values["friend"]]["username"] == "bob"
    assert "user" not in data["resolved"]["members"][values["friend"]]
    file = data["resolved"]["attachments"][values["reference"]]
    assert (file["filename"], file["width"], file["content_type"]) == ("my_cat.png", 8, "image/png")
    assert (await stage.call("GET", file["url"])).raw == picture()


async def test_sub_commands(stage: Stage):
    await stage.acts.command("alice", "general", "workflow run", {"name": "upscale"})
    assert stage.last()["data"]["options"] == [
        {"name": "run", "type": 1, "options": [{"name": "name", "type": 3, "value": "upscale"}]}
    ]
    with pytest.raises(Refused, match="needs a sub-command"):
        await stage.acts.command("alice", "general", "workflow", {})


async def test_commands_on_members_and_messages(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "hello"})
    message = stage.seen()[0]
    await stage.acts.command("bob", "general", "Remix this", {"target": message["id"]})
    data = stage.last()["data"]
    assert data["resolved"]["messages"][data["target_id"]]["content"] == "hello"
    await stage.acts.command("bob", "general", "Portrait", {"target": "alice"})
    data = stage.last()["data"]
    assert data["resolved"]["users"][data["target_id"]]["username"] == "alice"


@pytest.mark.parametrize(
    ("member", "channel", "name"),
    [
        ("alice", "general", "unheard-of"),
        ("alice", "general", "purge"),
        ("alice", "general", "wild"),
        ("alice", "dm:alice", "here"),
        ("alice", "away:alice", "here"),
    ],
)
async def test_commands_that_are_not_there(stage: Stage, member: str, channel: str, name: str):
    with pytest.raises(Refused) as refused:
        await stage.acts.command(member, channel, name, {})
    assert refused.value.status == 503


async def test_commands_where_they_belong(stage: Stage):
    await stage.acts.command("mod", "general", "purge", {})
    await stage.acts.command("alice", "age-restricted", "wild", {})
    await stage.acts.command("alice", "guild2/general", "here", {})
    assert stage.last()["guild_id"] == stage.world.guild_named("Second Server").id


async def test_without_a_session_nothing_is_asked(stage: Stage):
    stage.online = False
    with pytest.raises(Refused) as refused:
        await stage.ask()
    assert refused.value.status == 503


async def test_an_unknown_channel(stage: Stage):
    with pytest.raises(Refused) as refused:
        await stage.ask("nowhere")
    assert refused.value.status == 404


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


BUTTONS = [
    row(
        {"type": 2, "style": 1, "label": "Again", "custom_id": "g1:again:1"},
        {"type": 2, "style": 2, "label": "Off", "custom_id": "g1:off:1", "disabled": True},
        {"type": 2, "style": 5, "label": "Open", "url": "https://example.com/"},
    ),
    row(
        {
            "type": 3,
            "custom_id": "pick",
            "placeholder": "Pick",
            "options": [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}],
        }
    ),
]


async def test_buttons(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "card", "components": BUTTONS})
    card = stage.seen()[0]
    pressed = await stage.acts.press("bob", card["id"], label="Again")
    event = stage.last()
    assert event["data"] == {"custom_id": "g1:again:1", "component_type": 2, "id": 2}
    assert (event["message"]["id"], event["member"]["user"]["username"]) == (card["id"], "bob")
    assert (await stage.answer(event, 6)).status == 204
    assert stage.acts.state(pressed) == "acknowledged"
    edited = await stage.hook("PATCH", event, "@original", {"content": "new"})
    assert edited["id"] == card["id"]
    await stage.acts.press("bob", card["id"], custom_id="g1:again:1")
    answer = await stage.answer(stage.last(), 7, {"content": "newer"}, params={"with_response": "1"})
    assert answer["resource"]["message"]["content"] == "newer"
    for wrong in ("Off", "Open", "Gone"):
        with pytest.raises(Refused) as refused:
            await stage.acts.press("bob", card["id"], label=wrong)
        assert refused.value.status == 400


async def test_a_reply_to_a_button_is_a_message_of_its_own(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "card", "components": BUTTONS})
    card = stage.seen()[0]
    await stage.acts.press("bob", card["id"], label="Again")
    await stage.answer(stage.last(), 5, {"flags": 64})
    assert (await stage.hook("PATCH", stage.last(), "@original", {"content": "yours"})).status == 200
    assert [one["content"] for one in stage.seen(member="bob")] == ["card", "yours"]
    assert [one["content"] for one in stage.seen()] == ["card"]


async def test_selects(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "card", "components": BUTTONS})
    card = stage.seen()[0]
    await stage.acts.press("alice", card["id"], custom_id="pick", values=["Two"])
    assert stage.last()["data"]["values"] == ["2"]
    for wrong in (["Three"], [], ["1", "2"]):
        with pytest.raises(Refused):
            await stage.acts.press("alice", card["id"], custom_id="pick", values=wrong)


async def test_buttons_on_what_others_do_not_see(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "card", "components": BUTTONS, "flags": 64})
    card = stage.seen()[0]
    with pytest.raises(Refused):
        await stage.acts.press("bob", card["id"], label="Again")


MODAL: Json = {
    "custom_id": "edit",
    "title": "Edit",
    "components": [
        {
            "type": 18,
            "label": "Prompt",
            "component": {"type": 4, "custom_id": "prompt", "style": 2, "max_length": 9},
        },
        {
            "type": 18,
            "label": "Ratio",
            "component": {"type": 3, "custom_id": "ratio", "options": [{"label": "Wide", "value": "16:9"}]},
        },
        {"type": 18, "label": "File", "component": {"type": 19, "custom_id": "file", "required": False}},
    ],
}


async def test_a_modal_from_opening_to_submission(stage: Stage):
    payload = await stage.ask()
    assert (await stage.answer(payload, 9, MODAL)).status == 204
    assert stage.acts.state(payload["id"]) == "modal"
    assert (await stage.hook("GET", payload, "@original")).code == 10008
    given = {"prompt": "blue", "ratio": ["16:9"], "file": PNG}
    submitted = await stage.acts.submit("alice", payload["id"], given)
    event = stage.last()
    prompt, ratio, file = (one["component"] for one in event["data"]["components"])
    assert (event["type"], event["data"]["custom_id"]) == (5, "edit")
    assert (prompt["value"], ratio["values"]) == ("blue", ["16:9"])
    assert event["data"]["resolved"]["attachments"][file["values"][0]]["filename"] == "my_cat.png"
    assert (await stage.answer(event, 9, MODAL)).code == 50035
    assert (await stage.answer(event, 4, {"content": "done"})).status == 204
    assert stage.acts.state(submitted) == "answered"
    assert stage.seen()[-1]["interaction_id"] == submitted


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "", "ratio": ["16:9"]},
        {"prompt": "x" * 10, "ratio": ["16:9"]},
        {"prompt": "x"},
        {"prompt": "x", "ratio": ["4:3"]},
        {"prompt": "x", "ratio": ["16:9"], "other": "x"},
        {"prompt": "x", "ratio": ["16:9"], "file": [PNG, PNG]},
    ],
)
async def test_modals_that_cannot_be_submitted(stage: Stage, values: Json):
    payload = await stage.ask()
    await stage.answer(payload, 9, MODAL)
    with pytest.raises(Refused) as refused:
        await stage.acts.submit("alice", payload["id"], values)
    assert refused.value.status == 400


async def test_only_who_opened_a_modal_submits_it(stage: Stage):
    payload = await stage.ask()
    with pytest.raises(Refused):
        await stage.acts.submit("alice", payload["id"], {})
    await stage.answer(payload, 9, MODAL)
    with pytest.raises(Refused):
        await stage.acts.submit("bob", payload["id"], {"prompt": "x", "ratio": ["16:9"]})


async def test_what_members_write(stage: Stage):
    message = stage.acts.say("alice", "general", "look <@1>", [PNG])
    assert stage.events[-1][0] == "MESSAGE_CREATE"
    await stage.acts.command("bob", "general", "Remix this", {"target": message})
    shown = stage.last()["data"]["resolved"]["messages"][message]
    assert (shown["author"]["username"], shown["attachments"][0]["filename"]) == ("alice", "my_cat.png")
    route = f"/channels/{shown['channel_id']}/messages/{message}"
    assert (await stage.call("PATCH", route, {"content": "x"})).code == 50005
    assert (await stage.call("DELETE", route)).code == 50013
    with pytest.raises(Refused):
        stage.acts.say("alice", "general", " ")
