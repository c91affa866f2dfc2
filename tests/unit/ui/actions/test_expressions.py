"""A result as a server's own emoji, sticker or sound: by whose right, in which form, and what is refused."""

import io
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import soundfile
from PIL import Image

from bot.actions.actions import Action, Place
from bot.refusals import Lacking, NoPicture, NoRight, NoRoom, NoSoundboard, ScenarioSilent, WhichResult
from bot.scenario.api.errors import FileTooBig, Unavailable
from bot.scenario.api.records import Asset, File
from bot.ui.actions.expressions import CAP, CLIP, KINDS, LONGEST, SOUND_BYTES, Expressions, name_for
from bot.ui.actions.flow import act, answer_modal
from tests.support.bench import Bench, a_bench
from tests.support.builders import GUILD, OWNER
from tests.support.sounds import tone
from tests.unit.service.test_service_table import CARD, FOUR, ONE, ready
from tests.unit.ui.forms.test_sending import interaction

MAY = discord.Permissions(create_expressions=True)
MP3 = b"\xff\xfb" + b"0" * 100


def cut_out() -> bytes:
    """A red square on nothing, in a corner of a wide picture."""
    image = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (10, 10, 60, 60))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class Server:
    """A guild that takes what it is given, unless it is full."""

    def __init__(self) -> None:
        self.id = GUILD
        self.given: list[tuple[str, str, bytes]] = []
        self.error: Exception | None = None

    def _take(self, kind: str, name: str, data: bytes) -> str:
        if self.error is not None:
            raise self.error
        self.given.append((kind, name, data))
        return f"<:{name}:1>"

    async def create_custom_emoji(self, *, name: str, image: bytes, reason: str) -> str:
        assert str(OWNER) in reason
        return self._take("emoji", name, image)

    async def create_sticker(self, *, name: str, emoji: str, file: discord.File, reason: str) -> str:
        assert (emoji, str(OWNER) in reason) == ("✨", True)
        return self._take("sticker", name, file.fp.read())

    async def create_soundboard_sound(self, *, name: str, sound: bytes, reason: str) -> str:
        assert str(OWNER) in reason
        return self._take("soundboard", name, sound)


class Source:
    """One asset, and its file."""

    def __init__(self, content: bytes, mime_type: str, **facts: Any) -> None:
        self.content, self.mime_type, self.facts = content, mime_type, facts
        self.gone = self.silent = False

    async def assets(self, asset_ids: Any) -> list[Asset]:
        if self.silent:
            raise Unavailable("silence")
        return [] if self.gone else [Asset(id=asset_ids[0], url="https://cdn.example/a", **self.facts)]

    async def fetch(self, url: str, into: Any, *, cap: int) -> File:
        into.write_bytes(self.content)
        return File(path=into, size=len(self.content), mime_type=self.mime_type)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        await ready(ONE, "fresh", one)
        yield one


def asked(bench: Bench, server: Server, source: Source, **more: Any) -> Any:
    made = interaction(bench, type=discord.InteractionType.component)
    made.client.expressions = Expressions(source)
    fields = {
        "permissions": MAY,
        "app_permissions": MAY,
        "guild": server,
        "user": SimpleNamespace(id=OWNER),
        "message": None,
    }
    for name, value in {**fields, **more}.items():
        setattr(made, name, value)
    return made


def submitted(made: Any, action: Action, name: str, number: int = 0) -> Any:
    made.type = discord.InteractionType.modal_submit
    made.data = {
        "custom_id": f"a1:words:{action}:{CARD}:{number}",
        "components": [{"type": 18, "component": {"type": 4, "custom_id": "words", "value": name}}],
    }
    return made


def said(made: Any) -> str:
    return str(made.response.sent[-1]["content"])


