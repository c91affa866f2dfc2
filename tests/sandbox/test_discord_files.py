"""Files on their way through the stand-in: measured, served in parts, handed to commands and to modals."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord.interactions import Refused
from tests.sandbox.discord_stage import IMAGINE, Stage, picture
from tests.support.played import sound, video

Json = dict[str, Any]

ON_MESSAGE: Json = {"name": "Use as reference", "type": 3}


def handed(name: str, data: bytes) -> Json:
    """A file as the control API takes it."""
    return {"name": name, "bytes": base64.b64encode(data).decode()}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        await stage.sync(IMAGINE, ON_MESSAGE)
        yield stage


async def reference(stage: Stage, file: Json) -> Json:
    """The attachment object that the bot gets for this file."""
    payload = await stage.ask(reference=file)
    (found,) = payload["data"]["resolved"]["attachments"].values()
    return found


@pytest.mark.parametrize(
    ("name", "data", "facts"),
    [
        ("a.png", picture(), {"content_type": "image/png", "width": 8, "height": 6}),
        ("a.mp4", video(2), {"content_type": "video/mp4", "width": 160, "height": 90, "duration_secs": 2.0}),
        ("a.wav", sound(1.5, kind="wav"), {"content_type": "audio/x-wav", "duration_secs": 1.5}),
        ("a.GLB", b"glTF....", {"content_type": "model/gltf-binary"}),
        ("a.txt", b"words", {"content_type": "text/plain; charset=utf-8"}),
        ("a.mp3", b"no sound", {"content_type": "audio/mpeg"}),
        ("a.png", b"no picture", {"content_type": "image/png"}),
        ("a.unheard", b"x", {}),
    ],
)
async def test_a_file_is_measured(stage: Stage, name: str, data: bytes, facts: Json):
    found = await reference(stage, handed(name, data))
    measured = {"content_type", "width", "height", "duration_secs"}
    assert {key: value for key, value in found.items() if key in measured} == facts
    assert (found["filename"], found["size"], found["ephemeral"]) == (name, len(data), True)
    assert (await stage.call("GET", found["url"])).raw == data


async def test_the_length_of_an_mp3_is_read(stage: Stage):
    found = await reference(stage, handed("a.mp3", sound(1)))
    assert found["duration_secs"] == pytest.approx(1, abs=0.1)


async def test_a_file_that_is_only_large(stage: Stage):
    found = await reference(stage, {"name": "film.mp4", "size": 300 * 2**20})
    assert (found["size"], found["content_type"]) == (300 * 2**20, "video/mp4")
    assert found["size"] > stage.last()["attachment_size_limit"]


@pytest.mark.parametrize(
    "file",
    [
        {"name": "a", "size": 2**30},
        {"name": "a", "size": -1},
        {"name": "a", "size": 1, "bytes": ""},
        {"name": "a"},
        {"bytes": ""},
    ],
)
async def test_what_is_no_file(stage: Stage, file: Json):
    with pytest.raises(Refused) as refused:
        await stage.ask(reference=file)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("wanted", "status", "part", "span"),
    [
        ("bytes=0-", 206, slice(0, None), "bytes 0-99/100"),
        ("bytes=10-19", 206, slice(10, 20), "bytes 10-19/100"),
        ("bytes=90-500", 206, slice(90, None), "bytes 90-99/100"),
        ("bytes=-5", 206, slice(95, None), "bytes 95-99/100"),
        ("bytes=100-", 416, slice(0, 0), "bytes */100"),
        ("bytes=x", 416, slice(0, 0), "bytes */100"),
    ],
)
async def test_parts_of_a_file(stage: Stage, wanted: str, status: int, part: slice, span: str):
    data = bytes(range(100))
    url = (await reference(stage, handed("a.mp4", data)))["url"]
    answer = await stage.call("GET", url, headers={"Range": wanted})
    assert (answer.status, answer.headers["Content-Range"]) == (status, span)
    assert answer.raw == data[part]
    whole = await stage.call("GET", url)
    assert (whole.status, whole.headers["Accept-Ranges"], whole.raw) == (200, "bytes", data)
    assert whole.headers["Content-Type"] == "video/mp4"


async def test_a_command_on_a_message_brings_its_files_and_embeds(stage: Stage):
    embed = {"title": "A fox", "image": {"url": "attachment://shown.png"}}
    files = {"shown.png": picture(), "film.mp4": video(1), "model.glb": b"glTF", "notes.txt": b"x"}
    payload = await stage.ask()
    await stage.answer(payload, 4, {"embeds": [embed]}, files=files)
    target = stage.seen()[0]["id"]
    await stage.acts.command("bob", "general", "Use as reference", {"target": target})
    data = stage.last()["data"]
    assert (data["type"], data["target_id"]) == (3, target)
    message = data["resolved"]["messages"][target]
    names = [one["filename"] for one in message["attachments"]]
    assert names == ["film.mp4", "model.glb", "notes.txt"]  # what an embed shows is not listed again
    assert (await stage.call("GET", message["embeds"][0]["image"]["url"])).raw == picture()
    assert message["attachments"][0]["duration_secs"] == 1.0


FORM: Json = {
    "custom_id": "form",
    "title": "Everything",
    "components": [
        {"type": 18, "label": "Files", "component": {"type": 19, "custom_id": "files", "max_values": 3}},
        {"type": 18, "label": "Friend", "component": {"type": 5, "custom_id": "friend", "required": False}},
        {
            "type": 18,
            "label": "Size",
            "component": {
                "type": 21,
                "custom_id": "size",
                "options": [
                    {"label": "Small", "value": "s", "default": True},
                    {"label": "Large", "value": "l"},
                ],
            },
        },
        {
            "type": 18,
            "label": "Colors",
            "component": {
                "type": 22,
                "custom_id": "colors",
                "required": False,
                "min_values": 0,
                "max_values": 2,
                "options": [{"label": one, "value": one.lower()} for one in ("Red", "Green", "Blue")],
            },
        },
        {"type": 18, "label": "Sound", "component": {"type": 23, "custom_id": "sound", "default": True}},
    ],
}


async def opened(stage: Stage, form: Json = FORM) -> str:
    payload = await stage.ask()
    answer = await stage.answer(payload, 9, form)
    assert answer.status == 204, answer.value
    return str(payload["id"])


async def test_every_input_of_a_modal(stage: Stage):
    form = await opened(stage)
    shown = stage.acts.describe(form)["modal"]
    assert [one["component"]["type"] for one in shown["components"]] == [19, 5, 21, 22, 23]
    assert shown["components"][2]["component"]["options"][0]["label"] == "Small"
    files = [handed("a.png", picture()), handed("b.mp4", video(1))]
    given = {"files": files, "friend": "bob", "size": "Large", "colors": ["red", "blue"], "sound": False}
    await stage.acts.submit("alice", form, given)
    data = stage.last()["data"]
    sent = {one["component"]["custom_id"]: one["component"] for one in data["components"]}
    resolved = data["resolved"]
    assert [resolved["attachments"][one]["filename"] for one in sent["files"]["values"]] == ["a.png", "b.mp4"]
    assert resolved["users"][sent["friend"]["values"][0]]["username"] == "bob"
    assert (sent["size"]["value"], sent["colors"]["values"]) == ("l", ["red", "blue"])
    assert sent["sound"]["value"] is False


async def test_what_is_left_alone_stays_as_the_modal_has_it(stage: Stage):
    form = await opened(stage)
    await stage.acts.submit("alice", form, {"files": handed("a.png", picture())})
    sent = {one["component"]["custom_id"]: one["component"] for one in stage.last()["data"]["components"]}
    assert (sent["size"]["value"], sent["colors"]["values"], sent["sound"]["value"]) == ("s", [], True)
    assert sent["friend"]["values"] == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "files takes 1 to 3"),
        ({"size": "m"}, "not among the options"),
        ({"size": []}, "size takes 1 to 1"),
        ({"colors": ["red", "green", "blue"]}, "colors takes 0 to 2"),
        ({"sound": "yes"}, "sound is true or false"),
        ({"other": 1}, "no input"),
    ],
)
async def test_what_the_client_would_not_submit(stage: Stage, given: Json, reason: str):
    form = await opened(stage)
    file = {"files": handed("a.png", picture())} if given else {}
    with pytest.raises(Refused, match=reason):
        await stage.acts.submit("alice", form, file | given)


RADIO: Json = {
    "type": 21,
    "custom_id": "r",
    "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
}


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (RADIO | {"options": RADIO["options"][:1]}, "options"),
        (RADIO | {"options": [{"label": str(each), "value": str(each)} for each in range(11)]}, "options"),
        (RADIO | {"options": [RADIO["options"][0]] * 2}, "options"),
        (RADIO | {"options": [{**each, "default": True} for each in RADIO["options"]]}, "options"),
        (RADIO | {"options": [RADIO["options"][0], {"label": "", "value": "b"}]}, "options.1.label"),
        (RADIO | {"max_values": 1}, "max_values"),
        (RADIO | {"type": 22, "max_values": 11}, "max_values"),
        ({"type": 23, "custom_id": "c", "default": "yes"}, "default"),
        ({"type": 23, "custom_id": "c", "required": True}, "required"),
        ({"type": 23}, "custom_id"),
        ({"type": 19, "custom_id": "c", "max_values": 11}, "max_values"),
        ({"type": 2, "custom_id": "c", "style": 1, "label": "x"}, "type"),
    ],
)
async def test_modals_that_discord_refuses(stage: Stage, part: Json, path: str):
    form = {"custom_id": "f", "title": "F", "components": [{"type": 18, "label": "L", "component": part}]}
    payload = await stage.ask()
    answer = await stage.answer(payload, 9, form)
    assert (answer.status, answer.code) == (400, 50035)
    found: Any = answer["errors"]
    for step in f"data.components.0.component.{path}".split("."):
        found = found[step]
    assert found["_errors"]


BUTTON: Json = {
    "type": 1,
    "components": [{"type": 2, "style": 1, "label": "Edit", "custom_id": "edit"}],
}


async def test_a_modal_from_a_button_may_change_its_message_and_go_on_privately(stage: Stage):
    payload = await stage.ask()
    await stage.answer(payload, 4, {"content": "card", "components": [BUTTON]})
    card = stage.seen()[0]
    pressed = await stage.acts.press("alice", card["id"], label="Edit")
    short = {**FORM, "components": FORM["components"][4:]}
    assert (await stage.answer(stage.last(), 9, short)).status == 204
    await stage.acts.submit("alice", pressed, {"sound": True})
    event = stage.last()
    assert event["message"]["id"] == card["id"]
    changed = await stage.answer(event, 7, {"content": "changed"}, params={"with_response": "true"})
    assert changed["resource"]["message"]["content"] == "changed"
    private = await stage.hook("POST", event, "", {"content": "only you", "flags": 64})
    assert private.status == 200
    assert [one["content"] for one in stage.seen()] == ["changed", "only you"]
    assert [one["content"] for one in stage.seen(member="bob")] == ["changed"]


@pytest.mark.parametrize("kind", [6, 7])
async def test_a_modal_from_a_command_has_no_message_to_change(stage: Stage, kind: int):
    form = await opened(stage, {**FORM, "components": FORM["components"][4:]})
    await stage.acts.submit("alice", form, {})
    assert (await stage.answer(stage.last(), kind, {"content": "x"})).code == 50035
    assert (await stage.answer(stage.last(), 5, {"flags": 64})).status == 204


async def test_members_and_guilds_have_a_language(stage: Stage):
    stage.world.speak("alice", "fr")
    stage.world.set_locale("Second Server", "de")
    assert [name for name, _, _ in stage.events] == ["GUILD_UPDATE"]
    first = await stage.ask()
    assert (first["locale"], first["guild_locale"]) == ("fr", "en-US")
    second = await stage.ask("guild2/general", "bob")
    assert (second["locale"], second["guild_locale"], second["guild"]["locale"]) == ("en-US", "de", "de")
    with pytest.raises(ValueError, match="no locale"):
        stage.world.speak("alice", "xx")
    answer = await stage.call(
        "POST",
        f"/applications/{stage.world.application_id}/commands",
        {"name": "x", "description": "y", "name_localizations": {"xx": "z"}},
    )
    assert answer.code == 50035
