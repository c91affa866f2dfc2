"""A database of an earlier version becomes one of this version, and everything in it goes on."""

import json
from collections.abc import AsyncGenerator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, text

from bot.generation.card import CardState, Removal
from bot.generation.model import BOUGHT_PERHAPS, Fate, Generation
from bot.scenario.api.records import JobState
from bot.store import SqlStore, migrate
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.schema import alembic_config
from bot.store.tables import metadata
from tests.support.bench import Bench
from tests.support.builders import APPLICATION, CHANNEL, GUILD, MODEL, OWNER, a_job
from tests.support.clock import START
from tests.support.stores import leave

MOMENT = int(START.timestamp()) * 1_000_000
STANDS = [
    (fate, state)
    for fate, state in product(Fate, CardState)
    if state is not CardState.UNACKNOWLEDGED or fate is Fate.REQUESTED  # nothing is spent before
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    """Empty, and without a schema."""
    server = request.param == "postgresql"
    url = request.getfixturevalue("postgres") if server else f"sqlite:///{tmp_path / 'imagine.db'}"
    await leave(url)  # whoever comes next on this server begins anew
    opened = Database(parse_address(url))
    try:
        await opened.write(_clear)
        yield opened
        await opened.write(_clear)
    finally:
        await opened.close()


def _clear(connection: Connection) -> None:
    for name in (*metadata.tables, "alembic_version"):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


def at(connection: Connection, revision: str) -> None:
    """Up or down to a revision."""
    config = alembic_config()
    config.attributes["connection"] = connection
    there = inspect(connection).has_table("alembic_version")
    found = connection.scalar(text("SELECT version_num FROM alembic_version")) if there else ""
    (command.downgrade if found and found > revision else command.upgrade)(config, revision)


def row(number: int, fate: Fate, state: CardState) -> dict[str, Any]:
    """As revision 0005 had it: the card's facts among the generation's own."""
    bought = fate in BOUGHT_PERHAPS - {Fate.SUBMITTING, Fate.UNCERTAIN} or fate is Fate.SUCCEEDED
    taken = state is not CardState.UNACKNOWLEDGED
    return {
        "id": str(number),
        "command": "imagine",
        "medium": "image",
        "owner_id": OWNER,
        "application_id": APPLICATION,
        "guild_id": GUILD if number % 2 else None,
        "channel_id": CHANNEL + number,
        "locale": "fr",
        "owner_locale": "de",
        "private": number % 3 == 0,
        "spoiler": number % 2 == 0,
        "attachment_limit": 1024 * number,
        "parent_id": str(number - 1),
        "model_id": MODEL,
        "model_name": "Flux",
        "ask": json.dumps({"prompt": f"cat {number}"}),
        "inputs": json.dumps({"prompt": f"cat {number}", "seed": number}),
        "fate": fate.value,
        "card": state.value,
        "revision": 3,
        "shown_revision": 2,
        "created_at": MOMENT + number,
        "submitted_at": MOMENT if fate is not Fate.REQUESTED else None,
        "uncertain_since": MOMENT if fate is Fate.UNCERTAIN else None,
        "finished_at": MOMENT if fate.final else None,
        "canceled_by": None,
        "job_id": f"job_{number}" if bought else None,
        "price": 4.0,
        "cu": 4.0 if bought else None,
        "refunded": None,
        "outputs": json.dumps([{"asset_id": "asset_a"}] if fate is Fate.SUCCEEDED else []),
        "failure": json.dumps({"kind": "failed"}) if fate is Fate.FAILED else None,
        "token": f"token-{number}" if taken else None,
        "token_expires_at": MOMENT + 14 * 60_000_000,
        "message_id": 70_000 + number if taken else None,
        "confirmed_by": None,
        "agreed": None,
        "asked_at": None,
        "own_app": number % 5 == 0,
        "removed": "owner" if state is CardState.KEPT and number % 2 else None,
    }


ROWS = [row(number, fate, state) for number, (fate, state) in enumerate(STANDS, start=1001)]


def as_it_was(connection: Connection) -> None:
    at(connection, "0005")
    marks = ", ".join(f":{name}" for name in ROWS[0])
    columns = ", ".join(ROWS[0])
    connection.execute(text(f"INSERT INTO generation ({columns}) VALUES ({marks})"), ROWS)  # noqa: S608 (ours)


def told(generation: Generation) -> dict[str, Any]:
    card = generation.card
    return {
        "id": (generation.id, card.id, generation.origin.interaction_id, card.origin.interaction_id),
        "fate": generation.fate,
        "card": (card.state, card.message_id, card.channel_id, card.token, card.shown_revision, card.removed),
        "place": (card.private, card.attachment_limit, card.origin.channel_id, generation.origin.channel_id),
        "asker": (
            generation.origin.owner_id,
            card.origin.locale,
            card.origin.own_app,
            generation.origin.own_app,
        ),
        "job": (generation.job_id, generation.price, generation.revision, generation.spoiler),
    }


def wanted(one: dict[str, Any]) -> dict[str, Any]:
    removed = Removal(one["removed"]) if one["removed"] else None
    state, id_, channel = CardState(one["card"]), one["id"], one["channel_id"]
    return {
        "id": (id_, id_, id_, id_),
        "fate": Fate(one["fate"]),
        "card": (state, one["message_id"], channel, one["token"], one["shown_revision"], removed),
        "place": (one["private"], one["attachment_limit"], channel, channel),
        "asker": (one["owner_id"], one["locale"], one["own_app"], one["own_app"]),
        "job": (one["job_id"], one["price"], one["revision"], one["spoiler"]),
    }


async def test_every_fate_and_card_of_the_version_before_is_as_it_was(database: Database) -> None:
    await database.write(as_it_was)
    await migrate(database)
    store = SqlStore(database)
    for one in ROWS:
        found = await store.shown(one["id"])
        assert found is not None
        assert told(found) == wanted(one)


async def test_and_everything_goes_on_to_its_end(database: Database) -> None:
    await database.write(as_it_was)
    await migrate(database)
    bench = Bench(SqlStore(database))
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)
    for one in ROWS:
        if one["job_id"] is not None:
            bench.studio.put(a_job(one["job_id"], inputs=json.loads(one["inputs"])))
    await bench.fates.adopt()
    await bench.cards.adopt()
    for _ in range(30):
        for one in ROWS:
            await bench.step(one["id"])
            await bench.cards.step(one["id"])
        for job in [*bench.studio.world.values()]:
            if job.state is JobState.ACTIVE:
                bench.studio.finish(job.id)
        bench.clock.jump(20)
    for one in ROWS:
        found = await bench.get(one["id"])
        assert found.fate.final, one
        assert found.card.state in {CardState.SETTLED, CardState.KEPT}, one
    bought = {int(str(post["seed"])) for post in bench.studio.posts}
    # who was never acknowledged is never bought, and what is kept was deleted or is shown to nobody
    assert bought == {
        int(one["id"])
        for one in ROWS
        if one["fate"] in {"requested", "submitting", "uncertain"} and one["card"] in {"live", "settled"}
    }
    assert len(bench.studio.posts) == len(bought)


