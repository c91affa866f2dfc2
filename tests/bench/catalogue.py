"""The model picker against the least that one could write: a scan for the typed letters."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from statistics import fmean

from bot.catalogue import Catalogue
from bot.clock import SystemClock
from bot.scenario.api.records import Model
from tests.bench.measure import alternate_calls
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.support.builders import a_model

SCENE = "catalogue"
LIMIT = 25
TYPED = ("", "f", "fl", "flux", "flux dev", "kontext pro", "storybook")
MISSPELT = ("sedream", "stroybok", "xyzzy")
"""Nothing begins with these or holds them, so that every name is compared by its letters."""

_MAKERS = ("FLUX.1", "Seedream", "Imagen", "Storybook", "Recraft", "Ideogram", "Pixel Art", "Qwen", "Kling")
_KINDS = ("dev", "Pro", "Kontext [max]", "Ultra", "schnell", "Turbo", "Edit", "v2")
_TAILS = ("", "Characters", "Icons", "Landscapes", "Props", "Portraits", "Tiles", "Logos", "Comics", "Maps")


class Listing:
    """Models, as Scenario would list them."""

    def __init__(self, count: int) -> None:
        words = itertools.islice(itertools.product(_TAILS, _MAKERS, _KINDS), count)
        self.rows = [a_model(f"model_{number}", name=_name(*each)) for number, each in enumerate(words)]

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        for model in self.rows if privacy == "public" else ():
            yield replace(model, inputs=None)

    async def model(self, model_id: str) -> Model:
        return next(model for model in self.rows if model.id == model_id)


def _name(tail: str, maker: str, kind: str) -> str:
    return f"{maker} {kind} {tail}".strip()


async def catalogue(size: Size) -> list[Row]:
    """`suggest_models`, which answers at every typed letter."""
    listing = Listing(size.models)
    known = Catalogue(listing, SystemClock())
    await known.refresh()
    known.suggest_models("", medium="image")  # the index is built at the first question
    return [
        _row("suggest_models, as people type", *_compare(known, listing, TYPED, size.searches)),
        _row("suggest_models, misspelled", *_compare(known, listing, MISSPELT, size.searches)),
        _row("the first one after a refresh", *_first(known, listing, size.searches)),
    ]


def _compare(known: Catalogue, listing: Listing, texts: tuple[str, ...], count: int) -> tuple[float, float]:
    """µs for one question, by the catalogue and by the scan; the mean over the texts."""
    taken = [
        alternate_calls(
            count,
            lambda text=text: known.suggest_models(text, medium="image"),
            lambda text=text: scan(listing.rows, text),
        )
        for text in texts
    ]
    return fmean(ours for ours, _ in taken), fmean(plain for _, plain in taken)


def _first(known: Catalogue, listing: Listing, count: int) -> tuple[float, float]:
    def first() -> None:
        known.plan_level = (known.plan_level or 0) + 1  # another plan is another index
        known.suggest_models("flux", medium="image")

    ours, plain = alternate_calls(count, first, lambda: scan(listing.rows, "flux"))
    return ours, plain


def scan(models: list[Model], text: str) -> list[Model]:
    """Models with these letters in their names, as they come."""
    wanted = text.casefold()
    return [model for model in models if wanted in model.name.casefold()][:LIMIT]


def _row(what: str, value: float, base: float) -> Row:
    return Row(scene=SCENE, what=what, to="a plain scan of the names", value=value, base=base, unit="µs")
