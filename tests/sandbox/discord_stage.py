"""The stand-in Discord alone on a real port, with a bot that is this test: its events and its requests."""

import asyncio
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from PIL import Image

from sandbox.clock import Clock
from sandbox.discord import cdn, rest
from sandbox.discord.buckets import Buckets
from sandbox.discord.interactions import Interactions
from sandbox.discord.world import World
from sandbox.json import dump
from sandbox.wire import Wire

Json = dict[str, Any]

IMAGINE: Json = {
    "name": "imagine",
    "description": "Make a picture",
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
    "options": [
        {"type": 3, "name": "prompt", "description": "What to draw", "required": True, "max_length": 100},
        {"type": 3, "name": "model", "description": "Which model", "autocomplete": True},
        {"type": 4, "name": "count", "description": "How many", "min_value": 1, "max_value": 4},
        {"type": 11, "name": "reference", "description": "A picture"},
        {"type": 6, "name": "friend", "description": "Somebody"},
        {"type": 5, "name": "private", "description": "Only for me"},
        {
            "type": 3,
            "name": "ratio",
            "description": "Shape",
            "choices": [{"name": "Square", "value": "1:1"}, {"name": "Wide", "value": "16:9"}],
        },
    ],
}


def picture(width: int = 8, height: int = 6) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "#336699").save(out, "PNG")
    return out.getvalue()


class Answer:
    """What a request got."""

    def __init__(self, status: int, headers: Any, raw: bytes, value: Any) -> None:
        self.status, self.headers, self.raw, self.value = status, headers, raw, value

    @property
    def code(self) -> int:
        return int(self.value["code"])

    def __getitem__(self, key: str) -> Any:
        return self.value[key]


class Stage:
    """Use as `async with Stage() as stage:`. `events` are what the gateway would have sent."""

    def __init__(self, **limits: tuple[int, float]) -> None:
        self.clock = Clock()
        self.wire = Wire(self.clock)
        self.world = World(self.clock, self.wire, "http://127.0.0.1")
        self.acts = Interactions(self.world)
        self.events: list[tuple[str, Json, str | None]] = []
        self.online = True
        self.world.dispatch = self._heard
        self.buckets = Buckets(self.clock, limits)

    def _heard(self, event: str, data: Json, *, guild_id: str | None = None) -> bool:
        self.events.append((event, data, guild_id))
        return self.online

    async def __aenter__(self) -> Self:
        api, files = web.Application(), web.Application()
        api.add_routes(rest.routes(self.world, self.acts, self.buckets))
        files.add_routes(cdn.routes(self.world))
        app = web.Application(client_max_size=2**28)
        app.add_subapp("/discord/api/v10", api)
        app.add_subapp("/discord/cdn", files)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.world.origin = f"http://127.0.0.1:{port}"
        self.base = f"{self.world.origin}/discord/api/v10"
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": "DiscordBot (https://example.com, 1)"}, raise_for_status=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def call(
        self, method: str, path: str, body: Any = None, *, files: Json | None = None, **options: Any
    ) -> Answer:
        """A request with the bot's token. `files` maps names to bytes and makes it a form."""
        headers = {"Authorization": f"Bot {self.world.token}"} | options.pop("headers", {})
        if files is not None:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", dump(body), content_type="application/json")
            for index, (name, data) in enumerate(files.items()):
                form.add_field(
                    f"files[{index}]", BytesIO(data), filename=name, content_type="application/octet-stream"
                )
            options["data"] = form
        elif body is not None:
            options["data"] = dump(body)
            headers["Content-Type"] = "application/json"
        url = self.base + path if path.startswith("/") else path
        async with self._session.request(method, url, headers=headers, **options) as answer:
            raw = await answer.read()
            value = await answer.json() if answer.content_type == "application/json" else None
            return Answer(answer.status, answer.headers, raw, value)

    async def sync(self, *commands: Json) -> list[Json]:
        answer = await self.call("PUT", f"/applications/{self.world.application_id}/commands", list(commands))
        assert answer.status == 200, answer.value
        return answer.value

    async def ask(self, channel: str = "general", member: str = "alice", **options: Any) -> Json:
        """Alice imagines; the payload that the bot gets."""
        await self.acts.command(member, channel, "imagine", {"prompt": "a red fox", **options})
        return self.last()

    def last(self) -> Json:
        """The last interaction that the bot was told of."""
        return next(data for name, data, _ in reversed(self.events) if name == "INTERACTION_CREATE")

    async def answer(self, payload: Json, kind: int, data: Json | None = None, **options: Any) -> Answer:
        body: Json = {"type": kind} if data is None else {"type": kind, "data": data}
        return await self.call(
            "POST", f"/interactions/{payload['id']}/{payload['token']}/callback", body, **options
        )

    async def hook(
        self, method: str, payload: Json, which: str = "", body: Any = None, **options: Any
    ) -> Answer:
        """A request to the interaction's webhook; `which` is "" to post, or a message."""
        path = f"/webhooks/{self.world.application_id}/{payload['token']}"
        return await self.call(method, f"{path}/messages/{which}" if which else path, body, **options)

    def seen(self, channel: str = "general", member: str = "alice") -> list[Json]:
        return self.acts.messages(channel, member)


async def soon(task: "asyncio.Task[Any]") -> None:
    """Lets a task run until it waits."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not task.done()
