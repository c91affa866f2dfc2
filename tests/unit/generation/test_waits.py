"""About how long a wait will be: from what the model's jobs took, without a flutter or an extra edit."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.generation.fates import LINE_LOOK
from bot.generation.group import divided, gather, progress_of
from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard
from bot.generation.progress import LINE, WAITING, Progress, ProgressBoard
from bot.generation.queue import Queue
from bot.generation.waiting.usual import LEAST, NEWEST, Usual
from bot.generation.waiting.waits import TOLD, Waits
from bot.request.ask import Ask
from bot.request.prepare import Part
from bot.scenario.api.records import Ceilings
from bot.service.service import Policy
from bot.ui.cards.render import phase_of, render
from bot.ui.speech.texts import span, speaking
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, STRANGER, a_generation, a_job, running
from tests.support.clock import START
from tests.support.faulty import FaultyStore

SECOND = timedelta(seconds=1)


def took(number: int, seconds: float, *, model: str = MODEL, **changes: object) -> Generation:
    """One that is over, bought as the `number`th."""
    begun = START + number * SECOND
    fields = {"fate": Fate.SUCCEEDED, "cu": 1.0, "job_id": f"past_{model}_{number}", "model_id": model}
    ended = {"submitted_at": begun, "finished_at": begun + timedelta(seconds=seconds)}
    return a_generation(f"past_{model}_{number}", **{**fields, **ended, **changes})


async def history(bench: Bench, *seconds: float, model: str = MODEL) -> None:
    for number, each in enumerate(seconds):
        await bench.put(took(number, each, model=model))


def flying(number: int, **changes: object) -> Generation:
    return running(f"f{number}", job_id=f"job_f{number}", owner_id=STRANGER, **changes)


class Counted(FaultyStore):
    """Counts what is asked of it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.store)
        self.asked = Counter[str]()

    def before(self, method: str) -> None:
        self.asked[method] += 1


class Line:
    """A queue, and what is told of it."""

    def __init__(self, bench: Bench, *some: Generation, at_once: int | None = None) -> None:
        self.queue = Queue(Ceilings(jobs=1), at_once=at_once)
        self.board = ProgressBoard()
        self.store = Counted(bench)
        self.usual = Usual(self.store.whole())
        self.waits = Waits(self.queue, self.usual, self.board)
        for one in some:
            self.queue.track(one)

    def join(self, *some: Generation) -> None:
        for one in some:
            self.queue.track(one)
            self.queue.join(one)

    async def told(self, one: Generation) -> tuple[int | None, float | None]:
        """Its place, and seconds until its result."""
        progress = await self.waits.in_queue(one)
        self.board.put(one.id, progress)
        return progress.position, None if progress.about is None else progress.about.total_seconds()


# -- how long jobs take ---------------------------------------------------------------------------------


async def test_it_is_the_median_of_the_newest_and_of_results_alone(bench: Bench) -> None:
    await history(bench, *([900.0] * 7), *([20.0] * NEWEST))
    await bench.put(took(90, 1.0, fate=Fate.FAILED))
    await bench.put(took(91, 1.0, cu=None))  # what no charge is known of is in no index
    await bench.put(took(92, 1.0, model="model_other"))
    usual = Usual(bench.store)
    assert usual.of(MODEL) is None  # nobody has asked yet
    await usual.read([MODEL])
    assert usual.of(MODEL) == 20.0


@pytest.mark.parametrize("known", [0, LEAST - 1, LEAST])
async def test_few_jobs_say_nothing(bench: Bench, known: int) -> None:
    await history(bench, *([20.0] * known))
    usual = Usual(bench.store)
    await usual.read([MODEL])
    assert (usual.of(MODEL) is None) is (known < LEAST)


