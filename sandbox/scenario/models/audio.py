"""Models that make music, sound effects and speech."""

from __future__ import annotations

from sandbox.scenario.models.parts import NEEDED, SEED, choice, flag, number, prompt, words
from sandbox.scenario.values import Json

LYRIA: Json = {
    "id": "model_lyria-2",
    "name": "Lyria 2",
    "shortDescription": "Half a minute of instrumental music.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "music"],
    "inputs": [prompt(2000), words("negativePrompt", 1000, label="Leave out"), SEED],
    "sandbox": {"price": 6, "makes": "music", "format": "wav", "seconds": 30},
}

ELEVEN_MUSIC: Json = {
    "id": "model_elevenlabs-music-v2",
    "name": "ElevenLabs Music 2",
    "shortDescription": "Songs and scores of any length up to ten minutes.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:featured", "sc:third-party", "music"],
    "inputs": [
        prompt(4100),
        number("durationSeconds", 3, 600, 1, 30, label="Seconds", costImpact=True),
        flag("forceInstrumental", default=False, label="Without voices"),
    ],
    "sandbox": {"price": 12, "per": {"durationSeconds": 30}, "makes": "music", "format": "mp3", "slow": 1.5},
}

MINIMAX: Json = {
    "id": "model_minimax-music-3-0",
    "name": "MiniMax Music 3",
    "shortDescription": "A song out of your lyrics.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "music"],
    "inputs": [
        {**prompt(2000, label="Style"), "minLength": 10},
        words("lyrics", 3500, label="Lyrics", placeholder="[verse] …", costImpact=True),
        choice("audioFormat", ["mp3", "wav"], "mp3", label="File"),
        choice("sampleRate", [16000, 24000, 32000, 44100], 44100, label="Sample rate"),
    ],
    "sandbox": {
        "price": 9.5,
        "adds": {"lyrics": 0.01},
        "makes": "music",
        "format": "mp3",
        "format_input": "audioFormat",
        "seconds": 40,
        "slow": 1.5,
    },
}

ELEVEN_EFFECTS: Json = {
    "id": "model_elevenlabs-sound-effects-v2",
    "name": "ElevenLabs Sound Effects 2",
    "shortDescription": "One sound, also as a loop.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "sound-effects"],
    "inputs": [
        words("text", 450, label="Sound", prompt=True, required=NEEDED, minLength=1),
        number("durationSeconds", 0.5, 30, 0.1, label="Seconds", costImpact=True),
        flag("loop", default=False, label="Loop"),
        number("promptInfluence", 0, 1, 0.05, 0.3, label="Faithfulness"),
    ],
    "sandbox": {
        "price": 1,
        "per": {"durationSeconds": 5},
        "makes": "effect",
        "format": "mp3",
        "seconds": 4,
        "slow": 0.6,
    },
}

SONILO: Json = {
    "id": "model_sonilo-v1-1-text-to-sound-effects",
    "name": "Sonilo 1.1 Sound Effects",
    "shortDescription": "Long ambiences and effects. Sends MP3 whatever is asked, as was seen.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "sound-effects"],
    "inputs": [
        prompt(1000),
        number("duration", 1, 180, 1, 10, label="Seconds", costImpact=True),
        choice("audioFormat", ["wav", "mp3"], "wav", label="File"),
        SEED,
    ],
    "sandbox": {"price": 2, "per": {"duration": 10}, "makes": "effect", "format": "mp3"},
}

ELEVEN_SPEECH: Json = {
    "id": "model_elevenlabs-tts-v3",
    "name": "ElevenLabs Speech 3",
    "shortDescription": "Reads a text in one of many voices.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "speech"],
    "inputs": [
        words("text", 5000, label="Text", prompt=True, required=NEEDED, minLength=1, costImpact=True),
        choice(
            "voiceId", ["voice_aria", "voice_bruno", "voice_cleo", "voice_dov"], "voice_aria", label="Voice"
        ),
        number("stability", 0, 1, 0.5, 0.5, label="Steadiness"),
        words("languageCode", 5, label="Language", placeholder="en"),
    ],
    "uiConfig": {
        "selects": {
            "voiceId": {
                "voice_aria": "Aria",
                "voice_bruno": "Bruno",
                "voice_cleo": "Cleo",
                "voice_dov": "Dov",
            }
        }
    },
    "sandbox": {"price": 1.5, "per": {"text": 100}, "makes": "speech", "format": "mp3"},
}

GEMINI_SPEECH: Json = {
    "id": "model_google-gemini-3-1-flash-tts",
    "name": "Gemini 3.1 Flash Speech",
    "shortDescription": "Reads a text as told: whisper it, sing it, in a hurry.",
    "capabilities": ["txt2audio"],
    "tags": ["sc:third-party", "speech"],
    "inputs": [
        prompt(8000, label="Text and how to read it", costImpact=True),
        choice("voice", ["Kore", "Puck", "Zephyr"], "Kore", label="Voice"),
    ],
    "sandbox": {"price": 1, "per": {"prompt": 100}, "makes": "speech", "format": "wav"},
}

START = (LYRIA, ELEVEN_MUSIC, MINIMAX, ELEVEN_EFFECTS, SONILO, ELEVEN_SPEECH, GEMINI_SPEECH)
