"""The least that one could write: aiohttp, and for each job a loop that reads it every three seconds."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.sides.side import Live, Report, Task, main

EVERY = 3.0
OVER = ("success", "failure", "canceled")


@asynccontextmanager
async def opened(task: Task, report: Report) -> AsyncGenerator[Live]:
    headers = {"Authorization": aiohttp.encode_basic_auth(task.key, task.secret)}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(method: str, path: str, body: object = None) -> Any:
            async with session.request(method, f"{task.scenario_url}{path}", json=body) as reply:
                reply.raise_for_status()
                return await reply.json()

        async def live(prompt: str) -> None:
            job = (await ask("POST", f"/generate/custom/{task.model}", {"prompt": prompt}))["job"]
            report.submitted.append(job["jobId"])
            while job["status"] not in OVER:
                await asyncio.sleep(EVERY)
                job = (await ask("GET", f"/jobs/{job['jobId']}"))["job"]
            report.end(job["jobId"])
            for asset_id in job["metadata"]["assetIds"]:
                await ask("GET", f"/assets/{asset_id}")
                report.read(asset_id)

        yield live


if __name__ == "__main__":
    main(opened)
