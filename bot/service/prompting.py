"""To make pictures with the words that prompt help wrote: the member's own request, like any other."""

from dataclasses import dataclass, replace

from bot.catalogue.tasks import Task
from bot.generation.model import Fate, Generation
from bot.generation.ports import Store
from bot.refusals import NoSuchGeneration, Refusal
from bot.request.ask import Ask, as_typed
from bot.request.parts import in_words
from bot.service.asking import Asking
from bot.service.caller import Acknowledge, Caller
from bot.service.repeats import Presses
from bot.service.seeing import check_removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """New words, and what may be made with them."""

    written: Generation
    source: Generation | None
    """The request whose words they are in place of, if whoever chooses may repeat it."""
    private: bool
    """Whether what they are about is private: so is what is made with them."""


class Prompting:
    """New words are a generation too: that they are priced, and bought once, is its life's care."""

    def __init__(self, store: Store, asking: Asking, presses: Presses) -> None:
        self._store = store
        self._asking = asking
        self._presses = presses

    async def chosen(self, card_id: str, caller: Caller) -> Choice:
        """The new words on this card. Raises NoSuchGeneration, which does not tell whether there is one."""
        written = await self._store.shown(card_id)
        if written is None or written.origin.owner_id != caller.id or not new_words(written):
            raise NoSuchGeneration
        parent = await self._store.shown(written.parent_id) if written.parent_id is not None else None
        return Choice(
            written=written,
            # what was described asked for other things
            source=_repeatable(parent, caller) if written.ask.prompt else None,
            private=parent is not None and parent.card.private,
        )

    async def use(self, caller: Caller, choice: Choice, acknowledge: Acknowledge) -> Generation | None:
        """Ask for the same as before in the new words, or where there was nothing for a picture. None for a
        replayed interaction. Raises AlreadyAsked for the second press of a double click, and what
        `Asking.request` raises."""
        written, source = choice.written, choice.source
        task = Task.IMAGINE if source is None else Task(source.command)
        async with self._presses.pressed((caller.id, f"use:{written.id}")):
            return await self._asking.request(
                caller,
                in_words(_asked(source), new_words(written), task),
                acknowledge,
                task=task,
                model_id=None if source is None else source.model_id or None,
                private=choice.private,
                spoiler=written.spoiler,
                parent_id=None if source is None else source.card.id,
            )


def new_words(written: Generation) -> str:
    """What prompt help wrote; "" where it wrote nothing."""
    if written.command != Task.PROMPT or written.fate is not Fate.SUCCEEDED:
        return ""
    return next((one.text for one in written.outputs if one.text), "")


def _asked(source: Generation | None) -> Ask:
    return Ask() if source is None else replace(as_typed(source.ask), full_of=None)


def _repeatable(source: Generation | None, caller: Caller) -> Generation | None:
    if source is None or (source.card.private and source.origin.owner_id != caller.id):
        return None
    try:
        check_removed(source, caller)
    except Refusal:
        return None
    return source
