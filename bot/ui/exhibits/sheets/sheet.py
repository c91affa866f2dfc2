"""Many results on one contact sheet: for a message that holds fewer pictures than there are."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.cards.ports import Result
from bot.cards.results import medium_of_result
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Shape
from bot.ui.exhibits.prepare import bare
from bot.ui.exhibits.rendering import Place, Rendering, Sheet, Small, Undrawn, columns_of
from bot.vocabulary import Medium

log = logging.getLogger(__name__)

SHEET_SIDE: Final = 2048
"""Pixels of a sheet's longer side, about."""
LARGEST_PLACE: Final = 640
SHEET_LIMIT: Final = 4 * 1024 * 1024
"""Bytes: a sheet is for looking at, and comes anew with each picture."""


async def on_sheet(
    results: Sequence[Result], *, count: int, stem: str, limit: int, rendering: Rendering
) -> list[Exhibit] | None:
    """The results on one contact sheet, which hangs on the first of them. None where one of them is no
    picture, or no sheet can be drawn: then each is shown by itself. Never raises over a file.

    count: how many places there are; a result's `number` says which is its own.
    limit: bytes of the sheet.
    """
    numbers = {result.number: result for result in results if medium_of_result(result) is Medium.IMAGE}
    if not results or len(numbers) != len(results) or not {*numbers} <= {*range(1, count + 1)}:
        return None
    side = min(LARGEST_PLACE, SHEET_SIDE // columns_of(count))
    places = [
        Place(number=number, picture=await _small(numbers.get(number), side, rendering))
        for number in range(1, count + 1)
    ]
    try:
        drawn = await rendering.sheet(Sheet(places=tuple(places), side=side, limit=min(limit, SHEET_LIMIT)))
    except Undrawn as error:
        log.warning("the sheet is not drawn: %s", error)
        return None
    attachment = Attachment(
        filename=f"{stem}-sheet.jpg",
        data=drawn,
        size=len(drawn),
        part=Part.SHEET,
        width=SHEET_SIDE,
        height=SHEET_SIDE,
    )
    shown = [replace(bare(result, Medium.IMAGE), shape=Shape.SHEET) for result in results]
    return [replace(shown[0], attachments=(attachment,)), *shown[1:]]


async def _small(result: Result | None, side: int, rendering: Rendering) -> bytes | None:
    file = None if result is None else result.file or result.still
    if file is None:
        return None
    try:
        return await rendering.small(Small(path=file.path, side=side))
    except Undrawn as error:
        log.info("a place of the sheet stays empty: %s", error)
        return None
