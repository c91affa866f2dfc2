"""The process's own folder for files on their way: members' files, results, whatever a library puts aside.

Nobody else on the machine may look into it, it goes when the process ends, and what a killed process left is
swept by the next one. A folder is somebody's as long as its lock is held, and the kernel frees that however
the process ends; so a second bot on the machine keeps its own.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

PREFIX: Final = "imagine-scratch-"
_TRIES: Final = 5


class NoScratch(OSError):
    """There is nowhere to put files. The text is fit to be shown."""


@contextmanager
def scratch() -> Generator[Path]:
    """While the context lasts `tempfile` puts everything of this process, the libraries' files included, into
    one private folder below TMPDIR. Raises NoScratch."""
    try:
        place = Path(tempfile.gettempdir())
        _sweep(place)
        folder, lock = _made(place)
    except OSError as error:
        raise NoScratch(f"TMPDIR: no folder for temporary files can be made: {error}") from error
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(place: Path) -> tuple[Path, int]:
    """A new folder of ours, and the open file that holds its lock."""
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))  # 0700
        lock = _taken(folder)
        if lock is not None:
            return folder, lock
        # somebody who sweeps came between the two and took it for a dead one's: another one, then
        shutil.rmtree(folder, ignore_errors=True)
    raise OSError(f"nothing in {place} can be locked")


def _sweep(place: Path) -> None:
    """Remove the folders of those who are dead."""
    for folder in place.glob(f"{PREFIX}*"):
        lock = _taken(folder)
        if lock is None:
            continue
        try:
            shutil.rmtree(folder, ignore_errors=True)
            log.info("swept what a killed process left: %s", folder)
        finally:
            os.close(lock)


def _taken(folder: Path) -> int | None:
    """The open folder with its lock held; None for one that is another's, is locked, or is gone."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.fstat(lock).st_uid == os.getuid() and os.path.samestat(os.fstat(lock), folder.lstat())
    except OSError:
        ours = False
    if ours:
        return lock
    os.close(lock)
    return None
