"""Pictures of models, as small copies of our own: a link of Scenario's is a credential and is not shown."""

import asyncio
import logging
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from bot.endings import ENDINGS
from bot.scenario.api.errors import ScenarioError
from bot.scenario.api.records import Asset, File, Model
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Rendering, Small, Undrawn
from bot.ui.interactions.asking import AnyInteraction

log = logging.getLogger(__name__)

THUMBNAIL: Final = 256
EXAMPLE: Final = 1024
"""Pixels of the longer side."""
CAP: Final = 16 * 1024 * 1024
"""Bytes of a file that is fetched for its copy."""
MOST: Final = 24 * 1024 * 1024
"""Bytes of copies that are kept: every thumbnail there is, and the examples looked at last."""
AT_ONCE: Final = 4


class PictureSource(Protocol):
    """What the gallery needs of Scenario. The port `Studio` satisfies it."""

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]: ...

    async def fetch(self, url: str, into: Path, *, cap: int) -> File: ...


class Gallery:
    """Thumbnails and examples, fetched when somebody looks and kept in memory for the next one."""

    def __init__(self, source: PictureSource, rendering: Rendering = HERE) -> None:
        self._source = source
        self._rendering = rendering
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._fetching: dict[tuple[str, int], asyncio.Task[bytes | None]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def thumbnails(self, models: Sequence[Model], *, patience: float) -> list[bytes | None]:
        """A small JPEG for each; None where there is none, or none yet after `patience` seconds. What comes
        later is there the next time."""
        return await self._all([self._start(model, THUMBNAIL) for model in models], patience)

    async def portraits(self, model: Model, *, patience: float) -> tuple[bytes | None, bytes | None]:
        """One model's thumbnail and its first example, on the same terms."""
        tasks = [self._start(model, THUMBNAIL), self._start(model, EXAMPLE)]
        thumbnail, example = await self._all(tasks, patience)
        return thumbnail, example

    async def _all(self, tasks: list[asyncio.Task[bytes | None]], patience: float) -> list[bytes | None]:
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        return [task.result() if task.done() and not task.cancelled() else None for task in tasks]

    def _start(self, model: Model, side: int) -> asyncio.Task[bytes | None]:
        key = (model.id, side)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return asyncio.create_task(_given(kept))
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.create_task(self._keep(model, side), name=f"picture:{model.id}")
            self._fetching[key] = task
            task.add_done_callback(partial(self._fetched, key))
        return task

    def _fetched(self, key: tuple[str, int], _: asyncio.Task[bytes | None]) -> None:
        self._fetching.pop(key, None)

    async def _keep(self, model: Model, side: int) -> bytes | None:
        try:
            async with self._gate:
                found = await self._look(model, side)
        except ScenarioError as error:
            log.info("no picture of %s: %s", model.id, error)
            return None
        except ENDINGS:
            raise
        except BaseException:  # whatever it is: a page without a picture is still a page
            log.exception("no picture of %s", model.id)
            return None
        if found is not None:
            self._kept[model.id, side] = found
            while sum(map(len, self._kept.values())) > MOST:
                self._kept.popitem(last=False)
        return found

    async def _look(self, model: Model, side: int) -> bytes | None:
        if side == THUMBNAIL and model.thumbnail is not None:
            return await self._copy(model.thumbnail, side)
        for asset in await self._source.assets(model.example_asset_ids[:1]):
            # of a film or a mesh the picture that stands for it
            pictured = (asset.kind or "image") == "image"
            link = asset.url if pictured else next(iter(asset.stills), None)
            return None if link is None else await self._copy(link, side)
        return None

    async def _copy(self, link: str, side: int) -> bytes | None:
        with tempfile.TemporaryDirectory(prefix="imagine-") as folder:
            file = await self._source.fetch(link, Path(folder) / "picture", cap=CAP)
            try:
                return await self._rendering.small(Small(path=file.path, side=side))
            except Undrawn as error:
                log.info("a model's picture is not drawn: %s", error)
                return None


async def _given(data: bytes) -> bytes:
    return data


def gallery_of(interaction: AnyInteraction) -> Gallery | None:
    """The client's gallery; None where it carries none, and models are told in words alone."""
    gallery = getattr(interaction.client, "gallery", None)
    return gallery if isinstance(gallery, Gallery) else None
