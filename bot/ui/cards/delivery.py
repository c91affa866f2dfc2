"""Discord as the card loop's port: cards addressed by ids, so that any process can deliver any of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import aiohttp
import discord

from bot.actions.actions import MOVES, Action
from bot.actions.kin import ALONE, Kin
from bot.cards.ports import Bucket, Result, Shown, Unshowable
from bot.clock import Clock
from bot.generation.card import Card
from bot.generation.group import jobs_of
from bot.generation.model import Fate, Generation
from bot.generation.ports import Acknowledged, Delayed
from bot.generation.progress import Progress, asks
from bot.ui.cards.allowances import Allowances
from bot.ui.cards.ladder import Form, Ladder, Verdict, Way, judge
from bot.ui.cards.render import CardMessage, Press, render, render_plain
from bot.ui.cards.resend import resend_view
from bot.ui.cards.ways import ORIGINAL, UNKNOWN_WEBHOOK, BrokenOff, Ways
from bot.ui.exhibits.exhibit import Exhibit, withheld
from bot.ui.exhibits.prepare import prepare
from bot.ui.exhibits.rendering import Fit, Fitted, Rendering, Sheet, Small
from bot.ui.exhibits.sheets.sheet import on_sheet
from bot.ui.interactions.returned import returned, words_of_ask
from bot.ui.speech import words
from bot.ui.speech.texts import speaking
from bot.vocabulary import Medium

log = logging.getLogger(__name__)

SMALLEST_LIMIT: Final = 4 * 1024
"""Bytes: where not even this is taken, the files are not what is too large."""
LOOK_PATIENCE: Final = 1.0
"""Seconds that a look at a message may take of the three in which Discord wants its answer."""


Able = Callable[[Generation, Medium], frozenset[Action]]
"""What can be done with results of that medium."""


def nothing_more(generation: Generation, medium: Medium) -> frozenset[Action]:
    """For a card that offers what needs no model, and no more."""
    del generation, medium
    return frozenset()


KinOf = Callable[[Generation], Awaitable[Kin]]
"""What a card comes from, and what was built on it."""


async def none_known(generation: Generation) -> Kin:
    """For a card that says nothing of others."""
    del generation
    return ALONE


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a card is drawn with."""

    rendering: Rendering
    able: Able
    kin: KinOf


