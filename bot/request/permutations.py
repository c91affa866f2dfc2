"""One prompt that stands for several: `{red, blue} fox in {snow, rain}` is four. Pure.

A choice is a pair of braces with a comma of its own. Its alternatives lose the white space around them, may
be empty, and may hold choices. Everything else is as it was typed: a pair without a comma, a brace without
its other one, and a prompt that is JSON as a whole. A backslash before a brace, or before a comma of a
choice, makes it a plain one.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, TypeAlias

from bot.refusals import TooManyPermutations

_MARK: Final = re.compile(r"\\[{},]|[{},]")
_BRACE: Final = re.compile(r"([{}])")
_NOTHING: Final = "\0"
"""Stands for an alternative without words, until it is known what it stands between."""
_AROUND: Final = (
    (re.compile(rf"\s*{_NOTHING}(?=\s*(?:[,.;:!?)]|$))"), ""),
    (re.compile(rf"(^|\s){_NOTHING}\s*"), r"\1"),
    (re.compile(_NOTHING), ""),
)
"""What becomes of the white space around nothing."""

_Token: TypeAlias = tuple[str, str]
"""A kind ("text", "{", "," or "}") and, of a text, what it is."""


@dataclass(frozen=True, slots=True)
class Permutation:
    """One of the prompts that a prompt stands for."""

    words: str
    chosen: tuple[str, ...] = ()
    """What was chosen of each choice, from the left, outer before inner ones."""


def count_of(prompt: str) -> int:
    """How many prompts it stands for, equal ones counted too. Of any prompt, in a moment."""
    counts = [[[1]]]
    for kind, _ in _tokens(prompt):
        match kind:
            case "{":
                counts.append([[1]])
            case ",":
                counts[-1].append([1])
            case "}":
                choice = sum(map(prod, counts.pop()))
                counts[-1][-1].append(choice)
            case _:
                pass
    return prod(counts[0][0])


def permutations(prompt: str, most: int) -> tuple[Permutation, ...]:
    """The prompts it stands for, each once, those that differ first in their last choice. One is the prompt
    itself, without its backslashes. Raises TooManyPermutations for more than `most`."""
    count = count_of(prompt)
    if count > most:
        raise TooManyPermutations(count, most)
    # of each pair of braces that is open, its alternatives so far, each as what it may be
    open_: list[list[list[Permutation]]] = [[[Permutation("")]]]
    for kind, text in _tokens(prompt):
        match kind:
            case "{":
                open_.append([[Permutation("")]])
            case ",":
                open_[-1].append([Permutation("")])
            case "}":
                choice = [_chosen(one) for some in open_.pop() for one in some]
                open_[-1][-1] = _each(open_[-1][-1], choice)
            case _:
                open_[-1][-1] = _each(open_[-1][-1], [Permutation(text)])
    if count == 1:
        (alone,) = open_[0][0]
        return (alone,)
    found = {(words := _without_nothing(one.words)): Permutation(words, one.chosen) for one in open_[0][0]}
    return tuple(found.values())


def literally(words: str) -> str:
    """How they are typed to stand for themselves alone."""
    alone = count_of(words) == 1 and permutations(words, 1)[0].words == words
    return words if alone else _BRACE.sub(r"\\\1", words)


def _chosen(one: Permutation) -> Permutation:
    words = one.words.strip()
    return Permutation(words or _NOTHING, (_without_nothing(words), *one.chosen))


def _each(before: Sequence[Permutation], after: Sequence[Permutation]) -> list[Permutation]:
    return [
        Permutation(one.words + other.words, (*one.chosen, *other.chosen))
        for one in before
        for other in after
    ]


def _without_nothing(words: str) -> str:
    for around, left in _AROUND:
        words = around.sub(left, words)
    return words


def _tokens(prompt: str) -> list[_Token]:
    """The prompt in texts and the marks of its choices."""
    if _is_json(prompt):
        return [("text", prompt)]
    marks = list(_MARK.finditer(prompt))
    choosing = _choosing(marks)
    tokens: list[_Token] = []
    at = 0
    for number, mark in enumerate(marks):
        tokens.append(("text", prompt[at : mark.start()]))
        at = mark.end()
        if number in choosing:
            tokens.append((mark[0], mark[0]))
        elif len(mark[0]) == 1 or (mark[0] == "\\," and number not in choosing.escaped):
            tokens.append(("text", mark[0]))
        else:
            tokens.append(("text", mark[0][1]))
    tokens.append(("text", prompt[at:]))
    return [token for token in tokens if token[0] != "text" or token[1]]


class _Choosing(set[int]):
    """The marks that belong to a choice."""

    def __init__(self) -> None:
        super().__init__()
        self.escaped = set[int]()
        """Commas within a choice that part nothing."""


def _choosing(marks: Sequence[re.Match[str]]) -> _Choosing:
    found = _Choosing()
    open_: list[list[int]] = []
    inside: list[list[int]] = []
    for number, mark in enumerate(marks):
        match mark[0]:
            case "{":
                open_.append([number])
                inside.append([])
            case "," if open_:
                open_[-1].append(number)
            case "}" if open_:
                parts, escaped = open_.pop(), inside.pop()
                if len(parts) > 1:
                    found.update(parts, (number,))
                    found.escaped.update(escaped)
                elif inside:
                    inside[-1] += escaped
            case "\\," if inside:
                inside[-1].append(number)
            case _:
                pass
    return found


def _is_json(prompt: str) -> bool:
    """Whether it is an object or a list for a model that reads such."""
    if not prompt.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(prompt)
    except (ValueError, RecursionError):
        return False
    return True
