"""Words that mean harm: nobody is called, nothing is rejected, and a picture comes all the same."""

import asyncio
import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.acting import facts, outcome, set_scenario
from tests.e2e.stage import Json, Stage, images, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT: Json = {
    "id": "model_patient",
    "name": "Patient",
    "inputs": [
        {"name": "prompt", "type": "string", "prompt": True, "maxLength": 5000, "required": {"always": True}},
        {"name": "width", "type": "number", "min": 64, "max": 64, "step": 1, "default": 64},
        {"name": "height", "type": "number", "min": 64, "max": 64, "step": 1, "default": 64},
    ],
}
"""Takes prompts longer than Discord lets members write, and draws small."""
LONGEST = 4000
PIECES = (
    "@everyone",
    "@here",
    "<@1>",
    "<@&2>",
    "<#3>",
    "</imagine:4>",
    "<t:0:R>",
    "<a:b:5>",
    ":smile:",
    "[click](https://evil.example)",
    "https://evil.example/a.png",
    "attachment://imagine-1.png",
    "**",
    "__",
    "~~",
    "||",
    "```",
    "`",
    "> ",
    ">>> ",
    "# ",
    "-# ",
    "- ",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u202e",
    "\u2066",
    "\u0301",
    "مرحبا",
    "שלום",
    "👩\u200d👩\u200d👧",
    "🏴\U000e0067\U000e0062",
    "𝕱𝖔𝖝",
    "{0}",
    "{prompt}",
    "%s",
    "'; DROP TABLE generation; --",
    '"}],"seed":1',
    "\x00",
    "\x1b[31m",
)
LITERAL = (
    "@everyone @here <@&2> <@1>",
    "`" * LONGEST,
    "|" * LONGEST,
    "\\" * LONGEST,
    "👩" * (LONGEST // 2),
    "x" * LONGEST,
    "\n" * 50 + "a" + "\n" * 50,
    "\u200b" * 100 + "a",
    "[" * 2000 + "]" * 2000,
    "\u202e" + "right to left " * 200,
    "\u0301" * LONGEST,
)
HOSTILE = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(st.characters(exclude_categories=("Cs",)), max_size=40)),
    min_size=1,
    max_size=120,
).map(lambda pieces: "".join(pieces)[:LONGEST])


def hostile_prompts(count: int) -> list[str]:
    """A fixed set: examples that Hypothesis finds worth trying, and those that we do."""
    found: dict[str, None] = dict.fromkeys(LITERAL)

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(HOSTILE.filter(lambda prompt: bool(prompt.strip())))
    def collect(prompt: str) -> None:
        found[prompt] = None

    collect()
    return list(found)


def calls_nobody(message: Json) -> bool:
    return not (message["mentions"] or message["mention_roles"] or message["mention_everyone"])


def unescaped(text: str) -> str:
    """The text without what a backslash made harmless."""
    return re.sub(r"\\.", "", text, flags=re.DOTALL)


def harmless(text: str) -> bool:
    """Whether none of the hostile words became a call, a link or a format."""
    left = unescaped(text)
    marks = ("](", "```", "||", "<@&", "<#", "@everyone", "@here", "https:", "\u202e")
    return not any(mark in left for mark in marks)


async def now(one: Stage) -> float:
    return (await one.get("/state"))["now"]


async def rejected(one: Stage, since: float) -> list[Json]:
    """Requests of the bot that Discord's half said no to."""
    rows = (await one.get("/wire"))["records"]
    asked = (row for row in rows if row["kind"] == "request" and row["half"] == "discord")
    return [row for row in asked if row["at"] >= since and row["status"] >= 400]


async def test_hostile_prompts_call_nobody_and_are_drawn(one: Stage) -> None:
    since = await now(one)
    await set_scenario(one, parallel=100)
    await one.post("/models", **PATIENT)
    prompts = hostile_prompts(25)

    async def draw(prompt: str) -> None:
        card = await outcome(one, prompt, model="model_patient")
        assert len(images(card)) == 1, ascii(prompt)
        assert calls_nobody(card), ascii(prompt)
        said, quiet = card["embeds"][0]["description"].splitlines()  # one quoted line, whatever was typed
        assert harmless(said)
        assert quiet.startswith("-# Patient · ")

    for start in range(0, len(prompts), 6):
        await asyncio.gather(*map(draw, prompts[start : start + 6]))
    sent = [job["inputs"]["prompt"] for job in await one.ledger() if job["model_id"] == "model_patient"]
    assert sorted(sent) == sorted(prompts)  # what was typed is what was bought, to the letter
    assert await rejected(one, since) == []


@pytest.mark.parametrize(
    "words", ["@everyone <@&2> **[x](https://evil.example)** `y`", "\u202e||x||", "```\n# x"]
)
async def test_hostile_options_are_refused_without_harm(one: Stage, words: str) -> None:
    since = await now(one)
    for options in ({"model": words}, {"aspect_ratio": words[:30], "model": "Imagen 4 Ultra"}):
        for prompt in ("plain", words):
            told = await one.answer(await one.imagine(prompt, **options))
            assert told["ephemeral"]
            assert calls_nobody(told)
            said, given_back = refusal_and_words(told["content"])
            assert harmless(said)
            assert "Nothing was charged" in said
            assert given_back == prompt.replace("```", "'''")  # as it was typed, but for the block's own end
            files = [(await one.fetch(file["url"])).decode() for file in told["attachments"]]
            assert files == ([prompt] if "```" in prompt else [])
    assert await rejected(one, since) == []


def refusal_and_words(content: str) -> tuple[str, str]:
    """What the bot says, and the member's words under it, in a code block that nothing inside it ends."""
    said, words = content.split("\n```\n", 1)
    assert words.endswith("\n```")
    words = words.removesuffix("\n```")
    assert "```" not in words
    return said, words


async def test_hostile_words_of_scenario_call_nobody(one: Stage) -> None:
    since = await now(one)
    await one.post(
        "/script",
        prompt_contains="provoke",
        outcome="failure",
        error="@everyone [win](https://evil.example) **now** ```" + "x" * 3000,
        hint="<@&1> <@2> \u202e",
        words={"in-progress": "@everyone **x**"},
    )
    card = await outcome(one, "provoke")
    assert calls_nobody(card)
    told = text_of(card)
    assert harmless(told)
    (job,) = await one.ledger("provoke")
    assert (
        f"The cost of {job['cu']:g} CU was refunded." in told
    )  # the cost is not what a long reason cuts off
    assert await rejected(one, since) == []


async def test_hostile_names_of_models_are_shown_harmlessly(one: Stage) -> None:
    schema = [{"name": "prompt", "type": "string", "prompt": True, "required": {"always": True}}]
    name = "@everyone **[x](https://e.example)**"
    await one.post("/models", id="model_@everyone", name=name, inputs=schema)
    card = await outcome(one, "named", model="model_@everyone")
    assert len(images(card)) == 1
    assert calls_nobody(card)
    assert harmless(facts(card)["Model"])
