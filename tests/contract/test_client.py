"""The client against the sandbox's Scenario: strict, and with nothing but the oldest routes."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.clock import Clock
from bot.generation.ports import Studio as Port
from bot.scenario.api import errors
from bot.scenario.api.errors import NotFound
from bot.scenario.api.records import Ceilings, Job, JobState, Model, Status
from bot.scenario.client import ScenarioClient
from sandbox.scenario.api import Api
from sandbox.scenario.options import Options
from sandbox.scenario.studio import Studio
from tests.contract.scripted import KEY, SECRET, connected, serving


class Now:
    """The sandbox's clock; a test may push it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return datetime.now(UTC).timestamp() + self.ahead


class Silent:
    def __init__(self) -> None:
        self.violations: list[str] = []

    def violate(self, what: str, **facts: Any) -> None:
        self.violations.append(f"{what} {facts}")


class Bench:
    """A studio, its clock and a client for it."""

    def __init__(self, studio: Studio, now: Now, wire: Silent, client: ScenarioClient) -> None:
        self.studio, self.now, self.wire, self.client = studio, now, wire, client

    async def finished(self, job_id: str) -> Job:
        self.now.ahead += 60
        return await self.client.job(job_id)


@asynccontextmanager
async def a_bench(
    *, bare: bool = False, clock: Callable[[Now], Clock] | None = None
) -> AsyncGenerator[Bench]:
    """clock: the client's; the machine's where none is given."""
    now, wire = Now(), Silent()
    studio = Studio(now, wire, "", options=Options(key=KEY, secret=SECRET, bare=bare))
    app, inner = web.Application(), web.Application()
    inner.add_routes(Api(studio).routes())
    app.add_subapp("/scenario", inner)
    async with serving(app) as origin:
        studio.origin = origin
        async with connected(f"{origin}/scenario/v1", clock=clock(now) if clock else None) as client:
            yield Bench(studio, now, wire, client)
    assert wire.violations == []


@pytest.fixture(params=["strict", "bare"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with a_bench(bare=request.param == "bare") as bench:
        yield bench


def test_the_client_is_a_studio() -> None:
    """The type checker sees it too; here the port is satisfied without being named."""
    verbs = [name for name, one in vars(Port).items() if inspect.isfunction(one) and not name.startswith("_")]
    assert len(verbs) > 10
    for verb in verbs:
        asked = inspect.signature(getattr(Port, verb)).parameters.values()
        given = inspect.signature(getattr(ScenarioClient, verb)).parameters
        for one in asked:
            assert (one.name, one.kind) == (one.name, given[one.name].kind), verb
        further = [given[name] for name in given if name not in {one.name for one in asked}]
        assert all(one.default is not inspect.Parameter.empty for one in further), verb


async def test_whoever_goes_on_is_listed_by_the_status_that_it_has(bench: Bench) -> None:
    if bench.studio.options.bare:
        with pytest.raises(NotFound):
            _ = [job async for job in bench.client.listed(Status.QUEUED, bool)]
        return
    bought = [
        (await bench.client.submit("model_imagen4-ultra", {"prompt": "a fox"})).job.id for _ in range(2)
    ]
    seen: dict[str, set[str]] = {}
    async with asyncio.timeout(20):
        while len(seen.get(Status.SUCCESS, ())) < len(bought):
            for status in Status:
                async for job in bench.client.listed(status, bought.__contains__):
                    assert job.state is status.state
                    seen.setdefault(job.status, set()).add(job.id)
    assert seen.pop(Status.SUCCESS) == {*bought}
    assert seen, "each status that the sandbox has may be asked for, and some were met"
    assert {*seen} <= {status.value for status in Status if status.state is JobState.ACTIVE}


async def test_from_models_to_a_file(bench: Bench, tmp_path: Path) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    rows = [model async for model in bench.client.models(privacy="public")]
    assert "model_imagen4-ultra" in [row.id for row in rows]
    model = await bench.client.model("model_imagen4-ultra")
    assert model.inputs is not None
    inputs = {"prompt": "a fox", "aspectRatio": "16:9", "seed": 7}
    bought = await bench.client.submit(model.id, inputs)
    assert bought.job.state is JobState.ACTIVE
    job = await bench.finished(bought.job.id)
    assert job.state is JobState.SUCCEEDED
    assets = await bench.client.assets(job.asset_ids)
    links = [asset.url for asset in assets] or list(job.urls)
    assert links[0] is not None
    file = await bench.client.fetch(links[0], tmp_path / "it", cap=2**24)
    assert file.mime_type == "image/png"
    assert file.size == file.path.stat().st_size
    assert len(bench.studio.ledger()) == 1
    if not bench.studio.options.bare:
        assert bought.cu == job.cu == 10
        assert job.inputs is not None
        assert job.inputs["seed"] == 7
        assert [one.id async for one in bench.client.jobs(created_after=began)] == [job.id]


async def test_the_private_models(bench: Bench) -> None:
    rows: list[Model] = [model async for model in bench.client.models(privacy="private")]
    assert rows
    assert all(row.privacy == "private" for row in rows)


async def test_comforts(bench: Bench) -> None:
    price = await bench.client.price("model_bfl-flux-1-dev", {"prompt": "p"})
    ceilings = await bench.client.ceilings()
    if bench.studio.options.bare:
        assert (price, ceilings) == (None, Ceilings())
        with pytest.raises(errors.NotFound):
            _ = [job async for job in bench.client.jobs(created_after=datetime.now(UTC))]
    else:
        assert price is not None
        assert price.cu == sum(price.details.values()) == 10.75
        assert ceilings == Ceilings(jobs=5, runs=bench.studio.options.parallel_workflows)
    assert bench.studio.ledger() == []


async def test_refusals(bench: Bench) -> None:
    with pytest.raises(errors.NotFound):
        await bench.client.submit("model_none", {"prompt": "p"})
    with pytest.raises(errors.PlanLocked) as locked:
        await bench.client.submit("model_luma-uni-1-max", {"prompt": "p"})
    assert (locked.value.required_plan, locked.value.model_id) == ("enterprise", "model_luma-uni-1-max")
    with pytest.raises(errors.BadInput):
        await bench.client.submit("model_hqTeamInkLora3mXb9c", {"prompt": "p"})
    bench.studio.options.parallel = 0
    with pytest.raises(errors.Busy) as busy:
        await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})
    assert (busy.value.action, busy.value.limit) == ("parallelCustomJobs", 0)
    bench.studio.options.secret = "another"
    with pytest.raises(errors.WrongKey):
        await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})
    assert bench.studio.ledger() == []


