"""Our words for what a member may ask → the names that models have for it. Pure.

Names are compared without case, dashes and underscores; the first that a model has counts.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.records import Input, Inputs, Json, Model
from bot.schema.constraints import always
from bot.schema.inputs import accepts

PROMPTS: Final = ("prompt", "text", "textprompt", "prompttext", "instruction", "instructions", "editprompt")
NEGATIVES: Final = ("negativeprompt", "negativetext")
SEEDS: Final = ("seed", "randomseed", "noiseseed")
BATCHES: Final = (
    "numoutputs",
    "numimages",
    "numsamples",
    "batchsize",
    "imagecount",
    "numberofimages",
    "numberofoutputs",
    "outputcount",
    "samples",
    "maximages",
    "maxoutputs",
    "imagesnumber",
    "numresults",
    "numberofresults",
    "numvariations",
    "variations",
    "outputs",
    "count",
    "n",
)
_SECONDS: Final = (
    "duration",
    "durationseconds",
    "durationinseconds",
    "seconds",
    "videoduration",
    "audioduration",
    "length",
    "videolength",
    "audiolength",
)

OPTIONS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "duration": _SECONDS,
        "seconds": _SECONDS,
        "sound": ("generateaudio", "enableaudio", "withaudio", "sound", "generatesound", "addaudio", "audio"),
        "lyrics": ("lyrics", "lyricstext", "songlyrics", "lyricsprompt"),
        "instrumental": ("forceinstrumental", "instrumental", "isinstrumental", "makeinstrumental"),
        "voice": ("voice", "voiceid", "publicvoice", "voicename", "voicepreset", "speaker", "speakerid"),
        "language": ("language", "languagecode", "targetlanguage"),
        "speed": ("speed", "speakingrate", "voicespeed", "speechrate"),
        "loop": ("loop", "looping", "isloop", "seamless", "seamlessloop"),
        "resolution": ("resolution", "videoresolution", "outputresolution", "imageresolution", "size"),
        "quality": ("quality", "outputquality", "imagequality", "renderquality", "videoquality"),
        "strength": ("strength", "imagestrength", "denoisingstrength", "denoise", "promptstrength"),
        "factor": (
            "upscalefactor",
            "scalefactor",
            "factor",
            "upscaleratio",
            "targetscale",
            "upscale",
            "scale",
            "scalingfactor",
        ),
        "style": ("style", "stylepreset", "styletype", "stylename", "artstyle", "preset"),
        "format": ("outputformat", "format", "fileformat", "audioformat", "meshformat", "targetformat"),
        "background": ("background", "backgroundmode", "transparentbackground"),
        "polygons": ("targetpolycount", "polycount", "facelimit", "facecount", "targetfacecount", "maxfaces"),
        "textures": ("shouldtexture", "generatetexture", "enabletexture", "texture", "textures"),
    }
)
"""Our option → names of inputs, the likeliest first."""

ABSENT_MEANS_NO: Final = frozenset({"loop", "instrumental", "textures"})
"""Options whose "no" is what a model without such an input does anyway."""

_NO_SCALARS: Final = ("file", "model", "inputs_array")


def named(inputs: Sequence[Input], names: Sequence[str]) -> list[Input]:
    """The inputs of these names, in the order of `names`; files and models are never meant."""
    there = {loose.plain(one.name): one for one in inputs if not one.type.startswith(_NO_SCALARS)}
    return [there[name] for name in names if name in there]


def for_option(model: Model, option: str, value: Json) -> list[Input]:
    """The inputs that our `option` may mean, those that take `value` first. A word that is not ours may be an
    input's own."""
    found = named(model.inputs or (), OPTIONS.get(option, (loose.plain(option),)))
    return sorted(found, key=lambda spec: not accepts(spec, value))


def prompt_input(model: Model) -> Input | None:
    """Where the prompt goes: the input that is marked so, or named so, or the only text that is demanded."""
    inputs = model.inputs or ()
    texts = [one for one in inputs if loose.plain(one.name) not in NEGATIVES]
    flagged = [one for one in texts if one.prompt]
    demanded = [one for one in texts if one.type == "string" and always(one) and not one.allowed_values]
    found = named(flagged, PROMPTS) or flagged or named(inputs, PROMPTS)
    return found[0] if found else demanded[0] if len(demanded) == 1 else None


def by_name(model: Model, names: Sequence[str]) -> Input | None:
    return next(iter(named(model.inputs or (), names)), None)


def seed_in(inputs: Inputs) -> int | None:
    """The seed that was sent."""
    seeds = (loose.whole(value) for name, value in inputs.items() if loose.plain(name) in SEEDS)
    return next((one for one in seeds if one is not None), None)
