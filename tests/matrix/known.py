"""What whoever acts in a story remembers of what was done."""

from dataclasses import dataclass, field

from tests.matrix.plan import Harm


@dataclass(slots=True)
class Request:
    """What somebody asked for, as its member knows it."""

    number: int
    member: str
    channel: str
    words: str
    command: str
    id: str = ""
    """The interaction's, which is the generation's; "" while nothing was sent."""
    agreed: bool = False
    """Somebody said yes to its price."""
    harms: set[Harm] = field(default_factory=set[Harm])


@dataclass(slots=True)
class Gesture:
    """An interaction that asks for nothing new: a press, /show, /jobs, a step of a form."""

    id: str
    member: str
    channel: str
    of: int | None = None
    shows: bool = False
    deaths: int = 0
    """How many processes had ended when it was made."""
