"""What was typed for an action is given back where it is refused, and sent again by a button."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.actions.actions import Action, Place
from bot.refusals import Crowded, InvalidInputs, Limit, LimitReached, NoSuchGeneration, Refusal, Restarting
from bot.schema.constraints import Constraint, Problem
from bot.service.caller import Actor
from bot.ui.actions.flow import act, answer_modal
from bot.ui.forms.sending import SendAgainButton
from tests.support.bench import Bench, a_bench
from tests.support.builders import GUILD, MODEL, OWNER
from tests.unit.service.test_service_table import CARD, FOUR, ready
from tests.unit.ui.forms.test_sending import custom_ids, interaction

LIMIT = LimitReached(Limit.MEMBER_IN_FLIGHT, 1, used=1)
WORDS = "a {red fox\nat night"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        await ready(FOUR, "fresh", one)
        yield one


def submitted(bench: Bench, action: Action, number: int, *, card: str = CARD, id_: int = 4321) -> Any:
    """The modal of an action with these words, sent off."""
    field = {"type": 4, "custom_id": "words", "value": WORDS}
    return interaction(
        bench,
        id_=id_,
        type=discord.InteractionType.modal_submit,
        guild=SimpleNamespace(id=GUILD),
        data={
            "custom_id": f"a1:words:{action}:{card}:{number}",
            "components": [{"type": 18, "component": field}],
        },
        message=None,
    )


def refuse(bench: Bench, error: Refusal) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise error

    bench.service.asking.request = refused  # type: ignore[method-assign]


@pytest.mark.parametrize("error", [LIMIT, Restarting()])
@pytest.mark.parametrize("action", [Action.ANIMATE, Action.EDIT, Action.REFERENCE, Action.WORDS])
async def test_what_is_refused_for_now_is_sent_again_with_its_result_and_its_words(
    bench: Bench, action: Action, error: Refusal
) -> None:
    refuse(bench, error)
    asked = submitted(bench, action, 0 if action is Action.WORDS else 3)
    await answer_modal(asked)
    (told,) = asked.response.sent
    assert f"```\n{WORDS}\n```" in told["content"]
    assert told["ephemeral"] is True
    assert custom_ids(told["view"]) == ["w1:send:4321"]
    assert await bench.store.get("4321") is None
    bench.reborn()
    await bench.process.catalogue.refresh()
    await SendAgainButton("4321").press(interaction(bench, id_=5555))
    made = await bench.get("5555")
    assert made.ask.prompt == WORDS
    begun = [one.asset_id for one in made.ask.files]
    assert begun == ([] if action is Action.WORDS else ["asset_3"])
    assert made.parent_id == CARD


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize(("action", "number"), [(Action.WORDS, 0), (Action.EDIT, 3)])
async def test_the_form_behind_a_refusal_knows_the_card_that_it_began_with(
    bench: Bench, action: Action, number: int, known: bool
) -> None:
    if known:
        await bench.process.catalogue.read(MODEL)
    needed = Problem(input="audio", label="Audio", rule=Constraint.REQUIRED)
    refuse(bench, InvalidInputs("Flux", (needed,)))
    asked = submitted(bench, action, number)
    await answer_modal(asked)
    (told,) = asked.response.sent
    assert custom_ids(told["view"]) == ["f1:open:4321:0"]
    assert (await bench.forms.get("4321", OWNER)).answers.parent_id == CARD


async def test_what_is_refused_for_good_and_what_cannot_be_kept_gives_the_words_back(bench: Bench) -> None:
    refuse(bench, Crowded())
    crowded = submitted(bench, Action.EDIT, 3)
    await answer_modal(crowded)
    gone = submitted(bench, Action.EDIT, 3, card="999", id_=4322)
    await answer_modal(gone)
    for asked in (crowded, gone):
        (told,) = asked.response.sent
        assert f"```\n{WORDS}\n```" in told["content"]
        assert custom_ids(told.get("view") or discord.utils.MISSING) == []


async def test_an_action_that_took_no_words_is_pressed_again_and_has_no_button_for_that(bench: Bench) -> None:
    refuse(bench, LIMIT)
    pressed = interaction(bench, type=discord.InteractionType.component, data={"custom_id": "x"})
    with pytest.raises(LimitReached):
        await act(pressed, Action.UPSCALE, Place(CARD, 3), private=False)
    with pytest.raises(NoSuchGeneration):
        await act(pressed, Action.UPSCALE, Place("999", 3), private=False)
    assert pressed.response.sent == []


# -- the price ------------------------------------------------------------------------------------------


async def test_above_the_threshold_an_action_asks_first_and_buys_once() -> None:
    async with a_bench(confirm_above=9.5) as bench:
        await ready(FOUR, "fresh", bench)
        bench.studio.cost = 12.0
        asked = interaction(bench, id_=2001, type=discord.InteractionType.component, data={"custom_id": "x"})
        await act(asked, Action.UPSCALE, Place(CARD, 3), private=False)
        for _ in range(3):
            await bench.step("2001")
        waits = await bench.get("2001")
        assert (waits.price, waits.confirmed_by, waits.asked_at is None) == (12.0, None, False)
        assert bench.studio.posts == []
        bench.reborn()
        owner = Actor(id=OWNER, moderator=False)
        both = (bench.service.acting.confirm("2001", owner) for _ in range(2))
        await asyncio.gather(*both, return_exceptions=True)  # the second click of two may come too late
        for _ in range(3):
            await bench.step("2001")
        assert len(bench.studio.posts) == 1
        assert "asset_3" in str(bench.studio.posts)
        with pytest.raises(Refusal):
            await bench.service.acting.confirm("2001", owner)
