"""What a member asked for → the inputs of one model. Pure.

Only what was asked is sent; defaults are Scenario's. The one addition is a seed, so that every picture can be
made again and every submission recognised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, floor
from random import Random
from typing import Final

from bot.generation.model import UPLOAD, Ask, Given
from bot.scenario.inputs import Checked, Problem, Rule, check
from bot.scenario.records import Input, Json, Model
from bot.scenario.sizing import for_ratio

PROMPT: Final = "prompt"
ASPECT_RATIO: Final = "aspect_ratio"
COUNT: Final = "count"
SEED: Final = "seed"
NEGATIVE_PROMPT: Final = "negative_prompt"

PROMPTS: Final = ("prompt", "text", "textprompt", "prompttext")
_NEGATIVES: Final = ("negativeprompt", "negativetext")
SEEDS: Final = ("seed", "randomseed", "noiseseed")
_BATCHES: Final = (
    "numoutputs",
    "numimages",
    "numsamples",
    "batchsize",
    "imagecount",
    "numberofimages",
    "numberofoutputs",
    "outputcount",
    "samples",
    "count",
    "n",
)
_LARGEST_SEED: Final = 2**31 - 1
_LARGEST_EXACT: Final = 2**53 - 1
"""JSON tools read whole numbers as floats: above this they change."""


def compose(ask: Ask, model: Model, *, seed: int | None) -> Checked:
    """The body of the paid POST for `ask`, or what is wrong with it.

    seed: used where the member gave none and the model has a seed input that takes it (`choose_seed`).
    A problem's `label` is our own option's name wherever it concerns one; where the model has no such input,
    so is its `input`.
    """
    if model.inputs is None:
        return _without_schema(ask, model)
    body = _Body(model)
    # a prompt of white space is none: the schema says whether that will do
    body.put(PROMPT, prompt_input(model), ask.prompt if ask.prompt.strip() else "")
    body.put(NEGATIVE_PROMPT, _by_name(model, _NEGATIVES), ask.negative_prompt or None)
    _put_count(body, ask.count)
    _put_seed(body, ask.seed, seed)
    if ask.aspect_ratio:
        body.put_ratio(ask.aspect_ratio)
    for name, value in ask.settings.items():
        body.put(name, model.input(name), value)
    for number, given in enumerate(ask.files):
        body.give(model.input(given.role), given, number)
    return body.checked()


def choose_seed(model: Model, random: Random) -> int | None:
    """A seed that the model takes, 0 to 2³¹ - 1 where it names no bounds; None where it has no seed input."""
    spec = _by_name(model, SEEDS)
    if spec is None:
        return None
    if spec.allowed_values:
        return next((one for one in _shuffled(spec.allowed_values, random) if isinstance(one, int)), None)
    high = _LARGEST_SEED if spec.max is None else floor(min(spec.max, _LARGEST_EXACT))
    # a negative seed means "choose one yourself" to many models
    low = ceil(max(spec.min or 0, min(0, high)))
    step = int(spec.step) if spec.step and spec.step >= 1 else 1
    first = ceil(low / step) * step
    return None if first > high else random.randrange(first, high + 1, step)


class _Body:
    """The inputs as they come together, and which option each came from."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._values: dict[str, Json] = {}
        self._options: dict[str, str] = {}
        self._problems: list[Problem] = []

    def put(self, option: str, spec: Input | None, value: Json) -> None:
        if value is None:
            return
        if spec is None:
            there = tuple(one.name for one in self.model.inputs or ())
            self.refuse(Problem(input=option, label=option, rule=Rule.UNKNOWN, given=value, allowed=there))
            return
        self._values[spec.name] = value
        self._options[spec.name] = option

    def give(self, spec: Input | None, given: Given, number: int) -> None:
        """number: its place in `ask.files`."""
        if spec is None:
            self.put(given.role, None, given.filename)
            return
        held = self._values.get(spec.name)
        files = held if isinstance(held, list) else []
        self._values[spec.name] = [*files, given.asset_id or f"{UPLOAD}{number}"]

    def put_ratio(self, ratio: str) -> None:
        sizes = for_ratio(self.model, ratio)
        if isinstance(sizes, Problem):
            self.refuse(replace(sizes, input=ASPECT_RATIO, label=ASPECT_RATIO))
            return
        self._values.update(sizes)
        self._options.update(dict.fromkeys(sizes, ASPECT_RATIO))

    def refuse(self, problem: Problem) -> None:
        self._problems.append(problem)

    def checked(self) -> Checked:
        found = check(self.model, self._values)
        refused = {problem.input for problem in self._problems}
        named = [self._name(problem) for problem in found.problems]
        # a missing prompt is reported once, by our word for it
        late = [problem for problem in named if problem.label not in refused]
        return Checked(values=found.values, problems=(*self._problems, *late))

    def _name(self, problem: Problem) -> Problem:
        option = self._options.get(problem.input)
        return problem if option is None else replace(problem, label=option)


