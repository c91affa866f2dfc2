"""`{red, blue} fox`: which braces are a choice, what comes of them, and that no prompt explodes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.refusals import TooManyPermutations
from bot.request.permutations import count_of, literally, permutations


def words(prompt: str, most: int = 100) -> list[str]:
    return [one.words for one in permutations(prompt, most)]


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        ("{red, blue} fox", ["red fox", "blue fox"]),
        (
            "{red, blue} fox in {snow, rain}",
            ["red fox in snow", "red fox in rain", "blue fox in snow", "blue fox in rain"],
        ),
        ("{red,blue,  green  } fox", ["red fox", "blue fox", "green fox"]),
        ("a {{light, dark} red, blue} fox", ["a light red fox", "a dark red fox", "a blue fox"]),
        ("a {big ,} fox", ["a big fox", "a fox"]),
        ("a fox {, in snow}, at night", ["a fox, at night", "a fox in snow, at night"]),
        ("{, old} fox {in fog,}.", ["fox in fog.", "fox.", "old fox in fog.", "old fox."]),
        ("{a, a} fox", ["a fox"]),
        ("fire{fly, ball}s", ["fireflys", "fireballs"]),
        ("{one\ntwo, three}", ["one\ntwo", "three"]),
    ],
)
def test_a_choice_is_a_pair_of_braces_with_a_comma(prompt: str, meant: list[str]) -> None:
    assert words(prompt) == meant


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox, in snow",
        "a {red} fox",
        "{} and {red}",
        "a {red, blue fox",
        "a red, blue} fox",
        "}{, {",
        "{1..9} foxes",
        "${a} {b}",
        "a\\b \\alpha one\\, two",
        json.dumps({"subject": "a fox", "light": ["snow", "rain"]}),
        "[1, {}, {}]",
        '  {"a": 1, "b": 2}  ',
        "",
    ],
)
def test_anything_else_is_as_it_was_typed(prompt: str) -> None:
    assert words(prompt) == [prompt]
    assert count_of(prompt) == 1


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        (r"\{red, blue\} fox", ["{red, blue} fox"]),
        (r"{red\, blue, green} fox", ["red, blue fox", "green fox"]),
        (r"{\{a\}, b}", ["{a}", "b"]),
        (r"{x {a\, b}, y}", ["x {a, b}", "y"]),
        ("{ {a, b} {c}", ["{ a {c}", "{ b {c}"]),
        ("{a {x}, b}", ["a {x}", "b"]),
        ("{a, {b, c} d", ["{a, b d", "{a, c d"]),
        ("{a, b}}", ["a}", "b}"]),
    ],
)
def test_a_backslash_makes_a_plain_one(prompt: str, meant: list[str]) -> None:
    assert words(prompt) == meant


def test_what_was_chosen_is_told_apart_from_the_rest() -> None:
    chosen = [one.chosen for one in permutations("a {{light, dark} red, blue} fox{, in snow}", 6)]
    assert chosen[0] == ("light red", "light", "")
    assert chosen[3] == ("dark red", "dark", "in snow")
    assert chosen[5] == ("blue", "in snow")


def test_more_than_are_allowed_are_refused_with_their_number() -> None:
    with pytest.raises(TooManyPermutations) as refused:
        permutations("{a, b}{c, d}{e, f}{g, h}{i, j}", 16)
    assert (refused.value.count, refused.value.allowed) == (32, 16)
    assert len(words("{a, b}{c, d}{e, f}{g, h}", 16)) == 16


@pytest.mark.parametrize("prompt", ["{a,b}" * 800, "{," * 1300 + "}" * 1300, "{" * 4000, "{a," * 1300])
def test_no_prompt_takes_long_or_too_deep(prompt: str) -> None:
    count = count_of(prompt)
    if count > 16:
        with pytest.raises(TooManyPermutations):
            permutations(prompt, 16)
    else:
        assert words(prompt, 16) == [prompt]


@given(st.text(alphabet="ab ,{}\\", max_size=40))
def test_there_are_never_more_than_were_counted(prompt: str) -> None:
    count = count_of(prompt)
    if count > 500:
        return
    found = words(prompt, 500)
    assert 1 <= len(found) <= count
    assert len(set(found)) == len(found)


@given(st.text(alphabet='ab ,{}\\[]"', max_size=40))
def test_any_words_can_be_typed_so_that_they_stand_for_themselves(prompt: str) -> None:
    assert words(literally(prompt)) == [prompt]


def test_what_stands_for_itself_already_is_typed_as_it_is() -> None:
    assert literally("a {red} fox") == "a {red} fox"
    assert literally("a {red, blue} fox") == "a \\{red, blue\\} fox"
