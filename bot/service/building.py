"""To build on a result: what makes something new of it is a request like any other, of whoever presses."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Final

from bot.actions.actions import RECIPES, REQUESTS, Action, Place, Words
from bot.actions.planning import Plan, begins_with, full, improved, plan
from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.generation.model import Generation
from bot.refusals import Lacking, NoPicture, NoPromptHelp, NotDone
from bot.request.ask import as_typed
from bot.service.asking import Asking
from bot.service.caller import Acknowledge, Caller
from bot.service.repeats import Presses
from bot.service.results import Made, Results, as_file, meant, place_of
from bot.service.showing import Showing
from bot.vocabulary import Medium

MOST_WORDS: Final = 4000
"""Characters that a command takes as a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What an action begins with, when it was pressed."""

    generation: Generation
    made: Sequence[Made]
    """The results among which one is meant; empty for an action on the request behind them."""

    @property
    def open(self) -> bool:
        """Whether somebody must say which one."""
        return len(self.made) > 1

    def duration(self, number: int | None) -> float | None:
        """Seconds of the result of that number, or of the only one; None where nobody says."""
        return next((one.duration for one in self.made if number is None or one.number == number), None)

    def words(self, number: int | None) -> str:
        """Those that an action offers to be changed: of the result of that number, or of the request."""
        own = (one.words for one in self.made if number is None or one.number == number)
        return next(own, self.generation.ask.typed)[:MOST_WORDS]


class Building:
    """Makes something of what there is. Nothing is kept between two presses but what their buttons say."""

    def __init__(
        self, catalogue: Catalogue, results: Results, asking: Asking, showing: Showing, presses: Presses
    ) -> None:
        self._catalogue = catalogue
        self._results = results
        self._asking = asking
        self._showing = showing
        self._presses = presses

    async def basis(self, caller: Caller, action: Action, card_id: str, *, message_id: int | None) -> Basis:
        """What the action begins with. Raises NoSuchGeneration, Removed, NoPicture, NotDone."""
        generation = await self._showing.pressed(card_id, caller, message_id=message_id)
        if action in REQUESTS:
            if not generation.ask.prompt.strip():
                raise NotDone
            return Basis(generation=generation, made=())
        made = await self._results.of(generation)
        if not made:
            raise NoPicture(Lacking.NOTHING if generation.fate.final else Lacking.NOT_YET)
        if not begins_with(action, made[0].medium):
            if not begins_with(action, Medium.IMAGE):
                raise NotDone
            raise NoPicture(Lacking.OTHER, made[0].medium.value)
        if action is Action.EXTEND and not any(one.last_frame for one in made):
            raise NoPicture(Lacking.LAST_FRAME)  # before anybody thinks of words
        return Basis(generation=generation, made=made)

    async def plan(
        self, caller: Caller, action: Action, place: Place, words: str, *, message_id: int | None
    ) -> tuple[Generation, Plan]:
        """The request behind a press, ready to be made, and the generation that it builds on.

        words: what was written, for an action that asks. Raises what `basis` does, WhichResult,
        NoSuchResult.
        """
        basis = await self.basis(caller, action, place.card_id, message_id=message_id)
        source = basis.generation
        if action is Action.WORDS:
            return source, self._reworded(source, words)
        if action is Action.IMPROVE:
            found = improved(self._catalogue, source)
            if found is None:
                raise NoPromptHelp
            return source, found
        if action is Action.FULL:
            return source, self._full(basis, place.number)
        given = as_file(source, basis.made, place.number, RECIPES[action].role)
        found = plan(self._catalogue, action, source, given, words)
        if found is None:
            raise NoPromptHelp if action is Action.DESCRIBE else NotDone
        return source, found

    def _full(self, basis: Basis, number: int | None) -> Plan:
        source, one = basis.generation, meant(basis.generation, basis.made, number)
        if one.seed is None:
            raise NoPicture(Lacking.SEED)
        found = full(self._catalogue, source, place_of(source, basis.made, one), one.words, one.seed)
        if found is None:
            raise NotDone
        return found

    def _reworded(self, source: Generation, words: str) -> Plan:
        """The same request in other words: with the seed that was asked for, so that only the words differ.
        The same words once more are Again."""
        asked = as_typed(source.ask)
        same = words.strip() == asked.prompt.strip()
        ask = replace(asked, prompt=words, seed=None if same else asked.seed, full_of=None)
        return Plan(task=Task(source.command), model_id=source.model_id or None, ask=ask)

    def once(self, caller: Caller, action: Action, place: Place) -> AbstractAsyncContextManager[None]:
        """Around what a press does. Raises AlreadyAsked for the second one of a double click."""
        return self._presses.pressed((caller.id, f"{action}:{place}"))

    async def build(
        self,
        caller: Caller,
        action: Action,
        place: Place,
        source: Generation,
        planned: Plan,
        acknowledge: Acknowledge,
        *,
        private: bool,
    ) -> Generation | None:
        """Make the request. None for a replayed interaction. Raises AlreadyAsked for the second press of a
        double click, and what `Asking.request` raises."""
        async with self.once(caller, action, place):
            return await self._asking.request(
                caller,
                planned.ask,
                acknowledge,
                task=planned.task,
                model_id=planned.model_id,
                private=private,
                spoiler=source.spoiler,
                parent_id=source.card.id,
            )


def asks_words(action: Action) -> bool:
    """Whether somebody is asked for words first."""
    return action is Action.WORDS or (action in RECIPES and RECIPES[action].asks)


def offers_words(action: Action) -> bool:
    """Whether the words of what it begins with are offered."""
    return action is Action.WORDS or RECIPES[action].words is Words.OFFERED
