"""Files find the input that is meant for them, on models of every shape."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.request.ask import InputFile
from bot.request.attach import ROLES, file_kind, place
from bot.scenario.api.records import Input, Json, Model
from bot.schema.constraints import Constraint, Problem


def model(*inputs: Input) -> Model:
    return Model(id="model_a", name="A", inputs=(Input(name="prompt", type="string"), *inputs))


def single(name: str, **rules: Any) -> Input:
    return Input(name=name, type="file", **rules)


def many(name: str, **rules: Any) -> Input:
    return Input(name=name, type="file_array", **rules)


def files(*roles: str, content_type: str | None = None) -> list[InputFile]:
    return [InputFile(role=role, filename=f"{n}", content_type=content_type) for n, role in enumerate(roles)]


FRAMES = model(single("image", parent=True), single("lastFrameImage"), many("referenceImages", max_length=3))
KLING = model(single("startImage"), single("endImage"))
GEMINI = model(many("referenceImages", max_length=14))
GPT = model(many("referenceImages"), single("mask", mask_from="referenceImages"))
FLUX = model(single("image", parent=True), single("controlImage"), single("maskImage"))
MESHY = model(many("images", max_length=4))
UPSCALE = model(single("video", kind="video", parent=True))
DUB = model(single("video", kind="video", parent=True), single("audio", kind="audio"))
REMESH = model(single("model", kind="3d", parent=True))
SEEDANCE = model(
    many("referenceImages"),
    many("referenceVideos", kind="video"),
    many("referenceAudios", kind="audio"),
)
ODD = model(single("photograph", label="Photograph"))


@pytest.mark.parametrize(
    ("one", "roles", "values"),
    [
        (FRAMES, ["first_frame", "last_frame"], {"image": "upload:0", "lastFrameImage": "upload:1"}),
        (FRAMES, ["reference", "reference"], {"referenceImages": ["upload:0", "upload:1"]}),
        (FRAMES, ["reference", "image"], {"referenceImages": ["upload:0"], "image": "upload:1"}),
        (KLING, ["last_frame", "first_frame"], {"startImage": "upload:1", "endImage": "upload:0"}),
        (KLING, ["image"], {"startImage": "upload:0"}),
        (GEMINI, ["image"], {"referenceImages": ["upload:0"]}),
        # in the order in which they were given, whichever role chose first
        (GEMINI, ["reference", "image"], {"referenceImages": ["upload:0", "upload:1"]}),
        (GPT, ["image", "mask"], {"referenceImages": ["upload:0"], "mask": "upload:1"}),
        (FLUX, ["mask", "image"], {"maskImage": "upload:0", "image": "upload:1"}),
        (FLUX, ["reference"], {"image": "upload:0"}),
        (FLUX, ["control_image"], {"controlImage": "upload:0"}),
        (MESHY, ["image", "image"], {"images": ["upload:0", "upload:1"]}),
        (UPSCALE, ["video"], {"video": "upload:0"}),
        (DUB, ["audio", "video"], {"audio": "upload:0", "video": "upload:1"}),
        (REMESH, ["mesh"], {"model": "upload:0"}),
        (ODD, ["image"], {"photograph": "upload:0"}),
        (ODD, ["reference"], {"photograph": "upload:0"}),
        (GEMINI, [], {}),
    ],
)
def test_the_input_is_found(one: Model, roles: list[str], values: dict[str, Json]) -> None:
    placed = place(files(*roles), one, ())
    assert (placed.values, placed.problems) == (values, [])


MADE_FROM = [("image", "image"), ("video", "video"), ("audio", "audio"), ("mesh", "3d")]


@pytest.mark.parametrize(("role", "kind"), MADE_FROM)
def test_what_a_thing_is_made_from_goes_to_the_parent_before_any_name(role: str, kind: str) -> None:
    one = model(single(role, kind=kind), single("odd", kind=kind, parent=True))
    assert place(files(role), one, ()).values == {"odd": "upload:0"}


@pytest.mark.parametrize(("role", "kind"), [*MADE_FROM, ("reference", "image")])
def test_any_input_of_the_kind_will_do_whatever_its_name(role: str, kind: str) -> None:
    for spec, value in ((single("odd", kind=kind), "upload:0"), (many("odd", kind=kind), ["upload:0"])):
        assert place(files(role), model(spec), ()).values == {"odd": value}


@pytest.mark.parametrize(
    ("one", "role", "name"),
    [
        (model(single("odd"), single("photo", parent=True)), "reference", "photo"),
        (model(many("odds"), single("photo", parent=True)), "reference", "odds"),
        (model(single("odd"), single("photo", parent=True)), "first_frame", "photo"),
        (model(single("image"), single("photo", parent=True)), "first_frame", "image"),
        (model(single("last_frame", parent=True), single("odd")), "reference", "odd"),
    ],
)
def test_the_parent_takes_a_frame_or_a_reference_that_nothing_is_named_for(
    one: Model, role: str, name: str
) -> None:
    assert list(place(files(role), one, ()).values) == [name]


def test_references_go_by_their_kind() -> None:
    given_ = [
        InputFile(role="reference", filename="a.mp4", content_type="video/mp4"),
        InputFile(role="reference", filename="b.png", content_type="image/png"),
        InputFile(role="reference", asset_id="asset_c", content_type="audio/mpeg; charset=x"),
    ]
    assert place(given_, SEEDANCE, ()).values == {
        "referenceVideos": ["upload:0"],
        "referenceImages": ["upload:1"],
        "referenceAudios": ["asset_c"],
    }


@pytest.mark.parametrize(
    ("one", "role", "content_type", "name", "rule", "allowed"),
    [
        (UPSCALE, "image", "image/png", "video", Constraint.KIND, ("video",)),
        (FLUX, "image", "video/mp4", "image", Constraint.KIND, ("image",)),
        (FLUX, "first_frame", "audio/mpeg", "image", Constraint.KIND, ("image",)),
        (ODD, "last_frame", None, "last_frame", Constraint.NO_PLACE, ("Photograph",)),
        (GEMINI, "first_frame", None, "first_frame", Constraint.NO_PLACE, ("referenceImages",)),
        (KLING, "video", "video/mp4", "video", Constraint.NO_PLACE, ("startImage", "endImage")),
        (model(), "reference", None, "reference", Constraint.NO_PLACE, ()),
        (ODD, "mask", None, "mask", Constraint.NO_PLACE, ("Photograph",)),
        (ODD, "first_frame", None, "first_frame", Constraint.NO_PLACE, ("Photograph",)),
        (model(single("mask")), "image", None, "image", Constraint.NO_PLACE, ("mask",)),
        (model(single("odd", mask_from="x")), "image", None, "image", Constraint.NO_PLACE, ("odd",)),
        (model(single("odd", kind="video")), "image", None, "image", Constraint.NO_PLACE, ("odd",)),
        (ODD, "poster", None, "poster", Constraint.NO_PLACE, ("Photograph",)),
    ],
)
def test_a_file_without_a_place_is_refused_with_what_there_is(
    one: Model, role: str, content_type: str | None, name: str, rule: Constraint, allowed: tuple[Json, ...]
) -> None:
    placed = place(files(role, content_type=content_type), one, ())
    (problem,) = placed.problems
    assert (problem.input, problem.label, problem.rule, problem.allowed) == (name, role, rule, allowed)
    assert placed.values == {}
    assert problem.given == ((content_type or "0") if rule is Constraint.KIND else "0")


def test_one_place_takes_one_file() -> None:
    (problem,) = place(files("image", "image"), ODD, ()).problems
    assert (problem.input, problem.label, problem.rule, problem.given, problem.maximum) == (
        "photograph",
        "image",
        Constraint.TOO_LONG,
        ["0", "1"],
        1,
    )
    (problem,) = place(files("image", "reference"), ODD, ()).problems
    assert (problem.input, problem.label, problem.rule, problem.allowed) == (
        "photograph",
        "reference",
        Constraint.TWICE,
        ("Photograph",),
    )


def test_several_of_a_role_go_where_several_are_taken() -> None:
    one = model(single("image", parent=True), many("odd"))
    assert place(files("image"), one, ()).values == {"image": "upload:0"}
    assert place(files("image", "image"), one, ()).values == {"odd": ["upload:0", "upload:1"]}


@pytest.mark.parametrize(
    ("one", "roles", "content_type", "values"),
    [
        (
            model(single("image"), many("odd")),
            ["reference", "first_frame"],
            "image/png",
            {"odd": ["upload:0"], "image": "upload:1"},
        ),
        (
            model(single("clip", kind="video", parent=True), single("odd", kind="video")),
            ["reference", "video"],
            "video/mp4",
            {"odd": "upload:0", "clip": "upload:1"},
        ),
    ],
)
def test_who_needs_one_place_chooses_before_who_takes_any(
    one: Model, roles: list[str], content_type: str, values: dict[str, Json]
) -> None:
    placed = place(files(*roles, content_type=content_type), one, ())
    assert (placed.values, placed.problems) == (values, [])


def test_a_reference_goes_to_any_input_of_its_own_kind() -> None:
    one = model(many("pictures"), many("clips", kind="video"))
    assert place(files("reference", content_type="video/mp4"), one, ()).values == {"clips": ["upload:0"]}


def test_what_has_a_value_is_not_taken() -> None:
    assert place(files("reference"), FRAMES, {"referenceImages"}).values == {"image": "upload:0"}


LIMITED = model(single("clip", kind="video", max_size=1000, min_duration=2, max_duration=10))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"size": 1000, "duration": 10.0}, None),
        ({"duration": 2.0}, None),
        ({}, None),
        ({"size": 1001}, {"rule": Constraint.TOO_BIG, "given": 1001, "maximum": 1000}),
        ({"duration": 10.5}, {"rule": Constraint.TOO_LASTING, "given": 10.5, "maximum": 10}),
        ({"duration": 1.0}, {"rule": Constraint.TOO_BRIEF, "given": 1.0, "minimum": 2}),
    ],
)
def test_bytes_and_seconds_are_checked_where_they_are_known(
    facts: dict[str, Any], told: dict[str, Any] | None
) -> None:
    one = InputFile(role="video", filename="a.mp4", content_type="video/mp4", **facts)
    expected = [] if told is None else [Problem(input="clip", label="video", **told)]
    assert place([one], LIMITED, ()).problems == expected


@pytest.mark.parametrize(
    ("filename", "content_type", "kind"),
    [
        ("a.png", "image/png", "image"),
        ("a", "video/quicktime", "video"),
        ("a.png", "video/mp4", "video"),
        ("a.glb", "application/octet-stream", "3d"),
        ("a.OBJ", None, "3d"),
        ("a.stl", "application/vnd.ms-pki.stl", "3d"),
        ("a.mp3", None, "audio"),
        ("a.exr", "image/x-exr", "image-hdr"),
        ("a.pdf", None, "document"),
        ("", None, None),
        ("a.bin", "application/octet-stream", None),
    ],
)
def test_the_kind_of_a_file(filename: str, content_type: str | None, kind: str | None) -> None:
    assert file_kind(InputFile(role="image", filename=filename, content_type=content_type)) == kind


names = ("image", "images", "mask", "referenceImages", "video", "startImage", "endImage", "model", "odd")
inputs = st.builds(
    Input,
    name=st.sampled_from(names),
    type=st.sampled_from(("file", "file_array")),
    kind=st.sampled_from((None, "image", "video", "audio", "3d")),
    parent=st.booleans(),
)
roles = st.sampled_from((*ROLES, "odd", "else"))


@given(st.lists(inputs, max_size=5, unique_by=lambda one: one.name), st.lists(roles, max_size=5))
def test_each_file_is_placed_once_or_told_of(specs: list[Input], asked: list[str]) -> None:
    placed = place(files(*asked), model(*specs), ())
    put = [one for value in placed.values.values() for one in (value if isinstance(value, list) else [value])]
    assert len(set(map(str, put))) == len(put)
    left = {role for n, role in enumerate(asked) if f"upload:{n}" not in put}
    assert left == {problem.label for problem in placed.problems}
    for name, value in placed.values.items():
        spec = next(one for one in specs if one.name == name)
        assert isinstance(value, list) == (spec.type == "file_array")
