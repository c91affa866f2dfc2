"""What a member asked for → the inputs of one model. Pure.

Only what was asked is sent; defaults are Scenario's. Two things are added: a seed, so that every picture can
be made again and every submission recognized, and that one result is wanted where a model would make more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from random import Random
from typing import Final

from bot.request import attach
from bot.request.ask import Ask
from bot.request.roles import (
    ABSENT_MEANS_NO,
    BATCHES,
    NEGATIVES,
    SEEDS,
    by_name,
    for_option,
    prompt_input,
)
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema import settings_text
from bot.schema.constraints import unset
from bot.schema.inputs import Checked, Constraint, Problem, accepts, check
from bot.schema.sizing import for_ratio
from bot.schema.trained import TRAINED, trained_inputs
from bot.schema.typed import TypeOf

PROMPT: Final = "prompt"
ASPECT_RATIO: Final = "aspect_ratio"
COUNT: Final = "count"
SEED: Final = "seed"
NEGATIVE_PROMPT: Final = "negative_prompt"

_LARGEST_SEED: Final = 2**31 - 1
_LARGEST_EXACT: Final = 2**53 - 1
"""JSON tools read whole numbers as floats: above this they change."""


def compose(
    ask: Ask, model: Model, *, seed: int | None, type_of: TypeOf | None = None, one: bool = False
) -> Checked:
    """The body of the paid POST for `ask`, or what is wrong with it.

    one: whether one result is asked for where neither `count` nor the settings say how many; else as many are
    made, and paid, as the model makes by itself.

    seed: used where the member gave none and the model has a seed input that takes it (`choose_seed`).
    type_of: the type of a trained model by its id, so that one of another family is refused.
    Files that are still to be uploaded stand as `upload:<index>` (`model.pending_files`).
    A problem's `label` is our own option's name wherever it concerns one; where the model has no such input,
    so is its `input`.
    """
    if model.inputs is None:
        return _without_schema(ask, model)
    body = _Body(model)
    _put_prompt(body, ask.prompt)
    body.put(NEGATIVE_PROMPT, by_name(model, NEGATIVES), ask.negative_prompt or None)
    _put_count(body, ask.count)
    body.put(SEED, by_name(model, SEEDS), ask.seed)
    if ask.aspect_ratio:
        body.put_ratio(ask.aspect_ratio)
    for option, value in ask.options.items():
        _put_option(body, option, value)
    body.put_many(TRAINED, trained_inputs(model, ask.trained_models))
    body.put_settings(settings_text.resolve(model, ask.model_settings))
    body.put_files(attach.place(ask.files, model, body.given()))
    if one:
        _put_one(body)
    _put_our_seed(body, seed)
    found = body.checked(type_of)
    names = {trained_model.model_id: trained_model.name for trained_model in ask.trained_models}
    return replace(found, problems=tuple(_by_name(one, names) for one in found.problems))


def _by_name(problem: Problem, names: Mapping[str, str]) -> Problem:
    """Trained models by the names that the member knows: nobody knows ids."""
    name = names.get(str(problem.given)) if problem.rule is Constraint.MODEL_TYPE else None
    return problem if name is None else replace(problem, given=name)


def shares(ask: Ask, model: Model) -> list[Ask]:
    """The ask, or as many equal ones as this model needs to make as many results as were asked for.

    Equal, so that each costs the same: five of a model that makes four at most are five jobs. They differ in
    the seed, where the model has one: whoever names one gets that and those that follow. What cannot be
    divided so is left as it is, for `compose` to say why.
    """
    count, spec = ask.count or 1, by_name(model, BATCHES)
    if count == 1 or (spec is not None and accepts(spec, count)):
        return [ask]
    sizes = [size for size in range(count - 1, 0, -1) if count % size == 0 and _makes(spec, size)]
    seeds = _following(ask.seed, model, count // sizes[0]) if sizes else None
    return [ask] if seeds is None else [replace(ask, count=sizes[0], seed=seed) for seed in seeds]


def _makes(spec: Input | None, size: int) -> bool:
    """Whether one job can be had to make so many."""
    return size == 1 if spec is None else accepts(spec, size)


def _following(seed: int | None, model: Model, count: int) -> list[int | None] | None:
    """So many different seeds from this one on; None where the model does not take so many. Without a seed
    each job is given one of ours."""
    spec = by_name(model, SEEDS)
    if seed is None or spec is None:
        return [seed] * count
    step = int(spec.step) if spec.step and spec.step >= 1 else 1
    found: list[int | None] = [one for number in range(count) if accepts(spec, one := seed + number * step)]
    found += [one for number in range(1, count) if accepts(spec, one := seed - number * step)]
    return found[:count] if len(found) >= count else None


def beyond_command(problems: Iterable[Problem]) -> bool:
    """Whether a problem is one that a command has no option for, where a form has a field: a file or a value
    that the model cannot do without, or a file that no role of ours leads to."""
    return any(
        one.rule is Constraint.NO_PLACE or (one.rule is Constraint.REQUIRED and one.label != PROMPT)
        for one in problems
    )


def choose_seed(model: Model, random: Random) -> int | None:
    """A seed that the model takes, 0 to 2³¹ - 1 where it names no bounds; None where it has no seed input."""
    spec = by_name(model, SEEDS)
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

    def given(self) -> frozenset[str]:
        """The inputs that have a value."""
        return frozenset(name for name, value in self._values.items() if not unset(value))

    def put(self, option: str, spec: Input | None, value: Json) -> None:
        if value is None:
            return
        if spec is None:
            there = tuple(one.name for one in self.model.inputs or ())
            self.refuse(
                Problem(input=option, label=option, rule=Constraint.UNKNOWN, given=value, allowed=there)
            )
        elif spec.name in self.given():
            self._twice(spec.name, option, self._options.get(spec.name, spec.name))
        else:
            self._values[spec.name] = value
            self._options[spec.name] = option

    def put_ratio(self, ratio: str) -> None:
        sizes = for_ratio(self.model, ratio)
        if isinstance(sizes, Problem):
            self.refuse(replace(sizes, input=ASPECT_RATIO, label=ASPECT_RATIO))
        else:
            self.put_many(ASPECT_RATIO, Checked(values=sizes, problems=()))

    def put_many(self, option: str, found: Checked) -> None:
        """What one option became, for inputs that are there."""
        self._problems += found.problems
        self._values.update(found.values)
        self._options.update(dict.fromkeys(found.values, option))

    def put_settings(self, found: Checked) -> None:
        """Inputs by their own names. What an option has set is not set again."""
        self._problems += found.problems
        for name, value in found.values.items():
            if unset(value):
                continue
            if name in self.given():
                spec = self.model.input(name)
                self._twice(name, (spec.label if spec else None) or name, self._options.get(name, name))
            else:
                self._values[name] = value

    def put_files(self, placed: attach.Placed) -> None:
        self._problems += placed.problems
        self._values.update(placed.values)
        self._options.update(placed.roles)

    def refuse(self, problem: Problem) -> None:
        self._problems.append(problem)

    def checked(self, type_of: TypeOf | None) -> Checked:
        found = check(self.model, self._values, type_of=type_of)
        refused = {problem.input for problem in self._problems}
        named = [self._name(problem) for problem in found.problems]
        # a missing prompt is reported once, by our word for it, and a refused file is not also missing
        late = [one for one in named if one.label not in refused and one.input not in refused]
        return Checked(values=found.values, problems=(*self._problems, *late))

    def _twice(self, name: str, label: str, other: str) -> None:
        self.refuse(Problem(input=name, label=label, rule=Constraint.TWICE, allowed=(other,)))

    def _name(self, problem: Problem) -> Problem:
        option = self._options.get(problem.input)
        # a field inside an object is named by its place
        inside = " · " in problem.label
        return problem if option is None or inside else replace(problem, label=option)


def _put_prompt(body: _Body, prompt: str) -> None:
    spec = prompt_input(body.model)
    # a prompt of white space is none: the schema says whether that will do
    words = prompt if prompt.strip() else ""
    if spec is None and not words:
        return
    # in a list it is one item, with all its commas
    body.put(PROMPT, spec, [words] if spec is not None and spec.type == "string_array" and words else words)


def _put_option(body: _Body, option: str, value: Json) -> None:
    if unset(value):
        return
    found = for_option(body.model, option, value)
    if not found and value is False and option in ABSENT_MEANS_NO:
        return
    free = [spec for spec in found if spec.name not in body.given()]
    body.put(option, next(iter(free or found), None), value)


def _without_schema(ask: Ask, model: Model) -> Checked:
    """The guide's minimum, prompt and aspect ratio, for a model whose record shows no inputs."""
    problems: list[Problem] = []
    values: dict[str, Json] = {"prompt": ask.prompt} if ask.prompt.strip() else {}
    if ask.aspect_ratio:
        sizes = for_ratio(model, ask.aspect_ratio)
        if isinstance(sizes, Problem):
            problems.append(replace(sizes, input=ASPECT_RATIO, label=ASPECT_RATIO))
        else:
            values.update(sizes)
    asked = {NEGATIVE_PROMPT: ask.negative_prompt or None, SEED: ask.seed, **ask.options}
    if ask.trained_models:
        asked[TRAINED] = [one.name for one in ask.trained_models]
    there = (PROMPT, ASPECT_RATIO)
    for option, value in asked.items():
        if not unset(value):
            problems.append(
                Problem(input=option, label=option, rule=Constraint.UNKNOWN, given=value, allowed=there)
            )
    problems += attach.place(ask.files, model, ()).problems
    # what it takes nobody knows here: names are the member's, and Scenario judges them for nothing
    values |= {name: value for name, value in ask.model_settings.items() if not unset(value)}
    if ask.count is not None and ask.count != 1:
        problems.append(_only_one(ask.count))
    return Checked(values=values, problems=tuple(problems))


def _put_count(body: _Body, count: int | None) -> None:
    spec = by_name(body.model, BATCHES)
    if count is None or (count == 1 and (spec is None or not accepts(spec, 1))):
        # one is what every model makes
        return
    if spec is None:
        body.refuse(_only_one(count))
    else:
        body.put(COUNT, spec, count)


def _put_one(body: _Body) -> None:
    spec = by_name(body.model, BATCHES)
    if spec is None or spec.name in body.given() or loose.number(spec.default) in {None, 1}:
        return
    if accepts(spec, 1):
        body.put(COUNT, spec, 1)


def _only_one(count: int) -> Problem:
    return Problem(
        input=COUNT, label=COUNT, rule=Constraint.MAX, given=count, minimum=1, maximum=1, nearest=(1,)
    )


def _put_our_seed(body: _Body, ours: int | None) -> None:
    spec = by_name(body.model, SEEDS)
    if spec is not None and ours is not None and spec.name not in body.given() and accepts(spec, ours):
        body.put(SEED, spec, ours)


def _shuffled(values: Sequence[Json], random: Random) -> list[Json]:
    return random.sample(values, len(values))