async def test_a_moderated_failure(bench: Bench) -> None:
    bench.studio.script({"outcome": "moderated"})
    bought = await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})
    job = await bench.finished(bought.job.id)
    assert job.state is JobState.FAILED
    assert job.moderated
    assert job.refunded is (None if bench.studio.options.bare else True)


async def test_cancel(bench: Bench) -> None:
    bench.studio.options.cancel = "always"
    bought = await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})
    if bench.studio.options.bare:
        with pytest.raises(errors.BadInput):
            await bench.client.cancel(bought.job.id)
        return
    await bench.client.cancel(bought.job.id)
    assert (await bench.finished(bought.job.id)).state is JobState.CANCELED
    bench.studio.options.cancel = "never"
    bought = await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})
    with pytest.raises(errors.BadInput, match="Cannot cancel"):
        await bench.client.cancel(bought.job.id)
    assert (await bench.finished(bought.job.id)).state is JobState.SUCCEEDED
    assert (await bench.client.cancel(bought.job.id)).state is JobState.SUCCEEDED


async def test_several_assets_in_order(bench: Bench) -> None:
    bought = await bench.client.submit("model_openai-gpt-image-2", {"prompt": "p", "numOutputs": 3})
    await bench.finished(bought.job.id)
    made = bench.studio.find_job(bought.job.id).asset_ids
    asked = [made[2], "asset_gone", made[0], made[1]]
    for _ in range(2):
        found = await bench.client.assets(asked)
        assert [asset.id for asset in found] == [made[2], made[0], made[1]]


async def test_ragged_pages_are_followed(bench: Bench) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    if bench.studio.options.bare:
        with pytest.raises(NotFound):
            await anext(bench.client.jobs(created_after=began))
        return
    bench.studio.options.ragged_pages = True
    ids = [(await bench.client.submit("model_imagen4-ultra", {"prompt": "p"})).job.id for _ in range(3)]
    assert sorted([job.id async for job in bench.client.jobs(created_after=began)]) == sorted(ids)