@pytest.mark.parametrize(
    ("action", "named", "told"),
    [
        (Action.EMOJI, "a_red_boat", r"<:a_red_boat:1> is an emoji of this server now, named a\_red\_boat."),
        (Action.STICKER, "a red boat!", "It is a sticker of this server now, named a red boat!."),
    ],
)
async def test_a_cut_out_fills_its_square_and_keeps_what_is_clear(
    bench: Bench, action: Action, named: str, told: str
) -> None:
    server, source = Server(), Source(cut_out(), "image/png")
    made = submitted(asked(bench, server, source), action, "a red boat!")
    await answer_modal(made)
    ((kind, name, data),) = server.given
    assert (kind, name) == (action.value, named)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("PNG", (KINDS[action].side,) * 2)
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 0, 0, 255)  # the clear border is gone
    assert said(made) == told
    assert made.response.sent[-1]["ephemeral"] is True


async def test_a_wide_one_stands_in_the_middle_on_nothing(bench: Bench) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(buffer, "PNG")
    data = await Expressions(Source(buffer.getvalue(), "image/png")).made(Action.EMOJI, "asset_1")
    with Image.open(io.BytesIO(data)) as image:
        seen = [image.convert("RGBA").getpixel((64, at)) for at in (0, 31, 32, 95, 96, 127)]
    clear, red = (0, 0, 0, 0), (255, 0, 0, 255)
    assert seen == [clear, clear, red, red, clear, clear]


async def test_a_short_sound_goes_onto_the_soundboard_as_it_is(bench: Bench) -> None:
    server, source = Server(), Source(MP3, "audio/mpeg", duration=5.2, size=len(MP3))
    bench.studio.kinds["asset_1"] = "audio"
    made = submitted(asked(bench, server, source), Action.SOUNDBOARD, "Splash")
    await answer_modal(made)
    assert server.given == [("soundboard", "Splash", MP3)]
    assert said(made) == "It is on this server's soundboard now, named Splash."


@pytest.mark.parametrize(
    ("content", "facts", "seconds"),
    [
        (tone(2.0), {"duration": 2.0}, 2.0),
        (tone(2.0, form="OGG", subtype="VORBIS"), {"duration": 2.0}, 2.0),
        (tone(2.0, rate=24_000, form="MP3", subtype="MPEG_LAYER_III"), {"duration": 2.0}, 2.0),
        (tone(2.0, form="MP3", subtype="MPEG_LAYER_III"), {}, 2.0),  # nobody says how long it is
        (tone(12.0, channels=6), {"duration": 12.0}, CLIP),
    ],
    ids=["wav", "ogg", "another mp3", "unmeasured", "longer"],
)
async def test_any_other_sound_is_encoded_as_a_soundboard_takes_it(
    content: bytes, facts: dict[str, Any], seconds: float
) -> None:
    made = await Expressions(Source(content, "audio/x", **facts)).made(Action.SOUNDBOARD, "asset_1")
    assert made.startswith(b"\xff\xfb")  # the library takes no other MP3 for one
    heard = soundfile.info(io.BytesIO(made))
    assert (heard.format, heard.samplerate) == ("MP3", 48_000)
    assert seconds <= heard.duration <= LONGEST
    assert len(made) <= SOUND_BYTES


async def test_whoever_adds_a_longer_one_is_told_before_that_its_beginning_is_taken(bench: Bench) -> None:
    bench.studio.kinds["asset_1"] = "audio"
    for lasts, told in ((12.04, "It lasts 12 s. Only its first 5.1 s go on the soundboard."), (5.2, None)):
        bench.studio.durations["asset_1"] = lasts
        made = asked(bench, Server(), Source(tone(1), "audio/wav"))
        await act(made, Action.SOUNDBOARD, Place(CARD), private=False)
        (label,) = made.response.modals[-1].children
        assert label.description == told


@pytest.mark.parametrize("content", [b"no sound", b"", MP3], ids=["junk", "nothing", "no frames"])
async def test_what_is_no_sound_is_not_sent(content: bytes) -> None:
    with pytest.raises(NoSoundboard):
        await Expressions(Source(content, "audio/mpeg")).made(Action.SOUNDBOARD, "asset_1")


