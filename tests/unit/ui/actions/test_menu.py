"""The menu of a card, after a choice: it stands as before, with the buttons that the card has by then."""

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.actions.actions import Action
from bot.ui.actions.buttons import ActionMenu
from tests.support.bench import Bench, a_bench
from tests.unit.service.test_service_table import CARD, ONE, ready
from tests.unit.ui.actions.test_expressions import discords
from tests.unit.ui.forms.test_sending import Answers, custom_ids, interaction

MESSAGE = 70_000


def row(*ids: str) -> discord.ActionRow:
    parts = [{"type": 2, "style": 2, "label": one, "custom_id": one} for one in ids]
    return discord.ActionRow(cast("Any", {"type": 1, "components": parts}))


class Standing(Answers):
    """Answers, and the message that was pressed on as it stands by now."""

    def __init__(self, *ids: str) -> None:
        super().__init__()
        self.stands = SimpleNamespace(components=[row(*ids)])
        self.error: Exception | None = None

    async def fetch_message(self, message_id: int) -> Any:
        assert message_id == MESSAGE
        if self.error is not None:
            raise self.error
        return self.stands


async def choose(bench: Bench, answers: Standing) -> Any:
    """Choose *Details* where the buttons were others."""
    pressed = SimpleNamespace(
        id=MESSAGE, components=[row("before")], flags=discord.MessageFlags(), type=discord.MessageType.default
    )
    asked = interaction(
        bench,
        type=discord.InteractionType.component,
        data={"values": [Action.DETAILS.value]},
        message=pressed,
        response=answers,
        followup=answers,
    )
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(custom_id=f"a1:menu:{CARD}")
    await ActionMenu(CARD, select).callback(asked)
    return asked


async def test_the_choice_is_forgotten_and_buttons_that_came_meanwhile_stay() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench)
        answers = Standing("by now")
        await choose(bench, answers)
        (edited,) = answers.edited
        assert custom_ids(edited["view"]) == ["by now"]
        assert edited["view"].is_finished()  # the library keeps none of it


async def test_a_card_that_went_meanwhile_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench)
        answers = Standing()
        answers.error = discords(10008)
        await choose(bench, answers)
        assert answers.edited == []
        assert "goes on showing" in caplog.text
