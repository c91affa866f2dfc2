from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.search import Index, plain
from bot.scenario.api.records import Model

NAMES = [
    "FLUX.1 Kontext [max]",
    "FLUX.2 Dev",
    "Flow",
    "Seedream 5 Pro",
    "Imagen 4 Ultra",
    "Gemini 3.1 Flash (Nano Banana)",
    "GPT Image 2",
    "Ideogram v4",
    "Pixel Dungeon Tiles",
    "Ölgemälde",
]


def model(name: str, **changes: Any) -> Model:
    return replace(Model(id=f"model_{name}", name=name), **changes)


INDEX = Index(map(model, NAMES))


def found(text: str, limit: int = 25) -> list[str]:
    return [one.name for one in INDEX.search(text, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("flux", "FLUX.1 Kontext [max]"),
        ("flux2", "FLUX.2 Dev"),
        ("flux 2", "FLUX.2 Dev"),
        ("FLUX-2-DEV", "FLUX.2 Dev"),
        ("kontext", "FLUX.1 Kontext [max]"),
        ("nano", "Gemini 3.1 Flash (Nano Banana)"),
        ("pro seed", "Seedream 5 Pro"),
        ("dream", "Seedream 5 Pro"),
        ("sedream", "Seedream 5 Pro"),
        ("ideagram", "Ideogram v4"),
        ("dungon", "Pixel Dungeon Tiles"),
        ("ÖLGEM", "Ölgemälde"),
        ("model_GPT Image 2", "GPT Image 2"),
    ],
)
def test_the_best_match_comes_first(typed: str, first: str) -> None:
    assert found(typed)[0] == first


def test_a_misspelling_may_mean_more_than_one() -> None:
    assert set(found("imagne", 2)) == {"GPT Image 2", "Imagen 4 Ultra"}


@pytest.mark.parametrize(
    ("text", "read"),
    [("Flux.1_dev", "flux 1 dev"), (" a -- B ", "a b"), ("ＦＬＵＸ", "flux"), ("🦊", ""), ("", "")],
)
def test_only_letters_and_digits_count(text: str, read: str) -> None:
    assert plain(text) == read


def test_what_begins_with_the_letters_comes_before_what_contains_them() -> None:
    index = Index([model("Big Image"), model("Imagine"), model("Reimagine")])
    assert [one.name for one in index.search("imag", 9)] == ["Imagine", "Big Image", "Reimagine"]


def test_an_exact_name_beats_longer_ones() -> None:
    index = Index([model("Flux Pro", privacy="private"), model("Flux")])
    assert [one.name for one in index.search("flux", 9)] == ["Flux", "Flux Pro"]


def test_among_equals_own_models_come_first_then_featured_then_by_name() -> None:
    index = Index(
        [
            model("Fox c"),
            model("Fox b", tags=("sc:featured",)),
            model("Fox a"),
            model("Fox d", privacy="private"),
        ]
    )
    order = ["Fox d", "Fox b", "Fox a", "Fox c"]
    assert [one.name for one in index.search("", 9)] == order
    assert [one.name for one in index.search("fox", 9)] == order


def test_the_limit_holds() -> None:
    assert len(found("", 3)) == 3
    assert len(found("e", 2)) == 2
    assert found("flux", 0) == []


def test_what_resembles_nothing_finds_nothing() -> None:
    assert found("zzzzzz") == []


def test_models_of_one_name_are_all_found() -> None:
    index = Index([model("Twin", id="b"), model("Twin", id="a")])
    assert [one.id for one in index.search("twin", 9)] == ["a", "b"]


@given(st.text(max_size=4000), st.lists(st.text(max_size=40), max_size=6))
def test_no_text_breaks_it(typed: str, names: list[str]) -> None:
    index = Index(model(name, id=str(n)) for n, name in enumerate(names))
    assert len(index.search(typed, 25)) <= len(names)
