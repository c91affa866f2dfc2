"""From fetched results to the files of one message: every limit of Discord's is kept here."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.cards.ports import Result
from bot.cards.results import medium_of_result, mime_of_result
from bot.scenario.api.records import File
from bot.ui.exhibits import texts
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Remark, Shape
from bot.ui.exhibits.formats import DRAWN, NEVER_BESIDE, ending_of
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Fit, Rendering
from bot.vocabulary import Medium

REQUEST_LIMIT: Final = 24 * 1024 * 1024
"""Bytes of all files of one message: Discord takes 25 MiB a request, and the rest of it needs room."""
MOST_ATTACHED: Final = 10
"""Files of one message."""
_RESERVE: Final = 256 * 1024
"""Bytes that each picture keeps when files that cannot be made smaller take theirs first."""


async def prepare(
    results: Sequence[Result], *, stem: str, limit: int, hidden: bool = False, rendering: Rendering = HERE
) -> list[Exhibit]:
    """What the card shows of each result, in order. Never raises over a file.

    stem: the file names are `stem-1.png`, `stem-2.mp4`, …
    limit: bytes of one file. All of them together fit one request and are at most ten.
    hidden: words stand in a file of their own, which can be blurred.
    rendering: who decodes and draws, one picture after the other.
    Copies lie beside the results' files and live as long as these.
    """
    hall = _Hall(stem, limit, rendering, hidden=hidden)
    allowed = allot([_need(result, limit) for result in results], REQUEST_LIMIT)
    shown = [
        await hall.show(result, number, allowance)
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

    def __init__(self, stem: str, limit: int, rendering: Rendering, *, hidden: bool) -> None:
        self._stem = stem
        self._rendering = rendering
        self._limit = limit
        self._slots = MOST_ATTACHED
        self._bytes = REQUEST_LIMIT
        self._words = 0 if hidden else texts.SHORT

    async def show(self, result: Result, number: int, allowance: int) -> Exhibit:
        medium, stem, limit = medium_of_result(result), f"{self._stem}-{number}", min(self._limit, allowance)
        exhibit = replace(bare(result, medium), over_limit=_size(result) > self._limit)
        if medium is Medium.TEXT:
            exhibit = self._words_of(exhibit, result, stem, limit)
        elif result.file is not None and medium is Medium.IMAGE:
            file = replace(result.file, mime_type=mime_of_result(result) or "")
            exhibit = await self._picture(exhibit, file, stem, _ending(result), limit)
        elif result.file is not None:
            exhibit = self._as_is(exhibit, result.file, f"{stem}.{_ending(result)}", limit)
        if result.still is not None and not any(one.embeddable for one in exhibit.attachments):
            exhibit = await self._with_still(exhibit, result.still, f"{stem}-preview")
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

    async def _picture(self, bare: Exhibit, file: File, stem: str, ending: str, limit: int) -> Exhibit:
        if not self._slots:
            return bare
        made = await self._rendering.fit(Fit(file=file, stem=stem, limit=limit))
        bare = replace(bare, remarks=made.remarks)
        attachment = made.attachment
        if attachment is None:
            return self._as_is(bare, file, f"{stem}.{ending}", limit)
        if attachment.embeddable and ending not in DRAWN:  # a drawing has no pixels of its own
            bare = replace(bare, width=attachment.width, height=attachment.height)
        return self._hung(bare, attachment, made.shape, limit)

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

    async def _with_still(self, exhibit: Exhibit, still: File, stem: str) -> Exhibit:
        limit = min(self._limit, self._bytes)
        attachment = (await self._rendering.fit(Fit(file=still, stem=stem, limit=limit))).attachment
        if attachment is None or not attachment.embeddable or not self._take(attachment, limit):
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


def bare(result: Result, medium: Medium | None) -> Exhibit:
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
        remarks=(Remark.UNPLAYED,) if result.unplayed else (),
    )


def _size(result: Result) -> int:
    return result.file.size if result.file is not None else 0


def _ending(result: Result) -> str:
    return ending_of(mime_of_result(result), medium_of_result(result))


def _is_picture_of_another(result: Result) -> bool:
    """Whether the result's file is only a picture of the real one (EXR, HDR)."""
    return result.asset is not None and result.asset.original_url is not None
