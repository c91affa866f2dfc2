"""The composition root: opens the store, the API and Discord, and ties the parts over them."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from bot import health, housekeeping, logs
from bot.actions.kin import kin_of
from bot.actions.planning import offered
from bot.cards.loop import CardLoop
from bot.catalogue import Catalogue
from bot.client import ImagineBot, aim
from bot.clock import Clock, SystemClock
from bot.connections import DiscordConnector, ScenarioSessions, scenario_sessions
from bot.endings import ENDINGS
from bot.forms import Forms
from bot.gateway.shards import Shards
from bot.generation.fates import FateLoop
from bot.generation.pacing import Patience
from bot.generation.ports import Guard
from bot.generation.queue import Queue
from bot.generation.several.others import Others
from bot.metrics import Metrics, Watched
from bot.parts import Outside, tie
from bot.pushes.pushes import Pushes, open_pushes
from bot.renderer.process import Renderer
from bot.renderer.resources import MIB, Limits
from bot.scenario.client import ScenarioClient
from bot.scratch import scratch
from bot.service.service import Policy, Service
from bot.settings import Settings
from bot.sharding.choosing import Choice
from bot.store import SqlStore, bring_up, carry_over, open_store
from bot.tree import ImagineTree
from bot.ui.actions.expressions import Expressions
from bot.ui.cards.allowances import Allowances
from bot.ui.cards.delivery import DiscordDelivery
from bot.ui.commands.intake import DiscordIntake
from bot.ui.models.gallery import Gallery

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The tied parts of one running bot."""

    settings: Settings
    client: ImagineBot
    shards: Shards
    store: SqlStore
    studio: ScenarioClient
    catalogue: Catalogue
    queue: Queue
    fates: FateLoop
    others: Others
    cards: CardLoop
    service: Service
    forms: Forms
    metrics: Metrics
    pushes: Pushes | None
    clock: Clock


