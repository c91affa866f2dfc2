"""Jobs: their life by the clock, scripts, the listing's rules, canceling, money."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.scenario.jobs import ACTIVE
from sandbox.scenario.values import iso
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
IMAGEN = "/generate/custom/model_imagen4-ultra"
GPT = "/generate/custom/model_openai-gpt-image-2"


async def buy(call: Call, prompt: str = "a hill", path: str = IMAGEN, **inputs: Any) -> str:
    status, body = await call("POST", path, {"prompt": prompt, **inputs})
    assert status == 200, body
    return body["job"]["jobId"]


async def read(call: Call, job_id: str) -> dict[str, Any]:
    status, body = await call("GET", f"/jobs/{job_id}")
    assert status == 200
    return body["job"]


async def test_a_job_runs_through_its_stages_by_the_clock(call: Call, clock: Clock, studio: Studio) -> None:
    job_id = await buy(call, aspectRatio="16:9", seed=7)
    job = await read(call, job_id)
    assert (job["jobId"], job["id"], job["status"], job["jobType"]) == (job_id, job_id, "queued", "custom")
    assert job["billing"] == {"cuCost": 10, "cuDiscount": 0}
    seen: list[tuple[str, float]] = []
    for _ in range(30):
        job = await read(call, job_id)
        seen.append((job["status"], job["progress"]))
        clock.advance(0.1)
    progress = [each for _, each in seen]
    assert progress == sorted(progress)
    assert len(set(progress)) > 6
    words = list(dict.fromkeys(word for word, _ in seen))
    assert words in (
        ["queued", "in-progress", "finalizing", "success"],
        ["queued", "warming-up", "in-progress", "finalizing", "success"],
    )
    assert [each["status"] for each in job["statusHistory"]] == words
    assert len(job["metadata"]["assetIds"]) == 1
    assert job["metadata"]["input"] == {
        "modelId": "model_imagen4-ultra",
        "prompt": "a hill",
        "aspectRatio": "16:9",
        "seed": 7,
    }
    line = studio.ledger()[0]
    ended, told = line.pop("ended"), line.pop("told")
    assert ended <= told <= clock.now()
    assert line.pop("assets") == dict.fromkeys(job["metadata"]["assetIds"])
    assert line == {
        "job_id": job_id,
        "model_id": "model_imagen4-ultra",
        "inputs": {"prompt": "a hill", "aspectRatio": "16:9", "seed": 7},
        "status": "success",
        "cu": 10,
        "refunded": False,
    }


async def test_the_post_answers_with_job_and_price(call: Call) -> None:
    _, body = await call("POST", IMAGEN, {"prompt": "x"})
    assert (body["creativeUnitsCost"], body["costDetails"]) == (10, {"custom-generation": 10})
    assert body["job"]["status"] in ACTIVE


async def test_the_ceiling_is_429_and_names_itself(call: Call, clock: Clock, studio: Studio) -> None:
    for _ in range(5):
        await buy(call)
    status, body = await call("POST", IMAGEN, {"prompt": "x"})
    assert status == 429
    assert body["details"] == {"actionName": "parallelCustomJobs", "actionLimit": 5}
    assert len(studio.ledger()) == 5
    studio.configure(parallel=6)
    await buy(call)
    clock.advance(5)
    await buy(call)


async def test_scripts_decide_outcomes(call: Call, clock: Clock, studio: Studio) -> None:
    studio.script(
        {"prompt_contains": "FAIL", "outcome": "failure", "error": "No GPU", "hint": "Wait", "times": 1}
    )
    studio.script({"prompt_contains": "stop", "outcome": "canceled"})
    studio.script({"prompt_contains": "never", "outcome": "never"})
    studio.script({"prompt_contains": "kept", "outcome": "moderated", "refund": False})
    names = ["fail", "fail again", "stop", "never", "kept"]
    ids = [await buy(call, name) for name in names]
    clock.advance(1000)
    jobs = [await read(call, job_id) for job_id in ids]
    assert [job["status"] for job in jobs] == ["failure", "success", "canceled", "in-progress", "failure"]
    assert (jobs[0]["metadata"]["error"], jobs[0]["metadata"]["hint"]) == ("No GPU", "Wait")
    assert "content policy" in jobs[4]["metadata"]["error"]
    assert jobs[4]["billing"]["disableRefund"] is True
    assert [line["refunded"] for line in studio.ledger()] == [True, False, True, False, False]
    assert studio.spent() == 30
    assert [rule["hits"] for rule in studio.scripts()] == [1, 1, 1, 1]
    studio.clear_scripts()
    assert studio.scripts() == []


async def test_words_a_provider_refuses_fail_as_moderated(call: Call, clock: Clock) -> None:
    path = "/generate/custom/model_xai-grok-imagine-image-2-0"
    job_id = await buy(call, "a Celebrity portrait", path)
    clock.advance(5)
    job = await read(call, job_id)
    assert job["status"] == "failure"
    assert "content policy" in job["metadata"]["error"]
    assert "another model" in job["metadata"]["hint"]
    assert job["billing"]["disableRefund"] is True


async def test_counts_lengths_and_words_of_results(call: Call, clock: Clock, studio: Studio) -> None:
    studio.script({"prompt_contains": "none", "assets": 0})
    studio.script({"prompt_contains": "three", "assets": 3, "seconds": 60})
    studio.script(
        {"prompt_contains": "odd", "stages": [["post-processing", 2]], "words": {"success": "succeeded"}}
    )
    studio.script({"prompt_contains": "at once", "seconds": 0})
    ids = [await buy(call, name) for name in ("none", "three", "odd")]
    status, body = await call("POST", IMAGEN, {"prompt": "at once"})
    assert (status, body["job"]["status"]) == (200, "success")
    assert (await read(call, ids[2]))["status"] == "post-processing"
    clock.advance(30)
    assert (await read(call, ids[0]))["metadata"]["assetIds"] == []
    assert (await read(call, ids[1]))["status"] == "in-progress"
    assert (await read(call, ids[2]))["status"] == "succeeded"
    clock.advance(31)
    assert len((await read(call, ids[1]))["metadata"]["assetIds"]) == 3


async def test_labels_of_what_is_not_for_work_stand_on_the_assets(
    call: Call, clock: Clock, studio: Studio
) -> None:
    studio.script({"prompt_contains": "bare", "nsfw": ["nudity", "gore"]})
    for prompt, labels in (("bare", ["nudity", "gore"]), ("dressed", [])):
        job_id = await buy(call, prompt)
        clock.advance(60)
        (asset_id,) = (await read(call, job_id))["metadata"]["assetIds"]
        _, one = await call("GET", f"/assets/{asset_id}")
        _, bulk = await call("POST", "/assets/get-bulk", {"assetIds": [asset_id]})
        assert [one["asset"]["nsfw"], bulk["assets"][0]["nsfw"]] == [labels, labels]
    for wrong in ("nudity", [1]):
        with pytest.raises(ValueError, match="nsfw must be a list of texts"):
            studio.script({"prompt_contains": "x", "nsfw": wrong})


async def test_wrong_scripts_and_options_are_refused_with_a_reason(studio: Studio) -> None:
    for spec, words in (
        ({"outcome": "odd"}, "outcome must be one of"),
        ({"prompt": "x"}, "unknown key"),
        ({"seconds": "long"}, "seconds must be a number"),
        ({"stages": [["queued"]]}, "stages must be"),
    ):
        with pytest.raises(ValueError, match=words):
            studio.script(spec)
    for options, words in (
        ({"paralel": 3}, "unknown option 'paralel'; known: .*parallel"),
        ({"parallel": 1.5}, "whole number"),
        ({"bare": 1}, "true or false"),
        ({"plan": "gold"}, "one of free"),
        ({"off": ["nothing"]}, "route names"),
        ({"require_plan": {"m": "gold"}}, "must map to"),
    ):
        with pytest.raises(ValueError, match=words):
            studio.configure(**options)
    with pytest.raises(ValueError, match="unknown option"):
        studio.configure(parallel=9, nonsense=1)
    assert studio.options.parallel == 5


async def test_other_spellings(call: Call, clock: Clock, studio: Studio) -> None:
    studio.configure(job_id="id", progress="percent", echo_inputs=False, words={"in-progress": "processing"})
    _, body = await call("POST", IMAGEN, {"prompt": "x"})
    job_id = body["job"]["id"]
    assert "jobId" not in body["job"]
    clock.advance(1.5)
    job = await read(call, job_id)
    assert (job["status"], "input" in job["metadata"]) == ("processing", False)
    assert job["progress"] > 1
    studio.configure(progress="missing")
    assert "progress" not in await read(call, job_id)


async def test_what_waits_is_canceled_and_what_runs_is_not(call: Call, clock: Clock, studio: Studio) -> None:
    ask = {"action": "cancel"}
    waiting, running = await buy(call), await buy(call)
    assert (await call("POST", f"/jobs/{waiting}/action", ask))[0] == 200
    clock.advance(0.4)
    assert (await read(call, waiting))["status"] == "canceled"
    clock.advance(1.1)
    assert (await read(call, running))["status"] == "in-progress"
    assert (await call("POST", f"/jobs/{running}/action", ask))[0] == 400


async def test_most_jobs_cannot_be_canceled_by_the_models_word(
    call: Call, clock: Clock, studio: Studio
) -> None:
    studio.configure(cancel="model")
    refused = (400, {"reason": "Cannot cancel this type of job"})
    ask = {"action": "cancel"}
    job_id = await buy(call)
    assert await call("POST", f"/jobs/{job_id}/action", ask) == refused
    pending = await buy(call, path=GPT)
    status, body = await call("POST", f"/jobs/{pending}/action", ask)
    assert (status, body["job"]["status"]) == (200, "pending")
    clock.advance(0.4)
    assert (await read(call, pending))["status"] == "canceled"
    late = await buy(call, path=GPT)
    clock.advance(1.5)
    assert await call("POST", f"/jobs/{late}/action", ask) == refused
    studio.configure(cancel="always")
    assert (await call("POST", f"/jobs/{late}/action", ask))[0] == 200
    clock.advance(0.4)
    assert (await read(call, late))["status"] == "canceled"
    assert [line["refunded"] for line in studio.ledger()] == [False, True, True]
    assert (await call("POST", f"/jobs/{late}/action", ask))[0] == 400
    assert (await call("POST", f"/jobs/{late}/action", {"action": "pause"}))[0] == 400


async def test_a_script_makes_a_job_cancelable(call: Call, clock: Clock, studio: Studio) -> None:
    studio.script({"prompt_contains": "yes", "cancelable": True, "outcome": "never"})
    job_id = await buy(call, "yes")
    clock.advance(60)
    assert (await call("POST", f"/jobs/{job_id}/action", {"action": "cancel"}))[0] == 200
    clock.advance(1)
    assert (await read(call, job_id))["status"] == "canceled"


async def test_the_listing_and_its_forbidden_combinations(
    call: Call, clock: Clock, studio: Studio, wire: Wire
) -> None:
    first = await buy(call)
    clock.advance(10)
    now = clock.now()
    second = await buy(call, "later")

    async def ids(query: str = "") -> list[str]:
        status, body = await call("GET", f"/jobs{query}")
        assert status == 200, body
        return [job["jobId"] for job in body["jobs"]]

    assert await ids() == [second, first]
    assert await ids(f"?createdAfter={iso(now - 1)}") == [second]
    assert await ids(f"?types=custom,workflow&updatedAfter={iso(now - 1)}") == [second]
    assert await ids("?status=success") == [first]
    assert await ids("?types=upload") == []
    assert wire.violations == []
    for query in (
        f"?createdAfter={iso(now)}&status=success",
        f"?updatedAfter={iso(now)}",
        "?pageSize=101",
        "?pageSize=0",
        "?status=done",
        "?createdAfter=yesterday",
        "?paginationToken=x",
    ):
        assert (await call("GET", f"/jobs{query}"))[0] == 400, query
    await call("GET", "/jobs?jobIds=a")
    assert wire.violations[-1]["what"] == "unknown query parameter"
    studio.configure(listing_lag=30)
    assert await ids() == []
    clock.advance(25)
    assert await ids() == [first]


@pytest.mark.parametrize("ragged", [False, True])
async def test_pages_of_jobs(call: Call, studio: Studio, *, ragged: bool) -> None:
    studio.configure(parallel=50, ragged_pages=ragged)
    bought = [await buy(call, str(at)) for at in range(7)]
    found: list[str] = []
    sizes: list[int] = []
    query = "?pageSize=3"
    while True:
        _, page = await call("GET", f"/jobs{query}")
        sizes.append(len(page["jobs"]))
        found += [job["jobId"] for job in page["jobs"]]
        if "nextPaginationToken" not in page:
            break
        query = f"?pageSize=3&paginationToken={page['nextPaginationToken']}"
    assert found == bought[::-1]
    assert sizes[0] == (0 if ragged else 3)


async def test_money_runs_out_and_limits_tell(call: Call, studio: Studio) -> None:
    studio.configure(creative_units=15)
    await buy(call)
    status, body = await call("POST", IMAGEN, {"prompt": "x"})
    assert (status, len(studio.ledger())) == (403, 1)
    assert "creative units" in body["reason"]
    _, teams = await call("GET", "/teams")
    team = teams["teams"][0]["id"]
    _, limits = await call("GET", f"/teams/{team}/limits")
    assert limits["limits"]["parallelCustomJobs"] == 5
    assert (limits["limits"]["creativeUnits"], limits["values"]["creativeUnits"]) == (15, 10)
    assert (await call("GET", "/teams/team_other/limits"))[0] == 404
    assert (await call("GET", "/projects"))[1]["projects"][0]["consumption"] == 10
    assert (await call("GET", "/usages"))[1]["usages"][0]["points"][0]["value"] == "10"


async def test_bare_offers_only_what_the_oldest_pages_print(
    call: Call, clock: Clock, studio: Studio, wire: Wire
) -> None:
    studio.configure(bare=True)
    gone = (404, {"reason": "Not found"})
    for method, path in (
        ("GET", "/jobs"),
        ("GET", "/teams"),
        ("GET", "/teams/team_sandbox/limits"),
        ("GET", "/assets"),
        ("POST", "/assets/get-bulk"),
        ("POST", "/models/get-bulk"),
        ("POST", "/jobs/job_x/action"),
        ("POST", IMAGEN + "?dryRun=true"),
    ):
        assert await call(method, path, {"prompt": "x"} if method == "POST" else None) == gone, path
    assert studio.ledger() == []
    assert wire.violations == []
    assert (await call("GET", "/models/model_imagen4-ultra"))[1]["model"]["inputs"]
    assert (await call("GET", "/models"))[0] == 200
    _, body = await call("POST", IMAGEN, {"prompt": "x"})
    job_id = body["job"]["id"]
    assert body == {"job": {"id": job_id, "status": "queued"}}
    clock.advance(5)
    job = await read(call, job_id)
    assert set(job) == {"id", "status", "result"}
    assert job["result"]["images"][0]["url"].startswith(studio.origin)
    studio.script({"outcome": "failure", "error": "Out of paint"})
    _, body = await call("POST", IMAGEN, {"prompt": "x"})
    clock.advance(5)
    job_id = body["job"]["id"]
    assert await read(call, job_id) == {"id": job_id, "status": "failed", "error": "Out of paint"}


async def test_down_and_off(call: Call, studio: Studio) -> None:
    studio.configure(off=["jobs", "dry_run"])
    assert (await call("GET", "/jobs"))[0] == 404
    assert (await call("POST", IMAGEN + "?dryRun=true", {"prompt": "x"}))[0] == 404
    assert studio.ledger() == []
    studio.configure(down=True)
    assert await call("GET", "/models") == (503, {"reason": "Service unavailable"})


async def test_hostile_bodies_are_refused_not_crashed_on(call: Call, studio: Studio, wire: Wire) -> None:
    for body in (b"", b"{", b"\xff\xfe", b'"text"', b"null", b"[1]"):
        status, answer = await call("POST", IMAGEN, data=body)
        assert (status, set(answer)) == (400, {"reason"})
    assert studio.ledger() == []
    assert {each["what"] for each in wire.violations} == {"body is not JSON", "input refused"}
    await buy(call, "@everyone <@1> \u202e\u200b \U0001f600" * 20)


async def test_the_lengths_of_a_script_are_spread_in_the_same_order_each_time(
    call: Call, studio: Studio
) -> None:
    taken: list[list[float]] = []
    studio.configure(parallel=100)
    for _ in range(2):
        studio.script({"seconds": [2, 10]})
        before = len(studio.ledger())
        for _ in range(40):
            await buy(call)
        lines = studio.ledger()[before:]
        taken.append([length_of(studio, line["job_id"]) for line in lines])
        studio.clear_scripts()
    assert taken[0] == pytest.approx(taken[1])
    assert 2 <= min(taken[0]) < 2.5
    assert 9.5 < max(taken[0]) <= 10
    assert sum(length < 6 for length in taken[0]) in range(18, 23)


def length_of(studio: Studio, job_id: str) -> float:
    job = studio.find_job(job_id)
    return job.stages[-1].at - job.created


@pytest.mark.parametrize("seconds", [[1], [3, 2], [-1, 2], ["1", "2"], [1, 2, 3], "1"])
def test_lengths_that_are_none_are_refused(studio: Studio, seconds: object) -> None:
    with pytest.raises(ValueError, match="seconds"):
        studio.script({"seconds": seconds})
