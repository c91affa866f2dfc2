"""The buttons of a card. Each carries its generation's id, so it works after any restart.

Custom ids are `g1:<what>:<generation id>`; the version in front makes room for another meaning later.
A fresh view is built for every render and holds nothing but these: a view that mixes them with ordinary
buttons, or that is sent twice, would take the templates away from every other message.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Self, cast

import discord

from bot import discord_limits
from bot.actions.actions import MENU, ROW, Action, Place
from bot.generation.card import Removal
from bot.generation.model import Fate, Generation
from bot.service.service import price_name
from bot.ui.actions.buttons import ActionButton, ActionMenu
from bot.ui.cards.card_button import CardButton
from bot.ui.cards.choosing_words import KeepWordsButton, UseWordsButton
from bot.ui.cards.originals import PAGE, pages
from bot.ui.cards.render import Press
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import (
    AnyInteraction,
    actor_of,
    caller_of,
    deferral,
    require_posting,
    retire,
    tell,
)
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import answering
from bot.ui.speech.texts import say, speaking
from bot.workflow_gates.gates import Gate


class CancelButton(CardButton, template=r"g1:cancel:(?P<id>[0-9]+)"):
    """Ends a request, as far as Scenario lets it."""

    label_key = "button.cancel"
    what = "cancel"

    async def press(self, interaction: AnyInteraction) -> None:
        # Scenario may take its time to answer, and Discord waits 3 seconds
        await interaction.response.defer(ephemeral=True, thinking=True)
        generation = await host_of(interaction).service.acting.cancel(
            self.generation_id, actor_of(interaction)
        )
        canceled = generation.fate is Fate.CANCELED
        await tell(interaction, say("answer.canceled" if canceled else "answer.cancel_sent"))


class ConfirmButton(CardButton, template=r"g1:confirm:(?P<id>[0-9]+)(?::(?P<price>[0-9.e+-]+))?"):
    """A yes to the price that stands on its card, and to no other: a second click may come when that has
    risen."""

    label_key = "button.confirm"
    what = "confirm"
    style = discord.ButtonStyle.success

    def __init__(self, generation_id: str, price: str | None = None) -> None:
        """price: None where it is the one that was told first."""
        self.price = price
        super().__init__(generation_id)

    def _named(self) -> str:
        return super()._named() if self.price is None else f"{super()._named()}:{self.price}"

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        return cls(match["id"], match["price"])

    async def press(self, interaction: AnyInteraction) -> None:
        """The card itself says that it goes on."""
        service, actor = host_of(interaction).service, actor_of(interaction)
        await service.acting.confirm(self.generation_id, actor, self.price)
        await interaction.response.defer()


ORIGINAL_ROW: Final = 1
MENU_ROW: Final = 2
"""Of a finished card, from the top, where it has them: the first row is its buttons'."""


def cancel_view(generations: Sequence[Generation]) -> discord.ui.View:
    """A numbered Cancel for each."""
    view = discord.ui.View(timeout=None)
    for number, generation in enumerate(generations, start=1):
        button = CancelButton(generation.id)
        button.item.label = say("jobs.cancel", number=number)
        _add(view, button)
    return view


class AgainButton(CardButton, template=r"g1:again:(?P<id>[0-9]+)"):
    """Asks for the same once more, with other luck."""

    label_key = "button.again"
    what = "again"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: AnyInteraction) -> None:
        """A private card's next one is private too."""
        require_posting(interaction)
        message = interaction.message
        private = message is not None and message.flags.ephemeral
        service = host_of(interaction).service
        acknowledge = deferral(interaction, private=private)
        await service.asking.again(caller_of(interaction), self.generation_id, acknowledge, private=private)


class FormButton(CardButton, template=r"g1:form:(?P<id>[0-9]+)"):
    """Opens the form of a model that the command could not drive, with what was asked."""

    label_key = "button.open_form"
    what = "form"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: AnyInteraction) -> None:
        service = host_of(interaction).service
        generation = await service.showing.look(self.generation_id, caller_of(interaction))
        await open_form(
            interaction,
            generation.model_id or generation.model_name,
            private=generation.card.private,
            spoiler=generation.spoiler,
            ask=generation.ask,
            parent_id=generation.parent_id,
        )


