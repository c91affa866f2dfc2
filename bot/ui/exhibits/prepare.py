"""From fetched results to the files of one message: every limit of Discord's is kept here."""

import asyncio
import contextvars
import functools
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.endings import ENDINGS
from bot.generation.model import Medium
from bot.generation.ports import Result
from bot.generation.results import medium_of_result
from bot.scenario.records import File
from bot.ui.exhibits import pictures, texts
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Shape
from bot.ui.exhibits.formats import NEVER_BESIDE, SHOWN, ending_of

log = logging.getLogger(__name__)

REQUEST_LIMIT: Final = 24 * 1024 * 1024
"""Bytes of all files of one message: Discord takes 25 MiB a request, and the rest of it needs room."""
MOST_ATTACHED: Final = 10
"""Files of one message."""
_RESERVE: Final = 256 * 1024
"""Bytes that each picture keeps when files that cannot be made smaller take theirs first."""
_WEAK: Final = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/zip", "text/plain"}
)
"""Types of bytes that many formats share."""
_WORKERS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="exhibits")
"""Decoded pictures are large: no more than two at a time, and never in the pool that writes files."""


async def prepare(results: Sequence[Result], *, stem: str, limit: int, hidden: bool = False) -> list[Exhibit]:
    """What the card shows of each result, in order. Never raises over a damaged file. Runs in a thread.

    stem: the file names are `stem-1.png`, `stem-2.mp4`, …
    limit: bytes of one file. All of them together fit one request and are at most ten.
    hidden: words stand in a file of their own, which can be blurred.
    Copies lie beside the results' files and live as long as these.
    """
    if not results:
        return []
    work = functools.partial(_prepare, results, stem, limit, hidden=hidden)
    context = contextvars.copy_context()  # the log's lines name the generation
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, context.run, work)


def _prepare(results: Sequence[Result], stem: str, limit: int, *, hidden: bool) -> list[Exhibit]:
    hall = _Hall(stem, limit, hidden=hidden)
    allowed = allot([_need(result, limit) for result in results], REQUEST_LIMIT)
    shown = [
        hall.show(result, number, allowance)
        for number, (result, allowance) in enumerate(zip(results, allowed, strict=True), start=1)
    ]
    return [hall.with_source(exhibit, result) for exhibit, result in zip(shown, results, strict=True)]


def _need(result: Result, limit: int) -> tuple[int, bool]:
    """Bytes that the result would take, and whether it can be made smaller."""
    file = result.file or result.still
    if file is None:
        return (len((result.text or "").encode()), False)
    reducible = result.file is None or medium_of_result(result) is Medium.IMAGE
    if not reducible and file.size > limit:  # it stays away, and its still comes instead
        return (min(limit, _RESERVE), True) if result.still is not None else (0, False)
    return (min(file.size, limit), reducible)


def allot(needs: Sequence[tuple[int, bool]], total: int) -> list[int]:
    """How many bytes each may take of `total`. What cannot be made smaller gets all or nothing, in order; the
    others share the rest, small ones first, so that nobody's leftover is lost.

    needs: bytes wanted, and whether less would do.
    """
    allowed = [0] * len(needs)
    left = total - _RESERVE * sum(reducible for _, reducible in needs)
    for number, (need, reducible) in enumerate(needs):
        if not reducible and need <= left:
            allowed[number] = need
            left -= need
    sharers = sorted((need, number) for number, (need, reducible) in enumerate(needs) if reducible)
    left += _RESERVE * len(sharers)
    spare = max(0, left - sum(need for need, _ in sharers))
    for place, (need, number) in enumerate(sharers):
        share = max(0, left) // (len(sharers) - place)
        taken = min(need, share)
        left -= taken
        # a copy in another format may be larger than its source
        allowed[number] = taken + spare // len(sharers)
    return allowed


