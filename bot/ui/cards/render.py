"""Generation → message. Pure: the same row, progress and exhibits give the same card."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, cast

import discord
from discord.types.embed import Embed as EmbedData

from bot import discord_limits
from bot.actions.actions import Action
from bot.actions.kin import ALONE, Kin
from bot.actions.planning import words_of
from bot.catalogue.tasks import Task
from bot.generation.card import CardState
from bot.generation.group import Group, overcharge
from bot.generation.model import Fate, Generation
from bot.generation.progress import CONFIRM, LINE, UNPRICED, WAITING, Progress, asks_price, gate_at
from bot.ui import colors
from bot.ui.actions import chain
from bot.ui.cards import finished, new_words
from bot.ui.exhibits import texts
from bot.ui.exhibits.exhibit import Attachment, Exhibit
from bot.ui.speech import gates, permuted, refusals, words
from bot.ui.speech.texts import amount, known, listing, percent, say, span, speaking
from bot.vocabulary import Medium
from bot.workflow_gates.gates import Gate

PROMPT_SHOWN: Final = 900
"""Characters of the prompt on a card. Escaped it may double, and an embed holds 4,096."""
GALLERY_LINK: Final = "https://www.scenario.com/"
"""Discord shows the pictures of embeds that share a link as one gallery, of four at the most."""
_BAR: Final = 12

MAKING: Final = frozenset({"in-progress", "processing"})
SCENARIOS_WORDS: Final = frozenset({"pending", "queued", "warming-up", "finalizing", "canceling"})
"""Statuses of a job that have a sentence of their own; any other is shown as it is."""
NODES_SHOWN: Final = 12
_NODE_STATES: Final = {
    "success": "done",
    "succeeded": "done",
    "completed": "done",
    "processing": "now",
    "in-progress": "now",
    "failure": "failed",
    "failed": "failed",
    "rejected": "failed",
    "skipped": "skipped",
}


class Press(StrEnum):
    """The buttons a card may carry."""

    CANCEL = "cancel"
    CONFIRM = "confirm"
    AGAIN = "again"
    FORM = "form"
    ORIGINAL = "original"
    DELETE = "delete"
    USE_WORDS = "use-words"
    KEEP_WORDS = "keep-words"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMessage:
    """What goes to Discord."""

    embeds: tuple[discord.Embed, ...]
    presses: tuple[Press, ...]
    gate: Gate | None = None
    """A workflow's gate that the card asks to answer."""
    actions: frozenset[Action] = frozenset()
    """What can be done with what was made."""
    attachments: tuple[Attachment, ...] = ()
    spoiler: bool = False


def render(
    generation: Generation,
    progress: Progress | None = None,
    exhibits: Sequence[Exhibit] = (),
    actions: frozenset[Action] = frozenset(),
    kin: Kin = ALONE,
) -> CardMessage:
    """The card as it should be now, in the language of its place. actions: what can be done with what was
    made (`actions.planning.offered`). kin: the cards before and behind it."""
    with speaking(generation.origin.locale):
        match generation.fate:
            case Fate.SUCCEEDED if generation.command == Task.PROMPT:
                return _written(generation)
            case Fate.SUCCEEDED:
                return replace(_done(generation, exhibits, kin), actions=actions)
            case Fate.FAILED | Fate.CANCELED:
                return _over(generation)
            case _:
                return _running(generation, progress, exhibits)


# -- while it runs --------------------------------------------------------------------------------------


