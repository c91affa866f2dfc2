"""`python -m bot.renderer`: started by `bot.renderer.Renderer`, and of no use by itself."""

from bot.renderer.serving import Job, serve
from bot.ui.exhibits.fitting import fitted, small
from bot.ui.exhibits.rendering import Encode, Fit, Fitted, Sheet, Small
from bot.ui.exhibits.sheets.drawing import drawn
from bot.ui.exhibits.sounds import encoded


def fit(wanted: Fit) -> Fitted:
    return fitted(wanted.file, wanted.stem, wanted.limit)


def thumbnail(wanted: Small) -> bytes:
    return small(wanted.path, wanted.side, clear=wanted.clear)


def contact_sheet(wanted: Sheet) -> bytes:
    return drawn(wanted)


if __name__ == "__main__":
    drawings = {"fit": Job(Fit, fit), "small": Job(Small, thumbnail), "sheet": Job(Sheet, contact_sheet)}
    serve({**drawings, "encode": Job(Encode, encoded)})
