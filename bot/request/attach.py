"""The files that a member gave → the inputs of a model that take them. Pure."""

import mimetypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bot.request.ask import UPLOAD, InputFile
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.scenario.api.sniff import kind_of
from bot.schema.constraints import Constraint, Problem
from bot.schema.typed import fits_kind

_FIRST: Final = (
    "firstframeimage",
    "firstframe",
    "startimage",
    "startframe",
    "startframeimage",
    "firstimage",
)
_LAST: Final = (
    "lastframeimage",
    "lastframe",
    "endimage",
    "endframe",
    "endframeimage",
    "lastimage",
    "tailimage",
)
_IMAGE: Final = ("image", "inputimage", "sourceimage", "baseimage", "initimage")
_IMAGES: Final = ("images", "inputimages", "referenceimages", "imagereferences")
_MASKS: Final = ("mask", "maskimage", "imagemask", "inpaintmask", "inpaintingmask")
_REFERENCES: Final = (
    "referenceimages",
    "referenceimage",
    "imagereferences",
    "references",
    "refimages",
    "styleimages",
    "styleimage",
    "referencevideos",
    "referencevideo",
    "referenceaudios",
    "referenceaudio",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    """How an input is chosen for a role: by name, by being the parent, then any of the kind."""

    kind: str = "image"
    """Of a file that does not say its own."""
    names: Sequence[str]
    parent_first: bool = False
    parent_last: bool = False
    any_array: bool = False
    any_single: bool = False


_ROLES: Final[Mapping[str, _Role]] = MappingProxyType(
    {
        # the order in which they choose
        "mask": _Role(names=_MASKS),
        "first_frame": _Role(names=(*_FIRST, *_IMAGE), parent_last=True),
        "last_frame": _Role(names=_LAST),
        "image": _Role(
            names=(*_IMAGE, *_FIRST, *_IMAGES), parent_first=True, any_array=True, any_single=True
        ),
        "video": _Role(
            kind="video",
            names=("video", "inputvideo", "sourcevideo", "videos", "referencevideos", "referencevideo"),
            parent_first=True,
            any_array=True,
            any_single=True,
        ),
        "audio": _Role(
            kind="audio",
            names=("audio", "inputaudio", "sourceaudio", "audios", "referenceaudio", "referenceaudios"),
            parent_first=True,
            any_array=True,
            any_single=True,
        ),
        "mesh": _Role(
            kind="3d",
            names=("mesh", "model", "inputmesh", "inputmodel", "model3d", "file"),
            parent_first=True,
            any_array=True,
            any_single=True,
        ),
        "reference": _Role(
            names=(*_REFERENCES, *_IMAGES, *_IMAGE), parent_last=True, any_array=True, any_single=True
        ),
    }
)
_TEXTURE: Final = "texture"
ROLES: Final = tuple(_ROLES)
_PICTURES: Final = (".webp", ".avif", ".heic", ".heif", ".jfif")
"""Names that not every machine's list of types has."""
_MESHES: Final = (".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".usdz", ".blend")


@dataclass(slots=True, kw_only=True)
class Placed:
    """`roles` tells of each input that got files whose they are."""

    values: dict[str, Json] = field(default_factory=dict[str, Json])
    roles: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[Problem] = field(default_factory=list[Problem])


def place(files: Sequence[InputFile], model: Model, taken: Collection[str]) -> Placed:
    """An input for each file. In an array they keep the order in which they were given.

    taken: inputs that have a value already. A file that is still to be uploaded is `upload:<index>`.
    """
    placed = Placed()
    where: dict[str, list[int]] = {}
    for (role, kind), indexes in _groups(files):
        spec = _choose(model, role, kind, [files[at] for at in indexes], {*taken}, where, placed)
        if spec is None:
            continue
        where.setdefault(spec.name, []).extend(indexes)
        placed.roles.setdefault(spec.name, role)
        placed.problems += [bad for at in indexes if (bad := _unfit(spec, role, files[at])) is not None]
    for name, indexes in where.items():
        assets: list[Json] = [files[at].asset_id or f"{UPLOAD}{at}" for at in sorted(indexes)]
        spec = model.input(name)
        placed.values[name] = assets if spec is not None and _is_array(spec) else assets[0]
    return placed


def file_kind(given: InputFile) -> str | None:
    """Scenario's kind of this file, by its content type, else by its name; None where neither says."""
    name = given.filename.casefold()
    if name.endswith(_MESHES):
        return "3d"
    return kind_of(file_type(given)) or ("image" if name.endswith(_PICTURES) else None)


def file_type(given: InputFile) -> str | None:
    """The MIME type that is said of this file: its content type, or its name's where that tells no kind."""
    if kind_of(given.content_type) is not None:
        return given.content_type
    return mimetypes.guess_type(given.filename.casefold())[0] or given.content_type


def _groups(files: Sequence[InputFile]) -> list[tuple[tuple[str, str | None], list[int]]]:
    """Files of one role and kind go to one input. The roles choose in turn, the pickiest first."""
    groups: dict[tuple[str, str | None], list[int]] = {}
    for at, one in enumerate(files):
        groups.setdefault((one.role, file_kind(one)), []).append(at)

    def rank(group: tuple[tuple[str, str | None], list[int]]) -> int:
        role = group[0][0]
        return ROLES.index(role) if role in _ROLES else -1

    return sorted(groups.items(), key=rank)


def _choose(
    model: Model,
    role: str,
    kind: str | None,
    files: Sequence[InputFile],
    taken: set[str],
    where: Mapping[str, list[int]],
    placed: Placed,
) -> Input | None:
    """The input for the files of one role; None, and a problem, where there is none for them."""
    meant = _ROLES.get(role)
    candidates = _own(model, role) if meant is None else _candidates(model, meant, kind)
    wanted = kind or (meant.kind if meant else None)
    fitting = [spec for spec in candidates if fits_kind(spec, wanted)]
    if not fitting:
        placed.problems.append(_refused(model, role, candidates, files[0]))
        return None
    if len(files) > 1:
        fitting.sort(key=lambda spec: not _is_array(spec))
    free = [
        spec for spec in fitting if spec.name not in taken and (_is_array(spec) or spec.name not in where)
    ]
    if not free:
        other = fitting[0]
        placed.problems.append(
            _problem(other.name, role, Constraint.TWICE, allowed=(other.label or other.name,))
        )
        return None
    if len(files) > 1 and not _is_array(free[0]):
        names: list[Json] = [one.filename for one in files]
        placed.problems.append(_problem(free[0].name, role, Constraint.TOO_LONG, names, maximum=1))
        return None
    return free[0]


def _own(model: Model, name: str) -> list[Input]:
    """The file input of that very name."""
    return [one for one in _file_inputs(model) if loose.plain(one.name) == loose.plain(name)]


def _candidates(model: Model, role: _Role, kind: str | None) -> list[Input]:
    """The inputs that the role may mean, the likeliest first."""
    inputs = _file_inputs(model)
    if role.names is _MASKS:
        masks = [one for one in inputs if one.mask_from]
        return [*masks, *(one for one in _named(inputs, _MASKS) if one not in masks)]
    open_ = [one for one in inputs if not one.mask_from and loose.plain(one.name) not in _MASKS]
    parents = [one for one in open_ if one.parent]
    found = parents if role.parent_first else []
    found = [*found, *_named(open_, role.names)]
    others = [one for one in open_ if _is_source(one) and fits_kind(one, kind or role.kind)]
    if role.any_array:
        found += [one for one in others if _is_array(one)]
    if role.parent_last:
        found += [one for one in parents if loose.plain(one.name) not in _LAST]
    if role.any_single:
        found += [one for one in others if not _is_array(one)]
    return list({one.name: one for one in found}.values())


def _is_source(spec: Input) -> bool:
    """Whether a file may go there unasked. A texture is not what a thing is made from: a model that takes
    nothing else would be paid for something else than was shown to it."""
    name = loose.plain(spec.name)
    return name not in _LAST and _TEXTURE not in name


def _named(inputs: Sequence[Input], names: Sequence[str]) -> list[Input]:
    there = {loose.plain(one.name): one for one in inputs}
    return [there[name] for name in names if name in there]


def _file_inputs(model: Model) -> list[Input]:
    return [one for one in model.inputs or () if one.type in ("file", "file_array")]


def _is_array(spec: Input) -> bool:
    return spec.type == "file_array"


def _refused(model: Model, role: str, candidates: Sequence[Input], file: InputFile) -> Problem:
    """Of another kind than the inputs for this role, or without a place at all."""
    if candidates:
        kinds: dict[Json, None] = {spec.kind or "image": None for spec in candidates}
        given = file.content_type or file.filename
        return _problem(candidates[0].name, role, Constraint.KIND, given, allowed=tuple(kinds))
    there = tuple(spec.label or spec.name for spec in _file_inputs(model))
    return _problem(role, role, Constraint.NO_PLACE, file.filename, allowed=there)


def _unfit(spec: Input, role: str, file: InputFile) -> Problem | None:
    """What its bytes and seconds say against it, where those are known."""
    if spec.max_size is not None and file.size is not None and file.size > spec.max_size:
        return _problem(spec.name, role, Constraint.TOO_BIG, file.size, maximum=spec.max_size)
    if file.duration is None:
        return None
    if spec.max_duration is not None and file.duration > spec.max_duration:
        return _problem(spec.name, role, Constraint.TOO_LASTING, file.duration, maximum=spec.max_duration)
    if spec.min_duration is not None and file.duration < spec.min_duration:
        return _problem(spec.name, role, Constraint.TOO_BRIEF, file.duration, minimum=spec.min_duration)
    return None


def _problem(
    name: str,
    role: str,
    rule: Constraint,
    given: Json = None,
    *,
    allowed: tuple[Json, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> Problem:
    return Problem(
        input=name, label=role, rule=rule, given=given, allowed=allowed, minimum=minimum, maximum=maximum
    )
