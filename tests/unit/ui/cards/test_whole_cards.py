"""Cards as members read them, whole: every line, field, color and button of one of each sort."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.generation.progress import CONFIRM, Progress
from bot.request.ask import Ask, TrainedModel
from bot.ui.cards.render import render
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Shape
from bot.ui.speech.texts import say
from bot.vocabulary import Medium
from tests.support.builders import a_generation, alts_of, running
from tests.support.cards import facts_in
from tests.support.clock import START

ASKED, STARTED = "asked <t:1893456000:R>", "started <t:1893456000:R>"
BLUE, GREEN, RED, GRAY = 0x5B6CFF, 0x2E9E6B, 0xC8463C, 0x7A7F87


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What stands on a card."""

    lines: list[str]
    color: int
    presses: list[str]
    footer: str = "Flux · /show 1001"
    fields: dict[str, str] = field(default_factory=dict[str, str])
    shown: list[str] = field(default_factory=list[str])
    """Files that its embeds show."""


def seen(generation: Generation, progress: Progress | None = None, exhibits: Sequence[Exhibit] = ()) -> Seen:
    card = render(generation, progress, exhibits)
    main = card.embeds[0]
    assert main.color is not None
    told = main.description or ""
    assert all(one.inline for one in main.fields)
    return Seen(
        lines=[line for line in told.splitlines() if not line.startswith("-# ")],
        color=main.color.value,
        presses=[press.value for press in card.presses],
        footer=main.footer.text or "",
        fields={**{one.name or "": one.value or "" for one in main.fields}, **facts_in(told)},
        shown=[one.image.url.removeprefix("attachment://") for one in card.embeds if one.image.url],
    )


def file(name: str, width: int | None = None, height: int | None = None, **changes: Any) -> Attachment:
    fields: dict[str, Any] = {"data": b"x", "size": 1, "width": width, "height": height, **changes}
    return Attachment(filename=name, **fields)


def shown(medium: Medium | None, form: str, *files: Attachment, **changes: Any) -> Exhibit:
    fields: dict[str, Any] = {"medium": medium, "format": form, "shape": Shape.WHOLE, "attachments": files}
    return Exhibit(**{**fields, **changes})


def picture(number: int) -> Exhibit:
    return shown(Medium.IMAGE, "PNG", file(f"p{number}.png", 1344, 768), width=1344, height=768)


def done(count: int = 1, **changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "outputs": tuple(Output(asset_id=f"a{number}") for number in range(count)),
        "finished_at": START + timedelta(seconds=9),
    }
    return running(**{**fields, **changes})


# -- while it runs ------------------------------------------------------------------------------------

PRICED = a_generation(price=6.5)
ON_ITS_WAY: list[tuple[Generation, Progress | None, list[str]]] = [
    (a_generation(), None, [f"**Sending to Scenario** · {ASKED}"]),
    (a_generation(inputs=None), None, [f"**Checking with the model** · {ASKED}"]),
    (
        a_generation(),
        Progress(phase="uploading"),
        [f"**Uploading your file to Scenario** · {ASKED}"],
    ),
    (
        PRICED,
        Progress(phase="waiting", position=2),
        [f"**Waiting for a free slot, number 2 in line** · {ASKED} · about 6.5 CU"],
    ),
    (running(), None, [f"**Queued at Scenario** · {STARTED}"]),
    (running(), Progress(phase="warming-up"), [f"**Scenario is starting the model** · {STARTED}"]),
    (
        running(price=6.5),
        Progress(phase="in-progress", fraction=0.26),
        [f"**Drawing** · {STARTED} · about 6.5 CU", "`███░░░░░░░░░` 26%"],
    ),
    (
        running(),
        Progress(phase="in-progress", fraction=1.0),
        [f"**Drawing** · {STARTED}", "`████████████` 100%"],
    ),
    (
        running(medium=Medium.VIDEO, command="video"),
        Progress(phase="processing"),
        [f"**Making the video** · {STARTED}"],
    ),
    (running(command="workflow"), Progress(phase="processing"), [f"**Running the workflow** · {STARTED}"]),
    (a_generation(fate=Fate.SUBMITTING), Progress(phase="waiting"), [f"**Sending to Scenario** · {ASKED}"]),
]


@pytest.mark.parametrize(("generation", "progress", "lines"), ON_ITS_WAY)
def test_a_card_on_its_way(generation: Generation, progress: Progress | None, lines: list[str]) -> None:
    assert seen(generation, progress) == Seen(lines=["> a cat", "", *lines], color=BLUE, presses=["cancel"])


def test_a_question_of_price_names_it_once_and_takes_a_yes_or_a_no() -> None:
    asked = seen(a_generation(price=60.0), Progress(phase=CONFIRM))
    line = f"**This costs 60 CU. Press Generate to go ahead** · {ASKED}"
    assert asked == Seen(lines=["> a cat", "", line], color=BLUE, presses=["confirm", "cancel"])
    # what is said yes to is asked no more, though the question may still be on the board
    bought = seen(running(price=60.0), Progress(phase=CONFIRM))
    assert bought.presses == ["cancel"]
    assert "about 60 CU" in bought.lines[2]


