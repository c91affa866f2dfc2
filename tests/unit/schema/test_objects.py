"""The objects of a list, as people write them."""

import pytest

from bot.scenario.api.records import Input, Json
from bot.schema.objects import objects

FIELDS = (Input(name="numSteps", type="number"), Input(name="prompt", type="string", label="Words"))
SHOTS = Input(name="shots", type="inputs_array", inputs=FIELDS)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('[{"numSteps": 3}, 4]', [{"numSteps": 3}, 4]),
        ('{"num_steps": 3}', [{"num_steps": 3}]),
        ("num_steps=3", [{"numSteps": "3"}]),
        (
            'num-steps=3 words="a fox; an owl"; prompt=b',
            [{"numSteps": "3", "prompt": "a fox; an owl"}, {"prompt": "b"}],
        ),
        ("prompt=a\n\nprompt=b\n", [{"prompt": "a"}, {"prompt": "b"}]),
        # what is none of its fields stays, for the check to name
        ("speed=3", [{"speed": "3"}]),
        ("no pairs", ["no pairs"]),
        ("", []),
    ],
)
def test_fields_go_by_the_models_own_names(text: str, meant: list[Json]) -> None:
    assert objects(SHOTS, text) == meant


def test_a_record_that_names_no_fields_keeps_the_names_as_they_are() -> None:
    assert objects(Input(name="shots", type="inputs_array"), "num_steps=3") == [{"num_steps": "3"}]
