"""`python -m bot check`, `sync` and `migrate`: what an operator is told, and that looking costs nothing."""

import asyncio
import base64
import contextlib
import json
import re
import socket
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.operator.check import NEEDED
from tests.e2e.acting import add_fault, bare_stage, tidy
from tests.e2e.process import Start, forked, fresh
from tests.e2e.stage import Json, Stage
from tests.e2e.test_cli import Ended, clean, the_bot

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVERS = ("Imagine HQ", "Second Server")
PARTS = {"limits", "database", "scenario", "discord", "commands", "shards", "servers"}
LINE = re.compile(r"(ok |NO ) (\w+) +(.+)")


async def run(one: Stage, command: str, *, start: Start = forked, **changes: str) -> Ended:
    """One command of the bot against this stage. It never shows a secret or a traceback."""
    return await run_with(one, command, start=start, environment=clean(**{**one.settings, **changes}))


async def run_with(
    one: Stage, command: str, *, environment: Mapping[str, str], start: Start = forked
) -> Ended:
    """The same in this environment."""
    ended = await command_of_the_bot(one, command, start=start, environment=environment)
    told = ended.out + ended.err
    names = ("DISCORD_TOKEN", "SCENARIO_API_KEY", "SCENARIO_API_SECRET")
    assert [name for name in names if environment[name] in told] == []
    assert "Traceback" not in told
    return ended


async def command_of_the_bot(
    one: Stage, command: str, *, environment: Mapping[str, str], start: Start = forked
) -> Ended:
    """How `python -m bot` ends in the stage's folder."""
    return await the_bot(command, cwd=one.folder, environment=environment, start=start)


def findings(ended: Ended) -> dict[str, list[tuple[bool, str]]]:
    """Part → whether it is well, and the sentence. A remedy stands below each that is not."""
    found: dict[str, list[tuple[bool, str]]] = {}
    lines = ended.out.splitlines()
    for number, line in enumerate(lines):
        if match := LINE.fullmatch(line):
            well = match[1] == "ok "
            found.setdefault(match[2], []).append((well, match[3]))
            if not well:
                assert re.fullmatch(r" {14}\S.*\.", lines[number + 1]), ended.out
        else:
            assert line.startswith(" " * 14), ended.out
    return found


def remedy(ended: Ended, part: str) -> str:
    """What to do about the first trouble with that part."""
    lines = ended.out.splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(f"NO  {part}"))
    return lines[number + 1].strip()


def troubles(ended: Ended) -> dict[str, str]:
    """The sentences of what is not well, by part."""
    return {part: sentence for part, each in findings(ended).items() for well, sentence in each if not well}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def looked_at() -> AsyncGenerator[Stage]:
    """A sandbox that the commands are synced to, without a bot."""
    async with bare_stage() as one:
        assert (await run(one, "sync")).status == 0
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def one(looked_at: Stage) -> AsyncGenerator[Stage]:
    """It, lent to one test. Whatever is run on it: Scenario was asked something, and nothing was bought, nor
    priced but the examples that tell whether there is prompt help."""
    began = (await looked_at.get("/state"))["now"]
    async with tidy(looked_at) as lent:
        yield lent
        await lent.stop_bot()
    assert await looked_at.ledger() == []
    asked = await asked_of_scenario(looked_at, began)
    assert {method for method, path in asked if path not in {"/generate/prompt", "/generate/caption"}} == {
        "GET"
    }
    for file in looked_at.folder.glob(f"{looked_at.database.name}*"):
        file.unlink()


async def asked_of_scenario(one: Stage, since: float) -> list[tuple[str, str]]:
    """Methods and paths. since: on the sandbox's clock."""
    records = (await one.get("/wire"))["records"]
    asked = [row for row in records if row.get("half") == "scenario" and row["at"] >= since]
    return [(row["method"], row["path"].rpartition("/v1")[2]) for row in asked]


async def ask_discord(one: Stage, path: str) -> Any:
    """What the stand-in answers to the bot's token."""
    headers = {"Authorization": f"Bot {one.addresses['discord_token']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{one.addresses['discord_base_url']}{path}") as answer,
    ):
        assert answer.status == 200
        return await answer.json()


async def weakened(one: Stage, server: str, *lost: str) -> None:
    """From now on every role of that server comes without these permissions."""
    bits = {"view_channel": 10, "send_messages": 11, "embed_links": 14, "attach_files": 15}
    (found,) = [each for each in await ask_discord(one, "/users/@me/guilds") if each["name"] == server]
    guild: Json = await ask_discord(one, f"/guilds/{found['id']}")
    for role in guild["roles"]:
        granted = int(role["permissions"])
        for name in lost:
            granted &= ~(1 << bits[name])
        role["permissions"] = str(granted)
    path = f"/guilds/{found['id']}"
    body = json.dumps(guild)
    headers = {"Content-Type": "application/json"}
    await add_fault(
        one, half="discord", path=path, kind="status", status=200, body=body, headers=headers, times=None
    )


