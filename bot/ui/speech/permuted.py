"""Words for the jobs of a prompt that stands for several: their numbers, and what was chosen for them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.generation.group import Group, first_numbers, jobs_of
from bot.generation.model import Fate, Generation
from bot.request.permutations import count_of, permutations
from bot.ui.speech.texts import amount, listing, say
from bot.ui.speech.words import cut, failed_by_reason, plain, quoted

_SHORT: Final = 80
"""Characters of the words in a sentence."""


def numbered(shown: Generation, length: int, *, tame: bool = True) -> list[str]:
    """Each job's numbers with its words, of which at most `length` characters. tame: for a place that renders
    markdown."""
    first = first_numbers(shown)
    return [_numbered(job, first[job.id], length, tame=tame) for job in jobs_of(shown)]


def question(shown: Generation) -> str:
    """How many pictures a yes is asked for, and what they cost."""
    waiting = [job for job in jobs_of(shown) if job.fate is Fate.REQUESTED]
    count = sum(job.ask.count or 1 for job in waiting)
    if shown.price is None:
        return say("phase.confirm_unpriced", count=count)
    return say("phase.confirm_permuted", count=count, cu=amount(shown.price))


def unmade(group: Group) -> str:
    """What of it came to nothing, which words these were, and why; "" where all was made."""
    lines = [
        say("group.failed_words", count=len(some), which=listing(named(group, some), "and"), why=why)
        for why, some in failed_by_reason(group).items()
    ]
    lost = sum(job.fate is Fate.CANCELED for job in group.jobs)
    if lost:
        lines.append(say("group.canceled", count=lost, jobs=len(group.jobs)))
    return "\n".join(lines)


def named(shown: Generation, jobs: Sequence[Generation]) -> list[str]:
    """The same of some of its jobs, for a sentence."""
    first = first_numbers(shown)
    return [_numbered(job, first[job.id], _SHORT, tame=True) for job in jobs]


def _numbered(job: Generation, first: int, length: int, *, tame: bool) -> str:
    last = first + max(len(job.outputs), job.ask.count or 1) - 1
    number = str(first) if last == first else f"{first}–{last}"
    words = chosen(job)
    told = quoted(words, length) if tame else cut(plain(words), length)
    return say("sheet.numbered", number=number, words=told)


def chosen(job: Generation) -> str:
    """What sets its words apart from those of the others; all of them where that is nothing."""
    words = dict(_chosen(job.ask.pattern)).get(job.ask.prompt, ()) if job.ask.pattern is not None else ()
    return ", ".join(filter(None, words)) or job.ask.prompt


@lru_cache(64)
def _chosen(pattern: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    # checked when it was asked, against a limit that may be another one by now
    return tuple((one.words, one.chosen) for one in permutations(pattern, count_of(pattern)))
