"""Every model of the sandbox's catalogue, by its command or its form, to the bytes that arrive."""

import asyncio
from typing import Any

import pytest

from tests.e2e.acting import facts, through_the_button
from tests.e2e.stage import Json, Stage, images, stage, text_of
from tests.e2e.things import kind_of, picture

Row = tuple[str, str, dict[str, Any], set[str]]
"""The model, the command, its options beside the model, and the kinds of files on the card."""

IMAGE, VIDEO, AUDIO, SOLID, SVG = {"image"}, {"video"}, {"audio"}, {"image", "3d"}, {"image", "svg"}
WORDS: dict[str, Any] = {"prompt": "a harbor at dawn"}
SPEECH: dict[str, Any] = {"text": "Good morning, harbor"}


def by_command(command: str, kinds: set[str], *models: str, **options: Any) -> list[Row]:
    return [(model, command, options, kinds) for model in models]


TABLE: list[Row] = [
    *by_command(
        "imagine",
        IMAGE,
        "model_imagen4-ultra",
        "model_imagen4-fast",
        "model_ideogram-v4",
        "model_bfl-flux-1-dev",
        "model_flux-1-dev",
        "model_google-gemini-3-1-flash",
        "model_openai-gpt-image-2",
        "model_scenario-quick-sketch",
        "model_xai-grok-imagine-image-2-0",
        "model_hqTeamStorybook7w2kPq",
        "model_bfl-flux-2-dev",
        "model_bfl-flux-2-turbo",
        "model_z-image",
        "model_scenario-skybox-flux",
        "model_scenario-skybox-hdri",
        "model_hqTeamInkLora3mXb9c",
        "model_hqTeamClayLora8dNt4v",
        "model_hqTeamBlend5sRf6y",
        "model_hqTeamMossLora2cGh7w",
        "model_hqTeamPaperLora9vTq1z",
        "model_scGlassLora4kWm8r",
        **WORDS,
    ),
    *by_command(
        "edit",
        IMAGE,
        "model_flux-kontext-editing",
        "model_qwen-image-edit-2511",
        "model_hqTeamRetouchLora6yPd3n",
        "model_sandbox-every-input",
        **WORDS,
        image=picture(),
    ),
    *by_command("video", VIDEO, "model_kling-v2-6-t2v-pro", **WORDS, duration=5),
    *by_command("video", VIDEO, "model_kling-v3-i2v-pro", first_frame=picture(), duration=5),
    *by_command("video", VIDEO, "model_bytedance-seedance-2-0", **WORDS, duration=4, sound=True),
    *by_command("video", VIDEO, "model_veo3-1-fast", "model_veo3-1", **WORDS, duration=4, sound=False),
    *by_command("music", AUDIO, "model_lyria-2", **WORDS),
    *by_command("music", AUDIO, "model_elevenlabs-music-v2", **WORDS, duration=5, instrumental=True),
    *by_command("music", AUDIO, "model_minimax-music-3-0", **WORDS, lyrics="Hey, harbor"),
    *by_command("sound", AUDIO, "model_elevenlabs-sound-effects-v2", **WORDS, loop=True),
    *by_command("sound", AUDIO, "model_sonilo-v1-1-text-to-sound-effects", **WORDS, duration=2),
    *by_command("speech", AUDIO, "model_elevenlabs-tts-v3", "model_google-gemini-3-1-flash-tts", **SPEECH),
    *by_command("3d", SOLID, "model_meshy-txt23d", "model_rodin-hyper3d-v2-5", **WORDS),
    *by_command("3d", SOLID, "model_meshy-7-img23d", image=picture(), image_2=picture("side.png", "teal")),
    *by_command("upscale", IMAGE, "model_sc-upscale-v3", "model_sc-upscale-flux-texture", image=picture()),
    *by_command(
        "cutout",
        IMAGE,
        "model_bria-remove-background",
        "model_photoroom-background-removal",
        image=picture(),
    ),
    *by_command("vectorize", SVG, "model_recraft-vectorize", "model_vtracer-vectorize", image=picture()),
]

BY_FORM: dict[str, dict[str, Any]] = {
    "model_scenario-llm": {"prompt": "Three names for a harbor"},
    "model_scenario-image-caption": {"image": picture()},
}
"""These have no command of their own; what is filled into their forms. They answer in words."""
UNUSABLE = {
    "model_luma-uni-1-max",  # needs a larger plan
    "model_imagen3",  # has a successor
    "model_hqTeamTrainingLora1aa2b",  # is still being trained
    "model_hqTeamEmptyBlend7h8j",  # has no parts
}


async def catalogue(one: Stage) -> set[str]:
    """The ids of all models, as Scenario lists them."""
    found: set[str] = set()
    for privacy in ("private", "public"):
        rows = (await one.scenario(f"/models?privacy={privacy}&pageSize=500"))["models"]
        found |= {model["id"] for model in rows}
    return found


async def delivered(one: Stage, card: Json) -> set[str]:
    links = [*images(card), *(file["url"] for file in card["attachments"])]
    return {kind_of(await one.fetch(link)) for link in links}


async def run(one: Stage, row: Row, member: str) -> str:
    """What is wrong with how this row went; empty where nothing is."""
    model, command, options, kinds = row
    asked = await one.post(
        "/command", member=member, channel="general", name=command, options={**options, "model": model}
    )
    generation = asked["interaction_id"]
    card = await one.settled(generation, member=member)
    record = one.record(generation)
    if record.get("fate") != "succeeded" or not card:
        return f"{model}: {record.get('fate')} {record.get('failure')} {text_of(card) if card else ''}"
    got = await delivered(one, card)
    if got != kinds:
        return f"{model}: {got} arrived, {kinds} was wanted"
    charged = [job for job in (await one.get("/ledger"))["jobs"] if job["job_id"] == record["job_id"]]
    if len(charged) != 1 or facts(card)["Cost"] != f"{charged[0]['cu']:g} CU":
        return f"{model}: {charged} in the ledger, {facts(card)['Cost']} on the card"
    return ""


async def by_form(one: Stage, model: str, values: dict[str, Any]) -> Json:
    """The card of a request that was made through the model's form."""
    options = {"model": model}
    asked = await one.post("/command", member="alice", channel="general", name="generate", options=options)
    form = await through_the_button(one, str(asked["interaction_id"]))
    sent = await one.post("/submit", member="alice", interaction_id=form, values=values)
    return await one.settled(str(sent["interaction_id"]))


async def test_every_model_of_the_catalogue_makes_what_it_promises() -> None:
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="0") as one:
        await one.post("/settings", scenario={"seconds": 0, "parallel": 8})
        offered = await catalogue(one)
        assert offered == {row[0] for row in TABLE} | BY_FORM.keys() | UNUSABLE
        gate = asyncio.Semaphore(4)

        async def gated(number: int, row: Row) -> str:
            async with gate:
                return await run(one, row, f"member{number % 4}")

        wrong = await asyncio.gather(*(gated(number, row) for number, row in enumerate(TABLE)))
        assert [each for each in wrong if each] == []
        for model, values in BY_FORM.items():
            card = await by_form(one, model, values)
            (job,) = [job for job in (await one.get("/ledger"))["jobs"] if job["model_id"] == model]
            assert facts(card)["Cost"] == f"{job['cu']:g} CU"
            said = [embed.get("description", "") for embed in card["embeds"][1:]]
            assert await delivered(one, card) == {"text"} or any(said), card["embeds"]


def test_the_judge_is_strict() -> None:
    with pytest.raises(UnicodeDecodeError):
        kind_of(b"\x00\xff\xfe nothing that we know \xc3")
