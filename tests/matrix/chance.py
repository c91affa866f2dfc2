"""A story out of a seed. Pure: no clock, no process, and the same seed tells the same story."""

import random
from collections.abc import Sequence
from typing import Any, Final

from tests.matrix.faults import CATCHES, GATEWAY, NEEDS, PLACES, REQUESTS, bears_words
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
    Step,
    Story,
    Strike,
)

MEMBERS: Final = ("alice", "bob", "carol")
COMMANDS: Final = {
    "imagine": 6,
    "edit": 2,
    "video": 2,
    "music": 1,
    "sound": 1,
    "speech": 1,
    "3d": 1,
    "upscale": 1,
    "cutout": 1,
    "vectorize": 1,
    "generate": 2,
    "workflow run": 2,
}
"""Each with its weight."""
PRIVATE: Final = frozenset(COMMANDS) - {"workflow run"}
"""Commands with `private`."""
SPOILED: Final = ("imagine", "video")
PLACED: Final = ("general", "general", "general", "brainstorm", "guild2/general")
OWN: Final = ("dm", "away", "hushed", "private")
"""Places that belong to a member."""

ENDS: Final[Sequence[dict[str, Any]]] = (
    {"outcome": "failure", "error": "The brushes are wet", "refund": True},
    {"outcome": "failure", "error": "The brushes are wet", "refund": False},
    {"outcome": "canceled"},
    {"outcome": "moderated"},
    {"outcome": "failure", "error": "It was given up", "words": {"failure": "aborted"}},
    {"seconds": 0},
    {"seconds": 40},
    {"seconds": 700},
    {"stages": [["queued", 0.3], ["post-processing", 1]]},
    {"outcome": "never", "cancelable": True},
    {"assets": 0},
)
"""What a job may come to beside its usual success."""
FORMS: Final = frozenset({"generate", "workflow run"})


def story(seed: int, number: int) -> Story:
    """The sequence of this number."""
    return _Teller(random.Random(f"{seed}/{number}"), seed, number).tell()


