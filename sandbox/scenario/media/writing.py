"""Texts: an answer about the prompt, as long as asked for."""

from __future__ import annotations

import random

PREVIEW_BYTES = 1024
"""How much of a text an asset's record shows."""
_OPENINGS = (
    "Here is a first thought about “{what}”.",
    "You asked for “{what}”; this is what came to mind.",
    "“{what}” – a good place to begin.",
)
_SENTENCES = (
    "The light comes from low on the left and leaves long shadows on the floor.",
    "Nobody speaks, but everyone knows what will happen next.",
    "A single color holds it together: somewhere between copper and rust.",
    "In the distance a bell counts to eleven and then thinks better of it.",
    "Keep the background calm, so that the small things can be found.",
    "Give it a frame of leaves, and let one of them fall.",
    "The second look should reward more than the first.",
    "Éclairs, naïve façades, 夜の森 – a text is more than ASCII. 🦊",
    "If it rains, let it rain on one side only.",
    "What is left out matters as much as what is shown.",
)
CHARACTERS_PER_TOKEN = 4


def text(dice: random.Random, prompt: str, tokens: float) -> str:
    """Sentences about the prompt, about so many tokens of four characters."""
    what = " ".join(prompt.split())
    what = what if len(what) <= 80 else what[:79] + "…"
    said = [dice.choice(_OPENINGS).format(what=what)]
    while sum(map(len, said)) < tokens * CHARACTERS_PER_TOKEN:
        said += ["", " ".join(dice.sample(_SENTENCES, 4))]
    return "\n".join(said)


def preview(whole: str) -> tuple[str, bool]:
    """The beginning of a text, cut between characters, and whether that is all of it."""
    body = whole.encode()
    shown = body[:PREVIEW_BYTES].decode(errors="ignore")
    return shown, len(body) <= PREVIEW_BYTES
