"""Decoders and painters in a process of their own: limits, and what becomes of one that oversteps them.

Decoders are native code fed with files from outside. So none of them runs where the keys are, holds up the
event loop, or takes more time and memory than it is given.

This file imports nothing: the process of its own would import the bot's side too, and begin that much later.
"""
