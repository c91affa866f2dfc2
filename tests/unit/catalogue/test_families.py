"""Which models are of one family, by names that Scenario's catalogue really has."""

import pytest

from bot.catalogue.families import Rank, cheaper, standing
from bot.scenario.api.records import Variant
from tests.support.builders import a_model


@pytest.mark.parametrize(
    ("name", "family", "rank"),
    [
        ("Veo 3.1", "veo 3 1", Rank.USUAL),
        ("Veo 3.1 Fast", "veo 3 1", Rank.QUICK),
        ("Veo 3.1 Lite", "veo 3 1", Rank.QUICK),
        ("Imagen 4 Ultra", "imagen 4", Rank.LARGE),
        ("Imagen 3 Fast", "imagen 3", Rank.QUICK),
        ("Z-Image Turbo", "z image", Rank.QUICK),
        ("Flux 1 Dev", "flux 1", Rank.USUAL),
        ("Flux 1 Schnell", "flux 1", Rank.QUICK),
        ("Kling 2.5 Turbo Pro", "kling 2 5", Rank.QUICK),
        ("Breakfast", "breakfast", Rank.USUAL),
    ],
)
def test_a_name_tells_the_family_and_the_place_in_it(name: str, family: str, rank: Rank) -> None:
    found = standing(a_model(name=name))
    assert (found.family, found.rank) == (family, rank)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((2.0,), (9.0,), True), ((9.0,), (9.0,), False), ((), (9.0,), True), ((9.0,), (), True)],
)
def test_prices_have_the_last_word(
    one: tuple[float, ...], other: tuple[float, ...], *, expected: bool
) -> None:
    first, second = (a_model(variants=tuple(Variant(cu=cu) for cu in costs)) for costs in (one, other))
    assert cheaper(first, second) is expected
