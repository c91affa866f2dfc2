"""What the tests of the API client share: a server that answers as it is told, and a client of it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina
from aiohttp import web

from bot.scenario.client import ScenarioClient
from tests.contract.scripted import Cue, connected, serving


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Three tries, one right after the other."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def cue() -> AsyncIterator[Cue]:
    told = Cue()
    app = web.Application(client_max_size=2**26)  # files are handed in too
    app.router.add_route("*", "/{tail:.*}", told.handle)
    async with serving(app) as origin:
        told.origin = origin
        yield told


@pytest.fixture
async def client(cue: Cue) -> AsyncIterator[ScenarioClient]:
    async with connected(f"{cue.origin}/v1") as client:
        yield client
