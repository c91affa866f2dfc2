"""`python -m tests.matrix [--seed N] [--only N …] [--sample] [--several]`: see docs/reliability.md."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Final

from tests.matrix.chance import story
from tests.matrix.figures import Outcome, as_table, figures
from tests.matrix.playing import play
from tests.matrix.several import deaths

SEQUENCES: Final = 300
SEED: Final = 1
SAMPLE: Final = 15
"""Each fifteenth sequence is in the sample."""
AT_ONCE: Final = 6
"""Stories side by side: most of a story is waiting."""
TELL_EVERY: Final = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing was wrong, 1 where something was."""
    asked = _parser().parse_args(arguments)
    if asked.several:
        return 0 if asyncio.run(deaths(asked.seed, _say)) else 1
    numbers: list[int] = asked.only or list(range(1, asked.count + 1))
    if asked.sample:
        numbers = numbers[SAMPLE - 1 :: SAMPLE]
    if asked.print:
        for number in numbers:
            _say(str(story(asked.seed, number)))
        return 0
    began = time.monotonic()
    outcomes = asyncio.run(_run(asked.seed, numbers, asked.at_once, loud=bool(asked.only)))
    _say(as_table(figures(outcomes, time.monotonic() - began)))
    failing = sorted(one.story.number for one in outcomes if one.wrongs)
    if failing:
        _say(f"\nwrong: {' '.join(map(str, failing))} of seed {asked.seed}")
    whole = not asked.only and not asked.sample
    well = asyncio.run(deaths(asked.seed, _say)) if whole else True
    return 0 if well and not failing else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.matrix", description="Seeded stories of faults, judged from outside."
    )
    parser.add_argument("--seed", type=int, default=SEED, help="another set of stories (%(default)s)")
    parser.add_argument("--count", type=int, default=SEQUENCES, help="how many (%(default)s)")
    parser.add_argument("--only", type=int, nargs="+", help="these sequences, told in full")
    parser.add_argument("--sample", action="store_true", help=f"each {SAMPLE}th sequence")
    parser.add_argument("--several", action="store_true", help="only two bots on one PostgreSQL database")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many side by side (%(default)s)")
    parser.add_argument("--print", action="store_true", help="tell the stories, play none")
    return parser


async def _run(seed: int, numbers: Sequence[int], at_once: int, *, loud: bool) -> list[Outcome]:
    places = asyncio.Semaphore(at_once)
    outcomes: list[Outcome] = []

    async def one(number: int) -> None:
        async with places:
            outcome = await play(story(seed, number))
        outcomes.append(outcome)
        _tell(outcome, loud=loud)
        if len(outcomes) % TELL_EVERY == 0:
            jobs = sum(len(each.seen.jobs) for each in outcomes)
            wrong = sum(bool(each.wrongs) for each in outcomes)
            _say(f"{len(outcomes)}/{len(numbers)} · {jobs} paid jobs · {wrong} sequences wrong")

    await asyncio.gather(*map(one, numbers))
    return outcomes


def _tell(outcome: Outcome, *, loud: bool) -> None:
    if loud or outcome.wrongs:
        _say(f"\n{outcome.story}")
    for asked in outcome.seen.asked if loud else ():
        _say(f"  = {asked}")
    for wrong in outcome.wrongs:
        _say(f"  ! {wrong}")
    if outcome.wrongs:
        alone = f'make matrix ARGS="--seed {outcome.story.seed} --only {outcome.story.number}"'
        _say(f"  alone: {alone} · evidence: {outcome.kept}\n")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
