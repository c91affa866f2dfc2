"""Who runs which shard: fair, whole, and with as few moves as can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sharding.division import Due, Standing, agreed, due, shares


def standing(count: int, holders: dict[int, int], *processes: int) -> Standing:
    return Standing(count=count, processes=processes, holders=holders)


@pytest.mark.parametrize(
    ("now", "me", "then"),
    [
        # the first one there takes everything
        (standing(4, {}, 1), 1, Due(take=[0, 1, 2, 3], give=[])),
        # another one comes: the first leaves it the half, and it takes only what is free
        (standing(4, {0: 1, 1: 1, 2: 1, 3: 1}, 1, 2), 1, Due(take=[], give=[2, 3])),
        (standing(4, {0: 1, 1: 1, 2: 1, 3: 1}, 1, 2), 2, Due(take=[], give=[])),
        (standing(4, {0: 1, 1: 1}, 1, 2), 2, Due(take=[2, 3], give=[])),
        # an odd one stays where it is
        (standing(5, {0: 1, 1: 1, 2: 1, 3: 2, 4: 2}, 1, 2), 1, Due(take=[], give=[])),
        (standing(5, {0: 1, 1: 1, 2: 2, 3: 2, 4: 2}, 1, 2), 1, Due(take=[], give=[])),
        # one that takes no part any more holds until it gives, and gives everything
        (standing(2, {0: 1, 1: 2}, 2), 1, Due(take=[], give=[0])),
        (standing(2, {0: 1, 1: 2}, 2), 2, Due(take=[], give=[])),
        (standing(2, {1: 2}, 2), 2, Due(take=[0], give=[])),
        # more processes than shards
        (standing(1, {0: 1}, 1, 2, 3), 2, Due(take=[], give=[])),
        (standing(2, {}), 1, Due(take=[], give=[])),
    ],
)
def test_what_is_due(now: Standing, me: int, then: Due) -> None:
    assert due(now, me) == then


@given(st.integers(1, 40), st.sets(st.integers(1, 9), min_size=1), st.data())
def test_whatever_was_before_everybody_ends_with_a_fair_share(
    count: int, processes: set[int], data: st.DataObject
) -> None:
    before = st.one_of(st.none(), st.integers(1, 9))
    held = {shard: holder for shard in range(count) if (holder := data.draw(before)) is not None}
    moved = 0
    for _ in range(4):  # as many rounds as a move has steps, and to spare
        for me in data.draw(st.permutations(sorted({*processes, *held.values()}))):
            now = due(Standing(count=count, processes=processes, holders=dict(held)), me)
            assert set(now.take).isdisjoint(held), "nobody takes what somebody holds"
            assert all(held[shard] == me for shard in now.give)
            moved += len(now.give)
            held = {shard: holder for shard, holder in held.items() if shard not in now.give}
            held |= dict.fromkeys(now.take, me)
    many = sorted([*held.values()].count(each) for each in processes)
    assert set(held) == set(range(count))
    assert many[-1] - many[0] <= 1
    assert many[-1] == -(-count // len(processes))
    assert moved <= count, "no shard moves twice"


def test_shares_add_up() -> None:
    assert shares(standing(7, {0: 3, 1: 3, 2: 3}, 1, 2, 3)) == {1: 2, 2: 2, 3: 3}
    assert shares(standing(7, {})) == {}


@pytest.mark.parametrize(
    ("recommended", "living", "count"),
    [(1, [], 1), (5, [], 5), (5, [4], 4), (8, [4], 4), (9, [4], 9), (2, [4], 4), (9, [4, 5], 5), (1, [1], 1)],
)
def test_a_newcomer_runs_as_many_as_the_others_unless_that_is_far_too_few(
    recommended: int, living: list[int], count: int
) -> None:
    assert agreed(recommended, living) == count