@asynccontextmanager
async def build(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[App]:
    """Everything, opened in order and closed in the reverse one. Nothing runs yet.

    Raises the store's errors, and aiohttp.ClientError when another Discord than the real one is set and
    does not answer.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(
                settings.database_url,
                direct=settings.database_direct_url,
                key=settings.scenario_api_key,
                clock=clock,
                lease=timedelta(seconds=settings.lease_seconds),
            )
        )
        logs.number_process(store.holding.number)
        metrics = Metrics(clock)
        sessions = await stack.enter_async_context(scenario_sessions())
        studio = _studio(settings, sessions, metrics, clock)
        intake = DiscordIntake(sessions.files, settings.discord_base_url, clock)
        catalogue = Catalogue(
            studio, clock, default_model=settings.default_model, shelf=store.shelf, popular=store.popular
        )
        if not settings.real_discord:
            await aim(settings.discord_base_url, settings.discord_token, clock)

        async def on_setup() -> None:
            await _on_setup(app)

        limits = Limits(seconds=settings.render_seconds, memory=settings.render_mib * MIB)
        renderer = await stack.enter_async_context(Renderer(limits))
        allowances = Allowances(clock)
        metrics.discord.listen(allowances.trace)
        choice = Choice(count=settings.shard_count, ids=settings.shard_ids, leases=store.shards, clock=clock)
        shards = Shards(choice, clock)
        client = ImagineBot(DiscordConnector(), on_setup=on_setup, shards=shards, trace=allowances.trace)
        await stack.enter_async_context(client)
        able, kin = partial(offered, catalogue), partial(kin_of, store)
        delivery = DiscordDelivery(client, clock, renderer, allowances, able, kin)
        outside = Outside(
            store=store, studio=studio, delivery=delivery, intake=intake, catalogue=catalogue, clock=clock
        )
        patience = Patience(reconcile=timedelta(seconds=settings.reconcile_seconds))
        parts = tie(outside, _policy(settings), patience=patience, holding=store.holding)
        parts.writer.moved = metrics.lives.moved
        parts.cards.closed = metrics.lives.closed
        pushes = await _pushed_to(settings, studio, store, parts.fates, metrics, clock)
        metrics.watch(
            Watched(
                gateway=client,
                queue=parts.queue,
                loops={"fates": parts.fates, "cards": parts.cards},
                turns=parts.cards.turns,
                edits=allowances,
                holding=store.holding,
                cu_per_day=settings.cu_per_day,
            )
        )
        app = App(
            settings=settings,
            client=client,
            shards=shards,
            store=store,
            studio=studio,
            catalogue=catalogue,
            queue=parts.queue,
            fates=parts.fates,
            others=parts.others,
            cards=parts.cards,
            service=parts.service,
            forms=Forms(store.drafts, catalogue, clock),
            metrics=metrics,
            pushes=pushes,
            clock=clock,
        )
        client.carry(app.service, catalogue, app.forms)
        client.gallery = Gallery(studio, renderer)
        client.expressions = Expressions(studio, renderer, renderer)
        yield app


def _studio(settings: Settings, sessions: ScenarioSessions, metrics: Metrics, clock: Clock) -> ScenarioClient:
    return ScenarioClient(
        sessions.reads,
        settings.scenario_base_url,
        settings.scenario_api_key,
        settings.scenario_api_secret,
        clock,
        paid=sessions.paid,
        files=sessions.files,
        heard=metrics.scenario.heard,
    )


async def _pushed_to(
    settings: Settings,
    studio: ScenarioClient,
    store: SqlStore,
    fates: FateLoop,
    metrics: Metrics,
    clock: Clock,
) -> Pushes | None:
    """What hurries the loop when Scenario pushes, and is counted either way; None without an address that
    Scenario could push to."""
    hints = fates.watching.hints
    hints.heard = metrics.pushes.named
    metrics.pushes.watch(lambda: hints.announced.pace)
    if settings.public_url is None:
        return None
    return await open_pushes(
        settings.public_url,
        studio.webhooks,
        store,
        store.holding,
        clock,
        hear=hints.hear,
        broken=hints.announced.broken,
        count=metrics.pushes.received,
    )


def _policy(settings: Settings) -> Policy:
    guard = Guard(
        member_in_flight=settings.member_in_flight,
        member_waiting=settings.member_waiting,
        member_cu_per_day=settings.member_cu_per_day,
        guild_cu_per_day=settings.guild_cu_per_day,
        cu_per_day=settings.cu_per_day,
        queue=settings.queue_limit,
        confirm_above=settings.confirm_above_cu,
    )
    return Policy(
        guard=guard,
        guild_ids=settings.guild_ids,
        allow_dms=settings.allow_dms,
        permutations=settings.permutation_limit,
        source_url=settings.source_url,
    )


async def _on_setup(app: App) -> None:
    """Logged in, the gateway not yet open: commands first, then whatever an earlier process left."""
    tree = app.client.tree
    assert isinstance(tree, ImagineTree)
    await tree.sync_if_changed(app.store, where=app.settings.discord_base_url)
    await app.store.holding.look()
    await app.others.look()
    fates, cards = await app.fates.adopt(), await app.cards.adopt()
    if fates or cards:
        log.info("adopted %d unfinished generations and %d cards", fates, cards)


def _health(app: App) -> Mapping[str, health.Check]:
    """What must hold for the bot to be ready."""

    async def gateway() -> bool:
        return app.client.is_ready()

    async def database() -> bool:
        await app.store.remember("health", app.clock.now().isoformat())
        return True

    async def scenario() -> bool:
        await app.studio.probe()
        return True

    async def lease() -> bool:
        return app.store.holding.holds

    return {"gateway": gateway, "database": database, "scenario": scenario, "lease": lease}


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises discord.LoginFailure, NoScratch, and what `build` does."""
    async with AsyncExitStack() as stack:
        stack.enter_context(scratch())
        app = await stack.enter_async_context(build(settings))
        settle_memory()
        if settings.http_port is not None:
            pages = [app.metrics.route, *([] if app.pushes is None else [app.pushes.receiver.route])]
            served = health.serve(settings.http_host, settings.http_port, _health(app), more=pages)
            await stack.enter_async_context(served)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        parts = [
            asyncio.create_task(app.client.start(settings.discord_token), name="discord"),
            asyncio.create_task(app.fates.run(), name="fates"),
            asyncio.create_task(app.others.run(), name="elsewhere"),
            asyncio.create_task(app.cards.run(), name="cards"),
            asyncio.create_task(app.catalogue.run(), name="catalogue"),
            asyncio.create_task(housekeeping.erase_expired(app), name="tokens"),
            asyncio.create_task(housekeeping.read_ceilings(app), name="ceiling"),
            asyncio.create_task(housekeeping.hear_others(app), name="others"),
            asyncio.create_task(housekeeping.look_for_cycles(app), name="cycles"),
            asyncio.create_task(app.store.holding.lost(), name="lost"),
        ]
        if settings.http_port is not None:
            parts.append(asyncio.create_task(app.metrics.lag.run(), name="lag"))
        if app.pushes is not None:
            parts.append(asyncio.create_task(app.pushes.registration.run(), name="pushes"))
        stopping = asyncio.create_task(stop.wait(), name="signal")
        try:
            # a part that ends by itself has failed: the rest would only look alive
            done, _ = await asyncio.wait([stopping, *parts], return_when=asyncio.FIRST_COMPLETED)
            await _drain(app)
        finally:
            for task in [stopping, *parts]:
                task.cancel()
            await asyncio.gather(stopping, *parts, return_exceptions=True)
            if app.pushes is not None:
                await app.pushes.registration.leave()
            await app.catalogue.settle()
        for task in done - {stopping}:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error


_NEW_OBJECTS: Final = (1_000, 5, 1_000_000)
"""How many there are before cycles among them are looked for; after how many such looks those that stood one
are looked at too; after how many of these, everything, which is left to `housekeeping.look_for_cycles`. The
more are looked at together the longer everybody is held up: 5,000 take some ten milliseconds, and all that
ten thousand generations are take half a second."""


def settle_memory() -> None:
    """Modules, tables and parts live as long as the process. Every full collection of cycles would look at
    all of them again, and hold up everybody for 60 ms meanwhile; so would one now, for the little that is
    left of the imports."""
    gc.freeze()
    gc.set_threshold(*_NEW_OBJECTS)


async def sync(settings: Settings) -> int:
    """Tell Discord the commands, changed or not. Returns how many there are."""
    if not settings.real_discord:
        await aim(settings.discord_base_url, settings.discord_token, SystemClock())

    async def nothing() -> None:
        return

    async with ImagineBot(DiscordConnector(), on_setup=nothing) as client:
        await client.login(settings.discord_token)
        return len(await client.tree.sync())


async def migrate(settings: Settings) -> None:
    """Bring the database to this version's form. Raises the store's errors."""
    await bring_up(settings.database_url)


async def migrate_from(source: str, settings: Settings) -> Mapping[str, int]:
    """The same, and carry a SQLite file over to it; how many rows of each table there were. Raises the
    store's errors."""
    return await carry_over(source, settings.database_url)


async def _drain(app: App) -> None:
    """Take no new requests, finish the steps under way, and leave the rest to the next process."""
    log.info("stopping: %.0f s for what is under way", app.settings.shutdown_grace)
    await _hand_over(app)
    if app.shards.common:  # what reaches nobody else is answered here to the end
        app.store.holding.leaving()
    app.service.asking.close()
    await asyncio.gather(
        app.fates.stop(app.settings.shutdown_grace), app.cards.stop(app.settings.shutdown_grace)
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(app.settings.shutdown_grace):
            await app.client.close()


HANDING_OVER: Final = 3.0
"""Seconds for the shards to be left to others: two writes. The grace is for work, and whoever stops the
process waits for it twice and little more."""


async def _hand_over(app: App) -> None:
    try:
        async with asyncio.timeout(min(HANDING_OVER, app.settings.shutdown_grace)):
            await app.shards.hand_over()
    except ENDINGS:
        raise
    except BaseException:  # others take them up once this process is gone
        log.warning("the shards could not be handed over", exc_info=True)
