"""Facts → sentences; hostile text → harmless text."""

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.scenario.api.records import Json
from bot.schema.inputs import Constraint, Problem
from bot.ui.speech import words
from bot.ui.speech.texts import speaking

ACTIVE = set("*_`~|[]<>@#\\")
"""What begins a format, a link, a mention, an emoji or a timestamp somewhere in a text."""
PIECES = [*"*_`~|[]()<>@#:\\-+.!1 \n\r\t", "@everyone", "<@7>", "a", "\u202e", "\u2066", "\u200b", "🦊", "א"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200)
TRAPS = (
    "\\@everyone",
    "\\<@123>",
    "[*a*](http://x)",
    "[a](http://x) **b** [c](y)",
    "[x\\](http://x)",
    "\\\\[a](b)",
    "https://evil.example/a_b_c",
    "<https://evil.example>",
    "> quote",
    "# head",
    "<t:0:R> <:a:1> </b:2> <id:guide>",
    "```\ncode\n```",
    "||spoiler||",
)


def loose(text: str) -> list[str]:
    """Active characters that no backslash makes harmless, read as Discord reads: from the left."""
    rest = re.sub(r"\\.", "", text, flags=re.DOTALL)
    return [char for char in rest if char in ACTIVE]


def traps(function: Callable[[str], None]) -> Callable[[str], None]:
    for trap in TRAPS:
        function = example(trap)(function)
    return function


@traps
@given(HOSTILE)
def test_in_quoted_text_nothing_pings_links_or_formats(text: str) -> None:
    quoted = words.quoted(text, 4000)
    assert loose(quoted) == []
    assert not re.search(r"(?<!\\)://", quoted)  # nor does an address become a link


@given(HOSTILE, st.integers(1, 100))
def test_quoted_text_is_one_line_of_at_most_twice_the_length(text: str, most: int) -> None:
    quoted = words.quoted(text, most)
    assert len(quoted) <= 2 * most
    assert len(quoted.splitlines()) <= 1
    assert not re.search("[‪-‮⁦-⁩]", quoted)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ((), ""),
        (("",), ""),
        (("Out of memory on node 7", "Try again"), "Out of memory on node 7. Try again"),
        (("Out of memory. ", "Try again."), "Out of memory. Try again."),
        (("Really?", "", "Yes"), "Really? Yes"),
        (("", "Try again"), "Try again"),
        (("(node 7)", "終わり。", "b"), "(node 7). 終わり。 b"),
        (("One per line: a=…", "Regions"), "One per line: a=… Regions"),
    ],
)
def test_no_sentence_runs_into_the_next(told: tuple[str, ...], line: str) -> None:
    assert words.joined(*told) == line


@given(st.text(st.characters(categories=["L", "N"]), max_size=50))
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert words.quoted(text, 4000) == text


@given(st.text(max_size=200), st.integers(1, 100))
def test_a_cut_is_never_longer_than_asked_and_shows_that_it_is_one(text: str, most: int) -> None:
    cut = words.cut(text, most)
    assert len(cut) <= most
    assert cut == text or cut.endswith("…")


@pytest.mark.parametrize(
    ("text", "most", "cut"), [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("a bcd", 3, "a…"), ("", 1, "")]
)
def test_a_cut_is_made_at_the_edge_and_not_before(text: str, most: int, cut: str) -> None:
    assert words.cut(text, most) == cut


@given(HOSTILE)
def test_plain_text_is_one_line_without_characters_that_turn_it_around(text: str) -> None:
    plain = words.plain(text)
    assert plain == " ".join(plain.split())
    assert len(plain.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f‪-‮⁦-⁩]", plain)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (2.0, "2"),
        (0.5, "0.5"),
        (6.25, "6.25"),
        (2147483647.0, "2147483647"),
        (4294967295.0, "4294967295"),
        (1234567.5, "1234567.5"),
        (-1.0, "-1"),
        (0.1 + 0.2, "0.3"),
        ("a", "a"),
    ],
)
def test_a_number_is_written_as_a_person_would(value: Json, text: str) -> None:
    # bounds of a seed are floats: 2.14748e+09 says nothing to whoever looks for the most
    assert words.number(value) == text


# -- problems -----------------------------------------------------------------------------------------


