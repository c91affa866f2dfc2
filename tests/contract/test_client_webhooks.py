"""The client against the sandbox's webhook endpoints, and against accounts that have none."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.scenario.api.errors import Forbidden, NotFound, Rejected, Unavailable
from bot.scenario.api.webhooks import ENDS
from tests.contract.scripted import Cue, Handler, connected, hang, routed, says, serving
from tests.contract.test_client import Bench, a_bench

URL = "https://bot.example/pushes/token"
HOOKS = "/projects/proj_1/webhook-endpoints"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as bench:
        yield bench


async def test_one_is_made_found_mended_and_removed(bench: Bench) -> None:
    hooks = bench.client.webhooks
    assert await hooks.registered() == []
    made = await hooks.register(URL, "Imagine")
    assert made.secret
    assert (made.url, made.tells_ends) == (URL, True)
    bench.studio.webhooks.update(made.id, {"enabled": False, "enabledEvents": ["generation.failed"]})
    (found,) = await hooks.registered()
    assert (found.id, found.secret, found.tells_ends) == (made.id, None, False)
    assert (await hooks.mend(made.id)).tells_ends
    await hooks.remove(made.id)
    await hooks.remove(made.id)
    assert await hooks.registered() == []
    assert bench.wire.violations == []


async def test_an_address_that_scenario_does_not_take_is_refused(bench: Bench) -> None:
    with pytest.raises(Rejected, match="absolute"):
        await bench.client.webhooks.register("bot.example", "Imagine")


async def asked_of(table: dict[str, list[Handler]]) -> list[tuple[str, str]]:
    """What a scripted API is asked until its endpoints are listed."""
    cue, app = Cue(), web.Application()
    cue.answers = [routed(table)]
    app.router.add_route("*", "/{tail:.*}", cue.handle)
    async with serving(app) as origin, connected(origin) as client:
        await client.webhooks.registered()
    return cue.asked


LISTED = {f"GET {HOOKS}": [says(200, {"webhookEndpoints": []})]}
ONE = {"GET /projects": [says(200, {"projects": [{"id": "proj_1"}]})]}
TWO = {"GET /projects": [says(200, {"projects": [{"id": "proj_1"}, {"id": "proj_2"}]})]}
A_JOB = {"GET /jobs": [says(200, {"jobs": [{"jobId": "job_1", "ownerId": "proj_1"}]})]}
NO_JOB = {"GET /jobs": [says(200, {"jobs": []})]}


async def test_the_only_project_is_the_keys() -> None:
    assert await asked_of(ONE | LISTED) == [("GET", "/projects"), ("GET", HOOKS)]


@pytest.mark.parametrize("projects", [TWO, {}])
async def test_of_several_or_none_that_are_listed_the_newest_job_names_it(
    projects: dict[str, list[Handler]],
) -> None:
    assert (await asked_of(projects | A_JOB | LISTED))[1:] == [("GET", "/jobs?pageSize=1"), ("GET", HOOKS)]


@pytest.mark.parametrize("jobs", [NO_JOB, {}, {"GET /jobs": [says(200, {"jobs": [{"ownerId": "proj_9"}]})]}])
async def test_without_one_nothing_is_known_yet(jobs: dict[str, list[Handler]]) -> None:
    with pytest.raises(Unavailable, match="project"):
        await asked_of(TWO | jobs | LISTED)


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (403, Forbidden)])
async def test_an_account_without_them_says_so(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await asked_of(ONE | {f"GET {HOOKS}": [says(status, {"reason": "no"})]})


@pytest.mark.parametrize("answer", [says(502), says(429, {"reason": "slow"}), says(200, {}), hang])
async def test_a_registration_is_asked_for_once(answer: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    import aiohttp

    from bot.scenario import transport

    monkeypatch.setattr(transport, "READ", aiohttp.ClientTimeout(total=0.3))
    cue, app = Cue(), web.Application()
    cue.answers = [routed(ONE | {f"POST {HOOKS}": [answer]})]
    app.router.add_route("*", "/{tail:.*}", cue.handle)
    async with serving(app) as origin, connected(origin) as client:
        with pytest.raises(Unavailable):
            await client.webhooks.register(URL, "Imagine")
    assert [method for method, _ in cue.asked].count("POST") == 1
    assert ENDS[0] in cue.bodies[-1].decode()
