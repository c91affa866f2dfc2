"""Answers outside 2xx become errors by what the caller can do."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api import errors
from bot.scenario.api.replies import REASON_LENGTH, Reply, failure, retry_after

NOW = datetime(2026, 10, 10, 12, 0, 0, tzinfo=UTC)


def reply(status: int, body: object = None, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body=raw, at=NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, errors.Unavailable),
        (400, errors.BadInput),
        (401, errors.WrongKey),
        (402, errors.OutOfCredits),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.NotFound),
        (408, errors.Unavailable),
        (409, errors.Unavailable),
        (410, errors.NotFound),
        (413, errors.BadInput),
        (418, errors.Rejected),
        (422, errors.BadInput),
        (429, errors.Busy),
        (500, errors.Unavailable),
        (502, errors.Unavailable),
        (599, errors.Unavailable),
    ],
)
def test_status_decides_the_kind(status: int, kind: type[errors.ScenarioError]) -> None:
    error = failure(reply(status, {"reason": "because"}))
    assert type(error) is kind
    assert error.status == status
    assert error.reason == "because"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"reason": "Model m not found"}, "Model m not found"),
        ({"message": "two", "reason": "one"}, "one"),
        ({"error": {"message": "inside"}}, "inside"),
        ({"error": {"detail": {"reason": "deep"}}}, "deep"),
        ({"detail": [{"message": "a"}, {"message": "b"}, "c"]}, "a; b; c"),
        ({"errors": ["first", "second"]}, "first; second"),
        ({"reason": None, "message": 7, "error": "said"}, "said"),
        ({"reason": "  spaced  "}, "spaced"),
        ("just a string", "just a string"),
        (b"plain words", "plain words"),
        (b"<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>", "502 Bad Gateway"),
        (b"<html><body>no title</body></html>", "HTTP 400 Bad Request"),
        (b"", "HTTP 400 Bad Request"),
        ({}, "HTTP 400 Bad Request"),
        (b"\xff\xfe\x00", "���"),
    ],
)
def test_reason_is_found_wherever_it_is(body: object, reason: str) -> None:
    assert failure(reply(400, body)).reason == reason


def test_reason_is_cut_and_loses_the_queries_of_links() -> None:
    link = "https://cdn.cloud.scenario.com/a.png?Policy=p&Signature=s3cr3t"
    error = failure(reply(400, {"reason": f"cannot read {link}, sorry " + "x" * 5000}))
    assert "s3cr3t" not in error.reason
    assert "https://cdn.cloud.scenario.com/a.png" in error.reason
    assert len(error.reason) == REASON_LENGTH


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "r", "details": {"actionName": "parallelCustomJobs", "actionLimit": 5}},
        {"error": {"reason": "r", "details": {"action_name": "parallelCustomJobs", "action_limit": "5"}}},
        {"reason": "r", "details": '{"actionName": "parallelCustomJobs", "actionLimit": 5}'},
        {"actionName": "parallelCustomJobs", "actionLimit": 5.0, "message": "r"},
    ],
)
def test_a_ceiling_is_named(body: object) -> None:
    error = failure(reply(429, body))
    assert isinstance(error, errors.Busy)
    assert (error.action, error.limit, error.retry_after) == ("parallelCustomJobs", 5, None)


def test_a_bare_429_is_busy() -> None:
    error = failure(reply(429))
    assert isinstance(error, errors.Busy)
    assert (error.action, error.limit, error.retry_after) == (None, None, None)


@pytest.mark.parametrize(
    ("body", "plan", "model_id"),
    [
        ({"reason": "r", "details": {"modelId": "m", "requiredPlan": "pro"}}, "pro", "m"),
        ({"reason": "r", "requiredPlan": 50}, "Pro", None),
        ({"error": {"required_plan": {"name": "Max"}, "model_id": "m"}}, "Max", "m"),
        ({"name": "ModelAccessRestrictedError"}, None, None),
    ],
)
def test_a_plan_lock_is_told_from_other_403s(body: object, plan: str | None, model_id: str | None) -> None:
    error = failure(reply(403, body))
    assert isinstance(error, errors.PlanLocked)
    assert (error.required_plan, error.model_id) == (plan, model_id)


@pytest.mark.parametrize("words", ["Not enough creative units left", "Insufficient credits", "out of CU"])
def test_an_empty_account_is_told_from_other_403s(words: str) -> None:
    assert isinstance(failure(reply(403, {"reason": words})), errors.OutOfCredits)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (reply(503, retry_after="7"), 7),
        (reply(503, retry_after="1.5"), 1.5),
        (reply(503, retry_after="-4"), 0),
        (reply(503, retry_after="Sat, 10 Oct 2026 12:00:30 GMT"), 30),
        (reply(503, retry_after="Sat, 10 Oct 2026 11:00:00 GMT"), 0),
        (reply(503, retry_after="soon"), None),
        (reply(503, retry_after_ms="250", retry_after="9"), 0.25),
        (reply(429, {"details": {"remainingSeconds": 12}}), 12),
        (reply(429, {"remainingSeconds": "12"}, retry_after="3"), 3),
        (reply(429, {"remainingSeconds": 1e30}), 86400),
        (reply(429), None),
    ],
)
def test_how_long_to_wait(answer: Reply, seconds: float | None) -> None:
    assert retry_after(answer) == (None if seconds is None else timedelta(seconds=seconds))


def test_the_trace_is_kept() -> None:
    assert failure(reply(500, {"error": {"trace_id": "t1"}})).trace == "t1"
    assert failure(reply(500, {"traceId": None})).trace is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["reason", "error", "details", "requiredPlan", "actionLimit", "traceId", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(status=st.integers(300, 599), body=st.binary() | json_values.map(lambda one: json.dumps(one).encode()))
def test_no_body_breaks_it(status: int, body: bytes) -> None:
    error = failure(Reply(status=status, body=body, at=NOW))
    assert isinstance(error, errors.Rejected | errors.Busy | errors.Unavailable)
    assert error.reason
    assert len(error.reason) <= REASON_LENGTH


def test_a_body_nested_without_end_is_no_json() -> None:
    assert failure(Reply(status=400, body=b"[" * 100_000, at=NOW)).reason.startswith("[[")
