"""Routes about files: assets, uploads, and the signed links that serve and receive them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox import json
from sandbox.scenario import formats, listing
from sandbox.scenario.assets import Asset, conversions, record
from sandbox.scenario.bodies import read_body
from sandbox.scenario.files import decode, stored
from sandbox.scenario.uploads import apply_options
from sandbox.scenario.values import Json, Refusal, texts

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BULK = 200
MAX_INLINE_BYTES = 6 * 1024 * 1024
"""Largest body of an inline upload, base64 included (inferred from the API gateway's limit)."""


class FileApi:
    """Handlers about files."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, route name and handler of each API route."""
        return [
            ("GET", "/assets", "assets", self.assets),
            ("POST", "/assets", "asset_upload", self.upload_inline),
            ("POST", "/assets/get-bulk", "assets_bulk", self.assets_bulk),
            ("GET", "/assets/{asset_id}", "asset", self.asset),
            ("POST", "/assets/{asset_id}/download", "asset_download", self.download),
            ("POST", "/uploads", "uploads", self.create_upload),
            ("GET", "/uploads/{upload_id}", "uploads", self.read_upload),
            ("POST", "/uploads/{upload_id}/action", "uploads", self.complete_upload),
        ]

    def cdn(self) -> list[web.RouteDef]:
        """Routes behind signed links; they take no credentials."""
        return [
            web.get("/cdn/assets/{file}", self._signed(self.serve)),
            web.put("/cdn/uploads/{upload_id}/{number}", self._signed(self.receive)),
        ]

    async def _show(self, asset: Asset) -> Json:
        shelf, link = self._studio.shelf, self._studio.link
        answer = record(asset, await shelf.properties(asset), shelf, link)
        if asset.told_at is None:
            asset.told_at = self._studio.clock.now()
        if asset.original is not None:
            original = formats.FORMATS[asset.original.format]
            answer |= {
                "originalFileUrl": link(asset, original.extension),
                "originalMimeType": original.mime,
            }
        return answer

    async def asset(self, request: web.Request) -> web.StreamResponse:
        asset = self._studio.find_asset(request.match_info["asset_id"])
        return json.reply({"asset": await self._show(asset)})

    async def assets(self, request: web.Request) -> web.StreamResponse:
        studio, query = self._studio, request.query
        page = listing.page(query, most=100, default=50)
        types = listing.words(query, "types", "type")
        wanted = {
            "model_id": query.get("modelId"),
            "job_id": query.get("inferenceId"),
            "parent_id": query.get("parentAssetId"),
        }
        chosen = [
            asset
            for asset in reversed(studio.shelf.all())
            if studio.visible(asset)
            and not asset.hidden
            and (not types or asset.type in types)
            and all(text is None or getattr(asset, name) == text for name, text in wanted.items())
        ]
        assets, following = page.cut(chosen)
        answer: Json = {"assets": [await self._show(asset) for asset in assets]}
        if following is not None:
            answer["nextPaginationToken"] = following
        return json.reply(answer)

    async def assets_bulk(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio
        ids = texts((await read_body(studio, request)).get("assetIds"))
        if ids is None or not 1 <= len(ids) <= MAX_BULK:
            studio.wire.violate("limit broken", path=request.path, reason=f"1 to {MAX_BULK} asset ids")
            raise Refusal(400, f"assetIds must be an array of 1 to {MAX_BULK} asset ids")
        found = [studio.shelf.find(asset_id) for asset_id in ids]
        return json.reply(
            {"assets": [await self._show(asset) for asset in found if asset and studio.visible(asset)]}
        )

    async def download(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio
        asset = studio.find_asset(request.match_info["asset_id"])
        body = await read_body(studio, request) if request.can_read_body else {}
        target = body.get("targetFormat")
        if target is None:
            if asset.original is not None:
                original = formats.FORMATS[asset.original.format]
                return json.reply({"url": studio.link(asset, original.extension), "mimeType": original.mime})
            return json.reply({"url": studio.link(asset), "mimeType": asset.mime_type})
        name = formats.SAME.get(str(target), str(target))
        if name not in conversions(asset):
            raise Refusal(400, "Invalid target format")
        wanted = formats.FORMATS[name]
        # A conversion into its own format is the file itself.
        ending = asset.extension if wanted.mime == asset.mime_type else name
        return json.reply({"url": studio.link(asset, ending), "mimeType": wanted.mime})

    async def upload_inline(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio
        if (request.content_length or 0) > MAX_INLINE_BYTES:
            raise Refusal(413, "Request Too Long")
        body = await read_body(studio, request)
        name, image = body.get("name"), body.get("image")
        if not isinstance(name, str) or not isinstance(image, str):
            raise Refusal(400, "name and image are required")
        mime, content = decode(image)
        asset = await asyncio.to_thread(stored, studio.clock.now(), content, mime or "image/png", "image")
        asset.name = name
        apply_options(asset, body)
        studio.shelf.add(asset)
        return json.reply({"asset": await self._show(asset)})

    async def create_upload(self, request: web.Request) -> web.StreamResponse:
        uploads = self._studio.uploads
        upload = uploads.create(await read_body(self._studio, request))
        return json.reply({"upload": uploads.record(upload)})

    async def read_upload(self, request: web.Request) -> web.StreamResponse:
        uploads = self._studio.uploads
        return json.reply({"upload": uploads.record(uploads.get(request.match_info["upload_id"]))})

    async def complete_upload(self, request: web.Request) -> web.StreamResponse:
        uploads = self._studio.uploads
        upload = uploads.get(request.match_info["upload_id"])
        if (await read_body(self._studio, request)).get("action") != "complete":
            raise Refusal(400, "action must be one of: complete")
        await uploads.complete(upload)
        return json.reply({"upload": uploads.record(upload)})

    def _signed(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._check_link(request)
                return await handler(request)
            except Refusal as refusal:
                text = f"<Error><Code>{refusal.reason}</Code></Error>"
                return web.Response(text=text, status=refusal.status, content_type="application/xml")

        return guarded

    def _check_link(self, request: web.Request) -> None:
        studio = self._studio
        if studio.options.cdn_down:
            raise Refusal(503, "ServiceUnavailable")
        if "Authorization" in request.headers:
            studio.wire.violate("credentials sent to a signed link", path=request.path)
            raise Refusal(400, "InvalidArgument")
        studio.signer.check(request.path, request.query, studio.clock.now())

    async def serve(self, request: web.Request) -> web.StreamResponse:
        studio = self._studio
        asset_id, _, extension = request.match_info["file"].partition(".")
        asset = studio.find_asset(asset_id)
        if studio.options.cdn_redirects and "hop" not in request.query:
            raise web.HTTPFound(f"{request.path_qs}&hop=1")
        mime = asset.mime_type
        if extension == asset.extension:
            body = await studio.shelf.read(asset)
        elif asset.original is not None and extension == formats.FORMATS[asset.original.format].extension:
            body, mime = await studio.shelf.read_original(asset), formats.FORMATS[asset.original.format].mime
        else:
            name = formats.SAME.get(extension, extension)
            body, mime = await self._converted(asset, name), formats.FORMATS[name].mime
        headers = {"Cache-Control": "private, max-age=3600", "Accept-Ranges": "none"}
        return web.Response(body=body, headers={"Content-Type": mime, **headers})

    async def _converted(self, asset: Asset, name: str) -> bytes:
        try:
            return await self._studio.shelf.convert(asset, name)
        except OSError:
            raise Refusal(400, "InvalidImage") from None  # a test handed over what no picture is

    async def receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._studio.uploads.put(request.match_info["upload_id"], request.match_info["number"], body)
        return web.Response(status=200)
