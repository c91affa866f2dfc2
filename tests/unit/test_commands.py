"""/show, /jobs, /help and /about as they are parsed and answered, on a bench."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

import cogs.about
import cogs.jobs
import cogs.show
from bot.generation.card import CardState, Removal
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.generation.progress import Progress
from bot.refusals import CannotPost, NoSuchGeneration
from bot.request.ask import Ask
from bot.service.service import Policy
from bot.ui import colors
from bot.ui.commands import params
from bot.ui.speech.texts import say, speaking
from bot.version import VERSION
from tests.support.bench import Bench, a_bench
from tests.support.builders import CHANNEL, GUILD, OWNER, STRANGER, a_generation, a_model, running
from tests.support.clock import START
from tests.support.interactions import interaction_fields
from tests.support.sentences import sentences

RULES = Policy(
    guard=Guard(member_in_flight=3, member_cu_per_day=12.5), source_url="https://example.com/source"
)


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        await made.process.catalogue.refresh()
        yield made


class Answered:
    """An interaction of a command, and what it was answered with."""

    def __init__(self, bench: Bench, **changes: Any) -> None:
        self.said: dict[str, Any] = {}
        self.deferred: bool | None = None
        fields = interaction_fields(
            id=2002,
            channel_id=CHANNEL,
            client=SimpleNamespace(
                service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms
            ),
            response=self,
        )
        self.interaction = cast("Any", SimpleNamespace(**{**fields, **changes}))

    def is_done(self) -> bool:
        return self.deferred is not None

    async def defer(self, *, ephemeral: bool, thinking: bool) -> Any:
        assert thinking
        self.deferred = ephemeral
        return SimpleNamespace(message_id=80_000, is_ephemeral=lambda: ephemeral)

    async def send_message(self, content: Any, *, ephemeral: bool, **parts: Any) -> None:
        assert ephemeral
        self.said = {"content": content, **parts}

    @property
    def embed(self) -> discord.Embed:
        return cast("discord.Embed", self.said["embed"])


async def run(command: Any, cog: Any, answered: Answered, *given: Any) -> Answered:
    await command.callback(cog, answered.interaction, *given)
    return answered


async def show(bench: Bench, number: str, **changes: Any) -> Answered:
    return await run(cogs.show.Show.show, cogs.show.Show(), Answered(bench, **changes), number)


async def jobs(bench: Bench, **changes: Any) -> Answered:
    return await run(cogs.jobs.Jobs.jobs, cogs.jobs.Jobs(), Answered(bench, **changes))


# -- /show ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1001", "#1001", " 1001 ", " #1001"])
@pytest.mark.parametrize("private", [True, False])
async def test_a_number_is_found_as_people_copy_it_and_stays_as_private_as_it_was(
    bench: Bench, number: str, private: bool
) -> None:
    await bench.put(a_generation(fate=Fate.CANCELED, card=CardState.SETTLED, private=private))
    assert (await show(bench, number)).deferred is private


@pytest.mark.parametrize("moderates", [True, False])
async def test_what_was_deleted_in_discord_comes_back_for_everybody_only_by_a_moderators_hand(
    bench: Bench, moderates: bool
) -> None:
    await bench.put(a_generation(fate=Fate.CANCELED, card=CardState.KEPT, removed=Removal.SOMEBODY))
    asked = await show(bench, "1001", permissions=discord.Permissions(manage_messages=moderates))
    assert asked.deferred is not moderates


async def test_what_nobody_may_see_is_refused_before_it_is_deferred(bench: Bench) -> None:
    await bench.put(running(private=True))
    for number, asker in (("1001", STRANGER), ("404", OWNER), ("", OWNER), ("#", OWNER)):
        with pytest.raises(NoSuchGeneration):
            await show(bench, number, user=SimpleNamespace(id=asker))


async def test_where_nothing_can_be_posted_nothing_is_looked_up(bench: Bench) -> None:
    with pytest.raises(CannotPost):
        await show(bench, "404", app_permissions=discord.Permissions())


@pytest.mark.parametrize(
    ("changes", "linked"),
    [
        ({}, True),
        ({"private": True}, False),
        ({"message_id": None}, False),
        ({"card": CardState.KEPT, "fate": Fate.REQUESTED, "job_id": None}, False),
    ],
)
async def test_a_running_one_is_linked_to_where_its_card_is(
    bench: Bench, changes: dict[str, Any], linked: bool
) -> None:
    await bench.put(running(**changes))
    content = (await show(bench, "1001")).said["content"]
    assert (f"https://discord.com/channels/{GUILD}/{CHANNEL}/70000" in content) is linked
    assert ("Try again when" in content) is not linked


async def test_a_running_one_without_a_card_goes_on_in_the_answer(bench: Bench) -> None:
    await bench.put(running(card=CardState.KEPT, private=True))
    assert (await show(bench, "1001")).deferred is True
    back = await bench.get()
    assert (back.fate, back.card_state, back.card.private) == (Fate.RUNNING, CardState.LIVE, True)


async def test_a_card_in_a_direct_message_is_linked_as_one(bench: Bench) -> None:
    await bench.put(running(guild_id=None))
    assert f"/channels/@me/{CHANNEL}/70000" in (await show(bench, "1001")).said["content"]


# -- its suggestions --------------------------------------------------------------------------------------


async def asked(bench: Bench, count: int) -> None:
    """Finished requests 1001, 1002 …, the first one first."""
    for number in range(count):
        row = a_generation(
            str(1001 + number),
            fate=Fate.CANCELED,
            card=CardState.SETTLED,
            ask=Ask(prompt=f"Picture {number}."),
            created_at=START + timedelta(seconds=number),
        )
        await bench.put(row)


async def suggested(bench: Bench, typed: str, **changes: Any) -> list[str]:
    choices = await params.complete_generation(Answered(bench, **changes).interaction, typed)
    assert all(1 <= len(choice.name) <= 100 for choice in choices)
    return [choice.value for choice in choices]


async def test_the_newest_come_first_and_25_at_most(bench: Bench) -> None:
    await asked(bench, 40)
    assert await suggested(bench, "") == [str(1040 - number) for number in range(25)]


@pytest.mark.parametrize("typed", ["picture 3.", "  PICTURE 3.", "1004", "#1004"])
async def test_words_and_numbers_find_the_one_that_is_meant(bench: Bench, typed: str) -> None:
    await asked(bench, 10)
    assert await suggested(bench, typed) == ["1004"]


async def test_words_find_older_ones_than_the_newest_25(bench: Bench) -> None:
    await asked(bench, 40)
    assert await suggested(bench, "picture 3.") == ["1004"]


async def test_nobody_is_offered_what_is_anothers(bench: Bench) -> None:
    await asked(bench, 3)
    assert await suggested(bench, "", user=SimpleNamespace(id=STRANGER)) == []


@pytest.mark.parametrize("prompt", [" ", "\u202e", "\n\n", "x" * 4000])
async def test_a_prompt_without_a_readable_word_is_offered_by_its_number(bench: Bench, prompt: str) -> None:
    await bench.put(running(ask=Ask(prompt=prompt)))
    assert await suggested(bench, "") == ["1001"]


# -- /jobs ------------------------------------------------------------------------------------------------


async def test_jobs_numbers_rows_and_buttons_alike_and_stops_at_ten(bench: Bench) -> None:
    for number in range(12):
        id_ = str(1001 + number)
        await bench.put(running(id_, created_at=START + timedelta(seconds=number)))
        bench.process.board.put(id_, Progress(phase="in-progress"))
    said = (await jobs(bench)).said
    rows, view = str(said["embed"].description), said["view"]
    assert [f"**{number}.**" in rows for number in (1, 10, 11)] == [True, True, False]
    assert rows.endswith("And 2 more requests.")
    assert (said["embed"].title, said["embed"].color) == (
        say("jobs.title"),
        discord.Color(colors.RUNNING),
    )
    link = f"https://discord.com/channels/{GUILD}/{CHANNEL}/70000"
    when = f"<t:{int(START.timestamp())}:R>"
    assert rows.splitlines()[:2] == ["**1.** a cat", f"Drawing · {when} · [card]({link})"]
    buttons = [part for row in view.to_components() for part in row["components"]]
    assert [part["label"] for part in buttons] == [f"Cancel {number}" for number in range(1, 11)]
    assert [part["custom_id"] for part in buttons] == [f"g1:cancel:{1001 + number}" for number in range(10)]


@pytest.mark.parametrize(("removed", "told"), [(None, True), (Removal.OWNER, False)])
async def test_jobs_tells_how_to_see_what_could_be_shown_nowhere(
    bench: Bench, removed: Removal | None, told: bool
) -> None:
    await bench.put(running(card=CardState.KEPT, removed=removed))
    rows = str((await jobs(bench)).embed.description)
    assert ("`/show 1001` brings it here" in rows) is told
    assert "discord.com" not in rows


async def test_ten_of_the_longest_prompts_fit_into_one_answer(bench: Bench) -> None:
    for number in range(12):
        await bench.put(running(str(1001 + number), ask=Ask(prompt="*" * 4000)))
    for locale in ("en-US", "fr"):
        with speaking(locale):
            assert len(str((await jobs(bench)).embed.description)) <= 4096


async def test_jobs_of_nobody_is_a_sentence_without_buttons(bench: Bench) -> None:
    await bench.put(running(owner_id=STRANGER))
    said = (await jobs(bench)).said
    assert said["content"] == "You have no requests in progress."
    assert said["view"] is discord.utils.MISSING


# -- /help and /about -------------------------------------------------------------------------------------


ALL_LIMITS = Guard(member_in_flight=3, member_cu_per_day=12.5, guild_cu_per_day=40, cu_per_day=100)
SERVER = "40 CU per 24 hours for all members of this server together"
EVERYBODY = "100 CU per 24 hours for everyone who uses this bot together"
NONE = "no CU limit except Scenario's own"


@pytest.mark.parametrize(
    ("policy", "changes", "lines"),
    [
        (RULES, {}, ["3 requests at a time", "12.5 CU per 24 hours for you"]),
        (
            Policy(guard=ALL_LIMITS),
            {},
            ["3 requests at a time", "12.5 CU per 24 hours for you", SERVER, EVERYBODY],
        ),
        # no server's limit holds where no server pays
        (
            Policy(guard=replace(ALL_LIMITS, member_cu_per_day=None)),
            {"guild_id": None},
            ["3 requests at a time", EVERYBODY],
        ),
        (
            Policy(guard=replace(ALL_LIMITS, member_cu_per_day=None)),
            {"is_user_integration": lambda: True, "is_guild_integration": lambda: False},
            ["3 requests at a time", EVERYBODY],
        ),
        (Policy(guard=Guard(member_in_flight=3)), {}, ["3 requests at a time", NONE]),
        (
            Policy(guard=Guard(member_in_flight=3, member_waiting=20)),
            {},
            ["3 requests at a time", "20 more may wait in your own line", NONE],
        ),
        (Policy(guard=Guard(member_waiting=20)), {}, ["none except Scenario's own"]),
        (
            Policy(guard=Guard(confirm_above=50.0)),
            {},
            ["none except Scenario's own", "I ask before anything that costs more than 50 CU"],
        ),
    ],
)
async def test_help_tells_the_limits_that_the_operator_set_and_that_there_are_none(
    policy: Policy, changes: dict[str, Any], lines: list[str]
) -> None:
    async with a_bench(policy=policy) as bench:
        helped = await run(cogs.about.About.help, cogs.about.About(), Answered(bench, **changes))
    description = helped.embed.description or ""
    assert helped.embed.title == say("help.title")
    assert description.startswith("`/imagine` a picture")  # no ids are known yet: nothing to be clicked
    assert len(description.splitlines()) == sentences("en")["help.media"].count("\n") + 1
    assert helped.embed.color == discord.Color(colors.DONE)
    fields = {field.name: field.value for field in helped.embed.fields}
    assert fields["Limits"] == "\n".join(lines)
    assert fields["Default model"] == "none; name one"  # nothing is known of Scenario yet


async def test_about_tells_where_the_source_is_only_where_that_is_known() -> None:
    for policy, told in (
        (RULES, ["Up since", "Source code"]),
        (replace(RULES, source_url=None), ["Up since"]),
    ):
        async with a_bench(policy=policy) as bench:
            about = await run(cogs.about.About.about, cogs.about.About(), Answered(bench))
        assert [field.name for field in about.embed.fields] == told
        assert about.embed.title == f"Imagine {VERSION}"
        what = f"{say('about.what')}\n\n{say('about.privacy')}"
        assert (about.embed.description, about.embed.color) == (what, discord.Color(colors.DONE))
        assert about.embed.fields[0].value == f"<t:{int(START.timestamp())}:f>"
        assert [field.value for field in about.embed.fields[1:]] == [
            url for url in (policy.source_url,) if url is not None
        ]


async def test_help_names_the_default_model_and_says_when_there_is_no_limit(bench: Bench) -> None:
    bench.studio.catalogued["model_flux"] = a_model(name="*Flux*")
    await bench.process.catalogue.refresh()
    helped = await run(cogs.about.About.help, cogs.about.About(), Answered(bench))
    fields = {field.name: field.value for field in helped.embed.fields}
    assert fields["Default model"] == r"\*Flux\*"
    assert fields["Limits"] == say("help.no_limits")
    assert fields["What CU are"] == say("help.cu")
    assert all(0 < len(value or "") <= 1024 for value in fields.values())
    # on a phone what stands beside each other is a column of a few letters
    assert not any(field.inline for field in helped.embed.fields)