# -- check --------------------------------------------------------------------------------------------


async def test_all_is_well(one: Stage) -> None:
    ended = await run(one, "check", start=fresh)
    assert ended.status == 0, ended.out
    found = findings(ended)
    assert set(found) == PARTS
    assert all(well for each in found.values() for well, _ in each)
    assert found["commands"][0][1].startswith("Discord knows /")
    assert "/imagine" in found["commands"][0][1]
    assert [sentence.split(":")[0] for _, sentence in found["servers"]] == list(SERVERS)
    assert ended.err == ""
    assert "No limit on CU is set" in found["limits"][0][1]
    limited = await run(one, "check", CU_PER_DAY="500", MEMBER_CU_PER_DAY="20.5", CONFIRM_ABOVE_CU="0")
    ((well, told),) = findings(limited)["limits"]
    assert well
    assert told == (
        "In 24 hours a member 20.5 CU, everybody together 500 CU; no limit for a server; no yes is asked for."
    )


async def test_it_asks_scenario_one_cheap_question(one: Stage) -> None:
    began = (await one.get("/state"))["now"]
    await run(one, "check")
    assert await asked_of_scenario(one, began) == [("GET", "/models")]


async def test_commands_that_were_never_synced_are_missed_and_sync_helps() -> None:
    async with bare_stage() as one:
        before = await run(one, "check")
        assert before.status == 1
        assert set(troubles(before)) == {"commands"}
        assert "/imagine" in troubles(before)["commands"]
        assert "python -m bot sync" in remedy(before, "commands")
        synced = await run(one, "sync", start=fresh)
        assert synced.status == 0
        known = (await one.get("/state"))["commands"]
        assert synced.out.strip() == f"Discord knows {len(known)} commands."
        assert (await run(one, "check")).status == 0


async def test_a_wrong_token_is_named_and_the_rest_is_looked_at(one: Stage) -> None:
    ended = await run(one, "check", DISCORD_TOKEN="MTIz.wrong.token")
    assert ended.status == 1
    assert troubles(ended) == {"discord": "Discord does not accept the token."}
    assert "Reset Token" in remedy(ended, "discord")
    assert set(findings(ended)) == {"limits", "database", "scenario", "discord"}
    await one.call("DELETE", "/violations")


@pytest.mark.parametrize("name", ["SCENARIO_API_KEY", "SCENARIO_API_SECRET"])
async def test_a_wrong_key_is_named_and_the_rest_is_looked_at(one: Stage, name: str) -> None:
    wrong = clean(**{**one.settings, name: "not-the-right-one"})
    ended = await run_with(one, "check", environment=wrong)
    assert ended.status == 1
    assert troubles(ended) == {"scenario": "Scenario does not accept the key."}
    assert "Project Settings → API Keys" in remedy(ended, "scenario")
    assert set(findings(ended)) == PARTS
    await one.call("DELETE", "/violations")


async def test_a_plan_without_the_api_is_told_from_a_wrong_key(one: Stage) -> None:
    await add_fault(one, half="scenario", path="/models", kind="status", status=403, times=None)
    ended = await run(one, "check")
    assert ended.status == 1
    assert troubles(ended)["scenario"].startswith("The key may not list models")
    assert "plan" in remedy(ended, "scenario")


async def test_services_that_are_not_there_are_named_with_their_addresses(one: Stage) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    ended = await run(one, "check", DISCORD_BASE_URL=nowhere, SCENARIO_BASE_URL=nowhere)
    assert ended.status == 1
    told = troubles(ended)
    assert set(told) == {"discord", "scenario"}
    assert all(nowhere in sentence for sentence in told.values())
    assert "DISCORD_BASE_URL" in remedy(ended, "discord")
    assert "SCENARIO_BASE_URL" in remedy(ended, "scenario")
    await run(one, "check")


async def test_pushes_are_looked_at_where_they_are_wanted(one: Stage) -> None:
    async def look() -> Ended:
        return await run(one, "check", PUBLIC_URL="https://bot.example.com", HTTP_PORT="8080")

    told = findings(await look())["pushes"]
    assert told == [
        (True, "Scenario will push, once the bot runs, what becomes of jobs to https://bot.example.com.")
    ]
    none = {"half": "scenario", "path": "/projects/*", "kind": "status", "times": None}
    await add_fault(one, **none, status=403)
    ((well, sentence),) = findings(await look())["pushes"]
    assert well
    assert sentence.startswith("This Scenario account has no webhooks")
    await one.heal()
    await add_fault(one, **none, status=502)
    ended = await look()
    assert "Scenario's webhooks cannot be read" in troubles(ended)["pushes"]
    assert "by itself" in remedy(ended, "pushes")


