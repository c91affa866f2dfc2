"""One story from its first step to the verdict."""

import shutil
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Final

from tests.matrix.actor import Actor
from tests.matrix.ending import Ending, introduce
from tests.matrix.figures import Outcome
from tests.matrix.house import House, house
from tests.matrix.judge import Wrong, judge
from tests.matrix.looking import look
from tests.matrix.plan import Story
from tests.matrix.seen import Seen

EVIDENCE: Final = ("bot.log", "sandbox.log", "imagine.db", "imagine.db-wal", "imagine.db-shm")


async def play(story: Story) -> Outcome:
    """Raises nothing: a story that cannot be played to its end is a broken one."""
    began = time.monotonic()
    wrongs: list[Wrong] = []
    did = Counter[str]()
    seen = Seen()
    kept = ""
    async with house(story.settings) as one:
        actor = Actor(one, story)
        try:
            await introduce(actor)
            await actor.revive()
            await actor.play()
            await Ending(actor).come()
            seen = await look(actor)
            wrongs += judge(seen)
        except Exception:
            wrongs.append(Wrong("broken", f"the story could not be played: {traceback.format_exc()}"))
        did = actor.did
        if wrongs:
            kept = _keep(one, story)
    return Outcome(story, tuple(wrongs), did, seen, time.monotonic() - began, kept)


def _keep(one: House, story: Story) -> str:
    """Save what tells why something was wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"imagine-matrix-{story.seed}-{story.number}-"))
    for name in EVIDENCE:
        if (one.folder / name).exists():
            shutil.copy(one.folder / name, folder)
    (folder / "story.txt").write_text(f"{story}\n")
    return str(folder)
