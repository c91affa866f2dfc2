"""The kill matrix: what is asked, where the bot is killed, what becomes of the tokens, and what must be true
at the end."""

import contextlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from bot.generation.watching.sweep import FEW
from tests.e2e.side import TINY
from tests.e2e.stage import Json, Stage, images, text_of
from tests.support.rows import records

STRANGER: Final = "a stranger"
CHANNEL: Final = "general"
SHUT: Final = "brainstorm"
"""The channel from which the bot is shut out while it is dead."""
LONGEST_WINDOW: Final = "3600"
"""A reconcile window that no test lives to see the end of: whoever waits for it is seen waiting."""
ATTEMPTS: Final = 3
SETTLE_EDITS: Final = 12
"""More edits than this for one picture of some seconds are no progress but noise."""


class Fate(Enum):
    """What Scenario makes of the job: the script's word, our word, and what the member must read."""

    SUCCEEDED = ("success", "succeeded", "made in")
    FAILED = ("failure", "failed", "The brushes are wet")
    CANCELED = ("canceled", "canceled", "Scenario canceled the job")
    MODERATED = ("moderated", "failed", "did not allow this content")

    def __init__(self, outcome: str, fate: str, words: str) -> None:
        self.outcome = outcome
        self.fate = fate
        self.words = words


class Token(Enum):
    """Who sees the card, and what becomes of its token while the bot is dead.

    A token dies in two ways: the bot's own clock says so (it was down for a quarter of an hour), or only
    Discord does (50027), where the clock had still given it time.
    """

    ALIVE = "alive"
    DEAD = "dead"
    DEAD_BY_CLOCK = "overslept"
    DEAD_AND_SHUT_OUT = "dead and shut out"
    EPHEMERAL = "ephemeral"
    EPHEMERAL_DEAD = "ephemeral dead"
    EPHEMERAL_DEAD_BY_CLOCK = "ephemeral overslept"
    EPHEMERAL_BLOCKED = "ephemeral dead blocked"

    @property
    def private(self) -> bool:
        return self.value.startswith("ephemeral")

    @property
    def dead(self) -> bool:
        return self not in {Token.ALIVE, Token.EPHEMERAL}

    @property
    def by_clock(self) -> bool:
        return self in {Token.DEAD_BY_CLOCK, Token.EPHEMERAL_DEAD_BY_CLOCK}

    @property
    def moved(self) -> bool:
        """Whether only a direct message is left."""
        closed = self is Token.DEAD_AND_SHUT_OUT or (self.private and self.dead)
        return closed and self is not Token.EPHEMERAL_BLOCKED


PUBLIC: Final = tuple(token for token in Token if not token.private)
EPHEMERAL: Final = tuple(token for token in Token if token.private)
"""Four of each, and four fates: one loop holds sixteen in flight."""


@dataclass(slots=True)
class Case:
    """One member's request."""

    token: Token
    fate: Fate
    id: str = ""

    @property
    def channel(self) -> str:
        return SHUT if self.token is Token.DEAD_AND_SHUT_OUT else CHANNEL

    @property
    def name(self) -> str:
        return f"{self.token.value} and {self.fate.name.lower()}"

    @property
    def member(self) -> str:
        return f"member {self.name}"

    @property
    def prompt(self) -> str:
        """No prompt is part of another, and none holds a word of the card's own."""
        return f"A lighthouse, {self.name}, at dusk"


def cases(tokens: Iterable[Token]) -> list[Case]:
    return [Case(token, fate) for token in tokens for fate in Fate]


Holds = Callable[[Sequence[Case]], list[tuple[Json, int]]]
"""The faults that catch requests in flight, and how many requests each catches."""
Row = Callable[[Json], bool]
"""Whether the bot's row stands where this kill point wants it."""


@dataclass(frozen=True, slots=True)
class KillPoint:
    """Where the bot dies: the requests that are held, and how far the rows and the ledger are then."""

    name: str
    holds: Holds
    row: Row
    jobs: int
    """Paid jobs of each case at the moment of the kill."""
    seconds: float = 1.0
    """How long a job takes, on the sandbox's clock."""
    advance: float = 0.0
    """Seconds by which that clock jumps after the restart."""
    reconcile: str = LONGEST_WINDOW

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    def bought(self, case: Case) -> bool:
        """What was never acknowledged, or cannot be known to have been, is never bought."""
        return not (self is RECORDED or (self is ACKNOWLEDGED and case.token.dead))


def _all(spec: Json) -> Holds:
    """Hold one request of every case."""
    return lambda them: [(spec, len(them))]


