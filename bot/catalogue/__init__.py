"""The models that we know, in memory, with their age."""

from bot.catalogue.catalogue import Catalogue, ModelSource
from bot.catalogue.faults import ModelFault

__all__ = ["Catalogue", "ModelFault", "ModelSource"]