async def test_beside_a_running_bot_it_is_well_and_leaves_the_bot_alone(one: Stage) -> None:
    await one.start_bot()
    ended = await run(one, "check")
    assert ended.status == 0, ended.out
    assert "in use by another process" in findings(ended)["database"][0][1]
    assert one.bot is not None
    assert one.bot.poll() is None
    assert (await one.get("/state"))["connected"]
    assert await one.stop_bot() == 0
    assert "in use" not in findings(await run(one, "check"))["database"][0][1]


async def test_a_database_that_cannot_be_used_is_named(one: Stage, tmp_path: Path) -> None:
    text = tmp_path / "letter.db"
    text.write_text("Dear database,\n" * 500)
    for url in (f"sqlite:///{text}", "sqlite:////dev/null/imagine.db", "oracle://host/name"):
        ended = await run(one, "check", DATABASE_URL=url)
        assert ended.status == 1
        assert set(troubles(ended)) == {"database"}
        assert remedy(ended, "database") == "Look at DATABASE_URL."
    assert text.read_text().startswith("Dear database")


async def test_a_default_model_that_cannot_be_used_is_found_before_members_are_blamed(one: Stage) -> None:
    near = await run(one, "check", DEFAULT_MODEL="model_scenario-quick-sketsch")
    assert near.status == 1
    assert troubles(near) == {
        "scenario": "DEFAULT_MODEL names model_scenario-quick-sketsch, which this account does not have."
    }
    assert remedy(near, "scenario") == "Perhaps it is model_scenario-quick-sketch."
    assert (await run(one, "check", DEFAULT_MODEL="model_scenario-quick-sketch")).status == 0


async def test_shards_are_told_as_discord_and_the_settings_have_them(one: Stage) -> None:
    tail = re.compile(
        r"\. (\d+) of 1000 sessions are left to begin in 24 hours, 2 at a time .max_concurrency.\."
    )
    await one.post("/settings", gateway={"shards": 4, "max_concurrency": 2})
    try:
        for ended, wanted in (
            (await run(one, "check"), "this process runs as many"),
            (await run(one, "check", SHARD_COUNT="2"), "this process runs 2 (SHARD_COUNT)"),
            (
                await run(one, "check", SHARD_COUNT="3", SHARD_IDS="0,2"),
                "this process runs 0, 2 of 3 (SHARD_IDS)",
            ),
        ):
            ((well, told),) = findings(ended)["shards"]
            assert well
            assert told.startswith(f"Discord recommends 4, and {wanted}. ")
            assert tail.search(told), told

        few = await run(one, "check", SHARD_COUNT="1")
        assert few.status == 1
        assert troubles(few)["shards"].endswith(": 1 are too few.")
        assert remedy(few, "shards") == "Raise SHARD_COUNT to 4, or leave it empty."

        await one.post("/settings", gateway={"sessions_a_day": 0})
        spent = await run(one, "check", SHARD_COUNT="3", SHARD_IDS="0,2")
        assert troubles(spent)["shards"].endswith(", and 2 would be needed.")
        assert "reset its token" in remedy(spent, "shards")
    finally:
        await one.post("/settings", gateway={"shards": 1, "max_concurrency": 1, "sessions_a_day": 1000})


async def test_a_bot_in_no_server_is_told_where_the_invitation_is(one: Stage) -> None:
    for server in SERVERS:
        await one.post("/remove_bot", guild=server)
    try:
        ended = await run(one, "check")
        await one.post("/add_bot", guild=SERVERS[0])
        again = await run(one, "check")
    finally:
        for server in SERVERS:
            await one.post("/add_bot", guild=server)
    assert ended.status == 1
    assert troubles(ended) == {"servers": "The bot is in no server."}
    assert "docs/setup.md" in remedy(ended, "servers")
    assert again.status == 0
    assert len(findings(again)["servers"]) == 1


async def test_missing_permissions_are_named_for_their_server_only(one: Stage) -> None:
    await weakened(one, SERVERS[1], "attach_files", "embed_links")
    ended = await run(one, "check")
    assert ended.status == 1
    first, second = findings(ended)["servers"]
    assert first == (True, f"{SERVERS[0]}: the bot may do what it needs.")
    assert second == (False, f"{SERVERS[1]}: missing Embed Links, Attach Files.")
    assert "docs/setup.md" in remedy(ended, "servers")


async def test_what_one_channel_takes_away_is_not_the_servers_fault(one: Stage) -> None:
    await one.post("/permissions", channel="general", deny=[name.upper() for name in NEEDED])
    try:
        assert (await run(one, "check")).status == 0
    finally:
        await one.post("/permissions", channel="general", deny=[])


