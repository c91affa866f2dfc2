"""What commands and buttons call. Everything that decides anything about a generation is here."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.catalogue import Catalogue, media
from bot.catalogue.tasks import Task, medium_of
from bot.clock import Clock
from bot.endings import ENDINGS
from bot.generation.cards import CardLoop, is_refusal
from bot.generation.errors import (
    AlreadyAsked,
    AlreadyRecorded,
    CannotCancel,
    CannotShow,
    FileTooLarge,
    NoSuchGeneration,
    NotAllowed,
    NotHere,
    PriceMoved,
    Refusal,
    Removed,
    Restarting,
    ScenarioSilent,
    TooLate,
)
from bot.generation.fates import FateLoop
from bot.generation.gatekeeper import Gatekeeper
from bot.generation.model import Ask, Card, Fate, Generation, Given, Medium, Removal
from bot.generation.originals import Original
from bot.generation.porter import Porter
from bot.generation.ports import Acknowledged, Delayed, Delivery, Guard, Store, Studio, Unshowable
from bot.generation.prepare import Preparer
from bot.generation.progress import Progress, ProgressBoard
from bot.generation.supply import FILE_CAP
from bot.scenario.errors import Rejected, ScenarioError
from bot.scenario.records import JobState

log = logging.getLogger(__name__)

SEARCHED = 200
"""Newest requests of a member among which /show looks for words."""
DOUBLE_CLICK = 2.0
"""Seconds within which a second press of the same button by the same member is the same press."""

TOKEN_LIFE: Final = timedelta(minutes=15) - timedelta(seconds=20)
"""How long an interaction's token is used after we heard of it, on our own clock. Discord gives it 15 minutes
from its birth by Discord's clock, which may disagree with ours by more than that; but it takes no
acknowledgement later than three seconds, so what goes on at all was heard of at its birth. The margin is for
those seconds, and for an edit that carries files."""

Acknowledge = Callable[[], Awaitable[Acknowledged]]
"""Answers Discord's interaction with a deferral. Raises NotAcknowledged."""


