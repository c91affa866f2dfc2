"""The page with everything that is no picture: film and sound play, words unfold, files go in every way."""

import base64
import re

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from tests.e2e.browser import PATIENCE, Visitor, visitor
from tests.e2e.puppet import Json, Puppet, picture, until
from tests.support.played import sound, video

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.asyncio(loop_scope="session")

EDIT: Json = {
    "name": "edit",
    "description": "Change a picture",
    "options": [
        {"type": 11, "name": "image", "description": "The picture", "required": True},
        {"type": 3, "name": "instruction", "description": "What to change", "required": True},
        {"type": 3, "name": "model", "description": "Which model", "autocomplete": True},
        {"type": 11, "name": "mask", "description": "Where"},
    ],
}
ANIMATE: Json = {"name": "Animate", "type": 3}
NOTES = "\n".join(f"line {number}" for number in range(30))

DROP = """(node, files) => {
  const carried = new DataTransfer();
  for (const [name, type, bytes] of files) {
    carried.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name, {type}));
  }
  node.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: carried}));
}"""

PLAY_OUT = """async (one) => {
  one.muted = true;
  await one.play();
  await new Promise((done) => (one.onended = done));
  return one.ended;
}"""


async def drop(place: Locator, *names: str) -> None:
    """Drop pictures of these names there."""
    data = base64.b64encode(picture()).decode()
    await place.evaluate(DROP, [[name, "image/png", data] for name in names])


async def test_films_and_songs_play_and_words_unfold(browsing: Browser) -> None:
    async with Puppet() as bot:
        await bot.sync(EDIT, ANIMATE)
        async with visitor(browsing, bot.addresses["page"]) as guest:
            await guest.go()
            await _played(bot, guest)
            await _read(bot, guest)
            await _used_by_an_app(bot, guest)
            assert guest.errors == []


async def _played(bot: Puppet, guest: Visitor) -> None:
    film, song = video(4, width=640, height=360), sound(3)
    await bot.say({"content": "played"}, {"film.mp4": film, "song.mp3": song, "broken.mp4": b"no film"})
    player = guest.last.locator("video")
    await expect(player).to_have_count(1)  # what cannot be played is a row like any other file
    await expect(guest.last.get_by_role("link", name="Download broken.mp4")).to_be_visible()
    await expect(player).to_have_js_property("readyState", 4)
    assert await player.evaluate("one => [one.videoWidth, one.videoHeight, Math.round(one.duration)]") == [
        640,
        360,
        4,
    ]
    seek = "one => new Promise(done => { one.onseeked = () => done(one.currentTime); one.currentTime = 3; })"
    assert await player.evaluate(seek) == 3
    assert await player.evaluate(PLAY_OUT)
    tune = guest.last.locator("audio")
    await expect(tune).to_have_js_property("readyState", 4)
    assert round(await tune.evaluate("one => one.duration")) == 3
    asked = [one for one in bot.sandbox.wire.records() if str(one.get("path", "")).endswith("film.mp4")]
    assert {one["status"] for one in asked} == {206}
    await guest.picture("film-and-song")


async def _read(bot: Puppet, guest: Visitor) -> None:
    files = {
        "notes.md": NOTES.encode(),
        "fox.glb": b"glTF" + bytes(40_000),
        "fox.svg": b"<svg/>",
        "x.exr": b"x",
    }
    await bot.say({"content": "read"}, files)
    words = guest.last.get_by_role("region", name="notes.md")
    await expect(words).to_contain_text("line 5")
    await expect(words).not_to_contain_text("line 6")
    await guest.last.get_by_role("button", name="Show all 30 lines").click()
    await expect(words).to_contain_text("line 29")
    await expect(guest.last.get_by_role("region", name="fox.svg")).to_have_text("<svg/>")
    row = guest.last.get_by_role("link", name="Download fox.glb")
    await expect(row.last).to_contain_text("3D model · 39 KB")
    await expect(guest.last.get_by_role("link", name="Download x.exr")).to_be_visible()
    await guest.picture("words-and-models")


async def _used_by_an_app(bot: Puppet, guest: Visitor) -> None:
    page, keys = guest.page, guest.page.keyboard
    for number in range(2):
        if number:
            await guest.last.focus()
            await keys.press("Shift+F10")
        else:
            await guest.last.locator(".who").click(button="right")
        entry = page.get_by_role("menuitem", name="Animate")
        await expect(entry).to_be_focused()
        if not number:
            await guest.picture("apps")
        await keys.press("Enter")
        heard = await bot.heard()
        (message,) = heard["data"]["resolved"]["messages"].values()
        assert [one["filename"] for one in message["attachments"]][:2] == ["notes.md", "fox.glb"]
        await bot.answer(heard, 4, {"content": "Thank you", "flags": 64})
        await guest.said("Thank you").get_by_role("button", name="Dismiss").click()
        await expect(guest.said("Thank you")).to_have_count(0)


async def test_what_was_dismissed_goes_although_the_next_reading_fails(browsing: Browser) -> None:
    failed: list[str] = []

    async def fail_once(route: Route) -> None:
        if failed:
            return await route.continue_()
        failed.append(route.request.url)
        return await route.abort()

    async with Puppet() as bot:
        await bot.sync(EDIT, ANIMATE)
        async with visitor(browsing, bot.addresses["page"]) as guest:
            await guest.go()
            await bot.say({"content": "first"})
            await guest.last.focus()
            await guest.page.keyboard.press("Shift+F10")
            await guest.page.get_by_role("menuitem", name="Animate").click()
            await bot.answer(await bot.heard(), 4, {"content": "Thank you", "flags": 64})
            dismiss = guest.said("Thank you").get_by_role("button", name="Dismiss")
            await expect(dismiss).to_be_visible()
            await guest.page.route("**/control/messages?*", fail_once)
            await dismiss.click()
            await expect(guest.said("Thank you")).to_have_count(0)
            assert len(failed) == 1
            await expect(guest.page.locator("#notice")).to_be_hidden()