async def test_settings_that_are_missing_are_no_finding(one: Stage) -> None:
    environment = clean(**{**one.settings, "SCENARIO_API_KEY": ""})
    for command in ("check", "sync", "migrate"):
        ended = await command_of_the_bot(one, command, environment=environment)
        assert ended.status == 2
        assert "SCENARIO_API_KEY is missing" in ended.err
    await run(one, "check")


async def test_the_key_is_not_shown_in_its_encoded_form_either(one: Stage) -> None:
    pair = f"{one.addresses['scenario_key']}:{one.addresses['scenario_secret']}"
    encoded = base64.b64encode(pair.encode()).decode()
    await add_fault(one, half="scenario", kind="status", status=500, message=f"no {encoded}", times=None)
    ended = await run(one, "check")
    assert ended.status == 1
    assert encoded not in ended.out + ended.err


# -- sync ---------------------------------------------------------------------------------------------


async def test_sync_says_what_is_wrong_with_the_token_or_the_way(one: Stage) -> None:
    wrong = await run(one, "sync", DISCORD_TOKEN="MTIz.wrong.token")
    assert wrong.status == 1
    assert "Discord does not accept DISCORD_TOKEN" in wrong.err
    away = await run(one, "sync", DISCORD_BASE_URL="http://127.0.0.1:9/api/v10")
    assert away.status == 1
    assert "http://127.0.0.1:9/api/v10" in away.err
    await one.call("DELETE", "/violations")
    await run(one, "check")


async def test_sync_needs_neither_scenario_nor_the_database(one: Stage) -> None:
    await one.start_bot()
    nowhere = "http://127.0.0.1:9/v1"
    assert (await run(one, "sync", SCENARIO_BASE_URL=nowhere)).status == 0
    assert "imagine" in (await one.get("/state"))["commands"]
    assert (await one.get("/state"))["connected"]


# -- migrate ------------------------------------------------------------------------------------------


async def test_migrate_makes_the_database_and_is_harmless_twice(one: Stage) -> None:
    assert not one.database.exists()
    for start in (fresh, forked):
        ended = await run(one, "migrate", start=start)
        assert ended.status == 0
        assert ended.out.strip() == "The database has this version's form."
    with contextlib.closing(sqlite3.connect(one.database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "generation" in tables
    await run(one, "check")


async def test_migrate_needs_no_network(one: Stage) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    ended = await run(one, "migrate", DISCORD_BASE_URL=nowhere, SCENARIO_BASE_URL=nowhere)
    assert ended.status == 0
    await run(one, "check")


async def test_migrate_leaves_the_database_of_a_running_or_newer_bot_alone(one: Stage) -> None:
    await one.start_bot()
    ended = await run(one, "migrate")
    assert ended.status == 1
    assert "in use by another process" in ended.err
    await one.stop_bot()
    with contextlib.closing(sqlite3.connect(one.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_future'")
    newer = await run(one, "migrate")
    assert newer.status == 1
    assert "newer version" in newer.err
    told = troubles(await run(one, "check"))
    assert set(told) == {"database"}
    assert "newer version" in told["database"]


# -- what listens -------------------------------------------------------------------------------------


def listening(process: int) -> set[int]:
    """The TCP ports on which this process listens, as the kernel sees it."""
    proc = Path("/proc") / str(process)
    links = {str(link.readlink()) for link in (proc / "fd").iterdir()}
    ports: set[int] = set()
    for table in ("tcp", "tcp6"):
        for row in (proc / "net" / table).read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def health(port: int, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.json()


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the kernel's tables are Linux's")
async def test_nothing_listens_unless_a_port_is_set(one: Stage) -> None:
    await one.start_bot(HTTP_PORT="")
    assert one.bot is not None
    assert listening(one.bot.pid) == set()
    await one.stop_bot()
    port = free_port()
    await one.start_bot(HTTP_PORT=str(port))
    assert listening(one.bot.pid) == {port}


async def test_a_running_bot_tells_which_part_is_not_ready(one: Stage) -> None:
    port = free_port()
    await one.start_bot(HTTP_PORT=str(port))
    ready = {"gateway": True, "database": True, "scenario": True, "lease": True}

    async def well() -> bool:
        return await health(port, "/readyz") == (200, ready)

    await one.until(well, "the bot to be ready")
    await one.post("/settings", scenario={"down": True})

    async def ill() -> bool:
        return await health(port, "/readyz") == (503, {**ready, "scenario": False})

    await one.until(ill, "the part that is not ready to be named")
    assert await health(port, "/healthz") == (200, {"alive": True})


async def test_a_taken_port_is_said_in_one_sentence(one: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with asyncio.timeout(30):
            ended = await run(one, "run", HTTP_PORT=port)
    assert ended.status == 1
    assert port in ended.err
    assert "HTTP_PORT" in ended.err
    assert "Discord at" not in ended.err
    await run(one, "check")