class NotAcknowledged(Exception):
    """Discord did not take the deferral; `sure` when it said so itself."""

    def __init__(self, why: str, *, sure: bool) -> None:
        super().__init__(why)
        self.sure = sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and from whom a request came: what an interaction says of itself."""

    interaction_id: str
    application_id: int
    guild_id: int | None
    channel_id: int | None
    owner_id: int
    locale: str
    owner_locale: str
    token: str = field(repr=False)
    attachment_limit: int
    """Bytes for one file."""
    own_app: bool = False
    """Whether the command is there by the asker's own install of the app, and not by the server's."""
    moderates: Callable[[], bool] = field(default=lambda: False, repr=False)
    """Whether the asker may take others' messages away here."""
    sees: Callable[[int], bool] = field(default=lambda _: False, repr=False)
    """Whether the asker may see what is in a channel, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who presses a button."""

    id: int
    moderator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator set."""

    guard: Guard = field(default_factory=Guard)
    guild_ids: frozenset[int] = frozenset()
    """Servers that are served; empty for all, direct messages included."""
    source_url: str | None = None
    """Where the source is, for whoever asks."""


class Service:
    """Request, cancel, again, delete, look."""

    def __init__(
        self,
        store: Store,
        studio: Studio,
        delivery: Delivery,
        catalogue: Catalogue,
        fates: FateLoop,
        cards: CardLoop,
        board: ProgressBoard,
        clock: Clock,
        rules: Rules,
        preparer: Preparer,
    ) -> None:
        self._store = store
        self._studio = studio
        self._delivery = delivery
        self._catalogue = catalogue
        self._fates = fates
        self._cards = cards
        self._board = board
        self._gatekeeper = Gatekeeper(studio, board)
        self._clock = clock
        self.rules = rules
        self.started_at = clock.now()
        self._preparer = preparer
        self._porter = Porter(clock)
        self._pressed: dict[tuple[int, str], datetime] = {}
        self._showing: set[int] = set()
        self._closed = False

    def close(self) -> None:
        """Take no new requests: this process is about to end."""
        self._closed = True

    # -- ask ------------------------------------------------------------------------------------------

    async def request(
        self,
        place: Place,
        ask: Ask,
        acknowledge: Acknowledge,
        *,
        task: Task = Task.IMAGINE,
        model_id: str | None = None,
        private: bool = False,
        spoiler: bool = False,
        parent_id: str | None = None,
        draft_id: str | None = None,
    ) -> Generation | None:
        """Check what memory can check, record, acknowledge, and let the fate loop spend.

        draft_id: the form that becomes this request.
        Returns the recorded generation, canceled where Discord did not take the acknowledgement, or None for
        a replayed interaction. Raises a Refusal before the acknowledgement, when nothing is on record and
        Discord is unanswered.
        """
        if self._closed:
            raise Restarting
        self.check_place(place.guild_id)
        self._porter.admit()
        self._check_files(ask.files)
        prepared = self._preparer.from_memory(ask, model_id, task)
        generation = Generation(
            id=place.interaction_id,
            command=task.value,
            medium=self._medium(prepared.model_id, task),
            owner_id=place.owner_id,
            application_id=place.application_id,
            guild_id=place.guild_id,
            channel_id=place.channel_id,
            locale=place.locale,
            owner_locale=place.owner_locale,
            own_app=place.own_app,
            private=private,
            spoiler=spoiler,
            attachment_limit=place.attachment_limit,
            parent_id=parent_id,
            model_id=prepared.model_id,
            model_name=prepared.model_name,
            ask=prepared.ask,
            inputs=prepared.inputs,
            created_at=self._clock.now(),
            token=place.token,
            token_expires_at=self._clock.now() + TOKEN_LIFE,
        )
        try:
            async with self._porter.desk():
                await self._store.record(generation, self.rules.guard, draft_id=draft_id)
        except (Refusal, AlreadyRecorded, *ENDINGS):
            raise
        except BaseException:
            self._fates.drop(generation.id)  # the row may be there, and the asker is told that it is not
            raise
        return await self._acknowledge(generation, acknowledge)

    def check_place(self, guild_id: int | None) -> None:
        """Raise NotHere unless this server (None: a direct message) is served."""
        allowed = self.rules.guild_ids
        if allowed and guild_id not in allowed:
            raise NotHere

    @staticmethod
    def _check_files(files: Sequence[Given]) -> None:
        for given in files:
            if given.size is not None and given.size > FILE_CAP:
                raise FileTooLarge(given.filename, given.size, FILE_CAP)

    def _medium(self, model_id: str, task: Task) -> Medium:
        """What will be made, as far as it is known: for the universal door the model says."""
        model = self._catalogue.get(model_id) if task in {Task.GENERATE, Task.WORKFLOW} else None
        made = media.medium_of(model) if model is not None else None
        return Medium(made or medium_of(task))

    async def _acknowledge(self, generation: Generation, acknowledge: Acknowledge) -> Generation | None:
        try:
            answer = await acknowledge()
        except NotAcknowledged as error:
            log.warning("not acknowledged (%s): nothing is bought until that is clear", error)
            if error.sure:
                return await self._drop(generation)
            self._fates.wake(generation.id, after=1.0)  # it asks Discord
            return generation
        except ENDINGS:
            raise
        except BaseException:
            self._fates.wake(generation.id, after=1.0)
            raise
        live = replace(
            generation,
            card=Card.LIVE,
            message_id=answer.message_id,
            # Discord may force a private answer where a public one was asked for
            private=answer.ephemeral or generation.private,
        )
        try:
            saved = await self._store.save(generation, live)
        except ENDINGS:
            raise
        except BaseException:
            # no error to the asker: Discord took it, and as soon as the disk does so again it goes on
            log.exception("Discord knows what our disk did not take")
            self._fates.wake(generation.id, after=1.0)
            return generation
        self._fates.wake(generation.id)
        self._cards.tell(generation.id)
        return saved

    async def _drop(self, generation: Generation) -> Generation:
        """Discord did not take the acknowledgement: it is over, now or as soon as the disk takes that."""
        dropped = replace(
            generation, fate=Fate.CANCELED, card=Card.KEPT, token=None, finished_at=self._clock.now()
        )
        try:
            await self._store.save(generation, dropped)
        except ENDINGS:
            raise
        except BaseException:
            log.exception("a request that was never acknowledged could not be dropped yet")
            self._fates.drop(generation.id)
        return dropped

    async def again(
        self, place: Place, parent_id: str, acknowledge: Acknowledge, *, private: bool
    ) -> Generation | None:
        """The same request with a new seed, for whoever asks. Raises a Refusal."""
        parent = await self._store.get(parent_id)  # whoever can press sees the card
        if parent is None or (parent.private and parent.owner_id != place.owner_id):
            raise NoSuchGeneration
        _check_removed(parent, place)
        pressed = (place.owner_id, f"again:{parent_id}")
        self._debounce(pressed)
        try:
            return await self._repeat(place, parent, acknowledge, private=private)
        except Refusal:
            self._pressed.pop(pressed, None)  # what was refused may be tried again at once
            raise

    async def _repeat(
        self, place: Place, parent: Generation, acknowledge: Acknowledge, *, private: bool
    ) -> Generation | None:
        return await self.request(
            place,
            replace(parent.ask, seed=None),
            acknowledge,
            task=Task(parent.command),
            model_id=parent.model_id or None,
            private=private,
            spoiler=parent.spoiler,
            parent_id=parent.id,
        )

    def _debounce(self, pressed: tuple[int, str]) -> None:
        now = self._clock.now()
        recent = {
            key: when for key, when in self._pressed.items() if (now - when).total_seconds() < DOUBLE_CLICK
        }
        if pressed in recent:
            raise AlreadyAsked
        self._pressed = {**recent, pressed: now}

    # -- act ------------------------------------------------------------------------------------------

    async def look(self, generation_id: str, place: Place) -> Generation:
        """A generation for somebody's eyes: one's own anywhere, another's public one within its server, where
        the asker sees its channel and as long as its card is there.

        Raises NoSuchGeneration, which does not tell whether there is one, and Removed, to its owner.
        """
        generation = await self._store.get(generation_id)
        if generation is None:
            raise NoSuchGeneration
        if generation.owner_id != place.owner_id and not _may_see(generation, place):
            raise NoSuchGeneration
        generation = await self._looked_after(generation)
        _check_removed(generation, place)
        return generation

    async def _looked_after(self, generation: Generation) -> Generation:
        """The same, with what Discord tells of a message that nobody has touched since its last word: of what
        is deleted there a bot learns only by asking."""
        public = not generation.private and generation.guild_id is not None
        if not public or generation.card is not Card.SETTLED or is_refusal(generation):
            return generation
        if await self._delivery.stands(generation):
            return generation
        gone = replace(generation, card=Card.KEPT, removed=generation.removed or Removal.SOMEBODY)
        return await self._store.save(generation, gone) or gone

    async def originals(self, generation_id: str, place: Place) -> Sequence[Original]:
        """Fresh links to a generation's files for whoever may see it. Raises a Refusal."""
        self.check_place(place.guild_id)
        generation = await self.look(generation_id, place)
        self._debounce((place.owner_id, f"original:{generation_id}"))
        try:
            return await self._cards.originals(generation)
        except ScenarioError as error:
            raise ScenarioSilent from error

    async def recent(self, owner_id: int) -> Sequence[Generation]:
        """A member's newest generations."""
        return await self._store.of_owner(owner_id, limit=SEARCHED)

    async def under_way(self, owner_id: int) -> Sequence[Generation]:
        """A member's generations that are not over, oldest first."""
        return [one for one in await self._store.unfinished() if one.owner_id == owner_id]

    def progress(self, generation_id: str) -> Progress | None:
        return self._board.get(generation_id)

    async def show(self, place: Place, generation: Generation, acknowledge: Acknowledge) -> None:
        """Show a generation that is over in the answer to this interaction.

        What was made and has no message gets its card here; anything else is copied, and its own card stays
        the only one that moves. Raises AlreadyAsked while the same member's last one is on its way.
        """
        self.check_place(place.guild_id)
        if place.owner_id in self._showing:
            raise AlreadyAsked
        self._showing.add(place.owner_id)
        try:
            await self._show(place, generation, acknowledge)
        finally:
            self._showing.discard(place.owner_id)

    async def _show(self, place: Place, generation: Generation, acknowledge: Acknowledge) -> None:
        try:
            answer = await acknowledge()
        except NotAcknowledged as error:
            log.warning("not acknowledged (%s): the member can ask again", error)
            return
        here = replace(
            generation,
            card=Card.LIVE,
            message_id=answer.message_id,
            channel_id=place.channel_id,
            token=place.token,
            token_expires_at=self._clock.now() + TOKEN_LIFE,
            attachment_limit=place.attachment_limit,
            private=answer.ephemeral or generation.private,
        )
        if not here.private:
            here = replace(here, removed=None)  # by its owner, whose card it was, or by a moderator
        if _homeless(generation, here, place) and await self._store.save(generation, here) is not None:
            self._cards.tell(generation.id, final=True)
            return
        try:
            await self._cards.copy(replace(here, locale=place.locale))
        except Delayed as error:
            if isinstance(error.__cause__, ScenarioError):
                raise ScenarioSilent from error
            raise
        except Unshowable as error:
            if not error.deleted:
                raise CannotShow from error
        if not here.private and generation.removed in MODERATORS and place.moderates():
            await self._store.save(generation, replace(generation, removed=None))

    async def cancel(self, generation_id: str, actor: Actor) -> Generation:
        """Stop it if that can be done. Raises NotAllowed, TooLate, CannotCancel, ScenarioSilent.

        A generation whose paid POST is under way is canceled as soon as its job is known.
        """
        generation = await self._own(generation_id, actor)
        if generation.fate.final:
            raise TooLate
        if generation.fate is Fate.REQUESTED:
            now = self._clock.now()
            canceled = replace(
                generation, fate=Fate.CANCELED, finished_at=now, canceled_by=actor.id, price=None
            )
            saved = await self._store.save(generation, canceled)
        elif generation.fate is Fate.RUNNING and generation.job_id is not None:
            saved = await self._cancel_job(generation)
        else:
            saved = await self._store.save(generation, replace(generation, canceled_by=actor.id))
        if saved is None:  # it was submitted, or its job became known, this very moment
            return await self.cancel(generation_id, actor)
        self._fates.wake(generation_id)
        self._cards.tell(generation_id)
        return saved

    async def confirm(self, generation_id: str, actor: Actor, price: str | None = None) -> Generation:
        """Say yes to the price. Raises NoSuchGeneration, NotAllowed, TooLate, PriceMoved.

        price: the one that stood on the card, as `price_name` names it; None on the first question.
        """
        generation = await self._own(generation_id, actor)
        if generation.fate is not Fate.REQUESTED:
            raise TooLate
        if generation.confirmed_by is not None:
            raise AlreadyAsked
        if generation.risen if price is None else price != price_name(generation):
            raise PriceMoved
        agreed = replace(generation, confirmed_by=actor.id, agreed=generation.price)
        saved = await self._store.save(generation, agreed)
        if saved is None:
            raise TooLate
        self._fates.wake(generation_id)
        return saved

    async def answer_gate(
        self, generation_id: str, number: int, actor: Actor, *, picks: Sequence[int] | None, yes: bool = True
    ) -> None:
        """Answer the workflow's gate that is node `number`: choose `picks` (from 0), or approve; a no ends
        the run. Raises NoSuchGeneration, NotAllowed, TooLate, GateRefused, ScenarioSilent."""
        generation = await self._own(generation_id, actor)
        await self._gatekeeper.answer(generation, number, picks=picks, yes=yes)
        self._fates.wake(generation_id)

    async def given(self, generation_id: str, place: Place, role: str) -> Given:
        """The first result of an earlier generation, to make something from. Raises NoSuchGeneration."""
        generation = await self.look(generation_id, place)
        asset = next((one.asset_id for one in generation.outputs if one.asset_id is not None), None)
        if asset is None:
            raise NoSuchGeneration
        kind = {Medium.THREE_D: "model", Medium.TEXT: "text"}.get(generation.medium, generation.medium.value)
        return Given(role=role, filename=generation.id, asset_id=asset, content_type=f"{kind}/*")

    async def _cancel_job(self, generation: Generation) -> Generation:
        try:
            job = await self._gatekeeper.end(generation) or await self._fates.cancel(generation)
        except Rejected as error:
            log.info("job %s is not canceled: %s", generation.job_id, error)
            raise CannotCancel from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        if job.state in {JobState.SUCCEEDED, JobState.FAILED}:
            self._fates.wake(generation.id)
            raise TooLate
        return generation

    async def deletable(self, generation_id: str, actor: Actor) -> Generation:
        """The generation, if this actor may delete its card now. Raises NotAllowed, NoSuchGeneration."""
        return await self._own(generation_id, actor)

    async def delete(self, generation_id: str, actor: Actor) -> Removal:
        """Delete the card's message; what was made stays on record, and so does whose word that was, which is
        returned.

        Raises NotAllowed, NoSuchGeneration, Unshowable, Delayed.
        """
        generation = await self._own(generation_id, actor)
        try:
            await self._delivery.erase(generation)
        except Unshowable as error:
            if not error.deleted:
                raise
        by = Removal.OWNER if actor.id == generation.owner_id else Removal.MODERATOR
        removed = generation.removed or by  # an earlier word stays: nobody's Delete makes it a lesser one
        standing: Generation | None = generation
        while standing is not None:
            # the card loop may write in between; the message is gone whatever it wrote
            gone = replace(standing, card=Card.KEPT, removed=removed)
            if await self._store.save(standing, gone) is not None:
                break
            standing = await self._store.get(generation_id)
            if standing is not None and standing.message_id != generation.message_id:
                break  # it has another message by now
        return removed

    async def _own(self, generation_id: str, actor: Actor) -> Generation:
        generation = await self._store.get(generation_id)
        if generation is None:
            raise NoSuchGeneration
        if actor.id != generation.owner_id and not actor.moderator:
            raise NotAllowed(generation.owner_id)
        return generation


