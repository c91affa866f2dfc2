"""Options that more than one command takes, with their autocompletion: from memory, and where that lacks the
schema of the model that was named, from a read that is waited for as long as Discord's patience allows."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from discord import app_commands

from bot.catalogue.tasks import Task
from bot.generation.roles import for_option
from bot.scenario.records import Model
from bot.scenario.routing import complete_styles as styles_for
from bot.scenario.settings_text import complete
from bot.ui.asking import AnyInteraction
from bot.ui.host import host_of
from bot.ui.texts import say
from bot.ui.words import cut, plain

MOST_CHOICES: Final = 25
CHOICE_LENGTH: Final = 100

Completion = Callable[[AnyInteraction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
_PICTURES: Final = ("image", "first_frame", "reference", "from_card")
"""Options that give a command a picture to start from."""


def complete_model(task: Task) -> Completion:
    """Models that fit the task and what was typed, best first, and what one needs that was not given. The
    value is the model's id."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        catalogue, sources = host_of(interaction).catalogue, _sources(interaction, task)
        models = catalogue.suggest_for(current, task=task, sources=sources, limit=MOST_CHOICES)
        return [
            app_commands.Choice(name=_named(model, catalogue.lacking(model, task, sources)), value=model.id)
            for model in models
            if len(model.id) <= CHOICE_LENGTH
        ]

    return completed


def _named(model: Model, lacks: str | None) -> str:
    """A suggestion's name, with what the model needs before it can be used here."""
    bare = say(f"choice.needs_{lacks}", name="") if lacks is not None else ""
    return f"{cut(model.name, CHOICE_LENGTH - len(bare))}{bare}"


async def complete_generation(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """The member's newest generations whose words or number fit what was typed."""
    typed = current.strip().lstrip("#").casefold()
    recent = await host_of(interaction).service.recent(interaction.user.id)
    fitting = [one for one in recent if typed in one.id or typed in one.ask.prompt.casefold()]
    return [
        app_commands.Choice(name=cut(plain(one.ask.prompt) or one.id, CHOICE_LENGTH), value=one.id)
        for one in fitting[:MOST_CHOICES]
    ]


def complete_ratio(task: Task) -> Completion:
    """Shapes that the model chosen in this command offers."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        model = await _chosen(interaction, task)
        ratios = host_of(interaction).catalogue.suggest_ratios(model.id if model else None, current)
        return _choices(ratios)

    return completed


async def complete_styles(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Trained models, one after the other, each with its scale."""
    names = [model.name for model in host_of(interaction).catalogue.styles()]
    return _choices(styles_for(current, names))


def complete_settings(task: Task) -> Completion:
    """The model's own inputs and what they take, word by word."""

    async def completed(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
        model = await _chosen(interaction, task)
        return _choices(complete(model, current)) if model is not None else []

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
        return [
            app_commands.Choice(name=cut(label, CHOICE_LENGTH), value=value)
            for label, value in offered
            if (typed in label.casefold() or typed in value.casefold()) and len(value) <= CHOICE_LENGTH
        ][:MOST_CHOICES]

    return completed


async def _chosen(interaction: AnyInteraction, task: Task) -> Model | None:
    """The model that is named in this command, else the one it would take, with its schema."""
    catalogue = host_of(interaction).catalogue
    named = getattr(interaction.namespace, "model", None)
    if isinstance(named, str) and named.strip():
        return await catalogue.soon(named)
    default = catalogue.default_for(task, _sources(interaction, task))
    return default and (await catalogue.soon(default.id) or default)


def _sources(interaction: AnyInteraction, task: Task) -> frozenset[str] | None:
    """What the command has so far; None where any model of the task will do."""
    if any(getattr(interaction.namespace, option, None) is not None for option in _PICTURES):
        return frozenset({"img"})
    return frozenset({"txt"}) if task in {Task.IMAGINE, Task.VIDEO, Task.THREE_D} else None


def _choices(texts: Sequence[str]) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=text, value=text)
        for text in texts[:MOST_CHOICES]
        if 0 < len(text) <= CHOICE_LENGTH
    ]