def _unshown(them: Sequence[Case]) -> list[tuple[Json, int]]:
    """The fate is known and nothing of it was sent to Discord: the picture's record is not answered, and
    where there is no picture, an earlier edit is still on its way."""
    pictures = any(case.fate is Fate.SUCCEEDED for case in them)  # read together, so one request is held
    edits = [({**EDIT, "body_contains": case.prompt}, 1) for case in them if case.fate is not Fate.SUCCEEDED]
    return [(ASSET, int(pictures)), *edits]


CALLBACK: Final[Json] = {"half": "discord", "method": "POST", "path": "/interactions/*/*/callback"}
GENERATE: Final[Json] = {
    "half": "scenario",
    "method": "POST",
    "path": "/generate/custom/*",
    "query": {"dryRun": None},
}
LISTING: Final[Json] = {"half": "scenario", "method": "GET", "path": "/jobs"}
READ: Final[Json] = {"half": "scenario", "method": "GET", "path": "/jobs/*"}
ASSET: Final[Json] = {"half": "scenario", "method": "*", "path": "/assets/*"}
"""One, or many at once."""
EDIT: Final[Json] = {"half": "discord", "method": "PATCH", "path": "/webhooks/*/messages/@original"}
LAST_EDIT: Final[Json] = {**EDIT, "body_contains": "g1:again:"}
"""Only a card that is over has the button Again."""
LAST_DM: Final[Json] = {
    "half": "discord",
    "method": "POST",
    "path": "/channels/*/messages",
    "body_contains": "g1:again:",
}


def _polls(them: Sequence[Case]) -> list[tuple[Json, int]]:
    """Few jobs are read one by one, many by one page after the other."""
    return [(READ, len(them))] if len(them) <= FEW else [(LISTING, 1)]


def _stands(*fates: str, card: str) -> Row:
    return lambda row: row.get("fate") in fates and row.get("card") == card


def _behind(row: Json) -> bool:
    over = row.get("fate") in {"succeeded", "failed", "canceled"}
    return over and row["card"] == "live" and row["shown_revision"] < row["revision"]


RECORDED: Final = KillPoint("recorded", _all(CALLBACK), _stands("requested", card="unacknowledged"), jobs=0)
ACKNOWLEDGED: Final = KillPoint(
    "acknowledged",
    _all({**CALLBACK, "when": "after"}),
    _stands("requested", card="unacknowledged"),
    jobs=0,
)
BEFORE_POST: Final = KillPoint(
    "before the POST", _all(GENERATE), _stands("submitting", card="live"), jobs=0, reconcile="3"
)
AFTER_POST: Final = KillPoint(
    "between POST and job id",
    _all({**GENERATE, "when": "after"}),
    _stands("submitting", card="live"),
    jobs=1,
)
POLLING: Final = KillPoint(
    "while polling", _polls, _stands("running", card="live"), jobs=1, seconds=30, advance=30
)
UNSHOWN: Final = KillPoint("terminal but not shown", _unshown, _behind, jobs=1)
UNSENT: Final = KillPoint("between download and edit", _all(LAST_EDIT), _behind, jobs=1)
SHOWN: Final = KillPoint("after the edit", _all({**LAST_EDIT, "when": "after"}), _behind, jobs=1)

ALL: Final = (RECORDED, ACKNOWLEDGED, BEFORE_POST, AFTER_POST, POLLING, UNSHOWN, UNSENT, SHOWN)


