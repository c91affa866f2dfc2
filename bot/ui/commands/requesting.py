"""What every command that makes something shares: its options in words, its files, and the request itself."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import discord
from discord import app_commands

from bot.actions.actions import Place, place_named
from bot.catalogue.tasks import Task
from bot.forms import Refused
from bot.refusals import InvalidInputs, ModelUnusable
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.scenario.api.records import Json
from bot.schema.inputs import Constraint, Problem
from bot.schema.settings_text import parse
from bot.schema.trained import parse_trained
from bot.ui.commands.filetypes import role_of
from bot.ui.forms.flow import form_instead
from bot.ui.forms.sending import PASSING, give_back_to_send
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, given, require_posting
from bot.ui.interactions.host import host_of
from bot.ui.models.suggestions import model_named, request_meant, result_meant
from bot.ui.speech.texts import known
from bot.ui.speech.translation import word

F = TypeVar("F")

_SNOWFLAKE: Final = re.compile(r"[0-9]{17,20}")
"""What Discord's own ids look like, and so a request's number."""


def described(command: str, *options: str) -> Callable[[F], F]:
    """Names and descriptions of a command's options, in the member's language.

    A description is the command's own where it has one, else the one that all commands share.
    """

    def decorate(function: F) -> F:
        told = {option: word(_description(command, option)) for option in options}
        named = {option: word(f"name.{option}") for option in options}
        return app_commands.rename(**named)(app_commands.describe(**told)(function))

    return decorate


def _description(command: str, option: str) -> str:
    own = f"{command}.{option}"
    return own if known(own) else f"option.{option}"


def values(**options: Json) -> dict[str, Json]:
    """Those options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def files(**attachments: discord.Attachment | None) -> tuple[InputFile, ...]:
    """Attached files by their role."""
    return tuple(
        given(attachment, role_of(option))
        for option, attachment in attachments.items()
        if attachment is not None
    )


def read_settings(text: str | None) -> Mapping[str, Json]:
    """What `settings:` says. Raises InvalidInputs for text that cannot be read."""
    if not text:
        return {}
    read = parse(text)
    if isinstance(read, Problem):
        raise InvalidInputs("", (read,))
    return dict(read)


def read_trained(text: str | None) -> tuple[TrainedModel, ...]:
    """What `models:` says, by the names that were typed. Raises InvalidInputs where it cannot be read."""
    if not text:
        return ()
    read = parse_trained(text)
    if isinstance(read, Problem):
        raise InvalidInputs("", (read,))
    return tuple(TrainedModel(model_id=one.name, name=one.name, scale=one.scale) for one in read)


async def request_named(interaction: AnyInteraction, text: str) -> str:
    """The number of the request that is meant: by its number, or by a suggestion's name; else what stands
    there."""
    number = text.strip().lstrip("#").strip()
    if _SNOWFLAKE.fullmatch(number):
        return number
    recent = await host_of(interaction).service.showing.recent(interaction.user.id)
    if any(one.id == number for one in recent):
        return number
    return request_meant(recent, text) or number


async def with_card(
    interaction: AnyInteraction, gathered: tuple[InputFile, ...], card: str | None, role: str
) -> tuple[InputFile, ...]:
    """The files, and the result of an earlier generation where one was named: "1234", or of several "1234-3".
    Raises what `Showing.given` does."""
    if card is None:
        return gathered
    place = place_named(result_meant(card) or card)
    if place is None or place.number is None:
        place = Place(await request_named(interaction, card))
    made = await host_of(interaction).service.showing.given(place, caller_of(interaction), role)
    return (made, *gathered)


def require_file(gathered: tuple[InputFile, ...], role: str) -> None:
    """Raise InvalidInputs unless there is a file of this role."""
    if not any(one.role == role for one in gathered):
        raise InvalidInputs("", (Problem(input=role, label=role, rule=Constraint.REQUIRED),))


async def make(
    interaction: AnyInteraction,
    task: Task,
    ask: Ask,
    *,
    model: str | None,
    private: bool,
    spoiler: bool = False,
) -> None:
    """Hand the request to the service. Raises a Refusal; one that says that this command cannot drive the
    model is told here, with a button that opens the form that can, and one that may be over in a while with a
    button that sends the same again."""
    require_posting(interaction)
    host = host_of(interaction)
    try:
        await host.service.asking.request(
            caller_of(interaction),
            ask,
            deferral(interaction, private=private),
            task=task,
            model_id=None if model is None else model_named(host.catalogue, model),
            private=private,
            spoiler=spoiler,
        )
    except (InvalidInputs, ModelUnusable) as refusal:
        await form_instead(interaction, refusal, model, ask, private=private, spoiler=spoiler)
    except PASSING as refusal:
        refused = Refused(command=task.value, ask=ask)
        await give_back_to_send(
            interaction, refusal, refused, model=model or "", private=private, spoiler=spoiler
        )
