"""Webhook endpoints as Scenario wants them asked for, and what is read of a push."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.scenario.api import webhooks
from bot.scenario.api.errors import NotFound, Unavailable
from bot.scenario.api.replies import Reply
from bot.scenario.api.webhooks import ENDS, LONGEST_ID, MOST_IDS, Webhook, ids_in

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def reply(body: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode(), at=NOW)


def test_requests() -> None:
    asked = webhooks.build_new_webhook("proj_1", "https://bot.example/pushes/x", "Imagine")
    assert (asked.method, asked.path) == ("POST", "/projects/proj_1/webhook-endpoints")
    assert asked.body == {
        "url": "https://bot.example/pushes/x",
        "enabledEvents": list(ENDS),
        "description": "Imagine",
    }
    mended = webhooks.build_mended_webhook("proj_1", "whe_1")
    assert (mended.method, mended.path) == ("PUT", "/projects/proj_1/webhook-endpoints/whe_1")
    assert mended.body == {"enabled": True, "enabledEvents": list(ENDS)}
    removed = webhooks.build_no_webhook("proj_1", "whe_1")
    assert (removed.method, removed.path) == ("DELETE", mended.path)


def test_endpoints_are_read_and_what_is_none_is_left_out() -> None:
    row = {
        "id": "whe_1",
        "url": "https://a",
        "enabled": False,
        "enabledEvents": ["*"],
        "createdAt": "2026-11-30",
    }
    (found,) = webhooks.parse_webhooks(reply({"webhookEndpoints": [row, {"id": "whe_2"}, 7]}))
    assert found == Webhook(id="whe_1", url="https://a", enabled=False, events=frozenset("*"), created_at=NOW)
    made = webhooks.parse_webhook(reply({"webhookEndpoint": {"id": "w", "url": "u", "secret": "s"}}))
    assert (made.secret, made.enabled) == ("s", True)
    with pytest.raises(Unavailable):
        webhooks.parse_webhook(reply({}))
    with pytest.raises(NotFound):
        webhooks.parse_webhooks(reply({"reason": "Not found"}, 404))


@pytest.mark.parametrize(
    ("enabled", "events", "tells"),
    [
        (True, ["*"], True),
        (True, [*ENDS, "generation.created"], True),
        (True, ENDS[1:], False),
        (False, ["*"], False),
    ],
)
def test_one_that_is_off_or_deaf_to_an_end_does_not_tell_of_it(
    enabled: bool, events: list[str], tells: bool
) -> None:
    assert Webhook(id="w", url="u", enabled=enabled, events=frozenset(events)).tells_ends is tells


def test_the_key_s_project_is_listed_or_named_by_its_newest_job() -> None:
    assert webhooks.parse_projects(reply({"projects": [{"id": "proj_1"}, {}]})) == ["proj_1"]
    assert webhooks.parse_newest_owner(reply({"jobs": [{"ownerId": "proj_2"}]})) == "proj_2"
    assert webhooks.parse_newest_owner(reply({"jobs": []})) is None


@pytest.mark.parametrize(
    "push",
    [
        {"jobId": "job_1"},
        {"data": {"object": {"id": "job_1"}}},
        {"jobs": ["job_1"]},
        [{"job": {"job_id": "job_1"}}],
        ["job_1"],
        "job_1",
        {"Message": json.dumps({"jobId": "job_1"})},
        {"prompt": "x" * 30_000, "late": {"deep": {"job": "job_1"}}},
    ],
)
def test_an_id_is_found_wherever_it_stands(push: Any) -> None:
    assert "job_1" in (ids_in(json.dumps(push).encode()) or ())


@pytest.mark.parametrize("push", [b"", b"job_1", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_json_is_no_push(push: bytes) -> None:
    assert ids_in(push) is None


def test_a_push_of_any_size_is_looked_at_for_a_while_only() -> None:
    many = json.dumps([f"job_{number}" for number in range(10 * MOST_IDS)]).encode()
    assert len(ids_in(many) or ()) == MOST_IDS
    assert ids_in(json.dumps(["x" * (LONGEST_ID + 1), "", 7, None]).encode()) == frozenset()
