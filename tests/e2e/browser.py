"""Chromium before the sandbox's page, and the hands of somebody who uses it."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "page"
PATIENCE = 20_000
"""Milliseconds until a wait is given up."""

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same engine without a window, which here does the work for half the effort."""


def chromium() -> str | None:
    """Where Chromium is, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def needed() -> str:
    """Chromium, or a skipped test; a failed one where everything has to be tested."""
    found = chromium()
    if found is None:
        reason = "Chromium is missing: install the Debian package `chromium-headless-shell`, or set CHROMIUM"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@asynccontextmanager
async def browser(path: str) -> AsyncGenerator[Browser]:
    """Chromium without a window: the one that the tests of this event loop share, or one of its own."""
    if _lender is not None and _lender.loop is asyncio.get_running_loop():
        yield await _lender.browser(path)
        return
    async with AsyncExitStack() as stack:
        yield await _launch(stack, path)


@asynccontextmanager
async def lending() -> AsyncGenerator[None]:
    """While this lasts, whoever asks for a browser in this event loop is lent the same one. It is started
    when the first one asks; what a visitor does is forgotten with the visitor's window."""
    global _lender
    async with AsyncExitStack() as stack:
        _lender = _Lender(stack)
        try:
            yield
        finally:
            _lender = None


class _Lender:
    def __init__(self, stack: AsyncExitStack) -> None:
        self.loop = asyncio.get_running_loop()
        self._stack = stack
        self._one: Browser | None = None

    async def browser(self, path: str) -> Browser:
        if self._one is None or not self._one.is_connected():
            self._one = await _launch(self._stack, path)
        return self._one


_lender: _Lender | None = None


async def _launch(stack: AsyncExitStack, path: str) -> Browser:
    playwright = await stack.enter_async_context(async_playwright())
    one = await playwright.chromium.launch(executable_path=path, args=SWITCHES)
    stack.push_async_callback(one.close)
    return one


class Visitor:
    """Somebody with the page open. Every error in the page's console is kept in `errors`."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context, self.page, self.address = context, page, address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # What the sandbox refuses on purpose is also an error to the console.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    async def go(self, channel: str = "general", member: str = "alice") -> None:
        """Open a channel as that member, who may be new."""
        # The page remembers who somebody was; so it takes a new face for an old one.
        await self.context.add_init_script(f"localStorage.member ??= {member!r}")
        await self.page.goto(f"{self.address}#{channel}")
        await expect(self.box).to_be_visible()

    async def be(self, member: str) -> None:
        """Switch member."""
        await self.page.locator(f'.person input[value="{member}"]').check()
        await expect(self.page.locator(f'.person input[value="{member}"]')).to_be_checked()

    @property
    def box(self) -> Locator:
        return self.page.locator("#composer-text")

    @property
    def messages(self) -> Locator:
        return self.page.locator("article.message")

    @property
    def last(self) -> Locator:
        return self.messages.last

    def said(self, words: str) -> Locator:
        """Messages that contain these words."""
        return self.messages.filter(has_text=words)

    async def picture(self, name: str) -> Path:
        """Keep a screenshot."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        await self.page.screenshot(path=path, animations="disabled")
        return path


@asynccontextmanager
async def visitor(
    one: Browser, address: str, *, width: int = 1280, height: int = 860, dark: bool = False, scale: float = 1
) -> AsyncGenerator[Visitor]:
    """A fresh window, with nothing remembered."""
    context = await one.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=scale,
        locale="en-GB",
        reduced_motion="reduce",  # what moves is painted sixty times a second, by the processor
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield Visitor(context, await context.new_page(), address)
    finally:
        await context.close()
