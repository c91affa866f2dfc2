"""`python -m bot.renderer`: started by `bot.renderer.Renderer`, and of no use by itself."""

from bot.renderer.serving import Job, serve
from bot.ui.exhibits.fitting import fitted, small
from bot.ui.exhibits.rendering import Fit, Small

if __name__ == "__main__":
    serve({"fit": Job(Fit, fitted), "small": Job(Small, small)})