def _given(name: str) -> dict[str, Any]:
    return {"role": "image", "filename": name, "asset_id": "asset_a"}


BEGUN: dict[str, tuple[dict[str, Any], str | None]] = {
    "1002": ({"prompt": "cat \0 \ud800", "files": [_given("1001-3")]}, "1001"),
    "1003": ({"files": [{"role": "mask", "filename": "9", "url": "https://x/y"}, _given("1001")]}, "1001"),
    "1004": ({"prompt": '{"filename": "1001"}'}, None),
    "1005": ({"files": [{"role": "image", "asset_id": "asset_a"}, _given("cat.png")]}, None),
}
"""What was asked, and the card that it begins with."""


async def test_what_was_built_on_a_card_is_found_from_there(database: Database) -> None:
    def asked(connection: Connection) -> None:
        as_it_was(connection)
        for id_, (ask, _) in BEGUN.items():
            change = text("UPDATE generation SET ask = :ask, fate = 'succeeded' WHERE id = :id")
            connection.execute(change, {"ask": json.dumps(ask), "id": id_})

    await database.write(asked)
    await migrate(database)
    store = SqlStore(database)
    for id_, (_, card) in BEGUN.items():
        found = await store.get(id_)
        assert found is not None
        assert found.built_on == card, id_
    assert {one.id for one in await store.built_on("1001")} == {"1002", "1003"}


async def test_the_way_back_loses_nothing_that_the_version_before_knew(database: Database) -> None:
    await database.write(as_it_was)
    await migrate(database)
    await database.write(at, "0005")

    def read(connection: Connection) -> list[dict[str, Any]]:
        return [
            dict(row) for row in connection.execute(text("SELECT * FROM generation ORDER BY id")).mappings()
        ]

    back = await database.read(read)
    plain = [name for name in ROWS[0] if name not in {"ask", "inputs", "outputs", "failure"}]
    assert [{name: one[name] for name in plain} for one in back] == [
        {name: one[name] for name in plain} for one in ROWS
    ]
    await migrate(database)
    assert await SqlStore(database).shown("1001") is not None
