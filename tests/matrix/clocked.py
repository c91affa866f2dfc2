"""`python -m tests.matrix.clocked run`: the bot as `python -m bot` runs it, by a clock that is pushed."""

import os
from functools import partial
from pathlib import Path

from bot import app, cli
from tests.matrix.clock import CLOCK, PushedClock

if __name__ == "__main__":
    # in place of the machine's own clock, which the composition root would take
    app.__dict__["build"] = partial(app.build, clock=PushedClock(Path(os.environ[CLOCK])))
    cli.main()
