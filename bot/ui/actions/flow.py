"""An action, from the press to the request: which result, which words, then it is made.

Each of these may be answered after a restart: what was chosen so far stands in the id of the next button or
modal, and nowhere else. The private question goes once it is answered.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import discord
from discord.ui import Label, Modal, TextInput

from bot.actions.actions import EXPRESSIONS, Action, Place
from bot.catalogue.tasks import Task
from bot.forms import Refused
from bot.generation.model import Fate
from bot.refusals import InvalidInputs, ModelUnusable, WhichResult
from bot.service.building import MOST_WORDS, asks_words, offers_words
from bot.service.results import as_file
from bot.ui.actions import voice
from bot.ui.actions.details import details
from bot.ui.actions.expressions import CLIP, KINDS, LONGEST, add, expressions_of, name_for, require_right
from bot.ui.forms.flow import form_instead
from bot.ui.forms.modals import submitted
from bot.ui.forms.sending import PASSING, give_back_to_send
from bot.ui.interactions.asking import (
    AnyInteraction,
    caller_of,
    deferral,
    require_posting,
    retire,
    tell,
)
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import answering
from bot.ui.speech.texts import amount, say

MODAL: Final = re.compile(r"a1:words:(?P<action>[a-z]+):(?P<id>[0-9]+):(?P<number>[0-9]+)(?P<private>:p)?")
_FIELD: Final = "words"


def mark(*, private: bool) -> str:
    """The end of an id: that what is made is for its asker alone."""
    return ":p" if private else ""


async def act(interaction: AnyInteraction, action: Action, place: Place, *, private: bool) -> None:
    """What a button or an entry of the menu does. May raise a Refusal.

    place.number: None where nobody has said which result. private: whether what is made is for the presser.
    """
    match action:
        case Action.DETAILS:
            await _tell_details(interaction, place)
        case Action.SHARE:
            await _share(interaction, place)
        case Action.EMOJI | Action.STICKER | Action.SOUNDBOARD:
            await _ask_name(interaction, action, place, private=private)
        case Action.VOICE:
            await _send_voice(interaction, place)
        case _:
            await _begin(interaction, action, place, private=private)


async def _begin(interaction: AnyInteraction, action: Action, place: Place, *, private: bool) -> None:
    require_posting(interaction)
    building, caller = host_of(interaction).service.building, caller_of(interaction)
    if not asks_words(action):
        await _make(interaction, action, place, "", private=private)
        return
    basis = await building.basis(caller, action, place.card_id, message_id=_message_id(interaction))
    if basis.open and place.number is None:
        raise WhichResult(place.card_id, [one.number for one in basis.made])
    offered = basis.words(place.number) if offers_words(action) else ""
    await interaction.response.send_modal(_modal(action, place, offered, private=private))


async def _ask_name(interaction: AnyInteraction, action: Action, place: Place, *, private: bool) -> None:
    """What it is to be called; who may not add it is told so before."""
    require_right(interaction)
    building, caller = host_of(interaction).service.building, caller_of(interaction)
    basis = await building.basis(caller, action, place.card_id, message_id=_message_id(interaction))
    if basis.open and place.number is None:
        raise WhichResult(place.card_id, [one.number for one in basis.made])
    offered = name_for(action, basis.words(place.number))
    kind = KINDS[action]
    lasts = basis.duration(place.number) or 0.0
    too_long = action is Action.SOUNDBOARD and lasts > LONGEST
    told = say("words.cut", seconds=amount(CLIP), lasts=amount(round(lasts, 1))) if too_long else ""
    modal = _modal(action, place, offered, private=private, least=kind.least, most=kind.most, told=told)
    await interaction.response.send_modal(modal)


async def _add(interaction: AnyInteraction, action: Action, place: Place, name: str) -> None:
    """Give the result to the server; the question that led here goes."""
    require_right(interaction)
    building, caller = host_of(interaction).service.building, caller_of(interaction)
    basis = await building.basis(caller, action, place.card_id, message_id=_message_id(interaction))
    given = as_file(basis.generation, basis.made, place.number, "image")
    await add(interaction, action, given.asset_id or "", name)
    if place.number is not None:
        await retire(interaction)


async def _make(
    interaction: AnyInteraction, action: Action, place: Place, words: str, *, private: bool
) -> None:
    """Make the request; the question that led here goes."""
    building, caller = host_of(interaction).service.building, caller_of(interaction)
    source, planned = await building.plan(caller, action, place, words, message_id=_message_id(interaction))
    private = private or planned.task is Task.PROMPT  # new words are for whoever asked for them
    acknowledge = deferral(interaction, private=private)
    try:
        made = await building.build(caller, action, place, source, planned, acknowledge, private=private)
    except (InvalidInputs, ModelUnusable) as refusal:
        await form_instead(
            interaction,
            refusal,
            planned.model_id,
            planned.ask,
            private=private,
            spoiler=source.spoiler,
            parent_id=source.card.id,
        )
        return
    except PASSING as refusal:
        if not asks_words(action):
            raise  # the same press says all of it again
        refused = Refused(command=planned.task, ask=planned.ask, parent_id=source.card.id)
        model = planned.model_id or ""
        await give_back_to_send(
            interaction, refusal, refused, model=model, private=private, spoiler=source.spoiler
        )
        return
    if place.number is not None and made is not None and made.fate is not Fate.CANCELED:
        await retire(interaction)


def _message_id(interaction: AnyInteraction) -> int | None:
    """The message that was pressed on, or that a message command was used on."""
    if interaction.message is not None:
        return interaction.message.id
    target = cast("Mapping[str, object]", interaction.data or {}).get("target_id")
    return int(target) if isinstance(target, str) and target.isdigit() else None


# -- words ----------------------------------------------------------------------------------------------


def _modal(
    action: Action,
    place: Place,
    offered: str,
    *,
    private: bool,
    least: int = 0,
    most: int = MOST_WORDS,
    told: str = "",
) -> Modal:
    """least, most: characters. told: what is to be known before it is sent."""
    name = f"a1:words:{action}:{place.card_id}:{place.number or 0}{mark(private=private)}"
    modal = Modal(title=say(f"action.{action}"), custom_id=name)
    modal.stop()  # or the library would keep it, for nothing, until it is submitted
    field = TextInput[Any](
        custom_id=_FIELD,
        style=discord.TextStyle.short if action in EXPRESSIONS else discord.TextStyle.paragraph,
        default=offered or None,
        min_length=least or None,
        max_length=most,
    )
    label = say("words.name") if action in EXPRESSIONS else say(f"words.{action}")
    modal.add_item(Label(text=label, description=told or None, component=field))
    return modal


async def answer_modal(interaction: AnyInteraction) -> None:
    """Answer a submitted modal if it is an action's. The client calls this for every interaction there is."""
    data = cast("dict[str, Any]", interaction.data or {})
    match = MODAL.fullmatch(str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or match is None:
        return

    async def make(interaction: AnyInteraction) -> None:
        written = submitted(data)[0].get(_FIELD)
        typed = written if isinstance(written, str) else ""
        place, action = Place(match["id"], int(match["number"]) or None), Action(match["action"])
        if action in EXPRESSIONS:
            await _add(interaction, action, place, typed)
            return
        require_posting(interaction)
        await _make(interaction, action, place, typed, private=match["private"] is not None)

    await answering(interaction, make)


# -- without a request ----------------------------------------------------------------------------------


async def _share(interaction: AnyInteraction, place: Place) -> None:
    require_posting(interaction)
    acknowledge = deferral(interaction, private=False)
    await host_of(interaction).service.sharing.share(place.card_id, caller_of(interaction), acknowledge)


async def _send_voice(interaction: AnyInteraction, place: Place) -> None:
    """By the right of whoever presses; the question that led here goes."""
    voice.require_voice(interaction)
    building, caller = host_of(interaction).service.building, caller_of(interaction)
    basis = await building.basis(caller, Action.VOICE, place.card_id, message_id=_message_id(interaction))
    given = as_file(basis.generation, basis.made, place.number, "audio")
    async with building.once(caller, Action.VOICE, place):
        await interaction.response.defer(ephemeral=True, thinking=True)
        made = await expressions_of(interaction).voice(given.asset_id or "")
        sent = await voice.send(interaction, basis.generation, place, made)
    await tell(interaction, say("answer.voice", link=sent))
    if place.number is not None:
        await retire(interaction)


async def _tell_details(interaction: AnyInteraction, place: Place) -> None:
    showing, caller = host_of(interaction).service.showing, caller_of(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    generation = await showing.pressed(place.card_id, caller, message_id=_message_id(interaction))
    kin = await showing.kin(generation)
    for page in details(generation, kin):
        await tell(interaction, embed=page)
