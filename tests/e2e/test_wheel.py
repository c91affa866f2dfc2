"""What is published, where there is no clone: the files in the wheel, and the command that it brings."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.process import ROOT

TREE = ("bot", "cogs", "sandbox")
SHADOWS = "raise SystemExit('another of this name')"


def run(*command: str | Path, cwd: Path) -> str:
    """Raises AssertionError with what was said, unless all is well."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        command, cwd=cwd, env=kept, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (made,) = folder.iterdir()
    return made


def test_it_puts_one_name_among_the_packages_and_leaves_no_file_of_the_tree_out(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name) for name in archive.namelist()}
    tops = {path.parts[0] for path in names}
    (about,) = tops - {"imagine_bot"}
    assert about.endswith(".dist-info")
    files = [path for top in TREE for path in (ROOT / top).rglob("*") if path.is_file()]
    ours = {path.relative_to(ROOT) for path in files if "__pycache__" not in path.parts}
    assert Path("sandbox/page/static/index.html") in ours
    assert Path("bot/store/migrations/script.py.mako") in ours
    there = {path.relative_to("imagine_bot") for path in names if path.parts[0] == "imagine_bot"}
    assert there == ours | {Path("__init__.py")}


def test_its_command_shows_a_picture_with_no_clone_about(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, which has this one's libraries and not its `imagine-bot`."""
    run(sys.executable, "-m", "venv", "--without-pip", "environment", cwd=tmp_path)
    python = tmp_path / "environment" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--no-index", "--no-deps", "--no-compile", wheel, cwd=tmp_path)
    folder = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    )
    # paths and nothing else: what a .pth file in there adds, such as the clone, stays out
    (folder / "libraries.pth").write_text(
        f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"
    )
    home = tmp_path / "home"
    for name in TREE:  # as they may lie in anybody's folder
        (home / name).mkdir(parents=True)
        (home / name / "__init__.py").write_text(SHADOWS)
    said = run(python.with_name("imagine"), "demo", "--once", cwd=home)
    told = json.loads(said.splitlines()[-1])
    assert (told["fate"], told["card"], told["violations"]) == ("succeeded", "settled", [])
    (file,) = told["files"]
    assert Path(file).parent == home / "artefacts" / "demo"
    with Image.open(file) as picture:
        assert picture.format == "PNG"
