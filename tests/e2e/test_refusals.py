"""What the member is told when there is no picture: what is wrong, what it cost, what to do next."""

import re

import aiohttp
import pytest

from tests.e2e.acting import (
    PAID,
    add_fault,
    bare_stage,
    fate,
    outcome,
    pressed,
    refusal,
    says,
    set_scenario,
    tidy,
    told_privately,
)
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.things import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SKETCH = "model_scenario-quick-sketch"
STORY = "model_hqTeamStorybook7w2kPq"


def plain(text: str) -> str:
    """The text as Discord shows it: a backslash before a mark is not seen."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


# -- refused before anything is spent -------------------------------------------------------------------


async def test_a_ratio_that_is_not_offered_names_the_offered_and_the_nearest(one: Stage) -> None:
    told = plain(await refusal(one, "refused 1", model=STORY, aspect_ratio="5:4"))
    assert "aspect_ratio" in told
    assert "“5:4”" in told
    assert "1:1, 4:3, or 3:4" in told
    assert re.search(r"closest is (4:3|1:1)", told)


async def test_a_ratio_without_a_preset_names_the_presets(one: Stage) -> None:
    told = plain(await refusal(one, "refused 2", model="model_bfl-flux-1-dev", aspect_ratio="3:1"))
    assert "aspect_ratio" in told
    for preset in ("1:1", "4:3", "3:4", "16:9", "9:16"):
        assert preset in told
    assert "closest is 16:9" in told


async def test_a_ratio_for_a_model_without_sizes_is_refused(one: Stage) -> None:
    told = await refusal(one, "refused 3", model=SKETCH, aspect_ratio="1:1")
    assert "aspect_ratio" in told
    assert "Quick Sketch doesn't support this" in told


@pytest.mark.parametrize("seed", [2147483648, 4294967295])
async def test_a_seed_beyond_the_range_names_the_exact_end(one: Stage, seed: int) -> None:
    told = await refusal(one, "refused 5", model="Imagen 4 Ultra", seed=seed)
    assert "seed" in told
    assert str(seed) in told
    assert "2147483647" in told


async def test_a_prompt_that_is_too_long_is_told_both_lengths(one: Stage) -> None:
    prompt = "x" * 501
    told = await refusal(one, prompt, model=SKETCH)
    assert "prompt" in told
    assert "501" in told
    assert "500" in told
    reason, _, given_back = told.partition("Your words:")
    assert "xxxx" not in reason  # they say nothing of what is wrong
    assert given_back == f"\n```\n{prompt}\n```"


async def test_options_that_the_model_does_not_have_are_all_named_at_once(one: Stage) -> None:
    told = await refusal(one, "refused 6", model=SKETCH, seed=3, negative_prompt="no", count=4)
    for option in ("seed", "negative_prompt"):
        assert f"**{option}**" in told


async def test_an_unknown_model_names_those_that_look_alike(one: Stage) -> None:
    told = await refusal(one, "refused 7", model="imagine ultr")
    assert "There is no model called “imagine ultr”" in told
    assert "Imagen 4 Ultra" in told
    assert "There is no model" in await refusal(one, "refused 7", model="zzzzqqqq")


async def test_an_unknown_model_id_is_refused_too(one: Stage) -> None:
    told = await refusal(one, "refused 8", model="model_not-there")
    assert "does not know this model" in told or "There is no model" in told


async def test_a_model_that_is_no_longer_offered_names_its_successor(one: Stage) -> None:
    told = plain(await refusal(one, "refused 9", model="model_imagen3"))
    assert "Imagen 3 is no longer offered" in told
    assert "Imagen 4 Ultra" in told  # by its name: nobody knows ids


async def test_a_trained_model_that_is_not_finished_is_refused(one: Stage) -> None:
    told = await refusal(one, "refused 10", model="Harbor (training)")
    assert "Harbor (training)" in told
    assert "not ready" in told


async def test_a_model_of_a_larger_plan_names_the_plan(one: Stage) -> None:
    told = await refusal(one, "refused 11", model="Luma Uni 1 Max")
    assert "enterprise" in told.casefold()
    assert "plan" in told


async def test_a_channel_without_attachments_is_refused_before_spending(one: Stage) -> None:
    told = await refusal(one, "refused 12", channel="locked")
    assert "Attach Files" in told
    await one.post("/permissions", channel="brainstorm", deny=["EMBED_LINKS"], allow=[])
    try:
        assert "Embed Links" in await refusal(one, "refused 12", channel="brainstorm")
    finally:
        await one.post("/permissions", channel="brainstorm", deny=[], allow=[])
    assert images(
        await one.settled(await one.imagine("refused 12", channel="brainstorm"), channel="brainstorm")
    )


# -- the guards -----------------------------------------------------------------------------------------


async def test_a_member_has_so_many_under_way_and_no_more() -> None:
    async with stage(MEMBER_IN_FLIGHT="2", MEMBER_WAITING="0") as one, tidy(one):
        held = await add_fault(one, **PAID, kind="hold", times=None)
        two = [await one.imagine(f"under way {number}") for number in range(2)]
        await one.held(held, 2)
        told = await refusal(one, "one too many")
        assert "2 jobs in progress or waiting; the limit is 2" in told
        assert "Try again when one is done" in told
        other = await one.imagine("of somebody else", member="bob")  # the limit is each member's own
        await one.held(held, 3)
        await one.heal()
        for generation in (*two, other):
            await one.settled(generation)
        assert images(await outcome(one, "one too many"))


async def test_a_members_cu_of_a_day_are_counted_and_told_with_the_time_to_come_back() -> None:
    async with stage(MEMBER_CU_PER_DAY="25") as one, tidy(one):
        for number in range(2):
            await outcome(one, f"within the budget {number}", model="Imagen 4 Ultra")  # 10 CU each
        generation = await one.imagine("over the budget", model="Imagen 4 Ultra")
        told = await told_privately(one, generation, "over the budget")
        for fact in ("10 CU", "20 of your 25 CU", "24 hours"):
            assert fact in told
        assert re.search(r"<t:\d+:R>", told)  # when to come back
        smaller = await outcome(one, "a cheap one", model=SKETCH)  # 1.5 CU still fit
        assert images(smaller)
        await outcome(one, "another cheap one", model=SKETCH)
        await outcome(one, "the last cheap one", model=SKETCH)
        assert images(await outcome(one, "of somebody else", member="bob"))
        assert sum(job["cu"] for job in await one.ledger()) == 34.5


async def test_a_member_who_used_all_cu_is_told_when_to_come_back() -> None:
    async with stage(MEMBER_CU_PER_DAY="10") as one, tidy(one):
        await outcome(one, "all at once", model="Imagen 4 Ultra")
        told = await refusal(one, "one more", model=SKETCH)
        assert "10 of your 10 CU" in told
        assert re.search(r"Try again <t:\d+:R>", told)
        assert images(await outcome(one, "of somebody else", member="bob"))


async def test_a_full_line_refuses_newcomers_and_moves_on_when_there_is_room() -> None:
    async with stage(QUEUE_LIMIT="2", MEMBER_IN_FLIGHT="0") as one, tidy(one):
        await set_scenario(one, parallel=0)
        waiting = [await one.imagine(f"in line {number}") for number in range(2)]
        for number, generation in enumerate(waiting, start=1):
            card = await says(one, generation, f"number {number} in line")
            assert "Scenario says" not in text_of(card)  # a full house is no error
        told = await refusal(one, "outside", member="bob")
        assert "2 requests are already waiting" in told
        assert "Try again" in told
        (card,) = await one.answers(waiting[0])
        await pressed(one, card, "Cancel")
        await one.settled(waiting[0])
        await set_scenario(one, parallel=5)
        assert len(images(await one.settled(waiting[1]))) == 1
        assert len(await one.ledger()) == 1


ELSEWHERE = ("guild2/general", "dm:alice", "away:alice", "private:alice")


async def test_only_the_servers_of_the_list_are_served() -> None:
    async with bare_stage() as one:
        home = await guild_id(one, "Imagine HQ")
        await set_scenario(one, seconds=0)
        await one.start_bot()
        said = await one.post("/say", member="alice", channel="guild2/general", files=[picture()])
        there = await one.imagine("before the list", channel="guild2/general")
        card = await one.settled(there, channel="guild2/general")
        await one.stop_bot()
        await one.start_bot(GUILD_IDS=f"{home}, 12345")
        assert images(await outcome(one, "at home"))
        assert await suggested(one, "general")
        for channel in ELSEWHERE:
            told = await refusal(one, "elsewhere", channel=channel)
            assert "isn't enabled here" in told, channel
            assert await suggested(one, channel) == []
            for name in ("models", "help", "show"):
                assert "isn't enabled here" in await turned_away(one, channel, name)
        for label in ("Again", "Delete"):
            interaction = await one.press(card, label)
            answer = await one.answer(interaction, channel="guild2/general")
            assert "isn't enabled here" in answer["content"], label
        menu = {"target": said["message_id"]}
        assert "isn't enabled here" in await turned_away(one, "guild2/general", "Edit", **menu)
        await one.stop_bot()
        await one.start_bot(GUILD_IDS=home, ALLOW_DMS="true")
        assert images(
            await one.settled(await one.imagine("by message", channel="dm:alice"), channel="dm:alice")
        )
        assert await suggested(one, "dm:alice")
        for channel in ("guild2/general", "away:alice", "private:alice"):
            assert await suggested(one, channel) == []
            assert "isn't enabled here" in await turned_away(one, channel, "models")


async def suggested(one: Stage, channel: str) -> list[Json]:
    """What /imagine's and /models' completions offer there; both or none."""
    asked: Json = {"member": "alice", "channel": channel, "options": {}}
    first = await one.post("/autocomplete", **asked, name="imagine", focused="model")
    second = await one.post("/autocomplete", **asked, name="models", focused="search")
    assert bool(first["choices"]) == bool(second["choices"])
    return first["choices"]


async def turned_away(one: Stage, channel: str, name: str, **options: str) -> str:
    """The private answer to a command."""
    needed = {"id": "1"} if name == "show" else options
    asked = await one.post("/command", member="alice", channel=channel, name=name, options=needed)
    answer = await one.answer(asked["interaction_id"], channel=channel)
    assert answer["ephemeral"]
    return str(answer["content"])


async def guild_id(one: Stage, name: str) -> str:
    address = f"{one.addresses['discord_base_url']}/users/@me/guilds"
    headers = {"Authorization": f"Bot {one.addresses['discord_token']}"}
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as reply:
        guilds: list[Json] = await reply.json()
    return next(str(guild["id"]) for guild in guilds if guild["name"] == name)


# -- Scenario's own no ----------------------------------------------------------------------------------


async def test_a_failure_tells_scenarios_reason_and_that_the_cu_came_back(one: Stage) -> None:
    await one.post(
        "/script",
        prompt_contains="f1",
        outcome="failure",
        error="Out of foxes.",
        hint="Try a cat.",
        refund=True,
    )
    card = await outcome(one, "f1", model="Imagen 4 Ultra")
    told = text_of(card)
    for fact in ("f1", "No picture", "Out of foxes.", "Try a cat.", "The cost of 10 CU was refunded."):
        assert fact in told
    assert images(card) == card["attachments"] == []
    assert labels(card) == ["Again", "Delete"]
    assert (await one.ledger("f1"))[0]["refunded"]


async def test_a_failure_without_a_refund_says_so(one: Stage) -> None:
    await one.post("/script", prompt_contains="f2", outcome="failure", refund=False)
    told = text_of(await outcome(one, "f2", model="Imagen 4 Ultra"))
    assert "The cost of 10 CU was not refunded." in told


async def test_a_moderated_prompt_reads_differently_from_a_failure(one: Stage) -> None:
    await one.post("/script", prompt_contains="f3", outcome="moderated")
    moderated = text_of(await outcome(one, "f3", model="Imagen 4 Ultra"))
    assert "did not allow this content" in moderated
    assert "A different prompt or model may work" in moderated
    assert "content policy" in moderated  # Scenario's own reason
    assert "The cost of 10 CU was refunded." in moderated
    # xAI keeps the CU of what it stopped, and the record does not say so: the card claims neither
    unsure = text_of(await outcome(one, "a celebrity", model="Grok Imagine 2"))
    assert "did not allow this content" in unsure
    assert "does not say whether the cost of 4 CU was refunded" in unsure


async def test_a_wrong_key_is_told_privately_and_costs_nothing(one: Stage) -> None:
    await add_fault(one, **PAID, kind="status", status=401, body={"reason": "Unauthorized"})
    told = await refusal(one, "f4")
    assert "does not accept this bot's key" in told
    assert "whoever runs this bot" in told


async def test_scenarios_bad_request_is_told_in_scenarios_words(one: Stage) -> None:
    reason = "Input prompt: no *stars* allowed here"
    await add_fault(one, **PAID, kind="status", status=400, body={"reason": reason})
    told = plain(await refusal(one, "f5"))
    assert f"did not accept the request: {reason}" in told


async def test_an_empty_account_is_told_as_one(one: Stage) -> None:
    await set_scenario(one, creative_units=0)
    try:
        told = await refusal(one, "f6")
    finally:
        await set_scenario(one, creative_units=10_000)
    assert "no CU left" in told


async def test_each_kind_of_no_has_its_own_sentence(one: Stage) -> None:
    answers = [
        (400, {"reason": "Bad"}),
        (401, {"reason": "Unauthorized"}),
        (402, {"reason": "Pay"}),
        (403, {"reason": "Forbidden"}),
        (403, {"reason": "Locked", "details": {"requiredPlan": "max"}}),
        (404, {"reason": "Not found"}),
    ]
    told: list[str] = []
    for number, (status, body) in enumerate(answers):
        await add_fault(one, **PAID, kind="status", status=status, body=body)
        told.append(await refusal(one, f"f7 {number}"))
    beginnings = [text.split(".")[0].split(":")[0] for text in told]
    assert len(set(beginnings)) == len(answers)


async def test_a_success_without_pictures_says_what_was_charged(one: Stage) -> None:
    await one.post("/script", prompt_contains="f8", assets=0)
    card = await outcome(one, "f8", model="Imagen 4 Ultra")
    told = text_of(card)
    assert "without a result" in told
    assert "This cost 10 CU." in told
    assert labels(card) == ["Again", "Delete"]


async def test_an_outage_while_reading_does_not_cost_the_picture(one: Stage) -> None:
    await one.post("/script", prompt_contains="f9", seconds=1)
    await add_fault(
        one, half="scenario", method="GET", path="/jobs/job_*", kind="status", status=503, times=2
    )
    await add_fault(one, half="scenario", method="*", path="/assets*", kind="status", status=502, times=1)
    card = await outcome(one, "f9")
    assert len(images(card)) == 1
    assert len(await one.ledger("f9")) == 1


async def test_an_outage_at_the_paid_post_is_said_and_buys_once(one: Stage) -> None:
    await add_fault(one, **PAID, kind="status", status=503, body={"reason": "Service unavailable"})
    generation = await one.imagine("f10")
    waiting = await says(one, generation, "Scenario did not answer")
    assert labels(waiting) == ["Cancel"]
    assert len(images(await one.settled(generation))) == 1
    assert len(await one.ledger("f10")) == 1


# -- a schema that is not in memory ---------------------------------------------------------------------


async def test_a_refusal_after_the_acknowledgement_takes_the_public_message_away() -> None:
    async with bare_stage() as one:
        await set_scenario(one, seconds=0)
        held = await add_fault(one, half="scenario", method="GET", path="/models/*", kind="hold", times=None)
        await one.start_bot()
        await one.held(held)
        generation = await one.imagine("c1", model=STORY, aspect_ratio="16:9")
        card = await says(one, generation, "Checking with the model")
        assert not card["ephemeral"]
        assert len(await one.answers(generation, member="onlooker")) == 1
        good = await one.imagine("c2", model=STORY, aspect_ratio="4:3")
        private = await one.imagine("c3", model=STORY, aspect_ratio="16:9", private=True)
        await says(one, private, "Checking with the model")
        await one.heal()
        told = plain(await told_privately(one, generation, "c1"))
        assert "aspect_ratio" in told
        assert "1:1, 4:3, or 3:4" in told
        assert "closest" in told
        await one.settled(generation)
        assert (await fate(one, generation, "failed"))["card"] == "settled"
        assert len(images(await one.settled(good))) == 1
        alone = await one.settled(private)  # nobody else saw it: the card itself says why
        assert "1:1, 4:3, or 3:4" in plain(text_of(alone))
        assert len(await one.ledger()) == 1


async def test_while_schemas_cannot_be_read_nothing_is_bought_and_the_card_says_so() -> None:
    async with bare_stage() as one:
        await set_scenario(one, seconds=0)
        await add_fault(
            one, half="scenario", method="GET", path="/models/*", kind="status", status=503, times=None
        )
        await one.start_bot()
        generation = await one.imagine("c4", model=STORY)
        card = await says(one, generation, "Scenario can't be reached")
        assert "Nothing has been charged" in text_of(card)
        assert labels(card) == ["Cancel"]
        assert await one.ledger() == []
        await one.heal()
        assert len(images(await one.settled(generation))) == 1


async def test_a_key_that_scenario_refuses_is_told_and_never_logged() -> None:
    async with bare_stage() as one:
        await one.start_bot(SCENARIO_API_SECRET="not-the-secret-9f2b")
        told = await refusal(one, "c5", model=STORY)
        assert "does not accept this bot's key" in told
        assert "not-the-secret-9f2b" not in one.log.read_text()