class _Hall:
    """What one message has room for."""

    def __init__(self, stem: str, limit: int, *, hidden: bool) -> None:
        self._stem = stem
        self._limit = limit
        self._slots = MOST_ATTACHED
        self._bytes = REQUEST_LIMIT
        self._words = 0 if hidden else texts.SHORT

    def show(self, result: Result, number: int, allowance: int) -> Exhibit:
        medium, stem, limit = medium_of_result(result), f"{self._stem}-{number}", min(self._limit, allowance)
        exhibit = _bare(result, medium)
        if medium is Medium.TEXT:
            exhibit = self._words_of(exhibit, result, stem, limit)
        elif result.file is not None and medium is Medium.IMAGE:
            exhibit = self._picture(exhibit, result.file, stem, _ending(result), limit)
        elif result.file is not None:
            exhibit = self._as_is(exhibit, result.file, f"{stem}.{_ending(result)}", limit)
        if result.still is not None and not any(one.embeddable for one in exhibit.attachments):
            exhibit = self._with_still(exhibit, result.still, f"{stem}-preview")
        if exhibit.shape is Shape.WHOLE and _is_picture_of_another(result):
            exhibit = replace(exhibit, shape=Shape.CONVERTED)
        return exhibit

    def with_source(self, exhibit: Exhibit, result: Result) -> Exhibit:
        """The file behind a converted picture beside it, where it fits: then nothing is left to ask for."""
        file, ending = result.file, _ending(result)
        if exhibit.shape is not Shape.CONVERTED or file is None or ending in NEVER_BESIDE:
            return exhibit
        if _is_picture_of_another(result):
            return exhibit
        name = Path(exhibit.attachments[0].filename).stem
        source = Attachment(filename=f"{name}.{ending}", path=file.path, size=file.size, part=Part.SOURCE)
        if not self._take(source, self._limit):
            return exhibit
        return replace(exhibit, shape=Shape.WHOLE, attachments=(*exhibit.attachments, source))

    # -- by medium ------------------------------------------------------------------------------------

    def _picture(self, bare: Exhibit, file: File, stem: str, ending: str, limit: int) -> Exhibit:
        if not self._slots:
            return bare
        try:
            attachment, shape = _fitted(file, stem, limit)
        except ENDINGS:
            raise
        except BaseException as error:  # of native code, which raises more than exceptions
            log.warning("a result is no picture that can be shown: %s", error)
            return self._as_is(bare, file, f"{stem}.{ending}", limit)
        if ending != "svg":  # a drawing has no pixels of its own
            bare = replace(bare, width=attachment.width, height=attachment.height)
        return self._hung(bare, attachment, shape, limit)

    def _words_of(self, bare: Exhibit, result: Result, stem: str, limit: int) -> Exhibit:
        file, text = result.file, result.text
        if text is None and file is not None:
            text = texts.read_short(file.path, file.size)
        if text is not None and texts.fits_card(text, self._words):
            self._words -= len(text)
            return replace(bare, shape=Shape.WHOLE, text=text)
        if file is not None:
            return self._as_is(bare, file, f"{stem}.{_ending(result)}", limit)
        if text is None:
            return bare
        data = text.encode()
        attachment = Attachment(filename=f"{stem}.{_ending(result)}", data=data, size=len(data))
        return self._hung(bare, attachment, Shape.WHOLE, limit)

    def _as_is(self, bare: Exhibit, file: File, name: str, limit: int) -> Exhibit:
        return self._hung(bare, Attachment(filename=name, path=file.path, size=file.size), Shape.WHOLE, limit)

    def _with_still(self, exhibit: Exhibit, still: File, stem: str) -> Exhibit:
        limit = min(self._limit, self._bytes)
        try:
            attachment, _ = _fitted(still, stem, limit)
        except ENDINGS:
            raise
        except BaseException as error:
            log.warning("a still is no picture that can be shown: %s", error)
            return exhibit
        if not self._take(attachment, limit):
            return exhibit
        preview = replace(attachment, part=Part.PREVIEW)
        return replace(exhibit, attachments=(*exhibit.attachments, preview))

    # -- room -----------------------------------------------------------------------------------------

    def _hung(self, bare: Exhibit, attachment: Attachment, shape: Shape, limit: int) -> Exhibit:
        if not self._take(attachment, limit):
            return bare
        return replace(bare, shape=shape, attachments=(attachment,))

    def _take(self, attachment: Attachment, limit: int) -> bool:
        """Take the room that a file needs, if there is so much."""
        if not self._slots or not 0 < attachment.size <= min(limit, self._bytes):
            return False
        self._slots -= 1
        self._bytes -= attachment.size
        return True


def _bare(result: Result, medium: Medium | None) -> Exhibit:
    """The facts of a result of which nothing is shown yet."""
    asset = result.asset
    told = result.file is not None or asset is not None
    ending = _ending(result) if told else ""
    if asset is not None and asset.original_url is not None:
        ending = ending_of(asset.original_mime_type, medium) if asset.original_mime_type else ending
    return Exhibit(
        medium=medium,
        format=ending.upper(),
        shape=Shape.LEFT_OUT,
        width=asset.width if asset is not None else None,
        height=asset.height if asset is not None else None,
        duration=asset.duration if asset is not None else None,
    )


def _mime_of(result: Result) -> str | None:
    """By the bytes; by Scenario's word where bytes tell little."""
    told = result.asset.mime_type if result.asset is not None else None
    if result.file is None or (told is not None and result.file.mime_type in _WEAK):
        return told
    return result.file.mime_type


def _ending(result: Result) -> str:
    return ending_of(_mime_of(result), medium_of_result(result))


def _is_picture_of_another(result: Result) -> bool:
    """Whether the result's file is only a picture of the real one (EXR, HDR)."""
    return result.asset is not None and result.asset.original_url is not None


def _fitted(file: File, stem: str, limit: int) -> tuple[Attachment, Shape]:
    """A picture as Discord shows it, at most `limit` bytes where that can be. Raises one of UNREADABLE."""
    with pictures.opened(file.path, file.mime_type) as image:
        fits, known = file.size <= limit, image.format or ""
        untouched = Attachment(
            filename=f"{stem}.{SHOWN.get(known, 'webp')}",
            path=file.path,
            size=file.size,
            width=image.width,
            height=image.height,
        )
        shown = pictures.is_shown(image)
        if fits and shown:
            return untouched, Shape.WHOLE
        # what is already pressed hard grows as a PNG
        lossless = not shown and (fits or known not in pictures.PRESSED)
        made = pictures.copy(image, file.path.with_name(stem), limit, lossless=lossless)
        if made.smaller and fits and known == "WEBP":  # which Discord shows too, if less surely
            return untouched, Shape.WHOLE
        attachment = Attachment(
            filename=f"{stem}.{made.ending}",
            path=made.path,
            size=made.size,
            width=made.width,
            height=made.height,
        )
        return attachment, Shape.REDUCED if made.smaller else Shape.CONVERTED
