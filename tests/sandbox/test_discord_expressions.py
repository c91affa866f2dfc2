"""What a guild gets of its own: emojis, stickers and sounds, within Discord's limits, by the bot's right."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.discord import permissions
from sandbox.discord.routes_expressions import EMOJI_BYTES, EMOJIS, SOUND_BYTES, SOUNDS, STICKERS
from tests.sandbox.discord_stage import Answer, Stage, picture

MP3 = b"ID3" + b"0" * 64


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


def data(raw: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def home(stage: Stage) -> str:
    return f"/guilds/{stage.world.guild_named('Imagine HQ').id}"


async def emoji(stage: Stage, **changes: Any) -> Answer:
    return await stage.call(
        "POST", f"{home(stage)}/emojis", {"name": "fox", "image": data(picture()), **changes}
    )


async def sticker(stage: Stage, image: bytes, **changes: Any) -> Answer:
    body = {"name": "fox", "description": "", "tags": "SPARKLES", **changes}
    return await stage.call("POST", f"{home(stage)}/stickers", body, files={"a.png": image})


async def sound(stage: Stage, **changes: Any) -> Answer:
    body = {"name": "ding", "sound": data(MP3, "audio/mpeg"), **changes}
    return await stage.call("POST", f"{home(stage)}/soundboard-sounds", body)


async def test_what_was_added_is_the_guilds(stage: Stage) -> None:
    made = (await emoji(stage), await sticker(stage, picture(320, 320)), await sound(stage))
    assert [one.status for one in made] == [201, 201, 201]
    guild = await stage.call("GET", home(stage))
    assert [one["name"] for one in guild["emojis"]] == ["fox"]
    assert [one["id"] for one in guild["stickers"]] == [made[1]["id"]]
    sounds = await stage.call("GET", f"{home(stage)}/soundboard-sounds")
    assert [one["sound_id"] for one in sounds["items"]] == [made[2]["sound_id"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "f"},
        {"name": "a fox"},
        {"name": "f" * 33},
        {"image": "fox.png"},
        {"image": data(MP3, "audio/mpeg")},
        {"image": data(b"0" * (EMOJI_BYTES + 1))},
    ],
)
async def test_what_is_no_emoji(stage: Stage, changes: dict[str, Any]) -> None:
    assert (await emoji(stage, **changes)).code == 50035


async def test_what_is_no_sticker(stage: Stage) -> None:
    assert (await sticker(stage, picture(321, 320))).code == 50046
    assert (await sticker(stage, b"no picture")).code == 50046
    assert (await sticker(stage, picture(), name="f" * 31)).code == 50035
    assert (await sticker(stage, picture(), tags="")).code == 50035
    assert (await sticker(stage, picture(), description="x")).code == 50035


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "d"},
        {"sound": data(MP3, "audio/wav")},
        {"sound": data(b"0" * (SOUND_BYTES + 1), "audio/ogg")},
        {"sound": "data:audio/ogg;base64,!"},
    ],
)
async def test_what_is_no_sound(stage: Stage, changes: dict[str, Any]) -> None:
    assert (await sound(stage, **changes)).code == 50035


async def test_a_guild_has_room_for_so_many(stage: Stage) -> None:
    guild, one = stage.world.guild_named("Imagine HQ"), {"id": "1"}
    guild.emojis += [one] * (EMOJIS - 1)
    guild.stickers += [one] * (STICKERS - 1)
    guild.sounds += [one] * (SOUNDS - 1)
    made = [await emoji(stage), await sticker(stage, picture()), await sound(stage)]
    assert [answer.status for answer in made] == [201] * 3
    full = [await emoji(stage), await sticker(stage, picture()), await sound(stage)]
    assert [answer.code for answer in full] == [30008, 30039, 30045]


async def test_it_takes_the_right_to_create_expressions(stage: Stage) -> None:
    guild = stage.world.guild_named("Imagine HQ")
    for role in guild.roles.values():
        role.permissions &= ~permissions.EXPRESSIONS
    made = (await emoji(stage), await sticker(stage, picture()), await sound(stage))
    assert [(one.status, one.code) for one in made] == [(403, 50013)] * 3
