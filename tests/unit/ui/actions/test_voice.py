"""A sound as a voice message: by whose right, in which form, where, and never twice."""

import base64
import io
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import soundfile

from bot.actions.actions import Action, Place
from bot.refusals import AlreadyAsked, NoRight, NoVoice, Refusal, ScenarioSilent, Unheard, WhichResult
from bot.scenario.api.errors import FileTooBig
from bot.scenario.api.records import File
from bot.ui.actions import expressions
from bot.ui.actions.expressions import Expressions
from bot.ui.actions.flow import act
from bot.ui.actions.voice import FILENAME
from bot.vocabulary import Medium
from tests.support.bench import Bench, a_bench
from tests.support.builders import CHANNEL, GUILD, OWNER
from tests.support.sounds import tone
from tests.unit.service.test_service_table import CARD, FOUR, ONE, ready
from tests.unit.ui.actions.test_expressions import Source, discords
from tests.unit.ui.forms.test_sending import interaction

MAY = discord.Permissions(send_voice_messages=True)
NOBODY = discord.Permissions()


LONGEST = 3.0
"""Seconds, in place of three minutes, whose encoding takes as many seconds of a processor."""


class Http:
    """Takes messages, as the library's client hands them over."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, Any]] = []
        self.files: list[bytes] = []
        self.error: Exception | None = None

    async def send_message(self, channel_id: int, *, params: Any) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        payload, file = params.multipart
        self.sent.append((channel_id, json.loads(payload["value"])))
        self.files.append(file["value"].read())
        return {"id": "777"}


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "VOICE", LONGEST)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        one.studio.kinds |= dict.fromkeys(FOUR, "audio")
        await ready(ONE, "fresh", one, medium=Medium.AUDIO)
        yield one


def pressed(bench: Bench, source: Any, **more: Any) -> Any:
    made = interaction(bench, type=discord.InteractionType.component)
    made.client.expressions = Expressions(source)
    made.client.http = Http()
    fields = {"permissions": MAY, "app_permissions": MAY, "channel_id": CHANNEL, "message": None}
    for name, value in {**fields, "user": SimpleNamespace(id=OWNER), **more}.items():
        setattr(made, name, value)
    return made


async def press(made: Any, number: int | None = None) -> None:
    await act(made, Action.VOICE, Place(CARD, number), private=False)


async def test_a_sound_is_sent_as_discord_wants_a_voice_message(bench: Bench) -> None:
    made = pressed(bench, Source(tone(2.0, channels=2), "audio/wav"))
    await press(made)
    ((channel, payload),) = made.client.http.sent
    assert (channel, payload["flags"]) == (CHANNEL, 1 << 13)
    (attachment,) = payload["attachments"]
    assert (attachment["id"], attachment["filename"]) == (0, FILENAME)
    assert attachment["duration_secs"] == pytest.approx(2.0, abs=0.1)
    assert 0 < len(base64.b64decode(attachment["waveform"], validate=True)) <= 256
    assert payload["message_reference"] == {
        "message_id": (await bench.get(CARD)).card.message_id,
        "channel_id": CHANNEL,
        "fail_if_not_exists": False,
    }
    assert payload["enforce_nonce"] is True
    assert len(payload["nonce"]) <= 25
    assert not {"content", "embeds", "components"} & payload.keys()
    (data,) = made.client.http.files
    heard = soundfile.info(io.BytesIO(data))
    assert (heard.format, heard.subtype) == ("OGG", "OPUS")
    told = made.response.sent[-1]
    assert told["ephemeral"] is True
    link = f"https://discord.com/channels/{GUILD}/{CHANNEL}/777"
    assert told["content"] == f"Sent as a voice message: {link}"


@pytest.mark.parametrize(
    ("changes", "channel"), [({"private": True}, CHANNEL), ({}, 9), ({"message_id": None}, CHANNEL)]
)
async def test_a_card_that_does_not_stand_here_for_all_is_not_replied_to(
    changes: dict[str, Any], channel: int
) -> None:
    async with a_bench() as bench:
        bench.studio.kinds["asset_1"] = "audio"
        await ready(ONE, "fresh", bench, medium=Medium.AUDIO, **changes)
        made = pressed(bench, Source(tone(1.0), "audio/wav"), channel_id=channel)
        await press(made)
        ((sent_to, payload),) = made.client.http.sent
        assert sent_to == channel
        assert "message_reference" not in payload


async def test_two_presses_are_one_message(bench: Bench) -> None:
    """Those of a double click; and of two that are further apart Discord makes one by their nonce."""
    source = Source(tone(1.0), "audio/wav")
    first, second = pressed(bench, source), pressed(bench, source)
    await press(first)
    with pytest.raises(AlreadyAsked):
        await press(second)
    assert second.client.http.sent == []
    bench.clock.jump(60)
    third, other = pressed(bench, source), pressed(bench, source, user=SimpleNamespace(id=OWNER + 1))
    await press(third)
    await press(other)
    nonces = [one.client.http.sent[0][1]["nonce"] for one in (first, third, other)]
    assert nonces[0] == nonces[1] != nonces[2]


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({"permissions": NOBODY}, False),
        ({"app_permissions": NOBODY}, True),
        ({"channel_id": None}, True),
        ({"is_user_integration": lambda: True, "is_guild_integration": lambda: False}, True),
    ],
)
async def test_it_takes_the_right_of_the_presser_and_the_bots(
    bench: Bench, changes: dict[str, Any], ours: bool
) -> None:
    made = pressed(bench, Source(tone(1.0), "audio/wav"), **changes)
    with pytest.raises(NoRight) as refused:
        await press(made)
    assert refused.value.ours is ours
    assert made.client.http.sent == []
    assert not made.response.deferred


async def test_in_direct_messages_nobody_needs_a_right(bench: Bench) -> None:
    nobody = {"permissions": NOBODY, "app_permissions": NOBODY, "guild_id": None}
    made = pressed(bench, Source(tone(1.0), "audio/wav"), **nobody)
    await press(made)
    assert len(made.client.http.sent) == 1
    assert "/channels/@me/" in made.response.sent[-1]["content"]


@pytest.mark.parametrize("code", [50013, 50173])
async def test_what_discord_forbids_is_our_lack_and_may_be_tried_again(bench: Bench, code: int) -> None:
    made = pressed(bench, Source(tone(1.0), "audio/wav"))
    made.client.http.error = discords(code)
    with pytest.raises(NoRight) as refused:
        await press(made)
    assert refused.value.ours
    again = pressed(bench, Source(tone(1.0), "audio/wav"))
    await press(again)
    assert len(again.client.http.sent) == 1


async def test_what_else_discord_refuses_is_no_refusal_of_ours(bench: Bench) -> None:
    made = pressed(bench, Source(tone(1.0), "audio/wav"))
    made.client.http.error = discords(50035)
    with pytest.raises(discord.HTTPException):
        await press(made)


class Huge(Source):
    async def fetch(self, url: str, into: Any, *, cap: int) -> File:
        raise FileTooBig(cap=cap)


def silent() -> Source:
    source = Source(b"", "audio/wav")
    source.silent = True
    return source


@pytest.mark.parametrize(
    ("source", "refusal", "why"),
    [
        (Source(b"no sound", "audio/wav"), NoVoice, Unheard.UNREAD),
        (Huge(b"", "audio/wav"), NoVoice, Unheard.TOO_LONG),
        (Source(tone(LONGEST + 1, rate=8_000), "audio/wav"), NoVoice, Unheard.TOO_LONG),
        (silent(), ScenarioSilent, None),
    ],
    ids=["junk", "too large", "too long", "silence"],
)
async def test_what_cannot_be_sent_says_why(
    bench: Bench, source: Source, refusal: type[Refusal], why: Unheard | None
) -> None:
    made = pressed(bench, source)
    with pytest.raises(refusal) as refused:
        await press(made)
    assert getattr(refused.value, "why", None) is why
    assert made.client.http.sent == []


class Unfetched(Source):
    async def fetch(self, url: str, into: Any, *, cap: int) -> File:
        raise AssertionError(f"{url} was fetched")


async def test_what_scenario_says_is_too_long_is_not_fetched(bench: Bench) -> None:
    made = pressed(bench, Unfetched(b"", "audio/wav", duration=LONGEST + 0.5))
    with pytest.raises(NoVoice) as refused:
        await press(made)
    assert refused.value.why is Unheard.TOO_LONG
    # a word of Scenario's is not needed, nor believed where the sound itself is longer
    for said in (None, LONGEST):
        sound = Source(tone(LONGEST + 1, rate=8_000), "audio/wav", duration=said)
        with pytest.raises(NoVoice):
            await Expressions(sound).voice("asset_1")
    short = Source(tone(1.0), "audio/wav", duration=LONGEST)
    assert not (await Expressions(short).voice("asset_1")).cut


async def test_of_several_the_one_that_was_named_is_sent() -> None:
    async with a_bench() as bench:
        bench.studio.kinds |= dict.fromkeys(FOUR, "audio")
        await ready(FOUR, "fresh", bench, medium=Medium.AUDIO)
        source = Source(tone(1.0), "audio/wav")
        with pytest.raises(WhichResult):
            await press(pressed(bench, source))
        made = pressed(bench, source, message=SimpleNamespace(id=5))
        await press(made, 3)
        assert len(made.client.http.sent) == 1
