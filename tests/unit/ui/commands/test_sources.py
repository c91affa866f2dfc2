"""The picture in a message, wherever Discord keeps it, and the true reason where there is none to be had."""

from collections.abc import AsyncGenerator
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.client import ImagineBot
from bot.generation.member_files import FILE_CAP
from bot.refusals import FileTooLarge, Lacking, NoPicture
from bot.request.ask import InputFile
from bot.ui.commands.sources import card_of, pictures_of
from bot.ui.forms.modals import submitted
from tests.support.bench import Bench, a_bench
from tests.unit.test_cogs import interaction

CDN = "https://cdn.discordapp.com/attachments/1/2"
COPY = "https://images-ext-1.discordapp.net/external/abc/fox.png"
ELSEWHERE = "https://pictures.example/fox.png"
WHEN = "2026-11-29T00:00:00+00:00"
LOTTIE = 3


async def nothing() -> None:
    pass


@pytest.fixture
async def bot() -> AsyncGenerator[ImagineBot]:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        yield made


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        yield made


def attachment(name: str, kind: str | None = "image/png", **more: Any) -> dict[str, Any]:
    url = f"{CDN}/{name}"
    held = {"id": "5", "filename": name, "size": 12, "url": url, "proxy_url": url, **more}
    return held if kind is None else {**held, "content_type": kind}


def media(url: str = f"{CDN}/fox.png", **more: Any) -> dict[str, Any]:
    return {"url": url, "proxy_url": url, "content_type": "image/png", "width": 3, "height": 4, **more}


def gallery(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": 12, "items": list(items)}


def container(*inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": 17, "components": list(inside), **more}


def forwarded(**fields: Any) -> dict[str, Any]:
    snapshot: dict[str, Any] = {"type": 0, "content": "", "embeds": [], "attachments": [], "timestamp": WHEN}
    return {"message_snapshots": [{"message": {**snapshot, "edited_timestamp": None, **fields}}]}


def sticker(format_type: int) -> dict[str, Any]:
    return {"sticker_items": [{"id": "77", "name": "Wave", "format_type": format_type}]}


def message(bot: ImagineBot, author: int = 1, **fields: Any) -> discord.Message:
    told: dict[str, Any] = {
        "id": "3",
        "channel_id": "5",
        "author": {"id": str(author), "username": "bob", "discriminator": "0", "avatar": None},
        "content": "",
        "timestamp": WHEN,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "type": 0,
        **fields,
    }
    channel = cast("Any", bot.get_partial_messageable(5))
    return discord.Message(state=cast("Any", bot)._connection, channel=channel, data=cast("Any", told))


async def picture(bot: ImagineBot, bench: Bench, **fields: Any) -> InputFile:
    del bench
    return pictures_of(message(bot, **fields), "reference")[0]


THUMBNAIL = {"type": 11, "media": media()}
SECTION = {"type": 9, "components": [{"type": 10, "content": "a"}], "accessory": THUMBNAIL}


@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": [attachment("fox.png")]},
        {
            "attachments": [
                attachment("a.txt", "text/plain"),
                attachment("a.mp4", "video/mp4"),
                attachment("fox.png"),
            ]
        },
        {"attachments": [attachment("fox.png", None)]},
        {"attachments": [attachment("fox.png", "application/octet-stream")]},
        {"attachments": [attachment("fox.png", None, filename="fox", width=3, height=4)]},
        {"attachments": [attachment("x", url=ELSEWHERE, proxy_url=f"{CDN}/fox.png")]},
        {"components": [gallery({"media": media()})]},
        {
            "components": [
                gallery({"media": media(f"{CDN}/a.mp4", content_type="video/mp4")}, {"media": media()})
            ]
        },
        {"components": [container(SECTION)]},
        {"components": [{"type": 13, "file": media()}]},
        {"components": [container(gallery({"media": media(ELSEWHERE, proxy_url=f"{CDN}/fox.png")}))]},
        {"embeds": [{"image": {"url": f"{CDN}/fox.png"}}]},
        {
            "embeds": [
                {"title": "no picture"},
                {"thumbnail": {"url": ELSEWHERE, "proxy_url": f"{CDN}/fox.png"}},
            ]
        },
        forwarded(attachments=[attachment("fox.png")]),
        forwarded(components=[gallery({"media": media()})]),
        forwarded(embeds=[{"type": "image", "thumbnail": {"url": ELSEWHERE, "proxy_url": f"{CDN}/fox.png"}}]),
        {
            "attachments": [attachment("a.txt", "text/plain")],
            **forwarded(attachments=[attachment("fox.png")]),
        },
    ],
)
async def test_a_picture_is_found_wherever_a_message_has_it(
    bot: ImagineBot, bench: Bench, fields: dict[str, Any]
) -> None:
    found = await picture(bot, bench, **fields)
    assert (found.url, found.role, found.spoiler) == (f"{CDN}/fox.png", "reference", False)
    assert found.filename


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (1, "https://cdn.discordapp.com/stickers/77.png"),
        (2, "https://cdn.discordapp.com/stickers/77.png"),
        (4, "https://media.discordapp.net/stickers/77.gif"),
    ],
)
async def test_a_sticker_is_a_picture(bot: ImagineBot, bench: Bench, kind: int, link: str) -> None:
    assert (await picture(bot, bench, **sticker(kind))).url == link
    assert (await picture(bot, bench, **forwarded(**sticker(kind)))).url == link


