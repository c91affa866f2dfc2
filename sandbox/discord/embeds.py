"""Discord's rules for embeds, as pure functions over decoded JSON."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from sandbox.discord.checks import (
    REQUIRED,
    Flaws,
    all_objects,
    array,
    at,
    boolean,
    integer,
    keys,
    listing,
    mapping,
    objects,
    only,
    text,
)
from sandbox.discord.refusal import Flaw
from sandbox.json import Json

MOST = 10
TOTAL = 6000
SCHEME = "attachment://"

# What a bot may send, and what it got from Discord and may send back.
_EMBED = keys(
    "title type description url timestamp color footer image thumbnail video provider author fields"
    " flags content_scan_version reference_id id"
)
_MEDIA = keys("url proxy_url height width content_type placeholder placeholder_version description flags")
_FOOTER = frozenset({"text", "icon_url", "proxy_icon_url"})
_AUTHOR = frozenset({"name", "url", "icon_url", "proxy_icon_url"})
_FIELD = frozenset({"name", "value", "inline"})


def embed_flaws(holder: Json, path: str, files: frozenset[str]) -> Flaws:
    """Flaws of `holder["embeds"]`. `files` are the names that `attachment://` may refer to."""
    yield from listing(holder, "embeds", path, most=MOST)
    where = at(path, "embeds")
    embeds = array(holder.get("embeds"))
    yield from all_objects(embeds, where)
    for place, embed in objects(embeds, where):
        yield from _one(embed, place, files)
    if sum(size(mapping(embed)) for embed in embeds) > TOTAL:
        yield Flaw(where, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {TOTAL}")


def size(embed: Json) -> int:
    """Characters that count towards the total of 6000, trimmed."""
    return sum(len(value.strip()) for value in _texts(embed))


def used_files(embeds: list[Any]) -> set[str]:
    """Names of attachments that the embeds show."""
    urls = (url for embed in embeds for _, url in _media_urls(mapping(embed)))
    return {url.removeprefix(SCHEME) for url in urls if url.startswith(SCHEME)}


def _texts(embed: Json) -> Iterator[str]:
    holders = [embed, mapping(embed.get("footer")), mapping(embed.get("author"))]
    keys = ("title", "description"), ("text",), ("name",)
    for field in array(embed.get("fields")):
        holders.append(mapping(field))
        keys = (*keys, ("name", "value"))
    for holder, names in zip(holders, keys, strict=True):
        for name in names:
            if isinstance(value := holder.get(name), str):
                yield value


def _one(embed: Json, path: str, files: frozenset[str]) -> Flaws:
    yield from only(embed, _EMBED, path)
    yield from text(embed, "title", path, most=256, trim=True)
    yield from text(embed, "description", path, most=4096, trim=True)
    yield from integer(embed, "color", path, least=0, most=0xFFFFFF)
    yield from _timestamp(embed, path)
    yield from _fields(embed, path)
    yield from _part(embed, "footer", "text", 2048, _FOOTER, path)
    yield from _part(embed, "author", "name", 256, _AUTHOR, path)
    for key in ("image", "thumbnail", "video"):
        yield from _media(embed, key, path)
    yield from _links(embed, path, files)
    if not any(value for key, value in embed.items() if key not in ("type", "color", "flags")):
        yield Flaw(at(path, "description"), REQUIRED, "This field is required")


def _part(embed: Json, key: str, name: str, most: int, keys: frozenset[str], path: str) -> Flaws:
    part = embed.get(key)
    if part is None:
        return
    where = at(path, key)
    if not isinstance(part, dict):
        yield Flaw(where, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    yield from only(mapping(cast(object, part)), keys, where)
    yield from text(mapping(cast(object, part)), name, where, most=most, required=True, trim=True)


def _media(embed: Json, key: str, path: str) -> Flaws:
    media = mapping(embed.get(key))
    yield from only(media, _MEDIA, at(path, key))
    yield from text(media, "description", at(path, key), most=1024)


def _fields(embed: Json, path: str) -> Flaws:
    yield from listing(embed, "fields", path, most=25)
    for where, field in objects(array(embed.get("fields")), at(path, "fields")):
        yield from only(field, _FIELD, where)
        yield from text(field, "name", where, most=256, required=True, trim=True)
        yield from text(field, "value", where, most=1024, required=True, trim=True)
        yield from boolean(field, "inline", where)


def _timestamp(embed: Json, path: str) -> Flaws:
    value: object = embed.get("timestamp")
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        yield Flaw(at(path, "timestamp"), "DATE_TIME_TYPE_PARSE", f"Could not parse {value}.")


def _media_urls(embed: Json) -> Iterator[tuple[str, str]]:
    """(path inside the embed, address) of everything that may show a file."""
    places = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))
    for part, key in places:
        url: object = mapping(embed.get(part)).get(key)
        if isinstance(url, str) and url:
            yield f"{part}.{key}", url


def _links(embed: Json, path: str, files: frozenset[str]) -> Flaws:
    for where, holder in (("", embed), ("author", mapping(embed.get("author")))):
        url: object = holder.get("url")
        if isinstance(url, str) and url:
            yield from link_flaws(url, at(at(path, where) if where else path, "url"))
    for where, url in _media_urls(embed):
        if not url.startswith(SCHEME):
            yield from link_flaws(url, at(path, where))
        elif url.removeprefix(SCHEME) not in files:
            yield Flaw(at(path, where), "ATTACHMENT_NOT_FOUND", f"stand-in: no file of this message is {url}")


def link_flaws(url: str, path: str) -> Flaws:
    """An address must be http or https, with a host, and of at most 2048 characters."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        yield Flaw(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return
    if parts.scheme not in ("http", "https"):
        message = f"Scheme {parts.scheme!r} is not supported. Scheme must be one of ('http', 'https')."
        yield Flaw(path, "URL_TYPE_INVALID_SCHEME", message)
    elif not host:
        yield Flaw(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif len(url) > 2048:
        yield Flaw(path, "BASE_TYPE_MAX_LENGTH", "Must be 2048 or fewer in length.")
