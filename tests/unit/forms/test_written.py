"""How a form shows a value that is there already, to the letter."""

from datetime import timedelta
from typing import Any

import pytest

from bot import discord_limits
from bot.forms.controls import LONG_TEXT, Control, control_of, field_id, most_files
from bot.forms.draft import LIFE
from bot.forms.values import raw_of, value_of
from bot.scenario.api.records import Input, Json

BOXES = Input(name="boxes", type="inputs_array")
WORDS = Input(name="words", type="string_array")


@pytest.mark.parametrize(
    ("spec", "value", "shown"),
    [
        (Input(name="x", type="string"), "é", "é"),
        (Input(name="x", type="number"), 2.0, "2"),
        (Input(name="x", type="number"), 2.5, "2.5"),
        (Input(name="x", type="number"), 3, "3"),
        (Input(name="x", type="string"), None, None),
        (Input(name="x", type="string"), "", None),
        (WORDS, [], None),
        (WORDS, ["a", "é"], "a, é"),
        (WORDS, ["a, b", "é"], '["a, b", "é"]'),
        (Input(name="x", type="number_array"), [1, 2.5], "1, 2.5"),
        (BOXES, [{"x": "é"}, {"y": 2}], '{"x": "é"}\n{"y": 2}'),
        (Input(name="x", type="hologram"), {"é": 1}, '{"é": 1}'),
        (Input(name="x", type="boolean"), True, ["true"]),
        (Input(name="x", type="boolean"), False, ["false"]),
        (Input(name="x", type="boolean"), "odd", ["odd"]),
        (Input(name="x", type="number", allowed_values=(1, 2)), 2, ["2"]),
        (Input(name="x", type="string", allowed_values=("a", "b")), ["b"], ["b"]),
        (Input(name="x", type="string_array", allowed_values=("a", "b")), "b", ["b"]),
        (Input(name="x", type="string_array", allowed_values=("a", "b")), ["b", "c"], ["b", "c"]),
    ],
)
def test_a_value_is_shown_as_it_would_be_typed(spec: Input, value: Json, shown: Any) -> None:
    assert raw_of(spec, value) == shown


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('x=é y="two words"', [{"x": "é", "y": "two words"}]),
        ("x=1\ny=2", [{"x": "1"}, {"y": "2"}]),
        ('{"x": 1}', [{"x": 1}]),
        ("no pairs", ["no pairs"]),
    ],
)
def test_objects_are_written_one_a_line(line: str, meant: list[Json]) -> None:
    assert value_of(BOXES, line) == meant


@pytest.mark.parametrize(
    ("spec", "control"),
    [
        (Input(name="x", type="string", max_length=LONG_TEXT), Control.LINE),
        (Input(name="x", type="string", max_length=LONG_TEXT + 1), Control.LINES),
        (Input(name="x", type="string"), Control.LINES),
        (Input(name="x", type="string", prompt=True, max_length=5), Control.LINES),
        (Input(name="x", type="string", allowed_values=tuple(range(discord_limits.CHOICES))), Control.CHOICE),
        (
            Input(name="x", type="string", allowed_values=tuple(range(discord_limits.CHOICES + 1))),
            Control.CHOICE,
        ),
        (Input(name="x", type="number_array", allowed_values=(1,)), Control.CHOICES),
        (Input(name="x", type="number_array"), Control.LINE),
        (Input(name="x", type="inputs_array"), Control.LINES),
        (Input(name="x", type="file_array"), Control.FILES),
        (Input(name="x", type="boolean"), Control.YES_NO),
        (Input(name="x", type="hologram"), Control.LINE),
    ],
)
def test_a_control_follows_from_the_schema(spec: Input, control: Control) -> None:
    assert control_of(spec) is control


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        (Input(name="x", type="file", max_length=5), 1),
        (Input(name="x", type="file_array"), discord_limits.FIELD_FILES),
        (Input(name="x", type="file_array", max_length=3), 3),
        (Input(name="x", type="file_array", max_length=30), discord_limits.FIELD_FILES),
        (Input(name="x", type="file_array", max_length=0), discord_limits.FIELD_FILES),
        (Input(name="x", type="file_array", max_length=-1), 1),  # Discord takes no field for none
    ],
)
def test_a_field_takes_as_many_files_as_model_and_discord_do(spec: Input, count: int) -> None:
    assert most_files(spec) == count


def test_names_and_a_drafts_life_are_within_their_limits() -> None:
    assert field_id("n" * 100) == "n" * 100
    assert len(field_id("n" * 101)) == 32
    assert field_id("n" * 101) != field_id("m" * 101)
    assert LIFE.total_seconds() == timedelta(days=1).total_seconds() == 86_400
    assert (discord_limits.CHOICES, discord_limits.FIELD_FILES, LONG_TEXT) == (25, 10, 200)
