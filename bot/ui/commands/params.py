"""Options that more than one command takes, with their autocompletion: from memory, and where that lacks the
schema of the model that was named, from a read that is waited for as long as Discord's patience allows."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from discord import app_commands

from bot import discord_limits
from bot.actions.actions import place_named
from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.request.roles import for_option
from bot.scenario.api.records import Model
from bot.schema.settings_text import complete
from bot.schema.trained import complete_trained as trained_for
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.host import host_of
from bot.ui.models.suggestions import (
    labeled_choices,
    model_choices,
    model_named,
    plain_choices,
    request_choices,
    request_fits,
    result_choices,
    searched,
)

Completion = Callable[[AnyInteraction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
_PICTURES: Final = ("image", "first_frame", "reference", "from_card")
"""Options that give a command a picture to start from."""


def complete_model(task: Task) -> Completion:
    """Models that fit the task and what was typed, best first, and what one needs that was not given. The
    value is the model's id."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        catalogue = host_of(interaction).catalogue
        typed, sources = searched(catalogue, current), _sources(interaction, task)
        found = catalogue.suggest_for(typed, task=task, sources=sources, limit=discord_limits.CHOICES)
        lacking = {model.id: catalogue.lacking(model, task, sources) for model in found}
        return model_choices(catalogue, found, default_of(catalogue, task, sources), lacking=lacking)

    return completed


async def complete_generation(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """The member's newest generations whose words or number fit what was typed."""
    recent = await host_of(interaction).service.showing.recent(interaction.user.id)
    return request_choices([one for one in recent if request_fits(one, current)])


async def complete_result(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """The same, of a request with several results each of them: "1234-3" is the third."""
    place = place_named(current)
    typed = current if place is None else place.card_id
    recent = await host_of(interaction).service.showing.recent(interaction.user.id)
    found = result_choices([one for one in recent if request_fits(one, typed)])
    whole = str(place) if place is not None and place.number is not None else ""
    return [one for one in found if one.value.startswith(whole)]


def complete_ratio(task: Task) -> Completion:
    """Shapes that the model chosen in this command offers."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        model = await _chosen(interaction, task)
        ratios = host_of(interaction).catalogue.suggest_ratios(model.id if model else None, current)
        return plain_choices(ratios)

    return completed


async def complete_trained(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Trained models, one after the other, each with its scale."""
    names = [model.name for model in host_of(interaction).catalogue.trained_models()]
    return plain_choices(trained_for(current, names))


def complete_settings(task: Task) -> Completion:
    """The model's own inputs and what they take, word by word."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        model = await _chosen(interaction, task)
        return plain_choices(complete(model, current)) if model is not None else []

    return completed


def complete_option(task: Task, option: str) -> Completion:
    """What the chosen model offers for one of our own words, such as a voice."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        model = await _chosen(interaction, task)
        spec = next(iter(for_option(model, option, None)), None) if model is not None else None
        typed = current.casefold()
        offered = (
            [(spec.labels.get(str(one), str(one)), str(one)) for one in spec.allowed_values] if spec else []
        )
        return labeled_choices(
            [one for one in offered if typed in one[0].casefold() or typed in one[1].casefold()]
        )

    return completed


def default_of(catalogue: Catalogue, task: Task, sources: frozenset[str] | None) -> Model | None:
    """The model that a request without one takes; None for the doors that demand one."""
    return None if task in {Task.GENERATE, Task.WORKFLOW} else catalogue.default_for(task, sources)


async def _chosen(interaction: AnyInteraction, task: Task) -> Model | None:
    """The model that is named in this command, else the one it would take, with its schema."""
    catalogue = host_of(interaction).catalogue
    named = getattr(interaction.namespace, "model", None)
    if isinstance(named, str) and named.strip():
        return await catalogue.soon(model_named(catalogue, named))
    default = catalogue.default_for(task, _sources(interaction, task))
    return default and (await catalogue.soon(default.id) or default)


def _sources(interaction: AnyInteraction, task: Task) -> frozenset[str] | None:
    """What the command has so far; None where any model of the task will do."""
    if any(getattr(interaction.namespace, option, None) is not None for option in _PICTURES):
        return frozenset({"img"})
    return frozenset({"txt"}) if task in {Task.IMAGINE, Task.VIDEO, Task.THREE_D} else None
