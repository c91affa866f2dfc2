"""What every `Uploads` promises, whatever is behind it. See `bot/generation/ports.py`."""

import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.generation.ports import Uploads
from tests.support.stores import a_store, a_store_at, a_store_in

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
FOX, OWL = (hashlib.sha256(name).hexdigest() for name in (b"fox", b"owl"))


@pytest.fixture(params=["sqlite", "file", "postgresql"])
async def uploads(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Uploads]:
    match request.param:
        case "sqlite":
            opened = a_store()
        case "file":
            opened = a_store_in(tmp_path / "imagine.db")
        case _:
            opened = a_store_at(request.getfixturevalue("postgres"))
    async with opened as store:
        yield store.uploads


async def test_bytes_are_known_by_the_asset_that_they_became_last(uploads: Uploads) -> None:
    assert await uploads.known(FOX) is None
    await uploads.keep(FOX, "asset_1", NOW)
    await uploads.keep(OWL, "asset_2", NOW)
    assert (await uploads.known(FOX), await uploads.known(OWL)) == ("asset_1", "asset_2")
    await uploads.keep(FOX, "asset_3", NOW)
    assert (await uploads.known(FOX), await uploads.known(OWL)) == ("asset_3", "asset_2")


async def test_what_nobody_gave_since_then_is_forgotten(uploads: Uploads) -> None:
    await uploads.keep(FOX, "asset_1", NOW)
    await uploads.keep(OWL, "asset_2", NOW)
    assert await uploads.erase(NOW) == 0
    await uploads.keep(OWL, "asset_2", NOW + INSTANT)  # given again
    assert await uploads.erase(NOW + INSTANT) == 1
    assert (await uploads.known(FOX), await uploads.known(OWL)) == (None, "asset_2")