class Matrix:
    """Many requests at once on one stage, brought to one point, killed there, and looked at afterwards."""

    def __init__(self, stage: Stage, point: KillPoint, them: Sequence[Case]) -> None:
        self.stage = stage
        self.point = point
        self.cases = list(them)
        self._earlier = Counter[str]()

    # -- to the point ---------------------------------------------------------------------------------

    async def ask(self) -> None:
        """Everybody asks; the bot comes as far as the kill point and no further."""
        self._earlier = await self.jobs()
        for case in self.cases:
            await self._script(case)
        held: list[tuple[str, int]] = []
        for spec, count in self.point.holds(self.cases):
            held.append((await hold(self.stage, spec), count))
        for case in self.cases:
            await self._ask(case)
        for fault, count in held:
            await self.stage.held(fault, count)
        await self._until_rows(self.point.row, f"every row to stand {self.point.name}")

    async def _ask(self, case: Case) -> None:
        """One after the other: a bot that sixteen ask at once on a busy machine answers some of them later
        than Discord waits, and then their tokens are dead before any kill. Who was answered too late all the
        same asks again, as a member would: to the bot that is another request, and the first buys nothing."""

        async def heard() -> bool | None:
            """Whether it was answered in time; None: that is not known yet."""
            if self.point is RECORDED:  # there the acknowledgement itself is held
                return bool(self.stage.record(case.id)) or None
            there = await self.stage.get(f"/interactions/{case.id}")
            return True if there["answer"] is not None else False if there["state"] == "failed" else None

        for _ in range(ATTEMPTS):
            case.id = await self.stage.imagine(
                case.prompt, member=case.member, channel=case.channel, private=case.token.private
            )

            async def known() -> tuple[bool] | None:
                answer = await heard()
                return None if answer is None else (answer,)

            if (await self.stage.until(known, f"{case.name} to be heard"))[0]:
                return
        raise AssertionError(f"{case.name}: the bot answered {ATTEMPTS} times later than Discord waits")

    async def _script(self, case: Case) -> None:
        words = {"error": case.fate.words} if case.fate is Fate.FAILED else {}
        await self.stage.post(
            "/script",
            prompt_contains=case.prompt,
            outcome=case.fate.outcome,
            seconds=self.point.seconds,
            **words,
        )

    async def kill(self) -> None:
        """SIGKILL; what was held and not processed never will be."""
        assert await self.jobs() == {case.prompt: self.point.jobs for case in self.cases if self.point.jobs}
        await kill(self.stage)
        await self._until_rows(self.point.row, f"every row to have stayed {self.point.name}")

    async def jobs(self) -> Counter[str]:
        """How many paid jobs each prompt has, of those that were not there before anybody asked."""
        paid = Counter(str(job["inputs"].get("prompt")) for job in await self.stage.ledger())
        return paid - self._earlier

    # -- meanwhile ------------------------------------------------------------------------------------

    async def let_tokens_die(self) -> None:
        """While the bot is dead, so do the tokens, and doors close."""
        for case in self.cases:
            if case.token.dead:
                await self.stage.post("/expire", interaction_id=case.id)
            if case.token.by_clock:
                self._oversleep(case)
            if case.token is Token.EPHEMERAL_BLOCKED:
                await self.stage.post("/block_dms", member=case.member, blocked=True)
        if any(case.channel == SHUT for case in self.cases):
            await self.stage.post("/permissions", channel=SHUT, deny=["VIEW_CHANNEL"], allow=[])

    def _oversleep(self, case: Case) -> None:
        """To the bot's clock the token's time is over: a quarter of an hour went by without it."""
        with contextlib.closing(sqlite3.connect(self.stage.database)) as connection, connection:
            changed = connection.execute(
                "UPDATE card SET token_expires_at = "
                "(SELECT created_at FROM generation WHERE card_id = card.id) WHERE id = ?",
                (case.id,),
            )
            assert changed.rowcount == 1

    async def restart(self) -> None:
        """A new bot, which brings everything to its end."""
        await self.stage.start_bot(RECONCILE_SECONDS=self.point.reconcile)
        await self.end()

    async def end(self) -> None:
        """Wait until nothing is left to do."""
        if self.point.advance:
            await self.stage.post("/clock", advance=self.point.advance)
        await self._until_rows(
            lambda row: row.get("card") in {"settled", "kept"} and row["fate"] in _FINAL,
            "every card to be settled or kept",
        )

    async def _until_rows(self, stands: Row, what: str) -> None:
        astray: list[Json] = []

        async def all_stand() -> bool:
            rows = _records(self.stage)
            of_cases = [(case, rows.get(case.id, {})) for case in self.cases]
            astray[:] = [_outline(case, row) for case, row in of_cases if not stands(row)]
            return not astray

        try:
            await self.stage.until(all_stand, what)
        except AssertionError as error:
            raise AssertionError(f"{what}, but {astray}\n{error}") from None

    # -- at the end -----------------------------------------------------------------------------------

    async def wrongs(self) -> list[str]:
        """What is not as it must be, by case; a list, so that one run shows the whole picture."""
        jobs = await self.jobs()
        found: list[str] = []
        for case in self.cases:
            wrong = [*self._wrong_row(case), *await self._wrong_messages(case)]
            if jobs[case.prompt] != self.point.bought(case):
                wrong.append(f"{jobs[case.prompt]} paid jobs")
            found += [f"{self.point.name}, {case.name}: {one}" for one in wrong]
        if jobs.total() != sum(map(self.point.bought, self.cases)):
            found.append(f"paid jobs that nobody asked for: {jobs}")
        return found

    def _wrong_row(self, case: Case) -> list[str]:
        row = self.stage.record(case.id)
        stands = (row["fate"], row["card"])
        expected = ("canceled", "kept")
        if self.point.bought(case):
            expected = (case.fate.fate, "kept" if case.token is Token.EPHEMERAL_BLOCKED else "settled")
        return [] if stands == expected else [f"is {stands} and not {expected}"]

    async def _wrong_messages(self, case: Case) -> list[str]:
        """Exactly one card where it belongs, with the last word, and nothing for other eyes."""
        there = await self._cards(case, case.channel, case.member)
        direct = await self._cards(case, f"dm:{case.member}", case.member)
        seen_by_others = await self._cards(case, case.channel, STRANGER)
        wrong: list[str] = []
        if len(there) != (self.point is not RECORDED):
            wrong.append(f"{len(there)} messages in the channel")
        if len(direct) != (case.token.moved and self.point.bought(case)):
            wrong.append(f"{len(direct)} direct messages")
        if len(seen_by_others) != (0 if case.token.private else len(there)):
            wrong.append(f"a stranger sees {len(seen_by_others)} messages")
        if not self.point.bought(case):
            said = [text_of(message) for message in there if message["content"] or message["embeds"]]
            return [*wrong, *(f"says {text!r}" for text in said)]
        last = direct if case.token.moved else there
        if case.token is not Token.EPHEMERAL_BLOCKED:
            for message in last:
                wrong += await self._wrong_last_word(case, message)
        return wrong

    async def _wrong_last_word(self, case: Case, message: Json) -> list[str]:
        wrong: list[str] = []
        told = text_of(message)
        if case.fate.words not in told or case.prompt not in told:
            wrong.append(f"reads {told!r}")
        if message["edits"] > SETTLE_EDITS:
            wrong.append(f"was edited {message['edits']} times")
        if message["flags"] & _LOADING:
            wrong.append("still thinks")
        if message["ephemeral"] != (case.token.private and not case.token.moved):
            wrong.append(f"ephemeral: {message['ephemeral']}")
        shown = images(message)
        if len(shown) != (case.fate is Fate.SUCCEEDED):
            wrong.append(f"shows {len(shown)} pictures")
        cdn = self.stage.addresses["discord_base_url"].removesuffix("/api/v10")
        if not all([link.startswith(cdn) and await self.stage.fetch(link) for link in shown]):
            wrong.append("its picture is not Discord's own copy")
        return wrong

    async def _cards(self, case: Case, channel: str, member: str) -> list[Json]:
        """The messages about this case that this member sees in this channel."""
        return [
            message
            for message in await self.stage.messages(channel=channel, member=member)
            if message["interaction_id"] == case.id or case.id in text_of(message)
        ]


