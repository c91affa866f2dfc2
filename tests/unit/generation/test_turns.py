"""Whose turn it is: by member within a server, by server within an installation; nobody waits for ever."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.generation.model import Fate, Generation
from bot.generation.queue import Queue
from bot.scenario.api.records import Ceilings
from tests.support.builders import GUILD, OWNER, a_generation
from tests.support.clock import START

SECOND = timedelta(seconds=1)


def asked(number: int, member: int, guild: int | None = GUILD, **changes: object) -> Generation:
    """The `number`th request of all."""
    at = START + number * SECOND
    return a_generation(str(number), owner_id=member, guild_id=guild, created_at=at, **changes)


def waiting(*some: Generation, flying: tuple[Generation, ...] = ()) -> list[str]:
    queue = Queue()
    for one in flying:
        queue.track(replace(one, fate=Fate.RUNNING))
    for one in some:
        queue.track(one)
        queue.join(one)
    return queue.waiting()


def test_members_of_a_server_take_turns() -> None:
    flood = [asked(number, 1) for number in range(1, 4)]
    assert waiting(*flood, asked(4, 2), asked(5, 2), asked(6, 3)) == ["1", "4", "6", "2", "5", "3"]


def test_servers_take_turns_however_many_ask_there() -> None:
    many = [asked(number, number) for number in range(1, 4)]
    assert waiting(*many, asked(4, 4, guild=43)) == ["1", "4", "2", "3"]


def test_what_somebody_holds_already_counts_as_his_turn() -> None:
    held = (asked(1, 1), asked(2, 1))
    assert waiting(asked(3, 1), asked(4, 2), flying=held) == ["4", "3"]


def test_what_ends_frees_the_share_and_whoever_had_no_turn_yet_comes_first() -> None:
    queue = Queue()
    for one in (asked(1, 1), asked(2, 1)):
        queue.track(replace(one, fate=Fate.RUNNING))
    for one in (asked(3, 1), asked(4, 2), asked(5, 2)):
        queue.track(one)
        queue.join(one)
    assert queue.waiting() == ["4", "5", "3"]
    for one in (asked(1, 1), asked(2, 1)):
        queue.track(replace(one, fate=Fate.SUCCEEDED))
    assert queue.waiting() == ["4", "3", "5"]


def test_direct_messages_are_each_members_own_server() -> None:
    house = [asked(1, 1), asked(2, 2), asked(3, 3)]
    alone = [asked(4, 4, guild=None), asked(5, 5, guild=None)]
    assert waiting(*house, *alone) == ["1", "4", "5", "2", "3"]


def test_an_app_of_ones_own_takes_no_turn_of_the_server_where_it_is_used() -> None:
    assert waiting(asked(1, 1), asked(2, 2), asked(3, 3, own_app=True)) == ["1", "3", "2"]


# -- a day ----------------------------------------------------------------------------------------------

JOB = 30.0
"""Seconds."""
PLACES = 4


def a_day(random: Random, *, flood_at: float | None) -> Iterator[tuple[float, Generation]]:
    """When who asks what: twelve members of three servers, each now and then; one of them forty times."""
    moments = sorted(random.uniform(0, 8 * 3600) for _ in range(1500))
    for number, at in enumerate(moments):
        member = random.randrange(12)
        yield at, asked(number, 100 + member, guild=GUILD + member % 3)
    if flood_at is not None:
        for number in range(40):
            yield flood_at + number / 100, asked(10_000 + number, OWNER)


def waits(traffic: list[tuple[float, Generation]], at_once: int | None = None) -> dict[str, float]:
    """Seconds that each waited for a place. at_once: jobs of one member that go beyond his own line."""
    queue, now = Queue(Ceilings(jobs=PLACES), at_once=at_once), 0.0
    ends: list[tuple[float, str]] = []
    known = {one.id: (at, replace(one, created_at=START + at * SECOND)) for at, one in traffic}
    arrivals = sorted((at, one.id) for at, one in traffic)
    waited: dict[str, float] = {}

    def follow(id_: str) -> None:
        """What the fate loop does with one that lacks nothing."""
        one = known[id_][1]
        queue.track(one)
        if queue.lines.admits(one, START):
            queue.join(one)

    while arrivals or ends:
        now = min(arrivals[0][0] if arrivals else float("inf"), ends[0][0] if ends else float("inf"))
        while ends and ends[0][0] <= now:
            queue.track(replace(known[heapq.heappop(ends)[1]][1], fate=Fate.SUCCEEDED))
        while arrivals and arrivals[0][0] <= now:
            follow(arrivals.pop(0)[1])
        for id_ in queue.lines.moved():
            follow(id_)
        while queue.waiting() and queue.admits(known[queue.waiting()[0]][1], START):
            id_ = queue.waiting()[0]
            at, one = known[id_]
            waited[id_] = now - at
            queue.track(replace(one, fate=Fate.RUNNING))
            heapq.heappush(ends, (now + JOB, id_))
    return waited


LIMITS = pytest.mark.parametrize("at_once", [None, 4, 1])
"""Of one member: without a line, with the usual limit, and one by one."""


@LIMITS
@pytest.mark.parametrize("seed", range(5))
def test_a_members_forty_requests_delay_anybody_elses_first_by_at_most_one_job(
    seed: int, at_once: int | None
) -> None:
    """Of his server: between asking and beginning no more than one of his begins. Other servers take turns
    with his as with any."""
    flood_at = 3600.0
    traffic = list(a_day(Random(seed), flood_at=flood_at))
    waited = waits(traffic, at_once)
    assert waited.keys() == {one.id for _, one in traffic}  # nobody was starved
    begun = sorted(at + waited[one.id] for at, one in traffic if one.origin.owner_id == OWNER)
    theirs = [(at, one) for at, one in traffic if one.origin.owner_id != OWNER]
    ends: dict[int, float] = {}
    for at, one in theirs:
        idle = ends.get(one.origin.owner_id, 0.0) <= at  # it is the first of those that he waits for
        ends[one.origin.owner_id] = max(ends.get(one.origin.owner_id, 0.0), at + waited[one.id] + JOB)
        if not idle or at < flood_at:
            continue
        before = [moment for moment in begun if at < moment < at + waited[one.id]]
        assert len(before) <= (1 if one.origin.guild_id == GUILD else PLACES)
        assert waited[one.id] <= 3 * JOB


@LIMITS
@pytest.mark.parametrize("seed", range(3))
def test_nobody_waits_for_ever_beside_ever_new_members(seed: int, at_once: int | None) -> None:
    random = Random(seed)
    stream = [(number * JOB / PLACES, asked(number, 1000 + number)) for number in range(400)]
    patient = (random.uniform(100, 200), asked(9_999, OWNER, guild=GUILD))
    waited = waits([*stream, patient], at_once)
    assert waited["9999"] <= 3 * JOB


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("at_once", [4, 1])
def test_a_line_lets_its_member_have_so_many_at_once_in_order_and_keeps_nobody_for_ever(
    seed: int, at_once: int
) -> None:
    """A day in which half of the members ask in bursts, beyond what they may have at once."""
    random = Random(seed)
    bursts = [
        (at + number, asked(1000 * burst + number, 100 + burst % 6, guild=GUILD + burst % 3))
        for burst in range(40)
        for at in (random.uniform(0, 8 * 3600),)
        for number in range(random.randrange(1, 25))
    ]
    traffic = [*a_day(random, flood_at=None), *((at, replace(one, id=f"b{one.id}")) for at, one in bursts)]
    waited = waits(traffic, at_once)
    assert waited.keys() == {one.id for _, one in traffic}  # nobody was starved
    for member in {one.origin.owner_id for _, one in traffic}:
        own = sorted((at, one.id) for at, one in traffic if one.origin.owner_id == member)
        begun = [at + waited[id_] for at, id_ in own]
        assert begun == sorted(begun)  # nobody overtakes himself
        for moment in begun:
            assert sum(moment - JOB + 1e-6 < other <= moment for other in begun) <= at_once
        assert max(waited[id_] for _, id_ in own) <= 2 * 24 * JOB / at_once + 24 * JOB  # two bursts of his
    calm = [waited[one.id] for _, one in traffic if one.origin.owner_id >= 106]
    assert max(calm) <= 4 * JOB  # whoever asks now and then waits for no burst of others
