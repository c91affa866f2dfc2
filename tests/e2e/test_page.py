"""The page with our bot behind it: what a newcomer does in the first minutes, in a real browser."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Route, expect

from tests.e2e.acting import set_scenario, tidy
from tests.e2e.browser import PATIENCE, Visitor, visitor
from tests.e2e.stage import ON_A_PICTURE, Stage, stage

expect.set_options(timeout=PATIENCE)

HOSTILE = "<img src=x onerror=document.title='pwned'><script>document.title='pwned'</script> & **bold**"


TOO_SMALL = """
[...document.querySelectorAll(
  'button, input, textarea, select, [role=option], [role=tab], summary, label.person')]
  .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width > 1 && (box.height < 39.5 || box.width < 39.5))
  .map(([one, box]) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 20)} ` +
    `${box.width}x${box.height}`)
"""
"""Whatever can be pressed and is smaller than a fingertip."""


pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared() -> AsyncGenerator[Stage]:
    """A sandbox and a bot for the tests that leave both as they found them; each is a member of its own."""
    async with stage() as one:
        yield one


@asynccontextmanager
async def opened(
    browsing: Browser, one: Stage, member: str = "alice", *, width: int = 1280, height: int = 860
) -> AsyncGenerator[Visitor]:
    """A window before the page; nothing may have gone wrong in it at the end."""
    async with (
        tidy(one),
        visitor(browsing, one.addresses["page"], width=width, height=height) as guest,
    ):
        await guest.go(member=member)
        yield guest
        assert guest.errors == []


async def ask(guest: Visitor, prompt: str) -> None:
    """Type /imagine with a prompt and send it."""
    await guest.box.click()
    await guest.page.keyboard.type("/imagine ")
    await guest.page.keyboard.type(prompt)
    await guest.page.keyboard.press("Enter")
    await expect(guest.box).to_be_visible()


def button(card: Locator, label: str) -> Locator:
    return card.get_by_role("button", name=label, exact=True)


async def test_a_newcomer_makes_a_picture_and_another_and_cancels_and_deletes(
    shared: Stage, browsing: Browser
) -> None:
    one = shared
    async with opened(browsing, one, "nora") as guest:
        page = guest.page
        await guest.picture("empty")
        await guest.box.click()
        await page.keyboard.type("/ima")
        await expect(page.get_by_role("option", name="imagine")).to_be_visible()
        await page.keyboard.press("Enter")
        await page.keyboard.type("a red fox in snow")

        await page.get_by_role("button", name=re.compile("^Add model\\b(?!s)")).click()
        await page.keyboard.type("flux")
        offered = page.get_by_role("listbox", name="Suggestions for model").get_by_role("option")
        await expect(offered.filter(has_text="Flux 1 Dev").first).to_be_visible()
        await guest.picture("autocomplete")
        await offered.filter(has_text="Flux 1 Dev").first.click()

        await page.get_by_role("button", name="Add seed").click()
        await page.keyboard.type("-7")
        await expect(page.get_by_text("This takes 0 to 4294967295.")).to_be_visible()
        await guest.picture("mistake")
        await page.keyboard.press("Enter")
        assert await one.ledger("a red fox in snow") == []  # a mistake is not sent
        await page.keyboard.press("Control+A")
        await page.keyboard.type("7")
        await one.post("/script", prompt_contains="red fox", times=1, stages=[["in-progress", 5]])
        await page.keyboard.press("Enter")

        card = guest.said("a red fox in snow").first
        await expect(card).to_contain_text("Nora used /imagine")
        await expect(card).to_contain_text("Drawing")
        await guest.picture("progress")
        await expect(card.get_by_role("img", name="a red fox in snow")).to_be_visible()
        await expect(card).to_contain_text("10.75 CU")
        (job,) = await one.ledger("a red fox in snow")
        assert job["inputs"]["seed"] == 7
        await guest.picture("picture")

        await card.locator(".frame").click()
        await expect(page.get_by_role("dialog", name="Picture")).to_be_visible()
        await guest.picture("lightbox")
        await page.keyboard.press("Escape")
        await expect(card.locator(".frame")).to_be_focused()

        await one.post("/script", prompt_contains="red fox", times=1, stages=[["queued", 60]])
        await button(card, "Again").click()
        second = guest.said("pressed a button of").first
        await expect(button(second, "Cancel")).to_be_visible()
        await expect(guest.said("Checking")).to_have_count(0)
        await set_scenario(one, cancel="waiting")  # the sandbox's own default
        await button(second, "Cancel").click()  # what waits at Scenario can be canceled
        await expect(second).to_contain_text("Canceled")
        await guest.picture("canceled")

        await button(card, "Delete").click()
        sure = guest.said("Delete this card for everyone?")
        await expect(sure).to_contain_text("Only you can see this")
        await guest.picture("confirm")
        await button(sure, "Delete it").click()
        await expect(guest.said("Nora used /imagine").filter(has=page.locator(".frame"))).to_have_count(0)
        await button(guest.said("Deleted."), "Dismiss").click()
        await expect(guest.said("Deleted.")).to_have_count(0)


async def test_a_private_picture_is_seen_by_one_member_only(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "petra") as guest:
        await one.imagine("a letter to nobody", private=True, member="petra")
        await one.imagine("a postcard to everybody", member="petra")
        await expect(guest.said("a letter to nobody").locator("img")).to_be_visible()
        await expect(guest.said("a postcard to everybody").locator("img")).to_be_visible()
        await guest.picture("private")
        await guest.be("bob")
        await expect(guest.said("a postcard to everybody")).to_have_count(1)
        await expect(guest.said("a letter to nobody")).to_have_count(0)
        # What comes while bob looks is not his either.
        await one.imagine("a second letter", private=True, member="petra")
        await one.imagine("a third postcard", member="petra")
        await expect(guest.said("a third postcard")).to_have_count(1)
        await expect(guest.said("a second letter")).to_have_count(0)
        await guest.be("petra")
        await expect(guest.said("a second letter")).to_have_count(1)


async def test_a_gallery_a_spoiler_a_failure_and_a_refusal(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "gus") as guest:
        page = guest.page
        await one.imagine("four boats", count=4, model="model_google-gemini-3-1-flash", member="gus")
        await expect(guest.said("four boats").locator(".gallery.of-4 img")).to_have_count(4)
        await page.wait_for_load_state("networkidle")
        await guest.picture("gallery")
        await guest.said("four boats").locator(".frame").nth(1).click()
        await expect(page.get_by_text("2 of 4", exact=True)).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_text("3 of 4", exact=True)).to_be_visible()
        await page.keyboard.press("Escape")

        await one.imagine("a hidden thing", spoiler=True, member="gus")
        cover = page.get_by_role("button", name="Spoiler")
        await expect(cover).to_be_visible()
        await guest.picture("spoiler")
        await cover.press("Enter")
        await expect(cover).to_have_count(0)
        await expect(guest.said("a hidden thing").locator(".frame")).to_be_focused()

        await one.post("/script", outcome="failure", times=1)
        await one.imagine("a failure", member="gus")
        await expect(guest.said("No picture")).to_contain_text(
            re.compile(r"The cost of \d+ CU was refunded\.")
        )
        await guest.picture("failure")
        await one.imagine("x", model="nothing like it", member="gus")
        await expect(guest.said("There is no model")).to_contain_text("Only you can see this")
        await guest.picture("refusal")


async def test_hostile_words_stay_words(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "hal") as guest:
        page = guest.page
        await ask(guest, HOSTILE)
        card = guest.said("onerror=document.title")
        await expect(card.locator(".frame img")).to_be_visible()
        await expect(card.locator("blockquote")).to_have_text(HOSTILE)
        assert await card.locator("img[src='x'], script, strong").count() == 0
        await card.locator(".frame").click()
        await expect(page.locator(".lightbox-words")).to_contain_text("<script>")
        await page.keyboard.press("Escape")
        await page.locator("#open-drawer").click()
        await page.get_by_role("tab", name="Ledger").click()
        await expect(page.locator(".ledger-prompt").filter(has_text="<script>")).to_be_visible()
        assert "pwned" not in await page.title()
        assert len(await one.ledger(HOSTILE)) == 1


async def test_backstage_shows_the_wire_the_bill_and_the_switches(browsing: Browser) -> None:
    async with stage() as one, opened(browsing, one) as guest:
        page = guest.page
        await page.locator("#open-drawer").click()
        await page.get_by_role("tab", name="Switches").click()
        limited = page.get_by_role("switch", name="Rate-limited")
        await limited.click()
        await expect(limited).to_be_checked()
        await guest.picture("switches")
        await page.get_by_role("tab", name="Wire").click()
        await ask(guest, "through trouble")
        await expect(guest.said("through trouble").locator("img")).to_be_visible()
        refused = page.locator(".wire-row.refused")
        await expect(refused.first).to_contain_text("429")
        await guest.picture("wire")
        await page.get_by_role("button", name="Refused").click()
        await expect(page.locator(".wire-row:not(.refused)")).to_have_count(0)
        await page.get_by_role("tab", name="Ledger").click()
        await expect(page.locator(".total-sum")).to_have_text("10")
        await expect(page.locator(".job-state")).to_have_text("success")
        await guest.picture("ledger")

        await page.get_by_role("tab", name="Switches").click()
        for name, word in (("Moderated", "did not allow"), ("Failing", "could not finish")):
            await page.get_by_role("switch", name=name).click()
            await expect(page.get_by_role("switch", name=name)).to_be_checked()
            await ask(guest, f"while {name}")
            await expect(guest.said(f"while {name}")).to_contain_text(word)
        await expect(page.get_by_role("switch", name="Moderated")).not_to_be_checked()
        await page.get_by_role("switch", name="Failing").click()
        await page.get_by_role("switch", name="Slow").click()
        await expect(page.get_by_role("switch", name="Slow")).to_be_checked()
        await page.get_by_role("switch", name="Slow").click()
        await expect(page.get_by_role("switch", name="Slow")).not_to_be_checked()

        await page.get_by_role("button", name="Pull the plug").click()
        await ask(guest, "after the plug was pulled")
        await expect(guest.said("after the plug was pulled").locator("img")).to_be_visible()
        assert len(await one.ledger("after the plug was pulled")) == 1


async def test_other_places_and_other_powers(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "otto") as guest:
        page = guest.page
        await page.get_by_role("button", name="Imagine", exact=True).click()
        await ask(guest, "in private talk")
        await expect(guest.said("in private talk").locator("img")).to_be_visible()
        await guest.be("bob")  # whose talk with the bot is another one
        await expect(guest.messages).to_have_count(0)
        await expect(page.get_by_role("heading", name="Imagine", exact=True)).to_be_visible()
        await guest.be("otto")
        await expect(guest.said("in private talk")).to_have_count(1)

        await page.locator(".beyond summary").click()
        await page.get_by_role("button", name="a server without the bot").click()
        await expect(page.locator("#notice")).to_contain_text("not in this server")
        await ask(guest, "far from home")
        await expect(guest.said("far from home").locator("img")).to_be_visible()
        await guest.picture("elsewhere")

        await page.get_by_role("button", name="general", exact=True).click()
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
        await page.get_by_role("button", name="brainstorm").click()
        await expect(page.get_by_role("heading", name="#brainstorm")).to_be_visible()
        await one.imagine("a card too many", member="otto")
        await expect(page.get_by_role("button", name="general unread")).to_be_visible()
        await page.get_by_role("button", name="general unread").click()
        await expect(guest.said("a card too many").locator("img")).to_be_visible()
        await guest.be("mod")
        await guest.said("a card too many").get_by_role("button", name="Apps for this message").press("Enter")
        await page.get_by_role("menuitem", name="Delete as a moderator").click()
        await expect(guest.said("a card too many")).to_have_count(0)


async def test_what_changes_while_a_channel_is_being_opened_is_shown(
    shared: Stage, browsing: Browser
) -> None:
    async with opened(browsing, shared, "lena") as guest:
        page = guest.page
        await page.get_by_role("button", name="brainstorm").click()
        await expect(page.get_by_role("heading", name="#brainstorm")).to_be_visible()

        async def late(route: Route) -> None:
            """The messages as they stood, told when another one is there."""
            answer = await route.fetch()
            words = await answer.text()
            await shared.settled(await shared.imagine("while the door opens", member="otto"), member="otto")
            await route.fulfill(response=answer, body=words)

        await page.route("**/control/messages?*", late, times=1)
        await page.get_by_role("button", name=re.compile("^general")).first.click()
        await expect(guest.said("while the door opens").locator("img")).to_be_visible()


async def test_without_a_bot_the_page_says_so_and_goes_on_when_it_comes(browsing: Browser) -> None:
    async with stage() as one, opened(browsing, one) as guest:
        await one.stop_bot()
        await expect(guest.page.locator("#notice")).to_contain_text("not connected")
        await guest.picture("no-bot")
        await one.start_bot()
        await expect(guest.page.locator("#notice")).to_be_hidden()
        await ask(guest, "back again")
        await expect(guest.said("back again").locator("img")).to_be_visible()


async def test_whoever_moves_on_as_a_dialog_closes_keeps_the_focus(shared: Stage, browsing: Browser) -> None:
    async with opened(browsing, shared, "kay") as guest:
        page = guest.page
        await page.get_by_role("button", name="Keyboard help").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        # the browser tells of a close later than it closes: here always, by hand in the worst moment only
        await page.evaluate(
            "document.querySelector('dialog').close(); document.querySelector('#composer-text').focus()"
        )
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(guest.box).to_be_focused()


async def test_everything_by_keyboard(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "kay") as guest:
        page, keys = guest.page, guest.page.keyboard
        await page.locator("body").press("Escape")
        await page.evaluate("document.activeElement.blur()")
        await keys.press("/")
        await expect(guest.box).to_be_focused()
        await keys.type("/im")
        await expect(page.get_by_role("option", name="imagine")).to_be_visible()
        await keys.press("Tab")
        await keys.type("a kite above dunes")
        await keys.press("Tab")  # "+ model"
        await keys.press("Enter")
        await expect(page.get_by_role("combobox", name="model")).to_be_focused()
        await expect(page.get_by_role("option", name=re.compile(r"^Flux 1 Dev · pictures"))).to_be_visible()
        await keys.type("quick")
        await keys.press("Enter")  # takes the suggestion, also one that is still on its way
        chosen = page.get_by_role("combobox", name="model")
        await expect(chosen).to_have_value(re.compile(r"^Quick Sketch · "))
        await keys.press("Enter")
        card = guest.said("a kite above dunes")
        await expect(card.locator(".frame img")).to_be_visible()
        await expect(guest.box).to_be_focused()
        # Back to the card, into its picture, out again, and on to its button.
        await keys.press("Shift+Tab")
        await expect(page.get_by_label("Attach files")).to_be_focused()
        await keys.press("Shift+Tab")
        await expect(card.locator(".picker")).to_be_focused()
        await keys.press("Shift+Tab")
        await expect(button(card, "Original")).to_be_focused()  # the model makes WEBP, shown as PNG
        for label in reversed(ON_A_PICTURE):
            await keys.press("Shift+Tab")
            await expect(button(card, label)).to_be_focused()
        await keys.press("Shift+Tab")
        await expect(card.locator(".frame")).to_be_focused()
        await keys.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await keys.press("Escape")
        await expect(card.locator(".frame")).to_be_focused()
        for _ in ON_A_PICTURE:
            await keys.press("Tab")
        await keys.press("Enter")
        sure = guest.said("Delete this card")
        await expect(sure).to_be_visible()
        # An edit of the card must not have taken the focus away.
        await expect(button(card, "Delete")).to_be_focused()
        await keys.press("Tab")
        await expect(button(card, "Original")).to_be_focused()
        await keys.press("Tab")
        await expect(card.locator(".picker")).to_be_focused()
        await keys.press("Tab")
        await expect(sure.get_by_role("link", name="a kite above dunes")).to_be_focused()
        await keys.press("Tab")
        await expect(button(sure, "Delete it")).to_be_focused()
        await keys.press("Enter")
        await expect(guest.said("Deleted.")).to_be_visible()
        await keys.press("Alt+ArrowDown")
        await expect(page.get_by_role("heading", name="#brainstorm")).to_be_visible()
        assert len(await one.ledger("a kite above dunes")) == 1


async def test_words_typed_straight_after_a_command_are_its_words(shared: Stage, browsing: Browser) -> None:
    """Where a command needs nothing, focus sat on Send: letters were lost, and a space sent it empty."""
    before = await shared.ledger()
    async with opened(browsing, shared, "gus") as guest:
        page = guest.page
        slip = page.get_by_role("form", name="Command")
        for command, words in (("video", "a slow wave"), ("3d", "a clay bird")):
            await guest.box.click()
            await page.keyboard.type(f"/{command} {words}")
            await expect(slip.get_by_role("textbox", name="prompt")).to_have_value(words)
            await expect(slip).not_to_contain_text("It takes nothing")
            await slip.get_by_role("button", name=re.compile("^Add model")).focus()
            await page.keyboard.press("Escape")
            await expect(slip).to_be_hidden()
        assert await shared.ledger() == before


async def test_a_french_member_reads_and_types_french_names(shared: Stage, browsing: Browser) -> None:
    await shared.post("/members", member="hugo", locale="fr")
    async with opened(browsing, shared, "hugo") as guest:
        page = guest.page
        await guest.box.click()
        await page.keyboard.type("/imag")
        await expect(page.get_by_role("option", name=re.compile("imaginer"))).to_be_visible()
        await page.keyboard.type("iner texte: un phare graine: 7")
        await expect(page.get_by_role("textbox", name="graine")).to_have_value("7")
        await page.keyboard.press("Enter")
        await expect(guest.said("un phare").locator("img").first).to_be_visible()
        (job,) = await shared.ledger("un phare")
        assert job["inputs"]["seed"] == 7
        await guest.picture("french")


async def test_the_way_to_the_newest_messages_covers_none_of_them(shared: Stage, browsing: Browser) -> None:
    async with opened(browsing, shared, "ines", height=500) as guest:
        page = guest.page
        for number in range(3):
            await shared.settled(await shared.imagine(f"wave {number}", member="ines"), member="ines")
        await page.locator("#scroll").evaluate("one => one.scrollTo(0, 0)")
        await shared.settled(await shared.imagine("the last wave", member="ines"), member="ines")
        way = page.get_by_role("button", name="Newest messages")
        await expect(way).to_be_visible()
        around, button = await page.locator("#scroll").bounding_box(), await way.bounding_box()
        assert around is not None
        assert button is not None
        assert around["y"] + around["height"] <= button["y"] + 0.5
        await way.click()
        await expect(way).to_be_hidden()


async def test_nothing_moves_under_a_finger_that_presses(shared: Stage, browsing: Browser) -> None:
    """The way to the newest messages went in the middle of a press, everything fell by its height, and the
    press was lost."""
    async with opened(browsing, shared, "ines", height=500) as guest:
        page, scroll = guest.page, guest.page.locator("#scroll")
        for number in range(3):
            await shared.settled(await shared.imagine(f"tide {number}", member="ines"), member="ines")
        await scroll.evaluate("one => one.scrollTo(0, 0)")
        await shared.settled(await shared.imagine("the last tide", member="ines"), member="ines")
        way = page.get_by_role("button", name="Newest messages")
        await expect(way).to_be_visible()
        # scrolled to the end, and pressed before the page has heard of it; two frames later it has
        moved = await scroll.evaluate("""async (one) => {
            const frame = () => new Promise(requestAnimationFrame);
            one.scrollTop = one.scrollHeight;
            document.dispatchEvent(new PointerEvent("pointerdown"));
            const last = one.querySelector("#messages > :last-child");
            const before = last.getBoundingClientRect().top;
            await frame(); await frame();
            return last.getBoundingClientRect().top - before;
        }""")
        assert moved == 0
        await expect(way).to_be_visible()
        await page.evaluate("document.dispatchEvent(new PointerEvent('pointerup'))")
        await expect(way).to_be_hidden()


async def test_threads_and_posts_are_listed_opened_and_written_in(browsing: Browser) -> None:
    async with stage() as one, opened(browsing, one) as guest:
        page = guest.page
        places = page.get_by_role("navigation", name="Channels")

        def place(name: str) -> Locator:
            return places.get_by_role("button", name=name)

        await expect(place("general")).to_be_visible()
        # what begins while the page is open appears by itself
        await one.post("/channels", channel="ideas", forum=True)
        await one.post("/threads", member="alice", channel="general", name="foxes")
        await one.post("/threads", member="alice", channel="general", name="secret", private=True)
        await one.post("/threads", member="bob", channel="ideas", name="a post", content="first words")
        await place("a post").click()
        await expect(page.get_by_role("heading", name="#a post")).to_be_visible()
        await expect(page.locator("#place-note")).to_have_text("A post in #ideas")
        await expect(guest.said("first words")).to_be_visible()
        await place("foxes").click()
        await expect(page.locator("#place-note")).to_have_text("A thread in #general")
        await expect(place("foxes")).to_have_attribute("aria-current", "page")
        await ask(guest, "a fox in a thread")
        card = guest.said("a fox in a thread").first
        await expect(card.get_by_role("img", name="a fox in a thread")).to_be_visible()
        await guest.picture("threads")
        names = await places.locator(".place-name").all_inner_texts()
        assert names[:4] == ["general", "foxes", "secret", "brainstorm"]
        assert names.index("ideas") + 1 == names.index("a post")

        await one.post("/thread", member="mod", channel="thread:foxes", archived=True, locked=True)
        await expect(place("foxes")).to_contain_text("locked")
        await expect(page.locator("#place-note")).to_have_text("A thread in #general, locked")

        # who is not in a private thread neither sees it nor stays in it
        await place("secret").click()
        await expect(page.locator("#place-note")).to_have_text("A private thread in #general")
        await guest.be("bob")
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
        await expect(place("foxes")).to_be_visible()
        await expect(place("secret")).to_have_count(0)
        await one.post("/thread", member="alice", channel="thread:secret", add="bob")
        await expect(place("secret")).to_be_visible()


async def test_on_a_phone_nothing_hangs_over_the_edge(shared: Stage, browsing: Browser) -> None:
    one = shared
    async with opened(browsing, one, "fay", width=360, height=740) as guest:
        page = guest.page

        async def fits() -> None:
            wide = await page.evaluate(
                "[...document.querySelectorAll('html, body, #scroll, #composer, .slip')]"
                ".filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.tagName + one.id)"
            )
            assert wide == []
            small = await page.evaluate(TOO_SMALL)
            assert small == [], "a finger needs 40 px"

        await fits()
        gone = await one.settled(await one.imagine("soon gone", member="fay"), member="fay")
        await one.press(gone, "Again", member="fay")
        await one.post("/delete", member="mod", message_id=gone["id"])
        await expect(guest.said("a message that is gone")).to_be_visible()
        await fits()
        await one.imagine("w" * 300, count=4, model="model_google-gemini-3-1-flash", member="fay")
        await expect(guest.said("wwww").locator(".gallery.of-4 img")).to_have_count(4)
        await fits()
        await guest.picture("phone")
        await guest.box.click()
        await page.keyboard.type("/imagine a small screen")
        await page.get_by_role("button", name=re.compile("^Add model\\b(?!s)")).click()
        await expect(page.get_by_role("option").first).to_be_visible()
        await fits()
        await guest.picture("phone-command")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Put the command away").click()
        await page.get_by_role("button", name="Places and people").click()
        await expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
        await guest.picture("phone-places")
        await page.get_by_role("button", name="brainstorm").click()
        await expect(page.get_by_role("heading", name="#brainstorm")).to_be_visible()
        await expect(page.get_by_role("button", name="Close", exact=True)).to_be_hidden()
        await page.get_by_role("button", name="Backstage").click()
        await expect(page.get_by_role("tab", name="Wire")).to_be_focused()
        await fits()
        await guest.picture("phone-backstage")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Backstage")).to_be_focused()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
)
async def test_foreign_pages_are_refused(headers: dict[str, str]) -> None:
    from sandbox.app import Sandbox

    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        page = sandbox.addresses["page"]
        paths = ("", "page/static/js/main.js", "page/world?member=alice&channel=general")
        for path in (*paths, "page/events?member=alice"):
            async with session.get(f"{page}{path}", headers=headers) as answer:
                assert answer.status == 403
        for path, body in (("say", {"member": "alice"}), ("switch", {"name": "down"})):
            async with session.post(f"{page}page/{path}", headers=headers, json=body) as answer:
                assert answer.status == 403
        async with session.get(page) as answer:
            assert answer.status == 200
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "http" not in (await answer.text()).replace("http-equiv", "")