async def test_what_cannot_be_had_or_seen_says_so() -> None:
    gone, silent = Source(b"", "image/png"), Source(b"", "image/png")
    gone.gone, silent.silent = True, True
    with pytest.raises(NoPicture) as refused:
        await Expressions(gone).made(Action.EMOJI, "asset_1")
    assert refused.value.lacking is Lacking.NOTHING
    with pytest.raises(ScenarioSilent):
        await Expressions(silent).made(Action.EMOJI, "asset_1")
    with pytest.raises(NoPicture):
        await Expressions(Source(b"no picture", "image/png")).made(Action.EMOJI, "asset_1")


NOBODY = discord.Permissions()


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({"permissions": NOBODY}, False),
        ({"app_permissions": NOBODY}, True),
        ({"guild": None}, True),
        ({"is_user_integration": lambda: True, "is_guild_integration": lambda: False}, True),
    ],
)
@pytest.mark.parametrize("action", KINDS)
async def test_it_takes_the_right_of_the_presser_and_the_bots(
    bench: Bench, action: Action, changes: dict[str, Any], ours: bool
) -> None:
    server, source = Server(), Source(cut_out(), "image/png")
    with pytest.raises(NoRight) as refused:  # before anybody thinks of a name
        await act(asked(bench, server, source, **changes), action, Place(CARD), private=False)
    assert refused.value.ours is ours
    late = submitted(asked(bench, server, source, **changes), action, "boat")  # it may be taken meanwhile
    await answer_modal(late)
    assert "Create Expressions" in said(late)
    assert server.given == []


def discords(code: int) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=400, reason="no")
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (discords(30008), "no room for more"),
        (discords(50013), "I need this server's Create Expressions permission"),
        (discords(50035), "Something went wrong on my end. Nothing was charged"),
    ],
)
async def test_what_discord_refuses_is_told_with_the_name_that_was_typed(
    bench: Bench, error: Exception, told: str
) -> None:
    server = Server()
    server.error = error
    made = submitted(asked(bench, server, Source(cut_out(), "image/png")), Action.EMOJI, "boat")
    await answer_modal(made)
    assert told in said(made)
    assert "```\nboat\n```" in said(made)
    assert NoRoom.__doc__


async def test_of_several_the_one_that_was_named_is_taken() -> None:
    async with a_bench() as bench:
        await ready(FOUR, "fresh", bench)
        server, source = Server(), Source(cut_out(), "image/png")
        with pytest.raises(WhichResult):
            await act(asked(bench, server, source), Action.EMOJI, Place(CARD), private=False)
        await answer_modal(submitted(asked(bench, server, source), Action.EMOJI, "boat", 3))
        assert len(server.given) == 1


@pytest.mark.parametrize(
    ("action", "words", "name"),
    [
        (Action.EMOJI, "a red boat, at dawn", "a_red_boat_at_dawn"),
        (Action.EMOJI, "x" * 60, "x" * 32),
        (Action.EMOJI, "лодка", "imagine"),
        (Action.EMOJI, "", "imagine"),
        (Action.STICKER, "лодка  на\nводе", "лодка на воде"),
        (Action.STICKER, "x", "imagine"),
        (Action.SOUNDBOARD, "y" * 60, "y" * 32),
    ],
)
def test_a_name_is_one_that_discord_takes(action: Action, words: str, name: str) -> None:
    assert name_for(action, words) == name


@pytest.mark.parametrize(("action", "told"), [(Action.SOUNDBOARD, NoSoundboard), (Action.EMOJI, NoPicture)])
async def test_a_file_of_which_nobody_said_how_large_it_is_is_fetched_no_further_than_it_is_of_use(
    action: Action, told: type[Exception]
) -> None:
    caps: list[int] = []

    class Endless(Source):
        async def fetch(self, url: str, into: Any, *, cap: int) -> File:
            caps.append(cap)
            raise FileTooBig(cap=cap)

    with pytest.raises(told):
        await Expressions(Endless(b"", "audio/mpeg")).made(action, "asset_1")
    assert caps == [CAP]