class DiscordDelivery:
    """The `Delivery` port over a logged-in client."""

    def __init__(
        self,
        client: discord.Client,
        clock: Clock,
        rendering: Rendering,
        allowances: Allowances,
        able: Able = nothing_more,
        kin: KinOf = none_known,
    ) -> None:
        """allowances: of the client's answers. able: what can be done with what a card shows. kin: what it
        comes from, and what came of it."""
        self._clock = clock
        self._ways = Ways(client, clock, allowances)
        self._drawing = Drawing(rendering, able, kin)
        self._in_turn = replace(self._drawing, rendering=_InTurn(rendering))

    # -- the port -------------------------------------------------------------------------------------

    async def find_original(self, card: Card) -> Acknowledged | None:
        """The answer that Discord keeps of the command; None where there is none."""
        for attempt in (1, 2):
            if not card.token_alive(self._clock.now()):
                return None
            try:
                message = await self._ways.webhook(card).fetch_message(ORIGINAL)
            except discord.HTTPException as error:
                if error.code == UNKNOWN_WEBHOOK and attempt == 1:
                    await self._clock.sleep(1.0)  # said now and then of a token that is still good
                elif judge(error.status, error.code) is Verdict.LATER:
                    raise _delayed(error) from error
                else:
                    return None
            except (aiohttp.ClientError, OSError) as error:
                raise _delayed(error) from error
            else:
                return Acknowledged(message_id=message.id, ephemeral=message.flags.ephemeral)
        return None

    async def show(
        self, generation: Generation, progress: Progress | None, results: Sequence[Result]
    ) -> Shown:
        urgent = generation.fate.final or asks(generation, progress)
        ladder = Ladder(await self._ways.open(generation, urgent=urgent))
        drawing = self._drawing if urgent else self._in_turn
        descent = _Descent(self._ways, drawing, generation, progress, results, urgent=urgent)
        shown = await descent.go(ladder)
        if shown is None and not urgent:
            return Shown(message_id=None, channel_id=None)  # the last word will find a way, or be kept
        if shown is None or shown.message_id != generation.card.message_id:
            await self._clear(generation, shown)
        if shown is None:
            raise Unshowable("neither the token, nor the channel, nor a direct message takes it")
        return shown

    def bucket(self, generation: Generation) -> Bucket:
        return self._ways.bucket(generation.card)

    async def stands(self, generation: Generation) -> bool:
        message = self._ways.message(generation.card)
        if message is None:
            return True
        try:
            async with asyncio.timeout(LOOK_PATIENCE):
                await message.fetch()
        except discord.HTTPException as error:
            return judge(error.status, error.code) is not Verdict.DELETED
        except (aiohttp.ClientError, OSError):
            return True
        return True

    async def reaches(self, generation: Generation) -> bool:
        try:
            return await self._ways.look(generation)
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return False  # to draw it finds out more

    async def show_copy(self, generation: Generation, results: Sequence[Result]) -> None:
        def copied(card: CardMessage) -> CardMessage:
            original = (Press.ORIGINAL,) if Press.ORIGINAL in card.presses else ()
            return replace(card, presses=(Press.AGAIN, *original), actions=card.actions - MOVES)

        descent = _Descent(self._ways, self._drawing, generation, None, results, change=copied)
        alive = generation.card.token_alive(self._clock.now())
        if await descent.go(Ladder((Way.TOKEN,) if alive else ())) is None:
            raise Unshowable("the answer takes nothing of it")

    async def withdraw(self, generation: Generation) -> None:
        if not generation.card.token_alive(self._clock.now()):
            await self.show(generation, None, ())
            return
        webhook = self._ways.webhook(generation.card)
        refusal = await self._asked(webhook.delete_message(ORIGINAL))
        if refusal not in {None, Verdict.DELETED}:
            await self.show(generation.carded(token=None), None, ())
            return
        with speaking(generation.origin.owner_locale):
            why, typed = words.failure(generation), words_of_ask(generation.ask)
            notices = [
                *(returned(why, typed, files=files) for files in (True, False)),
                returned(words.plain_failure(generation), ()),
            ]
            view = resend_view(generation.card.id)
        for notice in dict.fromkeys(notices):
            sending = webhook.send(
                notice.content,
                files=[notice.attached] if notice.attached is not None else discord.utils.MISSING,
                view=view,
                ephemeral=True,
                wait=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
            if await self._asked(sending) is None:
                return
        # its message is gone, and nothing of a refusal belongs in the channel
        told = await _Descent(self._ways, self._drawing, generation, None, ()).go(Ladder((Way.DIRECT,)))
        if told is None:
            raise Unshowable("the asker cannot be told")

    async def erase(self, generation: Generation) -> None:
        ways: list[Callable[[], Awaitable[None]]] = []
        if generation.card.token_alive(self._clock.now()):
            ways.append(lambda: self._ways.webhook(generation.card).delete_message(ORIGINAL))
        message = self._ways.message(generation.card)
        if message is not None and (
            not generation.card.private or await self._ways.moved_to_dm(generation.card)
        ):
            ways.insert(0, message.delete)
        for way in ways:
            refusal = await self._asked(way())
            if refusal in {None, Verdict.DELETED}:
                return
        raise Unshowable("no way to delete the message")

    # -- common ---------------------------------------------------------------------------------------

    async def _clear(self, generation: Generation, shown: Shown | None) -> None:
        """A message that still says that something runs goes, once its end is told elsewhere or cannot be
        told at all. Raises Delayed."""
        if shown is not None and shown.channel_id is None:
            return  # the answer's own message, whose id was not known before
        try:
            await self.erase(generation)
        except Unshowable as error:
            log.warning("what stands in the channel can be neither changed nor deleted: %s", error)

    @staticmethod
    async def _asked(request: Awaitable[object]) -> Verdict | None:
        """What Discord says to a request that changes no card; None: it is done. Raises Delayed."""
        try:
            await request
        except discord.HTTPException as error:
            verdict = judge(error.status, error.code)
            if verdict is Verdict.LATER:
                raise _delayed(error) from error
            log.info("Discord answered %d %d", error.status, error.code)
            return verdict
        except (aiohttp.ClientError, OSError) as error:
            raise _delayed(error) from error
        return None


class _Descent:
    """One card on its way down a ladder."""

    def __init__(
        self,
        ways: Ways,
        drawing: Drawing,
        generation: Generation,
        progress: Progress | None,
        results: Sequence[Result],
        *,
        urgent: bool = True,
        change: Callable[[CardMessage], CardMessage] = lambda card: card,
    ) -> None:
        """urgent: whether it may go on by another way at once; else it has its turn for the first one alone.
        change: made to each card before it is sent."""
        self._urgent = urgent
        self._ways = ways
        self._drawing = drawing
        self._generation = generation
        self._progress = progress
        self._results = results
        self._change = change
        self._limit = generation.card.attachment_limit
        self._exhibits: tuple[int, list[Exhibit]] | None = None
        self._kin: Kin | None = None

    async def go(self, ladder: Ladder) -> Shown | None:
        """Where the card is now; None where no way takes it. Raises Delayed, Unshowable where somebody
        deleted the message."""
        while ladder.way is not None:
            if ladder.form is Form.WHOLE:
                self._limit = self._generation.card.attachment_limit
            card = self._change(await self._card(ladder.form))
            try:
                return await self._ways.walk(ladder.way, self._generation, card)
            except discord.HTTPException as error:
                verdict = judge(error.status, error.code)
                log.warning(
                    "%s %s: Discord answered %d %d",
                    ladder.way.name,
                    ladder.form.name,
                    error.status,
                    error.code,
                )
                if verdict is Verdict.LATER:
                    raise _delayed(error) from error
                if verdict is Verdict.DELETED:
                    raise Unshowable("somebody deleted the message", deleted=True) from error
                smaller = verdict is Verdict.TOO_LARGE and self._shrink(card)
                way = ladder.way
                ladder = ladder.after(verdict, files=bool(card.attachments), smaller=smaller)
                if way is Way.TOKEN and ladder.way not in {way, None} and not self._urgent:
                    self._ways.close_token(self._generation.card)
                    raise Delayed("the token takes nothing", retry_after=timedelta(0)) from error
            except BrokenOff:
                log.warning("%s %s: the files break off", ladder.way.name, ladder.form.name)
                verdict = Verdict.TOO_LARGE
                ladder = ladder.after(verdict, files=True, smaller=self._shrink(card))
            except (aiohttp.ClientError, OSError) as error:
                raise _delayed(error) from error
        return None

    async def _card(self, form: Form) -> CardMessage:
        if form is Form.PLAIN:
            return render_plain(self._generation, self._progress, self._actions(self._generation.medium))
        exhibits = await self._prepared()
        medium = (exhibits[0].medium if exhibits else None) or self._generation.medium
        if form is Form.BARE:
            exhibits = withheld(exhibits)
        return render(
            self._generation, self._progress, exhibits, self._actions(medium), await self._related()
        )

    async def _related(self) -> Kin:
        """Read once, and for the last word only."""
        if self._kin is None:
            done = self._generation.fate is Fate.SUCCEEDED
            self._kin = await self._drawing.kin(self._generation) if done else ALONE
        return self._kin

    def _actions(self, medium: Medium) -> frozenset[Action]:
        done = self._generation.fate is Fate.SUCCEEDED
        return self._drawing.able(self._generation, medium) if done else frozenset()

    async def _prepared(self) -> list[Exhibit]:
        if self._exhibits is None or self._exhibits[0] != self._limit:
            self._exhibits = self._limit, await self._made()
        return self._exhibits[1]

    async def _made(self) -> list[Exhibit]:
        generation, stem = self._generation, f"imagine-{self._generation.id}"
        if generation.permuted:
            count = sum(max(len(job.outputs), job.ask.count or 1) for job in jobs_of(generation))
            sheet = await on_sheet(
                self._results, count=count, stem=stem, limit=self._limit, rendering=self._drawing.rendering
            )
            if sheet is not None:
                return sheet
        return await prepare(
            self._results,
            stem=stem,
            limit=self._limit,
            hidden=generation.spoiler,
            rendering=self._drawing.rendering,
        )

    def _shrink(self, card: CardMessage) -> bool:
        """Halve the limit: the place's is that of the time of asking, and a boost may have ended since."""
        largest = max((attachment.size for attachment in card.attachments), default=0)
        self._limit = min(self._limit, largest) // 2
        return self._limit >= SMALLEST_LIMIT


class _InTurn:
    """A renderer of which no more than one picture is asked for at once: whoever cannot wait stands behind no
    more than that."""

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering
        self._turn = asyncio.Lock()

    async def fit(self, wanted: Fit) -> Fitted:
        async with self._turn:
            return await self._rendering.fit(wanted)

    async def small(self, wanted: Small) -> bytes:
        async with self._turn:
            return await self._rendering.small(wanted)

    async def sheet(self, wanted: Sheet) -> bytes:
        async with self._turn:
            return await self._rendering.sheet(wanted)


def _delayed(error: Exception) -> Delayed:
    if isinstance(error, discord.HTTPException):
        return Delayed(f"Discord answered {error.status} {error.code}")
    if isinstance(error, asyncio.TimeoutError):
        return Delayed("Discord did not answer", retry_after=timedelta(seconds=2))
    return Delayed(type(error).__name__)
