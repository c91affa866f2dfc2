"""What is on record of a request, for whoever asks: inputs, what came of them, the command as text. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import discord

from bot.actions.actions import given_from
from bot.actions.kin import ALONE, Kin
from bot.catalogue.tasks import Task
from bot.generation.group import jobs_of
from bot.generation.model import Generation
from bot.request.ask import Ask
from bot.request.drafts import ANY
from bot.request.roles import seed_in
from bot.scenario.api.records import Json
from bot.ui import colors
from bot.ui.actions import chain
from bot.ui.speech import words
from bot.ui.speech.gates import answered
from bot.ui.speech.texts import say

PAGE: Final = 4096
"""Characters of an embed's description."""
MOST_PAGES: Final = 5
"""An app that is only its member's may send five messages after its first answer."""
JOB_LINK: Final = "https://app.scenario.com/create?restartGeneration={job}"
"""Where Scenario's own site opens a job with everything that was asked for it."""
_FENCE: Final = "```"
_NO_FENCE: Final = "`\u200b``"
"""The same, which ends no block."""
_SIGN: Final = re.compile(r"[\s,;:=]")
_COMMANDS: Final = {Task.SOUND: "sound_effect"}
"""Tasks whose command's name has another key in the sentences."""


def details(generation: Generation, kin: Kin = ALONE) -> list[discord.Embed]:
    """One embed a page."""
    title = say("details.title", number=generation.card.id)
    return [
        discord.Embed(title=title if not number else None, description=page, color=colors.DONE)
        for number, page in enumerate(_pages([*_parts(generation), *answered(generation), *chain.lines(kin)]))
    ]


def _parts(generation: Generation) -> Iterator[str]:
    """Pieces of text that belong together; none is longer than a page."""
    yield f"**{say('details.command')}**\n{_block(command_of(generation))}"
    for job in jobs_of(generation):
        head = say("details.inputs", model=words.quoted(job.model_name or job.model_id, 200))
        yield f"**{head}**"
        for name, value in (job.inputs or {}).items():
            yield f"`{words.plain(name)}` {_value(value)}"
        ids = [output.asset_id for output in job.outputs if output.asset_id is not None]
        if ids:
            yield f"**{say('details.assets')}**"
            yield from (f"`{words.plain(one)}`" for one in ids)
        if job.job_id is not None:
            yield f"[{say('details.link')}]({JOB_LINK.format(job=words.plain(job.job_id))})"


def _value(value: Json) -> str:
    """An input as it was sent."""
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value) or "[]"
    if isinstance(value, dict):
        return ", ".join(f"{words.plain(name)}={_value(one)}" for name, one in value.items()) or "{}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return words.quoted(words.number(value), 1800)


def _block(text: str) -> str:
    """To be copied as it stands."""
    return f"{_FENCE}\n{words.cut(text.replace(_FENCE, _NO_FENCE), PAGE - 200)}\n{_FENCE}"


def _pages(parts: Sequence[str]) -> list[str]:
    told: list[str] = []
    for part in parts:
        if told and len(told[-1]) + 1 + len(part) <= PAGE:
            told[-1] = f"{told[-1]}\n{part}"
        elif len(told) < MOST_PAGES:
            told.append(words.cut(part, PAGE))
        else:
            break
    return told


# -- the command ----------------------------------------------------------------------------------------


def command_of(generation: Generation) -> str:
    """The command that asks for the same again, seed and all, as one types it.

    A file that a member attached is not in it: nobody can type a file.
    """
    task, ask = Task(generation.command), generation.ask
    sent = seed_in(generation.inputs or {})  # also where nobody had asked for one
    named = say(f"name.{_COMMANDS.get(task, task.value)}")
    if task is Task.WORKFLOW:
        return f"/{named} {say('name.run')} {say('name.workflow')}: {generation.model_name}"
    if task is Task.PROMPT:
        helped = "improve" if ask.prompt else "describe"
        given: dict[str, Json] = {"prompt": ask.prompt or None, "from_card": _from_card(ask)}
        return _written(f"/{named} {say(f'name.{helped}')}", given)
    options: dict[str, Json] = {"model": generation.model_name or generation.model_id}
    if task is not Task.GENERATE:
        prompt = "text" if task is Task.SPEECH else "prompt"
        options = {
            prompt: ask.typed or None,
            "from_card": _from_card(ask),
            **options,
            "aspect_ratio": ask.aspect_ratio,
            "count": ask.count if ask.count != 1 else None,
            **ask.options,
            "negative_prompt": ask.negative_prompt or None,
            "draft": True if ask.draft_of == ANY else None,
            "models": _trained(generation),
            "seed": ask.seed if sent is None else sent,
            "settings": _settings(ask.model_settings),
        }
    return _written(f"/{named}", options)


def _written(command: str, options: Mapping[str, Json]) -> str:
    told = (f"{say(f'name.{name}')}: {_typed(value)}" for name, value in options.items() if value is not None)
    return " ".join((command, *told))


def _from_card(ask: Ask) -> str | None:
    place = given_from(ask.files)
    return None if place is None else str(place)


def _trained(generation: Generation) -> str | None:
    used = (
        one.name if one.scale is None else f"{one.name}:{words.number(one.scale)}"
        for one in generation.ask.trained_models
    )
    return ", ".join(used) or None


def _settings(settings: Mapping[str, Json]) -> str | None:
    return " ".join(f"{name}={_setting(value)}" for name, value in settings.items()) or None


def _setting(value: Json) -> str:
    """As `settings:` reads it: lists and objects as JSON, words that could be taken for more in quotes."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    written = _typed(value)
    return f'"{written}"' if _SIGN.search(written) else written


def _typed(value: Json) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, list):
        return ",".join(_typed(one) for one in value)
    return words.plain(words.number(value))
