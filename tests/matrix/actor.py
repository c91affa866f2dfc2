"""Plays a story: what members do, and what befalls them."""

import asyncio
import signal
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Final

from tests.e2e.stage import Json, is_gate_menu, labels
from tests.e2e.things import picture
from tests.matrix.chance import FORMS
from tests.matrix.house import DEAR, LONE, MODELS, WORKFLOW, House
from tests.matrix.known import Gesture, Request
from tests.matrix.plan import (
    Act,
    Ask,
    Death,
    End,
    Freeze,
    FullDisk,
    Harm,
    Leap,
    Locked,
    Look,
    Misfortune,
    Outage,
    Press,
    Relent,
    Skew,
    Story,
    Strike,
)

LOOK: Final = 0.05
FORM_PATIENCE: Final = 4.0
CATCH_PATIENCE: Final = 2.5
SECOND_SERVER: Final = "Second Server"
"""The server that the bot may be thrown out of."""
COLORS: Final = (
    "red",
    "teal",
    "navy",
    "plum",
    "gold",
    "olive",
    "pink",
    "gray",
    "brown",
    "lime",
    "cyan",
    "tan",
)
STRUCK: Final = "requests struck"
FILES: Final = frozenset({"edit", "upscale", "cutout", "vectorize"})
_TERM: Final = {End.KILL: signal.SIGKILL, End.TERM: signal.SIGTERM}


