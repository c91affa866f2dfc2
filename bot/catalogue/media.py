"""Which media a model makes, and out of what, by its capabilities (`txt2img`, `img23d`, …). Pure."""

from types import MappingProxyType
from typing import Final

from bot.scenario.api.records import Model

_SUFFIX: Final = MappingProxyType(
    {"image": "img", "video": "video", "audio": "audio", "3d": "3d", "text": "txt"}
)
_SOURCES: Final = ("txt", "img", "video", "audio", "3d")


def makes(model: Model, medium: str, source: str | None = "txt") -> bool:
    """Whether `model` makes `medium` ("image", "video", "audio", "3d", "text") out of `source`.

    source: "txt", "img", "video", "audio" or "3d"; None for any. A capability may go on after the word, as
    in `txt2img_texture`.
    """
    suffix = _SUFFIX[medium]
    words = tuple(f"{one}2{suffix}" for one in ((source,) if source else _SOURCES))
    return any(capability.startswith(words) for capability in model.capabilities)


def may_make(model: Model, medium: str, source: str | None = "txt") -> bool:
    """As `makes`, but a model that names no capabilities is taken for an image model: most are."""
    return makes(model, medium, source) or (medium == "image" and not model.capabilities)


def medium_of(model: Model) -> str | None:
    """What `model` makes, by the first of its capabilities that says so; None where none does."""
    for capability in model.capabilities:
        for medium, suffix in _SUFFIX.items():
            if capability.startswith(tuple(f"{source}2{suffix}" for source in _SOURCES)):
                return medium
    return None
