"""Whose progress edit goes next: one of a bucket at a time, nobody waits for good, and no turn gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.turns import BURST, CALLED_BY_THEN, Turns
from bot.generation.pacing import EDITS
from tests.support.clock import HeldClock


class Scene:
    def __init__(self, **places: int) -> None:
        self.clock = HeldClock()
        self.called: list[str] = []
        self.turns = Turns(self.clock, self.called.append, {"all": 24, **places})

    def enter(self, card: str, bucket: str | None = None, *shares: str, rest: float = 0.0) -> float:
        wait = self.turns.enter(card, bucket or card, *(shares or ("all",)), rest=rest)
        self.turns.looked(card)
        self.clock.jump(1)  # what is too quick is another test's
        return wait

    def go(self, card: str, bucket: str | None = None, *shares: str) -> None:
        """Begin an edit, which lasts on."""
        assert self.turns.enter(card, bucket or card, *(shares or ("all",))) == 0
        self.clock.jump(1)


def test_one_edit_of_a_bucket_goes_at_a_time_and_the_next_is_called_in_order() -> None:
    scene = Scene()
    scene.go("a", "channel")
    assert [scene.enter(card, "channel") for card in "bcd"] == [CALLED_BY_THEN] * 3
    scene.go("elsewhere")
    for card, after in [("a", "b"), ("b", "c"), ("c", "d")]:
        scene.turns.leave(card)
        assert scene.called == [after]
        scene.called.clear()
        assert scene.enter("late", "channel") == CALLED_BY_THEN  # nobody slips in between
        scene.go(after, "channel")
    scene.turns.leave("d")
    assert scene.called == ["late"]


def test_whoever_asks_again_keeps_the_place_in_line() -> None:
    scene = Scene()
    scene.go("a", "channel")
    for card in "bcbb":
        scene.enter(card, "channel")
    scene.turns.leave("a")
    assert scene.called == ["b"]


def test_shares_are_shared_between_buckets_and_pictures_have_fewer() -> None:
    scene = Scene(all=3, pictures=1)
    scene.go("a", "one", "all", "pictures")
    assert scene.enter("b", "two", "all", "pictures") == CALLED_BY_THEN
    scene.go("c", "three")
    scene.go("d", "four")
    assert scene.enter("e", "five") == CALLED_BY_THEN
    scene.turns.leave("a")
    assert scene.called == ["b"]
    assert scene.enter("f", "six") == CALLED_BY_THEN  # the place is kept for who was called
    scene.go("b", "two", "all", "pictures")
    scene.turns.leave("c")
    assert scene.called == ["b", "e"]


def test_a_bucket_that_rests_holds_no_place_that_others_share() -> None:
    scene = Scene(all=1)
    assert scene.enter("a", "one", rest=5) == 5
    scene.go("b", "two")
    scene.turns.leave("b")
    assert scene.enter("c", "one") == CALLED_BY_THEN  # it rests for the one that came first
    scene.go("a", "one")


def test_a_turn_that_nobody_has_a_use_for_is_the_next_ones() -> None:
    scene = Scene()
    scene.go("a", "channel")
    for card in "bcd":
        scene.enter(card, "channel")
    scene.turns.leave("a")
    scene.turns.looked("b")  # called, and it had nothing to show
    assert scene.called == ["b", "c"]
    scene.turns.leave("d")  # over, while it stood in line
    scene.turns.leave("c")  # over, after its call
    assert scene.enter("e", "channel") == 0


def test_a_card_that_moves_stands_in_its_new_buckets_line() -> None:
    scene = Scene()
    assert scene.enter("a", "own", rest=9) == 9
    scene.go("b", "channel")
    assert scene.enter("a", "channel") == CALLED_BY_THEN
    assert scene.enter("c", "own") == 0
    scene.turns.leave("b")
    assert scene.called == ["a"]


def test_edits_begin_in_no_burst() -> None:
    clock = HeldClock()
    turns = Turns(clock, lambda _: None, {"all": 100})
    waits = [turns.enter(str(number), number, "all") for number in range(BURST + 1)]
    assert waits[:BURST] == [0.0] * BURST
    assert waits[BURST] == pytest.approx(1 / EDITS)
    begun = 0
    for step in range(1000):
        begun += turns.enter(f"more {step}", f"more {step}", "all") == 0
        clock.jump(0.01)
    assert begun <= EDITS * 10 + BURST


def test_each_who_waits_comes_back_once_for_a_moment_of_its_own() -> None:
    clock = HeldClock()
    turns = Turns(clock, lambda _: None, {"all": 1000})
    waits = [turns.enter(str(number), number, "all") for number in range(200)]
    for number, wait in sorted(enumerate(waits), key=lambda one: one[1]):
        clock.jump(max(0.0, wait - clock.monotonic()))
        assert turns.enter(str(number), number, "all") == 0.0
        turns.leave(str(number))
    assert max(waits) == pytest.approx((200 - BURST) / EDITS)


def test_what_goes_first_is_let_through_and_holds_nobody_up_for_good() -> None:
    clock = HeldClock()
    turns = Turns(clock, lambda _: None, {"all": 9})
    turns.give_way(1.0)
    assert turns.enter("a", "a", "all") == 1.0
    turns.go_on()
    assert turns.enter("a", "a", "all") == 0
    turns.give_way(1.0)
    clock.jump(1.0)
    assert turns.enter("b", "b", "all") == 0


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("123"), st.booleans()), max_size=60))
def test_whatever_comes_and_goes_everybody_gets_through(asked: list[tuple[str, str, bool]]) -> None:
    """A bucket has one edit under way, the shares no more than their places, and all who wait are called."""
    scene = Scene(all=2)
    going: dict[str, str] = {}
    wanted: dict[str, str] = {}

    def step(card: str, bucket: str) -> None:
        wanted[card] = bucket
        if scene.enter(card, bucket) == 0:
            assert bucket not in going.values()
            going[card] = wanted.pop(card)
            assert len(going) <= 2

    def called() -> None:
        while scene.called:
            card = scene.called.pop(0)
            if card in wanted:
                step(card, wanted[card])
            else:
                scene.turns.looked(card)

    for card, bucket, ends in asked:
        if card in going:
            if ends:
                del going[card]
                scene.turns.leave(card)
        elif ends:
            wanted.pop(card, None)
            scene.turns.leave(card)
        else:
            step(card, bucket)
        called()
    while going:
        card = next(iter(going))
        del going[card]
        scene.turns.leave(card)
        called()
    assert wanted == {}


def test_places_that_a_card_gives_back_for_others_are_offered_at_once() -> None:
    scene = Scene(words=1, pictures=1)
    scene.go("a", None, "words")
    assert scene.enter("b", None, "words") == CALLED_BY_THEN
    assert scene.enter("c", None, "words") == CALLED_BY_THEN
    scene.go("d", None, "pictures")
    scene.turns.leave("a")
    assert scene.called == ["b"]
    assert scene.enter("b", None, "words", "pictures") == CALLED_BY_THEN  # it has a picture by now
    assert scene.called == ["b", "c"]