class Actor:
    """One story's memory of what was done."""

    def __init__(self, house: House, story: Story) -> None:
        self.house = house
        self.story = story
        self.requests: list[Request] = []
        self.gestures: list[Gesture] = []
        self.deaths = 0
        self.wrongs: list[str] = []
        self.did = Counter[str]()
        self.blocked = set[str]()
        """Members who take no direct messages any more."""
        self._by_ask: dict[int, Request] = {}
        self._aside = set[asyncio.Task[None]]()

    async def play(self) -> None:
        """All steps, one after the other; what waits for a card waits aside."""
        for step in self.story.steps:
            await asyncio.sleep(step.after)
            await self._act(step.act)
            await self.revive()
        if self._aside:
            await asyncio.wait(self._aside)
        for task in self._aside:
            task.result()

    async def revive(self) -> None:
        """A supervisor's part: a process that ended by itself is started again."""
        if self.house.died:
            assert self.house.bot is not None
            self.wrongs.append(f"the process ended by itself with status {self.house.bot.poll()}")
            await self.house.go_down(signal.SIGKILL)
            self.deaths += 1
        if self.house.bot is None and not await self.house.come_up():
            self.did["start in vain"] += 1

    def _spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        self._aside.add(asyncio.create_task(doing))

    async def _act(self, act: Act) -> None:
        self.did[_kind(act)] += 1
        match act:
            case Ask():
                await self._ask(act)
            case Press():
                self._spawn(self._press(act))
            case Look():
                await self._look(act)
            case Strike():
                await self.house.fault(**self._aimed(act))
            case Relent():
                await self.relent()
            case Outage():
                self._spawn(self._outage(act))
            case Death():
                await self._die(act)
            case Misfortune():
                await self._harm(act)
            case _:
                await self._befall(act)

    # -- members --------------------------------------------------------------------------------------

    async def _ask(self, ask: Ask) -> None:
        words = f"a heron at lake {self.story.number}.{ask.number}"
        request = Request(ask.number, ask.member, ask.channel, words, ask.command)
        self.requests.append(request)
        self._by_ask[ask.number] = request
        if ask.script:
            matched = {"model_id": WORKFLOW if ask.command == "workflow run" else MODELS[ask.command]["id"]}
            wordless = ask.command in {"upscale", "cutout", "vectorize", "workflow run"}
            where = {**matched, "times": 1} if wordless else {"prompt_contains": words}
            await self.house.post("/script", **where, **ask.script)
        if ask.command in FORMS:
            self._spawn(self._fill_in(ask, request))
        else:
            sent = await self.house.tried("/command", **self._typed(ask), options=self._options(ask, words))
            request.id = str(sent["interaction_id"]) if sent else ""

    @staticmethod
    def _typed(ask: Ask) -> Json:
        return {"member": ask.member, "channel": ask.channel, "name": ask.command}

    @staticmethod
    def _options(ask: Ask, words: str) -> Json:
        options: Json = dict(ask.options)
        options["model"] = DEAR if ask.dear else MODELS[ask.command]["id"]
        if "count" in options and ask.number % 3:  # several jobs under one card, but for every third
            options["model"] = LONE
        if ask.command == "speech":
            options["text"] = words
        elif ask.command not in {"upscale", "cutout", "vectorize"}:
            options["prompt"] = words
        if ask.command in FILES:
            # a picture of its own, or two requests would share an asset and look alike at Scenario
            options["image"] = picture(f"{ask.number}.png", COLORS[ask.number % len(COLORS)], (64, 48))
        return options

    async def _fill_in(self, ask: Ask, request: Request) -> None:
        """Through the form. Where a step of it fails the member has sent nothing."""
        if ask.command == "workflow run":
            options: Json = {"workflow": WORKFLOW}
        else:
            options = {**ask.options, "model": MODELS[ask.command]["id"]}
        opened = await self._gesture("/command", request, **self._typed(ask), options=options)
        form = await self._form(opened, request) if opened else None
        if form is None:
            self.did["form in vain"] += 1
            return
        name = "text1" if ask.command == "workflow run" else "prompt"
        sent = await self.house.tried(
            "/submit", member=ask.member, interaction_id=form, values={name: request.words}
        )
        request.id = str(sent["interaction_id"]) if sent else ""

    async def _form(self, interaction: str, request: Request) -> str | None:
        """The interaction that opened the modal: this one, or that of the button it was answered with."""
        for _ in range(int(FORM_PATIENCE / LOOK)):
            if (await self.house.get(f"/interactions/{interaction}"))["modal"]:
                return interaction
            found = await self._answers(interaction, request)
            if found and "Open the form" in labels(found[0]):
                behind = await self._gesture(
                    "/press", request, member=request.member, message_id=found[0]["id"], label="Open the form"
                )
                if behind is None:
                    return None
                interaction = behind
            await asyncio.sleep(LOOK)
        return None

    async def _gesture(self, path: str, request: Request, **body: Any) -> str | None:
        sent = await self.house.tried(path, **body)
        if sent is None:
            return None
        made = Gesture(
            str(sent["interaction_id"]),
            str(body["member"]),
            request.channel,
            request.number,
            shows=body.get("name") == "show",
            deaths=self.deaths,
        )
        self.gestures.append(made)
        return made.id

    async def _look(self, look: Look) -> None:
        request = self._by_ask.get(look.of)
        if request is None or not request.id:
            return
        options = {"id": request.id} if look.command == "show" else {}
        typed: Json = {"member": look.member, "channel": request.channel, "name": look.command}
        await self._gesture("/command", request, **typed, options=options)

    async def _press(self, press: Press) -> None:
        request = self._by_ask.get(press.of)
        if request is None:
            return
        for _ in range(int(press.patience / LOOK)):
            card = await self.card(request)
            if card is not None and await self._pressed(press, request, card):
                self.did[f"pressed {press.label}"] += 1
                return
            await asyncio.sleep(LOOK)

    async def _pressed(self, press: Press, request: Request, card: Json) -> bool:
        """Whether it stood there and was pressed."""
        if press.label == "Choose":
            menu = next((part for part in _parts(card) if is_gate_menu(part)), None)
            body: Json = {"custom_id": menu["custom_id"], "values": ["1"]} if menu else {}
        else:
            body = {"label": press.label} if press.label in labels(card) else {}
        if not body:
            return False
        if press.label == "Again":
            await self._again(press, request, card)
            return True
        made = await self._gesture("/press", request, member=press.member, message_id=card["id"], **body)
        if made and press.label == "Generate":
            request.agreed = True
        if made and press.label == "Delete":
            await self._surely(made, press, request)
        return made is not None

    async def _again(self, press: Press, request: Request, card: Json) -> None:
        sent = await self.house.tried("/press", member=press.member, message_id=card["id"], label="Again")
        if sent is not None:
            again = Request(request.number, press.member, request.channel, request.words, request.command)
            again.id = str(sent["interaction_id"])
            again.harms = set(request.harms)
            self.requests.append(again)

    async def _surely(self, asked: str, press: Press, request: Request) -> None:
        """Delete asks whether one is sure."""
        for _ in range(int(press.patience / LOOK)):
            found = await self._answers(asked, request, press.member)
            if found and "Delete it" in labels(found[0]):
                request.harms.add(Harm.DELETE)
                await self._gesture(
                    "/press", request, member=press.member, message_id=found[0]["id"], label="Delete it"
                )
                return
            await asyncio.sleep(LOOK)

    async def card(self, request: Request) -> Json | None:
        """What stands as the answer to a request, where its member sees it; the newest."""
        if not request.id:
            return None
        found = await self._answers(request.id, request)
        return found[-1] if found else None

    async def _answers(self, interaction: str, request: Request, member: str | None = None) -> list[Json]:
        return await self.house.answers(interaction, channel=request.channel, member=member or request.member)

    async def relent(self) -> None:
        """End the faults, and count what they struck."""
        for fault in (await self.house.get("/faults"))["faults"]:
            self.did[STRUCK] += fault["hits"]
        await self.house.call("DELETE", "/faults")

    # -- fate -----------------------------------------------------------------------------------------

    def _aimed(self, strike: Strike) -> Json:
        """The fault, for the requests of one ask where it is for one only."""
        spec = dict(strike.spec)
        request = self._by_ask.get(strike.of) if strike.of is not None else None
        if request is not None and "body_contains" in spec:
            spec["body_contains"] += request.id
        elif request is not None:
            spec["body_contains"] = request.words
        return spec

    async def _outage(self, outage: Outage) -> None:
        what = "cdn_down" if outage.files_only else "down"
        await self.house.post("/settings", scenario={what: True})
        await asyncio.sleep(outage.seconds)
        await self.house.post("/settings", scenario={what: False})

    async def _die(self, death: Death) -> None:
        fault = await self.house.fault(**self._aimed(death.at)) if death.at is not None else None
        if death.ask is not None:
            self.did[_kind(death.ask)] += 1
            await self._ask(death.ask)
        if fault is not None and await self._caught(fault):
            self.did[f"died at {death.at.name}" if death.at else ""] += 1
        status = await self.house.go_down(_TERM[death.end])
        self.deaths += 1
        if death.end is End.TERM and status != 0:
            self.wrongs.append(f"SIGTERM ended it with status {status}")
        if fault is not None:
            await self.house.call("DELETE", f"/faults/{fault}")
        await asyncio.sleep(death.down)
        if death.asleep:
            await self._pass(death.asleep)

    async def _caught(self, fault: str) -> bool:
        for _ in range(int(CATCH_PATIENCE / LOOK)):
            faults = (await self.house.get("/faults"))["faults"]
            if any(one["id"] == fault and one["holding"] for one in faults):
                return True
            await asyncio.sleep(LOOK)
        return False

    async def _pass(self, seconds: float) -> None:
        """Time passes for everybody."""
        await self.house.post("/clock", advance=seconds)
        self.house.hands.advance(seconds)

    async def _befall(self, act: Act) -> None:
        match act:
            case Leap():
                await self._pass(act.seconds)
            case Skew():
                self.house.hands.set(act.seconds)
            case Freeze():
                self.house.freeze()
                await asyncio.sleep(act.real)
                await self.house.post("/clock", advance=act.seconds)
                self.house.hands.set(act.seconds)  # no wait of the process has come nearer its end
                self.house.thaw()
            case FullDisk():
                self.house.fill_disk()
                self._spawn(self._later(act.seconds, self._free_disk()))
            case Locked():
                await self.house.lock_database()
                self._spawn(self._later(act.seconds, self.house.unlock_database()))
            case _:
                raise AssertionError(act)

    @staticmethod
    async def _later(seconds: float, doing: Coroutine[Any, Any, None]) -> None:
        await asyncio.sleep(seconds)
        await doing

    async def _free_disk(self) -> None:
        self.house.free_disk()

    async def _harm(self, misfortune: Misfortune) -> None:
        request = self._by_ask.get(misfortune.of)
        if request is None:
            return
        place = request.channel
        match misfortune.harm:
            case Harm.EXPIRE if request.id:
                await self.house.tried("/expire", interaction_id=request.id)
            case Harm.HIDE:
                await self.house.tried("/permissions", channel=place, deny=["VIEW_CHANNEL"], allow=[])
            case Harm.NO_FILES:
                await self.house.tried("/permissions", channel=place, deny=["ATTACH_FILES"], allow=[])
            case Harm.BLOCK:
                await self.house.tried("/block_dms", member=request.member, blocked=True)
                self.blocked.add(request.member)
            case Harm.THROW_OUT:
                await self.house.tried("/remove_bot", guild=SECOND_SERVER)
            case Harm.DELETE if (card := await self.card(request)) is not None:
                await self.house.tried("/delete", member="mod", message_id=card["id"])
                await self.house.tried("/delete", member=request.member, message_id=card["id"])
            case _:
                return  # there is no such message or token yet
        request.harms.add(misfortune.harm)


def _parts(message: Json) -> list[Json]:
    return [part for row in message["components"] for part in row["components"]]


def _kind(act: Act) -> str:
    """Its name in the figures."""
    match act:
        case Ask():
            return f"/{act.command}"
        case Strike():
            return act.name
        case Death():
            return act.end.value
        case Press():
            return f"press {act.label}"
        case Look():
            return f"/{act.command}"
        case Misfortune():
            return act.harm.value
        case _:
            return type(act).__name__
