"""Limits are read from the database only where there are some."""

from typing import Any

import pytest

from bot.generation.ports import Guard, NoPlace
from bot.store.guards import check_places
from tests.support.builders import a_generation
from tests.support.clock import START


class Asked:
    """A connection on which three jobs are under way, whoever asks."""

    def __init__(self) -> None:
        self.times = 0

    def execute(self, *_: object) -> Any:
        self.times += 1
        return self

    def one(self) -> tuple[int, int]:
        return 3, 3


@pytest.mark.parametrize(
    ("guard", "times"),
    [(Guard(), 0), (Guard(queue=1, cu_per_day=1), 0), (Guard(ceiling=4), 1), (Guard(member_in_flight=4), 1)],
)
def test_places_are_counted_only_where_there_is_an_end_of_them(guard: Guard, times: int) -> None:
    asked = Asked()
    connection: Any = asked
    check_places(connection, a_generation(), guard, START)
    assert asked.times == times


@pytest.mark.parametrize(
    ("guard", "of_member"), [(Guard(ceiling=3), False), (Guard(member_in_flight=3), True)]
)
def test_whoever_finds_all_places_taken_hears_whose(guard: Guard, of_member: bool) -> None:
    connection: Any = Asked()
    with pytest.raises(NoPlace) as taken:
        check_places(connection, a_generation(), guard, START)
    assert taken.value.of_member is of_member
