"""`python -m tests.pictures`: takes the pictures of the papers from the running sandbox."""

import argparse
import asyncio
import base64
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.async_api import FloatRect, Page, expect

from tests.cards import CARDS, Card
from tests.e2e.acting import all_known
from tests.e2e.browser import PATIENCE, Visitor, browser, chromium, visitor
from tests.e2e.stage import ROOT, Json, Stage, stage

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 150_000
"""Bytes of one picture: papers are read over slow lines too."""

LOADING = 128
MARGIN = 14
"""Pixels around a card."""

COLORS = (256, 128, 64)
GEMINI = "model_google-gemini-3-1-flash"


async def take(folder: Path, path: str) -> list[Path]:
    """The README's pictures, in the order in which they were taken."""
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
    await guest.page.keyboard.type("/imagine a lighthouse above a calm sea, morning light aspect_ratio:16:9")
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
    await expect(guest.page.get_by_role("option", name="Imagen 4 Ultra")).to_be_visible()
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


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees the page."""

    width: int = 760
    dark: bool = False
    locale: str = "en-US"
    """Of the server and of its member."""

    @property
    def name(self) -> str:
        return f"{self.width}-{'dark' if self.dark else 'light'}-{self.locale}"


LOOKS = [
    Look(width, dark, locale) for width, dark, locale in product((1280, 390), (False, True), ("en-US", "fr"))
]
LOOKED_AT = ("imagine", "permutations", "actions", "full", "chain", "voice")
"""A card, a grid with its menu, a contact sheet, the links of a chain, and a voice message."""


async def take_looks(folder: Path, path: str) -> list[Path]:
    """Those cards as each of these sees them, for people to look at: they are not kept."""
    # nobody is asked here: what a question says depends on the language
    cards = [
        replace(one, open=False, waits="") if one.name == "permutations" else one
        for one in _chosen(LOOKED_AT)
    ]
    return [shot for look in LOOKS for shot in await take_cards(folder / look.name, path, cards, look)]


async def take_cards(
    folder: Path, path: str, cards: Sequence[Card] = CARDS, look: Look | None = None
) -> list[Path]:
    """A picture of each card, in `folder`."""
    expect.set_options(timeout=PATIENCE)
    taken: list[Path] = []
    messages: dict[str, str] = {}
    seen = look or Look()
    above = "70" if look is None else "0"
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU=above) as one, browser(path) as opened:
        await all_known(one)
        await one.post("/guilds", guild="Imagine HQ", locale=seen.locale)
        await one.post("/members", member="alice", locale=seen.locale)
        page = one.addresses["page"]
        async with visitor(opened, page, width=seen.width, height=3200, dark=seen.dark) as guest:
            await guest.go()
            for card in cards:
                messages[card.name] = await _asked(one, card, messages)
                if card.member != "alice":
                    await guest.be(card.member)
                file = folder / f"{card.name}.png"
                taken.append(await _card(guest, messages[card.name], file, menu=card.menu))
                if card.member != "alice":
                    await guest.be("alice")
    return taken


async def _asked(one: Stage, card: Card, messages: dict[str, str]) -> str:
    """The id of the message that answers the card's command, as soon as it has its last word or, of an open
    one, what it waits for."""
    if card.asks:
        asked = await one.press({"id": messages[card.on or ""]}, card.asks, member=card.member)
    elif card.chooses:
        asked = await _chose(one, card, messages)
    elif card.picks or card.presses:
        asked = await _went_on(one, card, messages)
    else:
        asked = await _commanded(one, card, messages)
    if card.fills:
        asked = await _filled(one, card, asked)

    async def settled() -> str | None:
        found = await one.answers(asked, member=card.member)
        if not found or found[-1]["flags"] & LOADING or card.waits not in str(found[-1]):
            return None
        state = "settled" if card.open else one.record(asked).get("card", "settled")
        return str(found[-1]["id"]) if state == "settled" else None

    found = await one.until(settled, f"the card of {card.name}")
    if not card.flagged:
        return found
    flagged = [each for each in await one.messages(member=card.member) if each["flags"] & card.flagged]
    return str(flagged[-1]["id"])


async def _commanded(one: Stage, card: Card, messages: dict[str, str]) -> str:
    """Use the card's command. The interaction's id."""
    options: Json = dict(card.options)
    for option, (name, data) in card.files.items():
        options[option] = {"name": name, "bytes": base64.b64encode(data).decode()}
    if card.on is not None and not card.shows:
        options["target"] = messages[card.on]
    if card.shows:
        options["id"] = (await _message(one, card, messages[card.shows]))["interaction_id"]
    order: Json = {"member": card.member, "channel": "general", "name": card.command, "options": options}
    return str((await one.post("/command", **order))["interaction_id"])


async def _went_on(one: Stage, card: Card, messages: dict[str, str]) -> str:
    """Choose from the menu of an earlier card, or press a button of it. The id of the interaction that this
    card answers."""
    message = await _message(one, card, messages[card.on or ""])
    if card.presses:
        await one.press(message, card.presses, member=card.member)
    else:
        await one.post("/press", **_menu_of(card, message), values=list(card.picks))
    return str(message["interaction_id"])


async def _chose(one: Stage, card: Card, messages: dict[str, str]) -> str:
    """Choose an action from the menu of an earlier card. The interaction's id."""
    message = await _message(one, card, messages[card.on or ""])
    pressed = await one.post("/press", **_menu_of(card, message), values=[card.chooses])
    return str(pressed["interaction_id"])


