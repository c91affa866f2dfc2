"""/workflow run: the form, the price, the nodes on the card, the gates, and never a second run."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.e2e.acting import (
    add_fault,
    all_known,
    facts,
    fate,
    pressed,
    says,
    set_scenario,
    through_the_button,
)
from tests.e2e.side import by_message
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.things import kind_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

POSTER = "wflow_Poster8s2kQm4nVb7x"
SCENE = "wflow_Scene4d9pTz6wLc2h"
FIGURE = "wflow_Figure7t1vXk9sRj5g"
DRAFT = "wflow_Mural3x5bYn8qDw1f"
RUN = {"half": "scenario", "method": "PUT", "path": "/workflows/*/run", "query": {"dryRun": None}}
"""The paid PUT, for a fault."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="1000", RECONCILE_SECONDS="1") as ready:
        await all_known(ready)
        yield ready


async def asked(one: Stage, workflow: str, *, member: str = "alice", channel: str = "general") -> str:
    """Type /workflow run; the interaction."""
    command: Json = {"member": member, "channel": channel, "name": "workflow run"}
    return str((await one.post("/command", **command, options={"workflow": workflow}))["interaction_id"])


async def run(one: Stage, workflow: str, words: str, **values: object) -> str:
    """A run through the form; the generation's id."""
    interaction = await through_the_button(one, await asked(one, workflow))
    filled = {"text1": words, **values}
    answer = await one.post("/submit", member="alice", interaction_id=interaction, values=filled)
    return str(answer["interaction_id"])


async def runs(one: Stage, words: str) -> list[Json]:
    """What the ledger has of runs with these words."""
    return [job for job in await one.ledger() if job["inputs"].get("text1") == words]


async def gate(one: Stage, generation: str, label: str = "Reject", *, member: str = "alice") -> Json:
    """The card as soon as it asks for an answer."""

    async def look() -> Json | None:
        found = await one.answers(generation, member=member)
        return found[-1] if found and label in labels(found[-1]) else None

    return await one.until(look, f"a {label} button on {generation}")


async def choose(one: Stage, card: Json, *numbers: int, member: str = "alice") -> str:
    """Use the card's menu; the private answer."""
    menus = [part for row in card["components"] for part in row["components"] if part["type"] == 3]
    values = [str(number) for number in numbers]
    custom_id = menus[0]["custom_id"]
    pressed_ = await one.post(
        "/press", member=member, message_id=card["id"], custom_id=custom_id, values=values
    )
    return text_of(await one.answer(str(pressed_["interaction_id"]), member=member))


async def node(one: Stage, generation: str, name: str) -> Json:
    """A node of the run as Scenario shows it."""
    job = (await one.scenario(f"/jobs/{one.record(generation)['job_id']}"))["job"]
    return next(each for each in job["metadata"]["flow"] if each["id"] == name)


async def test_a_run_tells_its_price_shows_its_nodes_and_names_its_cost(one: Stage) -> None:
    await one.post("/script", model_id=POSTER, seconds=6)
    generation = await run(one, POSTER, "w1")
    card = await says(one, generation, "▸")
    told = text_of(card)
    (job,) = await runs(one, "w1")
    assert job["model_id"] == POSTER
    assert f"about {job['cu']:g} CU" in told
    steps = [line for line in told.splitlines() if line.startswith(("▸ ", "· "))]
    assert [line[0] for line in steps] == ["▸", "·"]
    await one.post("/clock", advance=10)
    over = await one.settled(generation)
    assert facts(over)["Cost"] == f"{job['cu']:g} CU"
    assert len(images(over)) == 1


