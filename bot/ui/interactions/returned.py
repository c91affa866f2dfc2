"""A member's words, given back with the refusal of what they were for: ready to be copied, whole."""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import aiohttp
import discord

from bot.request.ask import Ask
from bot.ui.interactions.asking import AnyInteraction, tell
from bot.ui.speech.texts import say
from bot.ui.speech.words import cut

log = logging.getLogger(__name__)

CONTENT: Final = 2000
"""Characters of a message."""
FILENAME: Final = "imagine-words.txt"
_OPTIONS: Final = ("prompt", "text", "lyrics", "negative_prompt", "settings")
"""Of our commands: what takes a while to be written."""
_STRING: Final = 3
_TEXT_INPUT: Final = 4
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What is sent."""

    content: str
    file: bytes | None = None
    """All of the words, where the content has not room for them."""

    @property
    def attached(self) -> discord.File | None:
        return None if self.file is None else discord.File(io.BytesIO(self.file), FILENAME)


def returned(text: str, words: Sequence[str], *, files: bool = True) -> Returned:
    """A sentence with the words under it. files: whether a file can be sent, should they be too long."""
    some = [one for one in words if one.strip()]
    if not some:
        return Returned(content=cut(text, CONTENT))
    whole = _under(text, say("returned.words"), some)
    if len(whole) <= CONTENT and not any(_FENCE in one for one in some):
        return Returned(content=whole)
    head = say("returned.file" if files else "returned.cut")
    # a code block is a place for words as they are, but for its own end
    plain = some[0].replace(_FENCE, "'''")
    text = cut(text, CONTENT // 2)
    begun = cut(plain, CONTENT - len(_under(text, head, [""])))
    content = _under(text, head, [begun])
    return Returned(content=content, file="\n\n".join(some).encode() if files else None)


def _under(text: str, head: str, words: Sequence[str]) -> str:
    return "\n".join((text, head, *(f"{_FENCE}\n{one}\n{_FENCE}" for one in words)))


def words_of(interaction: AnyInteraction) -> tuple[str, ...]:
    """What its member typed into a command or a modal, and would lose with it; nothing for a button."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    match interaction.type:
        case discord.InteractionType.application_command:
            typed = dict(_options(data.get("options") or ()))
            return tuple(typed[name] for name in _OPTIONS if name in typed)
        case discord.InteractionType.modal_submit:
            return tuple(_texts(data.get("components") or ()))
        case _:
            return ()


def words_of_ask(ask: Ask) -> tuple[str, ...]:
    """The same of a request that is on record."""
    lyrics = ask.options.get("lyrics")
    written = [one for one in ask.model_settings.values() if isinstance(one, str) and " " in one]
    found = (ask.typed, lyrics if isinstance(lyrics, str) else "", ask.negative_prompt or "", *written)
    return tuple(dict.fromkeys(one for one in found if one))


def _options(options: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for option in options:
        if option.get("type") == _STRING:
            yield str(option.get("name")), str(option.get("value") or "")
        yield from _options(option.get("options") or ())


def _texts(components: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Of a modal: what is no more than a number is typed again in a moment."""
    for one in components:
        value = str(one.get("value") or "")
        if one.get("type") == _TEXT_INPUT and not value.replace(".", "").replace(",", "").isdigit():
            yield value
        inner = one.get("component")
        yield from _texts([*(one.get("components") or ()), *((inner,) if inner else ())])


async def give_back(
    interaction: AnyInteraction, text: str, words: Sequence[str], *, view: discord.ui.View | None = None
) -> None:
    """Answer privately with the words under a sentence. Where Discord takes no file of ours, without it. An
    expired interaction is no error: there is nobody to tell any more."""
    whole = returned(text, words)
    if whole.attached is None:
        await tell(interaction, whole.content, view=view)
        return
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    try:
        await send(
            whole.content,
            file=whole.attached,
            view=view or discord.utils.MISSING,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a file with a member's words was not taken: %s", error)
        await tell(interaction, returned(text, words, files=False).content, view=view)