@pytest.mark.parametrize(
    ("command", "line"),
    [("video", "> Video"), ("workflow", "> Workflow run"), ("odd", "> -")],
)
def test_without_words_of_the_members_the_task_is_named(command: str, line: str) -> None:
    assert seen(running(command=command, ask=Ask(prompt=""))).lines[0] == line


def test_a_model_without_a_name_is_named_by_its_id_and_a_hostile_one_stays_on_its_line() -> None:
    assert seen(running(model_name="")).footer == "model_flux · /show 1001"
    assert seen(running(model_name="a\nb" + "x" * 200)).footer == f"a b{'x' * 96}… · /show 1001"
    assert seen(running(model_name="", model_id="")).footer == "/show 1001"


# -- without a result ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("medium", "title"), [(Medium.IMAGE, "**No picture**"), (Medium.VIDEO, "**No result**")]
)
def test_a_failed_card(medium: Medium, title: str) -> None:
    why = failures.Simple(kind=FailureKind.FAILED, hint="Try *more*")
    assert seen(running(fate=Fate.FAILED, medium=medium, failure=why, refunded=True)) == Seen(
        lines=[
            *("> a cat", "", title, "Scenario could not finish the job."),
            *(r"Scenario says: Try \*more\*", "The cost of 4 CU was refunded."),
        ],
        color=RED,
        presses=["again", "delete"],
        fields={"Asked by": "<@7>"},
    )


def test_a_canceled_card() -> None:
    assert seen(running(fate=Fate.CANCELED, refunded=True)) == Seen(
        lines=["> a cat", "", "**Canceled**", "Scenario canceled the job. The cost of 4 CU was refunded."],
        color=GRAY,
        presses=["again", "delete"],
        fields={"Asked by": "<@7>"},
    )


def test_what_was_never_acknowledged_has_no_buttons() -> None:
    assert seen(a_generation(fate=Fate.CANCELED, card=CardState.UNACKNOWLEDGED)).presses == []


# -- done ---------------------------------------------------------------------------------------------

FACTS = {"Model": "Flux", "Seed": "`1001`", "Cost": "4 CU", "Asked by": "<@7>", "Took": "9 s"}


def test_a_card_of_two_pictures() -> None:
    trained_models = (
        TrainedModel(model_id="m", name="Ink*", scale=0.5),
        TrainedModel(model_id="n", name="Moss"),
    )
    ask = Ask(prompt="a cat", aspect_ratio="16:9", trained_models=trained_models)
    generation = done(2, ask=ask, finished_at=START + timedelta(seconds=125), cu=4.5)
    assert seen(generation, None, [picture(1), picture(2)]) == Seen(
        lines=["> a cat"],
        color=GREEN,
        presses=["again", "delete"],
        footer="/show 1001",
        fields={
            **FACTS,
            "Styles": r"Ink\* 0.5, Moss",
            "Size": "16:9 · 1344 × 768",
            "Cost": "4.5 CU",
            "Took": "2 min 5 s",
        },
        shown=["p1.png", "p2.png"],
    )


def test_a_card_of_a_picture_in_another_format() -> None:
    light = shown(Medium.IMAGE, "EXR", file("a.png", 10, 20), shape=Shape.CONVERTED, width=1000, height=700)
    assert seen(done(), None, [light]) == Seen(
        lines=[
            "> a cat",
            "",
            "Converted to a picture that Discord can show. Press Original for the EXR file.",
        ],
        color=GREEN,
        presses=["again", "delete", "original"],
        footer="/show 1001",
        fields={**FACTS, "Size": "10:7 · 1000 × 700", "Format": "EXR"},
        shown=["a.png"],
    )


def test_a_card_of_a_video() -> None:
    film = shown(Medium.VIDEO, "MP4", file("a.mp4"), width=1280, height=720, duration=61.4)
    assert seen(done(medium=Medium.VIDEO), None, [film]) == Seen(
        lines=["> a cat"],
        color=GREEN,
        presses=["again", "delete"],
        footer="/show 1001",
        fields={**FACTS, "Size": "16:9 · 1280 × 720", "Duration": "1 min 1 s", "Format": "MP4"},
    )


def test_a_card_of_sound_and_one_of_words_have_no_size() -> None:
    song = shown(Medium.AUDIO, "WAV", file("a.wav"), width=5, height=5, duration=0.4)
    heard = seen(done(medium=Medium.AUDIO, ask=Ask(prompt="a cat", aspect_ratio="1:1")), None, [song])
    assert heard.fields == {**FACTS, "Duration": "1 s", "Format": "WAV"}
    said = seen(done(medium=Medium.TEXT), None, [shown(Medium.TEXT, "TXT", text="hello")])
    assert said.fields == FACTS