async def test_what_ends_here_counts_without_a_question_to_the_store(bench: Bench) -> None:
    line = Line(bench)
    for number in range(LEAST):
        line.usual.add(took(number, 30.0))
    assert line.usual.of(MODEL) == 30.0
    await line.usual.read([MODEL])  # the store knows of none of them, as where nothing is charged
    assert line.usual.of(MODEL) == 30.0
    for number in range(NEWEST):
        line.usual.add(took(number, 40.0))
    for useless in (took(1, 1.0, fate=Fate.CANCELED), took(1, 1.0, submitted_at=None)):
        line.usual.add(useless)
    assert line.usual.of(MODEL) == 40.0
    assert line.store.asked["durations"] == 1


async def test_the_store_is_asked_once_a_model_however_many_look(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0)
    waiting = [a_generation(str(number), created_at=START + number * SECOND) for number in range(30)]
    line = Line(bench, flying(1))
    line.join(*waiting)
    for one in waiting * 3:
        await line.told(one)
    assert line.store.asked == {"durations": 1}


async def test_a_store_that_fails_is_asked_again(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0)
    store = FaultyStore(bench.store)
    store.fail("durations", OSError("disk"))
    usual = Usual(store)
    with pytest.raises(OSError, match="disk"):
        await usual.read([MODEL])
    await usual.read([MODEL])
    assert usual.of(MODEL) == 20.0


# -- in the queue ---------------------------------------------------------------------------------------


async def test_the_place_how_many_run_and_how_long_they_take_tell_how_long_it_is(bench: Bench) -> None:
    await history(bench, 100.0, 100.0, 100.0)
    first, second = (a_generation(name, created_at=START + int(name) * SECOND) for name in "12")
    line = Line(bench, flying(1))
    line.join(first, second)
    assert await line.told(first) == (1, 240)  # 100 s until it begins, 100 s of its own, whole minutes
    assert await line.told(second) == (2, 300)
    line = Line(bench, flying(1), flying(2))
    line.join(first, second)
    assert await line.told(first) == (1, 180)  # of two one ends in half of the time
    assert await line.told(second) == (2, 240)


async def test_what_runs_counts_with_its_own_models_length(bench: Bench) -> None:
    await history(bench, 10.0, 10.0, 10.0)
    await history(bench, 600.0, 600.0, 600.0, model="model_film")
    waiting = a_generation("1")
    line = Line(bench, flying(1, model_id="model_film"))
    line.join(waiting)
    assert await line.told(waiting) == (1, 15 * 60)
    line = Line(bench, flying(1, model_id="model_unheard_of"))  # taken for one like its own
    line.join(waiting)
    assert await line.told(waiting) == (1, 20)


async def test_without_a_history_nothing_is_foretold(bench: Bench) -> None:
    waiting = a_generation("1")
    line = Line(bench, flying(1))
    line.join(waiting)
    assert await line.told(waiting) == (1, None)


async def test_a_place_that_others_than_we_keep_says_nothing(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0)
    waiting = a_generation("1")
    line = Line(bench)
    line.join(waiting)
    assert await line.told(waiting) == (1, None)


async def test_a_workflow_is_not_foretold_for_it_may_wait_for_people(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0, model="wflow_1")
    waiting = a_generation("1", model_id="wflow_1")
    line = Line(bench, flying(1, model_id="wflow_1"))
    line.join(waiting)
    assert await line.told(waiting) == (1, None)


async def test_beyond_a_day_nobody_knows(bench: Bench) -> None:
    await history(bench, *([13 * 3600.0] * 3))
    waiting = a_generation("1")
    line = Line(bench, flying(1))
    line.join(waiting)
    assert await line.told(waiting) == (1, None)


async def test_an_estimate_stands_until_the_place_is_another_one(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0)
    first, second = (a_generation(name, created_at=START + int(name) * SECOND) for name in "12")
    line = Line(bench, flying(1))
    line.join(first, second)
    assert await line.told(second) == (2, 60)
    for number in range(NEWEST):
        line.usual.add(took(number, 300.0))  # the model has become slow
    assert await line.told(second) == (2, 60)
    assert not line.board.put("2", await line.waits.in_queue(second))  # no news, no edit
    line.queue.track(replace(first, fate=Fate.CANCELED))
    assert await line.told(second) == (1, 600)


