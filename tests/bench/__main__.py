"""`python -m tests.bench [--quick | --full] [--only SCENE] [--against FOLDER] [--charts] [--json]`.

docs/performance.md says what the rows mean.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.bench.catalogue import catalogue
from tests.bench.fates import fates
from tests.bench.flood import flood
from tests.bench.held import held
from tests.bench.imagine import imagine
from tests.bench.peers import peers
from tests.bench.renderer import renderer
from tests.bench.report import Row, as_charts, as_json, as_table
from tests.bench.several import several_bots
from tests.bench.sizes import FULL, QUICK, TINY, USUAL, Size
from tests.bench.store import store
from tests.bench.whole import whole

Scene = Callable[[Size], Awaitable[list[Row]]]

SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "store": store,
        "catalogue": catalogue,
        "imagine": imagine,
        "flood": flood,
        "held": held,
        "fates": fates,
        "peers": peers,
        "whole": whole,
        "several": several_bots,
        "renderer": renderer,
    }
)

CHARTED: Final = ("requests a job", "CPU", "end noticed, p99")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    size = TINY if asked.tiny else QUICK if asked.quick else FULL if asked.full else USUAL
    size = replace(size, against=asked.against, rounds=asked.rounds or size.rounds)
    rows = asyncio.run(_play(asked.only or list(SCENES), size))
    sys.stdout.write((as_json(rows) if asked.json else as_table(rows)) + "\n")
    if asked.charts:
        sys.stdout.write(f"\n{as_charts(rows, *CHARTED)}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed and memory, as ratios.")
    parser.add_argument("--quick", action="store_true", help="smaller amounts, less steady ratios")
    parser.add_argument("--full", action="store_true", help="long jobs too, and medians: more than an hour")
    parser.add_argument(
        "--rounds",
        type=int,
        choices=range(1, 51),
        metavar="N",
        help="medians of N in `peers`, `whole`, `several`",
    )
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=SCENES, help="this scene; may be repeated")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="another build, which `flood`, `peers`, `whole` and `renderer` measure too",
    )
    parser.add_argument("--charts", action="store_true", help="`peers` as Mermaid charts too, for the docs")
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    return parser


async def _play(names: Collection[str], size: Size) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        began = time.perf_counter()
        rows += await SCENES[name](size)
        sys.stderr.write(f"{name}: {time.perf_counter() - began:.0f} s\n")
    return rows


if __name__ == "__main__":
    sys.exit(main())
