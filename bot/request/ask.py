"""What a member asked for, before any schema was read; and the marks of files still to be handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bot.scenario.api.records import Inputs, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that the member gave: on Discord's side (`url`), or already Scenario's (`asset_id`)."""

    role: str
    """What it is to the request: `reference`, `image`, `mask`, `first_frame`, `last_frame`, `video`, `audio`,
    `mesh`, or an input's own name."""
    filename: str = ""
    url: str | None = None
    asset_id: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Bytes."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Seconds."""
    spoiler: bool = False
    """Whether it was hidden where it came from. What is made of it is hidden too."""
    subject: str = ""
    """What is seen in it, in the words that asked for it, where it came from a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A trained model in a request."""

    model_id: str
    name: str
    scale: float | None = None
    composition: bool = False
    """A mix of trained models, which goes by another input than a single one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the member asked for, in our words, before any model's schema was read."""

    prompt: str = ""
    """As it is sent."""
    pattern: str | None = None
    """What the member typed, or would, where that is not `prompt` itself (`request.permutations`)."""
    aspect_ratio: str | None = None
    count: int | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """More of our own words, such as `duration` and `sound` (`request.compose` knows which inputs they
    may mean)."""
    model_settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Inputs by the model's own names, from `settings:` or from a form."""
    files: tuple[InputFile, ...] = ()
    trained_models: tuple[TrainedModel, ...] = ()
    """Trained models to use on a base model; none: just the model itself."""
    draft_of: str | None = None
    """The id of the model that this is a cheap draft for (`request.drafts`); "" until that is known."""
    full_of: str | None = None
    """The draft that this makes in full: a result, as people type it after `from_card:`."""

    @property
    def typed(self) -> str:
        """The member's own words."""
        return self.prompt if self.pattern is None else self.pattern


def as_typed(ask: Ask) -> Ask:
    """The ask with its member's own words, before they were made one of the prompts that they stand for."""
    return replace(ask, prompt=ask.typed, pattern=None)


def sources_of(ask: Ask) -> frozenset[str]:
    """What there is to make something from, in Scenario's words: "txt", "img", "video", "audio", "3d"."""
    found = {"txt"} if ask.prompt.strip() else set[str]()
    return frozenset(found | {_source(given) for given in ask.files})


def _source(given: InputFile) -> str:
    kind = (given.content_type or "").partition("/")[0]
    named = {"video": "video", "audio": "audio", "mesh": "3d"}.get(given.role)
    return named or _SOURCES.get(kind, "img")


_SOURCES: Final = {"image": "img", "video": "video", "audio": "audio", "model": "3d"}
UPLOAD: Final = "upload:"
"""In `Generation.inputs`, `upload:<n>` stands for the asset that `ask.files[n]` will become."""


def pending_files(inputs: Inputs) -> tuple[int, ...]:
    """Which of `ask.files` the inputs still wait for."""
    found: dict[int, None] = {}

    def look(value: Json) -> None:
        if isinstance(value, str) and value.startswith(UPLOAD) and value[len(UPLOAD) :].isdigit():
            found[int(value[len(UPLOAD) :])] = None
        elif isinstance(value, list):
            for one in value:
                look(one)
        elif isinstance(value, dict):
            for one in value.values():
                look(one)

    for value in inputs.values():
        look(value)
    return tuple(found)


def with_assets(inputs: Inputs, asset_ids: Mapping[int, str]) -> dict[str, Json]:
    """The inputs with assets in place of the files that became them."""

    def put(value: Json) -> Json:
        if isinstance(value, str) and value.startswith(UPLOAD) and value[len(UPLOAD) :].isdigit():
            return asset_ids.get(int(value[len(UPLOAD) :]), value)
        if isinstance(value, list):
            return [put(one) for one in value]
        if isinstance(value, dict):
            return {name: put(one) for name, one in value.items()}
        return value

    return {name: put(value) for name, value in inputs.items()}
