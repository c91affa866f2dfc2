"""Imagine: the Scenario studio inside Discord."""

from importlib.metadata import version

__version__ = version("imagine-bot")
