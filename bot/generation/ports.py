"""What the life needs from the outside, as contracts.

`Store` keeps generations, `Studio` is Scenario, `Delivery` is Discord. The implementations live in
`bot.store`, `bot.scenario.client` and `bot.ui.cards.delivery`, and satisfy these structurally.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.generation.card import Card
from bot.generation.model import Generation
from bot.pricing.charges import Charge
from bot.request.ask import InputFile
from bot.scenario.api.jobs import JOBS_PAGE
from bot.scenario.api.records import Asset, Ceilings, File, Inputs, Job, Model, Price, Status, Submission
from bot.workflow_gates.gatekeeper import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Limits that hold while a new generation is recorded. None: no limit."""

    member_in_flight: int | None = None
    """Most jobs of one member that are under way at once; beyond that they wait in his own line."""
    member_waiting: int = 0
    """Most that may wait there: one more is refused."""
    member_cu_per_day: float | None = None
    guild_cu_per_day: float | None = None
    """Of each server; what was asked in a direct message or by a member's own app is no server's."""
    cu_per_day: float | None = None
    """Of everybody together."""
    queue: int | None = None
    """Most generations of everybody that may wait for a place or in a member's line, all servers together."""
    let_go: frozenset[str] = frozenset()
    """Generations of which nobody knows how they end (`watching.standstill`): they are not counted as in
    flight, and no purchase waits for their charges."""
    confirm_above: float | None = None
    """CU above which a price waits for somebody's yes, and its generation for no place."""
    ceiling: int | None = None
    """Most jobs of its pool that may be under way at once, those of all processes together."""

    @property
    def limits_cu(self) -> bool:
        """Whether a limit hangs on what things cost."""
        limits = (self.member_cu_per_day, self.guild_cu_per_day, self.cu_per_day)
        return any(limit is not None for limit in limits)

    @property
    def hangs_on_price(self) -> bool:
        """Whether anything is decided by what a request will cost."""
        return self.limits_cu or self.confirm_above is not None


Move = tuple[Generation, Generation]
"""A generation as it is believed to stand, and as it is to stand."""

Mark = tuple[int, str | None, str | None]
"""What tells two states of a generation apart: its revision, and of its card the state and who removed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What other processes hold that is not over."""

    marks: Mapping[str, Mark] = field(default_factory=dict[str, Mark])
    """All of it, by its ids."""
    changed: Sequence[Generation] = ()
    """Of that what was not known to stand so."""
    aside: frozenset[str] = frozenset()
    """Ids of requests that their holders do not buy for now (`several.aside`)."""


class Uploads(Protocol):
    """Which bytes that members gave are which asset, so that they are handed in once. Each method is one
    transaction."""

    async def known(self, digest: str) -> str | None:
        """The asset that these bytes became; None where that is not remembered.

        digest: SHA-256, in hexadecimal."""
        ...

    async def keep(self, digest: str, asset_id: str, now: datetime) -> None:
        """Remember it, as given at this moment."""
        ...

    async def erase(self, before: datetime) -> int:
        """Forget what nobody gave since that moment; returns how many."""
        ...