def _without_schema(ask: Ask, model: Model) -> Checked:
    """The guide's minimum, prompt and aspect ratio, for a model whose record shows no inputs."""
    problems: list[Problem] = []
    values: dict[str, Json] = {"prompt": ask.prompt}
    if ask.aspect_ratio:
        sizes = for_ratio(model, ask.aspect_ratio)
        if isinstance(sizes, Problem):
            problems.append(replace(sizes, input=ASPECT_RATIO, label=ASPECT_RATIO))
        else:
            values.update(sizes)
    asked = {NEGATIVE_PROMPT: ask.negative_prompt or None, SEED: ask.seed}
    there = (PROMPT, ASPECT_RATIO)
    for option, value in asked.items():
        if value is not None:
            problems.append(
                Problem(input=option, label=option, rule=Rule.UNKNOWN, given=value, allowed=there)
            )
    if ask.count is not None and ask.count != 1:
        problems.append(_only_one(ask.count))
    return Checked(values=values, problems=tuple(problems))


def _put_count(body: _Body, count: int | None) -> None:
    spec = _by_name(body.model, _BATCHES)
    if count is None or (count == 1 and (spec is None or not _takes(spec, 1))):
        # one is what every model makes
        return
    if spec is None:
        body.refuse(_only_one(count))
    else:
        body.put(COUNT, spec, count)


def _only_one(count: int) -> Problem:
    return Problem(input=COUNT, label=COUNT, rule=Rule.MAX, given=count, minimum=1, maximum=1, nearest=(1,))


def _put_seed(body: _Body, asked: int | None, ours: int | None) -> None:
    spec = _by_name(body.model, SEEDS)
    if asked is not None:
        body.put(SEED, spec, asked)
    elif spec is not None and ours is not None and _takes(spec, ours):
        body.put(SEED, spec, ours)


def _takes(spec: Input, value: Json) -> bool:
    alone = Model(id="", name="", inputs=(replace(spec, required=None),))
    return not check(alone, {spec.name: value}).problems


def prompt_input(model: Model) -> Input | None:
    flagged = [one for one in model.inputs or () if one.prompt and _plain(one.name) not in _NEGATIVES]
    return _first(flagged, PROMPTS) or next(iter(flagged), None) or _by_name(model, PROMPTS)


def _by_name(model: Model, names: Sequence[str]) -> Input | None:
    return _first(model.inputs or (), names)


def _first(inputs: Iterable[Input], names: Sequence[str]) -> Input | None:
    """The input of the name that stands first in `names`, whatever its spelling."""
    there = {_plain(one.name): one for one in inputs if not one.type.startswith("file")}
    return next((there[name] for name in names if name in there), None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _shuffled(values: Sequence[Json], random: Random) -> list[Json]:
    return random.sample(values, len(values))