class OriginalButton(CardButton, template=r"g1:original:(?P<id>[0-9]+)"):
    """Gives the files as Scenario has them, by links."""

    label_key = "button.original"
    what = "original"

    async def press(self, interaction: AnyInteraction) -> None:
        # links take as long as Scenario takes, and are for the presser's eyes only
        await interaction.response.defer(ephemeral=True, thinking=True)
        service = host_of(interaction).service
        originals = await service.showing.originals(self.generation_id, caller_of(interaction))
        for page in pages(self.generation_id, originals):
            if len(page) <= PAGE:
                await tell(interaction, page)
            else:
                await tell(interaction, embed=discord.Embed(description=page))


class DeleteButton(CardButton, template=r"g1:delete:(?P<id>[0-9]+)"):
    """Asks whether the card is to go."""

    label_key = "button.delete"
    what = "delete"

    async def press(self, interaction: AnyInteraction) -> None:
        service = host_of(interaction).service
        generation = await service.acting.deletable(self.generation_id, actor_of(interaction))
        sure = discord.ui.View(timeout=None)
        _add(sure, DeleteYesButton(self.generation_id))
        _add(sure, DeleteNoButton(self.generation_id))
        key = "answer.delete_sure_private" if generation.card.private else "answer.delete_sure"
        await tell(interaction, say(key), view=sure)


class DeleteYesButton(CardButton, template=r"g1:delete-yes:(?P<id>[0-9]+)"):
    """Takes the card away, for everybody."""

    label_key = "button.delete_yes"
    what = "delete-yes"
    style = discord.ButtonStyle.danger

    async def press(self, interaction: AnyInteraction) -> None:
        await interaction.response.defer()
        removed = await host_of(interaction).service.acting.delete(self.generation_id, actor_of(interaction))
        key = "answer.deleted" if removed is Removal.OWNER else "answer.removed"
        await interaction.edit_original_response(content=say(key), view=None)


class DeleteNoButton(CardButton, template=r"g1:delete-no:(?P<id>[0-9]+)"):
    """Leaves everything as it is."""

    label_key = "button.delete_no"
    what = "delete-no"

    async def press(self, interaction: AnyInteraction) -> None:
        await interaction.response.defer()
        await retire(interaction)


class GateButton(CardButton, template=r"g1:gate-none"):
    """A button that also knows which node of the workflow it answers."""

    def __init__(self, generation_id: str, number: int) -> None:
        self.number = number
        super().__init__(generation_id)

    def _named(self) -> str:
        return f"{super()._named()}:{self.number}"

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        return cls(match["id"], int(match["number"]))

    async def answer(self, interaction: AnyInteraction, *, yes: bool) -> None:
        """Send the answer to Scenario, and say so privately."""
        # Scenario may take its time to answer, and Discord waits 3 seconds
        await interaction.response.defer(ephemeral=True, thinking=True)
        service, actor = host_of(interaction).service, actor_of(interaction)
        await service.acting.answer_gate(self.generation_id, self.number, actor, picks=None, yes=yes)
        await tell(interaction, say("answer.approved" if yes else "answer.rejected"))


class ApproveButton(GateButton, template=r"g1:approve:(?P<id>[0-9]+):(?P<number>[0-9]+)"):
    """Lets a workflow go on."""

    label_key = "button.approve"
    what = "approve"
    style = discord.ButtonStyle.success

    async def press(self, interaction: AnyInteraction) -> None:
        await self.answer(interaction, yes=True)


class RejectButton(GateButton, template=r"g1:reject:(?P<id>[0-9]+):(?P<number>[0-9]+)"):
    """Ends a workflow at its gate."""

    label_key = "button.reject"
    what = "reject"
    style = discord.ButtonStyle.danger

    async def press(self, interaction: AnyInteraction) -> None:
        await self.answer(interaction, yes=False)