def test_a_size_that_is_not_known_is_the_shape_that_was_asked_for() -> None:
    ask = Ask(prompt="a cat", aspect_ratio="*1:1*")
    bare = shown(Medium.IMAGE, "PNG", file("a.png", 5, 5))
    assert seen(done(ask=ask), None, [bare]).fields["Styles"] == r"\*1:1\*"
    assert "Size" not in seen(done(), None, [bare]).fields


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [(512, 512, "1:1"), (1600, 1600 // 32, "32:1"), (1000, 333, "3:1"), (1023, 1024, "1:1"), (33, 1, "33:1")],
)
def test_a_shape_is_told_in_small_numbers(width: int, height: int, told: str) -> None:
    one = shown(Medium.IMAGE, "PNG", file("a.png", width, height), width=width, height=height)
    assert seen(done(), None, [one]).fields["Size"] == f"{told} · {width} × {height}"


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s")]
)
def test_how_long_it_took_is_counted_from_the_purchase(seconds: float, told: str) -> None:
    generation = done(created_at=START - timedelta(hours=1), finished_at=START + timedelta(seconds=seconds))
    assert seen(generation, None, [picture(1)]).fields["Took"] == told
    unknown = done(submitted_at=None, finished_at=START + timedelta(seconds=seconds))
    assert seen(unknown, None, [picture(1)]).fields["Took"] == told
    assert "Took" not in seen(done(finished_at=None), None, [picture(1)]).fields


def test_a_seed_that_was_never_sent_is_the_one_that_was_asked_for() -> None:
    assert seen(done(inputs=None, ask=Ask(prompt="x", seed=0)), None, [picture(1)]).fields["Seed"] == "`0`"
    assert "Seed" not in seen(done(inputs={}), None, [picture(1)]).fields


# -- what is not as it should be ----------------------------------------------------------------------

LEFT_OUT = shown(Medium.IMAGE, "PNG", shape=Shape.LEFT_OUT)
REDUCED = shown(Medium.IMAGE, "PNG", file("a.jpg", 5, 5), shape=Shape.REDUCED)
OVER = replace(REDUCED, over_limit=True)


@pytest.mark.parametrize(
    ("made", "exhibits", "notes"),
    [
        (1, [picture(1)], []),
        (
            3,
            [picture(1), LEFT_OUT],
            [
                "Only 2 of 3 files could be fetched.",
                say("card.left_out", count=1, made=3),
            ],
        ),
        (
            1,
            [LEFT_OUT],
            ["The file is too large to attach here. Press Original for a private link to it."],
        ),
    ],
)
def test_what_is_missing_is_told_with_what_to_press(
    made: int, exhibits: list[Exhibit], notes: list[str]
) -> None:
    card = seen(done(made), None, exhibits)
    assert card.lines == (["> a cat", "", *notes] if notes else ["> a cat"])
    assert ("original" in card.presses) is bool(notes)


def test_what_cannot_be_fetched_at_all_and_a_smaller_copy_are_told() -> None:
    assert seen(done(2), None, []).lines[2:] == [say("card.unfetched")]
    assert seen(done(), None, [OVER]).lines[2:] == [say("card.preview_note")]


def test_a_limit_is_named_only_if_a_file_is_over_it() -> None:
    assert seen(done(), None, [REDUCED]).lines[2:] == [say("card.smaller_note")]
    assert seen(done(2), None, [OVER, OVER]).lines[2:] == [say("card.preview_note")]
    # one of them is made smaller for another reason, of which a limit would be no true word
    assert seen(done(2), None, [REDUCED, OVER]).lines[2:] == [say("card.smaller_note")]
    whole = replace(OVER, shape=Shape.CONVERTED)
    assert say("card.preview_note") not in seen(done(), None, [whole]).lines


def test_an_original_is_offered_only_where_scenario_holds_one() -> None:
    words = done(outputs=(Output(text="hello"),))
    assert "original" not in seen(words, None, [LEFT_OUT]).presses
    by_link = done(outputs=(Output(url="https://cdn.scenario.com/x"),))
    assert "original" in seen(by_link, None, [LEFT_OUT]).presses


# -- alt texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exhibits", "alts"),
    [
        ([picture(1)], ["a cat (picture made with Flux)"]),
        (
            [picture(1), picture(2)],
            ["a cat (picture 1 of 2, made with Flux)", "a cat (picture 2 of 2, made with Flux)"],
        ),
        (
            [
                shown(
                    Medium.THREE_D,
                    "GLB",
                    file("a.glb"),
                    file("b.png", 5, 5, part=Part.PREVIEW),
                )
            ],
            ["3D model: a cat (made with Flux)", "Preview picture: a cat (made with Flux)"],
        ),
        (
            [shown(Medium.IMAGE, "EXR", file("a.png", 5, 5), file("a.exr", part=Part.SOURCE))],
            ["a cat (picture made with Flux)", "EXR file: a cat (made with Flux)"],
        ),
        ([shown(None, "PDF", file("a.pdf"))], ["File: a cat (made with Flux)"]),
    ],
)
def test_every_file_has_an_alt_text_of_its_own(exhibits: list[Exhibit], alts: list[str]) -> None:
    assert list(alts_of(render(done(len(exhibits)), None, exhibits))) == alts
