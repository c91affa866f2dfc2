"""What is stuck keeps nobody else waiting, over real wires; nothing of a killed bot stays in its folder."""

from pathlib import Path

import pytest

from bot.scratch import PREFIX
from tests.e2e.acting import through_the_button
from tests.e2e.side import playing, prepared
from tests.e2e.stage import Json, Stage, labels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCENE = "wflow_Scene4d9pTz6wLc2h"
DEAR = "model_bfl-flux-1-dev"
SLOW_EDIT = {"half": "discord", "kind": "hold", "method": "PATCH", "path": "/webhooks/*"}
CROWD = 90


async def asks(one: Stage, generation: str, label: str, member: str) -> Json:
    """The card as soon as it has this button."""

    async def look() -> Json | None:
        found = await one.answers(generation, member=member)
        return found[-1] if found and label in labels(found[-1]) else None

    return await one.until(look, f"a {label} button on {generation}")


async def at_its_gate(one: Stage) -> Json:
    """A run of a workflow that waits for somebody's approval."""
    command: Json = {"member": "walt", "channel": "general", "name": "workflow run"}
    opened = await one.post("/command", **command, options={"workflow": SCENE})
    form = await through_the_button(one, str(opened["interaction_id"]))
    run = await one.post("/submit", member="walt", interaction_id=form, values={"text1": "a scene"})
    generation = str(run["interaction_id"])
    await one.press(await asks(one, generation, "Generate", "walt"), "Generate", member="walt")
    return await asks(one, generation, "Approve", "walt")


def within(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_open_questions_and_an_open_gate_keep_no_picture_waiting() -> None:
    limits = {"QUEUE_LIMIT": "1", "CONFIRM_ABOVE_CU": "9.5"}
    async with playing(scenario={"parallel": 1, "parallel_workflows": 1}, **limits) as one:
        await at_its_gate(one)
        for member in ("ann", "bob", "cleo"):
            asked = await one.imagine(f"dear to {member}", member=member, model=DEAR)
            await asks(one, asked, "Generate", member)
        await one.settled(await one.imagine("a cheap one", member="dora"), member="dora")
        assert [job["inputs"].get("prompt") for job in await one.ledger()] == [None, "a cheap one"]


async def test_slow_edits_stop_no_acknowledgement() -> None:
    async with playing(scenario={"seconds": 60, "parallel": 2 * CROWD}) as one:
        held = await one.fault(**SLOW_EDIT, times=None)
        for number in range(CROWD):
            await one.imagine(f"number {number}", member=f"member{number}")
        await one.held(held, 24)
        late = await one.imagine("after them all", member="zoe")

        async def acknowledged() -> bool:
            state = (await one.get(f"/interactions/{late}"))["state"]
            assert state != "failed"
            return state == "acknowledged"

        await one.until(acknowledged, "the acknowledgement")
        await one.heal()


async def test_what_a_killed_bot_left_of_a_picture_is_swept_when_the_next_one_starts(tmp_path: Path) -> None:
    async with prepared() as one:
        await one.start_bot(TMPDIR=str(tmp_path))
        held = await one.fault(half="scenario", kind="hold", path="/cdn/*", times=None)
        generation = await one.imagine("a private one")
        await one.held(held)
        (left,) = within(tmp_path)
        assert left.stat().st_mode & 0o777 == 0o700
        await one.kill_bot()
        assert left.exists()
        await one.heal()
        await one.start_bot(TMPDIR=str(tmp_path))
        await one.settled(generation)
        (now,) = within(tmp_path)
        assert now != left
        assert now.name.startswith(PREFIX)
        assert within(now) == []
        assert await one.stop_bot() == 0
        assert within(tmp_path) == []