class Store(Protocol):
    """The generations, durably. Every method is one transaction, committed when it returns."""

    async def record(
        self,
        generation: Generation,
        guard: Guard,
        *,
        siblings: Sequence[Generation] = (),
        draft_id: str | None = None,
    ) -> None:
        """Add a request and its card, unless a limit of `guard` is reached; all in one transaction.

        siblings: the other jobs of the same request, on the same card.
        draft_id: the form that becomes this request, in the same transaction. It is free again when the
        generation was dropped: canceled before it was ever acknowledged.

        In flight counts the owner's generations that are not final, without those of `guard.let_go` and
        without runs bought more than UNSEEN_HOLDS ago whose question there was no way to show. So many of
        them as `guard.member_in_flight` are under way or on their way; the newest of those that are not
        bought wait in their member's line, at most `guard.member_waiting` of them. CU a day
        sums, over the generations of the owner, of the server and of everybody created within 24 hours
        before `generation.created_at`, what was charged (cu), else the foretold price, refunded ones left
        out; a limit is reached when its sum is at or over it. The queue counts generations whose fate is
        requested and that wait for nothing but a place: those that still lack a schema, a file or a yes to
        their price count for their member only, unless they wait in his line. A deleted card frees no place.
        Each job counts, and a request with more of them than there is room for is refused whole.

        Raises AlreadyRecorded when the id is taken (nothing changes), AlreadyAsked where the form is gone or
        is another request by now, LimitReached with `until` set, for a CU limit, to the moment when enough
        of the sum will be older than 24 hours; of several CU limits it names the one that frees last.
        """
        ...

    async def divide(
        self, before: Generation, after: Generation, siblings: Sequence[Generation], guard: Guard
    ) -> Generation | None:
        """`save`, and add the other jobs of the request, which turned out to be several. Raises LimitReached
        where there is no room for them; then nothing changes."""
        ...

    async def get(self, generation_id: str) -> Generation | None:
        """None where there is none of this id."""
        ...

    async def shown(self, card_id: str) -> Generation | None:
        """What a card shows: its generation, or a Group. None where there is no such card."""
        ...

    async def group(self, group_id: str) -> Sequence[Generation]:
        """The jobs of one request, in the order of their numbers."""
        ...

    async def save(
        self, before: Generation, after: Generation, *, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        """Write what differs between the two, if the row still stands where `before` stood.

        siblings: other jobs of the same request that move together with this one, or not at all.

        Checks the moves (`check_move`; raises IllegalMove). Writes only fields of FATE_FIELDS, and of its
        card those of CARD_FIELDS, that differ, and only if the row's fate still equals `before.fate` (where a
        fate field differs) and its card's state that of `before` (where a card field differs).
        A change of a fate field raises the row's revision by one, in the same statement. `shown_revision`
        never goes down.
        Returns the row as it now stands, or None when it had moved on and nothing was written.
        Raises JobTaken when another generation holds the job id.
        """
        ...

    async def save_card(self, before: Card, after: Card) -> bool:
        """`save` of a card alone. False when it had moved on and nothing was written."""
        ...

    async def reserve(
        self,
        before: Generation,
        after: Generation,
        guard: Guard,
        *,
        now: datetime,
        siblings: Sequence[Move] = (),
        alone: Sequence[Charge] | None = None,
    ) -> Generation | None:
        """`save`, if the prices of `after` and its siblings together fit into what every CU limit of `guard`
        leaves beside the others' sums (for an unknown price: if anything is left), all in one transaction.

        alone: the model's charges, which did not tell what this one costs. Then also only if `charges` are
        still these, and if no other generation of its model whose charge is not known is bought or being
        bought, under any CU limit that both count for.
        Where several processes share the store, `before` is bought only as long as all of them together have
        fewer jobs of its pool under way than `guard.ceiling`, and fewer of its member's than
        `guard.member_in_flight`.
        Raises what `save` raises, LimitReached as `record` does, Taught, NotAlone and NoPlace.
        """
        ...

    async def charges(self, model_id: str) -> Sequence[Charge]:
        """What the model's newest purchases were charged, newest first; free failures left out."""
        ...

    async def durations(self, model_id: str, *, limit: int) -> Sequence[timedelta]:
        """How long the model's newest jobs took, from the purchase to the result, newest first: of those with
        a result and a known charge."""
        ...

    async def unfinished(self) -> Sequence[Generation]:
        """All whose fate is not final, oldest first; a kept card does not unbuy a job."""
        ...

    async def elsewhere(self, known: Mapping[str, Mark]) -> Elsewhere:
        """What other processes on the store hold; nothing where there are never any. `changed` leaves out
        what stands as it is `known` to."""
        ...

    async def under_way(self, owner_id: int) -> Sequence[Generation]:
        """What each card shows of which a job of this member's is not over, oldest first."""
        ...

    async def unsettled(self) -> Sequence[Generation]:
        """What every live card shows, since a card that shows its last word is settled: oldest first, final
        fates before them."""
        ...

    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Those of `job_ids` that some generation holds."""
        ...

    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        """A member's requests, newest first, each by its first job."""
        ...

    async def built_on(self, card_id: str) -> Sequence[Generation]:
        """What begins with a result of this card, or makes one in full, newest first, at most 25, each by the
        first of its jobs that came to a result. What only repeats its request does not count."""
        ...

    async def popular(self, limit: int = 40) -> Sequence[str]:
        """The ids of the models that people use, as the newest requests that cost something say, the most
        used first."""
        ...

    async def erase_tokens(self, now: datetime) -> int:
        """Forget interaction tokens that expired before `now`; returns how many. Raises no revision."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Its memory of what members gave."""
        ...

    async def note(self, key: str) -> str | None:
        """A small remembered text, such as the hash of the commands that were synced."""
        ...

    async def remember(self, key: str, text: str) -> None:
        """Keep a text under this key, in place of the one before."""
        ...


class Taught(Exception):
    """More is known by now of what a model charges."""


class NotAlone(Exception):
    """What a model charges is not known yet, and another purchase of it is under way, which will tell."""


class NoPlace(Exception):
    """What several processes have under way takes the place that seemed free to one of them."""

    def __init__(self, *, of_member: bool) -> None:
        """of_member: whether it is his limit that they reach, and not Scenario's ceiling."""
        super().__init__()
        self.of_member = of_member


class JobTaken(Exception):
    """A job id that another generation already holds."""


class Studio(Flows, Protocol):
    """Scenario. Reads retry by themselves and raise Unavailable at last; paid POSTs never repeat."""

    async def model(self, model_id: str) -> Model:
        """A model with its schema. Raises NotFound, Forbidden."""
        ...

    def models(self, *, privacy: str) -> AsyncIterator[Model]:
        """Every model of `private` or `public`, all pages, without schemas."""
        ...

    def workflows(self) -> AsyncIterator[Model]:
        """The account's own workflows, read as models; rows may have their schema. Raises NotFound,
        Forbidden."""
        ...

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        """What it would cost, by dry run; None where the API has no dry run. Raises Rejected, Busy."""
        ...

    async def submit(self, model_id: str, inputs: Inputs, *, still: Callable[[], bool] = ...) -> Submission:
        """Buy one job, with one POST. still: asked on the open connection, as the last thing before it is
        sent. Raises Withheld where that is false, Rejected, Busy or Unreachable (nothing was bought), or
        Uncertain (anything else, also an answer that cannot be read)."""
        ...

    def jobs(self, *, created_after: datetime) -> AsyncIterator[Job]:
        """Jobs of this account created since, all pages, newest first. Raises NotFound where the API has
        no listing."""
        ...

    def listed(
        self,
        status: Status,
        wanted: Callable[[str], bool],
        *,
        updated_after: datetime | None = None,
        page: int = JOBS_PAGE,
    ) -> AsyncIterator[Job]:
        """This account's jobs of one status whose ids are wanted, all pages, `page` of the account's jobs on
        each. Only those that changed since, where a moment is given. Rows may lack their results; those of
        jobs that go on tell of nothing but status and progress. Raises Rejected where the API does not list
        so."""
        ...

    async def cancel(self, job_id: str) -> Job:
        """Ask for a cancel and read the job again. Raises BadInput when this job cannot be canceled."""
        ...

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        """The assets in the order asked, in bulk where the API has that, singly elsewhere. An asset that
        is gone is left out."""
        ...

    def expect(self, asset_ids: Collection[str], *, within: float = 0.0) -> None:
        """Soon `assets` will be asked for these, one job's after the other: a hint to read them together, and
        with what else is expected within so many seconds."""
        ...

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        """Fetch a file without our credentials, at most `cap` bytes, from allowed hosts only, every
        redirect checked again. Raises Refetch, Unavailable."""
        ...

    async def ceilings(self) -> Ceilings:
        """How many jobs, and how many runs of workflows, this team may have at once."""
        ...

    async def upload(self, file: File, *, name: str) -> str:
        """Hand in a file and wait until Scenario has imported it. The asset's id.

        Raises BadInput when Scenario cannot use it, else Rejected, Unavailable.
        """
        ...

    async def original(self, asset_id: str) -> str:
        """A fresh link to the original file: a credential, for one member's eyes. Raises NotFound, …"""
        ...


class Intake(Protocol):
    """Where the files come from that members give: Discord's own hosts, and nothing else."""

    async def fetch(self, given: InputFile, into: Path, *, cap: int) -> File:
        """Raises FileGone when it cannot be had any more, FileTooBig, Delayed."""
        ...


class FileGone(Exception):
    """A file that a member gave is not there any more, or is not where files may come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Discord's answer to the deferral."""

    message_id: int | None
    ephemeral: bool


class Acknowledgements(Protocol):
    """Discord, as far as the life of a generation goes."""

    async def find_original(self, card: Card) -> Acknowledged | None:
        """Ask Discord whether the request was acknowledged: the original message, or None when there is
        none or its token is dead. Raises Delayed."""
        ...


class Delayed(Exception):
    """Discord cannot take it now."""

    def __init__(self, why: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after