async def test_files_go_in_by_choice_by_drop_and_beside_words(browsing: Browser) -> None:
    async with Puppet() as bot:
        await bot.sync(EDIT, ANIMATE)
        async with visitor(browsing, bot.addresses["page"]) as guest:
            await guest.go()
            await _beside_words(bot, guest)
            await _into_a_command(bot, guest)
            await _linked(bot, guest)
            assert guest.errors == []


async def _beside_words(bot: Puppet, guest: Visitor) -> None:
    page = guest.page
    await page.get_by_label("Attach files").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    await drop(page.locator(".plain"), "one.png", "two.png")
    await page.get_by_role("button", name="Take out one.png").click()
    await guest.box.fill("look at this")
    await guest.picture("attached")
    await page.keyboard.press("Enter")
    await expect(guest.last.locator(".frame img")).to_have_count(1)
    await expect(guest.last.get_by_role("region", name="notes.txt")).to_have_text("hello")
    kept = bot.sandbox.actors.messages("general", "alice")[-1]
    assert [one["filename"] for one in kept["attachments"]] == ["notes.txt", "two.png"]


async def _into_a_command(bot: Puppet, guest: Visitor) -> None:
    page, keys = guest.page, guest.page.keyboard
    await guest.box.click()
    # Words that follow the name go into the option that they name, not into the place for the file.
    await keys.type("/edit instruction:make it blue")
    await drop(page.locator(".slip"), "cat.png", "where.png")
    await page.get_by_role("button", name="Take out where.png").click()
    await drop(page.locator(".slip"), "mask.png")
    await guest.picture("edit")
    await page.get_by_role("button", name=re.compile("^Add model\\b(?!s)")).click()
    await keys.type("fl")
    asked = await bot.heard()
    while asked["type"] == 4 and asked["data"]["options"][-1]["value"] != "fl":
        await bot.answer(asked, 8, {"choices": []})
        asked = await bot.heard()
    await keys.press("Enter")  # before the suggestion is here
    await bot.answer(asked, 8, {"choices": [{"name": "Flux", "value": "model_flux"}]})
    await expect(page.get_by_role("combobox", name="model")).to_have_value("Flux")
    await keys.press("Enter")
    heard = await bot.heard()
    given = {one["name"]: one["value"] for one in heard["data"]["options"]}
    files = heard["data"]["resolved"]["attachments"]
    assert (given["instruction"], given["model"]) == ("make it blue", "model_flux")
    assert [files[given[name]]["filename"] for name in ("image", "mask")] == ["cat.png", "mask.png"]
    form: Json = {
        "custom_id": "f",
        "title": "More",
        "components": [
            {
                "type": 18,
                "label": "Ratio",
                "component": {
                    "type": 21,
                    "custom_id": "ratio",
                    "options": [{"label": "Wide", "value": "16:9"}, {"label": "Tall", "value": "9:16"}],
                },
            },
            {
                "type": 18,
                "label": "Extras",
                "component": {
                    "type": 22,
                    "custom_id": "extras",
                    "max_values": 2,
                    "options": [{"label": one, "value": one.lower()} for one in ("Loop", "Upscale")],
                },
            },
            {"type": 18, "label": "With sound", "component": {"type": 23, "custom_id": "sound"}},
            {
                "type": 18,
                "label": "Frames",
                "component": {"type": 19, "custom_id": "frames", "max_values": 2},
            },
        ],
    }
    await bot.answer(heard, 9, form)
    dialog = page.get_by_role("dialog", name="More")
    await expect(dialog.get_by_role("radio", name="Wide")).to_be_focused()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_text("Choose one.")).to_be_visible()
    await expect(dialog.get_by_text("This is required.")).to_have_count(2)
    await dialog.get_by_role("radio", name="Tall").check()
    await dialog.get_by_role("group", name="Extras").get_by_label("Loop").check()
    await dialog.get_by_role("checkbox", name="With sound").press(" ")
    for name in ("first.png", "last.png"):
        await dialog.get_by_label("Frames").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": picture()}
        )
    await expect(dialog.get_by_label("Frames")).to_be_hidden()  # there is no room for a third
    await guest.picture("every-input")
    await dialog.get_by_role("button", name="Submit").click()
    sent = await bot.heard()
    values = {one["component"]["custom_id"]: one["component"] for one in sent["data"]["components"]}
    assert (values["ratio"]["value"], values["extras"]["values"]) == ("9:16", ["loop"])
    assert values["sound"]["value"] is True
    attached = sent["data"]["resolved"]["attachments"]
    assert [attached[one]["filename"] for one in values["frames"]["values"]] == ["first.png", "last.png"]
    await bot.answer(sent, 4, {"content": "made"})
    await expect(guest.last).to_contain_text("Alice used /edit")


async def _linked(bot: Puppet, guest: Visitor) -> None:
    first = bot.sandbox.actors.messages("general", "alice")[0]
    guild = bot.sandbox.world.guild_named("Imagine HQ").id
    url = f"https://discord.com/channels/{guild}/{first['channel_id']}/{first['id']}"
    await bot.say({"content": f"see {url}"})
    await until(lambda: len(bot.sandbox.actors.messages("general", "alice")) == 3)
    await expect(guest.last).to_contain_text("#general › message")
    await expect(guest.last).not_to_contain_text(str(first["id"]))
    await guest.last.get_by_role("link", name="#general › message").click()
    await expect(guest.messages.first).to_be_focused()
