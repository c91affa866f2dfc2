"""/show, /jobs, /help and /about with the real bot: what comes back, for whose eyes, and without Scenario."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.e2e.acting import (
    add_fault,
    bare_stage,
    fate,
    outcome,
    pressed,
    says,
    set_scenario,
    tidy,
    vanished,
)
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, stage, text_of
from tests.e2e.test_refusals import guild_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENERAL = "general"
SKETCH = "model_scenario-quick-sketch"
NOWHERE = "This request doesn't exist, or you can't see it."
ALL_OF_SCENARIO: Json = {"half": "scenario", "path": "*", "kind": "hold", "times": None}


async def type_(
    one: Stage, name: str, *, member: str = "alice", channel: str = GENERAL, **options: Any
) -> str:
    """Type a command. The interaction's id."""
    body = {"member": member, "channel": channel, "name": name, "options": options}
    return str((await one.call("POST", "/command", json=body))["interaction_id"])


async def show(one: Stage, generation: str, *, member: str = "alice", channel: str = GENERAL) -> Json:
    """What /show answers with."""
    interaction = await type_(one, "show", member=member, channel=channel, id=generation)
    return await one.answer(interaction, member=member, channel=channel)


async def told(
    one: Stage, name: str, *, member: str = "alice", channel: str = GENERAL, **options: Any
) -> str:
    """What a command answers privately, with nothing for anybody else to see."""
    answer = await private_answer(one, name, member=member, channel=channel, **options)
    return text_of(answer)


async def private_answer(
    one: Stage, name: str, *, member: str = "alice", channel: str = GENERAL, **options: Any
) -> Json:
    interaction = await type_(one, name, member=member, channel=channel, **options)
    answer = await one.answer(interaction, member=member, channel=channel)
    assert answer["ephemeral"]
    if not channel.startswith("dm:"):
        assert await one.answers(interaction, member="onlooker", channel=channel) == []
    return answer


async def suggested(
    one: Stage, typed: str = "", *, member: str = "alice", channel: str = GENERAL
) -> dict[str, str]:
    """The autocompletion of /show: number → words."""
    answer = await one.post(
        "/autocomplete", member=member, channel=channel, name="show", options={"id": typed}, focused="id"
    )
    return {choice["value"]: choice["name"] for choice in answer["choices"]}


async def moved(one: Stage, generation: str, message: Json) -> None:
    """Wait until the bot knows this message as the generation's card."""

    async def look() -> bool:
        row = one.record(generation)
        return (str(row["message_id"]), row["card"]) == (message["id"], "settled")

    await one.until(look, f"{generation} to be shown by {message['id']}")


async def under_way(one: Stage, prompt: str, *, member: str = "alice", **options: Any) -> str:
    """A job that is at Scenario and stays there."""
    await one.post("/script", prompt_contains=prompt, seconds=600, cancelable=True)
    generation = await one.imagine(prompt, member=member, **options)
    await fate(one, generation, "running")
    return generation


@asynccontextmanager
async def without_scenario(one: Stage) -> AsyncGenerator[None]:
    """Scenario takes every request and answers none: whoever waits for it waits in vain."""
    await set_scenario(one, down=True)
    fault = await add_fault(one, **ALL_OF_SCENARIO)
    yield
    await one.call("DELETE", f"/faults/{fault}")
    await set_scenario(one, down=False)


# -- /show: one's own -------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [GENERAL, "brainstorm", "dm:alice", "guild2/general", "away:alice"])
async def test_ones_own_picture_comes_back_wherever_one_is(one: Stage, channel: str) -> None:
    prompt = f"back in {channel}"
    first = await outcome(one, prompt, seed=3)
    again = await show(one, first["interaction_id"], channel=channel)
    assert not again["ephemeral"]
    assert again["id"] != first["id"]
    assert await one.fetch(images(again)[0]) == await one.fetch(images(first)[0])
    assert text_of(again) == text_of(first)
    assert labels(again) == ON_A_PICTURE[:-1]  # a copy: the card itself stays where it was
    assert len(await one.ledger(prompt)) == 1  # it is shown, not made again
    assert images((await one.answers(first["interaction_id"]))[0])  # the first one stays


