"""All numbers of one App, in a registry of their own, and the page that tells them.

Labels have few values, all known beforehand: no member, server, channel or prompt stands in one, and no model
either, of which an account has hundreds.
"""

from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, Info, ProcessCollector, disable_created_metrics
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.clock import Clock
from bot.metrics.lag import Lag
from bot.metrics.lives import Lives
from bot.metrics.pushed import PushTraffic
from bot.metrics.standing import Standing, Watched
from bot.metrics.traffic import DiscordTraffic, ScenarioTraffic
from bot.version import VERSION

PATH: Final = "/metrics"

disable_created_metrics()  # when each counter began: half of the page, and nobody asks for it


class Metrics:
    """Everything that is counted. The parts are tied to it by whoever makes them."""

    def __init__(self, clock: Clock) -> None:
        self.registry: Final = CollectorRegistry()
        self.lives: Final = Lives(self.registry, clock)
        self.scenario: Final = ScenarioTraffic(self.registry)
        self.discord: Final = DiscordTraffic(self.registry, clock)
        self.pushes: Final = PushTraffic(self.registry)
        self.lag: Final = Lag(self.registry, clock)
        ProcessCollector(registry=self.registry)
        self._bot = Info("imagine_bot", "This process.", registry=self.registry)

    def watch(self, parts: Watched) -> None:
        """Tell from now on how these stand, whenever somebody asks."""
        number = parts.holding.number
        self._bot.info({"version": VERSION, "process": "-" if number is None else str(number)})
        self.registry.register(Standing(parts))

    @property
    def route(self) -> web.RouteDef:
        """The page."""
        return web.get(PATH, make_aiohttp_handler(self.registry))
