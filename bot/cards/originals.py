"""Originals on demand: fresh links to what was made, for one member's eyes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from bot.cards.fetching import fresh_urls
from bot.cards.results import medium_of, rank
from bot.generation.model import Generation
from bot.generation.ports import Studio
from bot.scenario.api.errors import NotFound
from bot.scenario.api.records import Asset
from bot.scenario.api.sniff import finer
from bot.vocabulary import Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One file as Scenario holds it."""

    url: str = field(repr=False)
    """A credential: never logged, and shown to nobody but who asked."""
    mime_type: str | None
    medium: Medium | None
    size: int | None
    """Bytes."""
    expires_at: datetime | None
    """When the link stops working; None where it does not say."""


async def read_originals(studio: Studio, generation: Generation) -> list[Original]:
    """In the order of the card. What is gone at Scenario is left out. Raises ScenarioError."""
    ids = [output.asset_id for output in generation.outputs if output.asset_id is not None]
    found: list[Original] = []
    if ids:
        for asset in await studio.assets(ids):
            try:
                found.append(_of_asset(asset, await studio.original(asset.id)))
            except NotFound:
                continue
    else:
        found = [
            Original(url=url, mime_type=None, medium=None, size=None, expires_at=expiry_of(url))
            for url in await fresh_urls(studio, generation)
        ]
    return sorted(found, key=lambda one: rank(one.medium, generation.medium))


def _of_asset(asset: Asset, url: str) -> Original:
    behind = asset.original_url is not None
    mime = asset.original_mime_type if behind else asset.mime_type
    return Original(
        url=url,
        mime_type=finer(mime, None, asset.kind) if mime else mime,
        medium=medium_of(mime, asset.kind),
        size=None if behind else asset.size,
        expires_at=expiry_of(url),
    )


def expiry_of(url: str) -> datetime | None:
    """When a signed link says that it stops working (`Expires`, or Amazon's date and span)."""
    try:
        query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return _moment(query) or _span(query)
    except (ValueError, OverflowError, OSError):
        return None


def _moment(query: Mapping[str, str]) -> datetime | None:
    value = query.get("expires", "")
    return datetime.fromtimestamp(int(value), UTC) if re.fullmatch(r"[0-9]{9,11}", value) else None


def _span(query: Mapping[str, str]) -> datetime | None:
    begin, span = query.get("x-amz-date"), query.get("x-amz-expires")
    if begin is None or span is None:
        return None
    return datetime.fromisoformat(begin).replace(tzinfo=UTC) + timedelta(seconds=int(span))