async def test_a_number_is_taken_as_people_copy_it(one: Stage) -> None:
    card = await outcome(one, "as people copy it")
    assert len(images(await show(one, f" #{card['interaction_id']} "))) == 1


async def test_a_card_whose_message_was_deleted_comes_back(one: Stage) -> None:
    card = await outcome(one, "deleted by its owner")
    question = await one.answer(await one.press(card, "Delete"))
    await one.press(question, "Delete it")
    await vanished(one, card)
    await one.settled(card["interaction_id"], card="kept")
    back = await show(one, card["interaction_id"])
    assert len(images(back)) == 1
    assert labels(back) == ON_A_PICTURE
    await moved(one, card["interaction_id"], back)


async def test_a_card_whose_message_went_while_it_was_made_comes_back(one: Stage) -> None:
    generation = await deleted_while_running(one, "gone too early", seconds=2)
    await fate(one, generation, "succeeded")
    assert len(images(await show(one, generation))) == 1
    assert len(await one.ledger("gone too early")) == 1


async def test_no_link_leads_to_a_message_that_is_gone(one: Stage) -> None:
    generation = await deleted_while_running(one, "gone and still running", seconds=600)
    shown, listed = await told(one, "show", id=generation), await private_answer(one, "jobs")
    await pressed(one, listed, "Cancel 1")
    assert "gone and still running" in shown  # it goes on in its owner's answer
    assert "https://" not in shown
    assert "https://" not in text_of(listed)


async def deleted_while_running(one: Stage, prompt: str, *, seconds: float) -> str:
    await one.post("/script", prompt_contains=prompt, seconds=seconds, cancelable=True)
    generation = await one.imagine(prompt)
    await fate(one, generation, "running")
    await one.post("/delete", member="mod", message_id=(await one.answer(generation))["id"])
    await one.settled(generation, card="kept")
    return generation


async def test_a_picture_comes_back_after_a_restart(one: Stage) -> None:
    card = await outcome(one, "before the restart")
    await one.kill_bot()
    await one.start_bot()
    assert len(images(await show(one, card["interaction_id"]))) == 1


async def test_a_death_while_a_lost_card_comes_back_is_made_good_by_the_next_process(one: Stage) -> None:
    generation = await deleted_while_running(one, "lost and shown by two processes", seconds=1)
    await fate(one, generation, "succeeded")
    fault = await add_fault(
        one, half="discord", method="PATCH", path="/webhooks/*/messages/@original", kind="hold", times=None
    )
    interaction = await type_(one, "show", id=generation)
    await one.held(fault)
    await one.kill_bot()
    await one.heal()
    await one.start_bot()
    assert len(images(await one.answer(interaction))) == 1


async def test_a_private_one_stays_private(one: Stage) -> None:
    card = await outcome(one, "for my eyes", private=True)
    for channel in (GENERAL, "brainstorm", "dm:alice"):
        back = await show(one, card["interaction_id"], channel=channel)
        assert back["ephemeral"]
        assert len(images(back)) == 1
        if channel != "dm:alice":
            assert await one.answers(back["interaction_id"], channel=channel, member="bob") == []


async def test_a_canceled_one_comes_back_as_what_it_is(one: Stage) -> None:
    generation = await under_way(one, "canceled and shown")
    card = await says(one, generation, "started")
    await pressed(one, card, "Cancel")
    await one.settled(generation)
    back = await show(one, generation)
    assert "Canceled" in text_of(back)
    assert labels(back) == ["Again"]


async def test_of_a_refused_one_its_owner_is_told_the_reason_again_and_nobody_else(one: Stage) -> None:
    first = await refusal_of_unknown(one)
    assert "does not know this model" in await told(one, "show", id=first)


async def test_why_another_members_request_was_refused_is_nobodys_business(one: Stage) -> None:
    first = await refusal_of_unknown(one)
    answer = await show(one, first, member="bob")
    assert answer["ephemeral"]
    assert answer["content"] == NOWHERE


async def refusal_of_unknown(one: Stage) -> str:
    """A recorded request that Scenario turned down before anything was bought."""
    generation = await one.imagine("refused and shown", model="model_not-there")
    # before that the public card may still say that it is being looked at
    notice = await one.settled(generation)
    assert "does not know this model" in notice["content"]
    return generation


