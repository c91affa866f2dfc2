"""What a result is and in which order results are shown. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.cards.ports import Result
from bot.scenario.api.records import Asset
from bot.scenario.api.sniff import essence, finer, kind_of
from bot.vocabulary import Medium

_MEDIA: Final = {
    "image": Medium.IMAGE,
    "image-hdr": Medium.IMAGE,
    "video": Medium.VIDEO,
    "audio": Medium.AUDIO,
    "3d": Medium.THREE_D,
    "text": Medium.TEXT,
    "json": Medium.TEXT,
}
"""Of Scenario's kinds; a document is none."""
_SURE: Final = frozenset({Medium.IMAGE, Medium.VIDEO, Medium.AUDIO, Medium.THREE_D})
_TEXTS: Final = frozenset({"application/x-ndjson", "application/xml"})
_ORDER: Final = (Medium.VIDEO, Medium.THREE_D, Medium.AUDIO, Medium.IMAGE, Medium.TEXT, None)


def medium_of(mime_type: str | None, kind: str | None = None) -> Medium | None:
    """The medium by the bytes' type, else by Scenario's `kind`; None for anything else, such as a PDF.

    Text and bare bytes tell little (an OBJ is both), so there Scenario's word comes first.
    """
    found = _MEDIA.get(kind_of(finer(essence(mime_type), None, kind)) or "")
    if found in _SURE:
        return found
    told = _MEDIA.get((kind or "").casefold())
    return told or found or (Medium.TEXT if essence(mime_type) in _TEXTS else None)


def medium_of_asset(asset: Asset | None) -> Medium | None:
    """What Scenario says that it is, before its bytes are here."""
    return None if asset is None else medium_of(asset.mime_type, asset.kind)


def medium_of_result(result: Result) -> Medium | None:
    if result.file is not None:
        kind = result.asset.kind if result.asset is not None else None
        return medium_of(mime_of_result(result), kind) or medium_of_asset(result.asset)
    return Medium.TEXT if result.text is not None else medium_of_asset(result.asset)


def mime_of_result(result: Result) -> str | None:
    """By the bytes, or by Scenario's word where bytes tell little; Scenario's where there are none."""
    asset, file = result.asset, result.file
    if file is None:
        return asset.mime_type if asset is not None else None
    return file.mime_type if asset is None else finer(file.mime_type, asset.mime_type, asset.kind)


def rank(medium: Medium | None, asked: Medium) -> int:
    """Where it stands among the results: what was asked for first, previews and texture maps after it.

    Scenario's order says nothing: one 3D model lists its thumbnail before the mesh.
    """
    return -1 if medium is asked else _ORDER.index(medium)


def in_order(results: Sequence[Result], asked: Medium) -> list[Result]:
    """Sorted by `rank`; results of one medium keep Scenario's order."""
    return sorted(results, key=lambda result: rank(medium_of_result(result), asked))
