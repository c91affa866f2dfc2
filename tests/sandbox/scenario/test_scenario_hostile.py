"""Whatever is sent, the answer is a picture or a refusal, never an accident."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.scenario.options import Options
from sandbox.scenario.values import Refusal
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]

SCALARS = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12)
VALUES = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
)
ODD_NUMBERS = some.sampled_from([10**400, -(10**400), 1e308, 0, -0.0, 16.5])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(some.data())
def test_any_body_is_bought_or_refused(data: some.DataObject) -> None:
    studio = Studio(Clock(), Wire(), "http://nowhere", options=Options(parallel=1000))
    model = data.draw(some.sampled_from(studio.catalogue.all()))
    names = [str(rule["name"]) for rule in model.inputs] + ["extra"]
    body = data.draw(some.dictionaries(some.sampled_from(names), VALUES | ODD_NUMBERS) | VALUES)
    status = 200
    try:
        studio.submit(model.id, body)
    except Refusal as refusal:
        status = refusal.status
    assert status in (200, 400, 403, 404)
    assert len(studio.ledger()) == (1 if status == 200 else 0)


async def test_odd_bytes_on_the_wire(call: Call, studio: Studio) -> None:
    path = "/generate/custom/model_imagen4-ultra"
    for body in (b'{"prompt":"\\ud800"}', b"[" * 100_000, b'{"prompt":"x","seed":1e999}', b"9" * 5000):
        assert (await call("POST", path, data=body))[0] == 400
    for query in (
        "pageSize=%C2%B2",
        "pageSize=" + "9" * 5000,
        "paginationToken=%FF",
        "createdAfter=0001-01-01",
    ):
        assert (await call("GET", f"/jobs?{query}"))[0] in (200, 400), query
    for path in ("/models/%FF", "/jobs/%00", "/assets/..%2f..", "/uploads/%E2%80%AE", "/teams/x/limits"):
        assert (await call("GET", path))[0] == 404, path
    async with aiohttp.ClientSession() as session:
        for link in (
            "/assets/x.png?Expires=%C2%B2&Key-Pair-Id=KSANDBOX0LINKS",
            "/assets/%FF",
            "/uploads/a/b",
        ):
            async with session.get(f"{studio.origin}/scenario/cdn{link}") as answer:
                assert answer.status in (403, 404)
