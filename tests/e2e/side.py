"""Several stories side by side on one stage: most of a story is waiting, and waiting can be shared."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.e2e.stage import Json, Stage, images

SECONDS = 0.5
"""Length of a picture's job. The bot reads a job every two seconds."""

TINY: Json = {
    "id": "model_tiny",
    "name": "Tiny",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "inputs": [
        {"name": "prompt", "type": "string", "prompt": True, "required": {"always": True}, "maxLength": 500},
        {"name": "width", "type": "number", "min": 64, "max": 256, "step": 16, "default": 128},
        {"name": "height", "type": "number", "min": 64, "max": 256, "step": 16, "default": 128},
        {"name": "seed", "type": "number", "min": 0, "max": 2147483647, "step": 1},
    ],
}
"""A model whose pictures take no time to draw; what these tests are about has no pixels."""


@asynccontextmanager
async def prepared(
    *,
    scenario: Mapping[str, Any] | None = None,
    gateway: Mapping[str, Any] | None = None,
    **environment: str,
) -> AsyncGenerator[Stage]:
    """A fresh sandbox with these settings and quick pictures, the bot not yet started. At the end the
    stand-ins must have nothing to complain of."""
    with tempfile.TemporaryDirectory(prefix="imagine-e2e-") as folder:
        async with Stage(Path(folder)) as one:
            usual = {"RECONCILE_SECONDS": "2", "MEMBER_IN_FLIGHT": "0", "DEFAULT_MODEL": TINY["id"]}
            one.environment = {**usual, **environment}
            await one.call("POST", "/models", json=TINY)
            wanted = {"seconds": SECONDS, "parallel": 50, **(scenario or {})}
            await one.post("/settings", scenario=wanted, gateway=dict(gateway or {}))
            yield one
            assert await one.violations() == []


@asynccontextmanager
async def playing(**settings: Any) -> AsyncGenerator[Stage]:
    """The same with the bot connected."""
    async with prepared(**settings) as one:
        await one.start_bot()
        yield one


async def side_by_side(*stories: Coroutine[Any, Any, None]) -> None:
    """Tell all of them to their ends, and only then say what went wrong in any."""
    told = await asyncio.gather(*stories, return_exceptions=True)
    wrong = [one for one in told if isinstance(one, BaseException)]
    if wrong:
        raise BaseExceptionGroup(f"{len(wrong)} of {len(told)} stories went wrong", wrong)


async def running(one: Stage, generation: str) -> str:
    """Wait until the generation has its job; the job's id."""

    async def bought() -> str | None:
        return one.record(generation).get("job_id")

    return await one.until(bought, f"{generation} to be bought")


async def fate(one: Stage, generation: str, *wanted: str) -> str:
    """Wait until the generation has one of these fates."""

    async def there() -> str | None:
        now = one.record(generation).get("fate")
        return now if now in wanted else None

    return await one.until(there, f"{generation} to be {' or '.join(wanted)}")


async def fault(one: Stage, half: str, kind: str, **spec: Any) -> str:
    """Put a fault in force; its id."""
    return str((await one.call("POST", "/faults", json={"half": half, "kind": kind, **spec}))["id"])


async def spoiled(one: Stage, fault: str, times: int = 1) -> None:
    """Wait until this fault has hit so often."""

    async def hit() -> bool:
        faults = (await one.get("/faults"))["faults"]
        return any(each["id"] == fault and each["hits"] >= times for each in faults)

    await one.until(hit, f"fault {fault} to hit {times} times")


async def heal(one: Stage, fault: str) -> None:
    """Remove this fault and leave the others."""
    await one.call("DELETE", f"/faults/{fault}")


async def delivered(
    one: Stage, generation: str, prompt: str, *, member: str = "alice", channel: str = "general"
) -> Json:
    """Wait until it is settled; exactly one job was bought for it, and its one answer shows the picture."""
    await one.settled(generation, member=member, channel=channel)
    row = one.record(generation)
    assert row["fate"] == "succeeded", row
    (job,) = await one.ledger(prompt)
    assert job["job_id"] == row["job_id"]
    (answer,) = await one.answers(generation, member=member, channel=channel)
    assert len(images(answer)) == 1
    assert await by_message(one, generation, member) == []
    return answer


async def by_message(one: Stage, generation: str, member: str) -> list[Json]:
    """The direct messages that this member got about a generation."""
    return [
        message
        for message in await one.messages(channel=f"dm:{member}", member=member)
        if any(embed.get("footer", {}).get("text", "").endswith(generation) for embed in message["embeds"])
    ]
