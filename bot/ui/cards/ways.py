"""The ways by which a card reaches its reader, one request each. `ui.cards.ladder` says which one is next."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol, cast

import aiohttp
import discord

from bot.cards.ports import Bucket, Shown
from bot.clock import Clock
from bot.generation.card import Card
from bot.generation.model import Fate, Generation
from bot.ui.cards.allowances import Allowances
from bot.ui.cards.buttons import view_of
from bot.ui.cards.ladder import Way
from bot.ui.cards.render import CardMessage
from bot.ui.exhibits.exhibit import Attachment
from bot.ui.speech.texts import say, speaking

ORIGINAL: Final = cast("int", "@original")
"""The name by which a token reaches its first answer; the library types it as an id."""
UNKNOWN_WEBHOOK: Final = 10015
_MOST_CLOSED: Final = 1_000
"""Cards, of which those whose tokens are over are forgotten."""
LOOK_BACK: Final = 50
"""Messages that are looked through for a card that may have been posted before a crash."""

BREAKS: Final = 3
"""Uploads in a row that break off before their files are believed to be what is not taken: whoever refuses
them half-way ends the connection, and the answer may be lost with it."""

SURELY_TAKEN: Final = 8 * 1024 * 1024
"""Bytes of files that are too large nowhere."""

Channel = discord.DMChannel | discord.PartialMessageable


class BrokenOff(Exception):
    """The files of a card break off on their way, again and again."""


class Walk(Protocol):
    """Sends a card one way. Raises what the library raises."""

    async def __call__(self, generation: Generation, card: CardMessage) -> Shown: ...


class Ways:
    """The requests to a logged-in client. Everything is addressed by ids."""

    def __init__(self, client: discord.Client, clock: Clock, allowances: Allowances) -> None:
        self._client = client
        self._clock = clock
        self._allowances = allowances
        self._closed: dict[str, datetime] = {}
        """Cards whose token took nothing, and until when that matters."""
        self._broken: dict[str, int] = {}
        """Cards whose large files broke off on their way, and how many times."""
        self.by: Mapping[Way, Walk] = {
            Way.TOKEN: self._by_token,
            Way.RIGHT: self._by_right,
            Way.POST: self._by_post,
            Way.DIRECT: self._by_dm,
        }

    async def open(self, generation: Generation, *, urgent: bool) -> tuple[Way, ...]:
        """What may be tried, the best first. A private card is nowhere in the channel, and only what is
        urgent is posted anew."""
        ways: list[Way] = []
        if self._takes_by_token(generation.card, urgent=urgent):
            ways.append(Way.TOKEN)
        public = not generation.card.private and generation.card.channel_id is not None
        if self.message(generation.card) is not None and (
            # a card that has moved has no token, and where it was asked for in a direct message it is not to
            # be told from one that only its reader sees
            public
            or (
                not ways
                and generation.origin.guild_id is not None
                and await self.moved_to_dm(generation.card)
            )
        ):
            ways.append(Way.RIGHT)
        if urgent and public:
            ways.append(Way.POST)
        if urgent:
            ways.append(Way.DIRECT)
        return tuple(ways)

    def bucket(self, card: Card) -> Bucket:
        """Where an edit that is not urgent is counted: with those by the same token, which is one card's, or
        with those of the same channel."""
        if self._takes_by_token(card, urgent=False) or card.channel_id is None or card.message_id is None:
            return Bucket(key=card.id)
        return Bucket(key=card.channel_id, rest=self._allowances.rest(card.channel_id, card.message_id))

    def close_token(self, card: Card) -> None:
        """What can wait tries another way than this card's token from now on."""
        now = self._clock.now()
        if len(self._closed) >= _MOST_CLOSED:
            self._closed = {id_: until for id_, until in self._closed.items() if until > now}
        self._closed[card.id] = card.token_expires_at or now

    async def walk(self, way: Way, generation: Generation, card: CardMessage) -> Shown:
        """One request. Raises what the library raises, and BrokenOff for large files that have too often not
        come through."""
        try:
            shown = await self.by[way](generation, card)
        except aiohttp.ClientConnectorError:
            raise  # not even begun
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if sum(attachment.size for attachment in card.attachments) <= SURELY_TAKEN:
                raise  # whatever broke it off
            if len(self._broken) >= _MOST_CLOSED:
                self._broken.clear()  # nobody came back for these
            broken = self._broken[generation.id] = self._broken.get(generation.id, 0) + 1
            if broken < BREAKS:
                raise
            raise BrokenOff from error
        self._broken.pop(generation.id, None)
        return shown

    def _takes_by_token(self, card: Card, *, urgent: bool) -> bool:
        """What is urgent tries it again: a good token too is refused now and then."""
        return card.token_alive(self._clock.now()) and (urgent or card.id not in self._closed)

    async def look(self, generation: Generation) -> bool:
        """Whether its message is there and may be changed. Raises what the library raises where it is not;
        False: there is none that can be asked for."""
        ways = await self.open(generation, urgent=False)
        message = self.message(generation.card)
        if Way.TOKEN in ways:
            await self.webhook(generation.card).fetch_message(ORIGINAL)
        elif Way.RIGHT in ways and message is not None:
            await message.fetch()
        return bool(ways)

    async def _by_token(self, generation: Generation, card: CardMessage) -> Shown:
        for attempt in (1, 2):
            try:
                message = await self.webhook(generation.card).edit_message(
                    ORIGINAL,
                    content=None,
                    embeds=card.embeds,
                    attachments=_files(card),
                    view=view_of(generation, card.presses, card.gate, card.actions),
                    allowed_mentions=discord.AllowedMentions.none(),
                )
            except discord.HTTPException as error:
                if error.code != UNKNOWN_WEBHOOK or attempt == 2:
                    raise
                await self._clock.sleep(1.0)  # said now and then of a token that is still good
            else:
                return Shown(message_id=message.id, channel_id=None)
        raise AssertionError

    async def _by_right(self, generation: Generation, card: CardMessage) -> Shown:
        """The same message, with the bot's own token."""
        message = self.message(generation.card)
        assert message is not None
        await self._edit(message, generation, card, content=None)
        return Shown(message_id=message.id, channel_id=generation.card.channel_id)

    async def _by_post(self, generation: Generation, card: CardMessage) -> Shown:
        assert generation.card.channel_id is not None
        return await self._post(self.channel(generation.card.channel_id), generation, card)

    async def _by_dm(self, generation: Generation, card: CardMessage) -> Shown:
        with speaking(generation.origin.owner_locale):
            content = say(_why_here(generation))
        channel = await self._client.create_dm(discord.Object(generation.origin.owner_id))
        return await self._post(channel, generation, card, content=content)

    async def _post(
        self, channel: Channel, generation: Generation, card: CardMessage, *, content: str | None = None
    ) -> Shown:
        """A new message, unless an earlier process posted it: the nonce deduplicates for minutes only."""
        already = await self._posted(channel, generation)
        if already is not None:
            await self._edit(channel.get_partial_message(already), generation, card, content=content)
            return Shown(message_id=already, channel_id=channel.id)
        sent = await channel.send(
            content,
            embeds=card.embeds,
            files=_files(card),
            view=view_of(generation, card.presses, card.gate, card.actions) or discord.utils.MISSING,
            allowed_mentions=discord.AllowedMentions.none(),
            nonce=generation.id[-25:],
        )
        return Shown(message_id=sent.id, channel_id=channel.id)

    @staticmethod
    async def _edit(
        message: discord.PartialMessage, generation: Generation, card: CardMessage, *, content: str | None
    ) -> None:
        await message.edit(
            content=content,
            embeds=card.embeds,
            attachments=_files(card),
            view=view_of(generation, card.presses, card.gate, card.actions),
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def _posted(self, channel: Channel, generation: Generation) -> int | None:
        """The card that an earlier try posted here. The answer to an interaction is none: it is the card that
        could not be edited, or a copy that somebody asked for."""
        after = discord.Object(int(generation.id)) if generation.id.isdigit() else None
        # the newest: with `after` alone the library would read the oldest ones
        async for message in channel.history(limit=LOOK_BACK, after=after, oldest_first=False):
            ours = (
                message.author.id == generation.origin.application_id and message.interaction_metadata is None
            )
            if ours and any((embed.footer.text or "").endswith(generation.id) for embed in message.embeds):
                return message.id
        return None

    async def moved_to_dm(self, card: Card) -> bool:
        """Whether a card ended as a direct message, which is ours to change and to delete."""
        try:
            channel = await self._client.create_dm(discord.Object(card.origin.owner_id))
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return False
        return channel.id == card.channel_id

    # -- addresses ------------------------------------------------------------------------------------

    def webhook(self, card: Card) -> discord.Webhook:
        webhook = discord.Webhook.partial(card.origin.application_id, card.token or "", client=self._client)
        # a partial one passes for an incoming webhook, and those may not answer privately
        webhook.type = discord.WebhookType.application
        return webhook

    def channel(self, channel_id: int) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel_id)

    def message(self, card: Card) -> discord.PartialMessage | None:
        if card.channel_id is None or card.message_id is None:
            return None
        return self.channel(card.channel_id).get_partial_message(card.message_id)


def _why_here(generation: Generation) -> str:
    """The key of the sentence above a card that comes as a direct message."""
    if not generation.fate.final:
        return "card.moved_gate" if generation.bought else "card.moved_question"
    return "card.moved" if generation.fate is Fate.SUCCEEDED else "card.moved_over"


def _files(card: CardMessage) -> list[discord.File]:
    """Fresh files for one attempt: sending consumes them."""
    return [_file(attachment, spoiler=card.spoiler) for attachment in card.attachments]


def _file(attachment: Attachment, *, spoiler: bool) -> discord.File:
    source = io.BytesIO(attachment.data) if attachment.data is not None else cast("str", attachment.path)
    return discord.File(source, filename=attachment.filename, description=attachment.alt, spoiler=spoiler)
