"""Every option of /imagine, and what the member then sees."""

import re
from collections.abc import AsyncGenerator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image

from tests.e2e.acting import (
    PAID,
    add_fault,
    all_known,
    bare_stage,
    facts,
    fate,
    outcome,
    says,
    set_scenario,
    tidy,
)
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

GEMINI = "model_google-gemini-3-1-flash"


async def picture(one: Stage, link: str) -> Image.Image:
    return Image.open(BytesIO(await one.fetch(link)))


def from_discord(one: Stage, link: str) -> bool:
    return link.startswith(one.addresses["discord_base_url"].removesuffix("/api/v10") + "/cdn/")


@pytest.mark.parametrize("model", ["model_scenario-quick-sketch", "Quick Sketch", "quick SKETCH"])
async def test_a_model_is_chosen_by_its_id_and_by_its_name(one: Stage, model: str) -> None:
    prompt = f"a boat for {model}"
    card = await outcome(one, prompt, model=model)
    (job,) = await one.ledger(prompt)
    assert job["model_id"] == "model_scenario-quick-sketch"
    assert facts(card)["Model"] == "Quick Sketch"
    assert "Seed" not in facts(card)  # it has no seed input, and none is made up


async def test_without_a_model_the_first_featured_one_draws(one: Stage) -> None:
    await outcome(one, "a default boat")
    (job,) = await one.ledger("a default boat")
    assert job["model_id"] in {"model_imagen4-ultra", GEMINI}


@pytest.mark.parametrize("ratio", ["9:16", "3:4"])
async def test_a_ratio_that_is_a_choice_is_sent_and_drawn(one: Stage, ratio: str) -> None:
    prompt = f"a tower {ratio}"
    card = await outcome(one, prompt, model="Imagen 4 Ultra", aspect_ratio=ratio)
    (job,) = await one.ledger(prompt)
    assert job["inputs"]["aspectRatio"] == ratio
    width, height = (await picture(one, images(card)[0])).size
    across, down = map(int, ratio.split(":"))
    assert abs(width / height - across / down) < 0.03
    assert facts(card)["Size"] == f"{ratio} · {width} × {height}"


@pytest.mark.parametrize(("ratio", "size"), [("16:9", (1344, 752)), ("3:4", (864, 1152))])
async def test_a_ratio_becomes_the_preset_of_a_model_with_width_and_height(
    one: Stage, ratio: str, size: tuple[int, int]
) -> None:
    prompt = f"a river {ratio}"
    card = await outcome(one, prompt, model="model_bfl-flux-1-dev", aspect_ratio=ratio)
    (job,) = await one.ledger(prompt)
    assert (job["inputs"]["width"], job["inputs"]["height"]) == size
    assert "aspectRatio" not in job["inputs"]
    assert (await picture(one, images(card)[0])).size == size
    assert facts(card)["Size"] == f"{ratio} · {size[0]} × {size[1]}"


@pytest.mark.parametrize("count", [2, 3, 4])
async def test_several_pictures_come_as_one_gallery_from_one_job(one: Stage, count: int) -> None:
    prompt = f"{count} kites"
    card = await outcome(one, prompt, model=GEMINI, count=count)
    (job,) = await one.ledger(prompt)
    assert job["inputs"]["numOutputs"] == count
    assert facts(card)["Cost"] == f"{job['cu']:g} CU"
    links = images(card)
    assert len(card["embeds"]) == len(set(links)) == count
    (shared,) = {embed["url"] for embed in card["embeds"]}  # by this Discord makes them one gallery
    assert shared.startswith("https://")
    assert all(from_discord(one, link) for link in links)
    assert len({await one.fetch(link) for link in links}) == count
    for number, embed in enumerate(card["embeds"], start=1):
        assert f"picture {number} of {count}" in embed["image"]["description"]


async def test_the_same_seed_repeats_the_picture_byte_for_byte(one: Stage) -> None:
    async def draw(prompt: str, **options: object) -> bytes:
        return await one.fetch(images(await outcome(one, prompt, **options))[0])

    first = await draw("an owl", seed=11)
    assert await draw("an owl", seed=11) == first
    assert await draw("an owl", seed=12) != first
    assert await draw("an eagle", seed=11) != first


async def test_the_seed_on_a_card_without_one_asked_for_repeats_it(one: Stage) -> None:
    card = await outcome(one, "a lucky fish")
    seed = facts(card)["Seed"].strip("`")
    (job,) = await one.ledger("a lucky fish")
    assert str(job["inputs"]["seed"]) == seed
    repeated = await outcome(one, "a lucky fish", seed=int(seed))
    assert await one.fetch(images(repeated)[0]) == await one.fetch(images(card)[0])


@pytest.mark.parametrize("seed", [0, 2147483647])
async def test_the_ends_of_the_seeds_range_pass_unchanged(one: Stage, seed: int) -> None:
    prompt = f"a snail {seed}"
    card = await outcome(one, prompt, seed=seed)
    assert (await one.ledger(prompt))[0]["inputs"]["seed"] == seed
    assert facts(card)["Seed"] == f"`{seed}`"


