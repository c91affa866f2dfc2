"""Attachments on loopback: signed links that expire after a day, as on Discord's CDN."""

import hashlib
import hmac
import secrets
from io import BytesIO
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from aiohttp import web
from PIL import Image

from sandbox.discord.state import Attachment

if TYPE_CHECKING:
    from sandbox.clock import Clock

LIFETIME = 24 * 3600
"""Seconds for which a link works."""

_QUIET = {
    "Cache-Control": "private",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
"""The page has the same origin as these files, so that none of them may run there."""

_COLORS = ("#5865f2", "#747f8d", "#3ba55d", "#faa61a", "#ed4245", "#eb459f")


class Blobs(Protocol):
    """Where the CDN finds files and what makes and checks its links."""

    blobs: dict[str, Attachment]
    links: "Links"


class Links:
    """Makes and checks links. `origin` is `http://host:port`, without a path."""

    def __init__(self, origin: str, clock: "Clock") -> None:
        self.origin = origin
        self._clock = clock
        self._key = secrets.token_bytes(16)

    def link(self, attachment: Attachment) -> str:
        """The address of a file, good for a day."""
        # Rounded to hours, so that two readings of one message give one address.
        issued = int(self._clock.now()) // 3600 * 3600
        path = _path(attachment)
        expires = issued + LIFETIME
        query = f"ex={expires:x}&is={issued:x}&hm={self._signature(path, expires, issued)}"
        return f"{self.origin}/discord/cdn{path}?{query}&"

    def valid(self, attachment: Attachment, query: dict[str, str]) -> bool:
        """Whether the query carries this file's signature and its time has not come."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return False
        wanted = self._signature(_path(attachment), expires, issued)
        return hmac.compare_digest(wanted, query.get("hm", "")) and self._clock.now() < expires

    def _signature(self, path: str, expires: int, issued: int) -> str:
        return hmac.new(self._key, f"{path} {expires} {issued}".encode(), hashlib.sha256).hexdigest()


def routes(store: Blobs) -> list[web.RouteDef]:
    """Routes below `/discord/cdn`."""

    async def attachment(request: web.Request) -> web.Response:
        found = store.blobs.get(request.match_info["id"])
        if found is None or request.match_info["place"] != found.place:
            return _gone()
        if request.match_info["name"] != found.name or not store.links.valid(found, dict(request.query)):
            return _gone()
        return _served(request, found)

    async def avatar(request: web.Request) -> web.Response:
        return web.Response(body=_avatar(request.match_info["name"]), content_type="image/png")

    return [
        web.get("/attachments/{place}/{id}/{name}", attachment),
        web.get("/ephemeral-attachments/{place}/{id}/{name}", attachment),
        web.get("/embed/avatars/{name}", avatar),
    ]


def _path(attachment: Attachment) -> str:
    folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
    return f"/{folder}/{attachment.place}/{attachment.id}/{quote(attachment.name)}"


def _served(request: web.Request, found: Attachment) -> web.Response:
    """The file, or the part of it that a player asks for."""
    kind = found.content_type or "application/octet-stream"
    headers = {"Content-Type": kind, "Accept-Ranges": "bytes", **_QUIET}
    size = len(found.data)
    if "Range" not in request.headers:
        return web.Response(body=found.data, headers=headers)
    try:
        first, last, _ = request.http_range.indices(size)
    except ValueError:
        first = last = 0
    if first >= last:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}", **_QUIET})
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    return web.Response(status=206, body=found.data[first:last], headers=headers)


def _gone() -> web.Response:
    return web.Response(status=404, text="This content is no longer available.")


def _avatar(name: str) -> bytes:
    digits = "".join(filter(str.isdigit, name)) or "0"
    out = BytesIO()
    Image.new("RGB", (64, 64), _COLORS[int(digits) % len(_COLORS)]).save(out, "PNG")
    return out.getvalue()