def _running(generation: Generation, progress: Progress | None, exhibits: Sequence[Exhibit]) -> CardMessage:
    """exhibits: what a workflow's gate is about."""
    since = generation.submitted_at
    when = words.moment(since or generation.created_at)
    clock = say("card.started", when=when) if since else say("card.asked", when=when)
    asked = asks_price(generation, progress)
    price: list[str] = []
    if generation.price is not None and not asked:
        costs = generation.price if overcharge(generation) is None else generation.cu
        price.append(say("card.price", cu=amount(costs)))
    phase = phase_of(generation, progress)
    listed = finished.listed(generation)
    lines = [
        _prompt(generation),
        *((listed,) if listed else ()),
        "",
        " · ".join((f"**{phase}**", clock, *_usual(generation, progress), *price)),
    ]
    bar = _bar(generation, progress)
    if bar:
        lines.append(bar)
    lines += [*_nodes(progress), *gates.answered(generation)]
    presses, gate = _choices(generation, progress)
    if gate is not None and gate.choosing:
        lines += _numbers(gate, exhibits)
    embed = discord.Embed(description="\n".join(lines), color=colors.RUNNING)
    embed.set_footer(text=_footer(generation))
    attachments = finished.described(generation, exhibits, counted=gate is not None and gate.choosing)
    beside = gate is not None and gate.choosing and not _in_one_gallery(attachments)
    return CardMessage(
        embeds=(embed,) if beside else _gallery(embed, generation, attachments),
        presses=presses,
        gate=gate,
        attachments=attachments,
        spoiler=generation.spoiler,
    )


def _numbers(gate: Gate, exhibits: Sequence[Exhibit]) -> list[str]:
    """Which items are seen, if not all of them are: who counts what is seen must not choose another one."""
    seen = [str(number) for number, one in enumerate(exhibits, start=1) if one.attachments or one.text]
    if len(seen) == len(gate.asset_ids):
        return []
    if not seen:
        return ["", say("gate.unseen")]
    return ["", say("gate.seen", count=len(seen), numbers=listing(seen, "and"))]


def _in_one_gallery(attachments: Sequence[Attachment]) -> bool:
    """Whether all of them stand in one row, in their order: the rest would stand above the embeds."""
    return len(attachments) <= discord_limits.GALLERY and all(one.embeddable for one in attachments)


def _choices(generation: Generation, progress: Progress | None) -> tuple[tuple[Press, ...], Gate | None]:
    """What can be pressed while it runs, and the gate that is open."""
    gate = gate_at(generation, progress)
    if gate is not None:
        return (), gate  # a no at the gate is the only way to end the run
    return ((Press.CONFIRM,) if asks_price(generation, progress) else ()) + (Press.CANCEL,), None


def _nodes(progress: Progress | None) -> list[str]:
    """A workflow's nodes, one a line: what is done, what goes on, what waits."""
    nodes = progress.nodes if progress is not None else ()
    lines = [
        say(f"node.{_NODE_STATES.get(node.status, 'waiting')}", name=gates.node_name(node.name, node.type))
        for node in nodes[:NODES_SHOWN]
    ]
    if len(nodes) > NODES_SHOWN:
        lines.append(say("node.more", count=len(nodes) - NODES_SHOWN))
    return ["", *lines] if lines else []


def phase_of(generation: Generation, progress: Progress | None) -> str:
    """What is happening to a running one, in words."""
    phase = progress.phase if progress is not None else None
    if isinstance(generation, Group) and generation.done and not asks_price(generation, progress):
        return say("group.tally", done=generation.done, count=len(generation.jobs))
    match generation.fate:
        case Fate.UNCERTAIN:
            return say("phase.uncertain")
        case Fate.SUBMITTING:
            return say("phase.sending")
        case Fate.REQUESTED if phase == "unreachable":
            return say("phase.unreachable")
        case Fate.REQUESTED if progress is not None and phase in {WAITING, LINE} and progress.position:
            return _waits(progress, progress.position)
        case Fate.REQUESTED if phase == CONFIRM and generation.risen:
            before, cu = amount(generation.agreed), amount(generation.price)
            return say("phase.confirm_again", before=before, cu=cu)
        case Fate.REQUESTED if phase == CONFIRM and generation.permuted:
            return permuted.question(generation)
        case Fate.REQUESTED if phase == CONFIRM:
            return say("phase.confirm", cu=amount(generation.price))
        case Fate.REQUESTED if phase == UNPRICED:
            return say("phase.unpriced")
        case Fate.REQUESTED:
            if phase in {WAITING, LINE}:
                return say("phase.waiting_only")
            if phase == "uploading":
                return say("phase.uploading")
            return say("phase.checking" if generation.inputs is None else "phase.sending")
        case _ if (gate := gate_at(generation, progress)) is not None:
            return say("phase.choose" if gate.choosing else "phase.approve")
        case _:
            word = phase or "queued"
            if progress is not None and progress.let_go:
                return say("phase.let_go", phase=words.quoted(word, 40))
            if word in MAKING:
                what = "workflow" if generation.command == Task.WORKFLOW else generation.medium.value
                return say(f"making.{what}")
            if word in SCENARIOS_WORDS:
                return say(f"phase.{word}")
            return say("phase.other", phase=words.quoted(word, 40))