async def test_what_the_picture_should_not_show_is_sent_along(one: Stage) -> None:
    await outcome(one, "an empty street", model="Imagen 4 Ultra", negative_prompt="cars, people")
    (job,) = await one.ledger("an empty street")
    assert job["inputs"]["negativePrompt"] == "cars, people"


async def test_a_private_picture_is_seen_by_its_asker_only(one: Stage) -> None:
    generation = await one.imagine("a secret garden", private=True)
    thinking = await one.answer(generation)
    assert thinking["ephemeral"]
    card = await one.settled(generation)
    assert card["ephemeral"]
    assert len(images(card)) == 1
    assert labels(card) == ON_A_PICTURE
    assert await one.answers(generation, member="bob") == []
    assert await one.answers(generation, member="mod") == []


async def test_a_spoiler_is_a_hidden_file_beside_the_card(one: Stage) -> None:
    card = await outcome(one, "the last page", model=GEMINI, count=2, spoiler=True)
    assert images(card) == []
    assert len(card["attachments"]) == 2
    for number, file in enumerate(card["attachments"], start=1):
        assert file["filename"].startswith("SPOILER_")
        assert file["description"].startswith("the last page")
        assert f"picture {number} of 2" in file["description"]
        assert (await picture(one, file["url"])).size == (file["width"], file["height"])


async def test_a_long_prompt_has_a_short_alt_text_and_a_readable_card(one: Stage) -> None:
    prompt = "a very long story, " * 90  # 1,710 characters
    card = await outcome(one, prompt)
    (embed,) = card["embeds"]
    alt = embed["image"]["description"]
    assert len(alt) <= 1024
    assert alt.startswith("a very long story")
    assert "Imagen 4 Ultra" in alt or "Gemini" in alt  # the end of the sentence is not what was cut
    assert embed["description"].startswith("> a very long story")
    assert embed["description"].splitlines()[0].endswith("…")
    assert len(await one.ledger(prompt.strip())) + len(await one.ledger(prompt)) >= 1


async def test_the_card_tells_everything_about_the_picture(one: Stage) -> None:
    generation = await one.imagine(
        "a lighthouse", member="carol", model="Imagen 4 Ultra", aspect_ratio="4:3", seed=5
    )
    card = await one.settled(generation)
    (job,) = await one.ledger("a lighthouse")
    told = facts(card)
    width, height = (await picture(one, images(card)[0])).size
    assert card["embeds"][0]["description"].splitlines()[0] == "> a lighthouse"
    assert told["Model"] == "Imagen 4 Ultra"
    assert told["Size"] == f"4:3 · {width} × {height}"
    assert told["Seed"] == "`5`"
    assert told["Cost"] == f"{job['cu']:g} CU" == "10 CU"
    assert told["Asked by"] == f"<@{card['interaction_metadata']['user']['id']}>"
    assert re.fullmatch(r"\d+ s", told["Took"])
    assert set(told) == {"Model", "Size", "Seed", "Cost", "Asked by", "Took"}
    assert card["mentions"] == []  # to name somebody is not to call them


async def test_the_bar_moves_with_the_job_and_never_runs_backwards(one: Stage) -> None:
    await one.post("/script", prompt_contains="slow glacier", stages=[["queued", 0.5], ["in-progress", 30]])
    generation = await one.imagine("slow glacier")
    row = await fate(one, generation, "running")
    reading = {"half": "scenario", "method": "GET", "path": f"/jobs/{row['job_id']}", "kind": "status"}
    # Scenario is not of one mind: far, back, further, done
    for progress in (0.75, 0.25, 0.85):
        job = {"jobId": row["job_id"], "status": "in-progress", "progress": progress}
        await add_fault(one, **reading, status=200, body={"job": job})
    seen: list[str] = []

    async def over() -> bool:
        for message in await one.answers(generation):
            text = text_of(message)
            if not seen or seen[-1] != text:
                seen.append(text)
        return any("85%" in text for text in seen)

    await one.until(over, "the bar to come to 85%")
    await one.post("/clock", advance=60)
    card = await one.settled(generation)
    assert len(images(card)) == 1
    shares = [int(share) for text in seen for share in re.findall(r"(\d+)%", text)]
    bars = [text.count("█") for text in seen if "%" in text]
    assert shares[-1] == 85
    assert len(set(shares)) >= 2
    assert shares == sorted(shares)
    assert bars == sorted(bars)
    running = [text for text in seen if "%" in text]
    assert all("Drawing" in text and re.search(r"started <t:\d+:R>", text) for text in running)


async def test_status_words_that_nobody_knows_are_shown_and_waited_out(one: Stage) -> None:
    await one.post(
        "/script",
        prompt_contains="odd words",
        seconds=4,
        words={"queued": "po*lish_ing", "in-progress": "po*lish_ing"},
    )
    generation = await one.imagine("odd words")
    running = await says(one, generation, "Scenario says: po")
    assert labels(running) == ["Cancel"]
    card = await one.settled(generation)
    assert len(images(card)) == 1


