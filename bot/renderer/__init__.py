"""Decoders and painters in a process of their own: limits, and what becomes of one that oversteps them.

Decoders are native code fed with files from outside. So none of them runs where the keys are, holds up the
event loop, or takes more time and memory than it is given.
"""

from bot.renderer.limits import MIB, Limits
from bot.renderer.process import Renderer

__all__ = ["MIB", "Limits", "Renderer"]
