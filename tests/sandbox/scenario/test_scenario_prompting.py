"""The endpoints that write words, as the official client reads them and as a test bends them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.wire import Wire
from tests.sandbox.scenario.conftest import Call
from tests.sandbox.scenario.test_scenario_sdk import client

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVQYV2NgYAAAAAMA"
    "AWgmWQ0AAAAASUVORK5CYII="
)
ASKED: dict[str, Any] = {"mode": "completion", "prompt": "a fox", "numResults": 1, "seed": 5}


async def test_the_official_client_gets_its_words(studio: Studio, wire: Wire) -> None:
    async with client(studio) as api:
        written = await api.generate.prompt(mode="completion", prompt="a fox", num_results=2, seed=5)
        assert len(written.prompts) == 2
        assert all(one.startswith("a fox, ") for one in written.prompts)
        assert (written.job.status, written.creative_units_cost) == ("success", 1.0)
        read = (await api.jobs.retrieve(written.job.job_id)).job
        assert read.metadata.output == {"prompts": written.prompts}
        seen = await api.generate.caption(images=[PIXEL], details_level="action+style")
        assert (len(seen.captions), seen.creative_units_cost) == (1, 0.25)
        dry = await api.generate.with_raw_response.prompt(mode="completion", prompt="a fox", dry_run="true")
        assert (dry.http_response.status_code, dry.http_response.json()["creativeUnitsCost"]) == (269, 0.5)
    assert [job["cu"] for job in studio.ledger()] == [1.0, 0.25]
    assert wire.violations == []


async def test_a_dry_run_keeps_nothing(studio: Studio, call: Call) -> None:
    before = len((await call("GET", "/assets"))[1]["assets"])
    status, told = await call("POST", "/generate/caption?dryRun=true", {"images": [PIXEL]})
    assert (status, told["creativeUnitsCost"]) == (269, 0.25)
    assert "captions" not in told
    assert len((await call("GET", "/assets"))[1]["assets"]) == before
    assert studio.ledger() == []


async def test_a_slow_one_has_its_words_at_its_end(studio: Studio, call: Call, clock: Clock) -> None:
    studio.script({"model_id": "prompt", "seconds": 3})
    _, told = await call("POST", "/generate/prompt", ASKED)
    assert (told["job"]["status"], told["prompts"]) == ("in-progress", [])
    clock.advance(4)
    _, read = await call("GET", f"/jobs/{told['job']['jobId']}")
    assert read["job"]["metadata"]["output"]["prompts"][0].startswith("a fox, ")
    assert read["job"]["metadata"]["input"] == ASKED


async def test_one_that_fails_wrote_nothing(studio: Studio, call: Call) -> None:
    studio.script({"model_id": "prompt", "outcome": "moderated"})
    _, told = await call("POST", "/generate/prompt", ASKED)
    assert (told["job"]["status"], told["prompts"]) == ("failure", [])
    assert "output" not in told["job"]["metadata"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("prompt", {"prompt": "a fox"}),
        ("prompt", {**ASKED, "mode": "shorten"}),
        ("prompt", {**ASKED, "prompt": " "}),
        ("prompt", {**ASKED, "length": 3}),
        ("prompt", {**ASKED, "seed": "x"}),
        ("caption", {}),
        ("caption", {"images": [PIXEL], "detailsLevel": "all"}),
    ],
)
async def test_what_is_wrong_is_refused_and_a_careful_client_sends_it_never(
    studio: Studio, call: Call, wire: Wire, path: str, body: dict[str, Any]
) -> None:
    status, _ = await call("POST", f"/generate/{path}", body)
    assert status == 400
    assert [one["what"] for one in wire.violations] == ["input refused"]
    assert studio.ledger() == []


async def test_each_may_be_off_and_beyond_the_budget(studio: Studio, call: Call) -> None:
    studio.configure(off=["prompt"])
    assert (await call("POST", "/generate/prompt", ASKED))[0] == 404
    assert (await call("POST", "/generate/caption?dryRun=true", {"images": [PIXEL]}))[0] == 269
    studio.configure(creative_units=0.1)
    assert (await call("POST", "/generate/caption", {"images": [PIXEL]}))[0] == 403
    assert studio.ledger() == []
