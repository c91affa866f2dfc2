"""What crosses comes out as it went in; anything else is refused, and nothing is run."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.renderer.wire import Malformed, pack, unpack
from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Attachment, Part, Remark, Shape
from bot.ui.exhibits.rendering import Fit, Fitted, Small

whole = st.integers(0, 2**40)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
paths = text.map(lambda name: Path("/tmp") / name.replace("\0", ""))  # noqa: S108 (no file is meant)
attachments = st.builds(
    Attachment,
    filename=text,
    size=whole,
    path=st.none() | paths,
    data=st.none() | st.binary(max_size=20),
    part=st.sampled_from(Part),
    width=st.none() | whole,
    height=st.none() | whole,
)
fitted = st.builds(
    Fitted,
    attachment=st.none() | attachments,
    shape=st.sampled_from(Shape),
    remarks=st.lists(st.sampled_from(Remark), max_size=3).map(tuple),
)
files = st.builds(File, path=paths, size=whole, mime_type=text)
values = (
    fitted | st.builds(Fit, file=files, stem=text, limit=whole) | st.builds(Small, path=paths, side=whole)
)


def crossed(value: object) -> Any:
    return json.loads(json.dumps(pack(value)))


@given(values)
def test_what_crosses_comes_out_as_it_went_in(value: Fitted | Fit | Small) -> None:
    assert unpack(type(value), crossed(value)) == value


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(fitted, st.sampled_from(["attachment", "shape", "remarks"]), anything)
def test_an_answer_that_is_none_is_refused(value: Fitted, name: str, odd: Any) -> None:
    told = {**crossed(value), name: odd}
    try:
        found = unpack(Fitted, told)
    except Malformed:
        return
    assert pack(found) == told


@pytest.mark.parametrize(
    "told", [None, [], "x", 1, {}, {"shape": "whole"}, {"attachment": None, "shape": "whole"}]
)
def test_less_or_more_than_was_to_come_is_refused(told: Any) -> None:
    with pytest.raises(Malformed):
        unpack(Fitted, told)
    with pytest.raises(Malformed):
        unpack(Fitted, {**crossed(Fitted()), "more": told})


def test_what_is_not_plain_does_not_cross() -> None:
    with pytest.raises(TypeError):
        pack(object())
