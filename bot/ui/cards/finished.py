"""What a finished card says: facts, notes and alt texts, from what the generation became. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import gcd
from typing import Final

from bot.actions.actions import place_named
from bot.generation.group import Group, jobs_of
from bot.generation.model import Fate, Generation
from bot.request.ask import InputFile
from bot.ui.exhibits.exhibit import UNDRAWN, Attachment, Exhibit, Part, Remark, Shape
from bot.ui.exhibits.formats import NEVER_BESIDE
from bot.ui.speech import permuted, words
from bot.ui.speech.texts import amount, known, listing, say
from bot.vocabulary import Medium

ALT_LENGTH: Final = 1024
LISTED: Final = 1200
"""Characters of all the words on a card that stand beside a sheet's numbers."""
SEEDS_SHOWN: Final = 16
_LESS: Final = UNDRAWN | {
    *(Remark.STILL, Remark.WEB, Remark.HTML, Remark.COLORS, Remark.WORDS, Remark.PIXELS)
}
"""What the original has and the card has not, and what may be looked at there if not here."""
_SIZED: Final = frozenset({Medium.IMAGE, Medium.VIDEO})


def model_of(generation: Generation) -> str:
    return generation.model_name or generation.model_id


def has_original(generation: Generation, exhibits: Sequence[Exhibit]) -> bool:
    """Whether Scenario holds more than the card gives."""
    if not any(output.asset_id or output.url for output in generation.outputs):
        return False
    if len(exhibits) < len(generation.outputs):
        return True
    return any(
        exhibit.shape is not Shape.WHOLE or _LESS.intersection(exhibit.remarks) for exhibit in exhibits
    )


# -- facts ----------------------------------------------------------------------------------------------


def facts(generation: Generation, exhibits: Sequence[Exhibit]) -> str:
    """One quiet line of what it was made with, what it cost, and who asked."""
    told = (
        words.quoted(model_of(generation), 200) or "-",
        say("fact.draft") if generation.ask.draft_of is not None else "",
        _trained(generation),
        _size(generation, exhibits),
        _duration(exhibits),
        _format(exhibits),
        _seeds(generation),
        _cost(generation),
        _took(generation),
        f"<@{generation.origin.owner_id}>",
    )
    return words.QUIET + " · ".join(one for one in told if one)


def _seeds(generation: Generation) -> str:
    """Of each job that made something, in their order."""
    made = [job for job in jobs_of(generation) if job.fate is Fate.SUCCEEDED]
    seeds = [(job.inputs or {}).get("seed", job.ask.seed) for job in made]
    told = list(dict.fromkeys(f"`{words.number(seed)}`" for seed in seeds if seed is not None))
    more = " …" if len(told) > SEEDS_SHOWN else ""
    shown = ", ".join(told[:SEEDS_SHOWN]) + more
    return say("fact.seed", count=len(told), seeds=shown) if told else ""


def _trained(generation: Generation) -> str:
    """The trained models that were used, with their scales."""
    named = [
        words.quoted(one.name, 60) + (f" {words.number(one.scale)}" if one.scale is not None else "")
        for one in generation.ask.trained_models
    ]
    return ", ".join(named)


def _cost(generation: Generation) -> str:
    if generation.cu is None:
        return say("cost.unknown")
    return say("cost.cu", cu=amount(generation.cu))


def _size(generation: Generation, exhibits: Sequence[Exhibit]) -> str:
    lead = exhibits[0] if exhibits else None
    if lead is not None and lead.medium not in _SIZED:
        return ""
    if lead is None or not lead.width or not lead.height:
        return words.quoted(generation.ask.aspect_ratio or "", 30)
    return f"{_ratio(generation, lead.width, lead.height)} · {lead.width} × {lead.height}"


def _ratio(generation: Generation, width: int, height: int) -> str:
    """The ratio that was asked for, else the one of the picture: 1344 × 768 is 7:4 in small numbers."""
    asked = generation.ask.aspect_ratio
    if asked is not None and ":" in asked:
        return words.quoted(asked, 20)
    shared = gcd(width, height)
    if width // shared <= 32:
        return f"{width // shared}:{height // shared}"
    near = Fraction(width, height).limit_denominator(16)
    return f"{near.numerator}:{near.denominator}"


def _duration(exhibits: Sequence[Exhibit]) -> str:
    seconds = exhibits[0].duration if exhibits else None
    if not seconds or seconds <= 0:
        return ""
    return say("fact.duration", span=took(timedelta(seconds=min(seconds, 1e7))))


def _format(exhibits: Sequence[Exhibit]) -> str:
    """Said of what is no picture, and of a picture that is not seen in its own format."""
    lead = exhibits[0] if exhibits else None
    if lead is None or not lead.format or lead.text is not None:
        return ""
    seen = lead.medium is Medium.IMAGE and len(lead.attachments) < 2 and lead.shape is not Shape.CONVERTED
    return "" if seen else lead.format


def _took(generation: Generation) -> str:
    if generation.finished_at is None:
        return ""
    since = generation.submitted_at or generation.created_at
    return say("fact.took", span=took(generation.finished_at - since))


