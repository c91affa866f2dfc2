"""Our commands as words that can be clicked."""

from typing import Final, Protocol, runtime_checkable

from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.texts import say

PLACES: Final = (
    *("imagine", "edit", "video", "music", "sound", "speech", "three_d", "upscale", "cutout", "vectorize"),
    *("prompt_improve", "prompt_describe", "generate", "workflow_run", "models", "show", "jobs"),
    *("help", "about"),
)
"""Of commands in sentences."""
_COMMANDS: Final = {"three_d": "3d"}
_KEYS: Final = {"sound": "sound_effect"}


@runtime_checkable
class Mentions(Protocol):
    """Who knows the ids that Discord gave to the commands: the command tree."""

    def mention(self, name: str) -> str | None: ...


def commands_of(interaction: AnyInteraction) -> dict[str, str]:
    """Each command, by the place that a sentence has for it: to be clicked where its id is known, else by the
    name that it has in the language that is being spoken."""
    tree: object = getattr(interaction.client, "tree", None)
    known = tree if isinstance(tree, Mentions) else None
    return {
        place: (known.mention(_command(place)) if known is not None else None) or _written(_command(place))
        for place in PLACES
    }


def _command(place: str) -> str:
    return _COMMANDS.get(place, place.replace("_", " "))


def _written(name: str) -> str:
    return f"`/{' '.join(say(f'name.{_KEYS.get(one, one)}') for one in name.split())}`"
