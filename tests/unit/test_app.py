"""The composition root's own few deeds: the order of a start, the end, and what is done now and then."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot import app as root
from bot import housekeeping
from bot.app import App
from bot.generation.holding import News
from bot.scenario.api.errors import ScenarioError
from bot.tree import ImagineTree
from tests.support.clock import HeldClock, breathe


class Panic(BaseException):
    """As a native library raises it: no Exception, and nobody's end."""


Deed = Callable[..., Awaitable[Any]]


class Parts:
    """Stand-ins that keep what was called. `answers` holds what a name returns or raises, in order."""

    def __init__(self) -> None:
        self.called: list[tuple[Any, ...]] = []
        self.answers: dict[str, list[object]] = {}
        self.clock = HeldClock()
        self.catalogue = SimpleNamespace(plan_level="unread")
        self.common = True

    def deed(self, name: str) -> Deed:
        async def done(*arguments: object) -> object:
            return self._answer(name, *arguments)

        return done

    def plain(self, name: str) -> Callable[..., object]:
        return lambda *arguments: self._answer(name, *arguments)

    def _answer(self, name: str, *arguments: object) -> object:
        self.called.append((name, *arguments))
        waiting = self.answers.get(name, [])
        answer = waiting.pop(0) if waiting else None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def app(self) -> App:
        store = SimpleNamespace(
            note=self.deed("note"),
            remember=self.deed("remember"),
            erase_tokens=self.deed("tokens"),
            uploads=SimpleNamespace(erase=self.deed("uploads")),
            holding=SimpleNamespace(
                look=self.deed("others"), news=self.deed("news"), leaving=self.plain("leaving"), holds=True
            ),
        )
        studio = SimpleNamespace(
            ceilings=self.deed("ceilings"), plan_level=self.deed("level"), probe=self.deed("probe")
        )
        return cast(
            "App",
            SimpleNamespace(
                store=store,
                studio=studio,
                catalogue=self.catalogue,
                clock=self.clock,
                forms=SimpleNamespace(erase=self.deed("drafts")),
                queue=SimpleNamespace(set=self.plain("set")),
                service=SimpleNamespace(asking=SimpleNamespace(close=self.plain("closed"))),
                fates=SimpleNamespace(stop=self.deed("fates"), adopt=self.deed("fates")),
                others=SimpleNamespace(look=self.deed("elsewhere")),
                cards=SimpleNamespace(stop=self.deed("cards"), adopt=self.deed("cards")),
                client=SimpleNamespace(close=self.deed("left"), is_ready=self.plain("ready")),
                shards=SimpleNamespace(hand_over=self.deed("given"), common=self.common),
                settings=SimpleNamespace(shutdown_grace=0.01, discord_base_url="http://here"),
            ),
        )

    def names(self) -> list[str]:
        return [one[0] for one in self.called]


@asynccontextmanager
async def going(what: Callable[[App], Awaitable[None]], app: App) -> AsyncGenerator[None]:
    task = asyncio.ensure_future(what(app))
    try:
        await breathe()
        assert not task.done()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_ceiling_and_the_plan_are_read_at_once_and_every_ten_minutes() -> None:
    parts = Parts()
    parts.answers = {"note": ["2"], "ceilings": ["few", "more"], "level": [2, 3]}
    async with going(housekeeping.read_ceilings, parts.app):
        assert parts.catalogue.plan_level == 2
        assert ("note", housekeeping.PLAN) in parts.called
        assert ("set", "few") in parts.called
        assert "remember" not in parts.names()  # it is what was kept
        await parts.clock.advance(housekeeping.CEILING_EVERY - 1)
        assert ("set", "more") not in parts.called
        await parts.clock.advance(1)
        assert ("set", "more") in parts.called
        assert parts.catalogue.plan_level == 3
        assert parts.called.count(("remember", housekeeping.PLAN, "3")) == 1


