"""An aspect ratio, however it is written, becomes the inputs of each family of models."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api.records import Input, Json, Model, SizePreset, SizePresets
from bot.schema import ratios
from bot.schema.inputs import Constraint, Problem, check
from bot.schema.sizing import for_ratio, ratio_choices

PROMPT = Input(name="prompt", type="string", prompt=True)


def side(name: str, low: float = 128, high: float = 2048, step: float | None = 16) -> Input:
    return Input(name=name, type="number", min=low, max=high, step=step)


def model(*inputs: Input, sizes: SizePresets | None = None) -> Model:
    return Model(id="model_a", name="A", inputs=(PROMPT, *inputs), sizes=sizes)


def ratio_model(*values: Json, name: str = "aspectRatio") -> Model:
    return model(Input(name=name, type="string", allowed_values=values))


def preset_model(*presets: tuple[str, int | None, int | None]) -> Model:
    rows = tuple(SizePreset(label=label, width=width, height=height) for label, width, height in presets)
    sizes = SizePresets(width_input="width", height_input="height", presets=rows)
    return model(side("width", 16, 3840), side("height", 16, 3840), sizes=sizes)


SEEDANCE = ratio_model("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive")
FLUX = preset_model(
    ("16:9 (1344x768)", 1344, 768),
    ("3:2 (1216x832)", 1216, 832),
    ("4:3 (1104x832)", 1104, 832),
    ("5:4 (1088x896)", 1088, 896),
    ("1:1 (1024x1024)", 1024, 1024),
    ("4:5 (896x1088)", 896, 1088),
    ("9:16 (768x1344)", 768, 1344),
)
GPT = preset_model(
    ("9:16 (2160x3840)", 2160, 3840),
    ("9:16 (1088x1920)", 1088, 1920),
    ("1:1 (1024x1024)", 1024, 1024),
    ("1:1 (2048x2048)", 2048, 2048),
    ("3:2 (1536x1024)", 1536, 1024),
    ("Auto", None, None),
)
NAMELESS = preset_model(("Square", 1024, 1024), ("Wide", 1344, 768), ("Odd", 1280, 384))
SIDES = model(side("width"), side("height"))
NEARLY = model(
    side("width", step=None, high=4096),
    side("height", step=None, high=4096),
    sizes=SizePresets(
        width_input="width",
        height_input="height",
        presets=(
            SizePreset(label="4K", width=3840, height=2160),
            SizePreset(label="3K", width=3559, height=2002),
        ),
    ),
)
SIZES = model(Input(name="size", type="string", allowed_values=("1024*1024", "1920*1080", "auto", "2K")))
TIERS = model(Input(name="resolution", type="string", allowed_values=("1K", "2K", "720p")))
BARE = model()
SCHEMALESS = Model(id="model_a", name="A")


@pytest.mark.parametrize(
    ("one", "choices"),
    [
        (SEEDANCE, ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive")),
        (FLUX, ("16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "9:16")),
        (GPT, ("9:16", "1:1", "3:2", "auto")),
        (NAMELESS, ("1:1", "16:9", "10:3")),
        (SIDES, ratios.COMMON),
        (SIZES, ("1:1", "16:9", "auto")),
        (model(Input(name="aspect_ratio", type="string")), ratios.COMMON),
        (SCHEMALESS, ("1:1", "4:3", "3:4", "9:16", "16:9")),
        (TIERS, ()),
        (BARE, ()),
    ],
)
def test_what_is_suggested(one: Model, choices: tuple[str, ...]) -> None:
    assert ratio_choices(one) == choices


@pytest.mark.parametrize(
    ("one", "ratio", "inputs"),
    [
        (SEEDANCE, "16:9", {"aspectRatio": "16:9"}),
        (SEEDANCE, "16x9", {"aspectRatio": "16:9"}),
        (SEEDANCE, "16/9", {"aspectRatio": "16:9"}),
        (SEEDANCE, " 16 : 9 ", {"aspectRatio": "16:9"}),
        (SEEDANCE, "1920x1080", {"aspectRatio": "16:9"}),
        (SEEDANCE, "landscape", {"aspectRatio": "16:9"}),
        (SEEDANCE, "Portrait", {"aspectRatio": "9:16"}),
        (SEEDANCE, "SQUARE", {"aspectRatio": "1:1"}),
        (SEEDANCE, "Adaptive", {"aspectRatio": "adaptive"}),
        (ratio_model("4:3", "3:4", name="aspect_ratio"), "landscape", {"aspect_ratio": "4:3"}),
        (FLUX, "16:9", {"width": 1344, "height": 768}),
        (FLUX, "5:4", {"width": 1088, "height": 896}),
        (FLUX, "1344x768", {"width": 1344, "height": 768}),
        (FLUX, "portrait", {"width": 768, "height": 1344}),
        (GPT, "1:1", {"width": 1024, "height": 1024}),
        (GPT, "1024x1024", {"width": 1024, "height": 1024}),
        (GPT, "9:16", {"width": 1088, "height": 1920}),
        (GPT, "landscape", {"width": 1536, "height": 1024}),
        (GPT, "auto", {}),
        # as good as the same shape: the smaller one costs less
        (NEARLY, "16:9", {"width": 3559, "height": 2002}),
        (NAMELESS, "16:9", {"width": 1344, "height": 768}),
        (NAMELESS, "10:3", {"width": 1280, "height": 384}),
        (SIDES, "1:1", {"width": 1024, "height": 1024}),
        (SIDES, "16:9", {"width": 1280, "height": 720}),
        (SIZES, "16:9", {"size": "1920*1080"}),
        (SIZES, "auto", {"size": "auto"}),
        (model(Input(name="aspectRatio", type="string")), "16x9", {"aspectRatio": "16:9"}),
        (SCHEMALESS, "16x9", {"aspectRatio": "16:9"}),
    ],
)
def test_a_ratio_becomes_inputs(one: Model, ratio: str, inputs: dict[str, Json]) -> None:
    told = for_ratio(one, ratio)
    assert told == inputs
    assert not check(one, inputs).problems


@pytest.mark.parametrize(
    ("one", "ratio", "rule", "nearest"),
    [
        (SEEDANCE, "5:4", Constraint.ALLOWED, ("4:3", "1:1")),
        (SEEDANCE, "auto", Constraint.ALLOWED, None),
        (SEEDANCE, "banana", Constraint.ALLOWED, ()),
        (SEEDANCE, "0:9", Constraint.ALLOWED, None),
        (SEEDANCE, "adaptiv", Constraint.ALLOWED, ("adaptive",)),
        (FLUX, "21:9", Constraint.ALLOWED, ("16:9", "3:2")),
        (FLUX, "auto", Constraint.ALLOWED, None),
        (SIDES, "64:1", Constraint.ALLOWED, None),
        (SCHEMALESS, "5:4", Constraint.ALLOWED, ("4:3", "1:1")),
        (model(Input(name="aspectRatio", type="string")), "banana", Constraint.ALLOWED, ()),
        (TIERS, "1:1", Constraint.ELSEWHERE, ()),
        (BARE, "1:1", Constraint.UNKNOWN, ()),
    ],
)
def test_a_ratio_that_is_not_there(
    one: Model, ratio: str, rule: Constraint, nearest: tuple[str, ...] | None
) -> None:
    told = for_ratio(one, ratio)
    assert isinstance(told, Problem)
    assert (told.rule, told.given) == (rule, ratio)
    if nearest is not None:
        assert told.nearest == nearest
    if rule is Constraint.ALLOWED:
        assert told.allowed == ratio_choices(one)


def test_a_preset_whose_inputs_the_schema_lacks_is_no_way_to_a_size() -> None:
    sizes = SizePresets(
        width_input="w", height_input="h", presets=(SizePreset(label="1:1", width=512, height=512),)
    )
    assert ratio_choices(model(sizes=sizes)) == ()


bounds = st.integers(4, 40).map(lambda one: one * 16)


@given(
    wide=st.tuples(bounds, bounds),
    tall=st.tuples(bounds, bounds),
    step=st.sampled_from([None, 1.0, 8.0, 16.0, 64.0]),
    ratio=st.sampled_from(ratios.COMMON),
)
def test_computed_sizes_are_accepted_and_true(
    wide: tuple[int, int], tall: tuple[int, int], step: float | None, ratio: str
) -> None:
    one = model(side("width", min(wide), max(wide), step), side("height", min(tall), max(tall), step))
    told: Any = for_ratio(one, ratio)
    if isinstance(told, Problem):
        assert ratio not in told.allowed
        return
    assert not check(one, told).problems
    wanted = ratios.pair(ratio)
    assert wanted is not None
    assert ratios.same((told["width"], told["height"]), wanted)


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ((1344, 768), "16:9"),
        ((1024, 1024), "1:1"),
        ((1000, 300), "10:3"),
        ((2.35, 1), "21:9"),
        ((3.7, 1), "3.7:1"),
    ],
)
def test_names(shape: tuple[float, float], name: str) -> None:
    assert ratios.name((float(shape[0]), float(shape[1]))) == name
