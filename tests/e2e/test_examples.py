"""What the papers show works as it stands there: every slash command, for an English and for a French member,
and the sandbox's shell lines."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.acting import through_the_button
from tests.e2e.stage import ROOT, Json, Stage, labels, stage, text_of
from tests.e2e.things import picture

PAPERS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SUB_COMMANDS = {"workflow run", "prompt improve", "prompt describe"}
FORMS = {"generate", "workflow run"}
ANSWERS = {"jobs", "models", "help", "about", "show"}
"""What makes nothing: the answer itself is the result."""


def fenced(paper: Path) -> list[str]:
    """The lines of a paper's code blocks."""
    return [line for block in FENCED.findall(paper.read_text()) for line in block.splitlines()]


EXAMPLES = list(dict.fromkeys(line for paper in PAPERS for line in fenced(paper) if line.startswith("/")))


def typed(line: str) -> tuple[str, dict[str, Any]]:
    """The command and its options: `/name option: value  option: value`, two spaces between two options."""
    head, *rest = line[1:].split("  ")
    words = head.split(" ")
    name = " ".join(words[:2]) if " ".join(words[:2]) in SUB_COMMANDS else words[0]
    pairs = [part.partition(": ") for part in (head[len(name) :].strip(), *rest) if part.strip()]
    return name, {option.strip(): _value(value) for option, _, value in pairs}


def _value(text: str) -> Any:
    if text.endswith(".png"):
        return {**picture(), "name": text}
    return int(text) if text.isdigit() and len(text) < 15 else text


def test_the_papers_show_commands_and_each_is_understood() -> None:
    assert len(EXAMPLES) >= 20
    line = "/video first_frame: harbor.png  prompt: the fog: it lifts  duration: 5"
    name, options = typed(line)
    assert (name, options.pop("first_frame")["name"]) == ("video", "harbor.png")
    assert options == {"prompt": "the fog: it lifts", "duration": 5}
    assert typed("/workflow run workflow: Poster") == ("workflow run", {"workflow": "Poster"})


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("locale", ["en-US", "fr"])
async def test_every_command_of_the_papers_works_as_it_is_written(one: Stage, locale: str) -> None:
    member = f"reader-{locale}"
    await one.post("/members", member=member, locale=locale)
    made = await one.imagine("something to show", member=member)
    await one.settled(made, member=member)
    works = (_works(one, line, member, made) for line in EXAMPLES)
    failed = [error for error in await asyncio.gather(*works, return_exceptions=True) if error is not None]
    assert failed == []


async def _works(one: Stage, line: str, member: str, made: str) -> None:
    name, options = typed(line)
    if name == "show":
        options["id"] = made
    sent = await one.post("/command", member=member, channel="general", name=name, options=options)
    interaction = str(sent["interaction_id"])
    if name in FORMS:
        await through_the_button(one, interaction, member=member)
    elif name in ANSWERS:
        answer = await one.answer(interaction, member=member)
        assert answer["embeds"] or len(answer["content"]) > 20, line
    else:
        card = await _card(one, interaction, member, line)
        assert card["embeds"], f"{line}: {text_of(card)}"
        assert one.record(interaction)["fate"] == "succeeded", line


async def _card(one: Stage, interaction: str, member: str, line: str) -> Json:
    """The settled card, of which a question was answered with yes; what a refusal says, at once."""
    asked = False

    async def over() -> Json | None:
        nonlocal asked
        found = await one.answers(interaction, member=member)
        if one.record(interaction).get("card") == "settled":
            return found[-1]
        shown = labels(found[-1]) if found else []
        yes = next((label for label in shown if label in {"Generate", "Générer"}), None)
        if yes is not None and not asked:
            asked = True
            await one.press(found[-1], yes, member=member)
        refused = [each for each in found if each["content"] and each["ephemeral"]]
        assert not refused, f"{line}: {refused[0]['content']}"
        return None

    return await one.until(over, f"the card of {line}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is needed (Debian's package curl)")
async def test_the_shell_lines_of_the_sandbox_do_what_they_say() -> None:
    """A line that ends in `# until it says …` is repeated until it does."""
    lines = [line for line in fenced(ROOT / "sandbox" / "README.md") if line.startswith("curl ")]
    assert len(lines) >= 10
    async with stage() as one:
        for line in lines:
            command, _, awaited = line.partition("# until it says ")

            async def done(command: str = command, awaited: str = awaited) -> bool:
                told = await _shell(command, CONTROL=one.addresses["control"])
                assert json.loads(told).keys() != {"error"}, f"{command}: {told}"
                return awaited in told

            await one.until(done, line)
        await one.call("DELETE", "/violations")  # the papers' faults are asked for


async def _shell(line: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_shell(
        line, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, line
    return out.decode()
