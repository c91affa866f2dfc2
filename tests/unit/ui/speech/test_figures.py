"""Numbers and lists as a locale writes them."""

import discord
import pytest
from babel import Locale

from bot.ui.speech import figures
from bot.ui.speech.texts import amount, listing, percent, say, speaking
from bot.ui.speech.words import number, size

NBSP, THIN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "locale", "told"),
    [
        (4.5, "en-US", "4.5"),
        (4.5, "fr", "4,5"),
        (4.0, "fr", "4"),
        (0.1 + 0.2, "fr", "0,3"),
        (0.0625, "en-US", "0.0625"),
        (1234, "en-US", "1234"),
        (9999.5, "fr", "9999,5"),
        (1234, "es-ES", "1234"),
        (1234, "pl", "1234"),
        (10_000, "en-US", "10,000"),
        (12345.5, "fr", f"12{THIN}345,5"),
        (-12345, "en-US", "-12,345"),
        (12345.5, "de", "12.345,5"),
        (12345.5, "es-ES", "12.345,5"),
        (12345.5, "es-419", "12,345.5"),
        (1e15, "en-US", "1000000000000000.0"),
        (-(10**28), "fr", "-10000000000000000000000000000"),
        (float("inf"), "fr", "inf"),
        (float("nan"), "fr", "nan"),
    ],
)
def test_a_number_is_written_as_its_readers_write_it(value: float, locale: str, told: str) -> None:
    assert figures.decimal(value, Locale.parse(locale, sep="-")) == told


@pytest.mark.parametrize(
    ("words", "kind", "locale", "told"),
    [
        ([], "or", "en-US", ""),
        (["a"], "and", "fr", "a"),
        (["a", "b"], "or", "en-US", "a or b"),
        (["a", "b", "c"], "or", "en-US", "a, b, or c"),
        (["a", "b", "c"], "and", "en-GB", "a, b and c"),
        (["a", "b", "c"], "or", "fr", "a, b ou c"),
        (["a", "b", "c"], "and", "de", "a, b und c"),
        (["a", "b"], "and", "ja", "a、b"),
        (["{a}", "{}"], "or", "fr", "{a} ou {}"),
        # what Babel does not know of Spanish
        (["siete", "ocho"], "or", "es-ES", "siete u ocho"),
        (["uno", "Hotel"], "or", "es-419", "uno u Hotel"),
        (["6", "7", "8"], "or", "es-ES", "6, 7 u 8"),
        (["10", "11"], "or", "es-ES", "10 u 11"),
        (["10", "110"], "or", "es-ES", "10 o 110"),
        (["ocho", "siete"], "or", "es-ES", "ocho o siete"),
        (["vídeo", "imagen"], "and", "es-ES", "vídeo e imagen"),
        (["padre", "Hijo"], "and", "es-ES", "padre e Hijo"),
        (["agua", "hielo"], "and", "es-ES", "agua y hielo"),
        (["a", "ocho"], "and", "es-ES", "a y ocho"),
        (["imagen"], "and", "es-ES", "imagen"),
        (["a", "ocho"], "or", "it", "a o ocho"),
    ],
)
def test_a_list_is_written_as_its_readers_write_it(
    words: list[str], kind: figures.Kind, locale: str, told: str
) -> None:
    assert figures.enumeration(words, kind, Locale.parse(locale, sep="-")) == told


@pytest.mark.parametrize("locale", list(discord.Locale))
def test_every_locale_of_discords_has_figures_and_lists(locale: discord.Locale) -> None:
    here = Locale.parse(locale.value, sep="-")
    assert "1" in figures.decimal(1.5, here)
    assert figures.percent(0.45, here).strip(f"%{NBSP}{THIN}") == "45"
    told = figures.enumeration(["red", "green", "blue"], "and", here)
    assert [told.index(one) for one in ("red", "green", "blue")] == sorted(
        told.index(one) for one in ("red", "green", "blue")
    )


def test_what_is_read_speaks_the_members_language_and_what_is_typed_back_does_not() -> None:
    with speaking("fr"):
        assert amount(3.5) == "3,5"
        assert number(3.5) == "3.5"
        assert size(3 * 1024 * 1024 + 512 * 1024) == "3,5 Mo"
        assert percent(0.5) == f"50{NBSP}%"
        assert listing(["a", "b"]) == "a ou b"
        assert listing(["a", "b"], "and") == "a et b"
    assert amount(3.5) == number(3.5) == "3.5"
    assert [amount(one) for one in (None, True, "3.5", 0)] == ["None", "True", "3.5", "0"]


def test_a_region_has_its_figures_and_its_languages_sentences() -> None:
    """A locale without a file speaks English, with English figures."""
    with speaking("fr-CA"):
        assert (say("button.cancel"), amount(0.5)) == ("Annuler", "0,5")
    with speaking("fr-XX"):
        assert (say("button.cancel"), amount(0.5)) == ("Annuler", "0,5")
    for unspoken in ("xx", "no", None, ""):
        with speaking(unspoken):
            assert (say("button.cancel"), amount(0.5)) == ("Cancel", "0.5")
    with speaking("en-GB"):
        assert listing(["a", "b", "c"]) == "a, b or c"


@pytest.mark.parametrize(
    ("locale", "count", "told"),
    [
        ("en-US", 0, "0 requests at a time"),
        ("en-US", 1, "1 request at a time"),
        ("en-US", 2, "2 requests at a time"),
        ("en-US", 12345, "12,345 requests at a time"),
        ("fr", 0, "0 demande à la fois"),
        ("fr", 1, "1 demande à la fois"),
        ("fr", 2, "2 demandes à la fois"),
        ("fr", 12345, f"12{THIN}345 demandes à la fois"),
    ],
)
def test_a_number_bends_its_sentence_and_is_written_as_the_language_has_it(
    locale: str, count: int, told: str
) -> None:
    with speaking(locale):
        assert say("help.in_flight", count=count) == told


def test_a_count_is_a_whole_number_and_is_given() -> None:
    with pytest.raises(KeyError):
        say("help.in_flight")
    with pytest.raises(AssertionError):
        say("help.in_flight", count="3")
