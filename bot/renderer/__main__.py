"""`python -m bot.renderer`: started by `bot.renderer.Renderer`, and of no use by itself."""

from bot.renderer.serving import Job, serve
from bot.ui.exhibits.fitting import fitted, small
from bot.ui.exhibits.rendering import Fit, Fitted, Small


def fit(wanted: Fit) -> Fitted:
    return fitted(wanted.file, wanted.stem, wanted.limit)


def thumbnail(wanted: Small) -> bytes:
    return small(wanted.path, wanted.side)


if __name__ == "__main__":
    serve({"fit": Job(Fit, fit), "small": Job(Small, thumbnail)})
