"""Assets and uploads without I/O: what to ask for, and what an answer means. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.exchange import Request, listed, read, segment, unreadable
from bot.scenario.api.loose import as_list, as_object
from bot.scenario.api.reading import read_asset
from bot.scenario.api.records import Asset
from bot.scenario.api.replies import Reply, clean
from bot.scenario.api.sniff import kind_of

BULK: Final = 200
"""Most asset ids in one `POST /assets/get-bulk`."""
_UPLOAD_KINDS: Final = frozenset({"image", "video", "audio", "3d", "text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload in parts, as Scenario tells it."""

    id: str
    status: str
    """`pending`, `complete`, `validating`, `validated`, `imported` or `failed`."""
    parts: tuple[str, ...] = ()
    """A signed link for each part, in order. Credentials."""
    asset_id: str | None = None
    error: str | None = None


def build_asset(asset_id: str) -> Request:
    """One asset's record."""
    return Request(method="GET", path=f"/assets/{segment(asset_id)}")


def build_assets(asset_ids: Sequence[str]) -> Request:
    """Up to BULK assets at once."""
    return Request(method="POST", path="/assets/get-bulk", body={"assetIds": list(asset_ids)})


def build_original(asset_id: str) -> Request:
    """The file as it is: without a target format nothing is converted."""
    return Request(method="POST", path=f"/assets/{segment(asset_id)}/download", body={})


def build_inline(name: str, encoded: str) -> Request:
    """A small image, base64, within the request."""
    return Request(method="POST", path="/assets", body={"name": name, "image": encoded})


def build_new_upload(name: str, mime: str, size: int, parts: int) -> Request:
    """Announce an upload of `size` bytes in so many parts; its answer has a link for each."""
    kind = kind_of(mime)
    if kind == "image-hdr":
        kind = "image"
    return Request(
        method="POST",
        path="/uploads",
        body={
            "kind": kind if kind in _UPLOAD_KINDS else "asset",
            "fileName": name,
            "contentType": mime,
            "fileSize": size,
            "parts": parts,
        },
    )


def build_complete(upload_id: str) -> Request:
    """Say that all parts are there."""
    return Request(method="POST", path=f"/uploads/{segment(upload_id)}/action", body={"action": "complete"})


def build_upload(upload_id: str) -> Request:
    """Where an upload stands."""
    return Request(method="GET", path=f"/uploads/{segment(upload_id)}")


def parse_asset(reply: Reply, asset_id: str | None = None) -> Asset:
    """asset_id: that of the request, for an answer that does not repeat it."""
    body = read(reply)
    return read_asset(as_object(body.get("asset")) or body, asset_id) or unreadable(reply)


def parse_assets(reply: Reply) -> dict[str, Asset]:
    """The assets of a bulk answer by id."""
    rows = (read_asset(row) for row in listed(read(reply), "assets", reply))
    return {asset.id: asset for asset in rows if asset is not None}


def parse_link(reply: Reply) -> str | None:
    """The link of a download's answer; None where it has none."""
    return link_or_none(loose.text(read(reply).get("url"), read(reply).get("downloadUrl")))


def link_or_none(url: str | None) -> str | None:
    """A link that can be opened in a browser."""
    return url if url is not None and url.startswith(("https://", "http://")) else None


def parse_upload(reply: Reply, upload_id: str | None = None) -> Upload:
    """upload_id: that of the request, for an answer that does not repeat it."""
    body = read(reply)
    upload = as_object(body.get("upload")) or body
    found = loose.text(upload.get("id"), upload.get("uploadId")) or upload_id
    if found is None:
        unreadable(reply)
    entity = upload.get("entityId")
    asset_id = loose.text(entity, upload.get("assetId"), as_object(upload.get("entity")).get("id"))
    error = loose.text(upload.get("errorMessage"), upload.get("error"))
    return Upload(
        id=found,
        status=(loose.text(upload.get("status")) or "pending").casefold(),
        parts=_links(upload.get("parts")),
        asset_id=asset_id,
        error=None if error is None else clean(error),
    )


def _links(parts: loose.Json) -> tuple[str, ...]:
    """By number. A list with a gap or a part without a link is none: bytes would land in the wrong place."""
    rows = [as_object(one) for one in as_list(parts)]
    numbered = [(loose.whole(row.get("number")) or at, row) for at, row in enumerate(rows, start=1)]
    numbered.sort(key=lambda pair: pair[0])
    links = [link_or_none(loose.text(row.get("url"))) for _, row in numbered]
    whole = [number for number, _ in numbered] == list(range(1, len(rows) + 1))
    return tuple(link for link in links if link is not None) if whole and None not in links else ()
