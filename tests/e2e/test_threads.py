"""/imagine in threads and forums: the card stays there, and finds its member when the thread is closed."""

import pytest

from tests.e2e.acting import set_scenario
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def card_id(card: Json) -> str:
    return str(card["embeds"][0]["footer"]["text"]).rpartition(" ")[2]


async def test_a_picture_comes_in_a_thread_and_in_a_private_one(one: Stage) -> None:
    for private in (False, True):
        name = "quiet foxes" if private else "foxes"
        await one.post("/threads", member="alice", channel="general", name=name, private=private)
        place = f"thread:{name}"
        card = await one.settled(await one.imagine(f"from {name}", channel=place), channel=place)
        assert len(images(card)) == 1
        assert labels(card) == ON_A_PICTURE
        # who is not in a private thread does not see its cards elsewhere either
        shown = await one.post(
            "/command", member="bob", channel="general", name="show", options={"id": card_id(card)}
        )
        answer = await one.answer(str(shown["interaction_id"]), member="bob")
        assert bool(images(answer)) is not private
        again = await one.settled(await one.press(card, "Again"), channel=place)
        assert again["id"] != card["id"]
        asked: dict[str, object] = {"prompt": "x", "reference": {"name": "a.png", "size": 10}}
        typed = {"member": "alice", "channel": place, "name": "imagine", "focused": "model"}
        assert (await one.post("/autocomplete", **typed, options=asked))["choices"]


async def test_a_card_whose_thread_is_closed_meanwhile_is_seen_all_the_same(one: Stage) -> None:
    """Where the thread is only archived, a new message opens it again; a locked one has no way in."""
    await set_scenario(one, seconds=2)
    asked: dict[str, str] = {}
    for name in ("dozing", "closing"):
        await one.post("/threads", member="alice", channel="general", name=name)
        asked[name] = await one.imagine(f"in {name}", channel=f"thread:{name}")
        await one.answer(asked[name], channel=f"thread:{name}")
        order = {"member": "mod", "channel": f"thread:{name}"}
        await one.post("/thread", **order, archived=True, locked=name == "closing")

    async def settled() -> bool:
        return all(one.record(each).get("card") == "settled" for each in asked.values())

    await one.until(settled, "both cards to be settled elsewhere")
    for name, place in (("dozing", "thread:dozing"), ("closing", "dm:alice")):
        there = await one.messages(channel=place)
        assert len([each for each in there if images(each) and asked[name] in text_of(each)]) == 1
        assert len(await one.ledger(f"in {name}")) == 1
