from collections.abc import AsyncGenerator

import pytest

from tests.support.bench import Bench, a_bench


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        yield made
