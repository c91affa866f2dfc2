"""`python -m bot.renderer`: started by `bot.renderer.Renderer`, and of no use by itself."""

from bot.renderer.serving import Job, serve
from bot.ui.exhibits.fitting import fitted, small
from bot.ui.exhibits.rendering import Fit, Fitted, Sheet, Small
from bot.ui.exhibits.sheets.drawing import drawn


def fit(wanted: Fit) -> Fitted:
    return fitted(wanted.file, wanted.stem, wanted.limit)


def thumbnail(wanted: Small) -> bytes:
    return small(wanted.path, wanted.side, clear=wanted.clear)


def contact_sheet(wanted: Sheet) -> bytes:
    return drawn(wanted)


if __name__ == "__main__":
    serve({"fit": Job(Fit, fit), "small": Job(Small, thumbnail), "sheet": Job(Sheet, contact_sheet)})