_FINAL: Final = frozenset({"succeeded", "failed", "canceled"})
_LOADING: Final = 128


def _records(stage: Stage) -> dict[str, Json]:
    """All rows of the bot by id, in one look."""
    with contextlib.closing(sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(f"SELECT * FROM {records(connection)}").fetchall()  # noqa: S608
    return {row["id"]: dict(row) for row in rows}


def _outline(case: Case, row: Json) -> Json:
    facts = ("fate", "card", "revision", "shown_revision", "job_id")
    return {"case": case.name, **{name: row.get(name) for name in facts}}


async def hold(stage: Stage, spec: Json) -> str:
    """Hold every request that matches (or as many as `times` says). The fault's id."""
    fault = await stage.call("POST", "/faults", json={"times": None, **spec, "kind": "hold"})
    return str(fault["id"])


async def kill(stage: Stage) -> None:
    """SIGKILL; then let go of what is held, which without its client is never processed."""
    await stage.kill_bot()

    async def released() -> bool:
        return not any(one["holding"] for one in (await stage.get("/faults"))["faults"])

    await stage.until(released, "the held requests to be seen as dead")
    await stage.call("DELETE", "/faults")


@asynccontextmanager
async def crowd(**environment: str) -> AsyncGenerator[Stage]:
    """A stage on which many may ask at once: no ceiling and no rate limit is what these tests are about, nor
    are pixels."""
    with tempfile.TemporaryDirectory(prefix="imagine-matrix-") as folder:
        async with Stage(Path(folder)) as one:
            one.environment = {"DEFAULT_MODEL": TINY["id"], **environment}
            await one.call("POST", "/models", json=TINY)
            await one.post(
                "/settings",
                scenario={"parallel": 100},
                discord={
                    "buckets": {name: [100, 1.0] for name in ("channel_edits", "channel_messages", "direct")}
                },
            )
            await one.start_bot()
            yield one
            assert await one.violations() == []
