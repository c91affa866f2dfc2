"""Endpoints that write words: which there are, what they cost, and the words in the paid answer."""

import json
from typing import Any

import pytest

from bot.scenario.api import errors
from bot.scenario.api.prompting import DESCRIBE, IMPROVE
from bot.scenario.api.records import JobState
from bot.scenario.client import ScenarioClient
from tests.contract.scripted import Cue, reset, says

PRICED = says(269, {"creativeUnitsCost": 0.5, "costDetails": {"prompt-generation": 0.5}})
JOB: dict[str, Any] = {"jobId": "job_1", "jobType": "generate-prompt", "status": "success", "metadata": {}}
WRITTEN: dict[str, Any] = {"job": JOB, "prompts": ["a fox in fog", "a fox"], "creativeUnitsCost": 0.5}
ASKED = {"prompt": "a fox", "seed": 7}


pytestmark = pytest.mark.usefixtures("no_waiting")


async def offered(client: ScenarioClient) -> list[str]:
    return [one.id async for one in client.helps()]


async def test_what_says_its_price_is_there(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [PRICED]
    assert await offered(client) == [IMPROVE, DESCRIBE]
    assert cue.asked == [
        ("POST", "/v1/generate/prompt?dryRun=true"),
        ("POST", "/v1/generate/caption?dryRun=true"),
    ]
    assert json.loads(cue.bodies[0]) == {"mode": "completion", "numResults": 1, "prompt": "a lighthouse"}
    caption = json.loads(cue.bodies[1])
    assert caption["detailsLevel"] == "action+style"
    assert caption["images"][0].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (says(404, {"reason": "Not found"}), [DESCRIBE]),
        (says(403, {"reason": "Forbidden"}), [DESCRIBE]),
        (says(269, {}), [DESCRIBE]),
        (says(400, {"reason": "not this example"}), [IMPROVE, DESCRIBE]),
    ],
    ids=["no such route", "not this key", "no price", "only the example is wrong"],
)
async def test_what_does_not_is_not(cue: Cue, client: ScenarioClient, first: Any, found: list[str]) -> None:
    cue.answers = [first, PRICED]
    assert await offered(client) == found


@pytest.mark.parametrize("answer", [says(503), says(429), reset])
async def test_an_outage_says_nothing_about_what_there_is(
    cue: Cue, client: ScenarioClient, answer: Any
) -> None:
    cue.answers = [answer]
    with pytest.raises(errors.Unavailable):
        await offered(client)


async def test_it_is_read_as_a_model_without_a_question(cue: Cue, client: ScenarioClient) -> None:
    read = await client.model(IMPROVE)
    assert (read.is_help, read.hidden, [one.name for one in read.inputs or ()]) == (
        *(True, True),
        ["prompt", "seed"],
    )
    with pytest.raises(errors.NotFound):
        await client.model("help_sing")
    assert cue.asked == []


async def test_the_words_stand_in_the_answer(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [PRICED, says(200, WRITTEN)]
    price = await client.price(IMPROVE, ASKED)
    assert price is not None
    assert price.cu == 0.5
    bought = await client.submit(IMPROVE, ASKED)
    assert (bought.job.id, bought.job.state, bought.cu, bought.text) == (
        *("job_1", JobState.SUCCEEDED),
        *(0.5, "a fox in fog"),
    )
    assert cue.asked == [("POST", "/v1/generate/prompt?dryRun=true"), ("POST", "/v1/generate/prompt")]
    assert json.loads(cue.bodies[1]) == {"mode": "completion", "numResults": 1, **ASKED}


@pytest.mark.parametrize("prompts", [[], [""], None, [7], "x"])
async def test_an_answer_without_words_is_a_job_all_the_same(
    cue: Cue, client: ScenarioClient, prompts: Any
) -> None:
    cue.answers = [says(200, {**WRITTEN, "prompts": prompts})]
    bought = await client.submit(IMPROVE, ASKED)
    assert (bought.job.id, bought.text) == ("job_1", None)


@pytest.mark.parametrize("answer", [reset, says(502), says(409), says(200, {"prompts": ["a fox"]})])
async def test_silence_is_uncertain_and_sent_once(cue: Cue, client: ScenarioClient, answer: Any) -> None:
    cue.answers = [answer]
    with pytest.raises(errors.Uncertain):
        await client.submit(IMPROVE, ASKED)
    assert len(cue.asked) == 1


@pytest.mark.parametrize(("status", "kind"), [(404, errors.NotFound), (403, errors.Forbidden)])
async def test_an_endpoint_that_is_not_there_says_so_to_price_and_purchase(
    cue: Cue, client: ScenarioClient, status: int, kind: type[errors.ScenarioError]
) -> None:
    cue.answers = [says(status, {"reason": "no"})]
    with pytest.raises(kind):
        await client.price(DESCRIBE, {"images": ["asset_a"]})
    with pytest.raises(kind):
        await client.submit(DESCRIBE, {"images": ["asset_a"]})


async def test_a_job_that_is_found_again_has_its_words_in_its_output(
    cue: Cue, client: ScenarioClient
) -> None:
    cue.answers = [says(200, {"job": {**JOB, "metadata": {"output": {"captions": ["a hill", "b"]}}}})]
    assert (await client.job("job_1")).text == "a hill"


async def test_one_that_buys_when_it_is_asked_for_its_price_is_asked_no_more(
    cue: Cue, client: ScenarioClient, caplog: pytest.LogCaptureFixture
) -> None:
    cue.answers = [says(200, {"job": {"jobId": "job_stray"}, "creativeUnitsCost": 3})]
    assert await offered(client) == []
    assert await offered(client) == []
    assert len(cue.asked) == 1
    assert "job_stray" in caplog.text
