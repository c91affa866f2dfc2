"""The official SDK's way to wait for a job: read it every three seconds until it is over."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from scenario_sdk import AsyncScenario

from tests.sides.side import Live, Report, Task, main

EVERY = 3.0
"""Seconds between two reads, as its documents show it."""
OVER = ("success", "failure", "canceled")


@asynccontextmanager
async def opened(task: Task, report: Report) -> AsyncGenerator[Live]:
    async with AsyncScenario(api_key=task.key, api_secret=task.secret, base_url=task.scenario_url) as api:

        async def live(prompt: str) -> None:
            job = (await api.generate.run_model(task.model, body={"prompt": prompt})).job
            report.submitted.append(job.job_id)
            while job.status not in OVER:
                await asyncio.sleep(EVERY)
                job = (await api.jobs.retrieve(job.job_id)).job
            report.end(job.job_id)
            for asset_id in job.metadata.asset_ids or []:
                await api.assets.retrieve(asset_id)
                report.read(asset_id)

        yield live


if __name__ == "__main__":
    main(opened)