# -- /show: still under way -------------------------------------------------------------------------------


async def test_one_that_is_still_being_made_is_answered_with_a_link_to_its_card(one: Stage) -> None:
    generation = await under_way(one, "still running")
    card = await says(one, generation, "started")
    answer = await told(one, "show", id=generation)
    assert "still in progress" in answer
    assert re.search(rf"https://discord\.com/channels/\d+/{card['channel_id']}/{card['id']}\b", answer)
    await pressed(one, card, "Cancel")


async def test_a_private_one_that_is_still_being_made_has_no_link(one: Stage) -> None:
    generation = await under_way(one, "still running unseen", private=True)
    answer = await told(one, "show", id=generation)
    assert "still in progress" in answer
    assert "https://" not in answer
    await pressed(one, await says(one, generation, "started"), "Cancel")


# -- /show: what others may see ---------------------------------------------------------------------------


async def test_a_strangers_public_picture_comes_in_its_server_only(one: Stage) -> None:
    card = await outcome(one, "for everybody here")
    back = await show(one, card["interaction_id"], member="bob", channel="brainstorm")
    assert len(images(back)) == 1
    assert text_of(back) == text_of(card)  # asked for by alice, whoever shows it
    for channel in ("guild2/general", "dm:bob", "away:bob"):
        assert await told(one, "show", member="bob", channel=channel, id=card["interaction_id"]) == NOWHERE


async def test_a_strangers_private_picture_is_as_unknown_as_one_that_never_was(one: Stage) -> None:
    card = await outcome(one, "not for bob", private=True)
    for number in (card["interaction_id"], "12345", "x", "' OR 1=1 --", "🦊"):
        for member in ("bob", "mod"):
            assert await told(one, "show", member=member, id=number) == NOWHERE


async def test_a_picture_from_a_direct_message_is_its_owners(one: Stage) -> None:
    generation = await one.imagine("between us", channel="dm:alice")
    await one.settled(generation, channel="dm:alice")
    assert await told(one, "show", member="bob", id=generation) == NOWHERE
    assert len(images(await show(one, generation))) == 1


async def test_whoever_sees_a_shown_card_can_press_again(one: Stage) -> None:
    generation = await one.imagine("from a message to a server", channel="dm:alice")
    await one.settled(generation, channel="dm:alice")
    back = await show(one, generation)
    answer = await one.answer(await one.press(back, "Again", member="bob"), member="bob")
    assert NOWHERE not in text_of(answer)


@pytest.mark.parametrize("channel", ["dm:alice", "guild2/general", "hushed:alice"])
async def test_a_card_that_others_still_see_stays_theirs_after_its_owner_showed_it_elsewhere(
    one: Stage, channel: str
) -> None:
    card = await outcome(one, f"seen here, shown in {channel}")
    assert images(await show(one, card["interaction_id"], channel=channel))
    answer = await one.answer(await one.press(card, "Again", member="bob"), member="bob")
    assert NOWHERE not in text_of(answer)


# -- /show: two cards of one picture ----------------------------------------------------------------------


async def test_delete_takes_the_card_away_below_which_it_was_pressed(one: Stage) -> None:
    first = await outcome(one, "two cards of one picture")
    second = await show(one, first["interaction_id"])
    question = await one.answer(await one.press(first, "Delete"))
    await one.press(question, "Delete it")

    async def one_less() -> list[str]:
        there = [each["id"] for each in await one.messages()]
        left = [each["id"] for each in (first, second) if each["id"] in there]
        return left if len(left) < 2 else []

    assert await one.until(one_less, "one of the two cards to go") == [second["id"]]


@pytest.mark.parametrize("other", ["alice", "bob"])
async def test_two_shows_at_the_same_moment_are_both_answered(one: Stage, other: str) -> None:
    card = await outcome(one, f"twice at once, with {other}")
    fault = await add_fault(
        one, half="discord", method="POST", path="/interactions/*/callback", kind="hold", times=None
    )
    asked = [
        (await type_(one, "show", member=who, id=card["interaction_id"]), who) for who in ("alice", other)
    ]
    await one.held(fault)  # both, or one and a refusal that is held too
    await one.call("DELETE", f"/faults/{fault}")
    answers = await asyncio.gather(*(one.answer(each, member=who) for each, who in asked))
    for answer in answers:
        assert images(answer) or "One press is enough" in answer["content"]
    assert any(images(answer) for answer in answers)


