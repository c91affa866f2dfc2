"""`python -m tests.pictures`: takes the pictures of the README from the running sandbox."""

import asyncio
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from tests.e2e.acting import all_known
from tests.e2e.browser import PATIENCE, Visitor, browser, chromium, visitor
from tests.e2e.stage import ROOT, Stage, stage

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 300_000
"""Bytes of one picture: a README is read over slow lines too."""

COLOURS = (256, 128, 64)
GEMINI = "model_google-gemini-3-1-flash"


async def take(folder: Path, path: str) -> list[Path]:
    """The pictures, in the order in which they were taken."""
    expect.set_options(timeout=PATIENCE)
    async with stage() as one, browser(path) as opened:
        await all_known(one)
        async with visitor(opened, one.addresses["page"], width=1200, height=840) as guest:
            await guest.go()
            return [
                await _first(one, guest, folder / "page.png"),
                await _command(guest, folder / "command.png"),
                await _backstage(one, guest, folder / "backstage.png"),
            ]


async def _first(one: Stage, guest: Visitor, path: Path) -> Path:
    """A finished picture, from keystrokes."""
    await guest.box.click()
    await guest.page.keyboard.type(
        "/imagine a lighthouse above a sea of clouds, morning light aspect_ratio:16:9"
    )
    await guest.page.keyboard.type(" seed:21")
    await guest.page.keyboard.press("Enter")
    await _shown(guest, "a lighthouse", 1)
    assert len(await one.ledger()) == 1
    return await _save(guest.page, path)


async def _command(guest: Visitor, path: Path) -> Path:
    """A command with suggestions open."""
    keys = guest.page.keyboard
    await guest.box.click()
    await keys.type("/imagine four small boats on a green river count:4 model:")
    await expect(guest.page.get_by_role("option").first).to_be_visible()
    await keys.type("im")
    await expect(guest.page.get_by_role("option", name="Imagen")).to_be_visible()
    taken = await _save(guest.page, path)
    await keys.press("Escape")
    await guest.page.get_by_role("button", name="Put the command away").click()
    return taken


async def _backstage(one: Stage, guest: Visitor, path: Path) -> Path:
    """Four pictures in the dark, with the wire beside them and one refusal on it."""
    page = guest.page
    await page.emulate_media(color_scheme="dark")
    await page.get_by_role("button", name="Backstage").click()
    edits = {"half": "discord", "method": "PATCH", "path": "/webhooks/*", "body_contains": "attachment://"}
    await one.call("POST", "/faults", json={**edits, "kind": "rate_limit", "retry_after": 0.5})
    await one.imagine("four small boats on a green river", count=4, model=GEMINI, member="bob")
    await _shown(guest, "four small boats", 4)
    await page.set_viewport_size({"width": 1240, "height": 800})
    return await _save(page, path)


async def _shown(guest: Visitor, words: str, count: int) -> None:
    pictures = guest.said(words).locator("img")
    await expect(pictures).to_have_count(count)
    for number in range(count):
        await expect(pictures.nth(number)).to_have_js_property("complete", value=True)


async def _save(page: Page, path: Path) -> Path:
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(400)  # until the page has scrolled to its end
    _write(await page.screenshot(animations="disabled"), path)
    return path


def _write(shot: bytes, path: Path) -> None:
    """A PNG with as many colours as fit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    full = Image.open(BytesIO(shot)).convert("RGB")
    full.save(path, optimize=True)
    for colours in COLOURS:
        if path.stat().st_size <= LARGEST:
            break
        palette = full.quantize(colours)
        full.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def main() -> int:
    """Takes them into `docs/pictures`, or into the folder that is named."""
    path = chromium()
    if path is None:
        sys.stderr.write("Chromium is missing: install the Debian package `chromium`, or set CHROMIUM\n")
        return 1
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for taken in asyncio.run(take(folder, path)):
        sys.stdout.write(f"{taken} {taken.stat().st_size // 1000} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