async def test_those_above_the_ceiling_see_their_place_in_line() -> None:
    """Three at once under a ceiling of one: in line they are shown where, and each gets its picture."""
    async with bare_stage() as narrow:
        await set_scenario(narrow, seconds=0, parallel=1)
        await narrow.start_bot()
        held = await add_fault(narrow, **PAID, kind="hold", body_contains="first")
        first = await narrow.imagine("first in line")
        await narrow.held(held)
        second = await narrow.imagine("second in line", member="bob")
        await says(narrow, second, "number 1 in line", member="bob")
        third = await narrow.imagine("third in line", member="carol")
        waiting = await says(narrow, third, "number 2 in line", member="carol")
        assert labels(waiting) == ["Cancel"]
        assert len(await narrow.ledger()) == 0
        await narrow.heal()
        for generation in (first, second, third):
            assert len(images(await narrow.settled(generation))) == 1
        assert [job["inputs"]["prompt"] for job in await narrow.ledger()] == [
            "first in line",
            "second in line",
            "third in line",
        ]


# -- suggestions ----------------------------------------------------------------------------------------


async def suggestions(one: Stage, focused: str, **options: str) -> list[Json]:
    answer = await one.post(
        "/autocomplete", member="alice", channel="general", name="imagine", options=options, focused=focused
    )
    return answer["choices"]


async def test_model_suggestions_are_few_fuzzy_and_own_before_featured(crowded: Stage) -> None:
    everything = await suggestions(crowded, "model")
    assert len(everything) == 25
    names = [choice["name"].partition(" · ")[0] for choice in everything]
    own = {"Clay World", "Cut Paper", "Ink Lines", "Ink and Clay", "Moss and Stone", "Storybook (team)"}
    own |= {"Empty Blend"} & set(names)
    assert set(names[: len(own)]) == own
    assert names[len(own) : len(own) + 2] == ["Gemini 3.1 Flash Image", "Imagen 4 Ultra"]
    assert "Imagen 3" not in names  # deprecated
    assert "Harbor (training)" not in names  # not finished
    for typed in ("gemni", "flash image", "GEMINI 3", "gem ima"):
        found = await suggestions(crowded, "model", model=typed)
        assert found[0]["value"] == GEMINI, typed
    zoo = await suggestions(crowded, "model", model="zoo")
    assert len(zoo) == 25
    assert all(choice["name"].startswith("Zoo") for choice in zoo)
    assert await suggestions(crowded, "model", model="zzzzqqqq") == []


async def test_a_suggestion_that_is_chosen_is_what_draws(crowded: Stage) -> None:
    (choice, *_) = await suggestions(crowded, "model", model="zoo 59")
    await outcome(crowded, "one of the zoo", model=choice["value"])
    assert (await crowded.ledger("one of the zoo"))[0]["model_id"] == "model_zoo-59"


async def test_ratio_suggestions_are_those_of_the_chosen_model(crowded: Stage) -> None:
    async def offered(**options: str) -> list[str]:
        return [choice["value"] for choice in await suggestions(crowded, "aspect_ratio", **options)]

    story = ["1:1", "4:3", "3:4"]
    assert await offered(model="model_hqTeamStorybook7w2kPq") == story
    assert await offered(model="Storybook (team)") == story
    assert set(await offered(model="model_bfl-flux-1-dev")) >= {"1:1", "4:3", "3:4", "16:9", "9:16"}
    assert "21:9" in await offered(model=GEMINI)
    assert await offered(model=GEMINI, aspect_ratio="16") == ["16:9"]
    assert await offered(model="model_scenario-quick-sketch") == []
    assert "16:9" in await offered()


async def test_suggestions_go_on_while_scenario_is_down(crowded: Stage) -> None:
    before = await suggestions(crowded, "model", model="imagen")
    await set_scenario(crowded, down=True)
    assert await suggestions(crowded, "model", model="imagen") == before != []
    assert await suggestions(crowded, "aspect_ratio", model="model_imagen4-ultra") != []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town() -> AsyncGenerator[Stage]:
    async with bare_stage() as ready:
        for number in range(60):
            schema = [{"name": "prompt", "type": "string", "prompt": True, "required": {"always": True}}]
            name = f"Zoo {number}" + (" with a name beyond all measure" * 4 if number % 2 == 0 else "")
            await ready.post("/models", id=f"model_zoo-{number}", name=name, inputs=schema)
        await set_scenario(ready, seconds=0)
        await ready.start_bot()
        await all_known(ready)
        yield ready
        assert await ready.violations() == []


@pytest_asyncio.fixture(loop_scope="session")
async def crowded(town: Stage) -> AsyncGenerator[Stage]:
    async with tidy(town) as lent:
        yield lent