async def test_an_approval_is_the_askers_or_a_moderators_and_the_run_goes_on(one: Stage) -> None:
    generation = await run(one, SCENE, "w2")
    card = await gate(one, generation, "Approve")
    assert "is waiting for approval" in text_of(card)
    assert labels(card)[:2] == ["Approve", "Reject"]
    for label in ("Approve", "Reject"):
        assert (await pressed(one, card, label, member="bob")).startswith("Only <@")
    assert one.record(generation)["fate"] == "running"
    assert await pressed(one, card, "Approve") == "Approved. The workflow continues."
    assert "over already" in await pressed(one, card, "Approve", member="mod")
    over = await one.settled(generation)
    assert text_of(over).count(": approved by <@") == 1
    (job,) = await runs(one, "w2")
    assert facts(over)["Cost"] == f"{job['cu']:g} CU"
    links = [*images(over), *(file["url"] for file in over["attachments"])]
    assert {kind_of(await one.fetch(link)) for link in links} == {"image", "video"}


async def test_a_moderators_no_ends_the_run_and_says_what_it_cost(one: Stage) -> None:
    generation = await run(one, SCENE, "w3")
    card = await gate(one, generation)
    assert await pressed(one, card, "Reject", member="mod") == "Rejected. The workflow ends here."
    over = text_of(await one.settled(generation))
    assert ": rejected by <@" in over
    (job,) = await runs(one, "w3")
    assert one.record(generation)["fate"] in {"canceled", "failed"}
    assert f"{job['cu']:g} CU" in over
    assert "Nothing was charged" not in over


