"""After the story the world is healed, hours pass, and the bot must come to an end with everything."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Final

from tests.e2e.stage import Json, labels, text_of
from tests.matrix.actor import SECOND_SERVER, Actor
from tests.matrix.chance import MEMBERS
from tests.matrix.known import Gesture, Request
from tests.matrix.plan import Harm
from tests.support.rows import records

LOOK: Final = 0.15
PATIENCE: Final = 45.0
"""Real seconds until what is not over is called stuck; hours of everybody's time pass in them."""
STRIDES: Final = (0, 0, 3, 3, 5, 10, 20, 60, 120, 300, 600, 1200, 1200, 1200, 1800)
"""Seconds that pass between two looks, the later the more."""
STRIDE: Final = 1800.0
LONGEST: Final = 4 * 3600.0
"""Seconds after which no more pass: what is not over then is looked at in real time."""
OVER: Final = "fate IN ('succeeded', 'failed', 'canceled') AND card IN ('settled', 'kept')"
GATE: Final = {"Reject", "Approve"}
SHOWN_AGAIN: Final = 15.0
LINGERED: Final = 8
"""Looks at a world with its faults still in it, before they are taken away."""
DEFERRED: Final = 5
"""Discord's number for an answer that says "thinking"."""
QUIET: Final = 6.0
"""Seconds, of everybody's, within which the answer to a press is there."""


