"""An aspect ratio → the inputs by which a model takes its size. Pure.

Models come in families: an `aspectRatio` choice, `width` and `height` with presets in `uiConfig`, the two
without presets, a `size` choice such as `1920*1080` or `portrait_4_3`. One family's inputs are never sent to
another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import log
from typing import Final, TypeAlias

from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema import choices, ratios
from bot.schema.inputs import Constraint, Problem
from bot.schema.numbers import Grid, tidy

Shape: TypeAlias = tuple[float, float]
_Bounds: TypeAlias = tuple[float | None, float | None, float]

RATIO_INPUTS: Final = frozenset({"aspectratio", "ratio"})
SIZE_INPUTS: Final = frozenset({"size", "imagesize", "resolution", "dimensions"})
_TIERS: Final = SIZE_INPUTS | {"megapixels", "imageresolution", "outputresolution", "sizetier"}
_AREA: Final = 1024 * 1024
"""Pixels aimed at where a ratio leaves the choice: what image models are mostly trained for."""
_AREA_WEIGHT: Final = 0.01
"""A size twice too large counts as much as a ratio that is 0.7 % off."""
_WITHOUT_SCHEMA: Final = ("1:1", "4:3", "3:4", "9:16", "16:9")
"""What Scenario's guide lists for `aspectRatio`, for a model whose record shows no inputs."""
_AUTO: Final = frozenset({"auto", "adaptive", "automatic"})
_UNSET: Final = frozenset({"", "notset", "none", "unset", "default"})
"""Values of a choice that say nothing: another family of inputs says the size then."""
_LEAST_SIDE: Final = 64
"""From here on the two numbers of a ratio are pixels: `1920:1080` is a size."""
_HIGH: Final = "hd"
_UNSTEPPED: Final = 8.0
"""Pixels between two tried widths where the schema names no step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One size that a model offers."""

    name: str
    shape: Shape | None
    """None for one that leaves the shape to the model ("auto")."""
    values: Mapping[str, Json]
    area: float = 0.0
    label: Shape | None = None
    """The ratio that it is sold as, where that is another number than its shape."""
    written: str = ""
    """What the model itself calls it."""

    def off(self, wanted: Shape) -> float | None:
        """The distance to a ratio; None when it is another ratio."""
        for shape in (self.label, self.shape):
            if shape is not None and ratios.same(shape, wanted):
                return ratios.distance(shape, wanted)
        return None


def ratio_choices(model: Model) -> tuple[str, ...]:
    """The ratios to suggest for this model, in its own order; empty for a model that takes no size."""
    return tuple(dict.fromkeys(choice.name for choice in _offered(model)))


def for_ratio(model: Model, ratio: str) -> dict[str, Json] | Problem:
    """The inputs that give `ratio`: "16:9", "16x9", "landscape", or "auto" where that is offered.

    The nearest choice within 3 %; of equal ones the one nearest to a megapixel.
    Problem UNKNOWN: the model takes no size. Problem ELSEWHERE: it takes one, but not by its shape; `allowed`
    names the inputs. Problem ALLOWED: not this ratio.
    """
    if model.inputs is not None and (spec := _ratio_input(model)) and not spec.allowed_values:
        return _free(spec.name, ratio) or _refused(model, ratio)
    families = _families(model)
    if not families:
        return _shapeless(model, ratio)
    for find in (_named, _shaped):
        for offered in families:
            picked = find(offered, ratio)
            if picked is not None:
                return dict(picked.values)
    return _refused(model, ratio)


def _shapeless(model: Model, ratio: str) -> Problem:
    """A model whose size has no shape: a tier such as `1 MP` or `2K` at most."""
    tiers = [spec.name for spec in model.inputs or () if loose.plain(spec.name) in _TIERS]
    rule = Constraint.ELSEWHERE if tiers else Constraint.UNKNOWN
    there = tiers or [spec.name for spec in model.inputs or ()]
    return Problem(input="aspectRatio", label="aspectRatio", rule=rule, given=ratio, allowed=tuple(there))