async def test_who_has_no_place_is_told_that_he_waits(bench: Bench) -> None:
    line = Line(bench)
    assert await line.waits.in_queue(a_generation("1")) == Progress(phase=WAITING)
    assert await line.waits.in_line(a_generation("1")) == Progress(phase=LINE)


def test_what_is_told_grows_by_steps_that_anybody_may_say() -> None:
    assert TOLD[0] == 10
    assert all(one < other for one, other in pairwise(TOLD))
    assert all(other <= one * 2 for one, other in pairwise(TOLD))
    spoken = [span(timedelta(seconds=seconds)) for seconds in TOLD]
    assert len(set(spoken)) == len(spoken)
    assert not any("." in each for each in spoken)


# -- in one's own line ----------------------------------------------------------------------------------


async def in_line(line: Line, one: Generation) -> tuple[int | None, float | None]:
    progress = await line.waits.in_line(one)
    return progress.position, None if progress.about is None else progress.about.total_seconds()


async def test_of_two_at_once_one_ends_in_half_of_the_time(bench: Bench) -> None:
    await history(bench, 100.0, 100.0, 100.0)
    mine = [running(f"m{n}", job_id=f"job_m{n}") for n in (1, 2)]
    waiting = [a_generation(str(n), created_at=START + n * SECOND) for n in (1, 2, 3)]
    line = Line(bench, *mine, *waiting, at_once=2)
    assert [await in_line(line, one) for one in waiting] == [(1, 180), (2, 240), (3, 300)]


async def test_if_the_earlier_ones_wait_for_a_place_that_counts_too(bench: Bench) -> None:
    await history(bench, 100.0, 100.0, 100.0)
    before, waiting = (a_generation(str(n), created_at=START + n * SECOND) for n in (1, 2))
    line = Line(bench, flying(1), before, waiting, at_once=1)
    assert line.queue.lines.admits(before, START)
    line.queue.join(before)
    # 100 s until the earlier one begins, 100 s of its own; and the same once more
    assert await in_line(line, waiting) == (1, 420)


async def test_a_line_without_a_history_says_its_place(bench: Bench) -> None:
    waiting = a_generation("1")
    line = Line(bench, running("m"), waiting, at_once=1)
    assert await in_line(line, waiting) == (1, None)
    await history(bench, 20.0, 20.0, 20.0)
    nobody_flies = Line(bench, a_generation("0"), waiting, at_once=1)
    assert nobody_flies.queue.lines.admits(a_generation("0"), START)
    nobody_flies.queue.join(a_generation("0"))
    assert await in_line(nobody_flies, waiting) == (1, None)


# -- on the card ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "phase", "told"),
    [
        ("en-US", WAITING, "Waiting for a free slot, number 2 in line, ready in about 3 minutes"),
        ("en-US", LINE, "Waiting for your earlier requests, number 2 in your line, ready in about 3 minutes"),
        (
            "de",
            WAITING,
            "Wartet auf einen freien Platz, Nummer 2 in der Warteschlange, fertig in etwa 3 Minuten",
        ),
        ("fr", WAITING, "En attente d’une place, numéro 2 dans la file, résultat dans environ 3 minutes"),
        ("es-ES", WAITING, "Esperando turno, número 2 en la cola, listo en aproximadamente 3 minutos"),
    ],
)
def test_a_card_says_how_many_are_ahead_and_about_how_long_it_is(locale: str, phase: str, told: str) -> None:
    progress = Progress(phase=phase, position=2, about=timedelta(minutes=3))
    with speaking(locale):
        said = phase_of(a_generation(), progress)
    assert said.replace("\xa0", " ") == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(30, "30 seconds"), (60, "1 minute"), (540, "9 minutes"), (5400, "90 minutes"), (7200, "2 hours")],
)
def test_a_span_is_told_in_one_unit(seconds: int, told: str) -> None:
    assert span(timedelta(seconds=seconds)) == told


