"""What a story is made of. Plain data: the same seed gives the same story, and it can be printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

Json = dict[str, Any]
Spec: TypeAlias = Mapping[str, Any]
"""A fault as the control API takes it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A member types a command. Asks are counted from 0, and acts name them by that number."""

    number: int
    command: str
    member: str
    channel: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the command has beside its words, its files and its model: `private`, `spoiler`, `count`."""
    dear: bool = False
    """With the model whose price wants a yes, where the story has a threshold."""
    script: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What becomes of the job; nothing: it succeeds."""

    def __str__(self) -> str:
        told = [f"{name}={value}" for name, value in self.options.items()]
        told += ["dear"] * self.dear + [f"{name}: {value}" for name, value in self.script.items()]
        return f"{self.member} asks /{self.command} ({self.number}) in {self.channel} {' · '.join(told)}"


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody presses what stands on the card of an ask, as soon as it stands there; some wait in vain."""

    of: int
    label: str
    member: str
    patience: float = 2.0

    def __str__(self) -> str:
        return f"{self.member} presses {self.label} on {self.of}"


@dataclass(frozen=True, slots=True)
class Look:
    """/show of an ask's number, or /jobs."""

    of: int
    command: str
    member: str

    def __str__(self) -> str:
        return f"{self.member} types /{self.command} ({self.of})"


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault of one of the halves. `name` is its kind in the figures."""

    name: str
    spec: Spec
    of: int | None = None
    """Only what carries the words of this ask."""

    def __str__(self) -> str:
        about = {name: value for name, value in self.spec.items() if name != "body"}
        return f"fault {self.name}{'' if self.of is None else f' on {self.of}'}: {about}"


@dataclass(frozen=True, slots=True)
class Relent:
    """Every fault of the halves and the gateway ends."""

    def __str__(self) -> str:
        return "the faults end"


@dataclass(frozen=True, slots=True)
class Outage:
    """Scenario is gone, all of it or only its files, for so many seconds."""

    seconds: float
    files_only: bool

    def __str__(self) -> str:
        return f"Scenario{' has no files' if self.files_only else ' is down'} for {self.seconds:g} s"


class End(Enum):
    """How a process ends."""

    KILL = "SIGKILL"
    TERM = "SIGTERM"


@dataclass(frozen=True, slots=True)
class Death:
    """The bot's process ends, and after a while another one begins.

    at: a request that is caught first, so that the process dies in the midst of it; None: wherever it is.
    ask: what somebody asks for meanwhile, so that there is such a request.
    """

    end: End
    at: Strike | None = None
    ask: Ask | None = None
    down: float = 0.0
    """Seconds, real ones, without a process."""
    asleep: float = 0.0
    """Seconds that pass everywhere meanwhile."""

    def __str__(self) -> str:
        where = "" if self.at is None else f" at {self.at.name}"
        slept = f", {self.asleep:g} s pass" if self.asleep else ""
        asked = "" if self.ask is None else f"{self.ask}; "
        return f"{asked}{self.end.value}{where}, down for {self.down:g} s{slept}"


@dataclass(frozen=True, slots=True)
class Leap:
    """So much time passes everywhere."""

    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:g} s pass"


@dataclass(frozen=True, slots=True)
class Skew:
    """The bot's wall clock is set by so much."""

    seconds: float

    def __str__(self) -> str:
        return f"the bot's clock is set by {self.seconds:+g} s"


@dataclass(frozen=True, slots=True)
class Freeze:
    """The bot's process stands still while time passes for everybody else, as on a machine that sleeps."""

    real: float
    seconds: float

    def __str__(self) -> str:
        return f"the bot's process stands still for {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class FullDisk:
    """Nothing can be written for so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"the disk is full for {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Locked:
    """Somebody else holds the database's write lock for so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"the database is locked for {self.seconds:g} s"


class Harm(Enum):
    """What may happen to the place of an ask, at Discord."""

    EXPIRE = "its token dies"
    HIDE = "its channel is hidden from the bot"
    NO_FILES = "its channel takes no files of the bot"
    BLOCK = "its member takes no direct messages any more"
    THROW_OUT = "the bot is thrown out of its server"
    DELETE = "its message is deleted"


@dataclass(frozen=True, slots=True)
class Misfortune:
    of: int
    harm: Harm

    def __str__(self) -> str:
        return f"{self.of}: {self.harm.value}"


Act: TypeAlias = (
    Ask
    | Press
    | Look
    | Strike
    | Relent
    | Outage
    | Death
    | Leap
    | Skew
    | Freeze
    | FullDisk
    | Locked
    | Misfortune
)


@dataclass(frozen=True, slots=True)
class Step:
    """An act, and how long before it nothing is done."""

    after: float
    act: Act


@dataclass(frozen=True, slots=True)
class Story:
    """One sequence."""

    seed: int
    number: int
    settings: Mapping[str, str]
    """The bot's environment."""
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.settings.items())
        lines = [f"sequence {self.number} of seed {self.seed} · {told}"]
        lines += [f"  {step.after:4.1f} s later {step.act}" for step in self.steps]
        return "\n".join(lines)

    @property
    def asks(self) -> list[Ask]:
        acts = [step.act.ask if isinstance(step.act, Death) else step.act for step in self.steps]
        return [act for act in acts if isinstance(act, Ask)]

    @property
    def threshold(self) -> float | None:
        """CU above which nothing may be bought without a yes."""
        return float(self.settings["CONFIRM_ABOVE_CU"]) or None

    @property
    def allowance(self) -> float | None:
        """A member's CU of a day."""
        return float(self.settings["MEMBER_CU_PER_DAY"]) or None
