"""Jobs are found without a look at each: what the listing says is what a look at each would say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.scenario.jobs import STATUSES, TERMINAL, Job, Stage, stretch, timeline
from sandbox.scenario.prices import Price
from sandbox.scenario.register import Register

ENDS = st.sampled_from(["success", "failure", "canceled", None])
LENGTHS = st.floats(min_value=0, max_value=20)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), LENGTHS, ENDS),
        st.tuples(st.just("wait"), st.floats(min_value=0, max_value=8), st.none()),
        st.tuples(st.just("cancel"), st.floats(min_value=0, max_value=1), st.none()),
    ),
    max_size=40,
)


def a_job(number: int, created: float, stages: list[Stage]) -> Job:
    return Job(f"job{number}", "model", {}, created, stages, Price(2.5, 0))


def played(moves: list[tuple[str, float, str | None]]) -> Iterator[tuple[Register, list[Job], float]]:
    """The register and all of its jobs, after each move."""
    register, jobs, now = Register(), list[Job](), 1000.0
    for move, amount, end in moves:
        if move == "buy":
            jobs.append(a_job(len(jobs), now, timeline(now, amount, end)))
            register.add(jobs[-1])
        elif move == "wait":
            now += amount
        elif jobs:
            job = jobs[int(amount * (len(jobs) - 1))]
            if job.active(now):
                job.cancel(now)
                register.moved(job)
        yield register, jobs, now


@given(MOVES)
def test_it_says_what_a_look_at_each_would(moves: list[tuple[str, float, str | None]]) -> None:
    for register, jobs, now in played(moves):
        for status in STATUSES:
            found = list(register.changed(now, status))
            assert {job.id for job in found} == {job.id for job in jobs if job.status(now) == status}
            moments = [job.updated(now) for job in found]
            assert moments == pytest.approx(sorted(moments, reverse=True))
        assert register.active("custom", now) == sum(job.active(now) for job in jobs)
        assert register.spent(now) == sum(2.5 for job in jobs if not job.refunded(now))
        assert [job.id for job in register.newest()] == [job.id for job in reversed(jobs)]


def test_a_word_that_nobody_knows_is_a_status_too() -> None:
    register = Register()
    register.add(a_job(1, 0.0, stretch(0.0, [("post-processing", 5.0)], "success")))
    assert [job.id for job in register.changed(1.0, "post-processing")] == ["job1"]
    assert register.active("custom", 1.0) == 1
    assert [job.id for job in register.changed(6.0, "success")] == ["job1"]


def test_what_is_over_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    register, looks = Register(), list[str]()
    for number in range(100):
        register.add(a_job(number, 0.0, timeline(0.0, 2.0, "success")))
    assert register.active("custom", 3.0) == 0

    def status(job: Job, now: float) -> str:
        del now
        looks.append(job.id)
        return TERMINAL[0]

    monkeypatch.setattr(Job, "status", status)
    assert len(list(register.changed(4.0, "success"))) == 100
    assert register.spent(4.0) == 250
    assert looks == []