async def test_of_anothers_picture_discords_copy_is_taken(bot: ImagineBot, bench: Bench) -> None:
    shown = {"image": {"url": ELSEWHERE, "proxy_url": COPY}}
    assert (await picture(bot, bench, embeds=[shown])).url == COPY


@pytest.mark.parametrize(
    ("fields", "lacking", "kind"),
    [
        ({}, Lacking.NONE, None),
        ({"embeds": [{"title": "words"}]}, Lacking.NONE, None),
        ({"embeds": [{"image": {"url": ELSEWHERE}}]}, Lacking.ELSEWHERE, None),
        ({"embeds": [{"image": {"url": "attachment://gone.png"}}]}, Lacking.ELSEWHERE, None),
        ({"embeds": [{"image": {"url": "https://[", "proxy_url": "https://["}}]}, Lacking.ELSEWHERE, None),
        ({"attachments": [attachment("a.mp4", "video/mp4")]}, Lacking.OTHER, "video"),
        ({"attachments": [attachment("a.bin", None)]}, Lacking.OTHER, None),
        (
            {"attachments": [attachment("a.mp4", "video/mp4")], "embeds": [{"image": {"url": ELSEWHERE}}]},
            Lacking.ELSEWHERE,
            None,
        ),
        (sticker(LOTTIE), Lacking.MOVING, None),
    ],
)
async def test_what_cannot_be_had_is_refused_for_the_true_reason(
    bot: ImagineBot, bench: Bench, fields: dict[str, Any], lacking: Lacking, kind: str | None
) -> None:
    with pytest.raises(NoPicture) as refused:
        await picture(bot, bench, **fields)
    assert (refused.value.lacking, refused.value.kind) == (lacking, kind)


async def test_a_picture_that_is_too_large_is_refused_unless_there_is_another(
    bot: ImagineBot, bench: Bench
) -> None:
    large = attachment("large.png", size=FILE_CAP + 1)
    with pytest.raises(FileTooLarge):
        await picture(bot, bench, attachments=[large])
    assert (await picture(bot, bench, attachments=[large, attachment("fox.png")])).filename == "fox.png"


@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": [attachment("SPOILER_fox.png")]},
        {"attachments": [attachment("fox.png", flags=8)]},
        {"components": [gallery({"media": media(), "spoiler": True})]},
        {"components": [container(gallery({"media": media()}), spoiler=True)]},
        {"components": [{"type": 13, "file": media(), "spoiler": True}]},
        {
            "content": f"look ||{ELSEWHERE} || there",
            "embeds": [{"url": ELSEWHERE, "thumbnail": {"url": ELSEWHERE, "proxy_url": COPY}}],
        },
        forwarded(attachments=[attachment("SPOILER_fox.png")]),
    ],
)
async def test_what_was_hidden_stays_hidden(bot: ImagineBot, bench: Bench, fields: dict[str, Any]) -> None:
    assert (await picture(bot, bench, **fields)).spoiler


def test_a_file_that_is_hidden_in_a_form_is_hidden() -> None:
    files = {
        "5": attachment("fox.png", flags=8),
        "6": attachment("fox.png"),
        "7": attachment("SPOILER_a.png"),
    }
    upload = {"type": 19, "custom_id": "image", "values": list(files)}
    data = {"components": [{"type": 18, "component": upload}], "resolved": {"attachments": files}}
    _, given = submitted(data)
    assert [one.spoiler for one in given["image"]] == [True, False, True]


# -- cards of ours ------------------------------------------------------------------------------------

CARD = {
    "embeds": [
        {
            "title": "a cat",
            "footer": {"text": "started now · /show 1001"},
            "image": {"url": f"{CDN}/small.png"},
        }
    ]
}


def test_a_card_is_known_by_its_author_and_its_number(bot: ImagineBot, bench: Bench) -> None:
    asked = interaction(bench)
    assert card_of(asked, message(bot, 99, **CARD)) == "1001"
    assert card_of(asked, message(bot, 98, **CARD)) is None  # anybody may write that


async def test_a_picture_of_which_discord_does_not_say_what_it_is_is_taken_as_a_picture(
    bot: ImagineBot, bench: Bench
) -> None:
    given = await picture(bot, bench, attachments=[attachment("fox.png", None, width=3, height=4)])
    assert (given.filename, given.content_type) == ("fox.png", "image/*")
