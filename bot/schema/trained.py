"""Trained models → the inputs of the base model that takes them, and as text. Pure.

A trained model answers only through a base model, one whose inputs list the trained `type` in `modelTypes`.
Which one, the catalogue says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from bot import discord_limits
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, LorasInputs, Model
from bot.schema import choices
from bot.schema.constraints import Checked, Constraint, Problem, unset
from bot.schema.inputs import check

TRAINED: Final = "styles"
"""What a problem with the trained models names as its input."""
KNOWN_BASES: Final = MappingProxyType(
    {
        "flux.1-lora": "model_bfl-flux-1-dev",
        "flux.1-composition": "model_bfl-flux-1-dev",
        "flux.2-dev-lora": "model_bfl-flux-2-dev",
        "flux.1-kontext-lora": "model_flux-kontext-editing",
        "zimage-lora": "model_z-image",
        "qwen-image-edit-2511-lora": "model_qwen-image-edit-2511",
    }
)
"""Type → the base that is known to take it (captured from the live API), for while its schema is not read."""
_PLAIN_SCALE: Final = 1
"""For the ones without a scale among others with one: scales go by place."""
_SCALES: Final = ("0.5", "0.8", "1", "1.2")
_SHOWN: Final = 60

_QUOTED: Final = r'"[^"]*"|“[^”]*”|«[^»]*»'
# a comma between two digits at the end of a piece is a decimal one
_PIECE: Final = re.compile(
    rf"\s*(?P<name>{_QUOTED}|[^,:\"“”«»]+?)\s*"
    r"(?::\s*(?P<scale>[-+]?\d+(?:[.,]\d+)?|[-+]?\.\d+))?\s*(?:,|$)"
)
_SPECIAL: Final = re.compile(r'[,:"“”«»]')


class Trained(Protocol):
    """What is read of a trained model in a request."""

    @property
    def model_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scale(self) -> float | None: ...
    @property
    def composition(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A trained model as it was typed: `Moss:0.8`."""

    name: str
    scale: float | None = None


# -- where a base takes them ---------------------------------------------------------------------------


def loras_inputs(model: Model) -> LorasInputs | None:
    """`uiConfig.lorasComponent`, else the inputs that name trained types; None for a model that has none."""
    if model.loras is not None:
        return model.loras
    specs = model.inputs or ()
    many = next((one for one in specs if one.type == "model_array" and one.model_types), None)
    one_ = next((one for one in specs if one.type == "model" and one.model_types), None)
    scales = (one for one in specs if one.type == "number_array" and "scale" in loose.plain(one.name))
    if many is None and one_ is None:
        return None
    first = next(scales, None)
    return LorasInputs(
        models=many.name if many else "",
        scales=first.name if first and many else None,
        model_id=one_.name if one_ else None,
    )


# -- their inputs --------------------------------------------------------------------------------------


def trained_inputs(base: Model, trained_models: Sequence[Trained]) -> Checked:
    """The inputs of `base` that use `trained_models`: LoRAs with their scales, a composition by `modelId`.

    A problem's input is `STYLES`; its label the trained model's name where it concerns one.
    """
    if not trained_models:
        return Checked(values={}, problems=())
    places = loras_inputs(base)
    if places is None:
        names: list[Json] = [one.name for one in trained_models]
        return _refused(Problem(input=TRAINED, label=TRAINED, rule=Constraint.UNKNOWN, given=names))
    mixes = [one for one in trained_models if one.composition]
    loras = [one for one in trained_models if not one.composition]
    problems = [*_repeated(trained_models), *_compositions(base, places, mixes)]
    values: dict[str, Json] = {}
    if mixes and places.model_id:
        values[places.model_id] = mixes[0].model_id
    if loras and base.input(places.models) is None:
        problems += _single(places, loras, mixes, values)
    elif loras:
        problems += _several(base, places, loras, values)
    return Checked(values=values, problems=tuple(problems))


def _refused(problem: Problem) -> Checked:
    return Checked(values={}, problems=(problem,))


def _about(trained_model: Trained, rule: Constraint, given: Json = None) -> Problem:
    return Problem(input=TRAINED, label=trained_model.name, rule=rule, given=given)


def _repeated(trained_models: Sequence[Trained]) -> list[Problem]:
    ids = [one.model_id for one in trained_models]
    return [
        _about(one, Constraint.TWICE) for at, one in enumerate(trained_models) if one.model_id in ids[:at]
    ]


def _compositions(base: Model, places: LorasInputs, mixes: Sequence[Trained]) -> list[Problem]:
    """A composition is one, has scales of its own, and is never among the LoRAs."""
    possible = places.model_id is not None and base.input(places.model_id) is not None
    wrong = [one for one in mixes if not possible or one.scale is not None]
    return [
        _about(one, Constraint.COMPOSITION)
        for one in (*wrong, *(one for one in mixes[1:] if one not in wrong))
    ]