class PickMenu(
    discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]],
    template=r"g1:pick:(?P<id>[0-9]+):(?P<number>[0-9]+)",
):
    """Chooses among what a workflow made so far."""

    def __init__(self, generation_id: str, number: int, select: discord.ui.Select[discord.ui.View]) -> None:
        self.generation_id = generation_id
        self.number = number
        super().__init__(select)

    @classmethod
    def of(cls, generation_id: str, gate: Gate) -> Self:
        """A menu of the gate's items, by their numbers from 1."""
        count = min(max(1, len(gate.asset_ids)), discord_limits.CHOICES)
        least, most = gate.takes
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            custom_id=f"g1:pick:{generation_id}:{gate.number}",
            placeholder=say("button.pick"),
            min_values=min(least, count),
            max_values=min(most, count),
            options=[
                discord.SelectOption(label=say("button.pick_one", number=number), value=str(number))
                for number in range(1, count + 1)
            ],
        )
        return cls(generation_id, gate.number, select)

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """The menu of a message that was sent before."""
        del interaction
        return cls(match["id"], int(match["number"]), cast("discord.ui.Select[discord.ui.View]", item))

    async def callback(self, interaction: AnyInteraction) -> None:
        """What was chosen goes to Scenario; an error is told to whoever chose."""
        await answering(interaction, self._pick)

    async def _pick(self, interaction: AnyInteraction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = cast("Mapping[str, object]", interaction.data or {})
        chosen = cast("Sequence[str]", data.get("values") or ())
        picks = [int(one) - 1 for one in chosen if one.isdigit()]
        service, actor = host_of(interaction).service, actor_of(interaction)
        await service.acting.answer_gate(self.generation_id, self.number, actor, picks=picks)
        await tell(interaction, say("answer.picked"))


ALL: tuple[type[CardButton] | type[PickMenu], ...] = (
    ApproveButton,
    RejectButton,
    PickMenu,
    CancelButton,
    ConfirmButton,
    AgainButton,
    FormButton,
    OriginalButton,
    DeleteButton,
    DeleteYesButton,
    DeleteNoButton,
    UseWordsButton,
    KeepWordsButton,
)
"""What the client registers at start."""

_BUTTONS: dict[Press, type[CardButton]] = {
    Press.CANCEL: CancelButton,
    Press.AGAIN: AgainButton,
    Press.FORM: FormButton,
    Press.ORIGINAL: OriginalButton,
    Press.DELETE: DeleteButton,
    Press.USE_WORDS: UseWordsButton,
    Press.KEEP_WORDS: KeepWordsButton,
}


def view_of(
    generation: Generation,
    presses: Sequence[Press],
    gate: Gate | None = None,
    actions: Collection[Action] = (),
) -> discord.ui.View | None:
    """A fresh view with these buttons, what answers the gate, and the actions; None for none.

    A finished card has its buttons in one row, Original in a row of its own, and the menu below.
    """
    if not presses and gate is None:
        return None
    view = discord.ui.View(timeout=None)
    with speaking(generation.origin.locale):
        if gate is not None and gate.choosing:
            _add(view, PickMenu.of(generation.id, gate))
        elif gate is not None:
            _add(view, ApproveButton(generation.id, gate.number))
        if gate is not None:
            _add(view, RejectButton(generation.id, gate.number))
        for press in presses:
            _add(view, _button(generation, press))
            if press is Press.AGAIN:
                for action in (one for one in ROW if one in actions):
                    _add(view, ActionButton(action, Place(generation.id)))
        if any(action in MENU for action in actions):
            _add(view, ActionMenu.of(generation.id, actions, row=MENU_ROW))
    return view


def _button(generation: Generation, press: Press) -> CardButton:
    if press is Press.CONFIRM:
        # the first question keeps the plain id; a later one names its price: a late click is no yes to that
        return ConfirmButton(generation.id, price_name(generation) if generation.risen else None)
    button = _BUTTONS[press](generation.id)
    if press is Press.ORIGINAL:
        button.item.row = ORIGINAL_ROW
    return button


def _add(view: discord.ui.View, button: CardButton | PickMenu | ActionButton | ActionMenu) -> None:
    view.add_item(cast("discord.ui.Item[discord.ui.View]", button))
