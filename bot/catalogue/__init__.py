"""The models that we know, in memory, with their age."""

from bot.catalogue.catalogue import Catalogue, ModelSource
from bot.catalogue.faults import ModelFault
from bot.catalogue.shelf import Shelf, Shelved
from bot.catalogue.tasks import Task

__all__ = ["Catalogue", "ModelFault", "ModelSource", "Shelf", "Shelved", "Task"]
