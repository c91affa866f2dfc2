"""What members want done, and which models do it: one task for each command. Pure.

Capabilities (`txt2img`, `img23d`, …) tell media apart. What they cannot tell (a song from a sound, an
upscaler from an editor) is read off the words of a model's id, name and tags; where those say nothing, the
model is taken for able, because Scenario's own check comes before any CU.
"""

import re
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from bot.catalogue.faults import is_trained
from bot.catalogue.media import makes
from bot.catalogue.search import plain
from bot.scenario.api.records import Model


class Task(StrEnum):
    """The values are the names of the commands."""

    IMAGINE = "imagine"
    EDIT = "edit"
    VIDEO = "video"
    MUSIC = "music"
    SOUND = "sound"
    SPEECH = "speech"
    THREE_D = "3d"
    UPSCALE = "upscale"
    CUTOUT = "cutout"
    VECTORIZE = "vectorize"
    GENERATE = "generate"
    """Whatever a model makes."""
    WORKFLOW = "workflow"
    PROMPT = "prompt"
    """Words for a picture that is still to be made."""


_MEDIA: Final = MappingProxyType(
    {
        Task.VIDEO: "video",
        Task.MUSIC: "audio",
        Task.SOUND: "audio",
        Task.SPEECH: "audio",
        Task.THREE_D: "3d",
        Task.PROMPT: "text",
    }
)

CHOSEN: Final = tuple(task for task in Task if task not in {Task.GENERATE, Task.WORKFLOW, Task.PROMPT})
"""Tasks for which people choose a model."""
_TOOLS: Final = frozenset({Task.UPSCALE, Task.CUTOUT, Task.VECTORIZE})
"""Tasks of models that can do one thing only."""
_SOUNDS: Final = frozenset({Task.MUSIC, Task.SOUND, Task.SPEECH})

_ANYTHING: Final = frozenset({Task.GENERATE, Task.WORKFLOW})
"""Tasks with a form, which has a field for everything."""
_PICTURES: Final = frozenset({"img"})
_FILES_OF: Final = MappingProxyType(
    {**dict.fromkeys(_SOUNDS, frozenset[str]()), Task.UPSCALE: frozenset({"img", "video"})}
)
"""Sources that a command has options for, where those are not pictures."""
_FILES_OF_RESULTS: Final = MappingProxyType({Task.SOUND: frozenset({"video"})})
"""… and what a command takes of earlier results alone."""

_TOOL: Final = "tool"
_WORDS: Final = tuple(
    (craft, re.compile(rf"\b(?:{pattern})\b"))
    for craft, pattern in (
        (Task.UPSCALE, r"upscal\w*|super ?resolution|\w*esrgan|seedvr\w*"),
        (
            Task.CUTOUT,
            r"remove (?:bg|backgrounds?)|(?:bg|background) remov\w*|rembg|cut ?outs?|birefnet|matting",
        ),
        (Task.VECTORIZE, r"vectori[sz]\w*|vtracer|(?:img|image|raster) (?:to|2) (?:svg|vector)"),
        (_TOOL, r"reframe\w*|reframing|luts?|post ?processing|segment(?:ation)?|pixelate"),
        (Task.MUSIC, r"\w*music\w*|songs?|lyria|ace step|instrumentals?|soundtracks?|suno|udio"),
        (Task.SOUND, r"(?:sound|audio) ?(?:effects?|fx)|sfx|foley|mmaudio|soundscapes?"),
        (Task.SPEECH, r"tts|speech|text to speech|voice\w*|narrat\w+|dialogue"),
    )
)
_EDITORS: Final = re.compile(
    r"\b(?:edit\w*|kontext|gemini|banana|gpt image|seedream|qwen image edit|instruct\w*)\b"
)
"""Families that take an instruction about a picture; others only begin from one."""
_MODALITY: Final = re.compile(r"(?:txt|img|video|audio|3d)2(?:txt|img|video|audio|3d)")
_KINDS: Final = MappingProxyType(
    {"image": "img", "image-hdr": "img", "video": "video", "audio": "audio", "3d": "3d"}
)


def medium_of(task: Task) -> str:
    """ "image", "video", "audio", "3d" or "text"; "image" for those that may make anything."""
    return _MEDIA.get(task, "image")


