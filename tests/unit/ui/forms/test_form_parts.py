"""A form as its member sees it, whole: the fields of each page, the summary, the buttons."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.forms import Answers, Draft, Filled
from bot.request.ask import InputFile
from bot.scenario.api.records import Input, Model
from bot.ui.forms import flow as forms
from bot.ui.forms.modals import modal_of, submitted
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, PROMPT, a_model
from tests.support.clock import START

NEEDED = {"always": True}
BOX = (Input(name="x", type="number"), Input(name="y", type="number"))
INPUTS = (
    PROMPT,
    Input(name="size", type="string", allowed_values=("s", "m"), labels={"s": "Small"}, default="m"),
    Input(
        name="tags",
        type="string_array",
        allowed_values=("a", "b", "c"),
        min_length=2,
        max_length=2,
        required=NEEDED,
    ),
    Input(name="tile", type="boolean", default=True, hint="Repeats"),
    Input(name="steps", type="number", min=1, max=50, step=1, default=20, label="Steps"),
    Input(name="guide", type="number", min=0, max=9, step=0.5, placeholder="how much"),
    Input(name="least", type="number", min=2),
    Input(name="most", type="number_array", max=7.5),
    Input(name="image", type="file", required=NEEDED),
    Input(name="more", type="file_array", max_length=3, description="Extra"),
    Input(name="base", type="model"),
    Input(name="styles", type="model_array"),
    Input(name="boxes", type="inputs_array", inputs=BOX),
    Input(name="note", type="string", max_length=200),
    Input(name="story", type="string", max_length=201),
)
GIVEN = InputFile(role="image", filename="fox.png", url="https://cdn.test/fox.png")
ANSWERS = Answers(
    values={"prompt": "a *fox*", "tags": ["a", "c"], "tile": ["false"], "note": "two\nlines"},
    files={"image": (GIVEN,)},
)


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        yield made


def filled(bench: Bench, answers: Answers | None = None, *, model: Model | None = None) -> Filled:
    draft = Draft(
        id="1",
        owner_id=7,
        model_id=MODEL,
        answers=answers or Answers(),
        private=False,
        spoiler=False,
        created_at=START,
    )
    return bench.forms.look(draft, model or a_model(inputs=INPUTS))


def page(form: Filled, number: int) -> list[str]:
    modal = cast("Any", modal_of(form, number).to_dict())
    return [_line(one["label"], one.get("description"), one["component"]) for one in modal["components"]]


def _line(label: str, description: str | None, part: dict[str, Any]) -> str:
    """label! (id) type least-most options placeholder = what stands there; description"""
    told = f"{label}{'!' * part['required']} ({part['custom_id']}) {part['type']}"
    if "style" in part:
        told += f"/{part['style']} -{part['max_length']}"
    else:
        told += f" {part['min_values']}-{part['max_values']}"
    marked = [f"{one['label']}={one['value']}{'*' * bool(one['default'])}" for one in part.get("options", ())]
    told += "".join(f" [{one}]" for one in marked)
    told += f" <{part['placeholder']}>" if part.get("placeholder") else ""
    told += f" = {part['value']!r}" if part.get("value") else ""
    return f"{told}; {description}" if description else told


async def test_every_sort_of_field_on_its_page(bench: Bench) -> None:
    form = filled(bench)
    assert [page(form, number) for number in range(3)] == [
        [
            "prompt! (prompt) 4/2 -4000",
            "tags! (tags) 3 2-2 [a=a] [b=b] [c=c]",
            "image! (image) 19 1-1",
            "size (size) 3 0-1 [Small=s] [m=m*]",
            "tile (tile) 3 0-1 [Yes=true*] [No=false]; Repeats",
        ],
        [
            "Steps (steps) 4/1 -4000 <If left empty: 20>; 1 to 50.",
            "guide (guide) 4/1 -4000 <how much>; 0 to 9 in steps of 0.5.",
            "least (least) 4/1 -4000; 2 or more.",
            "most (most) 4/1 -4000; Several, separated by commas. 7.5 or less.",
            "more (more) 19 0-3; Up to 3 files. Extra",
        ],
        [
            "base (base) 4/1 -4000; A model's name or id.",
            "styles (styles) 4/1 -4000; Names or ids of models, separated by commas.",
            "boxes (boxes) 4/2 -4000; One per line: x=… y=…",
            "note (note) 4/1 -200",
            "story (story) 4/2 -201",
        ],
    ]
    assert modal_of(form, 1).title == "Flux (2 of 3)"
    assert modal_of(form, 9).title == "Flux (3 of 3)"
    alone = filled(bench, model=a_model(name="x" * 60, inputs=(PROMPT,)))
    assert modal_of(alone, 0).title == "x" * 44 + "…"
    assert modal_of(filled(bench, model=a_model(name=" ", inputs=(PROMPT,))), 0).title == "-"


async def test_a_choice_of_many_is_several_menus_that_say_from_where_to_where_they_go(bench: Bench) -> None:
    voices = tuple(f"{number}{'x' * 60}" for number in range(10, 40))
    form = filled(bench, model=a_model(inputs=(Input(name="voice", type="string", allowed_values=voices),)))
    menus = cast("Any", modal_of(form, 0).to_dict())["components"]
    begin = [f"{number}{'x' * 42}…" for number in (10, 24, 25, 39)]
    assert [one["component"].get("placeholder") for one in menus] == [
        f"{begin[0]} … {begin[1]}",
        f"{begin[2]} … {begin[3]}",
    ]


@pytest.mark.parametrize(("most", "told"), [(1, ""), (2, "; Up to 2 files.")])
async def test_a_field_for_files_says_how_many_where_it_takes_more_than_one(
    bench: Bench, most: int, told: str
) -> None:
    files = Input(name="files", type="file_array", max_length=most)
    form = filled(bench, model=a_model(inputs=(files,)))
    assert page(form, 0) == [f"files (files) 19 0-{most}{told}"]


async def test_what_was_answered_stands_in_its_field(bench: Bench) -> None:
    form = filled(bench, ANSWERS)
    assert page(form, 0) == [
        "prompt! (prompt) 4/2 -4000 = 'a *fox*'",
        "tags! (tags) 3 2-2 [a=a*] [b=b] [c=c*]",
        "image (image) 19 0-1; Attached: fox.png. New files replace them.",
        "size (size) 3 0-1 [Small=s] [m=m*]",
        "tile (tile) 3 0-1 [Yes=true] [No=false*]; Repeats",
    ]
    assert "note (note) 4/2 -200 = 'two\\nlines'" in page(form, 2)  # breaks need more than one line


async def test_an_answer_that_is_too_long_is_shown_from_its_beginning(bench: Bench) -> None:
    form = filled(bench, Answers(values={"note": "x" * 250, "story": "y" * 5000}))
    lines = page(form, 2)
    assert lines[3] == f"note (note) 4/1 -250 = {'x' * 250!r}"
    assert lines[4] == f"story (story) 4/2 -4000 = {'y' * 4000!r}"


# -- the summary --------------------------------------------------------------------------------------


def lines(form: Filled, note: str | None = None) -> list[str]:
    return (forms.summary(form, note).description or "").split("\n\n")


async def test_a_summary_of_nothing_of_what_is_missing_and_of_all(bench: Bench) -> None:
    empty = forms.summary(filled(bench))
    assert (empty.title, empty.description) == ("Flux", "Nothing is filled in yet.")
    assert empty.footer.text == (
        "Nothing is charged until you press Generate. Your answers are kept for a day."
    )
    missing = lines(filled(bench, Answers(values={"prompt": "a *fox*"})))
    assert missing[0] == r"**prompt**: a \*fox\*"
    assert "tags" in missing[1]
    assert "image" in missing[1]
    assert lines(filled(bench, ANSWERS)) == [
        "**prompt**: a \\*fox\\*\n**tags**: a, c\n**image**: fox.png\n**tile**: No\n**note**: two lines",
        "All required fields are filled in.",
    ]
    noted = lines(filled(bench, ANSWERS), "What was refused.")
    assert noted[1:] == ["What was refused."]


async def test_a_long_summary_says_how_much_more_there_is(bench: Bench) -> None:
    many = tuple(Input(name=f"n{number}", type="string") for number in range(17))
    answers = Answers(values={f"n{number}": "v" * 130 for number in range(17)})
    rows = lines(filled(bench, answers, model=a_model(inputs=many)))[0].splitlines()
    assert len(rows) == 16
    assert rows[0] == f"**n0**: {'v' * 119}…"
    assert rows[-1] == "And 2 more answers."


# -- the buttons --------------------------------------------------------------------------------------


def parts(form: Filled, number: int) -> list[tuple[str, str, int]]:
    rows = cast("Any", forms.buttons(form, number).to_components())
    return [(one["label"], one["custom_id"], one["style"]) for row in rows for one in row["components"]]


BEGIN, DROP = ("Open the form", "f1:open:1:0", 2), ("Discard", "f1:drop:1:0", 4)


async def test_before_anything_is_answered_the_form_is_opened(bench: Bench) -> None:
    assert parts(filled(bench), 0) == [BEGIN, DROP]
    optional = a_model(inputs=(Input(name="note", type="string"),))
    assert parts(filled(bench, model=optional), 0) == [("Generate", "f1:go:1:0", 1), BEGIN, DROP]
    assert parts(filled(bench, model=a_model(inputs=())), 0) == [("Generate", "f1:go:1:0", 1), DROP]


async def test_an_answered_form_goes_on_to_the_next_page_and_back_to_what_is_wrong(bench: Bench) -> None:
    assert parts(filled(bench, ANSWERS), 2) == [
        ("Generate", "f1:go:1:2", 1),
        ("More settings (1 of 3)", "f1:open:1:0", 2),
        ("Change answers", "f1:open:1:2", 2),
        ("Start over", "f1:new:1:2", 2),
        ("Discard", "f1:drop:1:2", 4),
    ]
    wrong = replace(ANSWERS, values={**ANSWERS.values, "steps": "many"})
    assert parts(filled(bench, wrong), 2) == [
        ("More settings (1 of 3)", "f1:open:1:0", 2),
        ("Change answers", "f1:open:1:1", 2),
        ("Start over", "f1:new:1:2", 2),
        ("Discard", "f1:drop:1:2", 4),
    ]
    # where the next page is the one that is wrong there is one way to it
    assert parts(filled(bench, wrong), 0)[:1] == [("Change answers", "f1:open:1:1", 2)]
    single = filled(bench, Answers(values={"note": "x"}), model=a_model(inputs=(INPUTS[13],)))
    assert [label for label, _, _ in parts(single, 0)] == [
        "Generate",
        "Change answers",
        "Start over",
        "Discard",
    ]


# -- what comes back ----------------------------------------------------------------------------------


def test_a_submitted_page_is_read_by_its_fields() -> None:
    picture = {"filename": "a.png", "url": "https://cdn.test/a", "content_type": "image/png", "size": 3}
    film = {**picture, "filename": "b.mp4", "width": 4, "height": 5, "duration_secs": 6.5}
    data = {
        "resolved": {"attachments": {"1": picture, "2": film}},
        "components": [
            {"type": 18, "component": {"type": 4, "custom_id": "prompt", "value": "a fox"}},
            {"type": 18, "component": {"type": 3, "custom_id": "size", "values": ["s"]}},
            {"type": 18, "component": {"type": 19, "custom_id": "image", "values": ["2", "1", "9"]}},
            {"type": 1, "components": [{"type": 4, "custom_id": "note", "value": None}]},
            {"type": 10, "content": "x"},
        ],
    }
    values, files = submitted(data)
    assert values == {"prompt": "a fox", "size": ["s"], "note": ""}
    first, second = files["image"]
    assert first == InputFile(
        role="image",
        filename="b.mp4",
        url="https://cdn.test/a",
        content_type="image/png",
        size=3,
        width=4,
        height=5,
        duration=6.5,
    )
    assert (second.filename, second.width) == ("a.png", None)
    assert submitted({}) == ({}, {})


@pytest.mark.parametrize(
    ("ids", "own"),
    [
        ([], False),
        (["f1:go:1:0"], True),
        (["g1:again:1", "f1:drop:1:2"], True),
        (["f1:go:2:0"], False),
        (["m1:use:1:0"], False),
        (["x:f1:1:0"], False),
    ],
)
async def test_a_forms_own_message_is_known_by_its_buttons(bench: Bench, ids: list[str], own: bool) -> None:
    row = SimpleNamespace(children=[SimpleNamespace(custom_id=one) for one in ids])
    message = SimpleNamespace(id=5, components=[SimpleNamespace(), row])
    edited: list[str] = []

    async def edit_message(**_: Any) -> None:
        edited.append("its own")

    async def send_message(**parts: Any) -> None:
        assert parts["ephemeral"]
        edited.append("a new one")

    response = SimpleNamespace(is_done=lambda: False, edit_message=edit_message, send_message=send_message)
    asked: Any = SimpleNamespace(message=message, response=response)
    await forms._show(asked, filled(bench, ANSWERS), 0)  # pyright: ignore[reportPrivateUsage]
    assert edited == ["its own" if own else "a new one"]


BOUNDS: list[tuple[dict[str, Any], str]] = [
    ({}, "1-2"),
    ({"min_length": 2}, "2-2"),
    ({"max_length": 1}, "1-1"),
]


@pytest.mark.parametrize(("bounds", "told"), BOUNDS)
async def test_of_choices_that_must_be_made_one_is_enough_where_no_number_is_named(
    bench: Bench, bounds: dict[str, Any], told: str
) -> None:
    needed = {"always": True}
    tags = Input(name="tags", type="string_array", allowed_values=("a", "b"), required=needed, **bounds)
    (line,) = page(filled(bench, model=a_model(inputs=(tags,))), 0)
    assert line.startswith(f"tags! (tags) 3 {told} ")