async def _message(one: Stage, card: Card, message_id: str) -> Json:
    (found,) = [each for each in await one.messages(member=card.member) if each["id"] == message_id]
    return found


def _menu_of(card: Card, message: Json) -> Json:
    parts = [part for row in message["components"] for part in row["components"]]
    (menu,) = [part["custom_id"] for part in parts if "options" in part]
    return {"member": card.member, "message_id": message["id"], "custom_id": menu}


async def _filled(one: Stage, card: Card, asked: str) -> str:
    """Fill in the form that this interaction has opened, or offers to open. The id of what was submitted."""

    async def answered() -> Json | None:
        told = await one.get(f"/interactions/{asked}")
        return told if told["modal"] or told["message_id"] else None

    if not (await one.until(answered, "a form"))["modal"]:
        offer = await one.answer(asked, member=card.member)
        asked = await one.press(offer, "Open the form", member=card.member)
        await one.until(answered, "a form")
    order: Json = {"member": card.member, "interaction_id": asked, "values": dict(card.fills)}
    return str((await one.post("/submit", **order))["interaction_id"])


async def _card(guest: Visitor, message: str, path: Path, *, menu: bool = False) -> Path:
    article = guest.page.locator(f'article[data-key="message-{message}"]')
    await expect(article).to_be_visible()
    for picture in await article.locator("img").all():
        await expect(picture).to_have_js_property("complete", value=True)
    for player in await article.locator("video, audio").all():
        await expect(player).not_to_have_js_property("readyState", 0)
    for film in await article.locator("video").all():
        await expect(film).to_have_js_property("readyState", 4)
        # its controls show for a while longer that it is loading, and nothing tells when not: new ones don't
        await film.evaluate("one => { one.controls = false; one.controls = true; }")
    await guest.page.mouse.move(0, 0)
    await guest.page.wait_for_timeout(400)  # until it has arrived and the page has scrolled to its end
    await article.evaluate("one => one.scrollIntoView({block: 'end'})")  # it grows as its files arrive
    await guest.page.wait_for_timeout(200)
    if menu:
        await article.locator(".picker").click()
        await expect(article.locator(".picker-list")).to_be_visible()
        await guest.page.wait_for_timeout(200)
    box = await article.bounding_box()
    assert box is not None
    if menu and (list_ := await article.locator(".picker-list").bounding_box()) is not None:
        box["height"] = max(box["height"], list_["y"] + list_["height"] - box["y"])
    clip = FloatRect(
        x=box["x"] - MARGIN,
        y=box["y"] - MARGIN,
        width=box["width"] + 2 * MARGIN,
        height=box["height"] + 2 * MARGIN,
    )
    _write(await guest.page.screenshot(animations="disabled", clip=clip), path)
    if menu:
        await guest.page.keyboard.press("Escape")
    return path


async def _save(page: Page, path: Path) -> Path:
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(400)  # until the page has scrolled to its end
    _write(await page.screenshot(animations="disabled"), path)
    return path


def _write(shot: bytes, path: Path) -> None:
    """A PNG with as many colors as fit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    full = Image.open(BytesIO(shot)).convert("RGB")
    full.save(path, optimize=True)
    for colors in COLORS:
        if path.stat().st_size <= LARGEST:
            break
        palette = full.quantize(colors)
        full.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def _chosen(names: Collection[str]) -> list[Card]:
    """The cards of these names, with those that they need; all where there is no name."""
    wanted = set(names) or {one.name for one in CARDS}
    for one in reversed(CARDS):
        if one.name in wanted:
            wanted |= {before for before in (one.on, one.shows) if before}
    return [one for one in CARDS if one.name in wanted]


def main() -> int:
    """Takes them into `docs/pictures`, or into the folder that is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: docs/pictures")
    parser.add_argument("--cards", nargs="*", metavar="NAME", help="only these cards, or all")
    parser.add_argument(
        "--looks", type=Path, help="a few, wide and narrow, light and dark, in English and French"
    )
    given = parser.parse_args()
    path = chromium()
    if path is None:
        sys.stderr.write("Chromium is missing: install the Debian package `chromium`, or set CHROMIUM\n")
        return 1
    if given.looks is not None:
        sys.stdout.write(f"{len(asyncio.run(take_looks(given.looks, path)))} below {given.looks}\n")
        return 0
    shots = [] if given.cards is not None else asyncio.run(take(given.folder, path))
    shots += asyncio.run(take_cards(given.folder / "cards", path, _chosen(given.cards or ())))
    for taken in shots:
        sys.stdout.write(f"{taken} {taken.stat().st_size // 1000} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