@pytest.mark.parametrize("error", [ScenarioError("down"), RuntimeError("odd"), Panic()])
async def test_a_ceiling_that_cannot_be_read_leaves_the_known_plan_and_is_read_again(
    error: BaseException,
) -> None:
    parts = Parts()
    parts.answers = {"note": ["5"], "ceilings": [error, "few"], "level": [None]}
    async with going(housekeeping.read_ceilings, parts.app):
        assert parts.catalogue.plan_level == 5
        assert "set" not in parts.names()
        await parts.clock.advance(housekeeping.CEILING_EVERY)
        assert ("set", "few") in parts.called
        assert parts.catalogue.plan_level is None
        assert ("remember", housekeeping.PLAN, "") in parts.called


@pytest.mark.parametrize("kept", [None, "", "gold", "-1"])
async def test_a_note_that_is_no_plan_is_none(kept: str | None) -> None:
    parts = Parts()
    parts.answers = {"note": [kept]}
    assert await housekeeping.known_plan(parts.app) is None


@pytest.mark.parametrize("error", [RuntimeError("locked"), Panic()])
async def test_what_is_over_is_erased_every_minute_whatever_happened(error: BaseException) -> None:
    parts = Parts()
    parts.answers = {"tokens": [None, error]}
    async with going(housekeeping.erase_expired, parts.app):
        begun = parts.clock.now()
        unused = begun - timedelta(days=90)
        assert parts.called == [("tokens", begun), ("drafts",), ("uploads", unused)]
        await parts.clock.advance(housekeeping.ERASE_EVERY)
        assert parts.names() == ["tokens", "drafts", "uploads", "tokens"]
        await parts.clock.advance(housekeeping.ERASE_EVERY)
        assert parts.names()[4:] == ["tokens", "drafts", "uploads"]


async def test_what_only_refers_to_itself_is_found_every_five_minutes_and_not_before() -> None:
    class Ring:
        itself: "Ring"

    parts, seen = Parts(), list[weakref.ref[Ring]]()
    threshold = gc.get_threshold()
    gc.set_threshold(0)
    try:
        async with going(housekeeping.look_for_cycles, parts.app):
            for _ in range(2):
                ring = Ring()
                ring.itself = ring
                seen.append(weakref.ref(ring))
                del ring
                await parts.clock.advance(housekeeping.CYCLES_EVERY - 1)
                assert seen[-1]() is not None
                await parts.clock.advance(1)
                assert seen[-1]() is None
    finally:
        gc.set_threshold(*threshold)


@pytest.mark.parametrize("what", [housekeeping.erase_expired, housekeeping.read_ceilings])
async def test_the_process_s_own_end_is_not_survived(what: Callable[[App], Awaitable[None]]) -> None:
    parts = Parts()
    parts.answers = {"tokens": [asyncio.CancelledError()], "ceilings": [asyncio.CancelledError()]}
    with pytest.raises(asyncio.CancelledError):
        await what(parts.app)


async def test_a_stop_takes_nothing_new_gives_its_grace_and_waits_for_no_one_beyond_it() -> None:
    parts = Parts()
    app = parts.app
    left: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.append("given up")

    app.client.close = never  # pyright: ignore[reportAttributeAccessIssue]
    async with asyncio.timeout(5):
        await root._drain(app)  # pyright: ignore[reportPrivateUsage]
    assert parts.called == [("given",), ("leaving",), ("closed",), ("fates", 0.01), ("cards", 0.01)]
    assert left == ["given up"]
    whole = Parts()
    await root._drain(whole.app)  # pyright: ignore[reportPrivateUsage]
    assert whole.names()[-1] == "left"


@pytest.mark.parametrize("error", [RuntimeError("the database is gone"), Panic()])
async def test_a_stop_goes_on_where_the_shards_cannot_be_handed_over(error: BaseException) -> None:
    parts = Parts()
    parts.answers = {"given": [error]}
    await root._drain(parts.app)  # pyright: ignore[reportPrivateUsage]
    assert parts.names() == ["given", "leaving", "closed", "fates", "cards", "left"]