async def test_a_choice_goes_to_scenario_from_zero_also_after_a_restart(one: Stage) -> None:
    generation = await run(one, FIGURE, "w4", number1="3")
    card = await gate(one, generation)
    assert "is waiting for a choice" in text_of(card)
    await one.kill_bot()
    await one.start_bot()
    card = await gate(one, generation)
    (menu,) = [part for row in card["components"] for part in row["components"] if part["type"] == 3]
    assert [option["label"] for option in menu["options"]] == ["Number 1", "Number 2", "Number 3"]
    assert len(images(card)) == 3
    assert (await choose(one, card, 2, member="bob")).startswith("Only <@")
    drafts = (await node(one, generation, "image1"))["assets"]
    twice = await asyncio.gather(choose(one, card, 1, 3), choose(one, card, 1, 3))
    assert "Chosen. The workflow continues." in twice
    assert not any("went wrong" in told for told in twice)
    over = await one.settled(generation)
    assert text_of(over).count(": numbers 1 and 3, chosen by <@") == 1
    picked = (await node(one, generation, "selection1"))["assets"]
    assert [each["assetId"] for each in picked] == [drafts[0]["assetId"], drafts[2]["assetId"]]
    assert len(await runs(one, "w4")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_run_is_never_bought_twice(one: Stage, when: str) -> None:
    held = await add_fault(one, **RUN, kind="hold", when=when)
    generation = await run(one, POSTER, f"w5 {when}")
    await one.held(held)
    await one.kill_bot()
    await one.heal()
    await one.start_bot()
    card = await one.settled(generation)
    assert one.record(generation)["fate"] == "succeeded"
    assert images(card)
    assert len(await runs(one, f"w5 {when}")) == 1


async def test_a_run_that_fails_says_what_became_of_the_cu(one: Stage) -> None:
    await one.post("/script", model_id=POSTER, outcome="failure", error="Out of ink.", refund=True, times=1)
    generation = await run(one, POSTER, "w6")
    over = text_of(await one.settled(generation))
    await fate(one, generation, "failed")
    (job,) = await runs(one, "w6")
    assert "Out of ink." in over
    assert f"The cost of {job['cu']:g} CU was refunded." in over


async def test_a_full_house_makes_a_run_wait(one: Stage) -> None:
    await set_scenario(one, parallel_workflows=0)
    generation = await run(one, POSTER, "w7")
    card = await says(one, generation, "free slot")
    assert await runs(one, "w7") == []
    assert await pressed(one, card, "Cancel") == "Canceled. Nothing was charged."
    await set_scenario(one, parallel_workflows=5)
    await one.settled(generation)
    assert await runs(one, "w7") == []


@pytest.mark.parametrize("named", [DRAFT, "Mural (unfinished)"])
async def test_an_unfinished_workflow_is_refused_and_says_why(one: Stage, named: str) -> None:
    ledger = await one.ledger()
    answer = await one.answer(await asked(one, named))
    assert answer["ephemeral"]
    assert labels(answer) == []
    assert "The workflow Mural (unfinished) is not finished" in text_of(answer).replace("\\", "")
    assert "Nothing was charged" in text_of(answer)
    assert await one.ledger() == ledger


async def form(one: Stage, interaction: str) -> object:
    return (await one.get(f"/interactions/{interaction}"))["modal"]


async def out_of_reach(one: Stage, member: str, place: str) -> str:
    """A run whose card can no longer be reached when its gate opens; the generation's id."""
    interaction = await asked(one, SCENE, member=member, channel=f"{place}:{member}")
    await one.until(lambda: form(one, interaction), "the form")
    values = {"text1": f"w-{member}"}
    answer = await one.post("/submit", member=member, interaction_id=interaction, values=values)
    generation = str(answer["interaction_id"])
    await fate(one, generation, "running")
    await one.post("/expire", interaction_id=generation)
    return generation


async def asked_by_message(one: Stage, generation: str, member: str) -> None:
    """The gate's question comes as a direct message, where its buttons work."""

    async def question() -> Json | None:
        found = await by_message(one, generation, member)
        return found[0] if found and "Approve" in labels(found[0]) else None

    message = await one.until(question, "the gate's question")
    assert "It waits until you answer" in message["content"]
    told = await pressed(one, message, "Approve", member=member, channel=f"dm:{member}")
    assert told == "Approved. The workflow continues."


async def asked_by_show(one: Stage, generation: str, member: str) -> str:
    """Where nothing is open the run goes on all the same: /jobs tells how to see its question, /show asks it.
    Returns the interaction in whose answer the card is now."""

    async def kept() -> bool:
        return one.record(generation)["card"] == "kept"

    await one.until(kept, "the card to be kept")
    assert one.record(generation)["fate"] == "running"
    typed: Json = {"member": member, "channel": "general"}
    listed = await one.post("/command", **typed, name="jobs", options={})
    told = text_of(await one.answer(str(listed["interaction_id"]), member=member))
    assert f"/show {generation}" in told
    shown = await one.post("/command", **typed, name="show", options={"id": generation})
    interaction = str(shown["interaction_id"])
    card = await gate(one, interaction, "Approve", member=member)
    assert await pressed(one, card, "Approve", member=member) == "Approved. The workflow continues."
    return interaction


async def test_a_gate_that_opens_out_of_reach_is_answered_all_the_same(one: Stage) -> None:
    for member in ("gus", "hal", "ivy"):
        await one.messages(member=member)
    await one.post("/block_dms", member="ivy", blocked=True)
    await one.post("/script", model_id=SCENE, seconds=120, times=3)
    places = {"gus": "private", "hal": "away", "ivy": "private"}
    gus, hal, ivy = await asyncio.gather(*(out_of_reach(one, *each) for each in places.items()))
    await one.post("/clock", advance=120)
    await asyncio.gather(asked_by_message(one, gus, "gus"), asked_by_message(one, hal, "hal"))
    shown = await asked_by_show(one, ivy, "ivy")
    await one.post("/clock", advance=240)
    for generation in (gus, hal, ivy):
        await fate(one, generation, "succeeded")

    async def settled() -> bool:
        cards = [*await by_message(one, gus, "gus"), *await by_message(one, hal, "hal")]
        cards += await one.answers(shown, member="ivy")
        return len(cards) == 3 and all("Again" in labels(card) for card in cards)

    await one.until(settled, "each end in its question's place")
    for member in places:
        assert len(await runs(one, f"w-{member}")) == 1