def _waits(progress: Progress, place: int) -> str:
    """How many are ahead of it, and about how long it is until the result, where that is known."""
    waits = say("phase.line" if progress.phase == LINE else "phase.waiting", place=place)
    return waits if progress.about is None else say("phase.about", phase=waits, time=span(progress.about))


def _usual(generation: Generation, progress: Progress | None) -> tuple[str, ...]:
    """How long it usually takes, while it is being made."""
    if generation.fate is not Fate.RUNNING or progress is None or progress.usual is None or progress.let_go:
        return ()
    return (say("card.usual", time=span(progress.usual)),)


def _bar(generation: Generation, progress: Progress | None) -> str:
    if generation.fate is not Fate.RUNNING or progress is None or not progress.fraction:
        return ""
    full = round(progress.fraction * _BAR)
    return f"`{'█' * full}{'░' * (_BAR - full)}` {percent(progress.fraction)}"


# -- done -----------------------------------------------------------------------------------------------


def _done(generation: Generation, exhibits: Sequence[Exhibit], kin: Kin) -> CardMessage:
    notes = finished.notes(generation, exhibits)
    listed, facts = finished.listed(generation), finished.facts(generation, exhibits)
    told = [_prompt(generation), *((listed,) if listed else ()), facts]
    told += [*gates.answered(generation), *chain.lines(kin)]
    if notes:
        told += ["", notes]
    main = discord.Embed(description="\n".join(told), color=colors.DONE)
    main.set_footer(text=say("card.number", id=generation.id))
    attachments = finished.described(generation, exhibits)
    spelled = "\n\n".join(texts.block(exhibit.text) for exhibit in exhibits if exhibit.text is not None)
    spoken = (discord.Embed(description=spelled, color=colors.DONE),) if spelled else ()
    original = (Press.ORIGINAL,) if finished.has_original(generation, exhibits) else ()
    return CardMessage(
        embeds=(*_gallery(main, generation, attachments), *spoken),
        presses=(Press.AGAIN, Press.DELETE, *original),
        attachments=attachments,
        spoiler=generation.spoiler,
    )


def _gallery(
    main: discord.Embed, generation: Generation, attachments: Sequence[Attachment]
) -> tuple[discord.Embed, ...]:
    """The main embed with the first picture, and one embed more for each further one, in galleries of four. A
    spoiler cannot blur inside an embed, so spoilered files stand beside it."""
    shown = [one for one in attachments if one.embeddable]
    if generation.spoiler or not shown:
        return (main,)
    embeds: list[discord.Embed] = []
    for number, picture in enumerate(shown[: discord_limits.EMBEDS - 1]):  # one is left for words
        base = main if number == 0 else discord.Embed(color=main.color)
        if len(shown) > 1:
            gallery = number // discord_limits.GALLERY
            base.url = f"{GALLERY_LINK}?{gallery + 1}" if gallery else GALLERY_LINK
        data = cast("dict[str, object]", base.to_dict())
        data["image"] = {"url": f"attachment://{picture.filename}", "description": picture.alt}
        embeds.append(discord.Embed.from_dict(cast("EmbedData", data)))
    return tuple(embeds)