async def test_a_hand_over_that_hangs_takes_little_of_the_time_in_which_the_process_must_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = Parts()
    app = parts.app
    app.settings.shutdown_grace = 600  # type: ignore[misc]

    async def never() -> None:
        await asyncio.Event().wait()

    app.shards.hand_over = never  # type: ignore[method-assign]
    monkeypatch.setattr(root, "HANDING_OVER", 0.01)
    async with asyncio.timeout(5):
        await root._drain(app)  # pyright: ignore[reportPrivateUsage]
    assert parts.names() == ["leaving", "closed", "fates", "cards", "left"]


async def test_what_reaches_nobody_else_is_answered_to_the_end() -> None:
    parts = Parts()
    parts.common = False
    await root._drain(parts.app)  # pyright: ignore[reportPrivateUsage]
    assert "leaving" not in parts.names()


async def test_commands_are_synced_before_what_was_left_is_taken_up() -> None:
    parts = Parts()
    app = parts.app

    class Tree(ImagineTree):
        def __init__(self) -> None:
            pass

        async def sync_if_changed(self, notes: object, *, where: str, force: bool = False) -> bool:
            parts.called.append(("synced", notes, where))
            return True

    app.client.tree = Tree()  # pyright: ignore[reportAttributeAccessIssue]
    await root._on_setup(app)  # pyright: ignore[reportPrivateUsage]
    then = [("others",), ("elsewhere",), ("fates",), ("cards",)]
    assert parts.called == [("synced", app.store, "http://here"), *then]


async def test_ready_means_connected_a_database_that_takes_and_a_scenario_that_answers() -> None:
    parts = Parts()
    parts.answers = {
        "ready": [True, False],
        "remember": [None, OSError("full")],
        "probe": [None, ScenarioError("no")],
    }
    checks = root._health(parts.app)  # pyright: ignore[reportPrivateUsage]
    assert [(name, await one()) for name, one in checks.items()] == [
        ("gateway", True),
        ("database", True),
        ("scenario", True),
        ("lease", True),
    ]
    assert ("remember", "health", parts.clock.now().isoformat()) in parts.called
    assert await checks["gateway"]() is False
    with pytest.raises(OSError, match="full"):
        await checks["database"]()
    with pytest.raises(ScenarioError):
        await checks["scenario"]()


# -- other processes ------------------------------------------------------------------------------------


async def test_a_look_that_failed_may_have_taken_something_over_so_what_is_ours_is_read_again() -> None:
    clock, heard, adopted, woken = HeldClock(), asyncio.Queue[object](), list[str](), list[str]()

    async def news() -> object:
        found = await heard.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def a_loop(name: str) -> SimpleNamespace:
        async def adopt() -> int:
            adopted.append(name)
            return 1

        return SimpleNamespace(adopt=adopt, wake=woken.append)

    holding = SimpleNamespace(news=news)
    house = SimpleNamespace(
        store=SimpleNamespace(holding=holding), fates=a_loop("fates"), cards=a_loop("cards"), clock=clock
    )
    async with going(housekeeping.hear_others, cast("App", house)):
        heard.put_nowait(News(generations=["1"], cards=["2"]))
        await breathe()
        assert (adopted, woken) == ([], ["1", "2"])
        heard.put_nowait(OSError("the connection was cut"))
        await breathe()
        await clock.advance(housekeeping.OTHERS_AGAIN)
        assert adopted == ["fates", "cards"]
        heard.put_nowait(News(generations=["3"]))
        await breathe()
        assert (adopted, woken) == (["fates", "cards"], ["1", "2", "3"])


def test_cycles_are_looked_for_less_often_once_the_parts_are_tied() -> None:
    threshold = gc.get_threshold()
    try:
        root.settle_memory()
        assert gc.isenabled()
        assert gc.get_threshold()[0] > threshold[0]
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
