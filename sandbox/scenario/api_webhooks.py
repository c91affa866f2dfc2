"""Routes about the project's webhook endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox import json
from sandbox.scenario import account
from sandbox.scenario.bodies import read_body
from sandbox.scenario.values import Refusal

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_ALL = "/projects/{project_id}/webhook-endpoints"
_ONE = f"{_ALL}/{{endpoint_id}}"


class WebhookApi:
    """Handlers about webhook endpoints."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, route name and handler of each route."""
        return [
            ("GET", _ALL, "webhooks", self.listed),
            ("POST", _ALL, "webhooks", self.create),
            ("PUT", _ONE, "webhooks", self.update),
            ("DELETE", _ONE, "webhooks", self.delete),
            ("GET", f"{_ONE}/events", "webhooks", self.events),
        ]

    async def listed(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        return json.reply({"webhookEndpoints": [each.shown() for each in self._studio.webhooks.all()]})

    async def create(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        made = self._studio.webhooks.create(await read_body(self._studio, request))
        return json.reply({"webhookEndpoint": made.shown(secret=True)})

    async def update(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        body = await read_body(self._studio, request)
        changed = self._studio.webhooks.update(request.match_info["endpoint_id"], body)
        return json.reply({"webhookEndpoint": changed.shown()})

    async def delete(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        self._studio.webhooks.delete(request.match_info["endpoint_id"])
        return json.reply({})

    async def events(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        found = self._studio.webhooks.get(request.match_info["endpoint_id"])
        return json.reply({"items": list(found.log)})

    def _check(self, request: web.Request) -> None:
        if request.match_info["project_id"] != account.PROJECT_ID:
            raise Refusal(403, "Forbidden")
