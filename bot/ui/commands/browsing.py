"""The private list of models, its pages and its buttons.

Custom ids are `m1:<what>:<where>` and hold all that a press needs, so that they work after any restart.
"""

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Self, cast

import discord

from bot import discord_limits
from bot.catalogue import Catalogue
from bot.catalogue.faults import is_trained
from bot.catalogue.tasks import CHOSEN, Task
from bot.refusals import ScenarioSilent, UnknownModel
from bot.scenario.api.errors import NotFound, Rejected, ScenarioError
from bot.scenario.api.records import Model
from bot.ui import colors
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import AnyInteraction, tell
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import AnsweringButton
from bot.ui.models import summary as models
from bot.ui.models.gallery import gallery_of
from bot.ui.models.suggestions import model_named, searched
from bot.ui.speech.texts import say
from bot.ui.speech.words import cut, moment, quoted
from bot.ui.speech.words import plain as one_line

log = logging.getLogger(__name__)

ROWS: Final = 5
"""Models on a page: one button each, and a row of buttons has five."""
PATIENCE: Final = 4.0
"""Seconds that a page waits for its pictures."""
_AN_ID: Final = re.compile(r"(?:model|wflow)_\S+")


PURPOSES: Final = CHOSEN
"""What one may look for a model to do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Which models are looked at: those that make `medium` and do `task`; None for all."""

    medium: str | None = None
    task: Task | None = None

    @property
    def code(self) -> str:
        """As a button carries it."""
        return f"{self.medium or ''}/{self.task.value}" if self.task is not None else self.medium or ""

    @classmethod
    def of(cls, code: str) -> Self:
        """From what a button carries."""
        medium, _, task = code.partition("/")
        return cls(medium or None, task_of(task))


def task_of(text: object) -> Task | None:
    """The purpose of that name; None for any other text."""
    return next((task for task in PURPOSES if task.value == text), None)


class ModelButton(AnsweringButton, template=r"m1:none"):
    """A button about models, which answers for its own errors: the library would only log them."""

    what: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, where: str, label: str = "…") -> None:
        self.where = where
        super().__init__(
            discord.ui.Button(label=label, style=self.style, custom_id=f"m1:{self.what}:{where}")
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """The button of a message that was sent before, from its custom id."""
        del interaction, item
        return cls(match["where"])


class PageButton(ModelButton, template=r"m1:page:(?P<where>(?s:.*))"):
    """Turns to a page: `<number>:<medium>/<purpose>:<search>`, numbers from 0."""

    what = "page"

    async def press(self, interaction: AnyInteraction) -> None:
        page, kind, text = [*self.where.split(":", 2), "", ""][:3]
        await interaction.response.defer()
        await show_page(interaction, text, Kind.of(kind), int(page) if page.isdecimal() else 0)


class SeeButton(ModelButton, template=r"m1:see:(?P<where>(?s:.*))"):
    """Shows one model, below the list."""

    what = "see"

    async def press(self, interaction: AnyInteraction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_model(interaction, self.where)


class UseButton(ModelButton, template=r"m1:use:(?P<where>(?s:.*))"):
    """Begins a request with one model."""

    what = "use"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: AnyInteraction) -> None:
        await use(interaction, self.where)


ALL: Final[tuple[type[ModelButton], ...]] = (PageButton, SeeButton, UseButton)
"""What the client must know to answer them after a restart."""


async def use(interaction: AnyInteraction, model_id: str) -> None:
    """Answer the press of "Use it" with the model's form. May raise a Refusal."""
    catalogue = host_of(interaction).catalogue
    model = catalogue.get(model_id)
    if model is None:
        raise UnknownModel(model_id, catalogue.nearest(model_id))
    refused = models.against(catalogue, model)
    if refused:
        await tell(interaction, refused)
        return
    await open_form(interaction, model.id)


async def show(interaction: AnyInteraction, text: str, medium: str | None, task: Task | None = None) -> None:
    """Answer /models, which was deferred: a model that is named by its id is shown, and one that cannot be
    used is explained; else a page of those that fit."""
    catalogue = host_of(interaction).catalogue
    text = _meant(catalogue, one_line(text))
    known = catalogue.get(text)
    if known is not None or _AN_ID.fullmatch(text):
        await show_model(interaction, text)
        return
    named = catalogue.find(text)
    if named is not None and catalogue.usable(named) is not None:  # it is in no list
        await show_model(interaction, named.id)
        return
    await show_page(interaction, text, Kind(medium, task), 0)


def _meant(catalogue: Catalogue, text: str) -> str:
    """What to search for. A suggestion's name is the model's id, as if it had been sent."""
    return model_named(catalogue, text) if searched(catalogue, text) != text else text


async def show_page(interaction: AnyInteraction, text: str, kind: Kind, page: int) -> None:
    """Bring the answer to this page of the list; to the last one where there are fewer."""
    catalogue = host_of(interaction).catalogue
    found = catalogue.browse(text, kind.medium, kind.task)
    if not found:
        await interaction.edit_original_response(
            content=_nothing(catalogue, text), embeds=[], attachments=[], view=None
        )
        return
    pages = (len(found) + ROWS - 1) // ROWS
    page = min(page, pages - 1)
    shown = found[page * ROWS : (page + 1) * ROWS]
    pictures, shown = await asyncio.gather(_pictures(interaction, shown), _informed(catalogue, shown))
    embeds: list[discord.Embed] = []
    files: list[discord.File] = []
    for number, (model, picture) in enumerate(zip(shown, pictures, strict=True), start=1):
        title = f"{number}. {quoted(model.name, 100)}"
        embed = discord.Embed(title=title, description=models.summary(model) or None, color=colors.DONE)
        if picture is not None:
            name = f"model-{number}.jpg"
            embed.set_thumbnail(url=f"attachment://{name}")
            files.append(discord.File(io.BytesIO(picture), name))
        embeds.append(embed)
    await interaction.edit_original_response(
        content=_heading(catalogue, text, len(found), page, pages),
        embeds=embeds,
        attachments=files,
        view=_list_view(shown, text, kind, page, pages),
    )


async def _pictures(interaction: AnyInteraction, shown: Sequence[Model]) -> Sequence[bytes | None]:
    gallery = gallery_of(interaction)
    if gallery is None:
        return [None] * len(shown)
    return await gallery.thumbnails(shown, patience=PATIENCE)


async def _informed(catalogue: Catalogue, shown: Sequence[Model]) -> list[Model]:
    """The models with their schemas, which say how many each makes; without those that cannot be had soon."""

    async def read(model: Model) -> None:
        try:
            await catalogue.read(model.id)
        except ScenarioError as error:
            log.info("the schema of %s is not in its list: %s", model.id, error)

    cold = [model for model in shown if model.inputs is None and not is_trained(model)]
    reads = [asyncio.create_task(read(model), name=f"inform {model.id}") for model in cold]
    if reads:
        _, late = await asyncio.wait(reads, timeout=PATIENCE)
        for one in late:
            one.cancel()
    return [catalogue.get(model.id) or model for model in shown]


async def show_model(interaction: AnyInteraction, model_id: str) -> None:
    """Bring the answer to one model's own page. Raises UnknownModel, ScenarioSilent."""
    catalogue = host_of(interaction).catalogue
    model = await _read(catalogue, model_id)
    refused = models.against(catalogue, model)
    parts = [quoted(model.description, 700) if model.description else "", refused]
    embed = discord.Embed(
        title=quoted(model.name, 100),
        description="\n\n".join(part for part in parts if part) or None,
        color=colors.FAILED if refused else colors.DONE,
    )
    for name, value in models.details(model):
        embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=cut(model.id, 100))
    files: list[discord.File] = []
    gallery = gallery_of(interaction)
    if gallery is not None:
        thumbnail, example = await gallery.portraits(model, patience=PATIENCE)
        if example is not None:
            embed.set_image(url="attachment://example.jpg")
            files.append(discord.File(io.BytesIO(example), "example.jpg"))
        if thumbnail is not None:
            embed.set_thumbnail(url="attachment://thumbnail.jpg")
            files.append(discord.File(io.BytesIO(thumbnail), "thumbnail.jpg"))
    view = discord.ui.View(timeout=None)
    if not refused:
        _add(view, UseButton(model.id, say("models.use")))
    await interaction.edit_original_response(
        embed=embed, attachments=files, view=view if view.children else None
    )


