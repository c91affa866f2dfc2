"""Forms in Discord: opening one, its pages, its summary and its buttons.

A modal cannot answer a modal, so between two pages stands a private message. Its buttons are
`f1:<what>:<draft>:<page>` and hold nothing in memory; the answers are in the store.
"""

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Self, cast

import discord

from bot.forms import Draft, Filled
from bot.forms.controls import Control
from bot.forms.pages import Field
from bot.forms.service import answers_of, placed
from bot.forms.values import value_of
from bot.generation.model import Fate
from bot.refusals import AlreadyAsked, InvalidInputs, ModelUnusable, Refusal
from bot.request.ask import Ask
from bot.scenario.api.records import Inputs
from bot.ui import colors
from bot.ui.forms.modals import MODAL, choice_label, label_of, modal_of, submitted
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, retire
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import AnsweringButton, answering
from bot.ui.interactions.returned import give_back, words_of
from bot.ui.models.suggestions import model_named
from bot.ui.speech import refusals, words
from bot.ui.speech.texts import say
from bot.ui.speech.words import cut, number, plain, quoted

MOST_ROWS = 15
LONGEST_ROW = 120
LONGEST_SUMMARY = 4000


async def open_form(
    interaction: AnyInteraction,
    model: str,
    *,
    private: bool = False,
    spoiler: bool = False,
    ask: Ask | None = None,
    inputs: Inputs | None = None,
    parent_id: str | None = None,
) -> None:
    """Answer this interaction, of a command or a button, with the form of a model or a workflow.

    model: its id or name. ask, inputs: an earlier request to begin with, as it is on record. At once where
    the schema is in memory; else it is read first, and the form is opened by a button. May raise a Refusal.
    """
    require_posting(interaction)
    host = host_of(interaction)
    model_id, begun = host.forms.on_base(host.forms.find(model_named(host.catalogue, model)))
    ask = ask or begun
    spoiler = spoiler or any(one.spoiler for one in (ask.files if ask else ()))
    found = host.forms.known(model_id)
    at_once = found is not None
    if found is None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await host.forms.read(model_id)
    draft = await host.forms.begin(
        str(interaction.id),
        interaction.user.id,
        found.id,
        private=private,
        spoiler=spoiler,
        answers=ask and answers_of(found, ask, inputs or placed(found, ask), parent_id=parent_id),
    )
    filled = host.forms.look(draft, found)
    if at_once and filled.pages:
        await interaction.response.send_modal(modal_of(filled, 0))
    else:
        await _show(interaction, filled, 0)


async def form_instead(
    interaction: AnyInteraction,
    refusal: InvalidInputs | ModelUnusable,
    model: str | None,
    ask: Ask,
    *,
    private: bool,
    spoiler: bool,
    parent_id: str | None = None,
) -> None:
    """Where what was asked says too little for its model, offer the form that can say all; else raise the
    refusal. model: the one that was named. parent_id: the generation on whose card it was asked for."""
    # a form knows no drafts: it would make the full picture, at its price
    if ask.draft_of is not None or not refusals.form_helps(refusal):
        raise refusal
    named = model or (refusal.name if isinstance(refusal, ModelUnusable) else refusal.model_name)
    await offer_form(interaction, refusal, named, ask, private=private, spoiler=spoiler, parent_id=parent_id)


async def offer_form(
    interaction: AnyInteraction,
    refusal: Refusal,
    model: str,
    ask: Ask,
    *,
    private: bool = False,
    spoiler: bool = False,
    parent_id: str | None = None,
) -> None:
    """Tell a refusal with a button that opens the model's form, with everything that was said filled in. The
    form is kept, so the button outlives a restart. model: its id or name. May raise a Refusal."""
    host = host_of(interaction)
    forms, meant = host.forms, host.forms.find(model_named(host.catalogue, model))
    model_id, answers = forms.of_ask(meant, ask, parent_id=parent_id)
    draft = await forms.begin(
        str(interaction.id),
        interaction.user.id,
        model_id,
        private=private,
        spoiler=spoiler,
        answers=answers,
    )
    view = discord.ui.View(timeout=None)
    _add(view, OpenButton(draft.id, 0))
    text = f"{refusals.refusal(refusal)} {say('refusal.form_helps')}"
    await give_back(interaction, text, words_of(interaction), view=view)