def _named(offered: Sequence[_Choice], ratio: str) -> _Choice | None:
    """A choice by its very name, value or size: "auto", "adaptive", "1024x1024"."""
    word = ratio.strip().casefold()
    wanted = ratios.pair(ratio)
    for choice in offered:
        exactly = wanted is not None and choice.area > 0 and choice.shape == wanted
        if exactly or word in (choice.written.casefold(), choice.shape is None and choice.name.casefold()):
            return choice
    return None


def _shaped(offered: Sequence[_Choice], ratio: str) -> _Choice | None:
    """The choice of that shape: nearest first; of equal ones the one nearest to a megapixel, since a larger
    one costs more than a member who only named a shape has asked for."""
    word = loose.plain(ratio)
    for name in ratios.WORDS.get(word, (ratio,)):
        wanted = ratios.pair(name)
        if wanted is None:
            return None
        fitting = [(off, choice) for choice in offered if (off := choice.off(wanted)) is not None]
        if fitting:
            # to a hundredth of a percent, so that equal shapes are decided by area
            return min(fitting, key=lambda pair: (round(pair[0], 4), abs(pair[1].area - _AREA)))[1]
    return None


def _refused(model: Model, ratio: str) -> Problem:
    there = ratio_choices(model)
    wanted = ratios.pair(ratio)
    if wanted is None:
        near = choices.nearest(ratio, there)
    else:
        shapes = [(shape, name) for name in there if (shape := ratios.pair(name)) is not None]
        shapes.sort(key=lambda pair: ratios.distance(pair[0], wanted))
        near = tuple(name for _, name in shapes[:2])
    return Problem(
        input="aspectRatio",
        label="aspectRatio",
        rule=Constraint.ALLOWED,
        given=ratio,
        allowed=there,
        nearest=near,
    )


def _free(name: str, ratio: str) -> dict[str, Json] | None:
    """For an `aspectRatio` without a list: the ratio in Scenario's spelling."""
    shape = ratios.pair(ratios.WORDS.get(loose.plain(ratio), (ratio,))[0])
    return None if shape is None else {name: f"{shape[0]:g}:{shape[1]:g}"}


# What a model offers, by family


def _offered(model: Model) -> list[_Choice]:
    return [choice for offered in _families(model) for choice in offered]


def _families(model: Model) -> list[list[_Choice]]:
    """The first family that this model has; and the next one too where the first may be left unset."""
    if model.inputs is None:
        return [[_of_value("aspectRatio", name, name) for name in _WITHOUT_SCHEMA]]
    found = [offered for family in _FAMILIES if (offered := family(model))]
    return found if _may_be_unset(_ratio_input(model)) else found[:1]


def _may_be_unset(spec: Input | None) -> bool:
    """ "Not set" beside a size: where the ratio has no such shape, the size may have it."""
    return spec is not None and any(_is_unset(value) for value in spec.allowed_values)


def _is_unset(value: Json) -> bool:
    return loose.plain(str(value)) in _UNSET


def _by_ratio(model: Model) -> list[_Choice]:
    spec = _ratio_input(model)
    if spec is None:
        return []
    said = [value for value in spec.allowed_values or ratios.COMMON if not _is_unset(value)]
    return [_of_value(spec.name, value, str(value)) for value in said]


def _by_preset(model: Model) -> list[_Choice]:
    sizes = model.sizes
    if sizes is None or not (model.input(sizes.width_input) and model.input(sizes.height_input)):
        return []
    offered: list[_Choice] = []
    for preset in sizes.presets:
        if not preset.width or not preset.height:
            if preset.label:
                offered.append(_Choice(name=preset.label.casefold(), shape=None, values={}))
            continue
        label, shape = ratios.leading(preset.label), (float(preset.width), float(preset.height))
        offered.append(
            _Choice(
                name=ratios.name(label or shape),
                shape=shape,
                values={sizes.width_input: preset.width, sizes.height_input: preset.height},
                area=shape[0] * shape[1],
                label=label,
            )
        )
    return offered if any(choice.shape for choice in offered) else []