def does(model: Model, task: Task, sources: frozenset[str] | None = None) -> bool:
    """Whether `model` is one for `task`.

    sources: what the member gives ("txt", "img", "video", "audio", "3d"); None where that is open.
    """
    if model.is_workflow or task is Task.WORKFLOW:
        return model.is_workflow and task is Task.WORKFLOW
    if model.is_help or task is Task.PROMPT:
        return model.is_help and task is Task.PROMPT and _makes(model, "text", sources)
    if task is Task.GENERATE:
        return True
    crafts = crafts_of(model)
    if task in _TOOLS:
        return task in crafts and _takes_all(model, sources)
    if crafts & _TOOLS or (_TOOL in crafts and medium_of(task) == "image"):
        return False
    if task in _SOUNDS:
        heard = crafts & _SOUNDS
        if heard and task not in heard:
            return False
        if heard and not _modal(model):
            return True
    if task is Task.EDIT:
        sources = (sources or frozenset()) - {"txt"} or frozenset({"img"})
    return _makes(model, medium_of(task), sources)


def needs(model: Model, task: Task) -> str | None:
    """The source ("img", "video", "audio", "3d") that `model` cannot do without for `task`; None where words
    will do. Its schema says so, or while that is not known, that no capability begins with words."""
    demanded = [
        _KINDS.get(one.kind or "image", "txt")
        for one in model.inputs or ()
        if one.type.startswith("file") and (one.required or {}).get("always") is True
    ]
    if demanded:
        given = _FILES_OF.get(task, _PICTURES)
        return next((one for one in demanded if one not in given), demanded[0])
    if not _modal(model) or task in _ANYTHING or makes(model, medium_of(task), "txt"):
        return None
    capable = (source for source in ("img", "video", "audio", "3d") if makes(model, medium_of(task), source))
    return next(capable, None)


def drives(model: Model, task: Task, sources: frozenset[str] | None = None) -> bool:
    """Whether the command of `task` has an option for what `model` cannot do without, and where it is said
    what the member gives, whether that is among it."""
    if task in _ANYTHING:
        return True
    given = _FILES_OF.get(task, _PICTURES)
    if sources is not None:
        given = (given | _FILES_OF_RESULTS.get(task, frozenset())) & sources
    return needs(model, task) in {None, *given}


def suits(model: Model, task: Task, sources: frozenset[str] | None = None) -> bool:
    """Whether the command of `task` can have `model` do it, where it is said what the member gives with just
    that: it does this, and needs nothing else."""
    return does(model, task, sources) and drives(model, task, sources)


def taken(model: Model) -> frozenset[str]:
    """The sources that a model's schema has files for; none while its schema is not known."""
    kinds = (one.kind or "image" for one in model.inputs or () if one.type.startswith("file"))
    return frozenset(_KINDS[kind] for kind in kinds if kind in _KINDS)


def liking(model: Model, task: Task) -> tuple[bool, bool, bool]:
    """Sorts models that do a task: those to be taken where the member named none come first."""
    crafts = crafts_of(model)
    if task is Task.EDIT:
        apt = bool(_EDITORS.search(_words_of(model)))
    else:
        apt = task in crafts or task not in _SOUNDS
    return (not apt, not _modal(model), not model.featured)


def crafts_of(model: Model) -> frozenset[str]:
    """What a model's words say that it is for: tasks, and "tool" for other things that do one thing only.

    A trained model's name is what its maker liked, and says nothing. What is described is looked at only
    for sounds whose name is silent: a description may speak of anything.
    """
    if is_trained(model):
        return frozenset()
    found = _crafts(_words_of(model)) | (frozenset({_TOOL}) & set(model.tags))
    if not found & _SOUNDS and model.description and makes(model, "audio", None):
        found |= _crafts(plain(model.description)) & _SOUNDS
    return found


def _words_of(model: Model) -> str:
    return _joined(model.id, model.name, model.tags)


@lru_cache(maxsize=4096)
def _joined(*parts: object) -> str:
    return plain(" ".join(str(part) for part in parts))


@lru_cache(maxsize=4096)
def _crafts(words: str) -> frozenset[str]:
    return frozenset(str(craft) for craft, pattern in _WORDS if pattern.search(words))


def _modal(model: Model) -> bool:
    """Whether its capabilities say what it makes out of what."""
    return any(map(_MODALITY.match, model.capabilities))


def _makes(model: Model, medium: str, sources: frozenset[str] | None) -> bool:
    if not _modal(model):
        return medium == "image"  # most are
    if sources is None:
        return makes(model, medium, None)
    given = sources - {"txt"}
    if not given:
        return makes(model, medium, "txt")
    extra = taken(model) if makes(model, medium, None) else frozenset[str]()
    return all(source in extra or makes(model, medium, source) for source in given)


def _takes_all(model: Model, sources: frozenset[str] | None) -> bool:
    given = (sources or frozenset()) - {"txt"}
    if not given or not _modal(model):
        return True
    capable = {capability.partition("2")[0] for capability in model.capabilities} | taken(model)
    return given <= capable
