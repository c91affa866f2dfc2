"""Voice messages: one sound, with how long it is and how it looks, and nothing beside it."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord import permissions
from tests.sandbox.discord_stage import Answer, Json, Stage

OGG = b"OggS" + b"0" * 64
WAVEFORM = base64.b64encode(bytes(range(256))).decode()
LISTED: Json = {"id": 0, "filename": "voice.ogg", "duration_secs": 1.5, "waveform": WAVEFORM}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


def place(stage: Stage) -> str:
    return f"/channels/{stage.world.channel('general').id}/messages"


async def send(stage: Stage, *listed: Json, files: dict[str, bytes] | None = None, **changes: Any) -> Answer:
    body = {"flags": 1 << 13, "attachments": list(listed or (LISTED,)), **changes}
    return await stage.call("POST", place(stage), body, files=files or {"voice.ogg": OGG})


async def test_it_is_there_with_its_length_and_its_waveform(stage: Stage) -> None:
    sent = await send(stage)
    assert sent.status == 200
    assert sent["flags"] & 1 << 13
    (attachment,) = sent["attachments"]
    assert (attachment["duration_secs"], attachment["waveform"]) == (1.5, WAVEFORM)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content": "listen"}, 50159),
        ({"embeds": [{"description": "listen"}]}, 50159),
        ({"files": {"a.png": b"\x89PNG"}}, 50160),
    ],
)
async def test_nothing_stands_beside_it(stage: Stage, changes: dict[str, Any], code: int) -> None:
    assert (await send(stage, **changes)).code == code


async def test_it_is_one_sound(stage: Stage) -> None:
    two = [LISTED, {"id": 1, "filename": "b.ogg"}]
    assert (await send(stage, *two, files={"a.ogg": OGG, "b.ogg": OGG})).code == 50160


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"duration_secs": None}, 50161),
        ({"waveform": None}, 50161),
        ({"duration_secs": True}, 50161),
        ({"duration_secs": -1}, 50035),
        ({"waveform": "no base64"}, 50035),
        ({"waveform": base64.b64encode(bytes(257)).decode()}, 50035),
    ],
)
async def test_what_is_said_of_it_must_be_so(stage: Stage, changes: Json, code: int) -> None:
    assert (await send(stage, {**LISTED, **changes})).code == code


async def test_it_takes_the_right_to_send_them(stage: Stage) -> None:
    guild = stage.world.guild_named("Imagine HQ")
    for role in guild.roles.values():
        role.permissions &= ~permissions.VOICE
    refused = await send(stage)
    assert (refused.status, refused.code) == (403, 50173)


async def test_it_is_not_edited(stage: Stage) -> None:
    sent = await send(stage)
    edited = await stage.call("PATCH", f"{place(stage)}/{sent['id']}", {"content": "louder"})
    assert edited.code == 50162
