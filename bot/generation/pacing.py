"""How long to wait, and for what. Pure: seconds in, seconds out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.vocabulary import Medium

# (younger than, seconds between two reads): Scenario's documents ask for 2 to 3 s; a job that has
# already taken long is not finished sooner by asking often.
_READS: dict[Medium, tuple[tuple[float, float], ...]] = {
    Medium.IMAGE: ((60, 2.0), (300, 4.0), (1800, 10.0)),
    Medium.AUDIO: ((60, 2.5), (600, 5.0), (1800, 10.0)),
    Medium.VIDEO: ((60, 3.0), (600, 5.0), (1800, 10.0)),
    Medium.THREE_D: ((60, 3.0), (1800, 8.0)),
    Medium.TEXT: ((60, 2.0), (300, 4.0)),
}
_SLOWEST_READ = 20.0

EDITS: Final = 25.0
"""Progress edits a second, of all cards together: half of what Discord takes of anything. The other half is
for what cannot wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the fate loop goes on trying before it says that it cannot know or cannot do."""

    reconcile: timedelta = timedelta(seconds=20)
    """How long after a silent POST its job may turn up in the listing."""
    passes: int = 3
    """Listings that must agree on an absence, whatever the clock says has passed."""
    outage: timedelta = timedelta(minutes=10)
    """How long Scenario may be out of reach before what is not bought is given up."""
    listing: timedelta = timedelta(minutes=10)
    """How long the listing may be down before an uncertain purchase is called so."""
    missing: timedelta = timedelta(minutes=5)
    """How long an accepted job may be unknown to Scenario before we believe that."""
    results: timedelta = timedelta(seconds=15)
    """How long a finished job may name no results before we believe that."""


def next_read(medium: Medium, age: float) -> float:
    """Seconds until a job that is `age` seconds old is read again."""
    for younger_than, seconds in _READS[medium]:
        if age < younger_than:
            return seconds
    return _SLOWEST_READ


def backoff(failures: int, *, first: float = 1.0, cap: float = 60.0) -> float:
    """Seconds to wait after the nth failure in a row (1, 2, 4, … up to `cap`). The caller adds jitter."""
    return min(cap, first * 2.0 ** max(0, failures - 1)) if failures < 32 else cap


def edit_spacing(live_cards: int) -> float:
    """Seconds between two progress edits of one card, so that all cards together stay under EDITS, and one
    card under its own bucket."""
    return max(3.0, live_cards / EDITS)


def reconcile_pass(elapsed: float, window: float) -> float:
    """Seconds until the next look for a job that may exist, `elapsed` seconds into a `window`: early looks
    find the usual case, and the last one falls on the window's end."""
    step = max(1.0, elapsed)
    return max(0.5, min(step, window - elapsed))
