"""This bot as it is put together, on a database on disk, but for Discord and for the files themselves.

Another build can be in the place of this one; what an early one calls otherwise is `older`'s to know.
"""

import asyncio
import base64
import importlib.util
import itertools
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import bot.app
from bot import health
from bot.generation.ports import Acknowledged
from bot.scenario.client import ScenarioClient
from bot.settings import load
from tests.sides import older
from tests.sides.side import Live, Report, Task, main
from tests.support.delivery import FakeDelivery

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
NEWER = importlib.util.find_spec("bot.service") is not None
FIRST = 10**17
"""The first interaction's id."""
GRACE = 10.0


class Nowhere(FakeDelivery):
    """A Discord that takes everything and keeps nothing; says which card had its last word."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: dict[str, asyncio.Event] = {}

    async def show(self, generation: Any, progress: Any, results: Sequence[Any]) -> Any:
        shown = await super().show(generation, progress, results)
        self.edits.clear()
        if generation.fate.final:
            self.settled[generation.id].set()
        return shown


def noting(report: Report) -> type[ScenarioClient]:
    """The client, that notes what it reads. Files are left out: no other side has any."""

    class Noting(ScenarioClient):
        async def submit(self, *asked: Any, **options: Any) -> Any:
            submission = await super().submit(*asked, **options)
            report.submitted.append(submission.job.id)
            return submission

        async def job(self, job_id: str) -> Any:
            job = await super().job(job_id)
            _note(job)
            return job

        async def listed(self, *asked: Any, **options: Any) -> AsyncIterator[Any]:
            async for job in super().listed(*asked, **options):
                _note(job)
                yield job

        async def assets(self, asset_ids: Sequence[str]) -> Any:
            assets = await super().assets(asset_ids)
            for asset in assets:
                report.read(asset.id)
            return assets

        async def fetch(self, url: str, into: Path, *, cap: int) -> Any:
            del url, cap
            return older.file_type()(path=_picture(into.parent), size=len(PICTURE), mime_type="image/png")

    def _note(job: Any) -> None:
        if job.state != "active":
            report.end(job.id)

    return Noting


class Folder:
    """One folder for everybody, in the place of one for each card: no other side has files."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, **_: object) -> "Folder":
        return self

    def __enter__(self) -> str:
        return self._name

    def __exit__(self, *_: object) -> None:
        """It stays."""


def _picture(folder: Path) -> Path:
    """The one file that all of them made."""
    found = folder / "picture"
    if not found.exists():
        found.write_bytes(PICTURE)
    return found


@asynccontextmanager
async def opened(task: Task, report: Report, *, port: int | None = None) -> AsyncGenerator[Live]:
    """port: where Scenario's pushes are taken; without, jobs are polled."""
    nowhere, ids = Nowhere(), itertools.count(FIRST)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="imagine-side-"))
        stack.enter_context(patch("tempfile.TemporaryDirectory", Folder(folder)))
        stack.enter_context(patch.object(bot.app, "ScenarioClient", noting(report)))
        stack.enter_context(patch.object(bot.app, "DiscordDelivery", Mock(return_value=nowhere)))
        app: Any = await stack.enter_async_context(bot.app.build(load(_settings(task, Path(folder), port))))
        parts = [asyncio.create_task(each) for each in (app.fates.run(), app.cards.run())]
        await app.catalogue.refresh()
        if port is not None:
            served = health.serve("127.0.0.1", port, {}, more=[app.pushes.receiver.route])
            await stack.enter_async_context(served)
            await app.pushes.registration.ensure()
            stack.push_async_callback(app.pushes.registration.leave)
        if settle := getattr(bot.app, "settle_memory", None):
            settle()
        request = _request if NEWER else older.request

        async def live(prompt: str) -> None:
            id_ = str(next(ids))
            over = nowhere.settled[id_] = asyncio.Event()
            await request(app, id_, prompt, _acknowledged)
            await over.wait()
            del nowhere.settled[id_]

        yield live
        await asyncio.gather(app.fates.stop(GRACE), app.cards.stop(GRACE))
        await asyncio.gather(*parts)


def _settings(task: Task, folder: Path, port: int | None) -> dict[str, str]:
    pushes = {} if port is None else {"HTTP_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    return {
        **pushes,
        "DISCORD_TOKEN": task.discord_token,
        "DISCORD_BASE_URL": task.discord_url,
        "SCENARIO_API_KEY": task.key,
        "SCENARIO_API_SECRET": task.secret,
        "SCENARIO_BASE_URL": task.scenario_url,
        "DATABASE_URL": f"sqlite:///{folder / 'imagine.db'}",
        "MEMBER_IN_FLIGHT": "0",
        "QUEUE_LIMIT": "0",
        "DEFAULT_MODEL": task.model,
        "CONFIRM_ABOVE_CU": "0",  # nothing hangs on a price, so nobody asks for it
    }


async def _acknowledged() -> Acknowledged:
    await asyncio.sleep(0)
    return Acknowledged(message_id=70_000, ephemeral=False)


async def _request(app: Any, id_: str, prompt: str, acknowledge: Any) -> None:
    """Each by a member of its own."""
    from bot.request.ask import Ask
    from bot.request.origin import Origin
    from bot.service.caller import Caller

    origin = Origin(
        interaction_id=id_,
        application_id=99,
        owner_id=int(id_),
        guild_id=42,
        channel_id=555,
        locale="en-US",
        owner_locale="en-US",
        own_app=False,
    )
    caller = Caller(
        origin=origin,
        token=f"token-{id_}",
        attachment_limit=10 * 2**20,
        moderates=lambda: False,
        dm=False,
        sees=lambda _: False,
    )
    await app.service.asking.request(caller, Ask(prompt=prompt), acknowledge)


if __name__ == "__main__":
    main(opened)
