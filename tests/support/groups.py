"""A request that becomes four jobs, and what tests do with them."""

from collections.abc import Sequence
from typing import Final

from bot.generation.model import Generation, key_of
from bot.request.ask import Ask
from tests.support.bench import Bench
from tests.support.builders import MODEL, a_caller

FOUR: Final = Ask(prompt="a cat", count=4)
"""Of a model that makes one picture at a time."""
IDS: Final = [key_of("1001", number) for number in (1, 2, 3, 4)]


async def warm(bench: Bench, **options: object) -> None:
    """The catalogue knows the model's inputs before anybody asks."""
    bench.reborn(**options)
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)


async def ask(bench: Bench, ask: Ask = FOUR) -> Generation | None:
    return await bench.service.asking.request(a_caller(), ask, bench.acknowledge)


async def steps(bench: Bench, ids: Sequence[str] = IDS, *, times: int = 1) -> None:
    for _ in range(times):
        for id_ in ids:
            await bench.step(id_)


async def shown(bench: Bench, card_id: str = "1001") -> Generation:
    found = await bench.store.shown(card_id)
    assert found is not None
    return found
