"""How much of everything. Ratios hardly depend on it; their steadiness does."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Jobs that are watched together."""

    count: int
    least: float
    """Seconds of the shortest one; they are spread evenly."""
    most: float
    rate: float
    """How many are asked for in a second."""

    @property
    def name(self) -> str:
        return f"{self.count} jobs of {self.least:g}–{self.most:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One run's amounts."""

    writes: int
    """Generations that are written, one transaction each."""
    models: int
    searches: int
    bursts: tuple[tuple[int, int], ...]
    """(commands at once, how often); the first is what the others are compared with."""
    flood: int
    """Commands at once, more than anybody expects."""
    crowd: int
    """Commands in two seconds, more than anybody can serve."""
    counted: int
    """Generations whose requests are counted."""
    held: int
    """Generations that wait for jobs that never end."""
    linger: float
    """Seconds for which memory is watched while they wait."""
    restarts: int
    running: int
    """Generations in the fate loop."""
    window: float
    """Seconds for which the fate loop is watched: whole rounds of reads, which come every 2 s."""
    crowds: tuple[Crowd, ...]
    """Jobs that we and others watch side by side."""
    stream: Crowd
    """Jobs of the whole bot, Discord included."""
    in_flight: int
    """Jobs that go on while members ask for more."""
    asking: int
    """Members who ask then, ten a second."""
    rounds: int = 1
    """How often the scenes with medians run."""
    files: tuple[str, ...] = ()
    """The files that are drawn, by their names; none: all of them."""
    against: Path | None = None
    """The folder of another build, measured beside this one where a scene can."""


USUAL = Size(
    writes=150,
    models=700,
    searches=40,
    bursts=((1, 16), (16, 4), (64, 3)),
    flood=256,
    crowd=2000,
    counted=16,
    held=500,
    linger=6.0,
    restarts=2,
    running=2000,
    window=6.0,
    crowds=(Crowd(count=200, least=2.0, most=5.0, rate=60.0),),
    stream=Crowd(count=100, least=3.0, most=6.0, rate=30.0),
    in_flight=200,
    asking=30,
    files=("a drawing of 100 shapes", "… of 5,000 shapes", "… of 16 megapixels", "a HEIC"),
)
FULL = replace(
    USUAL,
    crowds=(
        Crowd(count=1000, least=2.0, most=10.0, rate=100.0),
        Crowd(count=10_000, least=60.0, most=120.0, rate=200.0),
    ),
    stream=Crowd(count=2000, least=30.0, most=60.0, rate=60.0),
    in_flight=10_000,
    asking=200,
    rounds=3,
    files=(),
)
"""Long jobs and every file too, and medians."""
QUICK = Size(
    writes=80,
    models=700,
    searches=10,
    bursts=((1, 8), (16, 2), (64, 2)),
    flood=128,
    crowd=1000,
    counted=8,
    held=100,
    linger=3.0,
    restarts=1,
    running=500,
    window=4.0,
    crowds=(Crowd(count=100, least=2.0, most=4.0, rate=60.0),),
    stream=Crowd(count=60, least=2.0, most=4.0, rate=30.0),
    in_flight=60,
    asking=20,
    files=("… of 5,000 shapes", "… of 16 megapixels"),
)
TINY = Size(
    writes=3,
    models=20,
    searches=2,
    bursts=((1, 2), (2, 2)),
    flood=3,
    crowd=3,
    counted=2,
    held=4,
    linger=0.2,
    restarts=1,
    running=8,
    window=0.5,
    crowds=(Crowd(count=6, least=0.2, most=0.5, rate=100.0),),
    stream=Crowd(count=3, least=0.2, most=0.5, rate=20.0),
    in_flight=4,
    asking=2,
    files=("a drawing of 100 shapes",),
)
"""For the harness's own test."""
