"""What became of generations, and how long each part of that took."""

from datetime import datetime
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.clock import Clock
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import FINAL, Fate, Generation
from bot.vocabulary import Medium

LONG: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds, of what may take minutes."""
SHORT: Final = (0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)
_MEDIA: Final = [medium.value for medium in Medium]
_NONE: Final = ""


class Lives:
    """Hears of each change of fate, and of each card that is closed."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._over = Counter(
            "imagine_generations_over",
            "Generations that are over, and the failure of those that failed.",
            ["medium", "fate", "failure"],
            registry=registry,
        )
        self._bought = Counter(
            "imagine_generations_bought", "Jobs that Scenario accepted.", ["medium"], registry=registry
        )
        self._uncertain = Counter(
            "imagine_generations_uncertain", "Paid POSTs without a usable answer.", registry=registry
        )
        self._cu = Counter(
            "imagine_cu", "CU charged for generations that are over.", ["medium"], registry=registry
        )
        self._refunded = Counter(
            "imagine_cu_refunded", "CU of those that Scenario gave back.", ["medium"], registry=registry
        )
        self._wait = Histogram(
            "imagine_wait_seconds",
            "From the request to the purchase; asked: whether somebody had to say yes to its price.",
            ["medium", "asked"],
            buckets=LONG,
            registry=registry,
        )
        self._job = Histogram(
            "imagine_job_seconds",
            "From the purchase to its end, of what succeeded.",
            ["medium"],
            buckets=LONG,
            registry=registry,
        )
        self._whole = Histogram(
            "imagine_generation_seconds",
            "From the request to its end, of what was bought.",
            ["medium"],
            buckets=LONG,
            registry=registry,
        )
        self._cards = Counter(
            "imagine_cards_closed",
            "Cards that got their last word, or are kept.",
            ["state"],
            registry=registry,
        )
        self._last_word = Histogram(
            "imagine_last_word_seconds",
            "From a generation's end to its card saying so.",
            ["medium"],
            buckets=SHORT,
            registry=registry,
        )
        self._begin()

    def _begin(self) -> None:
        """What has not happened yet is 0 and not missing: a rate knows no first time otherwise."""
        reasons = [(Fate.FAILED.value, kind.value) for kind in FailureKind]
        reasons += [(fate.value, _NONE) for fate in FINAL - {Fate.FAILED}]
        for medium, (fate, reason) in product(_MEDIA, reasons):
            self._over.labels(medium, fate, reason)
        for medium in _MEDIA:
            for family in (self._bought, self._cu, self._refunded):
                family.labels(medium)
        for state in (CardState.SETTLED, CardState.KEPT):
            self._cards.labels(state.value)

    def moved(self, after: Generation) -> None:
        """A change of fate was written."""
        medium = after.medium.value
        match after.fate:
            case Fate.RUNNING:
                self._bought.labels(medium).inc()
                asked = "no" if after.asked_at is None else "yes"
                _observe(self._wait.labels(medium, asked), after.created_at, after.submitted_at)
            case Fate.UNCERTAIN:
                self._uncertain.inc()
            case fate if fate.final:
                self._is_over(after, medium)
            case _:
                pass

    def _is_over(self, after: Generation, medium: str) -> None:
        reason = _NONE if after.failure is None else after.failure.kind.value
        self._over.labels(medium, after.fate.value, reason).inc()
        if after.job_id is None:
            return
        (self._refunded if after.refunded else self._cu).labels(medium).inc(after.cu or 0.0)
        _observe(self._whole.labels(medium), after.created_at, after.finished_at)
        if after.fate is Fate.SUCCEEDED:
            _observe(self._job.labels(medium), after.submitted_at, after.finished_at)

    def closed(self, shown: Generation) -> None:
        """A card is settled or kept."""
        state = shown.card.state
        self._cards.labels(state.value).inc()
        if state is CardState.SETTLED:
            _observe(self._last_word.labels(shown.medium.value), shown.finished_at, self._clock.now())


def _observe(family: Histogram, begun: datetime | None, ended: datetime | None) -> None:
    if begun is not None and ended is not None:
        family.observe(max(0.0, (ended - begun).total_seconds()))
