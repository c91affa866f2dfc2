"""Requests as Scenario wants them, and answers as records or named errors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.scenario.api import errors
from bot.scenario.api import files as protocol_files
from bot.scenario.api import jobs as protocol
from bot.scenario.api import workflows as protocol_workflows
from bot.scenario.api.exchange import parse_done
from bot.scenario.api.records import Ceilings, Job, JobState, Status
from bot.scenario.api.replies import Reply

NOW = datetime(2026, 10, 10, 12, 0, 0, tzinfo=UTC)


def reply(status: int, body: Any = None) -> Reply:
    return Reply(status=status, body=body if isinstance(body, bytes) else json.dumps(body).encode(), at=NOW)


def test_requests() -> None:
    asked = protocol.build_generation("model_a", {"prompt": "p"})
    assert (asked.method, asked.path, asked.query) == ("POST", "/generate/custom/model_a", {})
    assert asked.body == {"prompt": "p"}
    assert protocol.build_price("model_a", {}).query == {"dryRun": "true"}
    assert protocol.build_cancel("job_1").body == {"action": "cancel"}
    assert protocol.build_models("public", "t").query == {
        "privacy": "public",
        "pageSize": "500",
        "paginationToken": "t",
    }


def test_a_listing_is_asked_in_utc_without_filters() -> None:
    paris = timezone(timedelta(hours=2))
    query = protocol.build_jobs(datetime(2026, 10, 10, 14, 0, 0, 1999, tzinfo=paris)).query
    assert query == {"createdAfter": "2026-10-10T12:00:00.001Z", "pageSize": "100"}


@pytest.mark.parametrize(("page", "asked"), [(1, "1"), (12, "12"), (100, "100"), (300, "100")])
def test_a_page_of_what_ended_is_as_long_as_is_wanted_and_scenario_allows(page: int, asked: str) -> None:
    query = protocol.build_listed(Status.SUCCESS, NOW, "next", page=page).query
    assert query == {
        "status": "success",
        "updatedAfter": "2026-10-10T12:00:00.000Z",
        "pageSize": asked,
        "paginationToken": "next",
    }


@pytest.mark.parametrize("name", ["a/b", "../jobs", "a?b", "a b", "é"])
def test_an_id_stays_one_segment(name: str) -> None:
    path = protocol.build_model(name).path
    assert path.startswith("/models/")
    assert path.count("/") == 2
    assert not set(path) & set("? é")


@pytest.mark.parametrize("name", ["", " ", ".", ".."])
def test_what_can_be_no_id_is_not_asked(name: str) -> None:
    with pytest.raises(errors.NotFound):
        protocol.build_model(name)


@pytest.mark.parametrize(
    "body",
    [
        {"job": {"jobId": "job_1", "status": "queued"}, "creativeUnitsCost": 10.75},
        {"job": {"id": "job_1", "status": "queued"}, "creativeUnitsCost": 10.75},
        {"job": {"id": "job_1"}, "costDetails": {"custom-generation": 9, "quality-gate": 1.75}},
        {"jobId": "job_1", "creativeUnitsCost": 10.75},
        {"job": None, "job_id": "job_1", "creativeUnitsCost": 10.75},
        {"id": "job_1", "status": "pending", "creativeUnitsCost": 10.75},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202, 269])
def test_a_submission(status: int, body: Any) -> None:
    bought = protocol.parse_submission(reply(status, body))
    assert (bought.job.id, bought.job.state, bought.cu) == ("job_1", JobState.ACTIVE, 10.75)


def test_a_submission_that_is_already_done() -> None:
    body = {"job": {"jobId": "job_1", "status": "success", "metadata": {"assetIds": ["asset_a"]}}}
    job = protocol.parse_submission(reply(200, body)).job
    assert (job.state, job.asset_ids) == (JobState.SUCCEEDED, ("asset_a",))


@pytest.mark.parametrize("body", [{}, {"job": {}}, {"job": {"jobId": None}}, [], None, b"", b"<html>", b"{"])
def test_a_2xx_without_a_job_is_uncertain(body: Any) -> None:
    with pytest.raises(errors.Uncertain):
        protocol.parse_submission(reply(200, body))


@pytest.mark.parametrize("status", [301, 302, 307, 408, 409, 500, 502, 503, 504, 520])
def test_an_unclear_status_of_a_paid_post_is_uncertain(status: int) -> None:
    with pytest.raises(errors.Uncertain) as caught:
        protocol.parse_submission(reply(status, {"reason": "r", "traceId": "t"}))
    assert (caught.value.status, caught.value.reason, caught.value.trace) == (status, "r", "t")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 413, 415, 418, 422, 451])
def test_a_definite_4xx_bought_nothing(status: int) -> None:
    with pytest.raises(errors.Rejected):
        protocol.parse_submission(reply(status, {"reason": "r"}))


def test_a_ceiling_bought_nothing() -> None:
    with pytest.raises(errors.Busy):
        protocol.parse_submission(reply(429))


@pytest.mark.parametrize(
    ("body", "cu"),
    [
        ({"creativeUnitsCost": 10.75, "costDetails": {"custom-generation": 9, "quality-gate": 1.75}}, 10.75),
        ({"creativeUnitsCost": 0, "job": {}}, 0),
        ({"costDetails": {"custom-generation": 9}, "job": None}, 9),
        ({}, None),
        (None, None),
    ],
)
def test_a_dry_run(body: Any, cu: float | None) -> None:
    told = protocol.parse_price(reply(269, body))
    assert (told.price and told.price.cu) == (cu if cu != 0 else told.price and 0.0)
    assert told.stray is None


def test_a_dry_run_that_bought_says_so() -> None:
    told = protocol.parse_price(reply(200, {"job": {"jobId": "job_1"}, "creativeUnitsCost": 3}))
    assert told.stray is not None
    assert told.stray.id == "job_1"


def test_a_dry_run_tells_a_ceiling_from_an_outage() -> None:
    with pytest.raises(errors.Busy):
        protocol.parse_price(reply(429))
    with pytest.raises(errors.Unavailable):
        protocol.parse_price(reply(503))
    with pytest.raises(errors.PlanLocked):
        protocol.parse_price(reply(403, {"requiredPlan": "pro"}))


def test_a_read_that_is_told_to_slow_down_has_no_answer_yet() -> None:
    with pytest.raises(errors.Unavailable) as caught:
        protocol.parse_job(reply(429, {"remainingSeconds": 3}), "job_1")
    assert caught.value.retry_after == timedelta(seconds=3)


@pytest.mark.parametrize("body", [None, [], {}, {"job": None}, {"job": {}}, b"", b"<html>"])
def test_a_job_that_cannot_be_read_is_read_again(body: Any) -> None:
    with pytest.raises(errors.Unavailable):
        protocol.parse_job(reply(200, body), "job_1")


def test_a_job_that_does_not_repeat_its_id() -> None:
    assert protocol.parse_job(reply(200, {"job": {"status": "queued"}}), "job_1").id == "job_1"
    assert protocol.parse_job(reply(200, {"status": "queued"}), "job_1").id == "job_1"


def test_pages() -> None:
    page = protocol.parse_jobs(reply(200, {"jobs": [{"id": "a"}, None, {}], "nextPaginationToken": "t"}))
    assert ([job.id for job in page.rows], page.token) == (["a"], "t")
    assert protocol.parse_jobs(reply(200, {"jobs": [], "nextPaginationToken": ""})).token is None
    rows = {"jobs": [{"id": "a"}, {"jobId": "b"}, {}], "nextPaginationToken": "t"}
    page = protocol.parse_jobs(reply(200, rows), {"b", "c"}.__contains__)
    assert ([job.id for job in page.rows], page.token) == (["b"], "t")
    models = protocol.parse_models(reply(200, {"models": [{"id": "m"}]}), privacy="private")
    assert [model.privacy for model in models.rows] == ["private"]


def test_of_jobs_that_go_on_a_page_tells_how_far_those_are_who_are_waited_for() -> None:
    rows = [
        {"jobId": "a", "status": "IN_PROGRESS", "progress": 35, "metadata": {"input": {"prompt": "a fox"}}},
        {"id": "b", "status": "queued"},
        {"jobId": "others", "status": "in-progress", "progress": 0.5},
        {"jobId": "c", "status": "success", "metadata": {"assetIds": ["asset_c"]}},
        {},
    ]
    told = reply(200, {"jobs": rows, "nextPaginationToken": "t"})
    page = protocol.parse_far(told, {"a", "b", "c"}.__contains__)
    assert page.token == "t"
    assert page.rows == (
        Job(id="a", status="in-progress", state=JobState.ACTIVE, progress=0.35),
        Job(id="b", status="queued", state=JobState.ACTIVE),
        Job(id="c", status="success", state=JobState.SUCCEEDED),
    )


@pytest.mark.parametrize("parse", [protocol.parse_jobs, protocol.parse_far])
@pytest.mark.parametrize("body", [{}, {"jobs": None}, {"jobs": {}}, []])
def test_a_body_without_a_list_is_no_empty_listing(
    body: Any, parse: Callable[[Reply, protocol.Wanted], object]
) -> None:
    with pytest.raises(errors.Unavailable):
        parse(reply(200, body), bool)


@pytest.mark.parametrize(
    ("body", "ceilings"),
    [
        ({"plan": "pro", "limits": {"parallelCustomJobs": 5.0}}, Ceilings(jobs=5)),
        ({"limits": {"parallelCustomJobs": "7", "parallelWorkflowRuns": 3}}, Ceilings(jobs=7, runs=3)),
        ({"parallelCustomJobs": 5}, Ceilings(jobs=5)),
        ({"limits": {"parallelCustomJobs": 0, "parallelWorkflowRuns": 1}}, Ceilings(runs=1)),
        ({"limits": {"parallelCustomJobs": -1, "parallelWorkflowRuns": 0}}, None),
        ({"limits": {}}, None),
        ({"limits": None}, None),
    ],
)
def test_the_ceilings(body: Any, ceilings: Ceilings | None) -> None:
    assert protocol.parse_ceilings(reply(200, body)) == ceilings


@pytest.mark.parametrize(
    ("plan", "level"),
    [
        ("free", 0),
        ("essential", 25),
        ("Starter", 25),
        ("cu-pro", 50),
        ("cu_max_2026", 75),
        ("enterprise", 100),
        ("pro-enterprise", 100),
        ("profit", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_a_plan_is_read_off_its_words(plan: str | int | None, level: int | None) -> None:
    assert protocol.parse_plan(reply(200, {"plan": plan, "limits": {}})) == level
    assert protocol.parse_plan(reply(200, {"limits": {}})) is None


def test_teams_and_assets() -> None:
    assert protocol.parse_teams(reply(200, {"teams": [{"id": "team_1"}, {}, None]})) == ("team_1",)
    assert list(protocol_files.parse_assets(reply(200, {"assets": [{"id": "a"}, None]}))) == ["a"]
    assert protocol_files.parse_asset(reply(200, {"asset": None}), "asset_a").url is None


@pytest.mark.parametrize(
    ("status", "kind"), [(400, errors.BadInput), (409, errors.BadInput), (500, errors.Unavailable)]
)
def test_a_cancel_that_is_refused(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        parse_done(reply(status))
    parse_done(reply(200, b""))


def test_ids_that_an_error_may_name() -> None:
    inputs: Any = {
        "prompt": "a",
        "loras": ["model_x", "y"],
        "image": "asset_z",
        "n": 1,
        "shots": [{"image": "asset_s"}, None],
    }
    assert protocol.ids_among(inputs) == ("model_x", "asset_z", "asset_s")
    assert protocol.names("Model model_x not found", "model_a", "model_x")
    assert not protocol.names("Not found", "model_a")


# Workflows and files


def test_requests_about_workflows() -> None:
    asked = protocol_workflows.build_run("wflow_a/../b", {"text1": "p"})
    assert (asked.method, asked.path) == ("PUT", "/workflows/wflow_a%2F..%2Fb/run")
    assert (asked.query, asked.body) == ({}, {"text1": "p"})
    assert protocol_workflows.build_run("wflow_a", {}, dry=True).query == {"dryRun": "true"}
    with pytest.raises(errors.NotFound):
        protocol_workflows.build_workflow("..")
    assert protocol_workflows.names_workflow("wflow_a")
    assert not protocol_workflows.names_workflow("model_wflow_a")


def test_a_workflow_may_come_bare() -> None:
    for body in ({"workflow": {"name": "W"}}, {"name": "W"}):
        assert protocol_workflows.parse_workflow(reply(200, body), "wflow_a").name == "W"
    with pytest.raises(errors.Unavailable):
        protocol_workflows.parse_workflows(reply(200, {"workflows": None}))


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", "image"),
        ("image/x-exr", "image"),
        ("video/mp4", "video"),
        ("audio/mpeg", "audio"),
        ("model/obj", "3d"),
        ("text/plain", "text"),
        ("application/pdf", "asset"),
        ("application/json", "asset"),
        ("application/octet-stream", "asset"),
    ],
)
def test_the_kind_of_an_upload(mime: str, kind: str) -> None:
    body = protocol_files.build_new_upload("a", mime, 9, 1).body
    assert body is not None
    assert body["kind"] == kind


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"upload": {"id": "u", "status": "Imported", "entityId": "asset_1"}}, ("u", "imported", "asset_1")),
        ({"uploadId": "u", "status": None, "entity": {"id": "asset_1"}}, ("u", "pending", "asset_1")),
        ({"status": "failed", "assetId": None}, ("known", "failed", None)),
    ],
)
def test_an_upload(body: Any, found: tuple[Any, ...]) -> None:
    told = protocol_files.parse_upload(reply(200, body), "known")
    assert (told.id, told.status, told.asset_id) == found


def test_an_upload_without_an_id_cannot_be_gone_on_with() -> None:
    with pytest.raises(errors.Unavailable):
        protocol_files.parse_upload(reply(200, {"upload": {"status": "pending"}}))


def test_what_an_upload_says_went_wrong_holds_no_link() -> None:
    body = {"upload": {"id": "u", "status": "failed", "errorMessage": "no https://b.example/1?Signature=x"}}
    assert protocol_files.parse_upload(reply(200, body)).error == "no https://b.example/1"


def test_the_links_of_parts_are_sorted() -> None:
    parts = [{"number": 2.0, "url": "https://b/2"}, {"number": "1", "url": "https://b/1"}]
    told = protocol_files.parse_upload(reply(200, {"id": "u", "parts": parts}))
    assert told.parts == ("https://b/1", "https://b/2")
    unnumbered = [{"url": "https://b/1"}, {"url": "https://b/2"}]
    told = protocol_files.parse_upload(reply(200, {"id": "u", "parts": unnumbered}))
    assert told.parts == ("https://b/1", "https://b/2")
