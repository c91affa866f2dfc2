"""Nobody's words are lost: whatever is refused gives them back, to copy or to send again."""

import contextlib
import sqlite3

import pytest

from tests.e2e.acting import PAID, fate, says, set_scenario, through_the_button, vanished
from tests.e2e.stage import Json, Stage, images, labels, stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

GEMINI = "model_google-gemini-3-1-flash"
LONG = " ".join(f"word{number}" for number in range(400))


async def refused(
    house: Stage, prompt: str, *, member: str = "alice", channel: str = "general", **options: object
) -> Json:
    """The private answer to a request that is refused."""
    asked = await house.imagine(prompt, member=member, channel=channel, **options)
    answer = await house.answer(asked, member=member, channel=channel)
    assert answer["ephemeral"]
    return answer


async def full(house: Stage, member: str = "alice") -> str:
    """A request that keeps its member's only place."""
    await set_scenario(house, parallel=0)
    waiting = await house.imagine("a patient lamp", member=member)
    await says(house, waiting, "in line", member=member)
    return waiting


async def test_what_is_refused_for_now_is_sent_again_after_a_restart_and_once() -> None:
    async with stage(MEMBER_IN_FLIGHT="1", MEMBER_WAITING="0") as house:
        waiting = await full(house)
        answer = await refused(house, "a second {bright lamp", aspect_ratio="16:9", seed=7)
        assert "```\na second {bright lamp\n```" in answer["content"]
        assert labels(answer) == ["Send again"]
        again = await house.press(answer, "Send again")  # still no room
        await house.until(lambda: _edits(house, answer), "the same refusal in its place")
        assert len(await house.answers(again)) == 0
        await house.stop_bot()
        await set_scenario(house, parallel=5)
        await house.start_bot()
        await house.settled(waiting)
        twice = [await house.press(answer, "Send again") for _ in range(2)]
        (sent,) = await house.until(lambda: _recorded(house, twice), "one of the two on record")
        card = await house.settled(sent)
        assert len(images(card)) == 1
        bought = await house.ledger("a second {bright lamp")
        assert [job["inputs"]["seed"] for job in bought] == [7]
        await vanished(house, answer)  # what was sent leaves nothing behind


async def test_words_that_do_not_fit_come_in_a_file(one: Stage) -> None:
    answer = await refused(one, LONG, seed=1, settings="no_such_setting=1")
    assert len(answer["content"]) <= 2000
    assert "the file has all of them" in answer["content"]
    (attached,) = answer["attachments"]
    assert attached["filename"] == "imagine-words.txt"
    assert (await one.fetch(attached["url"])).decode().startswith(LONG)
    assert labels(answer) == []  # the same would be refused again


async def test_what_scenario_refuses_at_the_last_moment_is_given_back_and_sent_again(one: Stage) -> None:
    await one.fault(**PAID, kind="status", status=400, message="not these words", times=1)
    asked = await one.imagine("a lamp that is *refused* once", count=2, model=GEMINI)

    async def given_back() -> Json | None:
        found = await one.answers(asked)
        return found[0] if len(found) == 1 and found[0]["ephemeral"] else None

    answer = await one.until(given_back, "the private notice alone")
    assert "```\na lamp that is *refused* once\n```" in answer["content"]
    assert "not these words" in answer["content"]
    assert labels(answer) == ["Send again"]
    assert await one.answers(asked, member="onlooker") == []
    again = await one.press(answer, "Send again")
    card = await one.settled(again)
    assert len(images(card)) == 2
    assert len(await one.ledger("a lamp that is *refused* once")) == 1
    assert not [each for each in await one.messages(member="onlooker") if each["id"] == answer["id"]]


async def test_a_command_that_discord_gave_up_is_found_by_its_words(one: Stage) -> None:
    callback = {"half": "discord", "method": "POST", "path": "/interactions/*/callback"}
    await one.fault(**callback, kind="status", status=404, code=10062, times=1)
    lost = await one.imagine("a lamp that nobody acknowledged")
    await fate(one, lost, "canceled")
    asked = {"member": "alice", "channel": "general", "name": "show"}
    found = (await one.post("/autocomplete", **asked, options={"id": "nobody ackn"}, focused="id"))["choices"]
    assert [choice["value"] for choice in found] == [lost]
    shown = str((await one.post("/command", **asked, options={"id": lost}))["interaction_id"])
    card = await says(one, shown, "a lamp that nobody acknowledged")
    assert "Again" in labels(card)
    await one.call("DELETE", "/violations")  # that Discord was not answered is what this is about


async def test_a_page_whose_form_is_gone_gives_its_words_back(one: Stage) -> None:
    asked = await one.post(
        "/command", member="alice", channel="general", name="generate", options={"model": GEMINI}
    )
    form = await through_the_button(one, str(asked["interaction_id"]))
    with contextlib.closing(sqlite3.connect(one.database)) as connection:
        connection.execute("DELETE FROM draft")
        connection.commit()
    values = {"prompt": "a poem of a lamp,\nin two lines"}
    sent = await one.post("/submit", member="alice", interaction_id=form, values=values)
    answer = await one.answer(str(sent["interaction_id"]))
    assert answer["ephemeral"]
    assert "```\na poem of a lamp,\nin two lines\n```" in answer["content"]


async def _recorded(house: Stage, some: list[str]) -> list[str]:
    return [one for one in some if house.record(one)]


async def _edits(house: Stage, answer: Json) -> bool:
    found = [one for one in await house.messages() if one["id"] == answer["id"]]
    return bool(found and found[0]["edits"])
