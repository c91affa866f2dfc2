"""The files that a request needs, on their way from Discord to Scenario."""

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.clock import Clock
from bot.generation.model import Generation
from bot.generation.ports import Intake, Studio, Uploads
from bot.request import attach
from bot.request.ask import InputFile, pending_files
from bot.scenario.api.errors import BadInput, NotFound
from bot.scenario.api.records import File
from bot.scenario.api.sniff import finer, kind_of

log = logging.getLogger(__name__)

FILE_CAP: Final = 200 * 1024 * 1024
"""Bytes of the largest file that is taken from a member."""
_SENSED: Final = frozenset({"image", "video", "audio"})
_ALIKE: Final = (frozenset({"image", "image-hdr"}), frozenset({"video", "audio"}))
"""Kinds that share containers, so that a file's beginning does not tell them apart."""
_CHUNK: Final = 1024 * 1024


class Supply:
    """Fetches what members gave and hands it in, the same bytes once."""

    def __init__(self, uploads: Uploads, studio: Studio, intake: Intake, clock: Clock) -> None:
        self._uploads = uploads
        self._studio = studio
        self._intake = intake
        self._clock = clock
        self._handing: dict[str, asyncio.Lock] = {}

    async def bring(self, generation: Generation) -> Mapping[int, str]:
        """The assets of the files that the generation's inputs still wait for, by their place in `ask.files`.

        Raises FileGone, FileTooBig, Delayed; Rejected when Scenario refuses a file, else Unavailable.
        """
        found: dict[int, str] = {}
        for number in pending_files(generation.inputs or {}):
            given = generation.ask.files[number]
            found[number] = given.asset_id or await self._asset(given)
        return found

    async def _asset(self, given: InputFile) -> str:
        with tempfile.TemporaryDirectory(prefix="imagine-in-") as folder:
            file = _as_said(given, await self._intake.fetch(given, Path(folder) / "file", cap=FILE_CAP))
            _require_kind(given, file)
            digest = await asyncio.to_thread(_digest, file.path)
            lock = self._handing.setdefault(digest, asyncio.Lock())
            try:
                async with lock:  # the same picture twice at once is one upload
                    asset_id = await self._known(digest)
                    if asset_id is None:
                        asset_id = await self._studio.upload(file, name=given.filename or "file")
                    await self._uploads.keep(digest, asset_id, self._clock.now())
                    return asset_id
            finally:
                if not lock.locked():
                    self._handing.pop(digest, None)

    async def _known(self, digest: str) -> str | None:
        """The asset of these bytes, if Scenario still has it."""
        asset_id = await self._uploads.known(digest)
        if asset_id is None:
            return None
        try:
            there = await self._studio.assets([asset_id])
        except NotFound:
            return None
        return asset_id if there else None


def _as_said(given: InputFile, file: File) -> File:
    """A sound may come in a film's container: what the member's own Discord says of it is the finer word."""
    said = finer(file.mime_type, attach.file_type(given), attach.file_kind(given))
    return replace(file, mime_type=said)


def _require_kind(given: InputFile, file: File) -> None:
    """Discord goes by a file's name: raise BadInput where the bytes show something else altogether."""
    said, found = attach.file_kind(given), kind_of(file.mime_type)
    if said not in _SENSED or found is None or found == said:
        return
    if not any({said, found} <= alike for alike in _ALIKE):
        raise BadInput("")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