async def test_shows_one_after_the_other_each_bring_the_picture(one: Stage) -> None:
    card = await outcome(one, "thrice")
    for _ in range(3):
        back = await show(one, card["interaction_id"])
        assert len(images(back)) == 1


# -- /show: where it cannot be ----------------------------------------------------------------------------


async def test_where_pictures_cannot_be_posted_show_says_so(one: Stage) -> None:
    card = await outcome(one, "not into the locked channel")
    answer = await told(one, "show", channel="locked", id=card["interaction_id"])
    assert "Attach Files" in answer
    assert len(images(await show(one, card["interaction_id"]))) == 1


async def test_a_show_while_scenario_is_down_waits_and_then_comes(one: Stage) -> None:
    card = await outcome(one, "shown through a storm")
    await set_scenario(one, down=True)
    interaction = await type_(one, "show", id=card["interaction_id"])

    async def deferred() -> bool:
        return bool((await one.get(f"/interactions/{interaction}"))["state"] == "acknowledged")

    await one.until(deferred, "the deferral")
    await set_scenario(one, down=False)
    assert len(images(await one.answer(interaction))) == 1


async def test_a_show_that_scenario_does_not_answer_says_so_and_can_be_asked_again(one: Stage) -> None:
    card = await outcome(one, "shown after a storm")
    await set_scenario(one, down=True)
    assert "Scenario isn't answering right now" in text_of(await show(one, card["interaction_id"]))
    await set_scenario(one, down=False)
    assert len(images(await show(one, card["interaction_id"]))) == 1


async def test_a_server_that_is_not_served_is_shown_nothing() -> None:
    async with bare_stage() as one:
        home = await guild_id(one, "Imagine HQ")
        await set_scenario(one, seconds=0)
        await one.start_bot(GUILD_IDS=home)
        card = await outcome(one, "served at home only")
        for channel in ("guild2/general", "dm:alice"):
            answer = await show(one, card["interaction_id"], channel=channel)
            assert answer["ephemeral"]
            assert "isn't enabled here" in text_of(answer), channel


# -- /show: autocompletion --------------------------------------------------------------------------------


async def test_show_suggests_ones_own_by_words_and_by_number(one: Stage) -> None:
    prompts = ("a Copper kettle", "a copper pot", "a tin lantern")
    numbers = [
        await one.imagine(prompt, member="dora", private="tin" in prompt)  # private ones are ones own too
        for prompt in prompts
    ]
    await one.imagine("a copper kettle of somebody else", member="emil")
    await asyncio.gather(*(one.settled(number, member="dora") for number in numbers))
    newest_first = dict(zip(reversed(numbers), reversed(prompts), strict=True))
    assert list((await suggested(one, member="dora")).items()) == list(newest_first.items())
    assert set(await suggested(one, "copper", member="dora")) == set(numbers[:2])
    assert set(await suggested(one, " COPPER KET ", member="dora")) == {numbers[0]}
    assert set(await suggested(one, numbers[1], member="dora")) == {numbers[1]}
    assert await suggested(one, "no such words", member="dora") == {}
    assert await suggested(one, member="fritz") == {}
    assert set(await suggested(one, member="dora", channel="dm:dora")) == set(numbers)


async def test_show_suggests_25_at_most_and_finds_older_ones_by_their_words(one: Stage) -> None:
    oldest = await one.imagine("the very oldest", member="gerda")
    await one.settled(oldest, member="gerda")
    numbers = [await one.imagine(f"one of many, number {number}", member="gerda") for number in range(26)]
    await asyncio.gather(*(one.settled(number, member="gerda") for number in numbers))
    offered = await suggested(one, member="gerda")
    assert list(offered) == numbers[:0:-1]
    assert len(offered) == 25
    assert set(await suggested(one, "very oldest", member="gerda")) == {oldest}


