"""The jobs that one request becomes: the prompts that its words stand for, each as often as the model needs.
Pure."""

from dataclasses import replace
from typing import Final

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.request.compose import shares
from bot.request.permutations import count_of, literally, permutations
from bot.scenario.api.records import Model

PERMUTED: Final = frozenset({Task.IMAGINE, Task.EDIT})
"""What reads braces as choices. Elsewhere words may be a program, lyrics or JSON, and a job costs more."""


def parts_of(ask: Ask, model: Model, task: Task) -> list[Ask]:
    """The ask for each of its jobs by this model, in the card's order."""
    return [part for prompted in prompts_of(ask, task) for part in shares(prompted, model)]


def prompts_of(ask: Ask, task: Task) -> list[Ask]:
    """The ask for each of the prompts that its words stand for."""
    if not is_typed(ask, task):
        return [ask]
    words = [one.words for one in permutations(ask.prompt, count_of(ask.prompt))]
    if words == [ask.prompt]:
        return [ask]
    return [replace(ask, prompt=one, pattern=ask.prompt) for one in words]


def is_typed(ask: Ask, task: Task) -> bool:
    """Whether braces in its words may be choices: else they are the words that were chosen."""
    return task in PERMUTED and ask.pattern is None


def in_words(ask: Ask, words: str, task: Task) -> Ask:
    """The ask with these words as they stand: they were not typed for it, so a brace in them is no choice."""
    typed = literally(words) if task in PERMUTED else words
    return replace(ask, prompt=words, pattern=None if typed == words else typed)
