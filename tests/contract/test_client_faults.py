"""The client against a Scenario that misbehaves: what is asked again, and what never is."""

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.scenario import client as module
from bot.scenario import transport
from bot.scenario.api import errors
from bot.scenario.api.records import Ceilings, Status
from bot.scenario.client import ScenarioClient
from tests.contract.scripted import (
    JOB,
    KEY,
    SECRET,
    Cue,
    Handler,
    connected,
    endless,
    hang,
    reset,
    says,
    truncated,
)

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is not waited for once it was asked. What answers has all the time of a busy machine."""
    hangs = hang in request.node.callspec.params.values()
    timeout = aiohttp.ClientTimeout(sock_read=0.2) if hangs else aiohttp.ClientTimeout(total=60)
    monkeypatch.setattr(module, "SUBMIT", timeout)
    monkeypatch.setattr(transport, "READ", timeout)
    monkeypatch.setattr(transport, "LARGEST", 100_000)


async def test_what_a_paid_post_looks_like(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(200, JOB)]
    await client.submit("model_a", {"prompt": "é \ud800", "n": 1})
    assert cue.asked == [("POST", "/v1/generate/custom/model_a")]
    assert json.loads(cue.bodies[0]) == {"prompt": "é \ud800", "n": 1}
    token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert cue.headers[0]["authorization"] == f"Basic {token}"
    assert cue.headers[0]["content-type"] == "application/json"


FAULTS: list[tuple[str, Handler, type[errors.ScenarioError]]] = [
    ("reset", reset, errors.Uncertain),
    ("hang", hang, errors.Uncertain),
    ("truncated", truncated, errors.Uncertain),
    ("endless", endless, errors.Uncertain),
    ("redirect", says(307, None, Location="/v1/elsewhere"), errors.Uncertain),
    ("html", says(200, b"<html>hello</html>"), errors.Uncertain),
    ("empty", says(200, b""), errors.Uncertain),
    ("no job", says(200, {"creativeUnitsCost": 3}), errors.Uncertain),
    ("408", says(408), errors.Uncertain),
    ("409", says(409, {"reason": "conflict"}), errors.Uncertain),
    ("500", says(500, {"reason": "oops"}), errors.Uncertain),
    ("502", says(502, b"<html><title>Bad Gateway</title></html>"), errors.Uncertain),
    ("503", says(503, None, Retry_After="1"), errors.Uncertain),
    ("429", says(429), errors.Busy),
    ("429 named", says(429, {"details": {"actionName": "a", "actionLimit": 1}}), errors.Busy),
    ("400", says(400, {"reason": "no"}), errors.BadInput),
    ("403 html", says(403, b"<html><title>Blocked</title></html>"), errors.Forbidden),
]


@pytest.mark.parametrize(("size", "taken"), [(1000, True), (1001, False)])
async def test_an_answer_is_read_up_to_its_most_bytes(
    cue: Cue, client: ScenarioClient, monkeypatch: pytest.MonkeyPatch, size: int, taken: bool
) -> None:
    monkeypatch.setattr(transport, "LARGEST", 1000)
    cue.answers = [says(200, json.dumps(JOB).encode().ljust(size))]
    if taken:
        assert (await client.submit("model_a", {"prompt": "p"})).job.id == "job_1"
        assert (await client.job("job_1")).id == "job_1"
    else:
        with pytest.raises(errors.Uncertain):
            await client.submit("model_a", {"prompt": "p"})
        with pytest.raises(errors.Unavailable):
            await client.job("job_1")


async def test_a_paid_post_may_take_far_longer_than_a_read(
    cue: Cue, client: ScenarioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some models are done within the call; cut short, each of these would be looked for in the listing."""

    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.3)
        return web.json_response(JOB)

    assert (transport.SUBMIT.total or 0) >= 4 * (transport.READ.total or 0) > 0
    monkeypatch.setattr(transport, "READ", aiohttp.ClientTimeout(total=0.1))
    cue.answers = [slow]
    assert (await client.submit("model_a", {"prompt": "p"})).job.id == "job_1"
    with pytest.raises(errors.Unavailable):
        await client.job("job_1")