def problem(rule: Constraint, **changes: object) -> str:
    fields: dict[str, object] = {"input": "steps", "label": "Steps", "rule": rule, **changes}
    return words.problem(Problem(**fields), "Flux")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("rule", "facts", "told"),
    [
        (Constraint.UNKNOWN, {}, ["Steps", "Flux"]),
        (Constraint.UNKNOWN, {"allowed": ("prompt", "seed")}, ["Steps", "Flux", "prompt", "seed"]),
        (Constraint.REQUIRED, {}, ["Steps"]),
        (Constraint.TYPE, {"given": "many"}, ["Steps", "many"]),
        (Constraint.ALLOWED, {"given": "7:5", "allowed": ("1:1", "16:9"), "nearest": ("16:9",)}, ["7:5"]),
        (Constraint.MIN, {"given": 0, "minimum": 1.0, "nearest": (1,)}, ["0", "1"]),
        (Constraint.MAX, {"given": 3, "maximum": 1.0, "nearest": (1,)}, ["3", "1"]),
        (Constraint.STEP, {"given": 5, "step": 4.0, "nearest": (4, 8)}, ["5", "4 or 8"]),
        (Constraint.TOO_SHORT, {"given": "ab", "minimum": 3}, ["2", "3"]),
        (Constraint.TOO_LONG, {"given": "x" * 50, "maximum": 40}, ["50 characters; the maximum is 40"]),
        (Constraint.TOO_LONG, {"given": ["a", "b", "c"], "maximum": 2}, ["3 given; the maximum is 2"]),
        (Constraint.TOO_SHORT, {"given": ["a"], "minimum": 2}, ["1 given; the minimum is 2"]),
        (
            Constraint.KIND,
            {"given": "video/mp4", "allowed": ("image", "3d")},
            ["video/mp4", "an image or a 3D file"],
        ),
        (
            Constraint.TOO_BIG,
            {"given": 300_000_000, "maximum": 20_500_000.0},
            ["300 MB; the maximum is 20.5 MB"],
        ),
        (Constraint.TOO_BRIEF, {"given": 1.5, "minimum": 3.0}, ["1.5 s; the minimum is 3 s"]),
        (Constraint.TOO_LASTING, {"given": 61.0, "maximum": 60.0}, ["61 s; the maximum is 60 s"]),
        (Constraint.NO_PLACE, {"given": "a.png", "allowed": ("First frame",)}, ["Flux", "First frame"]),
        (Constraint.NO_PLACE, {"given": "a.png"}, ["Flux takes no files"]),
        (Constraint.NEEDS, {"allowed": ("Picture",)}, ["together with Picture"]),
        (Constraint.TWICE, {}, ["given twice"]),
        (Constraint.TWICE, {"allowed": ("aspect_ratio",)}, ["aspect_ratio"]),
        (Constraint.SYNTAX, {"given": "oil paint"}, ["oil paint", "name=value"]),
        (Constraint.SYNTAX, {"input": "styles", "given": "Moss:"}, ["Moss:", "Moss:0.8, Ink:0.4"]),
        (Constraint.MODEL_TYPE, {"given": "model_z", "allowed": ("flux.1-lora",)}, ["flux.1-lora"]),
        (Constraint.MIXED, {"allowed": ("flux.1-lora", "zimage-lora")}, ["one family"]),
        (Constraint.COMPOSITION, {}, ["Steps", "composition"]),
    ],
)
def test_a_problem_names_the_input_what_it_accepts_and_the_nearest(
    rule: Constraint, facts: dict[str, object], told: list[str]
) -> None:
    text = problem(rule, **facts)
    assert all(word in text for word in told)
    assert "None" not in text
    assert text.endswith(".")


@pytest.mark.parametrize("rule", list(Constraint))
def test_a_problem_with_hardly_any_facts_still_reads(rule: Constraint) -> None:
    assert problem(rule)


def test_what_was_too_long_is_counted_and_not_repeated() -> None:
    # `given` is the text itself; the sentence has a place for its length
    text = problem(Constraint.TOO_LONG, given="secret plan " * 400, maximum=4000)
    assert "4800" in text
    assert "secret" not in text


def test_our_own_options_are_named_as_the_member_knows_them() -> None:
    one = Problem(input="numOutputs", label="count", rule=Constraint.MAX, given=9, maximum=4.0)
    assert words.problem(one, "Flux").startswith("**count**")


def test_a_trained_model_is_named_by_its_name_and_a_nested_field_by_its_place() -> None:
    worn = Problem(input="styles", label="Moss", rule=Constraint.TWICE)
    assert words.problem(worn, "Flux").startswith("**Moss**")
    own = Problem(input="image", label="Picture", rule=Constraint.REQUIRED)
    assert words.problem(own, "Flux").startswith("**Picture**")
    nested = Problem(input="image", label="image 2 · Prompt", rule=Constraint.REQUIRED)
    assert words.problem(nested, "Flux").startswith("**image 2 · Prompt**")


def test_our_options_are_named_in_the_language_that_is_spoken() -> None:
    with speaking("fr"):
        one = Problem(
            input="startImage", label="first_frame", rule=Constraint.KIND, given="a.mp4", allowed=("image",)
        )
        told = words.problem(one, "Flux")
    assert told.startswith("**première_image**")
    assert "une image" in told


def test_many_problems_stay_within_what_a_card_holds() -> None:
    rows = [
        Problem(input=f"i{n}", label="x" * 60, rule=Constraint.UNKNOWN, allowed=tuple("abcdefghijklmnop"))
        for n in range(100)
    ]
    assert len(words.problems(rows, "Flux" * 100)) <= 1500