def test_a_request_of_several_jobs_is_ready_when_its_last_one_is() -> None:
    first = a_generation("1", ask=Ask(prompt="a cat", count=3))
    part = Part(ask=first.ask, inputs=first.inputs or {})
    jobs, board = divided(first, [part, part]), ProgressBoard()
    for place, job in enumerate(jobs, start=1):
        board.put(job.id, Progress(phase=WAITING, position=place, about=timedelta(minutes=place)))
    shown = progress_of(gather(jobs), board)
    assert shown is not None
    assert (shown.position, shown.about) == (1, timedelta(minutes=3))
    board.put(jobs[0].id, Progress(phase=WAITING, position=1))
    unknown = progress_of(gather(jobs), board)
    assert unknown is not None
    assert unknown.about is None


async def test_in_the_loop_a_card_is_told_news_only_when_the_place_is_another_one() -> None:
    guard = Guard(member_in_flight=1, member_waiting=3)
    async with a_bench(policy=Policy(guard=guard), capacity=1) as bench:
        await history(bench, 20.0, 20.0, 20.0)
        await bench.put(running("0"))
        for name in "12":
            await bench.put(a_generation(name, created_at=START + int(name) * SECOND))
        await bench.fates.adopt()
        for _ in range(3):
            for name in "12":
                await bench.step(name)
        progress = bench.process.board.get("2")
        assert progress == Progress(phase=LINE, position=2, about=timedelta(seconds=60))
        assert Counter(bench.process.told) == {"1": 1, "2": 1}
        assert await bench.step("2") == LINE_LOOK  # whatever it waits for wakes it


# -- while it runs ----------------------------------------------------------------------------------------


async def test_a_running_one_says_how_long_its_model_usually_takes(bench: Bench) -> None:
    await history(bench, 21.0, 24.0, 29.0)
    one = await bench.put(running())
    bench.studio.put(a_job("job_1001", status="in-progress"))
    await bench.step()
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert progress.usual == timedelta(seconds=30)  # as the longer one of two that are told
    (embed,) = render(one, progress).embeds
    assert " · usually takes 30 seconds" in str(embed.description)
    (embed,) = render(replace(one, origin=replace(one.origin, locale="fr")), progress).embeds
    assert " · prend d’habitude 30" in str(embed.description)


async def test_what_others_teach_meanwhile_edits_no_card(bench: Bench) -> None:
    await history(bench, *([20.0] * (LEAST - 1)))
    await bench.put(running())
    bench.studio.put(a_job("job_1001", status="in-progress"))
    await bench.step()
    first = bench.process.board.get("1001")
    for number in range(LEAST):
        bench.process.writer.usual.add(took(50 + number, 300.0))
    await bench.step()
    assert bench.process.board.get("1001") == first
    assert first is not None
    assert first.usual is None


async def test_a_run_of_a_workflow_has_no_usual_time_for_it_may_wait_for_people(bench: Bench) -> None:
    await history(bench, 20.0, 20.0, 20.0, model="wflow_1")
    await bench.put(running(model_id="wflow_1", command="workflow"))
    bench.studio.put(a_job("job_1001", status="in-progress"))
    await bench.step()
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert progress.usual is None


@pytest.mark.parametrize("changes", [{"let_go": True}, {"usual": None}])
def test_of_one_that_nobody_can_tell_the_end_of_no_time_is_told(changes: dict[str, Any]) -> None:
    progress = replace(Progress(phase="in-progress", usual=timedelta(seconds=20)), **changes)
    (embed,) = render(running(), progress).embeds
    assert "usually" not in str(embed.description)
