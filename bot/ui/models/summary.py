"""Models as people see them: what each makes, what it takes in CU and time, and for whom it is. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.catalogue import Catalogue, ModelFault
from bot.catalogue.faults import is_trained, plan_name
from bot.catalogue.media import makes
from bot.refusals import ModelUnusable
from bot.request.roles import BATCHES, by_name
from bot.scenario.api.records import Input, Model, Variant
from bot.ui.speech import refusals
from bot.ui.speech.texts import amount, listing, say
from bot.ui.speech.words import cut, quoted

MEDIA: Final = ("image", "video", "audio", "3d", "text")
SOURCES: Final = ("txt", "img", "video", "audio", "3d")
_MOST_MEDIA: Final = 2
_MOST_VARIANTS: Final = 6
_MOST_INPUTS: Final = 30


def summary(model: Model) -> str:
    """Two or three lines for a list: what it makes, the hints, the marks."""
    lines = [made_of(model), " · ".join([*hints(model.variants), *marks(model)])]
    return "\n".join(line for line in lines if line)


def brief(model: Model, *, medium: bool = True) -> list[str]:
    """In a few words, for a suggestion: what it makes, unless that was chosen, and what that cost lately."""
    if not medium:
        made = ""
    elif model.is_workflow:
        made = say("models.brief_workflow")
    elif is_trained(model):
        made = say("models.style")
    else:
        media = [say(f"models.medium_{one}") for one in MEDIA if makes(model, one, None)]
        made = ", ".join(media[:_MOST_MEDIA])
    return [part for part in (made, price(model.variants)) if part]


def made_of(model: Model) -> str:
    """What it makes out of what; "" where its capabilities do not say."""
    if model.is_workflow:
        return say("models.workflow")
    rows: list[str] = []
    for medium in MEDIA:
        sources = [source for source in SOURCES if makes(model, medium, source)]
        if sources:
            given = listing([say(f"models.source_{source}") for source in sources])
            rows.append(say("models.makes", media=say(f"models.medium_{medium}"), sources=given))
    return "; ".join(rows)


def price(variants: Sequence[Variant]) -> str:
    """What it cost lately: "about 9 CU", a range where its ways differ; "" where nobody knows."""
    costs = sorted({round(one.cu, 2) for one in variants if one.cu is not None})
    if not costs:
        return ""
    least, most = amount(costs[0]), amount(costs[-1])
    return (
        say("models.price", cu=least) if least == most else say("models.price_range", least=least, most=most)
    )


def hints(variants: Sequence[Variant]) -> list[str]:
    """What it cost and took lately: "about 9 CU", "12 s"; a range where that differs between its ways."""
    times = sorted(one.seconds for one in variants if one.seconds is not None)
    cost = price(variants)
    told = [cost] if cost else []
    if times:
        least, most = _duration(times[0]), _duration(times[-1])
        told.append(least if least == most else say("models.time_range", least=least, most=most))
    return told


def several(model: Model) -> str:
    """How many it makes at once; "" for one that makes one, or whose schema is not known."""
    spec = by_name(model, BATCHES)
    if spec is None:
        return ""
    counts = [one for one in spec.allowed_values if isinstance(one, int | float)]
    most = max(counts, default=spec.max)
    if most is None:
        return say("models.several_open")
    return say("models.several", most=amount(most)) if most > 1 else ""


def marks(model: Model) -> list[str]:
    batch = several(model)
    told = [batch] if batch else []
    if model.privacy == "private":
        told.append(say("models.own"))
    if is_trained(model):
        told.append(say("models.style"))
    if model.access_restriction:
        told.append(say("models.plan", plan=plan_name(model.access_restriction)))
    if model.disable_refund:
        told.append(say("models.no_refund"))
    return told


def against(catalogue: Catalogue, model: Model) -> str:
    """Why it cannot be used, and what to take instead; "" where nothing stands against it."""
    fault = catalogue.usable(model)
    if fault is None:
        return ""
    told = refusals.refusal(ModelUnusable(model.name, fault, detail=catalogue.detail(model, fault)))
    return told.removesuffix(say("refusal.nothing_charged")).strip()  # nobody asked for anything yet


def details(model: Model) -> list[tuple[str, str]]:
    """Name and text of each field of a model's own page."""
    fields: list[tuple[str, str]] = []
    made = made_of(model)
    if made:
        fields.append((say("models.field.makes"), made))
    # ways that differ by their capability alone read the same
    ways = [way for way in dict.fromkeys(map(_way, model.variants)) if way][:_MOST_VARIANTS]
    if ways:
        fields.append((say("models.field.price"), "\n".join(ways)))
    told = marks(model)
    if told:
        fields.append((say("models.field.notes"), "\n".join(told)))
    if model.inputs:
        fields.append((say("models.field.inputs"), cut(_inputs(model.inputs), 1000)))
    if model.concepts:
        fields.append((say("models.field.parts"), amount(len(model.concepts))))
    return fields


def _way(variant: Variant) -> str:
    told = " · ".join(hints([variant]))
    return f"{quoted(variant.resolution, 40)}: {told}" if variant.resolution and told else told


def _inputs(inputs: Iterable[Input]) -> str:
    """In one line, what must be given in bold."""
    named = [
        f"**{quoted(one.label or one.name, 40)}**" if _needed(one) else quoted(one.label or one.name, 40)
        for one in inputs
    ]
    more = len(named) - _MOST_INPUTS
    return listing(named[:_MOST_INPUTS] + ([say("list.more", count=more)] if more > 0 else []), "and")


def _needed(one: Input) -> bool:
    return one.required is not None and one.required.get("always") is True


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:
        return say("took.seconds", seconds=whole)
    minutes, rest = divmod(whole, 60)
    return say("took.minutes", minutes=minutes, seconds=rest)


def is_gone(catalogue: Catalogue, model: Model) -> bool:
    """Whether nobody can use it any more, whatever their plan."""
    return catalogue.usable(model) is ModelFault.DEPRECATED