def price_name(generation: Generation) -> str:
    """A price as a button carries it, which says yes to that one only."""
    return f"{generation.price or 0.0:.15g}"


def _homeless(generation: Generation, here: Generation, place: Place) -> bool:
    """Whether something was made that has no card, so that its owner's answer may become it."""
    made = generation.fate is Fate.SUCCEEDED and generation.card is Card.KEPT
    # what somebody took away comes back for its owner's eyes only, and stays theirs
    alone = generation.removed is Removal.SOMEBODY and here.private
    as_it_was = here.private == generation.private
    return made and generation.owner_id == place.owner_id and (alone or as_it_was)


MODERATORS: Final = frozenset({Removal.MODERATOR, Removal.SOMEBODY})
"""Removals that only a moderator takes back."""


def _moderates(generation: Generation, place: Place) -> bool:
    return place.guild_id == generation.guild_id and place.moderates()


def _check_removed(generation: Generation, place: Place) -> None:
    """Raise NoSuchGeneration or Removed where the card was taken away, and this asker may not bring it back.

    Its owner takes back what is the owner's own; a moderator of its server what a moderator did. Of what was
    deleted in Discord its owner gets a private copy: it is paid for, and the place stays as it was left.
    """
    owns = generation.owner_id == place.owner_id
    restores = generation.removed in MODERATORS and _moderates(generation, place)
    match generation.removed:
        case None:
            return
        case Removal.OWNER if owns:
            return
        case Removal.SOMEBODY if owns or restores:
            return
        case Removal.MODERATOR if restores:
            return
        case Removal.MODERATOR if owns:
            raise Removed
        case _:
            raise NoSuchGeneration


def shows_privately(generation: Generation, place: Place) -> bool:
    """Whether the answer to /show is for the asker's eyes only."""
    alone = generation.removed is Removal.SOMEBODY and not _moderates(generation, place)
    return alone or generation.private or is_refusal(generation)


def _may_see(generation: Generation, place: Place) -> bool:
    """Whether what another member made public is public to this one, here."""
    if generation.private or is_refusal(generation) or generation.channel_id is None:
        return False
    if generation.guild_id != place.guild_id:
        return False
    return generation.channel_id == place.channel_id or place.sees(generation.channel_id)
