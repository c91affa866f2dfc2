"""The page for those who do not see it, or see it differently: axe-core, in light and in dark."""

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.axe import faults, source
from tests.e2e.browser import visitor
from tests.e2e.puppet import Json, Puppet, picture
from tests.support.played import sound, video

pytestmark = pytest.mark.asyncio(loop_scope="session")

COMMANDS: list[Json] = [
    {
        "name": "imagine",
        "description": "Make a picture",
        "options": [
            {"type": 3, "name": "prompt", "description": "What it shows", "required": True},
            {"type": 4, "name": "count", "description": "How many", "min_value": 1, "max_value": 4},
            {"type": 5, "name": "private", "description": "Only for you"},
        ],
    },
    {"name": "Describe this", "type": 3},
]


ONE_OF: list[Json] = [{"label": "Wide", "value": "w", "description": "16:9"}, {"label": "Tall", "value": "t"}]
INPUTS: list[Json] = [
    {"type": 4, "custom_id": "text", "style": 2, "value": "a fox"},
    {"type": 3, "custom_id": "select", "options": ONE_OF},
    {"type": 19, "custom_id": "files", "max_values": 2},
    {"type": 21, "custom_id": "radio", "options": ONE_OF},
    {"type": 22, "custom_id": "boxes", "options": ONE_OF, "required": False, "max_values": 2},
]
FORM: Json = {
    "custom_id": "form",
    "title": "Everything",
    "components": [
        {"type": 18, "label": f"Input {one['custom_id']}", "description": "What it is for", "component": one}
        for one in INPUTS
    ],
}
SHORT: Json = {
    "custom_id": "short",
    "title": "One box",
    "components": [{"type": 18, "label": "Sound", "component": {"type": 23, "custom_id": "box"}}],
}


MESSAGES = "article.message"
STILL = """async () => {
  const ends = one => one.effect.getComputedTiming().iterations !== Infinity;
  for (let moving; (moving = document.getAnimations().filter(ends)).length;)
    await Promise.allSettled(moving.map(one => one.finished));
}"""
"""Resolves when nothing fades or slides any more; what turns for ever counts as still."""


async def furnish(bot: Puppet) -> None:
    """Messages of every sort."""
    alice = bot.sandbox.world.user("alice").id
    embed: Json = {
        "title": "A fox",
        "url": "https://example.com/",
        "description": f"> a fox\n\n**Done** · <t:0:R> by <@{alice}> `code` ||hidden||\n```\nblock\n```",
        "color": 0x2E9E6B,
        "fields": [{"name": "Model", "value": "Sketch", "inline": True}],
        "footer": {"text": "a footer"},
    }
    shown = [
        {**embed, "image": {"url": "attachment://a.png", "description": "a fox, first"}},
        {"url": "https://example.com/", "image": {"url": "attachment://b.png", "description": "second"}},
    ]
    buttons: list[Json] = [
        {"type": 2, "style": style, "label": f"Button {style}", "custom_id": f"b{style}"}
        for style in range(1, 5)
    ]
    link: Json = {"type": 2, "style": 5, "label": "Link", "url": "https://example.com/"}
    select: Json = {"type": 3, "custom_id": "s", "options": [{"label": "One", "value": "1"}]}
    rows: list[Json] = [
        {"type": 1, "components": [*buttons, link]},
        {"type": 1, "components": [select]},
    ]
    await bot.say({"embeds": shown, "components": rows}, {"a.png": picture(), "b.png": picture()})
    files = {"SPOILER_c.png": picture(), "notes.txt": b"x\n" * 20, "film.mp4": video(1), "song.mp3": sound(1)}
    await bot.say({"content": "files"}, files | {"fox.glb": b"glTF"})
    await bot.sandbox.actors.command("alice", "general", "imagine", {"prompt": "x"})
    heard = await bot.heard()
    await bot.answer(heard, 4, {"content": "Not this time.", "flags": 64})
    await bot.sandbox.actors.command("alice", "general", "imagine", {"prompt": "x"})
    await bot.answer(await bot.heard(), 5)


# Colors do not depend on the width, nor the layout on the colors: two of the four pairs show every fault.
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)], ids=["desk-light", "phone-dark"])
async def test_no_serious_fault(dark: bool, width: int, browsing: Browser) -> None:
    script = await source()
    async with Puppet() as bot:
        await bot.sync(*COMMANDS)
        async with visitor(browsing, bot.addresses["page"], width=width, dark=dark) as guest:
            page = guest.page
            found: dict[str, list[str]] = {}

            async def check(state: str, *, leave_out: str | None = None) -> None:
                await page.evaluate(STILL)
                said = await faults(page, script, leave_out=leave_out)
                if said:
                    found[state] = said

            await guest.go()
            await check("empty")
            await furnish(bot)
            await expect(guest.messages).to_have_count(4)
            await check("messages")
            if dark:
                await guest.picture("dark")
            await guest.said("files").hover()
            await page.get_by_role("button", name="Apps for this message").last.press("Enter")
            await check("apps")
            await page.keyboard.press("Escape")
            await page.locator(".picker").first.click()
            await check("select")
            await page.keyboard.press("Escape")
            await guest.box.click()
            await page.keyboard.type("/")
            await check("commands", leave_out=MESSAGES)
            await page.keyboard.type("imagine ")
            await page.get_by_role("button", name="Add count").click()
            await page.keyboard.type("9")
            await page.get_by_role("button", name="Add private").click()
            await check("options", leave_out=MESSAGES)
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Put the command away").click()
            await page.locator(".frame").first.click()
            await check("lightbox", leave_out=MESSAGES)
            await page.keyboard.press("Escape")
            await page.locator("#open-drawer").click()
            for tab in ("Wire", "Ledger", "Switches"):
                await page.get_by_role("tab", name=tab).click()
                await check(tab, leave_out=MESSAGES)
            await page.keyboard.press("Escape")
            if width == 390:
                await page.locator("#open-sidebar").click()
                await check("places", leave_out=MESSAGES)
                await page.keyboard.press("Escape")
            for form in (FORM, SHORT):
                await guest.box.fill("/imagine x")
                await page.keyboard.press("Enter")
                await page.keyboard.press("Enter")
                await bot.answer(await bot.heard(), 9, form)
                await expect(page.get_by_role("dialog", name=form["title"])).to_be_visible()
                await page.get_by_role("button", name="Submit").click()
                await check(form["title"], leave_out=MESSAGES)
                await page.keyboard.press("Escape")
            assert found == {}
            assert guest.errors == []
