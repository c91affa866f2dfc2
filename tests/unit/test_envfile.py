"""The operator's .env, as editors of all kinds write it."""

import os
from pathlib import Path

import pytest

from bot.envfile import DISABLED, load_file
from bot.settings import SettingsError

LINES = 'IMAGINE_TEST_A=first\nIMAGINE_TEST_B="second one"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start from, and nothing of the file left in the environment afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(DISABLED, raising=False)
    for name in ("IMAGINE_TEST_A", "IMAGINE_TEST_B"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_its_mark(folder: Path, encoding: str) -> None:
    (folder / ".env").write_text(LINES, encoding=encoding)
    assert load_file() == {"IMAGINE_TEST_A", "IMAGINE_TEST_B"}
    assert os.environ["IMAGINE_TEST_A"] == "first"
    assert os.environ["IMAGINE_TEST_B"] == "second one"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_one_sentence_that_says_what_to_do(folder: Path, encoding: str) -> None:
    (folder / ".env").write_text(LINES, encoding=encoding)
    with pytest.raises(SettingsError) as told:
        load_file()
    (problem,) = told.value.problems
    assert problem.endswith("save it as UTF-8.")
    assert "first" not in problem
    assert "IMAGINE_TEST_A" not in os.environ


def test_the_environment_beats_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGINE_TEST_A", "mine")
    (folder / ".env").write_text(LINES)
    load_file()
    assert os.environ["IMAGINE_TEST_A"] == "mine"


def test_no_file_and_a_switched_off_one_say_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_file() == frozenset()
    (folder / ".env").write_text(LINES, encoding="utf-16")
    monkeypatch.setenv(DISABLED, "1")
    assert load_file() == frozenset()


def test_a_file_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text(LINES)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SettingsError, match=r"\.env cannot be read: Permission denied\.$"):
        load_file()
