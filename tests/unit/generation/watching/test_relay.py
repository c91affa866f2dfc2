"""One process reads pages for all: what it passes on is enough, and what is lost costs a read."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.generation.holding import Alone
from bot.generation.model import Fate
from bot.generation.several.bulletin import LOST, Hear
from bot.generation.watching.announced import DOUBT, GRACE, OFTEN, SELDOM
from bot.generation.watching.hints import WINDOW
from bot.generation.watching.relay import ENDED, FAILED, HINTED, LOOKED, MOST, ROOM, STALE, Relay
from bot.generation.watching.sweep import FEW
from bot.scenario.api.records import Job, JobState
from tests.support.bench import Bench, Process, a_bench
from tests.support.builders import a_job, running
from tests.support.clock import START, HeldClock, breathe
from tests.support.watching import ticked

MANY = [str(1001 + number) for number in range(FEW + 1)]


class Board:
    """A bulletin that all processes of a test read at once."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []
        self.told: list[tuple[str, Sequence[Any]]] = []
        self.drop: Callable[[str], bool] = lambda _: False
        self.broken = False


class Reader(Alone):
    """One process among those on a board, and its end of it."""

    def __init__(self, board: Board, number: int, *, leads: bool) -> None:
        super().__init__()
        self.number, self.others, self.bulletin = number, 1, self
        self.heard, self.leads, self.key = True, leads, 7
        self._board, self._hears = board, dict[str, list[Hear]]()
        board.readers.append(self)

    def mine(self, holder: int | None) -> bool:
        return holder in {self.number, None}

    def listen(self, kind: str, hear: Hear) -> None:
        self._hears.setdefault(kind, []).append(hear)

    async def tell(self, some: Iterable[tuple[str, Sequence[Any]]]) -> None:
        if self._board.broken:
            raise OSError("no database")
        for kind, facts in some:
            self._board.told.append((kind, facts))
            for one in [] if self._board.drop(kind) else self._board.readers:
                one.hear(kind, self.number, facts)

    def hear(self, kind: str, teller: int, facts: Sequence[Any] = ()) -> None:
        for hear in self._hears.get(kind, ()):
            hear(teller, facts)


def know(process: Process) -> None:
    """What it has read of what other processes hold."""
    for id_ in MANY:
        process.queue.track_other(running(id_), ready=False, now=START)


class Pair:
    """A process that leads and has nothing, and the bench's, which follows and has many jobs."""

    def __init__(self, bench: Bench, board: Board) -> None:
        self.bench, self.board = bench, board
        leader = Reader(board, 1, leads=True)
        self.leader = bench.reborn(holding=leader)
        know(self.leader)
        self.follower = Reader(board, 2, leads=False)
        bench.reborn(holding=self.follower)

    async def look(self, seconds: float = 1.0, *, leads: bool = True) -> list[str]:
        """A tick of both, and a step of everything; what Scenario was asked by the one that follows."""
        self.bench.clock.jump(seconds)
        if leads:
            await ticked(self.leader)
        self.bench.studio.calls.clear()
        await ticked(self.bench)
        for id_ in MANY:
            await self.bench.step(id_)
        await breathe()  # what is told beside the looks
        return [*self.bench.studio.calls]

    async def settle(self) -> None:
        """Until the one that follows reads nothing."""
        for _ in range(3):
            await self.look()
        assert await self.look() == []


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with a_bench() as bench:
        for id_ in MANY:
            await bench.put(running(id_))
            bench.studio.put(a_job(f"job_{id_}"))
        yield Pair(bench, Board())


