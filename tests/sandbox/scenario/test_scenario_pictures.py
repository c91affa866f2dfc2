"""Pictures: repeatable, different, of the size asked for, and cheap."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.scenario import pictures
from sandbox.scenario.art.scenes import SCENES

PROMPTS = {
    "mountains": "a castle in a valley",
    "city": "a neon city",
    "sea": "a ship at sunset",
    "lighthouse": "a lighthouse on a rock",
    "dunes": "a camel in the desert",
    "forest": "a fox among trees",
    "cosmos": "a planet",
    "ribbons": "abstract paper",
    "tiles": "a geometric poster",
}


def far_apart(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures look different: the mean difference of a pixel is large."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) > 12


def test_every_scene_has_a_prompt_here() -> None:
    assert set(PROMPTS) == set(SCENES)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_a_seed_repeats_to_the_byte_and_another_differs(prompt: str) -> None:
    one, same, other = (pictures.draw(prompt, seed, 256, 192) for seed in (1, 1, 2))
    assert pictures.encode(one, "png") == pictures.encode(same, "png")
    assert one.tobytes() != other.tobytes()


def test_prompts_look_different() -> None:
    prompts = [*PROMPTS.values(), "soup", "a clock", "two chairs", "happiness"]
    drawn = [pictures.draw(prompt, 4, 160, 160) for prompt in prompts]
    for at, one in enumerate(drawn):
        for other in drawn[at + 1 :]:
            assert far_apart(one, other)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
@pytest.mark.parametrize("size", [(16, 600), (600, 16), (1, 1), (600, 450)])
def test_any_size(prompt: str, size: tuple[int, int]) -> None:
    assert pictures.draw(prompt, 0, *size, most_pixels=100_000).size == size


@pytest.mark.parametrize("most_pixels", [pictures.SMOOTH // 10, pictures.SMOOTH])
def test_a_smaller_canvas_is_enlarged_and_stays_the_same_scene(most_pixels: int) -> None:
    whole, coarse = (pictures.draw("a bird", 1, 800, 600, most_pixels=one) for one in (480_000, most_pixels))
    assert coarse.size == whole.size
    assert coarse.tobytes() != whole.tobytes()
    assert not far_apart(coarse.resize((40, 30)), whole.resize((40, 30)))  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_a_whole_picture_is_neither_blank_nor_large(prompt: str) -> None:
    assert 10_000 < len(pictures.encode(pictures.draw(prompt, 1, 1024, 1024), "png")) < 600_000


def test_formats_and_padding() -> None:
    image = pictures.draw("a bird", 1, 64, 48)
    for name in ("png", "jpeg", "webp", "gif", "tiff"):
        body = pictures.encode(image, name, 50_000)
        assert len(body) == 50_000
        again = Image.open(io.BytesIO(body))
        again.load()
        assert again.size == (64, 48)
    assert pictures.facts(pictures.convert(pictures.encode(image, "png"), "webp")) == ("image/webp", 64, 48)
    assert pictures.facts(b"no picture") is None
