"""axe-core from the npm registry, kept in a cache folder: only the tests use it."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

VERSION = "4.14.1"
GRAVE = ("serious", "critical")


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "imagine-bot" / f"axe-core-{VERSION}"


async def source() -> str:
    """The script. Where it cannot be had, the test is skipped, or fails where everything has to be tested."""
    kept = _folder() / "package" / "axe.min.js"
    if not kept.exists():
        problem = await _download(kept)
        if problem is not None:
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(problem)
            pytest.skip(problem)
    return kept.read_text()


async def _download(kept: Path) -> str | None:
    """What stood in the way, or None."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is missing, which would bring axe-core"
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    code, said = await _run(npm, "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(folder))
    if code != 0:
        return f"npm could not bring axe-core: {said[-200:]}"
    code, said = await _run("tar", "-xzf", str(folder / f"axe-core-{VERSION}.tgz"), "-C", str(folder))
    return None if code == 0 else f"axe-core could not be unpacked: {said[-200:]}"


async def _run(*command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 120)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, "it took too long"
    return process.returncode or 0, said.decode(errors="replace")


async def faults(page: Page, script: str, *, leave_out: str | None = None) -> list[str]:
    """The serious and critical faults of the page as it is now. leave_out: a selector of what was looked at
    before and is unchanged; there must be such a thing."""
    # The page's own policy lets no foreign script in; the debugger's evaluation is not bound by it.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(f"(() => {{ {script} }})()")
    where = {"exclude": [[leave_out]]} if leave_out else {}
    found: dict[str, Any] = await page.evaluate(
        "(where) => axe.run({include: [['html']], ...where}, {resultTypes: ['violations']})", where
    )
    return [
        f"{one['id']}: {node['html'][:160]} | {node.get('failureSummary', '')[:240]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
