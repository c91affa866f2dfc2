"""The picture in a message: what a context menu was opened on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import discord
from discord.http import Route
from yarl import URL

from bot.generation.member_files import FILE_CAP
from bot.refusals import FileTooLarge, Lacking, NoPicture
from bot.request.ask import InputFile
from bot.request.attach import file_kind
from bot.scenario.api.hosts import Hosts
from bot.ui.commands.intake import hosts_of
from bot.ui.interactions.asking import AnyInteraction, given

_CARD: Final = re.compile(r"(?:^|\s)(?P<id>[0-9]+)$")
"""How a card's footer ends."""
_HIDDEN: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
_PICTURE: Final = "image/*"
_SEEN: Final = frozenset({"image", "image-hdr"})
_LOTTIE: Final = "application/x-lottie"
"""Our word for a sticker that is drawn by a program."""
_STICKERS: Final = {
    discord.StickerFormatType.png: "image/png",
    discord.StickerFormatType.apng: "image/png",
    discord.StickerFormatType.gif: "image/gif",
}


class _Holder(Protocol):
    """What holds files: a message, and a forwarded one inside it."""

    content: str
    attachments: list[discord.Attachment]
    embeds: list[discord.Embed]

    @property
    def stickers(self) -> Sequence[discord.StickerItem]: ...

    @property
    def components(self) -> Sequence[discord.Component]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A file in a message: as it would be given, and where else Discord keeps it."""

    given: InputFile
    proxy: str | None = None

    @property
    def kind(self) -> str | None:
        """Scenario's word for what it is; None where nothing says. What Discord has measured can be seen."""
        told = file_kind(self.given)
        return "image" if told is None and self.given.width and not self.given.duration else told


def card_of(interaction: AnyInteraction, message: discord.Message) -> str | None:
    """The number of our card that this message is; None for any other message."""
    if message.author.id != interaction.application_id:
        return None
    found = (_CARD.search(embed.footer.text or "") for embed in message.embeds)
    return next((match["id"] for match in found if match is not None), None)


def pictures_of(message: discord.Message, role: str) -> Sequence[InputFile]:
    """Every picture that can be had, of what is attached, shown, previewed or stuck to the message or to one
    that it forwards; the same one once. Raises NoPicture, FileTooLarge where there is none."""
    seen, hosts = [one for holder in _holders(message) for one in _all(holder)], hosts_of(Route.BASE)
    had = [_had(one, hosts) for one in seen]
    found = {one.url: replace(one, role=role) for one in had if isinstance(one, InputFile)}
    if found:
        return [*found.values()]
    refused = [one for one in had if not isinstance(one, InputFile)]
    # a picture that cannot be had explains more than a file that is none
    refused.sort(key=lambda why: isinstance(why, NoPicture) and why.lacking is Lacking.OTHER)
    raise next(iter(refused), None) or NoPicture()


def _had(one: _Seen, hosts: Hosts) -> InputFile | NoPicture | FileTooLarge:
    if one.given.content_type == _LOTTIE:
        return NoPicture(Lacking.MOVING)
    if one.kind not in _SEEN:
        return NoPicture(Lacking.OTHER, one.kind)
    link = next((link for link in (one.given.url, one.proxy) if _allowed(link, hosts)), None)
    if link is None:
        return NoPicture(Lacking.ELSEWHERE)
    size = one.given.size
    if size is not None and size > FILE_CAP:
        return FileTooLarge(one.given.filename, size, FILE_CAP)
    return replace(one.given, url=link, content_type=one.given.content_type or _PICTURE)


def _allowed(link: str | None, hosts: Hosts) -> bool:
    try:
        return bool(link) and hosts.allow(URL(link or ""))
    except ValueError:  # it is no address at all
        return False


# -- where files are ------------------------------------------------------------------------------------


def _holders(message: discord.Message) -> Iterator[_Holder]:
    yield message
    yield from message.message_snapshots


def _all(holder: _Holder) -> Iterator[_Seen]:
    for attachment in holder.attachments:
        yield _Seen(given=given(attachment, ""), proxy=attachment.proxy_url)
    yield from _in_components(holder.components, hidden=False)
    for embed in holder.embeds:
        yield from _in_embed(embed, holder.content)
    for sticker in holder.stickers:
        kind = _STICKERS.get(sticker.format, _LOTTIE)
        yield _Seen(given=InputFile(role="", filename=sticker.name, url=sticker.url, content_type=kind))


def _in_components(components: Iterable[discord.Component], *, hidden: bool) -> Iterator[_Seen]:
    for one in components:
        match one:
            case discord.MediaGalleryComponent():
                for item in one.items:
                    yield _shown(item.media, hidden=hidden or item.spoiler)
            case discord.ThumbnailComponent() | discord.FileComponent():
                yield _shown(one.media, hidden=hidden or one.spoiler)
            case discord.SectionComponent():
                yield from _in_components([one.accessory], hidden=hidden)
            case discord.Container():
                yield from _in_components(one.children, hidden=hidden or one.spoiler)
            case _:
                pass


def _shown(media: discord.UnfurledMediaItem, *, hidden: bool) -> _Seen:
    shown = InputFile(
        role="",
        filename=media.url.partition("?")[0].rpartition("/")[2],
        url=media.url,
        content_type=media.content_type,
        width=media.width,
        height=media.height,
        spoiler=hidden or media.flags.spoiler,
    )
    return _Seen(given=shown, proxy=media.proxy_url)


def _in_embed(embed: discord.Embed, content: str) -> Iterator[_Seen]:
    """The picture that an embed shows, of a link's preview the one that stands for it."""
    hidden = any(embed.url in part for part in _HIDDEN.findall(content)) if embed.url else False
    for media in (embed.image, embed.thumbnail):
        if media.url:
            shown = InputFile(
                role="",
                filename="picture",
                url=media.url,
                content_type=_PICTURE,
                width=media.width,
                height=media.height,
                spoiler=hidden,
            )
            yield _Seen(given=shown, proxy=media.proxy_url)