def _written(generation: Generation) -> CardMessage:
    """What prompt help wrote, under what was there before."""
    embed = discord.Embed(description=new_words.told(generation), color=colors.DONE)
    embed.set_footer(text=say("card.number", id=generation.id))
    return CardMessage(embeds=(embed,), presses=_presses_written(generation), spoiler=generation.spoiler)


def _presses_written(generation: Generation) -> tuple[Press, ...]:
    keep = (Press.KEEP_WORDS,) if generation.ask.prompt else ()
    return (Press.USE_WORDS, *keep, Press.AGAIN)


# -- without a result -----------------------------------------------------------------------------------


def _over(generation: Generation) -> CardMessage:
    lines = [_prompt(generation), "", f"**{_title_over(generation)}**", words.failure(generation)]
    lines += gates.answered(generation)
    embed = discord.Embed(description="\n".join(lines), color=_color_over(generation))
    embed.add_field(name=say("card.field.by"), value=f"<@{generation.origin.owner_id}>", inline=True)
    embed.set_footer(text=_footer(generation))
    return CardMessage(embeds=(embed,), presses=_presses_over(generation))


def _title_over(generation: Generation) -> str:
    failed = "card.failed" if generation.medium is Medium.IMAGE else "card.failed_other"
    return say("card.canceled" if generation.fate is Fate.CANCELED else failed)


def _color_over(generation: Generation) -> int:
    return colors.CANCELED if generation.fate is Fate.CANCELED else colors.FAILED


def _presses_over(generation: Generation) -> tuple[Press, ...]:
    # a form knows no drafts: it would make the full picture, at its price
    helps = generation.ask.draft_of is None and refusals.form_would_help(generation.failure)
    form = (Press.FORM,) if helps else ()
    return () if generation.card.state is CardState.UNACKNOWLEDGED else (*form, Press.AGAIN, Press.DELETE)


# -- in our own words only ------------------------------------------------------------------------------


def render_plain(
    generation: Generation, progress: Progress | None = None, actions: frozenset[Action] = frozenset()
) -> CardMessage:
    """The card without a word of the member's, the model's or Scenario's, and without a file: what any filter
    of Discord's lets pass. The end is told, and what to do next."""
    with speaking(generation.origin.locale):
        if not generation.fate.final:
            presses, gate = _choices(generation, progress)
            lines, color = [f"**{phase_of(generation, progress)}**"], colors.RUNNING
        elif generation.fate is Fate.SUCCEEDED:
            has_original = finished.has_original(generation, ())
            presses = (Press.AGAIN, Press.DELETE, *((Press.ORIGINAL,) if has_original else ()))
            if generation.command == Task.PROMPT:  # its words are paid for, and may be used unseen
                presses, actions = _presses_written(generation), frozenset[Action]()
            gate, color = None, colors.DONE
            lines = [
                say("card.plain_done"),
                say("card.plain_original" if has_original else "card.plain_show"),
            ]
            if generation.cu is not None:
                lines.append(say("cost.charged", cu=amount(generation.cu)))
        else:
            presses, gate, color = _presses_over(generation), None, _color_over(generation)
            lines = [f"**{_title_over(generation)}**", words.cost_of_failure(generation)]
        embed = discord.Embed(description="\n".join(line for line in lines if line), color=color)
        embed.set_footer(text=say("card.number", id=generation.id))
    done = generation.fate is Fate.SUCCEEDED
    return CardMessage(embeds=(embed,), presses=presses, gate=gate, actions=actions if done else frozenset())


# -- common ---------------------------------------------------------------------------------------------


def _prompt(generation: Generation) -> str:
    """The words that asked for it; without any what was done, and to what."""
    if asked := words.quoted(generation.ask.prompt, PROMPT_SHOWN):
        return f"> {asked}"
    task, seen = f"task.{generation.command}", words.quoted(words_of(generation), PROMPT_SHOWN)
    return f"> {' · '.join(one for one in (say(task) if known(task) else '', seen) if one) or '-'}"


def _footer(generation: Generation) -> str:
    name = words.cut(words.plain(finished.model_of(generation)), 100)
    number = say("card.number", id=generation.id)
    return f"{name} · {number}" if name else number
