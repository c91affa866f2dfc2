"""What processes on one database tell each other at once, and what is done where that does not arrive."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from bot.generation.card import CardState
from bot.generation.ports import Guard
from bot.generation.several.bulletin import BACK, LOST, MOVED
from bot.store import BadDatabaseUrl, SqlStore, open_store
from bot.store.database import Database
from bot.store.processes import told
from bot.store.processes.listening import Listener
from tests.support.builders import a_generation
from tests.support.clock import until
from tests.support.pgbouncer import pooled
from tests.support.stores import a_store_at
from tests.support.town import eventually, known, seen_from_outside

LONG = timedelta(minutes=5)
"""A lease in which a minute passes between two looks: what is known sooner was told."""
FREE = Guard()


@pytest.fixture
async def shared(postgres: str) -> AsyncGenerator[Database]:
    async with seen_from_outside(postgres) as database:
        yield database


@pytest.fixture(scope="module")
def pooler(postgres: str) -> Generator[str]:
    with pooled(postgres) as url:
        yield url


class Ear:
    """Hears one kind of word."""

    def __init__(self, store: SqlStore, kind: str) -> None:
        self.heard: list[tuple[int, Sequence[Any]]] = []
        store.holding.bulletin.listen(kind, lambda teller, facts: self.heard.append((teller, facts)))


async def listening(*stores: SqlStore) -> None:
    """Wait until they hear each other."""
    for store in stores:
        await until(lambda store=store: store.holding.bulletin.heard, "a word to arrive")
        await until(lambda store=store: len(stores) == 1 or store.holding.others, "the others")


# -- at once ------------------------------------------------------------------------------------------


async def test_the_holder_hears_at_once_what_another_process_changed(postgres: str, shared: Database) -> None:
    async with open_store(postgres, lease=LONG) as one, open_store(postgres, lease=LONG) as other:
        await listening(one, other)
        await asyncio.wait_for(one.holding.news(), 20)  # the other's coming and its own
        await one.record(a_generation(card=CardState.LIVE), FREE)
        waiting = asyncio.create_task(one.holding.news())
        theirs = await known(other)
        await other.save(theirs, replace(theirs, confirmed_by=7))
        news = await asyncio.wait_for(waiting, 20)
        assert (list(news.generations), one.holding.adopted) == (["1001"], 0)


async def test_what_a_process_gave_back_goes_on_at_once(postgres: str, shared: Database) -> None:
    async with open_store(postgres, lease=LONG) as other:
        async with open_store(postgres, lease=LONG) as one:
            await listening(one, other)
            await asyncio.wait_for(other.holding.news(), 20)
            await one.record(a_generation(card=CardState.LIVE), FREE)
            waiting = asyncio.create_task(other.holding.news())
        news = await asyncio.wait_for(waiting, 20)
        assert (list(news.generations), other.holding.adopted) == (["1001"], 1)


async def test_what_moved_is_told_once_it_is_written_and_not_before(postgres: str, shared: Database) -> None:
    async with open_store(postgres) as one, open_store(postgres) as other:
        await listening(one, other)
        ear = Ear(other, MOVED)
        await one.record(a_generation(card=CardState.LIVE), FREE)
        await until(lambda: ear.heard == [(one.holding.number, [])], "a word of what was recorded")
        mine = await known(one)
        with suppress(Undone):
            await shared.write(_undone)
        assert await other.save(replace(mine, fate=mine.fate), replace(mine, price=4.0)) is not None
        await until(lambda: len(ear.heard) == 2, "a word of what was written")
        assert ear.heard[1] == (other.holding.number, [])


class Undone(Exception):
    pass


def _undone(connection: Connection) -> None:
    told.post(connection, [told.moved(77)])
    raise Undone


async def test_what_is_not_bought_for_now_is_told_with_the_beat_that_says_so(postgres: str) -> None:
    async with a_store_at(postgres), open_store(postgres) as one, open_store(postgres) as other:
        await listening(one, other)
        ear = Ear(other, MOVED)
        one.holding.sets_aside = lambda: {"1001"}
        await until(lambda: ear.heard, "the word")
        assert (await other.elsewhere({})).aside == {"1001"}
        assert (await one.elsewhere({})).aside == set()
        one.holding.sets_aside = frozenset
        await until(lambda: len(ear.heard) == 2, "the word that all of it is bought again")
        assert ear.heard == [(one.holding.number, [])] * 2
        assert (await other.elsewhere({})).aside == set()


async def test_one_process_alone_tells_nothing_of_what_moves(postgres: str, shared: Database) -> None:
    async with open_store(postgres) as one:
        await listening(one)
        ear, end = Ear(one, MOVED), Ear(one, "end")
        await one.record(a_generation(card=CardState.LIVE), FREE)
        await one.holding.bulletin.tell([("end", [])])
        await until(lambda: end.heard, "the last word")
        assert ear.heard == []


async def test_words_arrive_in_their_order_and_one_that_no_server_takes_is_left_out(
    postgres: str, shared: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(postgres) as one, open_store(postgres) as other:
        await listening(one, other)
        ear = Ear(other, "count")
        # bytes count, not signs: half as many of these would be too long already
        words = [[number, "é" * (3_980 if number % 2 else 4_000)] for number in range(10)]
        await one.holding.bulletin.tell([("count", word) for word in words])
        await until(lambda: len(ear.heard) == 5, "the words")
        assert [facts[0] for _, facts in ear.heard] == [1, 3, 5, 7, 9]
        assert "5 words were too long" in caplog.text


async def test_who_hears_it_badly_keeps_nobody_else_from_hearing(
    postgres: str, shared: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(postgres) as one:
        await listening(one)
        one.holding.bulletin.listen("count", lambda _, facts: facts[7])
        ear = Ear(one, "count")
        await shared.write(lambda connection: told.post(connection, ["not ours", "[1]", '["count", "x"]']))
        await one.holding.bulletin.tell([("count", [1])])
        await until(lambda: ear.heard == [(one.holding.number, [1])], "the word")
        assert "could not be made use of" in caplog.text


# -- the connection -----------------------------------------------------------------------------------


async def test_a_connection_that_is_lost_is_made_again(postgres: str, shared: Database) -> None:
    async with open_store(postgres, lease=LONG) as one:
        await listening(one)
        back, lost, ear = Ear(one, BACK), Ear(one, LOST), Ear(one, "count")
        await shared.write(_cut)
        await until(lambda: lost.heard, "the loss to be noticed")
        await until(lambda: back.heard and one.holding.bulletin.heard, "the connection to be back")
        # what was told meanwhile is not known: everything is looked at
        await asyncio.wait_for(one.holding.news(), 20)
        await one.holding.bulletin.tell([("count", [])])
        await until(lambda: ear.heard, "a word")


def _cut(connection: Connection) -> None:
    """End the connections that listen."""
    said = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND (query LIKE '%pg_try_advisory_lock%' OR query = 'SELECT true')"
    )
    assert connection.execute(said).all() != []


@pytest.fixture
async def empty(postgres: str) -> AsyncGenerator[None]:
    """A database without a row; a pooler keeps its connections to it."""
    async with a_store_at(postgres):
        yield


@pytest.mark.usefixtures("empty")
async def test_past_a_pooler_everything_is_heard(postgres: str, pooler: str) -> None:
    async with (
        open_store(pooler, direct=postgres, lease=LONG) as one,
        open_store(pooler, direct=postgres, lease=LONG) as other,
    ):
        await listening(one, other)
        ear = Ear(other, MOVED)
        await one.record(a_generation(card=CardState.LIVE), FREE)
        await until(lambda: ear.heard, "a word of what was recorded")


@pytest.mark.usefixtures("empty")
async def test_a_pooler_is_found_out_and_said_once_and_looks_go_on(
    pooler: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.processes.listening.PROOF", 0.5)
    monkeypatch.setattr("bot.store.processes.listening.AGAIN", 0.05)
    caplog.set_level(logging.WARNING)
    async with open_store(pooler) as one, open_store(pooler) as other:
        await until(lambda: "DATABASE_DIRECT_URL" in caplog.text, "the warning")
        before = len(tries := Tries(one).begun)
        await until(lambda: len(tries) > before + 1, "two tries more")
        assert not one.holding.bulletin.heard
        assert not one.holding.bulletin.leads
        for store in (one, other):
            told_of = [r for r in caplog.records if "DATABASE_DIRECT_URL" in r.getMessage()]
            assert len(told_of) <= 2, store  # one each
        await one.record(a_generation(card=CardState.LIVE), FREE)
        theirs = await known(other)
        await other.save(theirs, replace(theirs, confirmed_by=7))

        async def heard() -> bool:
            return list((await one.holding.news()).generations) == ["1001"]

        await asyncio.wait_for(eventually(heard), 30)


class Tries:
    """Counts how often a store's listener looks whether it is heard."""

    def __init__(self, store: SqlStore) -> None:
        self.begun: list[None] = []
        listener: Any = store.holding.bulletin
        proving = listener._is_heard

        async def proved(connection: object) -> bool:
            self.begun.append(None)
            return await proving(connection)

        listener._is_heard = proved


