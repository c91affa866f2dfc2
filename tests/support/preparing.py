"""What a request is prepared by: a catalogue of these models, all of them read."""

from random import Random

from bot.catalogue import Catalogue
from bot.request.prepare import Preparer
from bot.scenario.api.records import Model
from tests.support.clock import HeldClock
from tests.support.studio import FakeStudio


class Room:
    """A catalogue and a preparer, with nobody else."""

    def __init__(self, *models: Model) -> None:
        clock = HeldClock()
        self.studio = FakeStudio(clock, *models)
        self.catalogue = Catalogue(self.studio, clock)
        self.preparer = Preparer(self.catalogue, Random(1))

    async def listed(self) -> "Room":
        """Its models are known, and their schemas as far as the listing has them."""
        await self.catalogue.refresh()
        return self

    async def ready(self) -> "Room":
        """All schemas are known."""
        await self.listed()
        for model in list(self.studio.catalogued.values()):
            await self.catalogue.read(model.id)
        return self
