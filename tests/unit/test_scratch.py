"""The process's own folder: private, swept when its process is dead, and never while it lives."""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from bot import scratch as module
from bot.scratch import PREFIX, NoScratch, scratch

LIVES = """
import sys
from bot.scratch import scratch

with scratch() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go on this machine."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(place: Path) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A second bot on the machine, with a member's file on its way."""
    with subprocess.Popen(
        [sys.executable, "-c", LIVES],
        env={"TMPDIR": str(place), "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        (folder / "private.png").write_bytes(b"a member's picture")
        yield process, folder
        process.kill()


def test_everything_temporary_lies_in_one_folder_that_only_we_may_enter(place: Path) -> None:
    with scratch() as folder:
        with tempfile.TemporaryDirectory(prefix="imagine-") as inner, tempfile.NamedTemporaryFile() as file:
            assert Path(inner).parent == Path(file.name).parent == folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == place
        (folder / "left.png").write_bytes(b"?")
    assert list(place.iterdir()) == []
    assert tempfile.gettempdir() == str(place)


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_has_is_not(
    place: Path, other: tuple[subprocess.Popen[str], Path]
) -> None:
    process, theirs = other
    with scratch() as ours:
        assert {folder.name for folder in place.iterdir()} == {ours.name, theirs.name}
        assert (theirs / "private.png").exists()
    process.kill()
    process.wait()
    assert theirs.exists()
    with scratch() as ours:
        assert list(place.iterdir()) == [ours]


def test_only_our_own_folders_are_swept(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    (place / f"{PREFIX}file").touch()
    (place / "imagine-something").mkdir()
    with scratch():
        pass
    assert (elsewhere / "kept").exists()
    left = {f"{PREFIX}link", f"{PREFIX}file", "imagine-something", "elsewhere"}
    assert {each.name for each in place.iterdir()} == left


def test_a_folder_that_is_swept_before_it_is_locked_is_made_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tempfile.mkdtemp
    swept: list[str] = []

    def raced(prefix: str, dir: Path) -> str:  # noqa: A002 (the name that is called)
        folder = made(prefix=prefix, dir=dir)
        if not swept:
            swept.append(folder)
            module._sweep(place)  # pyright: ignore[reportPrivateUsage] (as another process, this very moment)
        return folder

    monkeypatch.setattr(module.tempfile, "mkdtemp", raced)
    with scratch() as folder:
        assert str(folder) not in swept
        assert list(place.iterdir()) == [folder]


def test_no_place_for_files_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(NoScratch, match="TMPDIR"), scratch():
        raise AssertionError
