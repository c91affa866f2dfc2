"""The odd shapes among the models of video and sound, for `shapes.py`."""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    NEEDED,
    choice,
    file,
    files,
    number,
    prompt,
    ratio,
    shape,
    words,
)
from sandbox.scenario.values import Json

_LANGUAGES: list[object] = [
    *("", "ar", "as", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et"),
    *("fa", "fi", "fil", "fr", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka"),
    *("kk", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ms", "nl", "no", "pl"),
]
_VOICES: list[object] = [
    f"{first}{second}"
    for first in ("Ach", "Bel", "Cor", "Dio", "Eri", "Fen")
    for second in ("a", "ion", "nar", "ux", "is")
]
_MULTI = {
    "name": "multiPrompt",
    "type": "inputs_array",
    "label": "Shots",
    "maxLength": 6,
    "inputs": [words("prompt", 500, required=NEEDED), choice("duration", ["3", "5", "10"], "5")],
}

TIMED: tuple[Json, ...] = (
    shape(
        "shape-kling-t2v",
        "Kling Shape V3",
        ["txt2video"],
        [
            words(
                "prompt",
                2500,
                prompt=True,
                required={"ifNotDefined": {"multiPrompt": {"message": "Either."}}},
            ),
            _MULTI,
            choice("duration", [str(n) for n in range(3, 16)], "5", label="Seconds"),
            ratio(["16:9", "9:16", "1:1"], "16:9"),
        ],
    ),
    shape(
        "shape-kling-omni",
        "Kling Shape Omni",
        ["txt2video", "img2video"],
        [
            prompt(2500),
            words("multiPrompt", 5000, label="Shots as JSON"),
            file("image"),
            choice("duration", ["3", "5", "10"], "5"),
        ],
    ),
    shape(
        "shape-sora",
        "Sora Shape 2",
        ["txt2video", "img2video"],
        [
            prompt(2000),
            choice("duration", [4, 8, 12, 16, 20], 4),
            file("inputImage", parent=True),
            choice("size", ["1280x720", "720x1280"], "1280x720"),
        ],
    ),
    shape(
        "shape-hailuo",
        "Hailuo Shape",
        ["img2video"],
        [
            words("prompt", 2000, prompt=True),
            file("firstFrameImage", required=NEEDED, parent=True),
            file("lastFrameImage"),
            choice("duration", [6, 10], 6),
            choice("resolution", ["768p", "1080p"], "768p"),
        ],
    ),
    shape(
        "shape-r2v",
        "Reference Shape Video",
        ["img2video"],
        [prompt(2000), files("referenceImages", 4, minLength=1, required=NEEDED)],
    ),
    shape(
        "shape-lipsync",
        "Lipsync Shape",
        ["img2video", "audio2video"],
        [file("image", required=NEEDED, parent=True), file("audio", "audio", label="Audio", required=NEEDED)],
    ),
    shape(
        "shape-video-to-audio",
        "Dubbing Shape",
        ["video2audio", "video2video"],
        [file("video", "video", label="Video", required=NEEDED), words("prompt", 500, prompt=True)],
        sandbox={"price": 2, "medium": "audio", "makes": "effect", "seconds": 1},
    ),
    shape(
        "shape-tts-gemini",
        "Gemini Shape Speech",
        ["txt2audio"],
        [prompt(4000), choice("voice", _VOICES, "Acha", label="Voice")],
        tags=["speech"],
        sandbox={"price": 1, "makes": "speech"},
    ),
    shape(
        "shape-tts-eleven",
        "Eleven Shape Speech",
        ["txt2audio"],
        [
            words("text", 4000, prompt=True, required=NEEDED),
            choice("languageCode", _LANGUAGES, "", label="Language"),
            choice("outputFormat", ["", "mp3", "wav"], ""),
        ],
        tags=["speech"],
        sandbox={"price": 1, "makes": "speech"},
    ),
    shape(
        "shape-music-sections",
        "Music Shape Advanced",
        ["txt2audio"],
        [
            {
                "name": "sections",
                "type": "inputs_array",
                "label": "Sections",
                "maxLength": 30,
                "minLength": 1,
                "required": NEEDED,
                "inputs": [
                    words("text", 300, required=NEEDED),
                    number("durationSeconds", 3, 120, 1, 10),
                    {"name": "positiveStyles", "type": "string_array"},
                ],
            }
        ],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1},
    ),
    shape(
        "shape-lyria-3",
        "Lyria Shape 3",
        ["txt2audio", "img2audio"],
        [words("prompt", 2000, prompt=True), files("images", 10)],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1},
    ),
    shape(
        "shape-opus",
        "Opus Shape Music",
        ["txt2audio"],
        [prompt(2000), choice("format", ["opus", "ogg", "m4a", "aac"], "opus")],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1, "format": "opus", "format_input": "format"},
    ),
)
