"""The cards of `docs/commands.md`: one command each, in the order in which they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A command whose answer is to be seen in a picture.

    `name` is the picture's file without `.png`. `files` maps options to a file's name and bytes. `on` names
    an earlier card, on whose message a message command is used. `waits` is what the answer must contain
    before it is taken, for answers that are no generation and come in steps. `fills` is what is filled into
    the form that the command opens. `open` takes a card that still waits for somebody. `picks` goes on with
    the card of `on` instead of a command: the items that are chosen from its menu. `presses` goes on with it
    too: the label of the button. `asks` is the label of a button of it whose answer is the card, `chooses` an
    entry of its menu. `shows` names the card whose number the command takes. `menu` takes the card with its
    menu open, `flagged` the newest message with this flag instead of the answer.
    """

    name: str
    command: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    on: str | None = None
    waits: str = ""
    fills: Mapping[str, Any] = field(default_factory=dict[str, Any])
    open: bool = False
    picks: tuple[str, ...] = ()
    presses: str = ""
    asks: str = ""
    chooses: str = ""
    shows: str = ""
    flagged: int = 0
    menu: bool = False
    member: str = "alice"


def sketch(width: int = 512, height: int = 512) -> bytes:
    """A picture to begin with: a house on a hill."""
    out = BytesIO()
    image = Image.new("RGB", (width, height), "#cfe3ea")
    draw = ImageDraw.Draw(image)
    draw.ellipse((-width // 3, height * 3 // 5, width * 4 // 3, height * 2), fill="#6f8f5a")
    left, right, top, floor = width * 2 // 5, width * 3 // 5, height * 2 // 5, height * 16 // 25
    draw.rectangle((left, top, right, floor), fill="#f3e9d8")
    draw.polygon([(left - 24, top), (right + 24, top), (width // 2, height // 4)], fill="#a83f22")
    image.save(out, "PNG")
    return out.getvalue()


GEMINI = "model_google-gemini-3-1-flash"
ORNAMENT = "a turned wooden ornament"

CARDS: tuple[Card, ...] = (
    Card(
        name="imagine",
        command="imagine",
        options={
            "prompt": "the same house in a snowy night, in the colors of the second picture",
            "model": "model_google-gemini-3-1-flash",
            "seed": 4,
        },
        files={"reference": ("house.png", sketch()), "reference_2": ("colors.png", sketch(640, 360))},
    ),
    Card(
        name="imagine-models",
        command="imagine",
        options={
            "prompt": "an old forest in golden mist",
            "models": "Ink Lines:0.8, Clay World:0.4",
            "seed": 7,
        },
    ),
    Card(
        name="permutations",
        command="imagine",
        options={"prompt": "a {red, blue, gray} forest in {snow, rain, fog, sun}", "seed": 21},
        open=True,
        waits="Press Generate",
    ),
    Card(name="sheet", command="", on="permutations", presses="Generate", waits="12: gray, sun"),
    Card(
        name="edit",
        command="edit",
        options={"prompt": "put it among misty hills", "seed": 3},
        files={"image": ("house.png", sketch())},
    ),
    Card(
        name="video",
        command="video",
        options={"prompt": "the camera circles a lighthouse", "duration": 5},
    ),
    Card(name="music", command="music", options={"prompt": "a slow waltz for two cellos"}),
    Card(name="sound", command="sound", options={"prompt": "rain on a tin roof", "duration": 4}),
    Card(name="voice", command="", on="sound", chooses="voice", open=True, flagged=1 << 13),
    Card(name="speech", command="speech", options={"text": "Good morning, harbor. The fog lifts at nine."}),
    Card(name="3d", command="3d", options={"prompt": ORNAMENT, "model": "model_meshy-txt23d", "seed": 6}),
    Card(name="upscale", command="upscale", files={"image": ("house.png", sketch())}),
    Card(name="cutout", command="cutout", files={"image": ("house.png", sketch())}),
    Card(
        name="generate",
        command="generate",
        options={"model": "model_bfl-flux-2-dev"},
        fills={"prompt": "a market under paper lanterns"},
        waits="paper lanterns",
    ),
    Card(
        name="workflow-gate",
        command="workflow run",
        options={"workflow": "wflow_Figure7t1vXk9sRj5g"},
        fills={"text1": "a boat on the sea at night"},
        open=True,
        waits="Number 2",
    ),
    Card(name="workflow", command="", on="workflow-gate", picks=("2",)),
    Card(
        name="price",
        command="3d",
        options={"prompt": "a brass beetle", "model": "model_rodin-hyper3d-v2-5"},
        open=True,
        waits="Press Generate",
    ),
    Card(
        name="actions",
        command="imagine",
        options={"prompt": "four small boats on a green river", "count": 4, "model": GEMINI, "seed": 2},
        menu=True,
    ),
    Card(name="actions-which", command="", on="actions", asks="Upscale", open=True, waits="row by row"),
    Card(
        name="draft",
        command="imagine",
        options={"prompt": "a harbor at dusk", "model": "Imagen 4 Ultra", "draft": True, "seed": 9},
        menu=True,
    ),
    Card(name="full", command="", on="draft", chooses="full"),
    Card(name="chain", command="show", on="full", shows="draft", open=True, waits="](http"),
    Card(name="models", command="models", options={"medium": "video"}, waits="**"),
    Card(
        name="refusal",
        command="imagine",
        options={"prompt": "a boat", "model": "Imagen 4 Ultra", "aspect_ratio": "7:5"},
    ),
    Card(name="jobs", command="jobs"),
    Card(name="help", command="help"),
    Card(name="about", command="about"),
    Card(name="vectorize", command="vectorize", files={"image": ("house.png", sketch())}),
)
