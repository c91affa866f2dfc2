"""Options that more than one command takes, with their autocompletion from memory."""

from collections.abc import Sequence

from discord import app_commands

from bot.scenario.records import Model
from bot.ui.asking import AnyInteraction
from bot.ui.host import host_of
from bot.ui.words import cut, plain

MOST_CHOICES = 25
CHOICE_LENGTH = 100


async def complete_model(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Models that fit what was typed, best first. The value is the model's id."""
    return _choices(
        host_of(interaction).catalogue.suggest_models(current, medium="image", limit=MOST_CHOICES)
    )


def _choices(models: Sequence[Model]) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=cut(model.name, CHOICE_LENGTH), value=model.id)
        for model in models
        if len(model.id) <= CHOICE_LENGTH
    ]


async def complete_any_model(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Models of every medium."""
    catalogue = host_of(interaction).catalogue
    return _choices(catalogue.suggest_models(current, medium=None, source=None, limit=MOST_CHOICES))


async def complete_workflow(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Workflows that fit what was typed, best first."""
    catalogue = host_of(interaction).catalogue
    found = catalogue.suggest_models(current, medium=None, source=None, limit=MOST_CHOICES)
    return _choices([one for one in found if one.is_workflow])


async def complete_generation(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """The member's newest generations whose words or number fit what was typed."""
    typed = current.strip().lstrip("#").casefold()
    recent = await host_of(interaction).service.recent(interaction.user.id)
    fitting = [one for one in recent if typed in one.id or typed in one.ask.prompt.casefold()]
    return [
        app_commands.Choice(name=cut(plain(one.ask.prompt) or one.id, CHOICE_LENGTH), value=one.id)
        for one in fitting[:MOST_CHOICES]
    ]


async def complete_ratio(interaction: AnyInteraction, current: str) -> list[app_commands.Choice[str]]:
    """Shapes that the model chosen in this command offers."""
    chosen = getattr(interaction.namespace, "model", None)
    model_id = chosen if isinstance(chosen, str) and chosen else None
    ratios = host_of(interaction).catalogue.suggest_ratios(model_id, current)
    return [
        app_commands.Choice(name=cut(ratio, CHOICE_LENGTH), value=ratio[:CHOICE_LENGTH])
        for ratio in ratios[:MOST_CHOICES]
    ]