class _Teller:
    def __init__(self, chance: random.Random, seed: int, number: int) -> None:
        self.chance = chance
        self.seed = seed
        self.number = number
        self.asks: list[Ask] = []

    def tell(self) -> Story:
        wanted = self.chance.choice((1, 2, 2, 3, 3))
        troubles = self.chance.randint(3, 7)
        kinds = ["ask"] * (wanted - 1) + ["trouble"] * troubles + ["deed"] * self.chance.randint(1, 4)
        self.chance.shuffle(kinds)
        kinds = self._opening() + kinds
        steps = [Step(self._pause(kind), self._act(kind)) for kind in kinds]
        return Story(self.seed, self.number, self._settings(), tuple(steps))

    def _opening(self) -> list[str]:
        """Trouble may be there before anybody asks."""
        return self.chance.choice((["ask"], ["ask"], ["trouble", "ask"], ["strike", "ask"]))

    def _settings(self) -> dict[str, str]:
        return {
            "CONFIRM_ABOVE_CU": self.chance.choice(("0", "7", "7")),
            "MEMBER_CU_PER_DAY": self.chance.choice(("0", "0", "0", "24")),
            "MEMBER_IN_FLIGHT": self.chance.choice(("0", "4")),
            "RECONCILE_SECONDS": self.chance.choice(("1", "3", "15")),
            "SHUTDOWN_GRACE": self.chance.choice(("1", "1", "3")),
        }

    def _pause(self, kind: str) -> float:
        if kind == "deed":
            return self.chance.choice((0.0, 0.3, 1.0))
        return self.chance.choice((0.0, 0.0, 0.1, 0.3, 0.6, 1.2))

    def _act(self, kind: str) -> Act:
        match kind:
            case "ask":
                return self._ask()
            case "deed" if self.asks:
                return self._deed()
            case "strike":
                return self._strike()
            case _:
                return self._trouble()

    # -- members --------------------------------------------------------------------------------------

    def _ask(self, among: Sequence[str] = tuple(COMMANDS)) -> Ask:
        chance, member = self.chance, self.chance.choice(MEMBERS)
        command = chance.choices(among, [COMMANDS[name] for name in among])[0]
        channel = chance.choice(PLACED) if chance.random() < 0.85 else f"{chance.choice(OWN)}:{member}"
        options: dict[str, Any] = {}
        if command in PRIVATE and chance.random() < 0.25:
            options["private"] = True
        if command in SPOILED and chance.random() < 0.15:
            options["spoiler"] = True
        if command == "imagine" and chance.random() < 0.15:
            options["count"] = 2
        ask = Ask(
            len(self.asks),
            command,
            member,
            channel,
            options,
            dear=command == "imagine" and "count" not in options and chance.random() < 0.15,
            script=chance.choice(ENDS) if chance.random() < 0.4 else {},
        )
        self.asks.append(ask)
        return ask

    def _deed(self) -> Act:
        ask = self.chance.choice(self.asks)
        what = self.chance.choice(
            ("Cancel", "Again", "Delete", "Original", "Generate", "gate", "show", "jobs")
        )
        somebody = ask.member if self.chance.random() < 0.8 else "mod"
        if what in {"show", "jobs"}:
            return Look(ask.number, what, ask.member)
        if what == "gate":
            what = self.chance.choice(("Approve", "Reject", "Choose"))
        dear = [one for one in self.asks if one.dear or one.command in {"video", "workflow run"}]
        if what == "Generate" and dear:
            ask = self.chance.choice(dear)
            somebody = ask.member
        return Press(ask.number, what, somebody, self.chance.choice((0.5, 2.0, 4.0)))

    # -- fate -----------------------------------------------------------------------------------------

    def _trouble(self) -> Act:
        chance = self.chance
        kind = chance.choices(
            (
                "strike",
                "gateway",
                "relent",
                "outage",
                "death",
                "caught",
                "leap",
                "skew",
                "freeze",
                "full",
                "locked",
                "misfortune",
            ),
            (10, 4, 2, 2, 3, 4, 3, 2, 1, 2, 2, 3),
        )[0]
        match kind:
            case "strike":
                return self._strike()
            case "gateway":
                name = chance.choice(list(GATEWAY))
                times = {"times": chance.randint(1, 3)} if name in {"gateway refuse", "gateway hold"} else {}
                return Strike(name, {**GATEWAY[name], **times})
            case "relent":
                return Relent()
            case "outage":
                return Outage(chance.choice((0.5, 1.5, 3.0)), files_only=chance.random() < 0.4)
            case "death":
                return self._death(None)
            case "caught":
                name = chance.choice(list(CATCHES))
                usual = tuple(command for command in COMMANDS if command not in FORMS)
                ask = self._ask(NEEDS.get(name, usual))
                return self._death(Strike(name, {**CATCHES[name], "times": None}), ask)
            case "leap":
                return Leap(chance.choice((5, 30, 30, 200, 1000, 4000)))
            case "skew":
                return Skew(chance.choice((-1, 1)) * chance.choice((5, 90, 1200, 5400)))
            case "freeze":
                return Freeze(chance.choice((0.3, 1.0)), chance.choice((2, 20, 300, 1200)))
            case "full":
                return FullDisk(chance.choice((0.5, 1.5, 4.0)))
            case "locked":
                return Locked(chance.choice((0.5, 2.5, 6.5)))
            case _:
                return self._misfortune()

    def _strike(self) -> Strike:
        chance = self.chance
        # by place first, or those with many faults would take over
        place = chance.choices(list(PLACES), list(PLACES.values()))[0]
        name = chance.choice([one for one in REQUESTS if one.startswith(f"{place} ")])
        spec = dict(REQUESTS[name])
        spec["times"] = 1 if spec["kind"] == "slow" else chance.choice((1, 1, 2, 4, 9, None))
        if spec["kind"] == "hold":
            spec["times"] = 1
        about = bool(self.asks) and bears_words(spec) and chance.random() < 0.4
        of = chance.choice(self.asks).number if about else None
        if of is None:
            spec["skip"] = chance.choice((0, 0, 0, 1))
        return Strike(name, spec, of)

    def _death(self, at: Strike | None, ask: Ask | None = None) -> Death:
        return Death(
            self.chance.choice((End.KILL, End.KILL, End.KILL, End.TERM)),
            at,
            ask,
            self.chance.choice((0.0, 0.0, 0.5)),
            self.chance.choice((0.0, 0.0, 0.0, 20.0, 600.0, 1000.0)),
        )

    def _misfortune(self) -> Act:
        if not self.asks:
            return self._strike()
        ask = self.chance.choice(self.asks)
        harms = list(Harm)
        if not _in_server(ask.channel):
            harms = [Harm.EXPIRE, Harm.BLOCK, Harm.DELETE]
        elif ask.channel == "general":
            harms.remove(Harm.THROW_OUT)  # home is where the others are
        return Misfortune(ask.number, self.chance.choice(harms))


def _in_server(channel: str) -> bool:
    return ":" not in channel
