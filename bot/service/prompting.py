"""To make pictures with the words that prompt help wrote: the member's own request, like any other."""

from dataclasses import replace

from bot.catalogue.tasks import Task
from bot.generation.model import Fate, Generation
from bot.generation.ports import Store
from bot.refusals import NoSuchGeneration, Refusal
from bot.request.ask import Ask, as_typed
from bot.service.asking import Asking
from bot.service.caller import Acknowledge, Caller
from bot.service.repeats import Presses
from bot.service.seeing import check_removed


class Prompting:
    """New words are a generation too: that they are priced, and bought once, is its life's care."""

    def __init__(self, store: Store, asking: Asking, presses: Presses) -> None:
        self._store = store
        self._asking = asking
        self._presses = presses

    async def chosen(self, card_id: str, caller: Caller) -> tuple[Generation, Generation | None]:
        """The new words on this card, and the request whose words they are in place of, if the caller may
        repeat it. Raises NoSuchGeneration, which does not tell whether there is one."""
        written = await self._store.shown(card_id)
        if written is None or written.origin.owner_id != caller.id or not new_words(written):
            raise NoSuchGeneration
        source = None
        if written.parent_id is not None and written.ask.prompt:  # what was described asked for other things
            source = _repeatable(await self._store.shown(written.parent_id), caller)
        return written, source

    async def use(
        self,
        caller: Caller,
        written: Generation,
        source: Generation | None,
        acknowledge: Acknowledge,
        *,
        private: bool,
    ) -> Generation | None:
        """Ask for the same as `source` in the new words, or where there is none for a picture. None for a
        replayed interaction. Raises AlreadyAsked for the second press of a double click, and what
        `Asking.request` raises."""
        press = (caller.id, f"use:{written.id}")
        self._presses.once(press)
        words = new_words(written)
        ask = Ask(prompt=words) if source is None else replace(as_typed(source.ask), prompt=words)
        try:
            return await self._asking.request(
                caller,
                ask,
                acknowledge,
                task=Task.IMAGINE if source is None else Task(source.command),
                model_id=None if source is None else source.model_id or None,
                private=private,
                spoiler=written.spoiler,
                parent_id=None if source is None else source.card.id,
            )
        except Refusal:
            self._presses.forget(press)  # what was refused may be tried again at once
            raise


def new_words(written: Generation) -> str:
    """What prompt help wrote; "" where it wrote nothing."""
    if written.command != Task.PROMPT or written.fate is not Fate.SUCCEEDED:
        return ""
    return next((one.text for one in written.outputs if one.text), "")


def _repeatable(source: Generation | None, caller: Caller) -> Generation | None:
    if source is None or (source.card.private and source.origin.owner_id != caller.id):
        return None
    try:
        check_removed(source, caller)
    except Refusal:
        return None
    return source