async def test_long_and_hostile_words_are_suggested_all_the_same(one: Stage) -> None:
    long = await one.imagine("𝒳" * 500, member="hanna")
    odd = await one.imagine("\u202e@everyone\nline", member="hanna")
    await asyncio.gather(*(one.settled(each, member="hanna") for each in (long, odd)))
    offered = await suggested(one, member="hanna")
    assert set(offered) == {long, odd}
    assert all(1 <= len(name) <= 100 for name in offered.values())
    assert offered[odd] == "@everyone line"


# -- /jobs ------------------------------------------------------------------------------------------------


async def test_jobs_of_somebody_who_has_none_says_so(one: Stage) -> None:
    await outcome(one, "over already", member="ida")
    answer = await private_answer(one, "jobs", member="ida")
    assert answer["content"] == "You have no requests in progress."
    assert answer["components"] == []


async def test_jobs_lists_each_with_its_phase_its_place_and_a_cancel(one: Stage) -> None:
    running = await under_way(one, "the one that runs", member="jan")
    await set_scenario(one, parallel=0)
    waiting = [await one.imagine(f"the one that waits, {number}", member="jan") for number in (1, 2)]
    for place, generation in enumerate(waiting, start=1):
        await says(one, generation, f"number {place} in line", member="jan")
    others = await one.imagine("not jan's", member="kai")
    # whoever has nothing under way comes before those of whom one runs already
    await says(one, others, "number 1 in line", member="kai")

    async def listed() -> Json | None:
        # whoever waits is sent to Scenario now and then, to be told again that it is full
        answer = await private_answer(one, "jobs", member="jan")
        return answer if {f"number {n} in line" for n in (2, 3)} == _places(answer) else None

    answer = await one.until(listed, "both to be listed with their places")
    rows = text_of(answer)
    positions = [rows.index(f"**{number}.**") for number in (1, 2, 3)]
    assert positions == sorted(positions)
    first, second, third = (
        rows[start:end] for start, end in zip(positions, [*positions[1:], len(rows)], strict=True)
    )
    assert "the one that runs" in first
    assert "in line" not in first
    assert "number 2 in line" in second
    assert "number 3 in line" in third
    assert "not jan's" not in rows
    for row, generation in zip((first, second, third), (running, *waiting), strict=True):
        (card,) = await one.answers(generation, member="jan")
        assert f"/{card['channel_id']}/{card['id']})" in row
    assert labels(answer) == ["Cancel 1", "Cancel 2", "Cancel 3"]
    assert await pressed(one, answer, "Cancel 2", member="jan") == "Canceled. Nothing was charged."
    await one.settled(waiting[0], member="jan")
    assert one.record(running)["fate"] == "running"
    for label in ("Cancel 1", "Cancel 3"):
        await pressed(one, answer, label, member="jan")
    await asyncio.gather(*(one.settled(each, member="jan") for each in (running, waiting[1])))
    assert (await private_answer(one, "jobs", member="jan"))["content"] == "You have no requests in progress."
    await pressed(one, (await one.answers(others, member="kai"))[0], "Cancel", member="kai")


def _places(answer: Json) -> set[str]:
    return set(re.findall(r"number \d+ in line", text_of(answer)))


async def test_a_cancel_of_jobs_works_after_a_restart(one: Stage) -> None:
    generation = await under_way(one, "canceled from the list", member="lea")
    answer = await private_answer(one, "jobs", member="lea")
    await one.kill_bot()
    await one.start_bot()
    assert "Canceling" in await pressed(one, answer, "Cancel 1", member="lea")
    assert "Canceled" in text_of(await one.settled(generation, member="lea"))
    assert "over already" in await pressed(one, answer, "Cancel 1", member="lea")
    assert [job["status"] for job in await one.ledger("canceled from the list")] == ["canceled"]


async def test_jobs_lists_private_ones_too_without_a_link(one: Stage) -> None:
    await set_scenario(one, parallel=0)
    generation = await one.imagine("hidden work", member="mia", private=True)
    card = await says(one, generation, "in line", member="mia")
    rows = await told(one, "jobs", member="mia", channel="dm:mia")
    assert "hidden work" in rows
    assert "https://" not in rows
    await pressed(one, card, "Cancel", member="mia")


