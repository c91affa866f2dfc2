"""The wire: what is kept, and what never is."""

import asyncio

from sandbox.wire import KEPT, Wire


def test_tokens_in_paths_are_never_kept():
    wire = Wire()
    wire.request("discord", "PATCH", "/discord/api/v10/webhooks/1/SECRET/messages/@original", 200, ms=1.234)
    wire.request("discord", "POST", "/discord/api/v10/interactions/2/SECRET/callback", 404, code=10062, ms=1)
    wire.violate("unknown route", path="/webhooks/1/SECRET")
    assert "SECRET" not in repr(wire.records()) + repr(wire.violations)
    first, second, _ = wire.records()
    assert first["path"] == "/discord/api/v10/webhooks/1/<token>/messages/@original"
    assert (second["status"], second["code"]) == (404, 10062)


def test_the_ring_is_bounded_and_violations_are_not_lost_in_it():
    wire = Wire()
    wire.violate("first", key=1)
    for number in range(KEPT + 5):
        wire.event("in", str(number))
    assert len(wire.records()) == KEPT
    assert wire.violations == [{"what": "first", "key": 1}]


async def test_a_watcher_sees_what_comes_after_subscribing():
    wire = Wire()
    wire.event("in", "before")
    watch = wire.subscribe()
    wire.event("out", "READY")
    record = await asyncio.wait_for(anext(watch), 1)
    assert (record["kind"], record["direction"], record["name"]) == ("event", "out", "READY")
