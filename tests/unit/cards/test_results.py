"""What a result is, and which stands first."""

from pathlib import Path

import pytest

from bot.cards.ports import Result
from bot.cards.results import in_order, medium_of, medium_of_result
from bot.scenario.api.records import Asset, File
from bot.vocabulary import Medium


def result(mime_type: str, kind: str | None = None, name: str = "0") -> Result:
    asset = Asset(id=name, url="u", kind=kind)
    return Result(file=File(path=Path(name), size=1, mime_type=mime_type), asset=asset)


@pytest.mark.parametrize(
    ("mime_type", "kind", "medium"),
    [
        ("image/png", None, Medium.IMAGE),
        ("audio/mpeg", "video", Medium.AUDIO),
        ("video/mp4; codecs=avc1", None, Medium.VIDEO),
        ("model/gltf-binary", "document", Medium.THREE_D),
        ("text/plain", None, Medium.TEXT),
        ("text/plain", "3d", Medium.THREE_D),
        ("application/json", None, Medium.TEXT),
        ("application/zip", "3d", Medium.THREE_D),
        ("application/octet-stream", "image-hdr", Medium.IMAGE),
        ("application/pdf", "document", None),
        ("", None, None),
        (None, "3D", Medium.THREE_D),
    ],
)
def test_bytes_say_what_it_is_and_scenario_where_they_tell_little(
    mime_type: str | None, kind: str | None, medium: Medium | None
) -> None:
    assert medium_of(mime_type, kind) is medium


def test_what_was_not_fetched_is_what_scenario_says_and_bare_words_are_text() -> None:
    assert medium_of_result(Result(asset=Asset(id="a", url="u", mime_type="video/mp4"))) is Medium.VIDEO
    assert medium_of_result(Result(text="a")) is Medium.TEXT
    assert medium_of_result(result("text/plain", "3d")) is Medium.THREE_D
    assert medium_of_result(Result()) is None


def test_a_mesh_stands_before_the_thumbnail_that_scenario_lists_first() -> None:
    thumbnail, mesh, first, second = (
        result("image/webp", name="thumbnail"),
        result("model/gltf-binary", name="mesh"),
        result("image/png", name="first map"),
        result("image/png", name="second map"),
    )
    ordered = in_order([thumbnail, first, mesh, second], Medium.THREE_D)
    assert ordered == [mesh, thumbnail, first, second]


@pytest.mark.parametrize("asked", Medium)
def test_what_was_asked_for_stands_first_whatever_else_there_is(asked: Medium) -> None:
    mimes = ["application/pdf", "text/plain", "image/png", "audio/wav", "video/mp4", "model/obj"]
    ordered = in_order([result(mime) for mime in mimes], asked)
    assert medium_of_result(ordered[0]) is asked
    assert medium_of_result(ordered[-1]) is None
