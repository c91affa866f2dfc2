"""Questions that gather, and those that are known to come."""

import asyncio

import pytest

from bot.scenario.gathering import EXPECTED_LASTS, Gathering
from tests.support.clock import HeldClock


class Asked:
    """Answers each id with itself in capitals, but for those that are gone."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.error: Exception | None = None

    async def __call__(self, ids: list[str]) -> dict[str, str]:
        self.questions.append(ids)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return {id_: id_.upper() for id_ in ids if id_ != "gone"}


Made = tuple[Gathering[str], Asked, HeldClock]


@pytest.fixture
def made() -> Made:
    asked, clock = Asked(), HeldClock()
    return Gathering(asked, most=3, clock=clock), asked, clock


async def test_what_is_expected_is_asked_at_once_and_answers_whoever_comes(made: Made) -> None:
    gathering, asked, _ = made
    gathering.expect(["a", "b", "gone"])
    found = [await gathering.get([id_]) for id_ in ("a", "b", "gone")]
    assert found == [{"a": "A"}, {"b": "B"}, {}]
    assert asked.questions == [["a", "b", "gone"]]


async def test_no_question_grows_without_end(made: Made) -> None:
    gathering, asked, _ = made
    gathering.expect(["a", "b", "c", "d"])
    assert await gathering.get(["d", "a"]) == {"d": "D", "a": "A"}
    assert asked.questions == [["a", "b", "c"], ["d"]]


async def test_an_answer_that_was_expected_is_given_once_and_not_for_long(made: Made) -> None:
    gathering, asked, clock = made
    gathering.expect(["a", "b"])
    await gathering.get(["a"])
    await gathering.get(["a"])
    assert asked.questions == [["a", "b"], ["a"]], "a link is a credential, and grows old"
    clock.jump(EXPECTED_LASTS)
    await gathering.get(["b"])
    assert asked.questions[2:] == [["b"]]


async def test_what_nobody_comes_for_is_not_kept(made: Made) -> None:
    gathering, _, clock = made
    gathering.expect(["a"])
    clock.jump(EXPECTED_LASTS)
    gathering.expect(["b"])
    assert [*vars(gathering)["_expected"]] == ["b"]


@pytest.mark.parametrize("failed_before", [True, False])
async def test_an_expected_answer_that_failed_is_asked_for_by_whoever_needs_it(
    made: Made, failed_before: bool
) -> None:
    gathering, asked, _ = made
    asked.error = LookupError()
    gathering.expect(["a"])
    if failed_before:
        for _ in range(5):
            await asyncio.sleep(0)
        asked.error = None
        assert await gathering.get(["a"]) == {"a": "A"}
    else:
        with pytest.raises(LookupError):
            await gathering.get(["a"])
        asked.error = None
        assert await gathering.get(["a"]) == {"a": "A"}


async def test_what_may_wait_is_asked_for_together_a_little_later(made: Made) -> None:
    gathering, asked, clock = made
    gathering.expect(["a"], within=0.25)
    first = asyncio.create_task(gathering.get(["a"]))
    await clock.advance(0.2)
    gathering.expect(["b"], within=0.25)
    second = asyncio.create_task(gathering.get(["b"]))
    await clock.advance(0.04)
    assert asked.questions == []
    await clock.advance(0.01)
    assert asked.questions == [["a", "b"]]
    assert (await first, await second) == ({"a": "A"}, {"b": "B"})
    gathering.expect(["c"], within=0.25)
    assert await gathering.get(["c", "d"]) == {"c": "C", "d": "D"}, "whoever needs more waits for nobody"
    assert asked.questions[1:] == [["c", "d"]]
    await clock.advance(1.0)
    assert len(asked.questions) == 2
