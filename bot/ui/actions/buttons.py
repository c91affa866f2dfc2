"""The buttons and the menu of a finished card, and the numbered buttons that ask which result is meant.

Custom ids are `a1:do:<action>:<card>:<number>` with `:p` behind for what stays private, and `a1:menu:<card>`.
Number 0: nobody has said which. They hold all there is to know, so they work after any restart.
"""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Self, cast

import aiohttp
import discord

from bot import discord_limits
from bot.actions.actions import MENU, Action, Place
from bot.refusals import WhichResult
from bot.ui.actions.flow import act, mark
from bot.ui.interactions.asking import AnyInteraction, tell
from bot.ui.interactions.pressing import AnsweringButton, answering
from bot.ui.speech.texts import say

log = logging.getLogger(__name__)

_DO = r"a1:do:(?P<action>[a-z]+):(?P<id>[0-9]+):(?P<number>[0-9]+)(?P<private>:p)?"


class ActionButton(AnsweringButton, template=_DO):
    """Does something with a card's result, of that number or of one that is asked for."""

    def __init__(
        self, action: Action, place: Place, *, private: bool = False, row: int | None = None
    ) -> None:
        self.action, self.place, self.private = action, place, private
        number = place.number or 0
        super().__init__(
            discord.ui.Button(
                label=str(number) if number else say(f"action.{action}"),
                style=discord.ButtonStyle.secondary,
                custom_id=f"a1:do:{action}:{place.card_id}:{number}{mark(private=private)}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        place = Place(match["id"], int(match["number"]) or None)
        return cls(Action(match["action"]), place, private=match["private"] is not None)

    async def press(self, interaction: AnyInteraction) -> None:
        """A private card's next one is private too; a question knows what it was asked on."""
        private = self.private if self.place.number is not None else _is_private(interaction)
        await perform(interaction, self.action, self.place, private=private)


class ActionMenu(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"a1:menu:(?P<id>[0-9]+)"
):
    """The actions that have no button of their own."""

    def __init__(self, card_id: str, select: discord.ui.Select[discord.ui.View]) -> None:
        self.card_id = card_id
        super().__init__(select)

    @classmethod
    def of(cls, card_id: str, actions: Collection[Action], *, row: int | None = None) -> Self:
        """A menu of these, in the menu's own order."""
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=f"a1:menu:{card_id}",
            placeholder=say("action.more"),
            options=[
                discord.SelectOption(label=say(f"action.{one}"), value=one.value)
                for one in MENU
                if one in actions
            ],
            row=row,
        )
        return cls(card_id, select)

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """The menu of a message that was sent before."""
        del interaction
        return cls(match["id"], cast("discord.ui.Select[discord.ui.View]", item))

    async def callback(self, interaction: AnyInteraction) -> None:
        """Does what was chosen; an error is told to whoever chose. Then the menu stands as before."""
        await answering(interaction, self._choose)
        await _forget_choice(interaction)

    async def _choose(self, interaction: AnyInteraction) -> None:
        data = cast("Mapping[str, object]", interaction.data or {})
        (chosen,) = cast("Sequence[str]", data.get("values") or ())
        place = Place(self.card_id)
        await perform(interaction, Action(chosen), place, private=_is_private(interaction))


ALL: tuple[type[ActionButton] | type[ActionMenu], ...] = (ActionButton, ActionMenu)
"""What the client registers at start."""


async def perform(interaction: AnyInteraction, action: Action, place: Place, *, private: bool) -> None:
    """Do it, or where the card has several results and none was named, ask which. May raise a Refusal."""
    try:
        await act(interaction, action, place, private=private)
    except WhichResult as open_:
        if len(open_.numbers) > discord_limits.BUTTONS:
            raise  # no message holds so many buttons; from_card: can name each
        view = discord.ui.View(timeout=None)
        for number in open_.numbers:
            button = ActionButton(action, Place(place.card_id, number), private=private)
            view.add_item(cast("discord.ui.Item[discord.ui.View]", button))
        asked = say("action.which", action=say(f"action.{action}"), count=len(open_.numbers))
        await tell(interaction, asked, view=view)


async def _forget_choice(interaction: AnyInteraction) -> None:
    """Send the message's own components once more: else the menu goes on showing what was chosen, and Discord
    takes no second choice of the same. Those that stand there by now: what was chosen may have taken a while,
    and a card whose files came late has other buttons since."""
    message = interaction.message
    if message is None or not interaction.response.is_done():
        return
    try:
        stands = await interaction.followup.fetch_message(message.id)
        view = discord.ui.View.from_message(stands, timeout=None)
        view.stop()  # the library must not keep it: it would answer in the place of our own items
        await interaction.followup.edit_message(message.id, view=view)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a menu goes on showing what was chosen: %s", error)


def _is_private(interaction: AnyInteraction) -> bool:
    """Whether only the presser sees where it was pressed."""
    message = interaction.message
    return message is not None and message.flags.ephemeral