async def answer_modal(interaction: AnyInteraction) -> None:
    """Answer a submitted modal if it is a form's. The client calls this for every interaction there is."""
    data = cast("dict[str, Any]", interaction.data or {})
    match = MODAL.fullmatch(str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or match is None:
        return

    async def fill(interaction: AnyInteraction) -> None:
        draft = await host_of(interaction).forms.fill(match["id"], interaction.user.id, *submitted(data))
        await _go_on(interaction, draft, int(match["page"]))

    await answering(interaction, fill)


async def _go_on(interaction: AnyInteraction, draft: Draft, page: int) -> None:
    filled = await _filled(interaction, draft)
    alone = len(filled.pages) == 1 and not interaction.response.is_done()
    if alone and not filled.problems:
        await _generate(interaction, filled, page)
    else:
        await _show(interaction, filled, page)


async def _filled(interaction: AnyInteraction, draft: Draft) -> Filled:
    """The draft with its model; where the schema must be read first, Discord is told to wait."""
    forms = host_of(interaction).forms
    model = forms.known(draft.model_id)
    if model is None:
        own = _is_own(interaction, draft)
        await interaction.response.defer(ephemeral=True, thinking=not own)
        model = await forms.read(draft.model_id)
    return forms.look(draft, model)


async def _generate(interaction: AnyInteraction, filled: Filled, page: int) -> None:
    """The form becomes a request, once. What is refused stays a form, with the reason above it; what Discord
    did not take stays as it is, to be pressed again."""
    require_posting(interaction)
    host = host_of(interaction)
    draft = filled.draft
    try:
        made = await host.service.asking.request(
            caller_of(interaction),
            filled.ask,
            deferral(interaction, private=draft.private),
            model_id=filled.model.id,
            task=filled.task,
            private=draft.private,
            spoiler=draft.spoiler,
            parent_id=draft.answers.parent_id,
            draft_id=draft.id,
        )
    except AlreadyAsked:
        raise  # it is another request already: there is no form to be shown
    except InvalidInputs as refusal:
        await _show(interaction, replace(filled, problems=refusal.problems), page)
    except Refusal as refusal:
        await _show(interaction, filled, page, note=refusals.refusal(refusal))
    else:
        taken = made is not None and made.fate is not Fate.CANCELED
        if taken and _is_own(interaction, draft):
            await retire(interaction)  # the answer is a message of its own


def _is_own(interaction: AnyInteraction, draft: Draft) -> bool:
    """Whether the interaction came from the form's own message, not from a card that a form was opened on."""
    message = interaction.message
    rows = message.components if message is not None else []
    ids = (getattr(one, "custom_id", None) or "" for row in rows for one in getattr(row, "children", ()))
    return any(one.startswith("f1:") and f":{draft.id}:" in one for one in ids)


async def _show(interaction: AnyInteraction, filled: Filled, page: int, *, note: str | None = None) -> None:
    """The summary, privately: in the form's own message where there is one."""
    embed, view = summary(filled, note), buttons(filled, page)
    if interaction.response.is_done():
        await interaction.edit_original_response(content=None, embed=embed, view=view)
    elif _is_own(interaction, filled.draft):
        await interaction.response.edit_message(content=None, embed=embed, view=view)
    else:
        await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


# -- what it says ---------------------------------------------------------------------------------------


def summary(filled: Filled, note: str | None = None) -> discord.Embed:
    """The answers so far, what is wrong with them, and that nothing is charged yet."""
    rows = list(_rows(filled))
    lines = rows[:MOST_ROWS]
    if len(rows) > len(lines):
        lines.append(say("form.more_rows", count=len(rows) - len(lines)))
    parts = ["\n".join(lines) or say("form.empty"), note or ""]
    if filled.problems and filled.draft.answers:
        parts.append(words.problems(filled.problems, filled.model.name))
    elif filled.pages and filled.draft.answers and note is None:
        parts.append(say("form.ready"))
    text = cut("\n\n".join(part for part in parts if part), LONGEST_SUMMARY)
    title = cut(plain(filled.model.name), 200)
    embed = discord.Embed(title=title, description=text, color=colors.RUNNING)
    embed.set_footer(text=say("form.kept"))
    return embed


def _rows(filled: Filled) -> Iterator[str]:
    for page in filled.pages:
        for field in page.fields:
            value = _answer(field, filled)
            if value:
                label = quoted(label_of(field.spec), 60)
                yield say("form.row", label=label, value=quoted(value, LONGEST_ROW))


def _answer(field: Field, filled: Filled) -> str:
    answers = filled.draft.answers
    if field.control is Control.FILES:
        return ", ".join(one.filename or one.asset_id or "" for one in answers.files.get(field.id, ()))
    raw = answers.values.get(field.id)
    if raw is None or isinstance(raw, str):
        return raw or ""
    value = value_of(field.spec, raw)
    several = value if isinstance(value, list) else [value]
    return ", ".join(
        choice_label(field.spec, one) if isinstance(one, str | bool | int | float) else number(one)
        for one in several
    )


def buttons(filled: Filled, page: int) -> discord.ui.View:
    """page: the one that was filled in last."""
    view = discord.ui.View(timeout=None)
    pages, draft = len(filled.pages), filled.draft
    begun = bool(draft.answers)
    if not filled.problems:
        _add(view, GenerateButton(draft.id, page))
    if pages and not begun:
        _add(view, OpenButton(draft.id, 0))
    elif pages:
        change = filled.faulty if filled.faulty is not None else min(page, pages - 1)
        more = (page + 1) % pages
        if pages > 1 and more != change:
            label = say("button.more_settings", page=more + 1, pages=pages)
            _add(view, OpenButton(draft.id, more, label))
        _add(view, OpenButton(draft.id, change, say("button.change")))
    if begun:
        _add(view, StartOverButton(draft.id, page))
    _add(view, DiscardButton(draft.id, page))
    return view


def _add(view: discord.ui.View, button: "FormButton") -> None:
    view.add_item(cast("discord.ui.Item[discord.ui.View]", button))


# -- buttons --------------------------------------------------------------------------------------------


class FormButton(AnsweringButton, template=r"f1:none"):
    """A button that knows its draft."""

    label_key: ClassVar[str]
    what: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, draft_id: str, page: int, label: str | None = None) -> None:
        self.draft_id, self.page = draft_id, page
        super().__init__(
            discord.ui.Button(
                label=label or say(self.label_key),
                style=self.style,
                custom_id=f"f1:{self.what}:{draft_id}:{page}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        return cls(match["id"], int(match["page"]))

    async def press(self, interaction: AnyInteraction) -> None:
        draft = await host_of(interaction).forms.get(self.draft_id, interaction.user.id)
        await self.press_on(interaction, draft)

    @abstractmethod
    async def press_on(self, interaction: AnyInteraction, draft: Draft) -> None:
        """What the button does with its owner's draft. May raise a Refusal."""


class OpenButton(FormButton, template=r"f1:open:(?P<id>[0-9]+):(?P<page>[0-9]+)"):
    """Opens a page of the form."""

    label_key = "button.open_form"
    what = "open"

    async def press_on(self, interaction: AnyInteraction, draft: Draft) -> None:
        filled = await _filled(interaction, draft)
        if filled.pages and not interaction.response.is_done():
            await interaction.response.send_modal(modal_of(filled, self.page))
        else:
            await _show(interaction, filled, self.page)


class GenerateButton(FormButton, template=r"f1:go:(?P<id>[0-9]+):(?P<page>[0-9]+)"):
    """Makes a request of the form, or shows what it lacks."""

    label_key = "button.generate"
    what = "go"
    style = discord.ButtonStyle.primary

    async def press_on(self, interaction: AnyInteraction, draft: Draft) -> None:
        filled = await _filled(interaction, draft)
        if filled.problems or interaction.response.is_done():
            await _show(interaction, filled, self.page)
        else:
            await _generate(interaction, filled, self.page)


class StartOverButton(FormButton, template=r"f1:new:(?P<id>[0-9]+):(?P<page>[0-9]+)"):
    """Empties the form."""

    label_key = "button.start_over"
    what = "new"

    async def press_on(self, interaction: AnyInteraction, draft: Draft) -> None:
        draft = await host_of(interaction).forms.clear(draft.id, interaction.user.id)
        await _show(interaction, await _filled(interaction, draft), 0)


class DiscardButton(FormButton, template=r"f1:drop:(?P<id>[0-9]+):(?P<page>[0-9]+)"):
    """Throws the form away."""

    label_key = "button.discard"
    what = "drop"
    style = discord.ButtonStyle.danger

    async def press_on(self, interaction: AnyInteraction, draft: Draft) -> None:
        await host_of(interaction).forms.discard(draft.id, interaction.user.id)
        await interaction.response.edit_message(content=say("form.discarded"), embed=None, view=None)


ALL: tuple[type[FormButton], ...] = (OpenButton, GenerateButton, StartOverButton, DiscardButton)
"""What the client registers at start."""
