"""/models with the real bot: pages, one model's own page, a restart, and Scenario away."""

import pytest

from tests.e2e.acting import add_fault, set_scenario
from tests.e2e.stage import Json, Stage, labels, stage, text_of
from tests.e2e.test_commands import private_answer, type_

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENERAL = "general"


def names(message: Json) -> set[str]:
    return {embed["title"].partition(". ")[2] for embed in message["embeds"]}


async def turned(one: Stage, message: Json, label: str, *, member: str = "alice") -> Json:
    """The same message after a press that turns its page."""
    await one.press(message, label, member=member)

    async def other() -> Json | None:
        found = [each for each in await one.messages(member=member) if each["id"] == message["id"]]
        return found[0] if found and text_of(found[0]) != text_of(message) else None

    return await one.until(other, f"{label} to change the page")


async def opened(one: Stage, message: Json, label: str, *, member: str = "alice") -> Json:
    """The answer to a press."""
    return await one.answer(await one.press(message, label, member=member), member=member)


async def test_the_list_is_private_and_its_pages_turn(one: Stage) -> None:
    first = await private_answer(one, "models")
    assert "models** · page 1 of" in first["content"]
    assert len(first["embeds"]) == 5
    assert labels(first) == [*(f"See {n}" for n in range(1, 6)), "Next"]
    second = await turned(one, first, "Next")
    assert "page 2 of" in second["content"]
    assert names(first).isdisjoint(names(second))
    back = await turned(one, second, "Previous")
    assert text_of(back) == text_of(first)


async def test_a_search_finds_a_model_and_its_page_says_what_it_takes(one: Stage) -> None:
    found = await private_answer(one, "models", search="imagen 4", medium="image")
    assert found["embeds"][0]["title"] == "1. Imagen 4 Ultra"
    page = await opened(one, found, "See 1")
    assert page["ephemeral"]
    assert page["embeds"][0]["title"] == "Imagen 4 Ultra"
    assert "**prompt**" in text_of(page).casefold()
    assert labels(page) == ["Use it"]
    pressed = await one.press(page, "Use it")

    async def form() -> Json | None:
        return (await one.get(f"/interactions/{pressed}")).get("modal")

    assert "Imagen 4 Ultra" in str((await one.until(form, "the model's form"))["title"])


async def test_no_link_of_scenarios_is_in_an_answer(one: Stage) -> None:
    answer = await private_answer(one, "models", search="model_google-gemini-3-1-flash")
    assert answer["embeds"][0]["title"].startswith("Gemini")
    for each in (answer, await private_answer(one, "models")):
        assert "/cdn/scenario" not in str(each)
        assert "Signature" not in str(each)


@pytest.mark.parametrize("search", ["model_imagen3", "Imagen 3"])
async def test_a_model_that_is_gone_is_explained(one: Stage, search: str) -> None:
    answer = await private_answer(one, "models", search=search)
    assert "no longer offered. Imagen 4 Ultra replaces it." in text_of(answer)
    assert labels(answer) == []


async def test_a_locked_model_names_its_plan_and_is_in_no_list(one: Stage) -> None:
    answer = await private_answer(one, "models", search="model_luma-uni-1-max")
    assert "The model Luma Uni 1 Max needs Scenario's Enterprise plan." in text_of(answer)
    assert labels(answer) == []
    assert "Luma Uni 1 Max" not in str(await private_answer(one, "models", search="luma uni"))


async def test_an_unknown_id_is_refused_in_words(one: Stage) -> None:
    answer = await private_answer(one, "models", search="model_nowhere")
    assert "There is no model called “model\\_nowhere”" in text_of(answer)


async def test_names_are_completed_within_the_medium(one: Stage) -> None:
    asked = {"member": "alice", "channel": GENERAL, "name": "models", "focused": "search"}
    answer = await one.post("/autocomplete", **asked, options={"search": "", "medium": "video"})
    assert answer["choices"]
    assert all("imagen" not in choice["value"] for choice in answer["choices"])


async def test_a_new_process_serves_the_last_list_while_scenario_is_away() -> None:
    async with stage() as own:

        async def plan_is_known() -> bool:
            return "Luma" not in str(await private_answer(own, "models", search="luma uni"))

        await own.until(plan_is_known, "the bot to know what is locked")
        before = await private_answer(own, "models")
        await own.stop_bot()
        await set_scenario(own, down=True)
        await add_fault(own, half="scenario", path="*", kind="hold", times=None)
        await own.start_bot()
        after = await private_answer(own, "models")
        assert text_of(after) == text_of(before)  # at once: the first refresh has not failed yet
        again = await turned(own, before, "Next")  # a button from before the restart
        assert "page 2 of" in again["content"]
        refused = await type_(own, "models", search="model_nowhere")
        await own.heal()
        await set_scenario(own, down=False)
        assert "There is no model" in text_of(await own.answer(refused))
