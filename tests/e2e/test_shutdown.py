"""The end that is asked for, SIGTERM, and the one database that serves one process."""

import asyncio
import os
import signal
import subprocess
import sys

from tests.e2e.matrix import GENERATE, LONGEST_WINDOW, crowd, hold
from tests.e2e.process import Process
from tests.e2e.stage import PATIENCE, Stage, text_of


async def begin_to_stop(stage: Stage) -> Process:
    """SIGTERM, and wait until the bot says that it is stopping."""
    assert stage.bot is not None
    stage.bot.send_signal(signal.SIGTERM)

    async def stopping() -> bool:
        return "stopping" in stage.log.read_text()

    await stage.until(stopping, "the bot to begin to stop")
    return stage.bot


async def gone(stage: Stage, bot: Process) -> int:
    """The exit status, once the process has ended by itself."""
    status = await asyncio.to_thread(bot.wait, PATIENCE)
    await stage.stop_bot()
    return status


async def test_sigterm_lets_a_submission_under_way_finish_its_bookkeeping() -> None:
    async with crowd(SHUTDOWN_GRACE="30") as stage:
        posted = await hold(stage, {**GENERATE, "when": "after"})
        generation = await stage.imagine("a lamp that is put out")
        await stage.held(posted)
        bot = await begin_to_stop(stage)
        assert stage.record(generation)["fate"] == "submitting"
        await stage.call("DELETE", "/faults")
        assert await gone(stage, bot) == 0
        (job,) = await stage.ledger()
        row = stage.record(generation)
        assert (row["fate"], row["job_id"]) == ("running", job["job_id"])
        await stage.start_bot(RECONCILE_SECONDS=LONGEST_WINDOW)
        await stage.settled(generation)
        assert len(await stage.ledger()) == 1


async def test_who_asks_while_the_bot_stops_is_told_so_and_charged_nothing() -> None:
    async with crowd(SHUTDOWN_GRACE="30") as stage:
        posted = await hold(stage, {**GENERATE, "when": "after"})
        await stage.imagine("a lamp that is put out")
        await stage.held(posted)
        bot = await begin_to_stop(stage)
        late = await stage.imagine("a lamp that is lit too late", member="bob")
        told = text_of(await stage.answer(late, member="bob"))
        assert "restarting" in told
        assert "Nothing was charged" in told
        await stage.call("DELETE", "/faults")
        assert await gone(stage, bot) == 0
        assert await stage.ledger("a lamp that is lit too late") == []
        assert stage.record(late) == {}


async def test_sigterm_waits_no_longer_than_its_grace_and_the_next_bot_goes_on() -> None:
    async with crowd(SHUTDOWN_GRACE="1") as stage:
        posted = await hold(stage, {**GENERATE, "when": "after"})
        generation = await stage.imagine("a lamp that nobody answers")
        await stage.held(posted)
        # the POST is never answered: without a bound this process would never end
        assert await gone(stage, await begin_to_stop(stage)) == 0
        assert stage.record(generation)["fate"] == "submitting"
        await stage.call("DELETE", "/faults")
        await stage.start_bot(RECONCILE_SECONDS=LONGEST_WINDOW)
        await stage.settled(generation)
        assert stage.record(generation)["fate"] == "succeeded"
        assert len(await stage.ledger()) == 1


async def test_a_second_bot_on_the_same_file_ends_at_once_and_names_the_file() -> None:
    async with crowd() as stage:
        second = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "run"],
            env={**os.environ, **stage.settings},
            cwd=stage.folder,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        said = second.stderr.decode()
        assert str(stage.database) in said
        assert "in use" in said
        assert "Traceback" not in said
        generation = await stage.imagine("a lamp that keeps burning")
        await stage.settled(generation)
        assert stage.record(generation)["fate"] == "succeeded"
