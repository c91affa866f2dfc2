"""The sandbox's workflows, run to their end by the client: priced, bought once, their gates answered."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.scenario.api import errors
from bot.scenario.api.records import Job, JobState, Node
from tests.contract.test_client import Bench, a_bench
from tests.contract.test_client_uploads import Hurried


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench(clock=Hurried) as bench:
        yield bench


async def named(bench: Bench, words: str) -> str:
    return next(flow.id for flow in [one async for one in bench.client.workflows()] if words in flow.name)


async def later(bench: Bench, job_id: str) -> Job:
    bench.now.ahead += 600
    return await bench.client.job(job_id)


def waiting(job: Job, kind: str) -> Node:
    return next(node for node in job.flow if node.type == kind and node.status in {"pending", "processing"})


async def test_they_are_listed_and_read(bench: Bench) -> None:
    rows = [flow async for flow in bench.client.workflows()]
    assert {"trained", "draft"} <= {flow.status for flow in rows}
    for row in rows:
        read = await bench.client.model(row.id)
        assert (read.id, read.status, read.is_workflow) == (row.id, row.status, True)
        assert read.inputs


async def test_an_approval_lets_a_run_go_on(bench: Bench) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    flow = await named(bench, "scene")
    inputs = {"text1": "a fox"}
    price = await bench.client.price(flow, inputs)
    bought = await bench.client.submit(flow, inputs)
    assert price is not None
    assert bought.cu == price.cu
    job = await later(bench, bought.job.id)
    gate = waiting(job, "user-approval")
    assert job.state is JobState.ACTIVE
    assert [node.asset_ids for node in job.flow if node.id in gate.depends_on] != [()]
    await bench.client.approve(flow, job.id, gate.id, yes=True)
    job = await later(bench, job.id)
    assert (job.state, job.cu, job.model_id) == (JobState.SUCCEEDED, price.cu, flow)
    assets = await bench.client.assets(job.asset_ids)
    assert "video" in [asset.kind for asset in assets]
    # the steps are jobs too, but nobody asked for them
    assert [one.id async for one in bench.client.jobs(created_after=began)] == [job.id]


async def test_a_no_ends_a_run(bench: Bench) -> None:
    flow = await named(bench, "scene")
    bought = await bench.client.submit(flow, {"text1": "a fox"})
    job = await later(bench, bought.job.id)
    gate = waiting(job, "user-approval")
    await bench.client.approve(flow, job.id, gate.id, yes=False)
    job = await later(bench, job.id)
    assert job.state is JobState.CANCELED
    with pytest.raises(errors.BadInput):
        await bench.client.approve(flow, job.id, gate.id, yes=True)


@pytest.mark.parametrize("picks", [[1, 0], []])
async def test_a_selection(bench: Bench, picks: list[int]) -> None:
    flow = await named(bench, "Figure")
    bought = await bench.client.submit(flow, {"text1": "a fox"})
    job = await later(bench, bought.job.id)
    gate = waiting(job, "user-selection")
    assert len(gate.asset_ids) >= 2
    assert (gate.least, gate.most) == (1, len(gate.asset_ids))
    with pytest.raises(errors.BadInput):
        await bench.client.choose(flow, job.id, gate.id, [len(gate.asset_ids)])
    await bench.client.choose(flow, job.id, gate.id, picks)
    job = await later(bench, job.id)
    assert job.state is (JobState.SUCCEEDED if picks else JobState.CANCELED)


async def test_a_draft_is_not_run(bench: Bench) -> None:
    flow = await named(bench, "unfinished")
    with pytest.raises(errors.BadInput):
        await bench.client.submit(flow, {"text1": "a fox"})
    with pytest.raises(errors.NotFound):
        await bench.client.model("wflow_none")
    assert bench.studio.ledger() == []
