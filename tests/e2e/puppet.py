"""A sandbox with a bot that is this test: it can show whatever Discord allows, also what ours never does."""

import asyncio
from collections.abc import Callable, Mapping
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import aiohttp
from PIL import Image

from sandbox.app import Sandbox
from sandbox.json import dump

Json = dict[str, Any]
PATIENCE = 20.0


def picture(width: int = 320, height: int = 200, color: str = "#336699") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


async def until(look: Callable[[], bool]) -> None:
    """Look again and again."""
    async with asyncio.timeout(PATIENCE):
        while not look():  # noqa: ASYNC110 - what is looked at has no event to wait for
            await asyncio.sleep(0.01)


class Puppet:
    """Use as `async with Puppet() as bot:`. It is connected, and silent until the test answers."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self._events: asyncio.Queue[Json] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self.sandbox.start()
        self.sandbox.gateway.heartbeat_ms = 600_000
        self.addresses = self.sandbox.addresses
        self._session = aiohttp.ClientSession()
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        await self._session.close()
        await self.sandbox.stop()

    async def connect(self) -> None:
        gateway = self.addresses["page"].replace("http", "ws") + "discord/gateway?v=10&encoding=json"
        self._socket = await self._session.ws_connect(gateway)
        await self._socket.receive()
        token = self.addresses["discord_token"]
        await self._socket.send_json({"op": 2, "d": {"token": token, "intents": 1, "properties": {}}})
        self._reading = asyncio.create_task(self._read())
        await until(lambda: self.sandbox.gateway.connected)

    async def leave(self) -> None:
        self._reading.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            event: Json = message.json()
            if event.get("t") == "INTERACTION_CREATE":
                await self._events.put(event["d"])

    async def heard(self) -> Json:
        """The next interaction, as the gateway told it."""
        async with asyncio.timeout(PATIENCE):
            return await self._events.get()

    async def call(
        self, method: str, path: str, body: Any = None, files: Mapping[str, bytes] | None = None
    ) -> Any:
        """A request with the bot's token. `files` makes it a form."""
        headers = {"Authorization": f"Bot {self.addresses['discord_token']}"}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", dump(body), content_type="application/json")
            for index, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{index}]", BytesIO(content), filename=name)
        elif body is not None:
            data = dump(body)
            headers["Content-Type"] = "application/json"
        url = f"{self.addresses['discord_base_url']}{path}"
        async with self._session.request(method, url, headers=headers, data=data) as answer:
            said = await answer.json() if answer.content_type == "application/json" else None
            assert answer.status < 400, f"{method} {path}: {answer.status} {said}"
            return said

    async def sync(self, *commands: Json) -> None:
        path = f"/applications/{self.addresses['application_id']}/commands"
        await self.call("PUT", path, [{"integration_types": [0], **one} for one in commands])

    async def answer(
        self, heard: Json, kind: int, data: Json | None = None, files: Mapping[str, bytes] | None = None
    ) -> None:
        """The first answer: 4 a message, 5 thinking, 6 nothing yet, 7 an edit, 8 suggestions, 9 a modal."""
        body: Json = {"type": kind} if data is None else {"type": kind, "data": data}
        await self.call("POST", f"/interactions/{heard['id']}/{heard['token']}/callback", body, files)

    async def edit(self, heard: Json, body: Json, files: Mapping[str, bytes] | None = None) -> None:
        path = f"/webhooks/{self.addresses['application_id']}/{heard['token']}/messages/@original"
        await self.call("PATCH", path, body, files)

    async def say(self, body: Json, files: Mapping[str, bytes] | None = None) -> Json:
        """A message in #general."""
        place = self.sandbox.world.channel("general").id
        return await self.call("POST", f"/channels/{place}/messages", body, files)