def took(span: timedelta) -> str:
    """ "4 s", "2 min 5 s"."""
    seconds = max(1, round(span.total_seconds()))
    if seconds < 60:
        return say("took.seconds", seconds=seconds)
    return say("took.minutes", minutes=seconds // 60, seconds=seconds % 60)


# -- notes ----------------------------------------------------------------------------------------------


def notes(generation: Generation, exhibits: Sequence[Exhibit]) -> str:
    """What is not as the member would expect it, and what to press."""
    made, lines = len(generation.outputs), list[str]()
    if charged := words.overcharged(generation):
        lines.append(charged)
    if isinstance(generation, Group) and (came_to_nothing := _unmade(generation)):
        lines.append(came_to_nothing)
    if not exhibits:
        lines.append(say("card.unfetched"))
    elif len(exhibits) < made:
        lines.append(say("card.partial_note", count=len(exhibits), made=made))
    shapes = [exhibit.shape for exhibit in exhibits]
    absent = shapes.count(Shape.LEFT_OUT)
    if absent and absent == len(exhibits) == 1:
        lines.append(say("card.left_out_one"))
    elif absent:
        lines.append(say("card.left_out", count=len(exhibits) - absent, made=made))
    if Shape.SHEET in shapes:
        lines.append(say("card.sheet_note"))
    if Shape.WITHHELD in shapes:
        lines.append(say("card.refused_note" if has_original(generation, exhibits) else "card.plain_show"))
    # of a still it is said below that it is less
    reduced = [each for each in exhibits if each.shape is Shape.REDUCED and Remark.STILL not in each.remarks]
    if reduced:
        over = all(each.over_limit for each in reduced)  # the limit explains all of them, or is left out
        lines.append(say("card.preview_note" if over else "card.smaller_note"))
    converted = {exhibit.format for exhibit in exhibits if exhibit.shape is Shape.CONVERTED}
    odd = sorted(form for form in converted if form.lower() not in NEVER_BESIDE)  # a PNG of those is as good
    if odd:
        lines.append(say("card.converted_note", count=len(odd), format=listing(odd, "and")))
    for remark in Remark:
        remarked = [exhibit.format for exhibit in exhibits if remark in exhibit.remarks]
        if remarked:
            formats = listing(list(dict.fromkeys(remarked)), "and")
            lines.append(say(f"remark.{remark}", count=len(remarked), format=formats))
    return "\n".join(lines)


def _unmade(group: Group) -> str:
    return permuted.unmade(group) if group.permuted else words.unmade(group)


def listed(generation: Generation) -> str:
    """The numbers of a sheet with their words; "" where words stand for one prompt alone."""
    if not generation.permuted:
        return ""
    length = LISTED // len(jobs_of(generation))
    return " · ".join(permuted.numbered(generation, min(length, 60)))


# -- alt texts ------------------------------------------------------------------------------------------


def described(
    generation: Generation, exhibits: Sequence[Exhibit], *, counted: bool = False
) -> tuple[Attachment, ...]:
    """All attachments in order, each with its alt text. Numbers count what is of one medium, or all if a menu
    counts all (`counted`)."""
    counts: dict[Medium | None, int] = {}
    told: list[Attachment] = []
    for place, exhibit in enumerate(exhibits, start=1):
        counts[exhibit.medium] = among = counts.get(exhibit.medium, 0) + 1
        number = place if counted else among
        count = len(exhibits) if counted else sum(other.medium is exhibit.medium for other in exhibits)
        told += [
            replace(one, alt=_alt(generation, exhibit, one, number, count)) for one in exhibit.attachments
        ]
    return tuple(told)


def _alt(generation: Generation, exhibit: Exhibit, attachment: Attachment, number: int, count: int) -> str:
    if attachment.part is Part.SHEET:
        return _alt_of_sheet(generation, count)
    places = {
        "what": _what(exhibit, attachment, number, count),
        "number": number,
        "count": count,
        "model": words.cut(words.plain(model_of(generation)), 100),
    }
    subject = _subject(generation)
    key = "card.alt_other" if subject else "card.alt_bare"
    if subject and exhibit.medium is Medium.IMAGE and attachment.part is Part.MAIN:
        key = "card.alt" if count > 1 else "card.alt_one"
    without = say(key, prompt="", **places)
    prompt = words.cut(subject, ALT_LENGTH - len(without))
    return " ".join(say(key, prompt=prompt, **places).split())


def _alt_of_sheet(generation: Generation, count: int) -> str:
    """Which number has which words; all of them are named, however little room each has."""
    model = words.cut(words.plain(model_of(generation)), 100)
    length = ALT_LENGTH // len(jobs_of(generation))
    while True:
        listed = "; ".join(permuted.numbered(generation, length, tame=False))
        told = say("card.alt_sheet", count=count, model=model, listed=listed)
        if len(told) <= ALT_LENGTH or length <= 1:
            return words.cut(told, ALT_LENGTH)
        length -= 1


def _subject(generation: Generation) -> str:
    """What it shows: the words that asked for it, or what was done, and to what; "" if neither is known."""
    prompt = words.plain(generation.ask.prompt)
    if prompt or not generation.ask.files:
        return prompt
    key = f"alt.{generation.command}"
    return say(key if known(key) else "alt.other", source=_source(generation.ask.files[0]))


def _source(given: InputFile) -> str:
    """What is seen in it, where that is known; else its name. One that came out of a message has none."""
    if subject := words.cut(words.plain(given.subject), ALT_LENGTH // 2):
        return say("alt.subject", subject=subject)
    name = words.cut(words.plain(given.filename), 100)
    if given.asset_id is not None and (not name or place_named(name)):
        return say("alt.earlier")
    return name if "." in name else say("alt.picture")


def _what(exhibit: Exhibit, attachment: Attachment, number: int, count: int) -> str:
    match attachment.part:
        case Part.PREVIEW:
            what = say("kind.preview")
        case Part.SHEET:
            what = say("kind.image")
        case Part.SOURCE:
            what = say("kind.source", format=exhibit.format)
        case Part.MAIN:
            what = say(f"kind.{exhibit.medium.value if exhibit.medium is not None else 'file'}")
    return say("kind.numbered", kind=what, number=number, count=count) if count > 1 else what
