"""What is read is clean: half an emoji and NUL become U+FFFD, once, where JSON is read."""

import json
from typing import Any

import pytest

from bot.scenario.api import loose
from bot.scenario.api.jobs import parse_job, parse_submission
from bot.scenario.api.replies import Reply, failure
from tests.support.clock import START

HALF = "out of fo\ud83d"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"reason": "out of fo\\ud83d"}', {"reason": "out of fo\ufffd"}),
        (b'["\\uDC00", ["\\u0000"], {"k\\ud800": 1}]', ["\ufffd", ["\ufffd"], {"k\ufffd": 1}]),
        (b'"\\ud83e\\udd8a and \\ud83e"', "\U0001f98a and \ufffd"),  # a whole one stays
        ('"\U0001f98a é"', "\U0001f98a é"),
        ('{"a": "typed \ud83d"}', {"a": "typed \ufffd"}),
        (b'{"cut": "caf\xc3"}', {"cut": "caf\ufffd"}),  # cut within a letter, in plain UTF-8
        (b'{"old": "\xed\xa0\xbd"}', {"old": "\ufffd\ufffd\ufffd"}),
        (b'"\\\\ud83d"', "\\ud83d"),  # written about, and not one
    ],
)
def test_what_is_read_holds_no_half_of_a_pair_and_no_nul(body: bytes | str, found: object) -> None:
    assert loose.parse(body) == found


def test_deep_json_is_mended_without_a_deep_stack() -> None:
    value: Any = "\ud83d"
    for _ in range(20_000):
        value = [value]
    top = value
    assert loose.mended(top) is top
    for _ in range(20_000):
        (value,) = value
    assert value == "\ufffd"


def reply(status: int, body: object) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode(), at=START)


def test_no_half_of_an_emoji_comes_out_of_any_reply() -> None:
    job: dict[str, Any] = {
        "jobId": "job_1",
        "status": f"wait{HALF}",
        "metadata": {"error": HALF, "hint": HALF},
    }
    job["metadata"]["flow"] = [{"id": "n1", "name": HALF, "type": "custom-model"}]
    job["metadata"]["input"] = {HALF: HALF}
    for told in (
        parse_job(reply(200, {"job": job}), "job_1"),
        parse_submission(reply(200, {"job": job})).job,
    ):
        assert told.error == told.hint == "out of fo\ufffd"
        json.dumps(repr(told)).encode()
        assert "\\ud83d" not in ascii(told)
    refused = failure(reply(400, {"reason": HALF, "traceId": HALF}))
    assert (refused.reason, refused.trace) == ("out of fo\ufffd", "out of fo\ufffd")
    assert failure(Reply(status=400, body=b"no\x00", at=START)).reason == "no\ufffd"
