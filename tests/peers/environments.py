"""Where other people's libraries live: below `artefacts/`, each Python one in an environment of its own,
because several of them install a package of the same name."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "artefacts" / "peers"
SCRIPTS = HERE / "clients"
JAVASCRIPT = FOLDER / "javascript"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
NPM = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent")


class NotPrepared(Exception):
    """A library could not be installed; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A library, and the script that plays its part. `private_threads`: whether it takes a command from a
    thread that it was not told of.
    """

    name: str
    script: str
    private_threads: bool = True

    @property
    def pins(self) -> Path:
        """The file that names its versions."""
        python = self.script.endswith(".py")
        return HERE / "requirements" / f"{self.name}.txt" if python else HERE / "javascript" / "package.json"

    @property
    def folder(self) -> Path:
        return FOLDER / self.name if self.script.endswith(".py") else JAVASCRIPT

    def prepare(self) -> None:
        """Install what is not there yet in these versions. Raises NotPrepared."""
        stamp = self.folder / "pins"
        wanted = self.pins.read_text()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.script.endswith(".py"):
            _run(sys.executable, "-m", "venv", str(self.folder))
            _run(str(self._python), *PIP, "-r", str(self.pins))
        else:
            shutil.copy(self.pins, self.folder)
            _run(*NPM, cwd=self.folder)
        stamp.write_text(wanted)

    def command(self) -> list[str]:
        """What starts it, without the arguments of every peer."""
        python = self.script.endswith(".py")
        return [str(self._python) if python else "node", str(SCRIPTS / self.script)]

    def environment(self) -> Mapping[str, str]:
        """The surroundings of its process: none of ours that would lead it to other packages."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        return {**own, "NODE_PATH": str(JAVASCRIPT / "node_modules")}

    @property
    def _python(self) -> Path:
        return self.folder / "bin" / "python"


def _run(*command: str, cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise NotPrepared(f"{command[0]} is not on this machine") from missing
    if done.returncode:
        raise NotPrepared(f"{' '.join(command)}: {(done.stderr or done.stdout)[-2000:]}")


PEERS = (
    Peer("disnake", "disnake_peer.py"),
    Peer("nextcord", "nextcord_peer.py"),
    Peer("pycord", "pycord_peer.py"),
    Peer("hikari", "hikari_peer.py"),
    Peer("discordjs", "discordjs_peer.js"),
    Peer("oceanic", "oceanic_peer.js"),
    # its CommandInteraction reads a member without an id where the channel is not in its cache
    Peer("eris", "eris_peer.js", private_threads=False),
)
