"""The private answer of the Original button: links that nobody but the presser reads. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.cards.originals import Original
from bot.ui.exhibits.formats import ending_of
from bot.ui.speech import words
from bot.ui.speech.texts import say

PAGE: Final = 2000
"""Characters of a message's content."""
LONG_PAGE: Final = 4096
"""Characters of an embed's description: where one link alone is longer than a page."""
MOST_PAGES: Final = 5
"""An app that is only its member's may send five messages after its first answer."""
_UNSAFE: Final = str.maketrans({"<": "%3C", ">": "%3E", " ": "%20", "\n": "%0A", "\r": "%0D", "\\": "%5C"})


def pages(generation_id: str, originals: Sequence[Original]) -> list[str]:
    """Messages of at most PAGE characters; one with a single very long link may have LONG_PAGE."""
    if not originals:
        return [say("originals.none")]
    lines = [_line(generation_id, number, one) for number, one in enumerate(originals, start=1)]
    lines = [line for line in lines if len(line) <= LONG_PAGE]
    told, shown = [_head(originals)], 0
    for line in lines:
        if len(told[-1]) + 1 + len(line) <= PAGE - 100:  # the last one may have to say how many are missing
            told[-1] = f"{told[-1]}\n{line}"
        elif len(told) < MOST_PAGES:
            told.append(line)
        else:
            break
        shown += 1
    if shown < len(originals):
        told[-1] = f"{told[-1]}\n{say('originals.more', count=len(originals) - shown)}"
    return told


def _head(originals: Sequence[Original]) -> str:
    ends = [one.expires_at for one in originals if one.expires_at is not None]
    life = say("originals.until", when=words.moment(min(ends))) if ends else say("originals.a_while")
    return f"{say('originals.head')} {life}"


def _line(generation_id: str, number: int, one: Original) -> str:
    kind = say(f"kind.{one.medium.value if one.medium is not None else 'file'}")
    name = f"imagine-{generation_id}-{number}"
    if one.mime_type:
        name = f"{name}.{ending_of(one.mime_type, one.medium)}"
    parts = [f"[{name}](<{one.url.translate(_UNSAFE)}>)", kind]
    if one.size:
        parts.append(words.size(one.size))
    return " · ".join(parts)