async def _read(catalogue: Catalogue, model_id: str) -> Model:
    """With its schema where that can be had."""
    known = catalogue.get(model_id)
    if known is not None and models.is_gone(catalogue, known):
        return known
    try:
        return await catalogue.read(model_id)
    except ScenarioError as error:
        if known is not None and not isinstance(error, NotFound):
            return known
        if isinstance(error, Rejected):
            raise UnknownModel(model_id, catalogue.nearest(model_id)) from error
        raise ScenarioSilent from error


def _heading(catalogue: Catalogue, text: str, count: int, page: int, pages: int) -> str:
    key = "models.found" if text else "models.all"
    parts = [say(key, count=count, text=quoted(text, 60), page=page + 1, pages=pages)]
    parts.extend(_age(catalogue))
    return "\n".join(parts)


def _nothing(catalogue: Catalogue, text: str) -> str:
    if not catalogue.loaded:
        return say("models.not_yet")
    return "\n".join(
        [say("models.none", text=quoted(text, 60)) if text else say("models.none_at_all"), *_age(catalogue)]
    )


def _age(catalogue: Catalogue) -> list[str]:
    """How old the list is, where Scenario did not give a newer one."""
    if catalogue.trouble is None or catalogue.listed_at is None:
        return []
    return [say("models.stale", when=moment(catalogue.listed_at))]


def _list_view(
    shown: Sequence[Model], text: str, kind: Kind, page: int, pages: int
) -> discord.ui.View | None:
    view = discord.ui.View(timeout=None)
    for number, model in enumerate(shown, start=1):
        _add(view, SeeButton(model.id, say("models.see", number=number)))
    for other, key in ((page - 1, "models.previous"), (page + 1, "models.next")):
        if 0 <= other < pages:
            where = f"{other}:{kind.code}:"
            room = discord_limits.CUSTOM_ID - len(f"m1:{PageButton.what}:{where}")
            _add(view, PageButton(where + text[:room], say(key)), row=1)
    return view if view.children else None


def _add(view: discord.ui.View, button: ModelButton, row: int | None = None) -> None:
    if len(button.custom_id) > discord_limits.CUSTOM_ID:
        return  # an id of such a length can be typed, but not pressed
    button.item.row = row
    view.add_item(cast("discord.ui.Item[discord.ui.View]", button))