async def test_jobs_lists_ten_and_counts_the_rest(one: Stage) -> None:
    await set_scenario(one, parallel=0)
    waiting = [await one.imagine(f"many {number}", member="nils") for number in range(12)]
    await says(one, waiting[-1], "number 12 in line", member="nils")
    answer = await private_answer(one, "jobs", member="nils")
    assert labels(answer) == [f"Cancel {number}" for number in range(1, 11)]
    assert "And 2 more requests." in text_of(answer)
    await set_scenario(one, parallel=5)
    await asyncio.gather(*(one.settled(each, member="nils") for each in waiting))


async def test_hostile_words_neither_link_nor_format_in_jobs(one: Stage) -> None:
    await set_scenario(one, parallel=0)
    generation = await one.imagine("[x](https://evil.example) **@everyone** {number}", member="olga")
    card = await says(one, generation, "in line", member="olga")
    rows = await told(one, "jobs", member="olga")
    assert "](https://evil" not in rows
    assert "**@everyone" not in rows
    assert "{number}" in rows
    await pressed(one, card, "Cancel", member="olga")


# -- /help and /about -------------------------------------------------------------------------------------


async def test_help_names_the_commands_the_default_model_and_that_there_are_no_limits(one: Stage) -> None:
    answer = await told(one, "help")
    menus = {"Use as reference", "Edit", "Animate", "Make 3D", "Describe"}
    for name in (await one.get("/state"))["commands"]:
        wanted = f"**{name}**" if name in menus else f"</{name}"
        assert wanted in answer or name == "help"
    assert "none except Scenario's own" in answer
    assert re.search(r"^Default model: (?!none)\S", answer, re.MULTILINE)


async def test_about_tells_version_uptime_and_what_is_kept(one: Stage) -> None:
    answer = await told(one, "about")
    assert re.search(r"^Imagine \d+\.\d+\.\d+", answer, re.MULTILINE)
    assert re.search(r"^Up since: <t:\d+:f>$", answer, re.MULTILINE)
    assert "I don't read messages" in answer
    assert "Source:" not in answer


async def test_help_and_about_tell_what_this_bots_operator_set() -> None:
    async with (
        stage(
            MEMBER_IN_FLIGHT="3",
            MEMBER_CU_PER_DAY="12.5",
            DEFAULT_MODEL=SKETCH,
            SOURCE_URL="https://example.com/fork",
        ) as one,
        tidy(one),
    ):

        async def limits() -> str | None:
            answer = await told(one, "help")
            return answer if "Default model: Quick Sketch" in answer else None

        answer = await one.until(limits, "the default model to be known")
        assert "Limits: 3 requests at a time\n20 more may wait in your own line\n12.5 CU per 24" in answer
        assert "Source code: https://example.com/fork" in await told(one, "about")


# -- without Scenario, and everywhere ---------------------------------------------------------------------


async def test_what_needs_no_scenario_is_answered_while_it_is_silent(one: Stage) -> None:
    card = await outcome(one, "known before the silence", member="paul")
    generation = await under_way(one, "under way in the silence", member="paul")
    async with without_scenario(one):
        assert "What you can do here" in await told(one, "help", member="paul")
        assert "Imagine" in await told(one, "about", member="paul")
        assert "under way in the silence" in await told(one, "jobs", member="paul")
        assert await told(one, "show", member="paul", id="404") == NOWHERE
        assert "still in progress" in await told(one, "show", member="paul", id=generation)
        assert set(await suggested(one, "known before", member="paul")) == {card["interaction_id"]}
    await pressed(one, (await one.answers(generation, member="paul"))[0], "Cancel", member="paul")
    await one.settled(generation, member="paul")


@pytest.mark.parametrize("channel", ["dm:alice", "away:alice", "hushed:alice", "locked", "guild2/general"])
@pytest.mark.parametrize("name", ["jobs", "help", "about"])
async def test_every_other_command_answers_privately_wherever_one_is(
    one: Stage, channel: str, name: str
) -> None:
    assert await told(one, name, channel=channel)


async def test_commands_of_many_members_at_once_are_all_answered(one: Stage) -> None:
    names = ("jobs", "help", "about") * 4
    for burst in range(3):  # thirty-six at once would try the machine's speed, by Discord's three seconds
        guests = (f"guest{burst}-{number}" for number in range(len(names)))
        answers = await asyncio.gather(
            *(told(one, name, member=guest) for name, guest in zip(names, guests, strict=True))
        )
        assert all(answers)
