"""The models a new stand-in offers, as data: public record, and under `sandbox` how they behave here.

`sandbox` keys: see `Behavior` in `sandbox/scenario/catalogue.py`.
Facts about real models are the shapes of their inputs; wording, prices and looks are our own.
"""

from __future__ import annotations

from sandbox.scenario.models import audio, images, others, solids, tools, trained, video
from sandbox.scenario.values import Json

START: tuple[Json, ...] = (
    *images.START,
    *trained.START,
    *video.START,
    *audio.START,
    *solids.START,
    *tools.START,
    *others.START,
)
"""Everything a new stand-in offers."""
