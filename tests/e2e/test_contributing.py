"""The command that CONTRIBUTING.md teaches, typed in as it is written, in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.e2e.process import ROOT

COPIED = ("bot", "cogs", "tests", "sandbox")
NAMED = re.compile(
    r"(?:^\*\*\d\. .*\*\*, |[Aa]dd to |and to )`((?:bot|cogs|tests)/[\w/]+\.(?:py|pot?))`", re.MULTILINE
)
"""A step's file, in its heading or where something is added to it."""
BLOCK = re.compile(r"^```(?:python|po)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lesson() -> list[tuple[str, str]]:
    """What is typed in, in order: the file, and what goes into it."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text[text.index("## A new command in 15 minutes") : text.index("## A language")]
    found: list[tuple[str, str]] = []
    for block in BLOCK.finditer(section):
        files = NAMED.findall(section[: block.start()])
        found.append((files[-1], block[1]))
    return found


def typed_in(tree: Path) -> list[str]:
    """The lesson in a copy of the tree. The files that are new."""
    ignored = shutil.ignore_patterns("__pycache__", "static", "test_*")
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=None if name == "sandbox" else ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)
    new: list[str] = []
    for file, text in lesson():
        path = tree / file
        if path.exists():  # sentences, which go into the file that is there
            path.write_text(f"{path.read_text()}\n{text}")
        else:
            path.write_text(text)
            new.append(file)
    return new


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("lesson")
    return folder, typed_in(folder)


def run(folder: Path, *command: str) -> str:
    """Raises AssertionError with what was said, unless all is well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment = {**kept, "PYTHONPATH": str(folder)}
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said[-4000:]
    return said


def test_the_lesson_names_five_files(tree: tuple[Path, list[str]]) -> None:
    files = [file for file, _ in lesson()]
    assert files == [
        *("bot/ui/speech/locales/en.pot", "bot/ui/speech/locales/fr.po", "cogs/limits.py"),
        *("tests/unit/test_limits.py", "tests/e2e/test_limits.py"),
    ]
    assert tree[1] == files[2:]


def test_its_style_is_the_houses(tree: tuple[Path, list[str]]) -> None:
    folder, new = tree
    run(folder, "ruff", "check", "--no-cache", *new)
    run(folder, "ruff", "format", "--no-cache", "--check", *new)


def test_its_words_are_whole(tree: tuple[Path, list[str]]) -> None:
    english, french = (
        read_po(BytesIO((tree[0] / file).read_bytes()), abort_invalid=True) for file, _ in lesson()[:2]
    )
    assert {one.context: one.id for one in english} == {one.context: one.id for one in french}
    assert "limits.some" in {one.context for one in french}
    assert list(french.check()) == []
    assert all(one.string and all(one.string) for one in french)


def test_its_tests_pass(tree: tuple[Path, list[str]]) -> None:
    folder, new = tree
    said = run(folder, "pytest", "-q", "-p", "no:cacheprovider", *new[1:])
    assert "3 passed" in said
