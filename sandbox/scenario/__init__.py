"""A stand-in for the Scenario API: `Studio` holds its state, `Options` its settings."""

from sandbox.scenario.options import Options
from sandbox.scenario.studio import Studio

__all__ = ["Options", "Studio"]
