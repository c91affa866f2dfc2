"""`python -m tests.support.clumsy`: a renderer whose work is to overstep, without any harmful file."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bot.renderer.serving import Job, serve


@dataclass(frozen=True, slots=True)
class Text:
    text: str = ""


def sleep(wanted: Text) -> str:
    """`text`: a file that is made when it begins."""
    if wanted.text:
        Path(wanted.text).touch()
    time.sleep(600)
    return "awake"


def hold(wanted: Text) -> str:
    """As native code that never comes back, and lets no other thread run. `text`: as for `sleep`."""
    Path(wanted.text).touch()
    return str(sum(range(10**12)))


def swell(wanted: Text) -> str:
    """Step by step, as a decoder does that reads on and on."""
    held: list[bytearray] = []
    for _ in range(int(wanted.text)):
        held.append(bytearray(b"x" * 4 * 1024 * 1024))
        time.sleep(0.004)
    return str(len(held))


_HOARD: list[bytearray] = []


def hoard(wanted: Text) -> str:
    """As a library that leaks."""
    _HOARD.append(bytearray(b"x") * int(wanted.text))
    return wanted.text


def gulp(wanted: Text) -> str:
    """In one step."""
    return str(len(bytearray(int(wanted.text))))


def leave(wanted: Text) -> str:
    sys.stderr.write("what a library says last\n")
    sys.stderr.flush()
    os._exit(int(wanted.text))


def panic(wanted: Text) -> str:
    raise SystemExit(wanted.text)


def stumble(wanted: Text) -> str:
    raise LookupError(wanted.text)


def chatter(wanted: Text) -> str:
    """What libraries print is no answer."""
    os.write(1, b'{"done": "printed"}\n')
    sys.stdout.write(wanted.text)
    sys.stdout.flush()
    return wanted.text


def surroundings(wanted: Text) -> tuple[str, ...]:
    """Names and values of the environment, and the modules that are loaded."""
    del wanted
    return (*(f"{name}={value}" for name, value in os.environ.items()), *sys.modules)


def bounds(wanted: Text) -> tuple[int, ...]:
    """What the system holds it to: bytes of data, of one file, of a core, and seconds of the processor."""
    del wanted
    import resource

    kinds = resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_CPU
    return tuple(resource.getrlimit(kind)[0] for kind in kinds)


def number(wanted: Text) -> int:
    return len(wanted.text)


WORK = (sleep, hold, swell, hoard, gulp, leave, panic, stumble, chatter, surroundings, bounds, number)

if __name__ == "__main__":
    jobs = {work.__name__: Job(Text, work) for work in WORK}
    serve(jobs)
