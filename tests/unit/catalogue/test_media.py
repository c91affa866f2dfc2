import pytest

from bot.catalogue.media import makes, may_make
from bot.scenario.api.records import Model


def model(*capabilities: str) -> Model:
    return Model(id="a", name="A", capabilities=capabilities)


@pytest.mark.parametrize(
    ("capability", "medium", "source"),
    [
        ("txt2img", "image", "txt"),
        ("img2img", "image", "img"),
        ("txt2img_texture", "image", "txt"),
        ("img2video", "video", "img"),
        ("txt2audio", "audio", "txt"),
        ("txt23d", "3d", "txt"),
        ("img23d", "3d", "img"),
        ("3d23d", "3d", "3d"),
        ("img2txt", "text", "img"),
        ("txt2txt", "text", "txt"),
    ],
)
def test_a_capability_says_what_is_made_of_what(capability: str, medium: str, source: str) -> None:
    for other_medium in ("image", "video", "audio", "3d", "text"):
        for other_source in ("txt", "img", "video", "audio", "3d"):
            expected = (other_medium, other_source) == (medium, source)
            assert makes(model(capability), other_medium, other_source) is expected
        assert makes(model(capability), other_medium, None) is (other_medium == medium)


def test_a_model_without_capabilities_may_make_images_and_nothing_else() -> None:
    assert not makes(model(), "image")
    assert may_make(model(), "image")
    assert not may_make(model(), "video")
    assert not may_make(model("controlnet"), "image")
