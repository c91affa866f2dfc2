"""Gathers what is there to be seen: the ledger, each member's messages, the files on them, the bot's rows."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.e2e.stage import Json, images, labels, text_of
from tests.e2e.things import kind_of
from tests.matrix.actor import Actor, is_gate_menu
from tests.matrix.ending import is_owed, rows
from tests.matrix.known import Request
from tests.matrix.plan import Harm
from tests.matrix.seen import Asked, Job, Note, Pressed, Row, Seen

BY_TOKEN_ONLY: Final = ("away:", "hushed:", "private:")
"""Places without the bot."""
LOADING: Final = 128
UNWRITABLE: Final = ("FullDisk", "Locked")
ALWAYS: Final = ("general",)
"""Channels to look at beside those of the request: there a card may have been brought back."""


async def look(actor: Actor) -> Seen:
    """Everything, as it stands now."""
    house, story = actor.house, actor.story
    found = {row["id"]: row for row in rows(house.database)}
    wanted = {request.id for request in actor.requests}
    asked = [await _asked(actor, request, found) for request in actor.requests]
    return Seen(
        asked=tuple(asked),
        jobs=tuple(_job(job) for job in await house.ledger()),
        strangers=tuple(_row(row, "") for id_, row in found.items() if id_.partition("-")[0] not in wanted),
        pressed=tuple([await _pressed(actor, number) for number in range(len(actor.gestures))]),
        threshold=story.threshold,
        unpriced=actor.did["price 404"] > 0,
        allowance=story.allowance,
        unwritten=actor.deaths > 0 or any(did in UNWRITABLE or did.endswith(", done") for did in actor.did),
        violations=tuple(str(one) for one in await house.violations()),
        process=tuple(actor.wrongs),
    )


async def _asked(actor: Actor, request: Request, found: Mapping[str, Json]) -> Asked:
    state, row = "", found.get(request.id)
    others = [one for id_, one in sorted(found.items()) if request.id and id_.startswith(f"{request.id}-")]
    notes: list[Note] = []
    if request.id:
        state = (await actor.house.get(f"/interactions/{request.id}"))["state"]
        notes = await _notes(actor, request)
    return Asked(
        request.id,
        request.words,
        request.command,
        request.member,
        state,
        row=_row(row, request.words) if row is not None else None,
        others=tuple(_row(one, request.words) for one in others),
        notes=tuple(notes),
        agreed=request.agreed,
        deleted=Harm.DELETE in request.harms,
        out_of_reach=request.member in actor.blocked or actor.did["new message forbidden"] > 0,
        probe=request.number < 0,
    )


def _row(row: Json, words: str) -> Row:
    inputs: Json = json.loads(row["inputs"]) if row["inputs"] else {}
    failure: Json = json.loads(row["failure"]) if row["failure"] else {}
    return Row(
        row["id"], words_of(inputs) or words, row["fate"], row["card"], row["job_id"], failure.get("kind")
    )


def _job(job: Json) -> Job:
    inputs: Json = job["inputs"]
    seed = f"{job['model_id']} {inputs.get('seed')}"
    return Job(job["job_id"], words_of(inputs), seed, float(job["cu"]), bool(job["refunded"]))


def words_of(inputs: Mapping[str, Any]) -> str:
    """What tells requests apart: the words, or the files where there are none."""
    said = inputs.get("prompt") or inputs.get("text1")
    return str(said) if said else " ".join(sorted(_assets(inputs.values())))


def _assets(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str) and value.startswith("asset_"):
            yield value


async def _notes(actor: Actor, request: Request) -> list[Note]:
    shows = {one.id for one in actor.gestures if one.shows}
    alive = (await actor.house.get(f"/interactions/{request.id}"))["token_alive"]
    notes: list[Note] = []
    for channel in dict.fromkeys((request.channel, *ALWAYS, f"dm:{request.member}")):
        for message in await actor.house.messages(channel=channel, member=request.member):
            own = message["interaction_id"] == request.id
            if own or _bears(message, request.id):
                note = await _note(actor, message, request, copy=message["interaction_id"] in shows)
                # a clock that was set may have taken a token for dead that Discord still knew
                dead = not alive or actor.did["Skew"] > 0
                beyond = own and dead and _closed(actor, request, message)
                notes.append(replace(note, beyond=beyond))
    return notes


def _closed(actor: Actor, request: Request, message: Json) -> bool:
    """Whether the bot's own right does not lead to this message, or for a while did not."""
    if message["ephemeral"] or request.channel.startswith(BY_TOKEN_ONLY):
        return True
    harms = {harm for one in actor.requests if one.channel == request.channel for harm in one.harms}
    return bool(harms & {Harm.HIDE, Harm.THROW_OUT}) or actor.did["edit by right forbidden"] > 0


def _bears(message: Json, number: str) -> bool:
    """Whether a message has this generation's number, at the foot of a card or in plain words."""
    return number in text_of(message)


async def _note(actor: Actor, message: Json, request: Request, *, copy: bool) -> Note:
    links = [*images(message), *(file["url"] for file in message["attachments"])]
    kinds = [await _kind(actor, link) for link in dict.fromkeys(links)]
    parts = (part for row in message["components"] for part in row["components"])
    menus = {"Approve" for part in parts if is_gate_menu(part)}
    return Note(
        text_of(message),
        frozenset(labels(message)) | menus,
        loading=bool(message["flags"] & LOADING),
        copy=copy,
        card=_bears(message, request.id),
        kinds=tuple(kinds),
    )


async def _kind(actor: Actor, link: str) -> str:
    """What a file is, by opening it."""
    try:
        data = await actor.house.fetch(link)
        return await asyncio.to_thread(kind_of, data)
    except (AssertionError, UnicodeDecodeError) as error:
        return f"unreadable ({type(error).__name__})"


async def _pressed(actor: Actor, number: int) -> Pressed:
    made = actor.gestures[number]
    told = await actor.house.get(f"/interactions/{made.id}")
    owed = is_owed(told) and made.deaths == actor.deaths and told["message_id"] is not None
    return Pressed(made.id, told["state"], owed=owed)