async def test_who_does_not_lead_reads_nothing_and_learns_every_end(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.finish("job_1001", "asset_1", "asset_2")
    pair.bench.studio.change("job_1002", status="failure", state=JobState.FAILED, error="no", cu=2.0)
    assert await pair.look() == []
    made, failed, on = [await pair.bench.get(id_) for id_ in MANY[:3]]
    assert (made.fate, failed.fate, on.fate) == (Fate.SUCCEEDED, Fate.FAILED, Fate.RUNNING)
    assert [one.asset_id for one in made.outputs] == ["asset_1", "asset_2"]
    assert (failed.cu, getattr(failed.failure, "reason", None)) == (2.0, "no")
    assert pair.bench.studio.expected[-1] == ["asset_1", "asset_2"]


async def test_it_hears_how_far_its_jobs_are(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.change("job_1001", progress=0.4)
    for _ in range(4):
        assert await pair.look() == []
    progress = pair.bench.process.board.get("1001")
    assert progress is not None
    assert (progress.phase, progress.fraction) == ("in-progress", 0.4)


async def test_an_end_is_passed_on_once_however_often_pages_tell_of_it(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.finish("job_1001")
    for _ in range(12):
        await pair.look(0.5)
    told = [job["id"] for kind, jobs in pair.board.told if kind == ENDED for job in jobs]
    assert told == ["job_1001"]


async def test_an_end_without_results_is_read_once_by_itself(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.finish("job_1001")
    done = pair.bench.studio.world["job_1001"]
    pair.bench.studio.world["job_1001"] = replace(done, asset_ids=())
    pair.bench.clock.jump(1.0)
    await ticked(pair.leader)
    pair.bench.studio.world["job_1001"] = done
    assert await pair.look(0.1, leads=False) == ["job"]
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_a_look_that_was_not_heard_costs_a_read_of_each(pair: Pair) -> None:
    await pair.settle()
    pair.board.drop = lambda _: True
    pair.bench.studio.finish("job_1001")
    assert await pair.look() == []  # nobody can know yet
    pair.board.drop = lambda _: False
    asked = await pair.look()
    assert asked.count("job") == len(MANY)
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED
    await pair.settle()


async def test_what_could_not_be_told_is_missed_too(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    await pair.settle()
    pair.board.broken = True
    pair.bench.studio.finish("job_1001")
    await pair.look()
    pair.board.broken = False
    await pair.look()
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED
    assert "could not be passed on" in caplog.text


async def test_a_connection_that_is_lost_has_everything_read(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.finish("job_1001")
    pair.follower.hear(LOST, 0)
    asked = await pair.look(leads=False)
    assert asked.count("job") + asked.count("listed") > 0
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_when_nobody_tells_any_more_it_reads_by_itself(pair: Pair) -> None:
    await pair.settle()
    pair.bench.studio.finish("job_1001")
    for _ in range(int(STALE.total_seconds())):
        assert await pair.look(leads=False) == []
    assert "listed" in await pair.look(leads=False)
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED
    await pair.settle()


async def test_who_leads_from_now_on_is_told_nothing(pair: Pair) -> None:
    await pair.settle()
    pair.follower.leads = True
    pair.bench.studio.finish("job_1001")
    assert "listed" in await pair.look()
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_two_that_lead_for_a_moment_do_no_harm(pair: Pair) -> None:
    await pair.settle()
    third = Reader(pair.board, 3, leads=True)
    other = pair.bench.reborn(holding=third)
    know(other)
    pair.bench.reborn(holding=pair.follower)
    pair.bench.studio.finish("job_1001")
    for _ in range(3):
        await ticked(other)
        await pair.look()
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_what_waits_at_scenario_is_looked_for_on_behalf_of_those_who_do_not_lead(pair: Pair) -> None:
    for id_ in MANY:
        pair.bench.studio.change(f"job_{id_}", status="queued")
    await pair.settle()
    assert [call for _ in range(150) for call in await pair.look()] == []


async def test_a_clock_that_is_set_back_lets_no_end_be_missed(pair: Pair) -> None:
    await pair.settle()
    pair.bench.clock.correct(-3600)
    await pair.look()
    await pair.settle()
    pair.bench.studio.finish("job_1001")
    await pair.look()
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_a_clock_that_is_set_back_makes_no_leader_last_that_is_gone(pair: Pair) -> None:
    await pair.settle()
    pair.bench.clock.correct(-3600)
    looks = int(STALE.total_seconds()) + 2
    asked = [call for _ in range(looks) for call in await pair.look(leads=False)]
    assert "listed" in asked, "nobody tells any more, whatever the time is"


async def test_of_two_that_lead_for_long_one_is_followed_and_nothing_is_read_singly(pair: Pair) -> None:
    await pair.settle()
    other = Reader(pair.board, 3, leads=True)
    asked: list[str] = []
    for number in range(1, 6):
        await other.tell([(LOOKED, [number, other.key, False])])
        asked += await pair.look()
    assert asked == []
    # when the one that was followed is gone, the other one is followed after a read of each
    for number in range(6, 13):
        await other.tell([(LOOKED, [number, other.key, False])])
        asked += await pair.look(leads=False)
    assert asked.count("job") == len(MANY)
    await other.tell([(LOOKED, [13, other.key, False])])
    assert await pair.look(leads=False) == []


async def test_an_end_that_is_told_before_its_purchase_is_answered_is_not_forgotten(pair: Pair) -> None:
    await pair.settle()
    bench = pair.bench
    bench.studio.put(a_job("job_9"))
    bench.studio.finish("job_9")
    await pair.look()
    job = await bench.put(running("2001", job_id="job_9"))
    sweep = bench.fates.watching.sweep
    sweep.watch(job, bench.studio.world["job_9"])
    told = sweep.take("job_9")
    assert told is not None
    assert told.asset_ids == ("asset_job_9",)


async def test_what_is_read_for_another_key_is_nothing_to_it(pair: Pair) -> None:
    pair.follower.key = 8
    for _ in range(4):
        await pair.look()
    assert "listed" in await pair.look()


async def test_what_a_push_names_is_told_to_the_process_that_waits_for_it(pair: Pair) -> None:
    await pair.settle()
    told = len(pair.board.told)
    pair.bench.studio.finish("job_1001")
    pair.leader.fates.watching.hints.hear(["job_1001", "job_nobodys"])
    await breathe()
    assert pair.board.told[told:] == [(HINTED, ["job_1001"])], "a lie goes no further"
    await pair.bench.clock.advance(WINDOW)
    assert await pair.look(0.0, leads=False) == ["job"]
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED


async def test_what_a_push_named_before_its_purchase_was_known_is_told_once_it_is(pair: Pair) -> None:
    await pair.settle()
    told = len(pair.board.told)
    await pair.bench.put(running("2001"))
    pair.leader.fates.watching.hints.hear(["job_2001"])
    await breathe()
    assert pair.board.told[told:] == []
    for _ in range(2):
        pair.leader.queue.track_other(running("2001"), ready=False, now=START)
        await pair.leader.others.look()
        await breathe()
    assert pair.board.told[told:] == [(HINTED, ["job_2001"])], "once"


def announce(process: Process, times: int = int(SELDOM)) -> None:
    """Pushes tell a process of so many of its ends."""
    announced = process.fates.watching.hints.announced
    for number in range(times):
        announced.named(f"job_announced_{number}")
        announced.ended(f"job_announced_{number}")


async def test_who_reads_for_others_looks_as_often_as_the_one_needs_whom_pushes_fail(pair: Pair) -> None:
    await pair.settle()
    announced = pair.leader.fates.watching.hints.announced
    announce(pair.leader)
    pair.bench.studio.finish("job_1001")
    for _ in range(int(SELDOM + GRACE) + 1):
        await pair.look()
    assert (await pair.bench.get("1001")).fate is Fate.SUCCEEDED, "late, as the first may be"
    assert announced.pace == OFTEN
    for id_ in MANY[1:4]:
        announce(pair.leader)  # its own pushes are as good as before
        pair.bench.studio.finish(f"job_{id_}")
        for _ in range(int(GRACE) + 2):
            await pair.look()
            assert (await pair.bench.get(id_)).fate is Fate.SUCCEEDED
    told = [kind for kind, _ in pair.board.told]
    assert told.count(FAILED) == 4
    for _ in range(int(DOUBT)):
        announce(pair.leader, 1)
        await pair.look()
    assert announced.pace == SELDOM, "and no longer"


async def test_nobody_is_told_that_pushes_fail_who_does_not_rely_on_them(pair: Pair) -> None:
    await pair.settle()
    for id_ in MANY[:3]:
        pair.bench.studio.finish(f"job_{id_}")
        for _ in range(int(GRACE) + 2):
            await pair.look()
    assert FAILED not in [kind for kind, _ in pair.board.told]


async def test_that_pushes_fail_for_another_key_is_nothing_to_it(pair: Pair) -> None:
    announce(pair.leader)
    await pair.follower.tell([(FAILED, [8])])
    assert pair.leader.fates.watching.hints.announced.relied_on
    await pair.follower.tell([(FAILED, [7])])
    assert not pair.leader.fates.watching.hints.announced.relied_on


async def test_one_that_is_alone_tells_nobody(pair: Pair) -> None:
    await pair.settle()
    told = len(pair.board.told)
    pair.board.readers[0].others = 0
    pair.bench.studio.finish("job_1001")
    await pair.look()
    assert pair.board.told[told:] == []


def ended(id_: str, **changes: Any) -> Job:
    return a_job(id_, **{"state": JobState.FAILED, "status": "failure", "error": "no", **changes})


async def test_many_ends_are_told_in_as_few_words_as_take_them() -> None:
    board = Board()
    relay = Relay(Reader(board, 1, leads=True), HeldClock(), lambda: ())
    relay.begin(0)
    jobs = [ended(f"job_{number}", error="é" * 1_000) for number in range(10)]
    jobs.append(ended("job_long", error="é" * ROOM))
    for job in jobs:
        relay.pass_on(job)
    await relay.tell()
    words = [facts for kind, facts in board.told if kind == ENDED]
    assert [len(word) for word in words] == [3, 3, 3, 2]
    assert words[-1][-1] == {"id": "job_long"}


async def test_what_is_to_be_passed_on_is_kept_once_and_until_it_is_told() -> None:
    board = Board()
    relay = Relay(Reader(board, 1, leads=True), HeldClock(), lambda: ())
    relay.pass_on(ended("job_1"))
    assert not relay.wants("job_1"), "the next page tells of it again"
    relay.pass_on(ended("job_1"))
    relay.drop()
    assert relay.wants("job_1"), "it was not told"
    await relay.tell()
    assert [kind for kind, _ in board.told] == [LOOKED]
    relay.pass_on(ended("job_1"))
    relay.pass_on(ended("job_1"))
    await relay.tell()
    assert [[job["id"] for job in jobs] for kind, jobs in board.told if kind == ENDED] == [["job_1"]]


async def test_ends_that_are_too_many_to_be_kept_leave_a_gap() -> None:
    board = Board()
    clock = HeldClock()
    follower = Relay(Reader(board, 2, leads=False), clock, lambda: ())
    relay = Relay(Reader(board, 1, leads=True), clock, lambda: ())
    await relay.tell()
    since = follower.told_since(clock.now())
    clock.jump(1.0)
    for number in range(MOST + 1):
        relay.pass_on(ended(f"job_{number}"))
    await relay.tell()
    assert sum(len(jobs) for kind, jobs in board.told if kind == ENDED) == MOST
    assert follower.told_since(clock.now()) != since, "the first of them is read by itself"


async def test_where_few_jobs_run_nothing_is_kept_for_a_look_that_is_not_told(pair: Pair) -> None:
    for id_ in MANY[3:]:
        pair.leader.queue.forget_other(id_)
    pair.bench.studio.finish("job_1001")
    sweep = pair.leader.fates.watching.sweep
    for _ in range(3):
        await sweep.find(["job_1002"])
        await ticked(pair.leader)
    for id_ in MANY[3:]:
        pair.leader.queue.track_other(running(id_), ready=False, now=START)
    assert pair.board.told == []
    await ticked(pair.leader)
    assert [len(jobs) for kind, jobs in pair.board.told if kind == ENDED] == [1]


async def test_how_far_a_job_is_is_told_as_it_was_read_last() -> None:
    board = Board()
    relay = Relay(Reader(board, 1, leads=True), HeldClock(), lambda: ())
    relay.begin_far()
    relay.pass_on(a_job("job_1", progress=0.1))
    relay.pass_on(a_job("job_2", progress=0.1))
    relay.begin_far()  # the read before was broken off
    relay.pass_on(a_job("job_1", progress=0.2))
    relay.pass_on(a_job("job_1", progress=0.3))
    await relay.tell_far()
    assert [[(id_, fraction) for id_, _, fraction in facts] for _, facts in board.told] == [[("job_1", 0.3)]]


async def test_what_is_remembered_is_bounded() -> None:
    board = Board()
    clock = HeldClock()
    leader, follower = Reader(board, 1, leads=True), Reader(board, 2, leads=False)
    relay, other = Relay(leader, clock, lambda: ()), Relay(follower, clock, lambda: ())
    for number in range(MOST + 1):
        relay.pass_on(ended(f"job_{number}"))
    await relay.tell()
    assert other.claim("job_0") is None
    assert other.claim("job_1") is not None
    assert not relay.wants("job_0")
    relay.begin(0)
    assert relay.wants("job_0")
    clock.jump(61.0)
    relay.pass_on(ended("job_late"))
    await relay.tell()
    assert other.claim("job_2") is None
    assert other.claim("job_late") is not None
