"""New words are bought like a picture, once; using them is the member's own request."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.catalogue.tasks import Task
from bot.generation.card import CardState, Removal
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.generation.pacing import Patience
from bot.refusals import AlreadyAsked, LimitReached, NoPromptHelp, NoSuchGeneration, Refusal
from bot.request.ask import Ask
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError
from bot.scenario.api.prompting import HELPS, IMPROVE
from bot.scenario.api.records import JobState
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, OWNER, STRANGER, a_caller, a_generation, a_model
from tests.support.studio import SILENT_BOUGHT, SILENT_LOST, Answer, refusal

WRITTEN = "a fox in fog, soft light"
DONE = Answer(changes=(("state", JobState.SUCCEEDED), ("status", "success")), text=WRITTEN)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        await known(one)
        yield one


async def known(bench: Bench) -> None:
    """What the account has."""
    for model in (a_model(), *HELPS):
        bench.studio.catalogued[model.id] = model
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)


async def improve(bench: Bench, id_: str = "1001", **changes: Any) -> Generation:
    made = await bench.service.asking.request(
        a_caller(id_, **changes), Ask(prompt="a fox"), bench.acknowledge, task=Task.PROMPT, private=True
    )
    assert made is not None
    return made


async def bought(bench: Bench, id_: str = "1001") -> Generation:
    while (await bench.get(id_)).fate is Fate.REQUESTED:
        await bench.step(id_)
    return await bench.get(id_)


def written(**changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "command": "prompt",
        "model_id": IMPROVE,
        "fate": Fate.SUCCEEDED,
        "job_id": "job_1",
        "cu": 0.5,
        "ask": Ask(prompt="a fox"),
        "outputs": (Output(text=WRITTEN),),
        "private": True,
        "card": CardState.SETTLED,
    }
    return a_generation("1001", **{**fields, **changes})


async def use(bench: Bench, id_: str = "2001", *, owner_id: int = OWNER) -> Generation:
    caller = a_caller(id_, owner_id=owner_id)
    choice = await bench.service.prompting.chosen("1001", caller)
    made = await bench.service.prompting.use(caller, choice, bench.acknowledge)
    assert made is not None
    return made


# -- to buy them --------------------------------------------------------------------------------------


async def test_the_words_of_the_answer_are_kept_with_the_job(bench: Bench) -> None:
    bench.studio.answers.append(DONE)
    await improve(bench)
    over = await bought(bench)
    assert (over.fate, over.outputs, over.job_id, over.cu) == (
        *(Fate.SUCCEEDED, (Output(text=WRITTEN),)),
        *("job_1", 4.0),
    )
    (sent,) = bench.studio.posts
    assert sent["prompt"] == "a fox"
    assert "job" not in bench.studio.calls  # nothing more is to be asked


async def test_a_job_that_goes_on_keeps_the_words_over_a_restart(bench: Bench) -> None:
    bench.studio.answers.append(Answer(text=WRITTEN))
    await improve(bench)
    assert (await bought(bench)).fate is Fate.RUNNING
    bench.reborn()
    bench.studio.change("job_1", state=JobState.SUCCEEDED, status="success", text='{"prompts": []}')
    await bench.step()
    over = await bench.get()
    assert (over.fate, over.outputs) == (Fate.SUCCEEDED, (Output(text=WRITTEN),))


async def test_silence_that_bought_is_found_by_its_seed_and_brings_the_words(bench: Bench) -> None:
    bench.studio.answers.append(SILENT_BOUGHT)
    await improve(bench)
    assert (await bought(bench)).fate is Fate.UNCERTAIN
    bench.studio.change("job_1", state=JobState.SUCCEEDED, status="success", text=WRITTEN, model_id="flash")
    for _ in range(2):
        await bench.step()
    over = await bench.get()
    assert (over.fate, over.outputs) == (Fate.SUCCEEDED, (Output(text=WRITTEN),))
    assert len(bench.studio.posts) == 1


async def test_silence_of_which_no_list_tells_is_never_sent_again(bench: Bench) -> None:
    """Nobody says that a listing of jobs shows these: what is not in it may have been bought."""
    bench.studio.answers.append(SILENT_LOST)
    await improve(bench)
    await bought(bench)
    bench.clock.jump(Patience().reconcile.total_seconds())
    for _ in range(Patience().passes):
        await bench.step()
        bench.clock.jump(1)
    over = await bench.get()
    assert (over.fate, over.failure and over.failure.kind) == (Fate.FAILED, FailureKind.MAYBE_CHARGED)
    assert len(bench.studio.posts) == 1


@pytest.mark.parametrize("error", [NotFound("Not found"), Forbidden("no")])
async def test_an_endpoint_that_is_not_there_is_told_once_and_offered_no_more(
    bench: Bench, error: ScenarioError
) -> None:
    bench.studio.answers.append(refusal(error))
    await improve(bench)
    over = await bought(bench)
    assert (over.fate, over.bought) == (Fate.FAILED, False)
    await bench.process.catalogue.refresh()  # it is listed all the same
    with pytest.raises(NoPromptHelp):
        await improve(bench, "1002")
    assert len(bench.studio.posts) == 1


async def test_a_file_that_is_gone_is_no_endpoint_that_is(bench: Bench) -> None:
    bench.studio.answers.append(refusal(NotFound("Asset asset_a not found")))
    await improve(bench)
    await bought(bench)
    await improve(bench, "1002")


async def test_an_account_without_them_refuses_at_once() -> None:
    async with a_bench() as bench:
        await bench.process.catalogue.refresh()
        with pytest.raises(NoPromptHelp):
            await improve(bench)


async def test_what_words_cost_counts_under_the_limits_of_the_day() -> None:
    async with a_bench(daily_cu=5.0) as bench:
        await known(bench)
        bench.studio.cost = 4.0
        bench.studio.answers.append(DONE)
        await improve(bench)
        assert (await bought(bench)).cu == 4.0
        await improve(bench, "1002")
        over = await bought(bench, "1002")
        assert over.failure is not None
        assert over.failure.kind is FailureKind.OVER_BUDGET
        assert len(bench.studio.posts) == 1


async def test_a_dear_call_asks_first() -> None:
    async with a_bench(confirm_above=1.0) as bench:
        await known(bench)
        bench.studio.cost = 4.0
        await improve(bench)
        for _ in range(4):
            await bench.step()
        assert (await bench.get()).asked_at is not None
        assert bench.studio.posts == []


# -- to use them --------------------------------------------------------------------------------------


async def test_used_they_ask_for_the_same_picture_in_other_words(bench: Bench) -> None:
    settings = Ask(prompt="a fox", model_settings={"seed": 5})
    await bench.put(a_generation("900", ask=settings, fate=Fate.SUCCEEDED, card=CardState.SETTLED))
    await bench.put(written(parent_id="900"))
    made = await use(bench)
    assert made.ask == Ask(prompt=WRITTEN, model_settings={"seed": 5})
    assert (made.command, made.model_id, made.parent_id) == ("imagine", MODEL, "900")


@pytest.mark.parametrize(
    "changes",
    [{"parent_id": "900"}, {"parent_id": "999"}, {}],
    ids=["taken away by a moderator", "unknown", "none"],
)
async def test_without_a_request_behind_them_they_ask_for_a_picture(
    bench: Bench, changes: dict[str, Any]
) -> None:
    gone = {"fate": Fate.SUCCEEDED, "card": CardState.KEPT, "removed": Removal.MODERATOR}
    await bench.put(a_generation("900", ask=Ask(prompt="a fox", aspect_ratio="16:9"), **gone))
    await bench.put(written(**changes))
    made = await use(bench)
    assert (made.command, made.ask, made.parent_id) == ("imagine", Ask(prompt=WRITTEN), None)


async def test_what_was_described_does_not_repeat_what_it_was_seen_on(bench: Bench) -> None:
    await bench.put(a_generation("900", command="upscale", fate=Fate.SUCCEEDED, card=CardState.SETTLED))
    await bench.put(written(parent_id="900", ask=Ask()))
    assert (await use(bench)).command == "imagine"


async def test_a_double_click_makes_one_and_a_refusal_may_be_tried_again(bench: Bench) -> None:
    await bench.put(written())
    await use(bench)
    with pytest.raises(AlreadyAsked):
        await use(bench, "2002")
    bench.reborn()
    await known(bench)
    bench.service.asking.close()
    for id_ in ("2003", "2004"):
        with pytest.raises(Refusal) as refused:
            await use(bench, id_)
        assert not isinstance(refused.value, AlreadyAsked | LimitReached)


@pytest.mark.parametrize(
    ("changes", "owner_id"),
    [
        ({}, STRANGER),
        ({"command": "imagine"}, OWNER),
        ({"fate": Fate.RUNNING}, OWNER),
        ({"outputs": (Output(asset_id="asset_a"),)}, OWNER),
    ],
)
async def test_there_is_nothing_to_be_used_for_anybody_else_or_yet(
    bench: Bench, changes: dict[str, Any], owner_id: int
) -> None:
    await bench.put(written(**changes))
    with pytest.raises(NoSuchGeneration):
        await use(bench, owner_id=owner_id)


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("prompt", ["", "a fox"], ids=["described", "improved"])
async def test_what_is_made_with_words_about_something_private_is_private(
    bench: Bench, prompt: str, private: bool
) -> None:
    await bench.put(a_generation("900", fate=Fate.SUCCEEDED, card=CardState.SETTLED, private=private))
    await bench.put(written(parent_id="900", ask=Ask(prompt=prompt)))
    assert (await use(bench)).card.private is private


async def test_braces_in_words_that_nobody_typed_are_no_choice(bench: Bench) -> None:
    await bench.put(written(outputs=(Output(text="a {red, blue} fox"),)))
    made = await use(bench)
    assert (made.membership, made.ask.prompt) == (None, "a {red, blue} fox")