async def test_another_database_is_not_taken_for_this_one(
    postgres: str, shared: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.processes.listening.PROOF", 0.5)
    name = "elsewhere_" + str(abs(hash(postgres)) % 10_000)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        head, _, _ = postgres.rpartition("/")
        async with open_store(postgres, direct=f"{head}/{name}") as one:
            await until(lambda: "DATABASE_DIRECT_URL" in caplog.text, "the warning")
            assert not one.holding.bulletin.heard
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def test_an_address_where_nobody_answers_costs_no_more_than_a_warning(
    postgres: str, shared: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(postgres, direct="postgresql://imagine:hush@127.0.0.1:1/postgres") as one:
        await until(lambda: "no connection" in caplog.text, "the warning")
        await one.record(a_generation(card=CardState.LIVE), FREE)
        assert "hush" not in caplog.text


async def test_a_file_is_no_server() -> None:
    with pytest.raises(BadDatabaseUrl, match="DATABASE_DIRECT_URL"):
        async with open_store("postgresql://h/x", direct="sqlite:///x.db"):
            pass
    async with open_store("sqlite://", direct="nonsense"):
        pass  # one process has nobody to hear


# -- one reads for all --------------------------------------------------------------------------------


async def test_of_those_with_one_key_one_leads_and_the_next_when_it_is_gone(
    postgres: str, shared: Database
) -> None:
    async with open_store(postgres, key="a") as one:
        await until(lambda: one.holding.bulletin.leads, "the first to lead")
        async with open_store(postgres, key="a") as other, open_store(postgres, key="b") as apart:
            await until(lambda: apart.holding.bulletin.leads, "the other key's to lead")
            await listening(other)
            assert not other.holding.bulletin.leads
            listener = one.holding.bulletin
            assert isinstance(listener, Listener)
            await listener.end()
            assert not listener.leads
            await until(lambda: other.holding.bulletin.leads, "the next to lead")
