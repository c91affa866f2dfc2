"""What several end-to-end modules do with a stage: ask, be refused, press, and leave it tidy."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.e2e.stage import Json, Stage, labels, text_of
from tests.support.cards import facts_in

ORDINARY: Json = {"seconds": 0, "parallel": 5, "down": False, "cdn_down": False, "cancel": "model"}
"""Settings of Scenario's half between two tests: pictures are done at once."""
PAID = {"half": "scenario", "method": "POST", "path": "/generate/custom/*", "query": {"dryRun": None}}
"""The paid POST, for a fault."""


async def set_scenario(one: Stage, **options: Any) -> None:
    await one.post("/settings", scenario=options)


@asynccontextmanager
async def tidy(one: Stage) -> AsyncGenerator[Stage]:
    """Lend the stage to one test; the stand-ins must have nothing to complain of afterwards."""
    await set_scenario(one, **ORDINARY)
    yield one
    await one.heal()
    await set_scenario(one, **ORDINARY)
    complaints = await one.violations()
    await one.call("DELETE", "/violations")
    assert complaints == []


async def add_fault(one: Stage, **spec: Any) -> str:
    """A fault's id."""
    return str((await one.call("POST", "/faults", json=spec))["id"])


async def outcome(one: Stage, prompt: str, **options: Any) -> Json:
    """The settled card of one /imagine, as alice sees it in #general."""
    return await one.settled(await one.imagine(prompt, **options))


async def refusal(
    one: Stage, prompt: str, *, member: str = "alice", channel: str = "general", **options: Any
) -> str:
    """What the member is told of a request that must be refused: privately, with nothing left behind."""
    generation = await one.imagine(prompt, member=member, channel=channel, **options)
    return await told_privately(one, generation, prompt, member=member, channel=channel)


async def told_privately(
    one: Stage, generation: str, prompt: str, *, member: str = "alice", channel: str = "general"
) -> str:
    """The one private answer to a request that bought nothing; nobody else sees anything of it. The way to
    the model's form may be offered with it."""

    async def alone() -> Json | None:
        found = await one.answers(generation, channel=channel, member=member)
        spoken = [each for each in found if each["content"]]
        return spoken[0] if len(found) == 1 and spoken else None

    answer = await one.until(alone, f"a private answer to {generation}")
    assert answer["ephemeral"]
    assert set(labels(answer)) <= {"Open the form", "Send again"}
    if not channel.startswith(("dm:", "private:")):
        assert await one.answers(generation, channel=channel, member="onlooker") == []
    assert await one.ledger(prompt) == []
    text = str(answer["content"])
    assert "Nothing was charged" in text
    return text


async def pressed(
    one: Stage, message: Json, label: str, *, member: str = "alice", channel: str = "general"
) -> str:
    """Press, and read the private answer."""
    interaction = await one.press(message, label, member=member)
    answer = await one.answer(interaction, channel=channel, member=member)
    assert answer["ephemeral"]
    return str(answer["content"])


async def says(
    one: Stage, generation: str, words: str, *, member: str = "alice", channel: str = "general"
) -> Json:
    """Wait until the card contains these words."""

    async def look() -> Json | None:
        found = await one.answers(generation, member=member, channel=channel)
        return found[-1] if found and words in text_of(found[-1]) else None

    return await one.until(look, f"the card of {generation} to say {words!r}")


async def fate(one: Stage, generation: str, wanted: str) -> Json:
    """Wait until the bot's own row has this fate."""

    async def look() -> Json | None:
        row = one.record(generation)
        return row if row.get("fate") == wanted else None

    return await one.until(look, f"{generation} to be {wanted}")


async def vanished(one: Stage, message: Json, *, member: str = "alice", channel: str = "general") -> None:
    """Wait until this message is no longer there."""

    async def look() -> bool:
        there = await one.messages(channel=channel, member=member)
        return all(each["id"] != message["id"] for each in there)

    await one.until(look, f"message {message['id']} to be gone")


def facts(message: Json) -> dict[str, str]:
    """What the card's quiet line tells."""
    return facts_in(message["embeds"][0].get("description", ""))


async def modal(one: Stage, interaction: str) -> Json:
    """The modal that this interaction has opened."""

    async def opened() -> Json | None:
        return (await one.get(f"/interactions/{interaction}"))["modal"]

    return await one.until(opened, f"a modal for {interaction}")


async def through_the_button(one: Stage, interaction: str, *, member: str = "alice") -> str:
    """The interaction that opens the form: this one, or that of the button which it answers with where the
    schema had to be read first."""

    async def answered() -> Json | None:
        told = await one.get(f"/interactions/{interaction}")
        return told if told["modal"] or told["message_id"] else None

    async def offer() -> Json | None:
        found = await one.answers(interaction, member=member)
        told = found[0] if found and (found[0]["content"] or found[0]["embeds"]) else None
        assert told is None or told["components"], f"no way to a form: {told['content']}"
        return told

    if (await one.until(answered, "the form, or the way to it"))["modal"]:
        return interaction
    answer = await one.until(offer, "the button to the form")
    behind = await one.press(answer, labels(answer)[0], member=member)
    await modal(one, behind)
    return behind


@asynccontextmanager
async def bare_stage(**environment: str) -> AsyncGenerator[Stage]:
    """A sandbox without a bot yet: what the bot finds at its start can be arranged first."""
    with tempfile.TemporaryDirectory(prefix="imagine-e2e-") as folder:
        async with Stage(Path(folder)) as one:
            one.environment = environment
            yield one
            assert await one.violations() == []


async def all_known(one: Stage) -> None:
    """Wait until the bot has read the listings and the schemas that it reads ahead."""

    async def look() -> bool:
        rows = (await one.get("/wire"))["records"]
        read = {row["path"] for row in rows if row.get("half") == "scenario" and row["status"] == 200}
        return any(path.endswith("/models/model_scenario-quick-sketch") for path in read)

    await one.until(look, "the bot to know its models")
