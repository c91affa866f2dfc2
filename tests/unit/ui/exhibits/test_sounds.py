"""Any sound becomes one that Discord plays, with how long it is and how it looks; or it is said why not."""

import io
import sys
from pathlib import Path

import pytest
import soundfile

from bot.renderer.process import Renderer
from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Encode, Encoded, SoundForm, Undrawn
from bot.ui.exhibits.sounds import POINTS, RATE, encoded
from tests.support.sounds import tone


def voice(tmp_path: Path, content: bytes, *, longest: float = 60.0) -> Encoded:
    path = tmp_path / "file"
    path.write_bytes(content)
    return encoded(Encode(path=path, form=SoundForm.VOICE, longest=longest))


@pytest.mark.parametrize(
    ("form", "subtype", "rate", "channels"),
    [
        ("WAV", None, 44_100, 2),
        ("WAV", "FLOAT", 96_000, 1),
        ("WAV", None, 8_000, 6),
        ("FLAC", None, 48_000, 1),
        ("OGG", "VORBIS", 22_050, 2),
        ("OGG", "OPUS", 24_000, 1),
        ("MP3", "MPEG_LAYER_III", 44_100, 2),
    ],
)
def test_whatever_comes_becomes_opus(
    tmp_path: Path, form: str, subtype: str | None, rate: int, channels: int
) -> None:
    made = voice(tmp_path, tone(2.5, form=form, subtype=subtype, rate=rate, channels=channels))
    heard = soundfile.info(io.BytesIO(made.data))
    assert (heard.format, heard.subtype, heard.samplerate, heard.channels) == ("OGG", "OPUS", RATE, 1)
    assert made.seconds == pytest.approx(2.5, abs=0.1)
    assert heard.duration == pytest.approx(made.seconds, abs=0.02)
    assert not made.cut


def test_the_waveform_is_how_loud_it_is(tmp_path: Path) -> None:
    made = voice(tmp_path, tone(3.0, loud=0.2))
    assert len(made.waveform) == pytest.approx(30, abs=1)
    assert max(made.waveform) == 255
    assert made.waveform[0] < 40
    assert list(made.waveform) == pytest.approx(sorted(made.waveform), abs=12)


def test_a_long_one_has_no_more_points_than_discord_takes(tmp_path: Path) -> None:
    made = voice(tmp_path, tone(40.0, rate=8_000))
    assert len(made.waveform) == POINTS


def test_silence_is_a_flat_line(tmp_path: Path) -> None:
    assert set(voice(tmp_path, tone(1.0, loud=0.0)).waveform) == {0}


def test_what_is_longer_than_wanted_is_cut_and_dies_away(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(tone(4.0, channels=2, form="FLAC"))
    made = encoded(Encode(path=path, form=SoundForm.CLIP, longest=1.25))
    assert (made.cut, made.seconds) == (True, 1.25)
    heard, rate = soundfile.read(io.BytesIO(made.data))
    assert (rate, heard.shape[1]) == (RATE, 2)
    assert abs(heard[int(1.249 * RATE) :]).max() < abs(heard).max() / 5
    whole = encoded(Encode(path=path, form=SoundForm.CLIP, longest=4.5))
    assert (whole.cut, round(whole.seconds, 1)) == (False, 4.0)


@pytest.mark.parametrize(
    "content",
    [b"", b"no sound at all", tone(1.0)[:20], tone(0.0), tone(0.1, channels=9)],
    ids=["empty", "junk", "a header cut short", "no sound in it", "too many channels"],
)
def test_what_cannot_be_heard_is_undrawn(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Undrawn) as undrawn:
        voice(tmp_path, content)
    assert undrawn.value.why is Remark.UNREAD


@pytest.mark.parametrize("library", ["soundfile", "soxr"])
def test_without_a_library_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    content = tone(0.5)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(Undrawn) as undrawn:
        voice(tmp_path, content)
    assert undrawn.value.why is Remark.MISSING


async def test_the_renderers_process_does_it_as_well(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(tone(1.5))
    wanted = Encode(path=path, form=SoundForm.VOICE, longest=60.0)
    async with Renderer() as renderer:
        there, here = await renderer.encode(wanted), await HERE.encode(wanted)
        assert (there.seconds, there.waveform, there.cut) == (here.seconds, here.waveform, here.cut)
        path.write_bytes(b"no sound")
        with pytest.raises(Undrawn):
            await renderer.encode(wanted)
