"""Three hundred generations of two bots on one database, of which one dies again and again, and once the
server of the database: directly, and then as many through a pooler."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.e2e.several import LEASE, several
from tests.support.pgbouncer import pooled
from tests.support.postgres import a_server

ROUNDS: Final = 60
"""Deaths, each time."""
WAVE: Final = 5
"""Generations before each."""


async def deaths(seed: int, say: Callable[[str], None]) -> bool:
    """Whether everything was bought once, shown once, and taken over within the lease and a second."""
    well = True
    with a_server() as server, pooled(server.url) as pooler:
        for name, through in (("directly", None), ("through a pooler", pooler)):
            async with several(server.url, name="deaths", through=through) as town:
                try:
                    takeovers = await town.let_die(
                        rounds=ROUNDS, wave=WAVE, random=Random(seed), server=server
                    )
                except AssertionError as wrong:
                    say(f"several processes, {name}: wrong\n{wrong}")
                    well = False
                    continue
            slowest = max(takeovers)
            well &= slowest <= LEASE + 1
            told = f"{ROUNDS * WAVE} generations, {ROUNDS} deaths, each bought and shown once"
            say(f"several processes, {name}: {told}; taken over after {slowest:.1f} s at most")
    return well