def _single(
    places: LorasInputs, loras: Sequence[Trained], mixes: Sequence[Trained], values: dict[str, Json]
) -> list[Problem]:
    """For a base that takes one trained model, without a scale."""
    if len(loras) + len(mixes) > 1 or places.model_id is None:
        return [_too_many([*mixes, *loras], 1)]
    if loras[0].scale is not None:
        return [_about(loras[0], Constraint.UNKNOWN, loras[0].scale)]
    values[places.model_id] = loras[0].model_id
    return []


def _several(
    base: Model, places: LorasInputs, loras: Sequence[Trained], values: dict[str, Json]
) -> list[Problem]:
    many = base.input(places.models)
    most = many.max_length if many is not None else None
    if most is not None and len(loras) > most:
        return [_too_many(loras, most)]
    values[places.models] = [one.model_id for one in loras]
    if all(one.scale is None for one in loras):
        return []
    spec = base.input(places.scales or "")
    if spec is None:
        return [_about(one, Constraint.UNKNOWN, one.scale) for one in loras if one.scale is not None]
    values[spec.name] = [_usual(spec) if one.scale is None else one.scale for one in loras]
    return [problem for one in loras if (problem := _scale(spec, one)) is not None]


def _too_many(trained_models: Sequence[Trained], most: int) -> Problem:
    names: list[Json] = [one.name for one in trained_models]
    return Problem(input=TRAINED, label=TRAINED, rule=Constraint.TOO_LONG, given=names, maximum=most)


def _scale(spec: Input, trained_model: Trained) -> Problem | None:
    if trained_model.scale is None:
        return None
    alone = Input(
        name=TRAINED, type="number", label=trained_model.name, min=spec.min, max=spec.max, step=spec.step
    )
    model = Model(id="", name="", inputs=(alone,))
    return next(iter(check(model, {TRAINED: trained_model.scale}).problems), None)


def _usual(spec: Input) -> Json:
    default = spec.default[0] if isinstance(spec.default, list) and spec.default else spec.default
    return _PLAIN_SCALE if unset(default) else default


# -- as text -------------------------------------------------------------------------------------------


def parse_trained(text: str) -> tuple[Named, ...] | Problem:
    """`Moss:0.8, Ink:0.4`, in their order. The scale may be left out; a name with a comma or a colon stands
    in quotes. `Moss:0,8` has a decimal comma.

    Problem SYNTAX: `given` is what cannot be read. Problem TWICE: a name that was given before.
    """
    found: list[Named] = []
    at = 0
    while text[at:].strip(" ,"):
        piece = _PIECE.match(text, at)
        if piece is None:
            return Problem(
                input=TRAINED, label=TRAINED, rule=Constraint.SYNTAX, given=text[at:].strip()[:_SHOWN]
            )
        name = piece["name"].strip().strip('"“”«»').strip()
        if any(name.casefold() == one.name.casefold() for one in found):
            return Problem(input=TRAINED, label=name, rule=Constraint.TWICE)
        if name:
            scale = piece["scale"]
            found.append(Named(name=name, scale=float(scale.replace(",", ".")) if scale else None))
        at = piece.end()
    return tuple(found)


def complete_trained(text: str, names: Sequence[str]) -> list[str]:
    """The whole text with its last name completed from `names`, or with a scale behind its colon, as
    Discord's choices: at most 25, none longer than 100 characters."""
    head, last = _last_piece(text)
    before = parse_trained(head)
    given = set[str]() if isinstance(before, Problem) else {one.name.casefold() for one in before}
    name, colon, scale = last.rpartition(":") if not last.lstrip().startswith('"') else _after_quote(last)
    if colon and name.strip():
        begun = scale.strip()
        gap = scale[: len(scale) - len(scale.lstrip())]
        ends = [f"{name}:{gap}{one}" for one in _SCALES if one.startswith(begun)]
    else:
        ends = [_quoted(one) for one in _fitting(last, names) if one.casefold() not in given]
    space = " " if head and not head.endswith(" ") else ""
    return [one for end in ends if len(one := head + space + end) <= discord_limits.CHOICE][
        : discord_limits.CHOICES
    ]


def _last_piece(text: str) -> tuple[str, str]:
    """What is finished, with its comma, and what is being typed."""
    quoted = text.count('"') % 2 == 1
    cut = text.rfind(",", 0, text.rfind('"')) if quoted else -1
    if not quoted:
        bare = re.sub(r'"[^"]*"', lambda found: "_" * len(found[0]), text)
        cut = bare.rfind(",")
    return text[: cut + 1], text[cut + 1 :].lstrip()


def _after_quote(last: str) -> tuple[str, str, str]:
    end = last.find('"', last.find('"') + 1)
    colon = last.find(":", end) if end >= 0 else -1
    return (last, "", "") if colon < 0 else (last[:colon], ":", last[colon + 1 :])


def _fitting(typed: str, names: Sequence[str]) -> list[str]:
    begun = typed.strip().strip('"').strip().casefold()
    first = [one for one in names if one.casefold().startswith(begun)]
    inside = [one for one in names if begun in one.casefold() and one not in first]
    return first + inside or list(choices.alike(begun, names))


def _quoted(name: str) -> str:
    """In quotes where commas and colons would end it; a name that has quotes itself loses them."""
    return f'"{name.replace(chr(34), "")}"' if _SPECIAL.search(name) else name