class Ending:
    """Heals, waits, and asks for what was kept."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.house = actor.house
        self.probe: Request | None = None
        self._passed = 0.0

    async def come(self) -> None:
        """Everything to its end. What does not come to one is left as it is, for the judge."""
        await self._until_heard()
        await self._linger()
        await self.heal()
        await self._until_heard()
        await self._until_over()
        await self._bring_back()
        await self._ask_once_more()
        await self._until_over()
        await self._until_answered()

    async def heal(self) -> None:
        """Nothing is in the way any more, but for what members decided."""
        await self.actor.relent()
        await self.house.heal()
        await self.house.unlock_database()
        self.house.free_disk()
        self.house.thaw()
        self.house.hands.right()
        await self.house.post("/settings", scenario={"down": False, "cdn_down": False})
        for channel in ("general", "brainstorm", "guild2/general"):
            await self.house.tried("/permissions", channel=channel, deny=[], allow=[])
        await self.house.tried("/add_bot", guild=SECOND_SERVER)
        if self.house.bot is None or self.house.died:
            await self.actor.revive()
        await self.house.until(self._up, "a bot in a world without faults")

    async def _up(self) -> bool:
        if self.house.bot is None or self.house.died:
            await self.actor.revive()
        return bool((await self.house.get("/state"))["connected"])

    async def _linger(self) -> None:
        """What was asked last meets the faults too: they stay while there is something for them to strike."""
        for _ in range(LINGERED):
            if not self._open() or self.house.bot is None or self.house.died:
                return
            await self._pass(2.0)
            await asyncio.sleep(2 * LOOK)

    async def _until_heard(self) -> None:
        """What the gateway kept back arrives now, or Discord has given it up after its three seconds."""
        for _ in range(int(QUIET / LOOK)):
            sent = [one.id for one in self.actor.requests if one.id]
            states = [(await self.house.get(f"/interactions/{id_}"))["state"] for id_ in sent]
            if "sent" not in states:
                return
            await asyncio.sleep(LOOK)

    # -- waiting --------------------------------------------------------------------------------------

    async def _until_over(self) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        strides = iter(STRIDES)
        while self._open() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK)
            await self._answer_gates()
            await self._cancel_endless()
            if self._passed < LONGEST:
                await self._pass(next(strides, STRIDE))

    async def _pass(self, seconds: float) -> None:
        self._passed += seconds
        await self.house.post("/clock", advance=seconds)
        self.house.hands.advance(seconds)

    def _open(self) -> list[str]:
        """The generations that are not over, by id."""
        return [row["id"] for row in rows(self.house.database, f"NOT ({OVER})")]

    async def _answer_gates(self) -> None:
        """A workflow waits for a person as long as it takes: here the person is."""
        for request in self.actor.requests:
            if request.command != "workflow run" or not request.id:
                continue
            for card in await self._asking(request):
                await self.house.tried("/press", member=request.member, message_id=card["id"], label="Reject")
            row = self.house.record(request.id)
            if (row.get("fate"), row.get("card")) == ("running", "kept"):
                await self._show(request)  # nothing could show the question: its member asks for it

    async def _asking(self, request: Request) -> list[Json]:
        """The messages that ask this run's question, wherever they came."""
        places = dict.fromkeys((request.channel, "general", f"dm:{request.member}"))
        seen = [await self.house.messages(channel=place, member=request.member) for place in places]
        return [
            message
            for messages in seen
            for message in messages
            if GATE & set(labels(message)) and request.id in text_of(message)
        ]

    async def _cancel_endless(self) -> None:
        """Scenario never ends some jobs by itself; their members do."""
        endless = {ask.number for ask in self.actor.story.asks if ask.script.get("outcome") == "never"}
        for request in self.actor.requests:
            if request.number not in endless or not request.id or self._passed < 1.0:
                continue
            await self._cancel(request)

    async def _cancel(self, request: Request) -> None:
        card = await self.actor.card(request)
        if card is not None and "Cancel" in labels(card):
            await self.house.tried("/press", member=request.member, message_id=card["id"], label="Cancel")
            return
        # no card to press on: /jobs lists it, with a way to cancel it
        if self.house.record(request.id).get("fate") not in {"running", "submitting", "uncertain"}:
            return
        typed: Json = {"member": request.member, "channel": "general", "name": "jobs", "options": {}}
        sent = await self.house.tried("/command", **typed)
        if sent is None:
            return
        with contextlib.suppress(AssertionError):
            listed = await self.house.answer(str(sent["interaction_id"]), member=request.member)
            for label in labels(listed):
                await self.house.tried("/press", member=request.member, message_id=listed["id"], label=label)

    # -- asking for what was kept ---------------------------------------------------------------------

    async def _bring_back(self) -> None:
        """What was made and has no card is brought back by its member, by /show."""
        for request in self.actor.requests:
            row = self.house.record(request.id) if request.id else {}
            if row.get("card") == "kept" and row["fate"] == "succeeded":
                await self._show(request)
        await self._until_over()

    async def _show(self, request: Request) -> None:
        typed: Json = {"member": request.member, "channel": "general", "name": "show"}
        if request.harms & {Harm.DELETE}:
            typed["channel"] = request.channel
        sent = await self.house.tried("/command", **typed, options={"id": request.id})
        if sent is not None:
            made = Gesture(
                str(sent["interaction_id"]),
                request.member,
                typed["channel"],
                request.number,
                shows=True,
                deaths=self.actor.deaths,
            )
            self.actor.gestures.append(made)
            await self._until_shown(made)

    async def _until_shown(self, made: Gesture) -> None:
        for _ in range(int(SHOWN_AGAIN / LOOK)):
            found = await self.house.answers(made.id, channel=made.channel, member=made.member)
            if any(one["embeds"] or one["content"] for one in found):
                return
            await asyncio.sleep(LOOK)

    async def _ask_once_more(self) -> None:
        """Whoever asks in a world without faults is served: no place and no loop was lost on the way."""
        words = f"a last heron {self.actor.story.number}"
        self.probe = Request(-1, "dave", "general", words, "imagine")
        self.actor.requests.append(self.probe)
        typed: Json = {
            "member": "dave",
            "channel": "general",
            "name": "imagine",
            "options": {"prompt": words},
        }
        sent = await self.house.tried("/command", **typed)
        if sent is None:
            return
        self.probe.id = str(sent["interaction_id"])
        for _ in range(int(SHOWN_AGAIN / LOOK)):
            row = self.house.record(self.probe.id)
            if row.get("card") == "settled":
                return
            await asyncio.sleep(LOOK)
            if row.get("card") == "live":  # before it is heard, Discord's three seconds are real ones
                await self._pass(1.0)

    async def _until_answered(self) -> None:
        """The last presses get their answers."""
        for _ in range(int(QUIET / LOOK)):
            waiting = [one for one in self.actor.gestures if one.deaths == self.actor.deaths]
            told = [await self.house.get(f"/interactions/{one.id}") for one in waiting]
            if not any(one["state"] == "sent" or is_owed(one) for one in told):
                return
            await asyncio.sleep(LOOK)


def is_owed(interaction: Json) -> bool:
    """Whether the bot said "thinking" and has said nothing since, and still may."""
    return interaction["state"] == "acknowledged" and interaction["answer"] == DEFERRED


def rows(database: Path, condition: str = "1") -> list[Json]:
    """The bot's rows that meet a condition, read from outside."""
    if not database.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            wanted = f"SELECT * FROM {records(connection)} WHERE {condition}"  # noqa: S608 (written here)
            found = connection.execute(wanted).fetchall()
        except sqlite3.OperationalError:  # there was never a bot that got so far
            return []
    return [dict(row) for row in found]


async def introduce(actor: Actor) -> None:
    """Everybody joins the first server, so that the bot may write to them."""
    for member in (*MEMBERS, "dave"):
        await actor.house.messages(member=member)
