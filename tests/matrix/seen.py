"""What there is to be seen of a story when it is over. Plain data, for the judge."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Job:
    """A paid job, as Scenario's ledger has it."""

    id: str
    words: str
    """The prompt; of a job without one, the assets that it starts from."""
    seed: str = ""
    """The model and the seed: two jobs of one request share both."""
    cu: float = 5.0
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What the bot's database says of a generation."""

    id: str
    words: str
    fate: str
    card: str
    job_id: str | None = None
    failure: str | None = None
    """The failure's kind."""


@dataclass(frozen=True, slots=True)
class Note:
    """A message about a generation, as its member sees it."""

    text: str
    labels: frozenset[str] = frozenset()
    loading: bool = False
    """It says "thinking"."""
    beyond: bool = False
    """No way of the bot's leads to it any more: its token is dead, and only by that was it reached."""
    copy: bool = False
    """It answers a /show."""
    card: bool = True
    """It bears the generation's number; else it is a notice."""
    kinds: tuple[str, ...] = ()
    """What the attached and embedded files are, by their bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and everything that came of it."""

    id: str
    words: str
    command: str
    member: str
    state: str
    """Of the interaction, at Discord."""
    row: Row | None = None
    others: tuple[Row, ...] = ()
    """Of a request that became several jobs, those beside the first."""
    notes: tuple[Note, ...] = ()
    agreed: bool = False
    """Somebody said yes to the price."""
    deleted: bool = False
    """Its message was taken away by a person."""
    out_of_reach: bool = False
    """Its member took no direct messages, or Discord refused them for the bot."""
    probe: bool = False
    """Asked when everything was well again."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Of all its jobs."""
        return () if self.row is None else (self.row, *self.others)

    def __str__(self) -> str:
        row = self.row and f"{self.row.fate}/{self.row.card}/{self.row.failure}/{self.row.job_id}"
        return f"{self.id} /{self.command} of {self.member} ({self.words!r}: {self.state}, {row})"


@dataclass(frozen=True, slots=True)
class Pressed:
    """An interaction that asked for nothing new."""

    id: str
    state: str
    owed: bool
    """It says "thinking", and the process that said so lives."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything."""

    asked: tuple[Asked, ...] = ()
    jobs: tuple[Job, ...] = ()
    strangers: tuple[Row, ...] = ()
    """Rows that belong to no request of the story."""
    pressed: tuple[Pressed, ...] = ()
    threshold: float | None = None
    """CU above which nothing is bought without a yes."""
    allowance: float | None = None
    """A member's CU of a day."""
    unpriced: bool = False
    """Scenario told no prices for a while, so that nobody could be asked."""
    unwritten: bool = False
    """A process was killed, the database could not be written or an answer was lost, so that a card may have
    been delivered without the bot's knowing it."""
    violations: tuple[str, ...] = ()
    """What the stand-ins complain of."""
    process: tuple[str, ...] = field(default=())
    """What was wrong with the bot's processes."""
