"""Discord as the card loop's port: cards addressed by ids, so that any process can deliver any of them."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Never, cast

import aiohttp
import discord

from bot.clock import Clock
from bot.generation.model import Generation
from bot.generation.ports import Acknowledged, Delayed, Result, Shown, Unshowable
from bot.generation.progress import Progress
from bot.ui import words
from bot.ui.buttons import view_of
from bot.ui.exhibits import Attachment, prepare
from bot.ui.render import CardMessage, Press, render
from bot.ui.texts import say, speaking

log = logging.getLogger(__name__)

ORIGINAL: Final = cast("int", "@original")
"""The name by which a token reaches its first answer; the library types it as an id."""

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_WEBHOOK: Final = 10015
MISSING_ACCESS: Final = 50001
CANNOT_DM: Final = 50007
MISSING_PERMISSIONS: Final = 50013
TOKEN_EXPIRED: Final = 50027
THREAD_ARCHIVED: Final = 50083
TOO_LARGE: Final = 40005

DEAD_TOKEN: Final = frozenset({UNKNOWN_WEBHOOK, TOKEN_EXPIRED})
NO_WAY: Final = frozenset({MISSING_ACCESS, MISSING_PERMISSIONS, UNKNOWN_CHANNEL, CANNOT_DM, THREAD_ARCHIVED})
SMALLEST_LIMIT: Final = 4 * 1024
"""Bytes: where not even this is taken, the files are not what is too large."""
LOOK_BACK: Final = 50
"""Messages that are looked through for a card that may have been posted before a crash."""


class _NextWay(Exception):
    """This way is closed; another may be open."""


class DiscordDelivery:
    """The `Delivery` port over a logged-in client."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    # -- the port -------------------------------------------------------------------------------------

    async def find_original(self, generation: Generation) -> Acknowledged | None:
        for attempt in (1, 2):
            if not generation.token_alive(self._clock.now()):
                return None
            try:
                message = await self._webhook(generation).fetch_message(ORIGINAL)
            except discord.HTTPException as error:
                if error.code == UNKNOWN_WEBHOOK and attempt == 1:
                    await self._clock.sleep(1.0)  # said now and then of a token that is still good
                elif error.status >= 500 or error.status == 429:
                    raise Delayed(f"Discord answered {error.status} {error.code}") from error
                else:
                    return None
            except (aiohttp.ClientError, OSError) as error:
                raise Delayed(type(error).__name__) from error
            else:
                return Acknowledged(message_id=message.id, ephemeral=message.flags.ephemeral)
        return None

    async def show(
        self, generation: Generation, progress: Progress | None, results: Sequence[Result]
    ) -> Shown:
        return await self._fitting(generation, progress, results, self._show)

    async def show_copy(self, generation: Generation, results: Sequence[Result]) -> None:
        async def by_token_alone(generation: Generation, card: CardMessage) -> Shown:
            try:
                original = (Press.ORIGINAL,) if Press.ORIGINAL in card.presses else ()
                return await self._by_token(generation, replace(card, presses=(Press.AGAIN, *original)))
            except _NextWay as closed:
                raise Unshowable(str(closed)) from closed

        await self._fitting(generation, None, results, by_token_alone)

    async def _fitting(
        self,
        generation: Generation,
        progress: Progress | None,
        results: Sequence[Result],
        show: Callable[[Generation, CardMessage], Awaitable[Shown]],
    ) -> Shown:
        """Show with files that Discord takes."""
        limit = generation.attachment_limit
        while True:
            exhibits = await prepare(
                results, stem=f"imagine-{generation.id}", limit=limit, hidden=generation.spoiler
            )
            card = render(generation, progress, exhibits)
            try:
                return await show(generation, card)
            except discord.HTTPException as error:
                # the limit is the place's at the time of asking; a boost may have ended since
                if not _is_too_large(error) or not card.attachments:
                    raise _delayed(error) from error
                limit = min(limit, max(attachment.size for attachment in card.attachments)) // 2
                log.warning("the files are over this place's limit: again with at most %d bytes", limit)
                if limit < SMALLEST_LIMIT:
                    results = ()  # better a card without its picture than none

    async def withdraw(self, generation: Generation) -> None:
        if not generation.token_alive(self._clock.now()):
            await self.show(generation, None, ())
            return
        webhook = self._webhook(generation)
        with speaking(generation.owner_locale):
            notice = words.cut(words.failure(generation), 2000)
        try:
            await self._gone_is_fine(webhook.delete_message(ORIGINAL))
            await webhook.send(
                notice,
                ephemeral=True,
                wait=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            if isinstance(error, discord.HTTPException) and error.code in DEAD_TOKEN:
                await self.show(replace(generation, token=None), None, ())
                return
            raise _delayed(error) from error

    async def erase(self, generation: Generation) -> None:
        ways: list[Callable[[], Awaitable[None]]] = []
        if generation.token_alive(self._clock.now()):
            ways.append(lambda: self._webhook(generation).delete_message(ORIGINAL))
        message = self._message(generation)
        if message is not None and (not generation.private or await self._moved_to_dm(generation)):
            ways.insert(0, message.delete)
        for way in ways:
            try:
                await self._gone_is_fine(way())
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                if isinstance(error, discord.HTTPException) and error.code in DEAD_TOKEN | NO_WAY:
                    continue
                raise _delayed(error) from error
            return
        raise Unshowable("no way to delete the message")

    # -- the ways to show -----------------------------------------------------------------------------

    async def _show(self, generation: Generation, card: CardMessage) -> Shown:
        """By token, else by the bot's own right, else (the last word only) by direct message."""
        for way in (self._by_token, self._by_right, self._by_dm):
            try:
                return await way(generation, card)
            except _NextWay as closed:
                log.debug("%s: %s", way.__name__, closed)
            except discord.HTTPException as error:
                if _is_too_large(error):
                    raise
                if error.code != UNKNOWN_MESSAGE and error.status in {400, 403} and not generation.fate.final:
                    log.exception("Discord refused a card on the way: its last word may still pass")
                    return Shown(message_id=None, channel_id=None)
                _translate(error)
            except (aiohttp.ClientError, OSError) as error:
                raise _delayed(error) from error
        if not generation.fate.final:
            return Shown(message_id=None, channel_id=None)  # the last word will find a way, or be kept
        raise Unshowable("neither the token, nor the channel, nor a direct message is open")

    async def _by_token(self, generation: Generation, card: CardMessage) -> Shown:
        if not generation.token_alive(self._clock.now()):
            raise _NextWay("the token's time is over")
        for attempt in (1, 2):
            try:
                message = await self._webhook(generation).edit_message(
                    ORIGINAL,
                    content=None,
                    embeds=card.embeds,
                    attachments=_files(card),
                    view=view_of(generation, card.presses, card.gate),
                    allowed_mentions=discord.AllowedMentions.none(),
                )
            except discord.HTTPException as error:
                if error.code in NO_WAY:
                    raise _NextWay(f"Discord says {error.code}") from error
                if error.code not in DEAD_TOKEN:
                    raise
                if error.code == UNKNOWN_WEBHOOK and attempt == 1:
                    # said now and then of a token that is still good
                    await self._clock.sleep(1.0)
                    continue
                raise _NextWay(f"Discord says {error.code}") from error
            return Shown(message_id=message.id, channel_id=None)
        raise _NextWay("unreachable")

    async def _moved_to_dm(self, generation: Generation) -> bool:
        """Whether a private card ended as a direct message, which is ours to delete."""
        try:
            channel = await self._client.create_dm(discord.Object(generation.owner_id))
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return False
        return channel.id == generation.channel_id

    async def _by_right(self, generation: Generation, card: CardMessage) -> Shown:
        """The same message, with the bot's own token. A private card is nowhere in the channel."""
        if generation.private or generation.channel_id is None:
            raise _NextWay("private")
        message = self._message(generation)
        try:
            if message is None:
                if not generation.fate.final:
                    raise _NextWay("its message is not known")
                return await self._post(self._channel(generation.channel_id), generation, card)
            await message.edit(
                embeds=card.embeds,
                attachments=_files(card),
                view=view_of(generation, card.presses, card.gate),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except discord.HTTPException as error:
            if error.code in NO_WAY:
                raise _NextWay(f"Discord says {error.code}") from error
            raise
        return Shown(message_id=message.id, channel_id=generation.channel_id)

    async def _by_dm(self, generation: Generation, card: CardMessage) -> Shown:
        if not generation.fate.final:
            raise _NextWay("direct messages are for the last word")
        with speaking(generation.owner_locale):
            content = say("card.moved")
        try:
            channel = await self._client.create_dm(discord.Object(generation.owner_id))
            return await self._post(channel, generation, card, content=content)
        except discord.HTTPException as error:
            if error.code in NO_WAY:
                raise _NextWay(f"Discord says {error.code}") from error
            raise

    async def _post(
        self,
        channel: discord.DMChannel | discord.PartialMessageable,
        generation: Generation,
        card: CardMessage,
        *,
        content: str | None = None,
    ) -> Shown:
        """A new message, unless an earlier process posted it: the nonce deduplicates for minutes only."""
        already = await self._posted(channel, generation)
        if already is None:
            sent = await channel.send(
                content,
                embeds=card.embeds,
                files=_files(card),
                view=view_of(generation, card.presses, card.gate) or discord.utils.MISSING,
                allowed_mentions=discord.AllowedMentions.none(),
                nonce=generation.id[-25:],
            )
            already = sent.id
        return Shown(message_id=already, channel_id=channel.id)

    async def _posted(
        self, channel: discord.DMChannel | discord.PartialMessageable, generation: Generation
    ) -> int | None:
        after = discord.Object(int(generation.id)) if generation.id.isdigit() else None
        # the newest: with `after` alone the library would read the oldest ones
        async for message in channel.history(limit=LOOK_BACK, after=after, oldest_first=False):
            ours = message.author.id == generation.application_id
            if ours and any((embed.footer.text or "").endswith(generation.id) for embed in message.embeds):
                return message.id
        return None

    # -- addresses ------------------------------------------------------------------------------------

    def _webhook(self, generation: Generation) -> discord.Webhook:
        webhook = discord.Webhook.partial(
            generation.application_id, generation.token or "", client=self._client
        )
        # a partial one passes for an incoming webhook, and those may not answer privately
        webhook.type = discord.WebhookType.application
        return webhook

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel_id)

    def _message(self, generation: Generation) -> discord.PartialMessage | None:
        if generation.channel_id is None or generation.message_id is None:
            return None
        return self._channel(generation.channel_id).get_partial_message(generation.message_id)

    @staticmethod
    async def _gone_is_fine(deleting: Awaitable[None]) -> None:
        try:
            await deleting
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise


def _files(card: CardMessage) -> list[discord.File]:
    """Fresh files for one attempt: sending consumes them."""
    return [
        _file(attachment, alt, spoiler=card.spoiler)
        for attachment, alt in zip(card.attachments, card.alts, strict=True)
    ]


def _file(attachment: Attachment, alt: str, *, spoiler: bool) -> discord.File:
    source = io.BytesIO(attachment.data) if attachment.data is not None else cast("str", attachment.path)
    return discord.File(source, filename=attachment.filename, description=alt, spoiler=spoiler)


def _is_too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE


def _translate(error: discord.HTTPException) -> Never:
    if error.code == UNKNOWN_MESSAGE:
        raise Unshowable("somebody deleted the message", deleted=True) from error
    raise _delayed(error) from error


def _delayed(error: Exception) -> Delayed | Unshowable:
    """Worth another try later; but Discord's definite no (400) will be no tomorrow."""
    if isinstance(error, discord.HTTPException):
        if error.status in {400, 403}:
            return Unshowable(f"Discord refused the card: {error.status} {error.code}")
        return Delayed(f"Discord answered {error.status} {error.code}")
    if isinstance(error, asyncio.TimeoutError):
        return Delayed("Discord did not answer", retry_after=timedelta(seconds=2))
    return Delayed(type(error).__name__)
