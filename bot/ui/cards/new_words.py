"""Words that prompt help wrote, beside those that were there: the member chooses. Pure."""

from typing import Final

from bot.generation.model import Generation
from bot.service.prompting import new_words
from bot.ui.exhibits.texts import block
from bot.ui.speech import words
from bot.ui.speech.texts import amount, say

SHOWN: Final = 900
"""Characters of either. Escaped they may double, and an embed holds 4,096."""


def told(generation: Generation) -> str:
    """Both versions, quoted, and what the new one cost."""
    before, after = generation.ask.prompt.strip(), new_words(generation)
    lines: list[str] = []
    if before:
        lines += [f"**{say('prompting.before')}**", _quoted(before), ""]
    lines += [f"**{say('prompting.after' if before else 'prompting.seen')}**", _quoted(after)]
    if len(after) > SHOWN:
        lines.append(say("prompting.longer", count=len(after)))
    cost = say("cost.unknown") if generation.cu is None else say("cost.cu", cu=amount(generation.cu))
    told = (cost, words.overcharged(generation))
    return "\n".join((*lines, words.QUIET + " · ".join(one for one in told if one)))


def _quoted(text: str) -> str:
    return block(words.cut(text, SHOWN))
