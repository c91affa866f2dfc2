"""Colors by mood, and which words call for which mood."""

from __future__ import annotations

import colorsys
import random
from dataclasses import dataclass

from sandbox.scenario.art.canvas import Color


@dataclass(frozen=True)
class Palette:
    """A mood: three heights of sky, the far and the near ground, the light, and an accent."""

    top: Color
    middle: Color
    horizon: Color
    far: Color
    near: Color
    light: Color
    accent: Color
    dark: bool

    @property
    def sky(self) -> list[Color]:
        return [self.top, self.middle, self.horizon]


MOODS = {
    "dawn": "#3b4a7a #b98aa8 #ffd9b0 #8f8fb3 #2a2f4f #fff1d0 #f2866f",
    "day": "#2f7fc4 #7fbfe8 #e6f4f5 #86b0b8 #1f5b52 #fffbe2 #f2b233",
    "sunset": "#2b2150 #b0416b #ff9b54 #8c4a6b #22163a #ffe39a #ff5e5b",
    "dusk": "#141b3d #4a3f7f #d98fa3 #5c4f86 #10122b #ffd9c2 #8fd3ff",
    "night": "#050a1f #10254f #2f5a86 #24466b #040714 #f5f1d6 #ffc857",
    "neon": "#0b0420 #3a0f63 #e0218a #4a1a7a #0a0418 #ffd1f3 #19e3ff",
    "aurora": "#041625 #0b3b4a #2fae8f #17596a #03101a #d6fff0 #b388ff",
    "desert": "#4f8fb0 #e9c9a0 #ffe8c2 #d99a5b #8a3f2a #fff6d8 #c8553d",
    "ember": "#1f0d12 #5e1b22 #f2662d #6b2a2a #12070a #ffd68a #ffb627",
    "mint": "#1c5d6b #6fc2b0 #f0f5dc #7db8a4 #17403f #fffbe6 #ef8354",
    "rose": "#5d4a8a #e69ab8 #ffe7df #c08fb0 #4a2f5c #fff6ea #ff6f91",
    "storm": "#1b2430 #465767 #a9b8bd #5a6c78 #141b23 #f1f4e8 #e0c341",
    "autumn": "#54707f #d9b382 #fbe7bd #c07c46 #3f2318 #fff4cf #c8432b",
    "frost": "#3f6c9e #a8cbe3 #f5fafc #a9c1d8 #2c4766 #ffffff #f28ca0",
}
DARK = frozenset({"dusk", "night", "neon", "aurora", "ember", "storm", "sunset"})

WORDS = {
    "dawn": "dawn morning sunrise",
    "day": "day sunny summer bright blue",
    "sunset": "sunset evening cinematic",
    "dusk": "dusk twilight purple",
    "night": "night midnight moon dark star",
    "neon": "neon cyber futuristic synthwave robot",
    "aurora": "aurora northern magic green",
    "desert": "desert sand dune camel pyramid",
    "ember": "fire dragon lava volcano ember red",
    "mint": "spring garden tea mint frog",
    "rose": "rose flower pink blossom cherry",
    "storm": "storm rain cloud thunder gray grey",
    "autumn": "autumn fall leaf fox warrior",
    "frost": "winter snow ice frost penguin",
}


def named(words: dict[str, str], prompt: str) -> str | None:
    """The first entry one of whose words begins a word of the prompt."""
    said = prompt.casefold().split()
    for name, text in words.items():
        if any(each.strip(".,;:!?\"'()").startswith(word) for each in said for word in text.split()):
            return name
    return None


def choose(prompt: str, taste: random.Random) -> Palette:
    """The mood the prompt names, else one by chance; hues turn a little, so that no two prompts agree."""
    chance = taste.choice(sorted(MOODS))
    mood = named(WORDS, prompt) or chance
    turn = taste.uniform(-0.045, 0.045)
    colors = [_turned(text, turn) for text in MOODS[mood].split()]
    return Palette(*colors, dark=mood in DARK)


def _turned(text: str, turn: float) -> Color:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
    red, green, blue = colorsys.hls_to_rgb((hue + turn) % 1, light, strength)
    return round(red * 255), round(green * 255), round(blue * 255)
