"""The card of words that stand for several prompts: the question, the sheet and its numbers in words."""

from dataclasses import replace
from typing import Any

import pytest

from bot.generation.group import gather
from bot.generation.model import Fate, Generation, Membership, Output, key_of
from bot.generation.progress import CONFIRM, Progress
from bot.request.ask import Ask
from bot.request.permutations import permutations
from bot.ui.cards.finished import ALT_LENGTH
from bot.ui.cards.render import Press, render
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Shape
from bot.vocabulary import Medium
from tests.support.builders import a_generation, alts_of
from tests.support.clock import START

PATTERN = "{red, blue} fox in {snow, rain}"
SHEET = Attachment(filename="imagine-1001-sheet.jpg", data=b"x", size=1, part=Part.SHEET, width=9, height=9)


def group(pattern: str = PATTERN, *, count: int | None = None, **changes: Any) -> Generation:
    some = permutations(pattern, 64)
    jobs = [
        a_generation(
            key_of("1001", number),
            membership=Membership(group_id="1001", number=number, size=len(some)),
            ask=Ask(prompt=one.words, pattern=pattern, count=count),
            inputs={"prompt": one.words, "seed": 10_000_000_000 + number},
            **changes,
        )
        for number, one in enumerate(some, start=1)
    ]
    return gather([replace(job, on_card=jobs[0].on_card) for job in jobs])


def done(pattern: str = PATTERN, **changes: Any) -> Generation:
    made = {"fate": Fate.SUCCEEDED, "job_id": "j", "cu": 1.0, "finished_at": START}
    return group(pattern, outputs=(Output(asset_id="a"),), **made, **changes)


def exhibits(count: int) -> list[Exhibit]:
    first = Exhibit(medium=Medium.IMAGE, format="PNG", shape=Shape.SHEET, attachments=(SHEET,))
    return [first, *[replace(first, attachments=())] * (count - 1)]


def test_the_question_says_how_many_and_what_they_cost() -> None:
    asked = group(price=10.0, asked_at=START)
    card = render(asked, Progress(phase=CONFIRM))
    text = card.embeds[0].description or ""
    assert "4 pictures, one for each choice of words, cost 40 CU together" in text
    assert "1: red, snow · 2: red, rain · 3: blue, snow · 4: blue, rain" in text
    assert card.presses == (Press.CONFIRM, Press.CANCEL)


def test_a_finished_one_shows_one_sheet_with_its_numbers_in_words() -> None:
    card = render(done(), None, exhibits(4))
    assert len(card.embeds) == 1
    assert card.embeds[0].image.url == f"attachment://{SHEET.filename}"
    (alt,) = alts_of(card)
    assert alt == (
        "A sheet with 4 numbered pictures, made with Flux. "
        "1: red, snow; 2: red, rain; 3: blue, snow; 4: blue, rain"
    )
    assert PATTERN in (card.embeds[0].description or "")
    assert card.presses == (Press.AGAIN, Press.DELETE, Press.ORIGINAL)
    assert "by their numbers" in (card.embeds[0].description or "")


def test_several_of_each_have_a_range_of_numbers() -> None:
    asked = group("{red, blue} fox", count=2, price=1.0, asked_at=START)
    text = render(asked, Progress(phase=CONFIRM)).embeds[0].description or ""
    assert "1–2: red · 3–4: blue" in text
    assert "4 pictures" in text


def test_what_a_choice_leaves_out_is_told_by_all_of_its_words() -> None:
    text = render(group("a {big, } fox")).embeds[0].description or ""
    assert "1: big · 2: a fox" in text


@pytest.mark.parametrize("width", [1, 40, 900])
def test_however_long_the_words_each_number_is_named_within_the_limit(width: int) -> None:
    long = ", ".join(f"{number}{'w' * width}" for number in range(8))
    pattern = f"{{{long}}} {{{', '.join('abcdefgh')}}}"
    card = render(done(pattern), None, exhibits(64))
    (alt,) = alts_of(card)
    assert len(alt) <= ALT_LENGTH
    assert all(f"{number}: " in alt for number in range(1, 65))
    assert sum(map(len, card.embeds)) <= 6000
    assert all(len(field.value or "") <= 1024 for field in card.embeds[0].fields)