@pytest.mark.parametrize("model", ["model_a", "wflow_a"])
async def test_of_a_purchase_that_may_not_be_made_any_more_not_a_byte_is_sent(model: str) -> None:
    """It is asked on the open connection: to make one takes seconds, in which a lease may end."""
    sent = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.set_result(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connected(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(errors.Withheld):
            await client.submit(model, {"prompt": "p"}, still=lambda: False)
        assert await asyncio.wait_for(sent, 20) == b""


async def test_a_purchase_that_may_be_made_is_sent_whole(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(200, JOB)]
    with pytest.raises(errors.Withheld):
        await client.submit("model_a", {"prompt": "p"}, still=lambda: False)
    assert cue.asked == []
    assert (await client.submit("model_a", {"prompt": "p"}, still=lambda: True)).job.id == "job_1"
    assert [json.loads(body) for body in cue.bodies] == [{"prompt": "p"}]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("handler", "kind"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
async def test_a_paid_post_is_sent_once_whatever_comes(
    cue: Cue, client: ScenarioClient, handler: Handler, kind: type[errors.ScenarioError]
) -> None:
    cue.answers = [handler]
    with pytest.raises(kind) as caught:
        await client.submit("model_a", {"prompt": "p"})
    assert type(caught.value) is kind
    assert len(cue.asked) == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("handler", "kind"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
@pytest.mark.parametrize("warm", [False, True])
async def test_a_paid_put_is_sent_once_whatever_comes(
    cue: Cue, client: ScenarioClient, handler: Handler, kind: type[errors.ScenarioError], warm: bool
) -> None:
    """Of itself aiohttp sends a PUT again when its connection breaks, a fresh one as well as a kept one."""
    cue.answers = [says(200, JOB), handler] if warm else [handler]
    if warm:
        await client.job("job_1")
    with pytest.raises(kind) as caught:
        await client.submit("wflow_a", {"text1": "p"})
    assert type(caught.value) is kind
    assert [asked for asked in cue.asked if asked[0] == "PUT"] == [("PUT", "/v1/workflows/wflow_a/run")]


async def test_without_the_middleware_a_put_is_sent_twice(
    cue: Cue, client: ScenarioClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above would notice: this is what it guards against."""

    async def nothing(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        return await handler(request)

    monkeypatch.setattr(transport, "only_once", nothing)
    cue.answers = [reset]
    with pytest.raises(errors.Uncertain):
        await client.submit("wflow_a", {"text1": "p"})
    assert len(cue.asked) == 2


async def test_a_paid_post_on_a_connection_that_was_closed_meanwhile_is_not_repeated(
    cue: Cue, client: ScenarioClient
) -> None:
    cue.answers = [says(200, JOB), reset]
    await client.job("job_1")
    with pytest.raises(errors.Uncertain):
        await client.submit("model_a", {"prompt": "p"})
    assert [method for method, _ in cue.asked] == ["GET", "POST"]


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1"])
async def test_without_a_connection_nothing_was_sent(base_url: str, tmp_path: Path) -> None:
    async with connected(base_url) as client:
        with pytest.raises(errors.Unreachable):
            await client.submit("model_a", {"prompt": "p"})
        with pytest.raises(errors.Unreachable):
            await client.submit("wflow_a", {"text1": "p"})
        with pytest.raises(errors.Unavailable):
            await client.job("job_1")
        with pytest.raises(errors.Unavailable):
            await client.price("model_a", {"prompt": "p"})
        with pytest.raises(errors.Unavailable):
            await client.fetch(f"{base_url}/file", tmp_path / "it", cap=10)


async def test_a_closed_session_sent_nothing(tmp_path: Path) -> None:
    async with connected("http://127.0.0.1:1/v1") as client:
        pass
    with pytest.raises(errors.Unreachable):
        await client.submit("model_a", {"prompt": "p"})
    with pytest.raises(errors.Unavailable):
        await client.fetch("http://127.0.0.1:1/file", tmp_path / "it", cap=10)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "first", [reset, hang, truncated, says(500), says(408), says(429), says(200, b"<html>")]
)
async def test_a_read_is_asked_again(cue: Cue, client: ScenarioClient, first: Handler) -> None:
    cue.answers = [first, says(200, JOB)]
    assert (await client.job("job_1")).id == "job_1"
    assert [path for _, path in cue.asked] == ["/v1/jobs/job_1"] * len(cue.asked)
    assert len(cue.asked) >= 2


async def test_a_read_gives_up_in_the_end(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(429, {"remainingSeconds": 7, "reason": "slow"})]
    with pytest.raises(errors.Unavailable) as caught:
        await client.job("job_1")
    assert (caught.value.retry_after, caught.value.status) == (timedelta(seconds=7), 429)
    assert len(cue.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
async def test_a_definite_answer_to_a_read_is_not_asked_again(
    cue: Cue, client: ScenarioClient, status: int
) -> None:
    cue.answers = [says(status, {"reason": "no"})]
    with pytest.raises(errors.ScenarioError):
        await client.job("job_1")
    assert len(cue.asked) == 1


def test_how_long_until_a_read_is_asked_again() -> None:
    assert transport.again(errors.NotFound()) is False
    assert transport.again(errors.Unavailable()) is True
    wait = transport.again(errors.Unavailable(retry_after=timedelta(seconds=7)))
    assert 7 <= wait <= 7.5
    wait = transport.again(errors.Unavailable(retry_after=timedelta(hours=2)))
    assert 60 <= wait <= 60.5


async def test_a_key_that_an_error_repeats_is_struck_out(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(401, {"reason": f"key {KEY} with {SECRET} is wrong"})]
    with pytest.raises(errors.WrongKey) as caught:
        await client.job("job_1")
    assert caught.value.reason == "key *** with *** is wrong"


# Dry runs


async def test_a_dry_run_says_so_and_is_sent_once(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(500), says(269, {"creativeUnitsCost": 10.75, "job": {}})]
    with pytest.raises(errors.Unavailable):
        await client.price("model_a", {"prompt": "p"})
    assert cue.asked == [("POST", "/v1/generate/custom/model_a?dryRun=true")]
    price = await client.price("model_a", {"prompt": "p"})
    assert price is not None
    assert price.cu == 10.75


@pytest.mark.parametrize(
    ("handler", "known"),
    [
        (says(404, {"reason": "Not found"}), True),
        (says(405, b""), True),
        (says(200, {"ok": True}), True),
        (says(404, {"reason": "Model model_a not found"}), False),
        (says(404, {"reason": "Model model_lora not found"}), False),
    ],
)
async def test_a_404_is_no_dry_run_unless_it_names_something(
    cue: Cue,
    client: ScenarioClient,
    handler: Handler,
    known: bool,
) -> None:
    cue.answers = [handler]
    if known:
        assert await client.price("model_a", {"loras": ["model_lora"]}) is None
    else:
        with pytest.raises(errors.NotFound):
            await client.price("model_a", {"loras": ["model_lora"]})


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ({"reason": "Your plan does not include cost estimates", "details": {"requiredPlan": "pro"}}, True),
        ({"reason": "Forbidden"}, True),
        ({"reason": "Model model_a needs the plan pro"}, False),
    ],
)
async def test_a_403_is_the_plan_without_dry_runs_unless_it_names_the_model(
    cue: Cue, client: ScenarioClient, answer: dict[str, object], known: bool
) -> None:
    cue.answers = [says(403, answer), says(269, {"creativeUnitsCost": 4, "job": {}})]
    if known:
        assert await client.price("model_a", {"prompt": "p"}) is None
    else:
        with pytest.raises(errors.Forbidden):
            await client.price("model_a", {"prompt": "p"})
    again = await client.price("model_a", {"prompt": "p"})  # one refusal takes no prices away for good
    assert again is not None
    assert again.cu == 4


@pytest.mark.parametrize("model_id", ["model_a", "wflow_a"])
async def test_a_dry_run_that_buys_is_the_last_one(
    cue: Cue, client: ScenarioClient, caplog: pytest.LogCaptureFixture, model_id: str
) -> None:
    cue.answers = [says(200, {"job": {"jobId": "job_stray"}, "creativeUnitsCost": 3})]
    with caplog.at_level(logging.ERROR):
        price = await client.price(model_id, {"prompt": "p"})
    assert price is not None
    assert "job_stray" in caplog.text
    assert await client.price("model_a", {"prompt": "p"}) is None
    assert len(cue.asked) == 1


# Bulk, listings, the ceiling


async def test_without_bulk_assets_are_read_singly_from_then_on(cue: Cue, client: ScenarioClient) -> None:
    one, two = says(200, {"asset": {"id": "asset_1"}}), says(200, {"asset": {"id": "asset_2"}})
    cue.answers = [says(404, {"reason": "Not found"}), one, two, one, two]
    for _ in range(2):
        assert [asset.id for asset in await client.assets(["asset_1", "asset_2"])] == ["asset_1", "asset_2"]
    paths = [path for _, path in cue.asked]
    assert paths == ["/v1/assets/get-bulk", *["/v1/assets/asset_1", "/v1/assets/asset_2"] * 2]


async def test_bulk_is_cut_into_lots_of_200(cue: Cue, client: ScenarioClient) -> None:
    async def bulk(_: web.Request) -> web.StreamResponse:
        ids = json.loads(cue.bodies[-1])["assetIds"]
        assert len(ids) <= 200
        return web.json_response({"assets": [{"id": one} for one in reversed(ids)]})

    cue.answers = [bulk]
    asked = [f"asset_{number}" for number in range(450)]
    assert [asset.id for asset in await client.assets([*asked, "asset_0"])] == [*asked, "asset_0"]
    assert len(cue.asked) == 3
    assert await client.assets([]) == []


async def test_a_bulk_answer_about_one_asset_does_not_end_bulk(cue: Cue, client: ScenarioClient) -> None:
    gone = says(404, {"reason": "Asset asset_1 not found"})
    both = says(200, {"assets": [{"id": "asset_1"}, {"id": "asset_2"}]})
    cue.answers = [gone, gone, says(200, {"asset": {"id": "asset_2"}}), both]
    assert [asset.id for asset in await client.assets(["asset_1", "asset_2"])] == ["asset_2"]
    assert len(await client.assets(["asset_1", "asset_2"])) == 2


@pytest.mark.parametrize(("minutes", "told"), [(20, 20), (-20, -20), (0.2, 0), (None, 0)])
async def test_jobs_are_listed_by_scenarios_clock(
    cue: Cue, client: ScenarioClient, minutes: float | None, told: float
) -> None:
    """A silent purchase is looked for since it was sent: by our clock it may lie in Scenario's future, or so
    far in its past that it would be found twice."""
    now = datetime.now(UTC)
    date = {} if minutes is None else {"Date": format_datetime(now + timedelta(minutes=minutes), usegmt=True)}
    cue.answers = [says(200, {"models": []}, **date), says(200, {"jobs": []})]
    if minutes is None:
        cue.answers[0] = says(200, {"models": []}, Date="yesterday, about noon")
    await client.probe()
    since = now - timedelta(seconds=30)
    assert [job async for job in client.jobs(created_after=since)] == []
    asked = URL(cue.asked[-1][1]).query["createdAfter"]
    ahead = datetime.fromisoformat(asked) - since
    assert abs(ahead - timedelta(minutes=told)) < timedelta(seconds=5)


async def test_a_listing_is_whole_or_none(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(200, {"jobs": [{"id": "job_1"}], "nextPaginationToken": "again"})]
    with pytest.raises(errors.Unavailable):
        _ = [job async for job in client.jobs(created_after=datetime.now(UTC))]
    assert len(cue.asked) == 2
    cue.answers = [says(200, {"models": [{"id": "model_a"}], "nextPaginationToken": "again"})]
    assert [model.id async for model in client.models(privacy="public")] == ["model_a", "model_a"]


@pytest.mark.parametrize(
    ("answers", "ceilings"),
    [
        ([says(404)], Ceilings()),
        ([says(403)], Ceilings()),
        ([says(200, {"teams": []})], Ceilings()),
        ([says(200, {"teams": [{"id": "t"}]}), says(404)], Ceilings()),
        ([says(200, {"teams": [{"id": "t"}]}), says(200, {"limits": {}})], Ceilings()),
        (
            [
                says(200, {"teams": [{"id": "s"}, {"id": "t"}]}),
                says(403),
                says(200, {"limits": {"parallelCustomJobs": 3}}),
            ],
            Ceilings(jobs=3),
        ),
        (
            [says(200, {"teams": [{"id": "t"}]}), says(200, {"limits": {"parallelWorkflowRuns": 2}})],
            Ceilings(runs=2),
        ),
    ],
)
async def test_the_ceilings(
    cue: Cue, client: ScenarioClient, answers: list[Handler], ceilings: Ceilings
) -> None:
    cue.answers = list(answers)
    assert await client.ceilings() == ceilings


async def test_what_ended_is_listed_to_the_last_of_very_many_pages_by_scenarios_clock(
    cue: Cue, client: ScenarioClient
) -> None:
    now = datetime.now(UTC)
    cue.answers = [says(200, {"models": []}, Date=format_datetime(now + timedelta(minutes=20), usegmt=True))]
    await client.probe()

    async def page(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("paginationToken", "0"))
        rows = [] if number % 2 else [{"jobId": f"job_{number}", "status": "success"}]  # a page may be empty
        more = {"nextPaginationToken": str(number + 1)} if number < 150 else {}
        return web.json_response({"jobs": rows, **more})

    cue.answers = [page]
    since = now - timedelta(seconds=30)
    wanted = {f"job_{number}" for number in range(0, 151, 4)}
    found = [job.id async for job in client.listed(Status.SUCCESS, wanted.__contains__, updated_after=since)]
    assert found == [f"job_{number}" for number in range(0, 151, 4)]
    query = URL(cue.asked[1][1]).query
    assert (query["status"], query["pageSize"]) == ("success", "100")
    ahead = datetime.fromisoformat(query["updatedAfter"]) - since
    assert abs(ahead - timedelta(minutes=20)) < timedelta(seconds=5)
    _ = [job async for job in client.listed(Status.IN_PROGRESS, bool)]
    assert "updatedAfter" not in URL(cue.asked[-1][1]).query


async def test_assets_that_many_ask_for_at_once_are_asked_for_together(
    cue: Cue, client: ScenarioClient
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({"asset": {"id": request.path.rpartition("/")[2]}})
        return web.json_response({"assets": [{"id": one} for one in json.loads(cue.bodies[-1])["assetIds"]]})

    cue.answers = [answer]
    asked = [f"asset_{number}" for number in range(30)]
    found = await asyncio.gather(*(client.assets([one]) for one in asked))
    assert [[asset.id for asset in some] for some in found] == [[one] for one in asked]
    assert len(cue.asked) == 1


async def test_a_question_for_many_that_fails_is_each_ones_failure_and_the_next_is_asked_anew(
    cue: Cue, client: ScenarioClient
) -> None:
    cue.answers = [says(401, {"reason": "no"}), says(200, {"asset": {"id": "asset_1"}})]
    both = await asyncio.gather(
        client.assets(["asset_1"]), client.assets(["asset_1"]), return_exceptions=True
    )
    assert [type(one) for one in both] == [errors.WrongKey] * 2
    assert [asset.id for asset in await client.assets(["asset_1"])] == ["asset_1"]


async def test_who_gives_up_takes_nothing_from_those_who_asked_with_him(
    cue: Cue, client: ScenarioClient
) -> None:
    go_on = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.json_response({"asset": {"id": request.path.rpartition("/")[2]}})

    cue.answers = [slow]
    first, second = (asyncio.create_task(client.assets(["asset_1"])) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    go_on.set()
    assert [asset.id for asset in await second] == ["asset_1"]
    with pytest.raises(asyncio.CancelledError):
        await first