def _by_sides(model: Model) -> list[_Choice]:
    """Common ratios, computed near one megapixel within `min`, `max` and `step` of both sides."""
    names = (model.sizes.width_input, model.sizes.height_input) if model.sizes else ("width", "height")
    width, height = map(model.input, names)
    if width is None or height is None or width.type != "number" or height.type != "number":
        return []
    offered: list[_Choice] = []
    for name in ratios.COMMON:
        wanted = ratios.pair(name)
        sides = None if wanted is None else _sides(_bounds(width), _bounds(height), wanted)
        if sides is not None:
            values: dict[str, Json] = {width.name: sides[0], height.name: sides[1]}
            shape = (float(sides[0]), float(sides[1]))
            offered.append(_Choice(name=name, shape=shape, values=values, label=wanted))
    return offered


def _by_size(model: Model) -> list[_Choice]:
    """A choice of sizes as text. Tiers such as `1K` and `720p` are no shapes, and no such choice."""
    for spec in model.inputs or ():
        if loose.plain(spec.name) not in SIZE_INPUTS:
            continue
        offered = [_of_value(spec.name, value, str(value)) for value in spec.allowed_values]
        if any(choice.shape for choice in offered):
            return [choice for choice in offered if choice.shape or choice.name.casefold() in _AUTO]
    return []


_FAMILIES: Final[Sequence[Callable[[Model], list[_Choice]]]] = (_by_ratio, _by_preset, _by_sides, _by_size)


def _ratio_input(model: Model) -> Input | None:
    named = (spec for spec in model.inputs or () if loose.plain(spec.name) in RATIO_INPUTS)
    return next((spec for spec in named if spec.type == "string"), None)


def _of_value(input_name: str, value: Json, text: str) -> _Choice:
    """A choice that is one value of one input: a ratio, a size in pixels, or words for one."""
    shape, worded = ratios.pair(text), ratios.worded(text)
    area = shape[0] * shape[1] if shape and min(shape) >= _LEAST_SIDE else 0.0
    if worded is not None and _HIGH in text.casefold():
        area = float(_AREA)  # the larger of two squares
    shape = shape or worded
    name = ratios.name(shape) if shape and (area or worded) else text
    return _Choice(name=name, shape=shape, values={input_name: value}, area=area, written=text)


def _bounds(side: Input) -> _Bounds:
    return side.min, side.max, side.step or _UNSTEPPED


@lru_cache(maxsize=1024)  # asked at every key that a member presses
def _sides(width: _Bounds, height: _Bounds, wanted: Shape) -> tuple[int | float, int | float] | None:
    """Sides that both inputs accept, as true to the ratio as can be and then near one megapixel."""
    across, down = Grid.of(*width), Grid.of(*height)
    ratio = wanted[0] / wanted[1]
    best: tuple[float, int | float, int | float] | None = None
    for at in _tried_widths(width, height, ratio):
        for w in across.around(Fraction(at)):
            for h in down.around(w / Fraction(ratio)):
                off = ratios.distance((float(w), float(h)), wanted) if w > 0 and h > 0 else 1.0
                score = off + _AREA_WEIGHT * abs(log(max(1.0, float(w * h)) / _AREA))
                if off <= ratios.TOLERANCE and (best is None or score < best[0]):
                    best = (score, tidy(w), tidy(h))
    return None if best is None else (best[1], best[2])


def _tried_widths(width: _Bounds, height: _Bounds, ratio: float) -> list[int]:
    """Widths around one megapixel, and those at which one of the sides meets its bound."""
    ideal = (_AREA * ratio) ** 0.5
    tried = set(range(int(ideal * 0.85), int(ideal * 1.15), max(16, int(width[2]))))
    ends = (*width[:2], *(side * ratio for side in height[:2] if side))
    return sorted(tried | {int(end) for end in ends if end})
