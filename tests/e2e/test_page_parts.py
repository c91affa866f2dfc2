"""The page with a bot that shows everything Discord knows: modals, selects, options of every type."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, Route, expect

from tests.e2e.browser import PATIENCE, Visitor, visitor
from tests.e2e.puppet import Json, Puppet, picture, until

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = "<b onclick=alert(1)>x</b><img src=x onerror=document.title='pwned'>"
OPTIONS: list[Json] = [
    {
        "type": 3,
        "name": "words",
        "description": "A text",
        "required": True,
        "min_length": 3,
        "max_length": 20,
    },
    {"type": 4, "name": "count", "description": "A count", "min_value": 1, "max_value": 4},
    {"type": 5, "name": "loud", "description": "Yes or no"},
    {"type": 6, "name": "friend", "description": "A member"},
    {"type": 7, "name": "place", "description": "A channel"},
    {"type": 8, "name": "role", "description": "A role"},
    {"type": 10, "name": "weight", "description": "A number"},
    {"type": 11, "name": "reference", "description": "A picture"},
    {
        "type": 3,
        "name": "shape",
        "description": "A shape",
        "choices": [{"name": "Square", "value": "1:1"}, {"name": "Wide", "value": "16:9"}],
    },
]
ALL: Json = {"name": "all", "description": "Every type of option", "options": OPTIONS}
FORM: Json = {"name": "form", "description": "Opens a form"}
WORKFLOW: Json = {
    "name": "workflow",
    "description": "Workflows",
    "options": [{"type": 1, "name": "run", "description": "Run one"}],
}
ON_MESSAGE: Json = {"name": "Describe this", "type": 3}


@asynccontextmanager
async def opened(browsing: Browser, *commands: Json) -> AsyncGenerator[tuple[Puppet, Visitor]]:
    async with Puppet() as bot:
        await bot.sync(*(commands or (FORM,)))
        async with visitor(browsing, bot.addresses["page"]) as guest:
            await guest.go()
            yield bot, guest
            assert guest.errors == []


async def use(guest: Visitor, name: str) -> None:
    """Send a command that takes nothing."""
    await guest.box.click()
    await guest.page.keyboard.type(f"/{name}")
    await expect(guest.page.get_by_role("option", name=name)).to_be_visible()
    await guest.page.keyboard.press("Enter")
    await guest.page.get_by_role("button", name=f"Send /{name}").press("Enter")


async def test_options_of_every_type(tmp_path: Path, browsing: Browser) -> None:
    async with opened(browsing, ALL, WORKFLOW) as (bot, guest):
        page, keys = guest.page, guest.page.keyboard
        file = tmp_path / "fox.png"
        file.write_bytes(picture())
        await guest.box.click()
        await keys.type("/all words:ab count:9")
        await keys.press("Enter")
        await expect(
            page.get_by_text("3 to 20 characters are allowed, this has 2.", exact=True)
        ).to_be_visible()
        await (
            page.get_by_role("combobox", name="words").or_(page.get_by_label("words", exact=True)).fill("abc")
        )
        await page.get_by_label("count", exact=True).fill("many")
        await expect(page.get_by_text("This takes a number.")).to_be_visible()
        await page.get_by_label("count", exact=True).fill("3")
        for name, typed, choice in (
            ("loud", "tr", "True"),
            ("friend", "bo", "Bob"),
            ("place", "brain", "#brainstorm"),
            ("role", "mod", "@Moderator"),
            ("shape", "wi", "Wide"),
        ):
            await page.get_by_role("button", name=f"Add {name}").click()
            await keys.type(typed)
            await expect(page.get_by_role("option", name=choice)).to_be_visible()
            await keys.press("Enter")
        await page.get_by_role("button", name="Add weight").click()
        await keys.type("2.5")
        await page.get_by_role("button", name="Add reference").click()
        await page.get_by_label("reference", exact=True).set_input_files(file)
        await guest.picture("options")
        await page.get_by_role("button", name="Send /all").click()
        heard = await bot.heard()
        given = {one["name"]: one["value"] for one in heard["data"]["options"]}
        resolved = heard["data"]["resolved"]
        assert {name: given[name] for name in ("words", "count", "loud", "weight", "shape")} == {
            "words": "abc",
            "count": 3,
            "loud": True,
            "weight": 2.5,
            "shape": "16:9",
        }
        assert resolved["users"][given["friend"]]["username"] == "bob"
        assert resolved["channels"][given["place"]]["name"] == "brainstorm"
        assert resolved["roles"][given["role"]]["name"] == "Moderator"
        assert resolved["attachments"][given["reference"]]["filename"] == "fox.png"
        await bot.answer(heard, 5)
        await expect(guest.last).to_contain_text("Imagine is thinking…")
        await guest.picture("thinking")
        await bot.edit(heard, {"content": "done"})
        await expect(guest.last).to_contain_text("done")
        await expect(guest.last).not_to_contain_text("thinking")


async def test_a_form_is_checked_sent_and_put_away(browsing: Browser) -> None:
    async with opened(browsing, FORM) as (bot, guest):
        page, keys = guest.page, guest.page.keyboard
        await use(guest, "form")
        heard = await bot.heard()
        text: Json = {"type": 4, "custom_id": "prompt", "style": 2, "max_length": 100, "value": "a fox"}
        name: Json = {"type": 4, "custom_id": "name", "style": 1, "min_length": 3, "placeholder": "Its name"}
        choice: Json = {
            "type": 3,
            "custom_id": "style",
            "placeholder": "A style",
            "options": [{"label": "Ink", "value": "ink"}, {"label": "Oil", "value": "oil"}],
        }
        upload: Json = {"type": 19, "custom_id": "reference", "required": False, "max_values": 2}
        modal: Json = {
            "custom_id": "edit",
            "title": "Change the picture",
            "components": [
                {"type": 10, "content": "What should be **different**?"},
                {"type": 18, "label": "Prompt", "description": "What it shows", "component": text},
                {"type": 18, "label": "Name", "component": name},
                {"type": 18, "label": "Style", "component": choice},
                {"type": 18, "label": "Reference", "component": upload},
            ],
        }
        await bot.answer(heard, 9, modal)
        dialog = page.get_by_role("dialog", name="Change the picture")
        await expect(dialog).to_be_visible()
        await expect(dialog.get_by_label("Prompt")).to_be_focused()
        await keys.press("Control+End")
        await keys.type(" at night")
        await dialog.get_by_role("button", name="Submit").click()
        await expect(dialog.get_by_text("This is required.")).to_have_count(2)
        await guest.picture("modal-mistakes")
        await dialog.get_by_label("Name").fill("Reynard")
        await dialog.get_by_role("combobox", name="Style").focus()
        await keys.press("ArrowDown")
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await dialog.get_by_label("Reference").set_input_files(
            {"name": "fox.png", "mimeType": "image/png", "buffer": picture()}
        )
        await guest.picture("modal")
        await dialog.get_by_role("button", name="Submit").click()
        await expect(dialog).to_have_count(0)
        sent = await bot.heard()
        values = {one["component"]["custom_id"]: one["component"] for one in sent["data"]["components"][1:]}
        assert values["prompt"]["value"] == "a fox at night"
        assert values["name"]["value"] == "Reynard"
        assert values["style"]["values"] == ["oil"]
        (kept,) = sent["data"]["resolved"]["attachments"].values()
        assert kept["filename"] == "fox.png"
        await bot.answer(sent, 4, {"content": "Thank you", "flags": 64})
        await expect(guest.last).to_contain_text("Thank you")
        await guest.last.get_by_role("button", name="Dismiss").click()
        await expect(guest.said("Thank you")).to_have_count(0)
        await expect(guest.box).to_be_focused()


async def test_a_silent_bot_is_called_silent(browsing: Browser) -> None:
    async with opened(browsing, FORM) as (bot, guest):
        await use(guest, "form")
        heard = await bot.heard()
        await expect(guest.last).to_contain_text("Sending the command…")
        bot.sandbox.clock.advance(4)
        await expect(guest.last).to_contain_text("The application did not respond")
        await guest.picture("silent")
        await guest.last.get_by_role("button", name="Dismiss").click()
        await expect(guest.messages).to_have_count(0)
        row: Json = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
        await bot.say({"content": "Press", "components": [row]})
        go = guest.last.get_by_role("button", name="Go")
        await go.click()
        await expect(go).to_have_attribute("aria-busy", "true")
        assert (await bot.heard())["id"] != heard["id"]
        bot.sandbox.clock.advance(4)
        await expect(guest.last).to_contain_text("The application did not respond")
        await expect(go).not_to_have_attribute("aria-busy", "true")


async def test_buttons_selects_files_and_every_mark(browsing: Browser) -> None:
    async with opened(browsing, FORM, ON_MESSAGE) as (bot, guest):
        page, keys = guest.page, guest.page.keyboard
        alice = bot.sandbox.world.user("alice").id
        buttons: list[Json] = [
            {"type": 2, "style": 2, "label": "Quiet", "custom_id": "quiet"},
            {"type": 2, "style": 3, "label": "Yes", "custom_id": "yes", "disabled": True},
            {"type": 2, "style": 5, "label": "Elsewhere", "url": "https://example.com/a?b=c"},
        ]
        many: Json = {
            "type": 3,
            "custom_id": "many",
            "placeholder": "Two colors",
            "max_values": 2,
            "options": [{"label": one, "value": one.lower()} for one in ("Red", "Green", "Blue")],
        }
        rows: list[Json] = [{"type": 1, "components": buttons}, {"type": 1, "components": [many]}]
        said = (
            "**bold** *slanted* __under__ ~~gone~~ `code` ||secret|| \\*plain\\* "
            f"<@{alice}> [words](https://example.com/x) <t:0:R>\n> quoted\n```py\nx = 1\n```"
        )
        await bot.say({"content": said, "components": rows})
        message = guest.last
        for mark, words in (("strong", "bold"), ("em", "slanted"), ("u", "under"), ("s", "gone")):
            await expect(message.locator(mark)).to_have_text(words)
        await expect(message.locator("pre")).to_have_text("x = 1")
        await expect(message.locator("blockquote")).to_have_text("quoted")
        await expect(message).to_contain_text("*plain*")
        await expect(message.locator(".mention")).to_have_text("@Alice")
        await expect(message).to_contain_text("words (example.com)")
        await expect(message.locator("time.moment")).to_contain_text("years ago")
        await expect(message.locator(".spoiler-inner")).to_be_hidden()
        await message.locator(".spoiler-text").press("Enter")
        await expect(message.locator(".spoiler-inner")).to_be_visible()
        link = message.get_by_role("link", name="Elsewhere")
        assert await link.get_attribute("rel") == "noopener noreferrer"
        await expect(message.get_by_role("button", name="Yes")).to_be_disabled()

        await message.get_by_role("combobox", name="Two colors").focus()
        await keys.press("Enter")
        await keys.press("Enter")  # Red
        await keys.press("ArrowUp")
        await keys.press("Enter")  # Blue
        await guest.picture("select")
        await keys.press("Tab")
        heard = await bot.heard()
        assert sorted(heard["data"]["values"]) == ["blue", "red"]
        await bot.answer(heard, 7, {"content": "changed", "components": rows[:1]})
        await expect(guest.last).to_contain_text("changed")

        files = {"SPOILER_a.png": picture(), "notes.txt": b"hello"}
        await bot.say({"content": "files"}, files)
        await expect(page.get_by_role("button", name="Spoiler")).to_be_visible()
        await expect(page.get_by_role("link", name="Download notes.txt")).to_be_visible()
        await guest.picture("files")

        await guest.last.hover()
        await guest.last.get_by_role("button", name="Apps for this message").click()
        await page.get_by_role("menuitem", name="Describe this").click()
        heard = await bot.heard()
        assert heard["data"]["resolved"]["messages"][heard["data"]["target_id"]]["content"] == "files"
        await bot.answer(heard, 4, {"content": "It shows a square"})
        await expect(guest.last).to_contain_text("Describe this")


async def test_nothing_that_a_bot_sends_becomes_html(browsing: Browser) -> None:
    async with opened(browsing, FORM) as (bot, guest):
        page = guest.page
        embed: Json = {
            "title": EVIL,
            "url": "https://example.com/",
            "description": EVIL,
            "author": {"name": EVIL},
            "footer": {"text": EVIL},
            "fields": [{"name": EVIL, "value": EVIL}],
            "image": {"url": "https://example.com/track.png"},
        }
        label = EVIL[:80]
        row: Json = {"type": 1, "components": [{"type": 2, "style": 1, "label": label, "custom_id": "go"}]}
        await bot.say({"content": EVIL, "embeds": [embed], "components": [row]})
        await expect(guest.last).to_contain_text("onerror")
        container: Json = {"type": 17, "components": [{"type": 10, "content": EVIL}]}
        await bot.say({"flags": 1 << 15, "components": [container]})
        await expect(guest.messages).to_have_count(2)
        await expect(guest.last).to_contain_text("onerror")
        await guest.page.goto(f"{guest.address}#%3Cimg%20src%3Dx%3E")
        await expect(guest.messages).to_have_count(2)
        await bot.say({"content": "[a](javascript:alert(1)) <javascript:alert(1)> [b](data:text/html,x)"})
        await expect(guest.messages).to_have_count(3)
        assert await page.locator("[onclick], [onerror], img[src='x'], article b").count() == 0
        assert await page.locator("a[href^='javascript'], a[href^='data']").count() == 0
        assert await page.locator("img[src*='example.com']").count() == 0
        assert "pwned" not in await page.title()


async def test_a_form_of_the_second_kind_and_another_name(browsing: Browser) -> None:
    async with opened(browsing, FORM) as (bot, guest):
        page = guest.page
        section: Json = {
            "type": 9,
            "components": [{"type": 10, "content": "## A section"}],
            "accessory": {"type": 2, "style": 1, "label": "Open", "custom_id": "open"},
        }
        gallery: Json = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "A"}]}
        container: Json = {
            "type": 17,
            "accent_color": 0xA83F22,
            "components": [section, {"type": 14}, gallery],
        }
        await bot.say({"flags": 1 << 15, "components": [container]}, {"a.png": picture()})
        await expect(guest.last.get_by_role("img", name="A", exact=True)).to_be_visible()
        await guest.picture("second-kind")
        await page.get_by_placeholder("your name").fill("Zoë!")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("2 to 32 small letters")).to_be_visible()
        await page.get_by_placeholder("your name").fill("zoe")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("radio", name="Zoe")).to_be_checked()
        await guest.box.fill("hello from zoe")
        await page.keyboard.press("Enter")
        await expect(guest.last).to_contain_text("hello from zoe")
        await expect(guest.last.locator(".who")).to_have_text("Zoe")
        await page.get_by_role("button", name="Imagine", exact=True).click()
        await expect(page.get_by_role("heading", name="Only you and Imagine")).to_be_visible()


async def test_an_order_to_restart_reaches_whoever_waits() -> None:
    async with Puppet() as bot, aiohttp.ClientSession() as session:
        control = bot.addresses["control"]

        async def wait(after: int) -> int:
            async with session.get(f"{control}/restart", params={"after": str(after)}) as answer:
                return int((await answer.json())["asked"])

        assert not bot.sandbox.restarts.supervised
        waiting = asyncio.create_task(wait(0))
        await until(lambda: bot.sandbox.restarts.supervised)
        async with session.post(f"{control}/restart") as answer:
            assert await answer.json() == {"asked": 1}
        assert await waiting == 1
        assert await wait(0) == 1  # an order that nobody waited for is not lost
        async with session.get(f"{control}/restart", params={"after": "x"}) as answer:
            assert answer.status == 400


async def test_a_late_answer_does_not_let_a_half_chosen_option_be_sent(browsing: Browser) -> None:
    option: Json = {"type": 3, "name": "model", "description": "One", "required": True, "autocomplete": True}
    async with opened(browsing, {"name": "pick", "description": "Pick", "options": [option]}) as (bot, guest):
        page, keys = guest.page, guest.page.keyboard
        await guest.box.click()
        await keys.type("/pick ")
        await bot.answer(await bot.heard(), 8, {"choices": []})
        await page.clock.install()
        await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
        await keys.type("f")
        await page.clock.run_for(200)
        early = await bot.heard()
        await keys.type("l")  # the page asks for these letters in a moment, which does not pass yet
        async with page.expect_response("**/autocomplete") as late:
            await bot.answer(early, 8, {"choices": []})
        await (await late.value).finished()
        await keys.press("Enter")
        await page.clock.run_for(200)
        asked = await bot.heard()
        assert (asked["type"], asked["data"]["options"][0]["value"]) == (4, "fl")
        await bot.answer(asked, 8, {"choices": [{"name": "Flux", "value": "model_flux"}]})
        await expect(page.get_by_role("combobox", name="model")).to_have_value("Flux")


async def test_a_place_that_is_pressed_while_more_is_said_there_is_opened(browsing: Browser) -> None:
    async with opened(browsing, FORM) as (bot, guest):
        page = guest.page
        await page.get_by_role("button", name="brainstorm").click()
        await expect(page.get_by_role("heading", name="#brainstorm")).to_be_visible()
        await bot.say({"content": "something"})
        await page.get_by_role("button", name="general unread").hover()
        await page.mouse.down()
        await bot.say({"content": "something more"})
        here = bot.sandbox.world.channel("brainstorm").id
        await bot.call("POST", f"/channels/{here}/messages", {"content": "and here"})
        await expect(guest.said("and here")).to_be_visible()  # and so what was said before is known too
        await page.mouse.up()
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
        await expect(guest.said("something more")).to_be_visible()


async def test_what_was_answered_is_on_its_way_no_more_also_when_it_is_dismissed(browsing: Browser) -> None:
    async def still_sent(route: Route) -> None:
        await route.fulfill(json={"state": "sent"})

    async with opened(browsing, FORM) as (bot, guest):
        await guest.page.route("**/control/interactions/*", still_sent)  # what the page asks for is late
        await guest.box.click()
        await guest.page.keyboard.type("/form ")
        await guest.page.keyboard.press("Enter")
        heard = await bot.heard()
        await expect(guest.said("Sending the command")).to_have_count(1)
        await bot.answer(heard, 4, {"content": "Here", "flags": 64})
        await expect(guest.said("Here")).to_have_count(1)
        await expect(guest.said("Sending the command")).to_have_count(0)
        await guest.said("Here").get_by_role("button", name="Dismiss").click()
        await expect(guest.messages).to_have_count(0)
